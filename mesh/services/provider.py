"""The services that this node offers: who may call, how many at once, and what becomes of each call."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from covey.errors import OptionError, ServiceError, StateError

from ..peers import Peer
from .call import Call, Handler
from .wire import (
    BUSY,
    FAILED,
    MAX_SERVICES,
    NOT_PERMITTED,
    UNKNOWN,
    WITHDRAWN,
    Answer,
    Ask,
    Failure,
    Offers,
)

if TYPE_CHECKING:
    from .post import Post

__all__ = ["WAITING_LIMIT", "Provider", "Serving"]

_log = logging.getLogger(__name__)
WAITING_LIMIT = 1000
"""Calls of one service that wait for their turn; more are refused as busy."""

Key = tuple[UUID, int]
"""Who called, and which of its calls."""


class Serving:
    """One service that is offered from `async with` on until it is left.

    Attributes:
        name: of the service.
        answered: calls that were answered.
        failed: calls whose handler failed, or that ended without an answer.
        refused: calls that were not let in.
    """

    def __init__(self, provider: Provider, name: str, handler: Handler, limit: int) -> None:
        self.name = name
        self.answered = self.failed = self.refused = 0
        self._provider = provider
        self._handler = handler
        self._limit = limit
        self._slots = asyncio.Semaphore(limit)
        self.tasks: dict[Key, asyncio.Task[None]] = {}
        """Calls that run or wait."""

    async def __aenter__(self) -> Self:
        """Offer the service.

        Raises:
            StateError: this node offers it already.
            OptionError: it offers as many as a node can.
        """
        self._provider.offer(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Withdraw it; callers that wait are told."""
        self._provider.withdraw(self)
        await self.end()

    @property
    def is_full(self) -> bool:
        """Whether no further call can wait."""
        return len(self.tasks) >= self._limit + WAITING_LIMIT

    async def end(self) -> None:
        """Stop all calls and wait until they have."""
        tasks = list(self.tasks.values())
        self.tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self, call: Call, patience: float) -> bytes | Failure | None:
        """Run the handler when there is a place for it; None when the caller's time is over first."""
        try:
            async with asyncio.timeout(patience or None) as time, self._slots:
                answer = self._handler(call)
                if inspect.isawaitable(answer):
                    answer = await answer
        except ServiceError as error:
            return Failure(0, FAILED, error.reason)
        except Exception as error:  # whatever a handler may raise
            if time.expired():
                return None
            _log.warning("service %r failed on a call of %s", self.name, call.peer.name, exc_info=error)
            return Failure(0, FAILED, type(error).__name__)
        if not isinstance(answer, (bytes, bytearray, memoryview)):
            _log.warning("service %r returned %s, not bytes", self.name, type(answer).__name__)
            return Failure(0, FAILED, "an answer that is not bytes")
        return bytes(answer)


class Provider:
    """All services of one node.

    Args:
        post: carries answers.
        spawn: starts a task that lives no longer than the node.
        may_call: whether a peer may call a service; it is counted and told if not.
        changed: told that the offered services changed.

    Attributes:
        answered: calls that were answered.
        failed: calls whose handler failed, or that ended without an answer.
        refused: calls that were not let in.
    """

    def __init__(
        self,
        post: Post,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        may_call: Callable[[Peer, str], bool],
        changed: Callable[[], None],
    ) -> None:
        self._post = post
        self._spawn = spawn
        self._may_call = may_call
        self._changed = changed
        self._services: dict[str, Serving] = {}
        self.answered = self.failed = self.refused = 0
        self.has_offered = False
        """Whether there was ever anything to tell others."""

    @property
    def offers(self) -> Offers:
        """What is offered now."""
        return Offers(tuple(sorted(self._services)))

    def offer(self, serving: Serving) -> None:
        """Let a service be called.

        Raises:
            StateError: it is offered already.
            OptionError: there are too many.
        """
        if serving.name in self._services:
            raise StateError(f"this node offers {serving.name!r} already")
        if len(self._services) >= MAX_SERVICES:
            raise OptionError("name", f"a node offers at most {MAX_SERVICES} services")
        self._services[serving.name] = serving
        self.has_offered = True
        self._changed()

    def withdraw(self, serving: Serving) -> None:
        """Let it be called no more, and tell those whose calls are not answered yet."""
        if self._services.get(serving.name) is not serving:
            return
        del self._services[serving.name]
        self._changed()
        for uuid, number in serving.tasks:
            self._post.tell(uuid, Failure(number, WITHDRAWN, "it was withdrawn"))

    async def close(self) -> None:
        """Stop every call."""
        services, self._services = list(self._services.values()), {}
        for serving in services:
            await serving.end()

    # -- calls

    def asked(self, peer: Peer, ask: Ask) -> None:
        """Take a call."""
        key = (peer.uuid, ask.number)
        serving = self._services.get(ask.service)
        if not self._may_call(peer, ask.service):
            self._refuse(serving, key, NOT_PERMITTED, "its provider does not permit that")
        elif serving is None:
            self._refuse(None, key, UNKNOWN, "there is none")
        elif serving.is_full or key in serving.tasks:
            self._refuse(serving, key, BUSY, "too many calls wait for it")
        else:
            call = Call(peer, ask.service, ask.data)
            serving.tasks[key] = task = self._spawn(self._attend(serving, key, call, ask.patience))
            task.add_done_callback(lambda _: serving.tasks.pop(key, None))

    def forget(self, uuid: UUID, number: int | None = None) -> None:
        """Stop a call, or all calls, of a peer that waits no more."""
        for serving in self._services.values():
            for key, task in list(serving.tasks.items()):
                if key[0] == uuid and number in (None, key[1]):
                    task.cancel()

    def _refuse(self, serving: Serving | None, key: Key, code: int, reason: str) -> None:
        self.refused += 1
        if serving is not None:
            serving.refused += 1
        self._post.tell(key[0], Failure(key[1], code, reason))

    async def _attend(self, serving: Serving, key: Key, call: Call, patience: float) -> None:
        """Answer one call, within the time that its caller gives."""
        is_answered = False
        try:
            result = await serving.run(call, patience)
            if result is not None:
                is_answered = await self._reply(key, result, patience)
        finally:
            for counts in (self, serving):
                counts.answered += is_answered
                counts.failed += not is_answered

    async def _reply(self, key: Key, result: bytes | Failure, patience: float) -> bool:
        """Send what came of a call; return whether it is an answer that could be sent."""
        uuid, number = key
        if isinstance(result, Failure):
            self._post.tell(uuid, Failure(number, result.code, result.reason))
            return False
        try:
            async with asyncio.timeout(patience or None):
                await self._post.wait_room(uuid)
        except TimeoutError:
            return False
        return self._post.tell(uuid, Answer(number, result))
