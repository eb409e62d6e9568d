"""The kernel's own word when links and addresses change (rtnetlink)."""

from __future__ import annotations

from .watch import InterfaceWatch
from .wire import AddressChange, LinkChange, MalformedNotification, decode

__all__ = ["AddressChange", "InterfaceWatch", "LinkChange", "MalformedNotification", "decode"]
