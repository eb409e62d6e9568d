"""One file a case: who opens what, and which of the two measures."""

from __future__ import annotations

import importlib

from .case import Case

__all__ = ["CASES", "LINE_UPS", "ON_REQUEST", "Case", "load_case"]

CASES = {
    "push-pull": "push_pull",
    "pub-sub": "pub_sub",
    "req-rep": "req_rep",
    "dealer-router": "dealer_router",
    "fan-out": "fan_out",
    "fan-in": "fan_in",
    "subscriptions": "subscriptions",
    "connections": "connections",
    "inproc": "inproc",
    "curve": "curve",
    "tipc": "tipc",
    "secure": "secure",
    "secure-multicast": "secure_multicast",
}
"""Each case's name and its module."""

LINE_UPS = ("noise", "plain", "pyzmq-curve", "sealed", "clear")
"""What cases measure that have a line-up of their own."""

ON_REQUEST = frozenset({"tipc", "secure", "secure-multicast"})
"""Cases measured only when they are named: they need what few machines have, or compare covey with itself."""


def load_case(name: str) -> Case:
    """Import and return one case; `name` is a key of `CASES`."""
    case: Case = importlib.import_module(f"{__name__}.{CASES[name]}").CASE
    return case
