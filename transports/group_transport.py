"""What a multicast scheme offers: links that are there at once, for there is nobody to shake hands with."""

from __future__ import annotations

from typing import Protocol

from .link import Link, LinkOwner, LinkSettings
from .stream_transport import StreamOptions

__all__ = ["GroupDialer", "GroupLink", "GroupTransport"]


class GroupLink(Link, Protocol):
    """A link to everybody at an address."""

    @property
    def address(self) -> str:
        """The endpoint as resolved."""
        ...

    async def finish(self) -> None:
        """Close as gently as the protocol can, once everything was sent.

        Cancel: closes at once.
        """
        ...

    def statistics(self) -> object:
        """Return the counters, a frozen value."""
        ...


class GroupTransport(Protocol):
    """A scheme that sends to, and receives from, many at once."""

    def check(self, endpoint: str, socket_type: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read, or a socket of that type cannot use it so.
        """
        ...

    def open(
        self,
        endpoint: str,
        settings: LinkSettings,
        options: StreamOptions,
        owner: LinkOwner,
        *,
        for_bind: bool,
    ) -> GroupLink:
        """Return a started link; its owner has been told that it is ready.

        Raises:
            EndpointError: no interface fits.
            ResourceError: the system refuses.
        """
        ...


class GroupDialer:
    """What stands for a multicast link where connecting ends are kept. Implements `Dialer`."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def start(self) -> None:
        """Nothing: the link is there."""

    def succeeded(self) -> None:
        """Nothing: there are no delays to reset."""

    def lost(self, error: Exception) -> None:
        """Nothing: only its owner closes such a link."""

    def stop(self) -> None:
        """Nothing: the owner closes the link."""
