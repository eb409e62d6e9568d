"""Messages that a socket sends to each new peer by itself: probes and greetings."""

from __future__ import annotations

from covey.options import Option

from .pipe import Pipe
from .socket import Socket

__all__ = ["Greeting", "Probing"]


class Probing(Socket):
    """A socket that may send an empty message to each new peer, so that a ROUTER learns its routing id."""

    probe_router = Option(False, "Send an empty message to each new peer.", number=51)

    def pipe_opened(self, pipe: Pipe) -> None:
        """Probe a new peer."""
        super().pipe_opened(pipe)
        if self.probe_router and pipe.link is not None:
            pipe.write(b"")


class Greeting(Socket):
    """A socket that may greet each new peer with a message."""

    hello_msg = Option(b"", "Sent to each new peer as an ordinary message.", number=110)

    def pipe_opened(self, pipe: Pipe) -> None:
        """Greet a new peer."""
        super().pipe_opened(pipe)
        if self.hello_msg and pipe.link is not None:
            pipe.write(self.hello_msg)
