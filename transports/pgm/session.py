"""Who a sender is, as its packets say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .constants import GSI_SIZE

__all__ = ["Session"]


@dataclass(slots=True, frozen=True)
class Session:
    """A transport session and where it lives."""

    gsi: bytes
    """Global source identifier, 6 octets."""
    source_port: int
    """With the GSI, the session's identity."""
    destination_port: int
    """The port of the endpoint."""
    nla: bytes
    """Packed unicast address of the sender: NAKs go there."""
    group: bytes
    """Packed address of the group."""

    @classmethod
    def generate(
        cls, destination_port: int, nla: bytes, group: bytes, random_bytes: Callable[[int], bytes]
    ) -> Session:
        """Return a session with a random identity."""
        port = int.from_bytes(random_bytes(2), "big") % 0xFFFF + 1
        return cls(random_bytes(GSI_SIZE), port, destination_port, nla, group)
