"""The seam between the beacon at work and the sockets of both families."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from .routes import Route
from .udp import Datagram

__all__ = ["BeaconSocket"]


class BeaconSocket(Protocol):
    """A non-blocking UDP socket that reaches everybody on chosen interfaces and hears all.

    Attributes:
        overrun: datagrams that came while the buffer was full, as far as the kernel said so by now.
    """

    overrun: int

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        ...

    def close(self) -> None:
        """Close the socket."""
        ...

    def shut_out(self, sources: Sequence[str]) -> None:
        """Drop most of what these addresses send; none lets everything in again."""
        ...

    def listen(self, routes: Iterable[Route]) -> None:
        """Join the groups of these routes, leave all others.

        Raises:
            OSError: the kernel refused one; the others are joined.
        """
        ...

    def send(self, datagram: bytes, route: Route) -> None:
        """Send to everybody on a route.

        Raises:
            OSError: the kernel refused; the next one may pass.
        """
        ...

    def send_to(self, datagram: bytes, host: str, port: int, index: int) -> None:
        """Send to one program, by the interface with this number.

        Raises:
            OSError: the kernel refused.
        """
        ...

    def receive(self) -> Datagram | None:
        """Return the next datagram, or None when there is none now."""
        ...
