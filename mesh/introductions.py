"""Members tell the hubs and seeds that they are at of the members that they are connected to.

So one node with a seed is enough for its neighbours to be found through it. Who has been there itself is
left alone: what is told of others costs every node of the network a tuple.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol, runtime_checkable
from uuid import UUID

from covey.errors import EndpointError

from .peers import Peer

__all__ = ["Introducer", "Introductions"]

_log = logging.getLogger(__name__)
_PATIENCE = 1.0
"""Seconds that a peer has to be at the hub itself."""


@runtime_checkable
class Introducer(Protocol):
    """A medium that can tell of other nodes than our own."""

    def has_seen(self, uuid: UUID) -> bool:
        """Whether it reported that node."""
        ...

    def share(self, uuid: UUID, endpoint: str, public_key: bytes | None = None) -> None:
        """Tell of a node."""
        ...

    def unshare(self, uuid: UUID) -> None:
        """Tell of it no more."""
        ...


class Introductions:
    """The media that tell of others, and whom they were told of."""

    def __init__(self) -> None:
        self._media: list[Introducer] = []
        self._planned: dict[UUID, asyncio.TimerHandle] = {}

    def add(self, source: object) -> None:
        """Use a medium if it can tell of others."""
        if isinstance(source, Introducer):
            self._media.append(source)

    def entered(self, peer: Peer) -> None:
        """Tell of a peer, unless it will do so itself within a moment."""
        if self._media and _is_portable(peer.endpoint):
            loop = asyncio.get_running_loop()
            self._cancel(peer.uuid)
            self._planned[peer.uuid] = loop.call_later(_PATIENCE, self._share, peer)

    def exited(self, uuid: UUID) -> None:
        """Tell of a peer no more."""
        self._cancel(uuid)
        for medium in self._media:
            medium.unshare(uuid)

    def close(self) -> None:
        """Tell of nobody any more."""
        for handle in self._planned.values():
            handle.cancel()
        self._planned.clear()
        self._media.clear()

    def _cancel(self, uuid: UUID) -> None:
        if (handle := self._planned.pop(uuid, None)) is not None:
            handle.cancel()

    def _share(self, peer: Peer) -> None:
        del self._planned[peer.uuid]
        for medium in self._media:
            if medium.has_seen(peer.uuid):
                continue
            try:
                medium.share(peer.uuid, peer.endpoint, peer.public_key)
            except EndpointError as error:
                _log.debug("not told of %s: %s", peer.name, error)


def _is_portable(endpoint: str) -> bool:
    """Whether an endpoint means the same node everywhere: no TIPC, no link-local address, no loopback."""
    return endpoint.startswith("tcp://") and "%" not in endpoint and not endpoint.startswith("tcp://127.")
