"""The socket patterns of ZeroMQ, each loaded when it is first asked for: a starting node needs four of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .channel import Channel
    from .client_server import Client, Server
    from .dealer_router import Dealer, Router
    from .dgram import Dgram
    from .pair import Pair
    from .peer import Peer
    from .pubsub import Pub
    from .pushpull import Pull, Push
    from .radio_dish import Dish, Radio
    from .reqrep import Rep, Req
    from .scatter_gather import Gather, Scatter
    from .stream import Stream
    from .subscriber import Sub, XSub
    from .xpub import XPub

_HOME_OF = {
    "Channel": "channel",
    "Client": "client_server",
    "Dealer": "dealer_router",
    "Dgram": "dgram",
    "Dish": "radio_dish",
    "Gather": "scatter_gather",
    "Pair": "pair",
    "Peer": "peer",
    "Pub": "pubsub",
    "Pull": "pushpull",
    "Push": "pushpull",
    "Radio": "radio_dish",
    "Rep": "reqrep",
    "Req": "reqrep",
    "Router": "dealer_router",
    "Scatter": "scatter_gather",
    "Server": "client_server",
    "Stream": "stream",
    "Sub": "subscriber",
    "XPub": "xpub",
    "XSub": "subscriber",
}

__all__ = [
    "Channel",
    "Client",
    "Dealer",
    "Dgram",
    "Dish",
    "Gather",
    "Pair",
    "Peer",
    "Pub",
    "Pull",
    "Push",
    "Radio",
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


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
