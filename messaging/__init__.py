"""The socket patterns of ZeroMQ."""

from __future__ import annotations

from .channel import Channel
from .client_server import Client, Server
from .dealer_router import Dealer, Router
from .pair import Pair
from .peer import Peer
from .pubsub import Pub
from .pushpull import Pull, Push
from .reqrep import Rep, Req
from .scatter_gather import Gather, Scatter
from .stream import Stream
from .subscriber import Sub, XSub
from .xpub import XPub

__all__ = [
    "Channel",
    "Client",
    "Dealer",
    "Gather",
    "Pair",
    "Peer",
    "Pub",
    "Pull",
    "Push",
    "Rep",
    "Req",
    "Router",
    "Scatter",
    "Server",
    "Stream",
    "Sub",
    "XPub",
    "XSub",
]
