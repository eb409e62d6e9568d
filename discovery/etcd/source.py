"""etcd as a medium of discovery: registers this node under a lease and follows the others."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import cycle
from math import inf
from types import TracebackType
from typing import Self

from covey.errors import CoveyError, InterfaceError

from ..interfaces import usable_interfaces
from ..netlink import InterfaceWatch
from ..reach import address_towards, own_address
from ..sighting import Announcement, Sighting, SightingSink
from ..tasks import stop_task
from .constants import GRANT, KEEPALIVE, LARGEST_VALUE, PAGE, PUT, RANGE, REVOKE, WATCH
from .core import EtcdCore, EtcdStatistics
from .gateway import AnswerTooLong, Gateway, HistoryLost
from .records import OpenRecords, RecordCodec
from .store import EtcdStore
from .wire import (
    Entry,
    decode_lease,
    decode_news,
    decode_object,
    decode_page,
    decode_ttl,
    end_of_prefix,
    put_request,
    range_request,
    watch_request,
)

__all__ = ["EtcdSource"]

_SHORTEST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
"""Seconds between tries to reach the store; doubled from try to try, with jitter."""
_FAREWELL = 1.0
"""Seconds for the goodbye."""

_logger = logging.getLogger(__name__)


class EtcdSource:
    """A `DiscoverySource` on etcd.

    Entering returns at once; the store is reached in the background, and again whenever it was away. Records
    that are known stay known meanwhile, and our own stands until its lease runs out.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        store: which etcd.
        codec: how nodes stand in records; open ones of the mesh `covey` unless given.
        interfaces: names or addresses of which the first is announced; empty for the one towards the store.
        host: name or address at which others reach this node; empty to find out.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        store: EtcdStore,
        *,
        codec: RecordCodec | None = None,
        interfaces: tuple[str, ...] = (),
        host: str = "",
    ) -> None:
        self._announcement = announcement
        self._sink = sink
        self._store = store
        self._codec = codec or OpenRecords("covey")
        self._core = EtcdCore(announcement, self._codec)
        self._core.stale = self._stale
        self.replayed: Callable[[str], None] | None = None
        """Told of which store a record came that was put back in place of a newer one."""
        self._pins = interfaces
        self._host = host
        self._stack = AsyncExitStack()
        self._gateway: Gateway | None = None
        self._task: asyncio.Task[None] | None = None
        self._interfaces_changed = asyncio.Event()
        self._registered = asyncio.Event()
        self._following = asyncio.Event()
        self._lease = 0
        self._told = ""
        self._sessions = self._failures = 0

    async def __aenter__(self) -> Self:
        """Start registering and following in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="etcd")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, within a second, and stop."""
        if self._task is None:
            return
        task, self._task = self._task, None
        await stop_task(task)
        try:
            if self._gateway is not None and self._registered.is_set():
                async with asyncio.timeout(_FAREWELL):
                    await self._say_goodbye(self._gateway)
        except (CoveyError, TimeoutError) as failure:
            _logger.info("etcd: no goodbye, the record runs out by itself: %s", failure)
        finally:
            self._registered.clear()
            await self._stack.aclose()

    async def wait_started(self) -> None:
        """Wait until this node is registered and follows the others."""
        await self._registered.wait()
        await self._following.wait()

    def statistics(self) -> EtcdStatistics:
        """Return the counters."""
        return self._core.statistics(
            registered=self._registered.is_set(),
            following=self._following.is_set(),
            sessions=self._sessions,
        )

    # -- sessions

    async def _run(self) -> None:
        """Work with one member of the cluster after the other until cancelled."""
        async with asyncio.TaskGroup() as tasks, InterfaceWatch(self._interfaces_changed.set):
            tasks.create_task(self._repeat(), name="etcd repeats")
            for url in cycle(self._store.endpoints):
                await self._try(url)
                pause = min(_SHORTEST_PAUSE * 2 ** min(self._failures, 16), _LONGEST_PAUSE)
                self._failures += 1
                await asyncio.sleep(pause * (0.5 + random.random() / 2))

    async def _try(self, url: str) -> None:
        """Work with one member until it fails."""
        try:
            self._gateway = await self._stack.enter_async_context(Gateway(self._store, url))
            await self._work(self._gateway)
        except* CoveyError as failures:
            log = _logger.info if self._failures else _logger.warning
            log("etcd at %s: %s; trying again", url, _first(failures))
            self._gateway = None  # whoever leaves during the pause has nobody to say goodbye to
            await self._stack.aclose()
        finally:
            self._following.clear()

    async def _work(self, gateway: Gateway) -> None:
        self._told = ""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stay_registered(gateway), name="etcd lease")
            tasks.create_task(self._follow(gateway), name="etcd watch")

    # -- our record

    async def _stay_registered(self, gateway: Gateway) -> None:
        """Keep the lease alive and what stands under it true."""
        while True:
            if not await self._prolong(gateway):
                self._registered.clear()
                self._lease = decode_lease(await gateway.call(GRANT, {"TTL": str(self._store.ttl)}))
                self._told = ""
            self._interfaces_changed.clear()
            host = await self._own_host(gateway.url)
            if host != self._told:
                value = self._codec.encode(self._announcement, host)
                await gateway.call(
                    PUT, put_request(self._codec.key_of(self._announcement), value, self._lease)
                )
                self._told = host
                self._registered.set()
            try:
                async with asyncio.timeout(self._store.ttl / 3):
                    await self._interfaces_changed.wait()
            except TimeoutError:
                pass

    async def _prolong(self, gateway: Gateway) -> bool:
        """Ask for more time; return whether the lease still stands."""
        if not self._lease:
            return False
        return decode_ttl(await gateway.call(KEEPALIVE, {"ID": str(self._lease)})) > 0

    async def _say_goodbye(self, gateway: Gateway) -> None:
        value = self._codec.encode(self._announcement, "")
        await gateway.call(PUT, put_request(self._codec.key_of(self._announcement), value, self._lease))
        await gateway.call(REVOKE, {"ID": str(self._lease)})

    async def _own_host(self, url: str) -> str:
        """Return the address to announce: never the loopback's, unless there is nothing else."""
        if self._host:
            return self._host
        if self._pins:
            try:
                return usable_interfaces(self._pins)[0].address
            except InterfaceError:
                return self._told or own_address()
        found = await address_towards(f"tcp://{url.partition('://')[2]}")
        return own_address() if found.startswith("127.") or found == "::1" else found

    # -- the others

    async def _follow(self, gateway: Gateway) -> None:
        """Take what is there, then every change; when changes were forgotten meanwhile, begin anew."""
        while True:
            try:
                revision = await self._take_all(gateway)
            except HistoryLost:
                continue  # between two pages, by a store that keeps little: the present is there at any time
            self._failures = 0
            self._sessions += 1
            await self._watch(gateway, revision + 1)

    async def _take_all(self, gateway: Gateway) -> int:
        """Take all records as they are at one revision; return it."""
        start, end = self._codec.prefix, end_of_prefix(self._codec.prefix)
        entries: list[Entry] = []
        revision, limit = 0, PAGE
        while True:
            try:
                page = decode_page(await gateway.call(RANGE, range_request(start, end, limit, revision)))
            except AnswerTooLong:
                if limit == 1:
                    raise
                limit = max(1, limit // 8)  # somebody put more under our prefix than a record
                continue
            revision = revision or page.revision
            entries += [Entry(one.key, one.value[: LARGEST_VALUE + 1]) for one in page.entries]
            if not page.has_more or not page.entries or len(entries) >= self._core.limit:
                break
            start = page.entries[-1].key + b"\0"
        self._report(self._core.replace_all(entries, self._now()))
        return revision

    async def _watch(self, gateway: Gateway, revision: int) -> None:
        """Take changes from a revision on; return when the store no longer has them all."""
        request = watch_request(self._codec.prefix, end_of_prefix(self._codec.prefix), revision)
        async with gateway.stream(WATCH, request) as lines:
            async for line in lines:
                news = decode_news(decode_object(line))
                for change in news.changes:
                    self._report(self._core.apply(change, self._now()))
                if news.compacted:
                    return
                if news.is_canceled:
                    raise CoveyError(f"the watch was canceled: {news.reason or 'no reason given'}")
                self._following.set()
        raise CoveyError("the watch ended")

    def _stale(self) -> None:
        if self.replayed is not None:
            self.replayed(self._gateway.url if self._gateway is not None else "etcd")

    async def _repeat(self) -> None:
        """Report anew, now and then, what stands."""
        while True:
            due = self._core.next_timeout()
            await asyncio.sleep(max(0.0, min(due - self._now(), 5.0)) if due < inf else 5.0)
            self._report(self._core.handle_timeout(self._now()))

    def _report(self, sightings: list[Sighting]) -> None:
        for sighting in sightings:
            self._sink(sighting)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _first(failures: BaseException) -> BaseException:
    """Return the first error in groups of them."""
    while isinstance(failures, BaseExceptionGroup):
        failures = failures.exceptions[0]
    return failures
