"""The socket patterns of ZeroMQ, each loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dealer_router import Dealer, Router
    from .pair import Pair
    from .pubsub import Pub, XPub
    from .pushpull import Pull, Push
    from .reqrep import Rep, Req
    from .subscriber import Sub, XSub

_HOME_OF = {
    "Dealer": "dealer_router",
    "Pair": "pair",
    "Pub": "pubsub",
    "Pull": "pushpull",
    "Push": "pushpull",
    "Rep": "reqrep",
    "Req": "reqrep",
    "Router": "dealer_router",
    "Sub": "subscriber",
    "XPub": "pubsub",
    "XSub": "subscriber",
}

__all__ = ["Dealer", "Pair", "Pub", "Pull", "Push", "Rep", "Req", "Router", "Sub", "XPub", "XSub"]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
