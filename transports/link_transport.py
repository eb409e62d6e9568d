"""What a transport that makes its own links (inproc, multicast) offers, and what all ends have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .link import LinkOwner, LinkSettings
from .stream_transport import StreamOptions

__all__ = ["Binding", "Dialer", "LinkTransport"]


class Binding(Protocol):
    """A bound end that takes whoever comes."""

    @property
    def endpoint(self) -> str:
        """As resolved."""
        ...

    async def close(self) -> None:
        """Take nobody any more; links that were made live on."""
        ...


class Dialer(Protocol):
    """A connecting end that comes back after every loss, until stopped."""

    @property
    def endpoint(self) -> str:
        """In canonical form."""
        ...

    def start(self) -> None:
        """Begin to connect."""
        ...

    def succeeded(self) -> None:
        """The link is good."""
        ...

    def lost(self, error: Exception) -> None:
        """The link is gone: connect again."""
        ...

    def stop(self) -> None:
        """Connect no more."""
        ...


class LinkTransport(Protocol):
    """A scheme that makes its own links."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read.
        """
        ...

    async def bind(
        self,
        endpoint: str,
        settings: LinkSettings,
        options: StreamOptions,
        new_owner: Callable[[], LinkOwner],
    ) -> Binding:
        """Take links at an endpoint; each gets an owner of its own.

        Raises:
            EndpointError: it cannot be read.
            ResourceError: it is taken, or the system refuses.
        """
        ...

    def dialer(
        self, endpoint: str, settings: LinkSettings, options: StreamOptions, owner: LinkOwner
    ) -> Dialer:
        """Return what connects `owner` to an endpoint that was checked."""
        ...
