"""The part of a node that is about services: offering them and calling them."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import NoRoute, OptionError

from .arguments import fits
from .peers import Peer

if TYPE_CHECKING:
    from .engine import Engine
    from .event_stream import EventHub
    from .services.call import Handler
    from .services.provider import Serving

__all__ = ["ServiceFace"]


class ServiceFace:
    """What `Node` says about services."""

    _hub: EventHub

    @property
    @abstractmethod
    def _running(self) -> Engine: ...

    @abstractmethod
    def _demand(self, action: str, subject: str) -> Engine: ...

    def serve(self, name: str, handler: Handler, *, limit: int = 16) -> Serving:
        """Return a service, offered to all peers as long as one is in its `async with`.

        Args:
            name: by which it is called.
            handler: takes a `Call` and returns the answer, bytes; may be async. It is cancelled when its caller waits
                no more.
            limit: calls that are handled at once. 1000 more wait; what comes then is refused.

        Raises:
            PermissionDenied: our certificate does not permit to offer it.
            OptionError: the name is empty or longer than 255 bytes, or the limit is not positive.
        """
        _check(name)
        if limit < 1:
            raise OptionError("limit", f"is at least 1, not {limit}")
        return self._demand("service", name).desk.serve(name, handler, limit)

    async def call(
        self,
        service: str,
        data: bytes = b"",
        *,
        peer: Peer | UUID | str | None = None,
        timeout: float | None = 30.0,
    ) -> bytes:
        """Call a service of a peer and return its answer.

        Who offers it is called in turn; one that is busy is passed by. While this node or a peer of it is new, and
        nobody offers the service yet, it waits for the first one who does, at most `settle` seconds.

        Args:
            service: its name.
            data: what its handler gets.
            peer: call this one, given as for `whisper`.
            timeout: how long to wait for the answer; None for as long as it takes. Seconds.

        Cancel: the handler is cancelled.

        Raises:
            NoService: nobody offers it.
            NoRoute: the peer is not there.
            ServiceError: its handler failed.
            CallRefused: the provider does not permit it, or all who offer it are busy.
            CallTimeout: no answer in time.
            ProviderGone: the provider left, or was lost, before it answered.
            PermissionDenied: our certificate does not permit to call it.
        """
        _check(service)
        if timeout is not None and timeout <= 0:
            raise OptionError("timeout", f"is more than 0 seconds, not {timeout}")
        engine = self._demand("call", service)
        target = None
        if peer is not None:
            target = engine.company.find(peer)
            if target is None:
                raise NoRoute(peer)
        return await engine.desk.call(service, bytes(data), target, timeout)

    def services(self) -> Mapping[str, tuple[Peer, ...]]:
        """Return which services peers offer now, and who."""
        desk = self._running.desk
        found = {name: desk.providers(name) for name in desk.caller.providers.services()}
        return {name: peers for name, peers in found.items() if peers}

    async def wait_for_service(self, service: str, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until at least `count` peers offer a service.

        Raises:
            TimeoutError: they do not after `timeout` seconds.
        """
        desk = self._running.desk
        async with asyncio.timeout(timeout):
            while len(desk.providers(service)) < count:
                await self._hub.wait_change()


def _check(name: str) -> None:
    if not name or not fits(name):
        raise OptionError("name", f"of a service has 1 to 255 bytes of UTF-8: {name[:40]!r}")
