"""The socket patterns of ZeroMQ."""

from __future__ import annotations

from .dealer_router import Dealer, Router
from .pair import Pair
from .pubsub import Pub, XPub
from .pushpull import Pull, Push
from .reqrep import Rep, Req
from .subscriber import Sub, XSub

__all__ = ["Dealer", "Pair", "Pub", "Pull", "Push", "Rep", "Req", "Router", "Sub", "XPub", "XSub"]
