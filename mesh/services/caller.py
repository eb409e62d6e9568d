"""The calls of this node: to whom, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import (
    CallFailed,
    CallRefused,
    CallTimeout,
    NoService,
    ProviderGone,
    ServiceError,
    SocketClosed,
)

from ..peers import Liveness, Peer
from .wire import BUSY, FAILED, NOT_PERMITTED, UNKNOWN, WITHDRAWN, Answer, Ask, Failure, Forget

if TYPE_CHECKING:
    from .post import Post

__all__ = ["Caller", "Providers"]

_ERRORS: dict[int, type[CallFailed]] = {
    FAILED: ServiceError,
    NOT_PERMITTED: CallRefused,
    BUSY: CallRefused,
    WITHDRAWN: ProviderGone,
}


class Providers:
    """Who offers what; who was called longest ago comes first."""

    def __init__(self) -> None:
        self._by_service: dict[str, dict[UUID, None]] = {}

    def offered(self, uuid: UUID, service: str) -> None:
        """Take note of an offer."""
        self._by_service.setdefault(service, {})[uuid] = None

    def withdrew(self, uuid: UUID, service: str) -> None:
        """Forget an offer."""
        offering = self._by_service.get(service, {})
        offering.pop(uuid, None)
        if not offering:
            self._by_service.pop(service, None)

    def exited(self, uuid: UUID) -> None:
        """Forget all that a peer offered."""
        for service in list(self._by_service):
            self.withdrew(uuid, service)

    def of(self, service: str) -> tuple[UUID, ...]:
        """Return who offers a service, those whose turn it is first."""
        return tuple(self._by_service.get(service, ()))

    def services(self) -> tuple[str, ...]:
        """Return what is offered by anybody."""
        return tuple(sorted(self._by_service))

    def took_turn(self, uuid: UUID, service: str) -> None:
        """Put a provider at the end of the line."""
        offering = self._by_service.get(service, {})
        if uuid in offering:
            offering[uuid] = offering.pop(uuid)


class _Waiting:
    """A call that was sent."""

    __slots__ = ("answer", "peer", "service")

    def __init__(self, service: str, peer: Peer, answer: asyncio.Future[bytes]) -> None:
        self.service = service
        self.peer = peer
        self.answer = answer


class _NotTaken(Exception):
    """A provider that did not run its handler; `error` is None when it has no such service."""

    def __init__(self, error: CallFailed | None) -> None:
        super().__init__()
        self.error = error


class Caller:
    """All calls of one node that wait for an answer.

    Args:
        post: carries calls.
        peer_of: returns a peer that is there.
        may_offer: whether a peer may offer a service.

    Attributes:
        providers: who offers what.
        made: calls.
        failed: those of them that were not answered.
        late: answers that nobody waited for any more.
    """

    def __init__(
        self,
        post: Post,
        peer_of: Callable[[UUID], Peer | None],
        may_offer: Callable[[Peer, str], bool],
    ) -> None:
        self.providers = Providers()
        self.made = self.failed = self.late = 0
        self._post = post
        self._peer_of = peer_of
        self._may_offer = may_offer
        self._numbers = count(1)
        self._waiting: dict[int, _Waiting] = {}

    async def call(self, service: str, data: bytes, peer: Peer | None, patience: float | None) -> bytes:
        """Return the answer of `peer`, or of whose turn it is.

        A provider that did not run its handler, because it offers the service no more or is busy, is passed by,
        unless it was asked for by name.

        Raises:
            NoService: nobody offers it.
            CallFailed: and what is under it.
        """
        self.made += 1
        try:
            async with asyncio.timeout(patience) as time:
                return await self._call(service, data, peer, time)
        except TimeoutError:
            self.failed += 1
            raise CallTimeout(
                f"no answer within {patience:g} s", service, peer.name if peer else ""
            ) from None
        except BaseException:
            self.failed += 1
            raise

    async def _call(self, service: str, data: bytes, peer: Peer | None, time: asyncio.Timeout) -> bytes:
        refusal: CallFailed | None = None
        for one in self._candidates(service, peer):
            try:
                return await self._ask(one, service, data, time)
            except _NotTaken as refused:
                refusal = refused.error or refusal
        if refusal is None:
            raise NoService(service, peer.name if peer is not None else "")
        raise refusal

    def _candidates(self, service: str, peer: Peer | None) -> Iterator[Peer]:
        """Yield whom to ask, those that are surely there first."""
        if peer is not None:
            yield peer
            return
        evasive: list[Peer] = []
        for uuid in self.providers.of(service):
            one = self._peer_of(uuid)
            if one is None or not self._may_offer(one, service):
                continue
            if one.liveness is Liveness.ALIVE:
                yield one
            else:
                evasive.append(one)
        yield from evasive

    async def _ask(self, peer: Peer, service: str, data: bytes, time: asyncio.Timeout) -> bytes:
        uuid = peer.uuid
        self.providers.took_turn(uuid, service)
        await self._post.wait_room(uuid)
        loop = asyncio.get_running_loop()
        ends = time.when()
        patience = max(ends - loop.time(), 0.001) if ends is not None else 0.0
        number = next(self._numbers)
        if not self._post.tell(uuid, Ask(number, service, patience, data)):
            raise _NotTaken(ProviderGone("it is gone", service, peer.name))
        self._waiting[number] = waiting = _Waiting(service, peer, loop.create_future())
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            self._post.tell(uuid, Forget(number))
            raise
        finally:
            del self._waiting[number]
            if waiting.answer.done() and not waiting.answer.cancelled():
                waiting.answer.exception()  # it may have come as we were cancelled

    # -- what comes of it

    def answered(self, peer: Peer, said: Answer | Failure) -> None:
        """Take an answer; only of whom we called."""
        waiting = self._waiting.get(said.number)
        if waiting is None or waiting.peer.uuid != peer.uuid or waiting.answer.done():
            self.late += 1
        elif isinstance(said, Answer):
            waiting.answer.set_result(said.data)
        else:
            waiting.answer.set_exception(_error_of(said, waiting))

    def exited(self, uuid: UUID) -> None:
        """Take note that a peer is gone."""
        self.providers.exited(uuid)
        for waiting in self._waiting.values():
            if waiting.peer.uuid == uuid and not waiting.answer.done():
                error = ProviderGone(
                    "its provider left before it answered", waiting.service, waiting.peer.name
                )
                waiting.answer.set_exception(error)

    def close(self) -> None:
        """Let nobody wait any more."""
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(SocketClosed("the node was left during the call"))


def _error_of(said: Failure, waiting: _Waiting) -> Exception:
    if said.code == UNKNOWN:
        return _NotTaken(None)
    error = _ERRORS.get(said.code, CallFailed)(said.reason, waiting.service, waiting.peer.name)
    return _NotTaken(error) if said.code == BUSY else error
