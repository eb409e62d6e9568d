"""The seam between transports and messaging: one connection to one peer, whatever carries it.

A `Link` moves messages; its `LinkOwner` (a messaging pipe) holds the queues. Everything happens in the
loop's thread; no method blocks.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from covey.security.mechanism import Security
from covey.values import frozen

from .reports import Reporter
from .zmtp.connection import ConnectionConfig
from .zmtp.events import PeerProperties
from .zmtp.frames import Message

__all__ = ["Link", "LinkOwner", "LinkSettings", "Message"]


@frozen
class LinkSettings:
    """All that a transport must know of a socket to make links for it."""

    connection: ConnectionConfig
    security: Security
    zap_domain: str = ""
    routing_id: bytes = b""
    raw: bool = False
    """Whether bytes travel as they are (STREAM)."""
    report: Reporter | None = None
    """Told of what happens on multicast links beyond messages."""


class Link(Protocol):
    """One connection, from the owner's side."""

    @property
    def in_flight(self) -> int:
        """Messages taken from the outbox that the kernel has not wholly accepted."""
        ...

    def transmit(self, outbox: deque[Message]) -> None:
        """Take messages from the left of `outbox` until it is empty or the kernel takes no more.

        When something is left, `LinkOwner.link_drained` is called later.
        """
        ...

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Send SUBSCRIBE or CANCEL, after what was transmitted before."""
        ...

    def pause_reading(self) -> None:
        """Deliver no more messages until `resume_reading`; the peer feels it as back-pressure."""
        ...

    def resume_reading(self) -> None:
        """Deliver messages again."""
        ...

    def close(self) -> None:
        """Close at once; `link_closed` is not called for what the owner itself asked for."""
        ...

    def take_back(self) -> list[Message]:
        """Return messages in flight of which not one octet left, oldest first (after it closed)."""
        ...


class LinkOwner(Protocol):
    """Who owns a link: told what happens to it."""

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        """The handshake is over; `transmit` may be called."""
        ...

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        """Messages arrived, at least one."""
        ...

    def link_room(self) -> int:
        """Return how many more messages the owner takes now; the link pauses itself at 0."""
        ...

    def link_drained(self, link: Link) -> None:
        """Everything taken so far is with the kernel; `transmit` may be called again."""
        ...

    def link_closed(self, link: Link, error: Exception | None) -> None:
        """The link is gone, whyever; nothing more will be called."""
        ...
