"""PUSH and PULL: work handed out and gathered in (RFC 30)."""

from __future__ import annotations

from .conflating import Conflating
from .receiving import Receiver
from .sending import BalancedSender

__all__ = ["Pull", "Push"]


class Push(Conflating, BalancedSender):
    """Hands each message to one of its PULL peers in turn; waits when every one has its fill.

    ::

        async with covey.Push() as work:
            await work.bind("tcp://127.0.0.1:5557")
            await work.send(b"task")
    """

    socket_type = "PUSH"
    peer_types = frozenset(("PULL",))


class Pull(Conflating, Receiver):
    """Receives from its PUSH peers, one message of each in turn.

    ::

        async with covey.Pull() as work:
            await work.connect("tcp://127.0.0.1:5557")
            async for task in work:
                ...
    """

    socket_type = "PULL"
    peer_types = frozenset(("PUSH",))
