"""PAIR: two sockets and nobody else (RFC 31)."""

from __future__ import annotations

from .pipe import Pipe
from .receiving import Receiver
from .sending import BalancedSender

__all__ = ["Pair"]


class Pair(BalancedSender, Receiver):
    """Talks to exactly one other PAIR; further connections are refused until that one is gone.

    ::

        async with covey.Pair() as one:
            await one.bind("tcp://127.0.0.1:5560")
            await one.send(b"ping")
    """

    socket_type = "PAIR"
    peer_types = frozenset(("PAIR",))

    def pipe_opened(self, pipe: Pipe) -> None:
        """Refuse a second peer."""
        super().pipe_opened(pipe)
        if any(other is not pipe and other.link is not None for other in self._pipes):
            self.pipe_refused(pipe, "this PAIR has its peer already")
