"""One file a case: who opens what, and which of the two measures."""

from __future__ import annotations

import importlib

from .case import Case

__all__ = ["CASES", "ON_REQUEST", "Case", "load_case"]

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
}
"""Each case's name and its module."""

ON_REQUEST = frozenset({"tipc"})
"""Cases that need what few machines have; measured only when they are named."""


def load_case(name: str) -> Case:
    """Import and return one case; `name` is a key of `CASES`."""
    case: Case = importlib.import_module(f"{__name__}.{CASES[name]}").CASE
    return case
