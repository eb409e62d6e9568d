"""mDNS beside the beacon: started late, so that a start costs nothing, and at the pace of the crowd.

Every node that joins mDNS makes all others of the link answer and listen, and the beacon has done its work
long before. So a node waits for some seconds, and the longer the more peers it has found already.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Self

from covey.discovery.sighting import Announcement, SightingSink

from .medium import Surroundings

if TYPE_CHECKING:
    from covey.discovery.mdns import MdnsCodec, MdnsSource, MdnsStatistics

__all__ = ["DELAY", "LateMdns"]

DELAY = 5.0
"""Seconds after the start before which nothing is done, or even imported."""
_SPREAD = 0.05
"""Seconds, times the square of the number of peers, within which nodes of a crowd start at random times: as many
as there are start, and as many as there are listen to each."""
_LONGEST_SPREAD = 1800.0


class LateMdns:
    """A `DiscoverySource` that becomes mDNS after a while."""

    def __init__(self, announcement: Announcement, sink: SightingSink, around: Surroundings) -> None:
        self._announcement = announcement
        self._sink = sink
        self._around = around
        self._source: MdnsSource | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start waiting in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="late mdns")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, with a goodbye if it was started; that takes about 0.3 s."""
        if self._task is not None:
            from covey.discovery.tasks import stop_task

            task, self._task = self._task, None
            await stop_task(task)

    def statistics(self) -> MdnsStatistics | None:
        """Return the counters; None before it started."""
        return self._source.statistics() if self._source is not None else None

    async def _run(self) -> None:
        await asyncio.sleep(DELAY)
        await self._wait_for_turn()
        from covey.discovery.mdns import MdnsSource

        around = self._around
        self._source = MdnsSource(
            self._announcement,
            self._sink,
            codec=_codec(around),
            name=around.name,
            interfaces=around.interfaces,
        )
        async with self._source:
            await asyncio.Event().wait()

    async def _wait_for_turn(self) -> None:
        """Wait for our share of the crowd's time, which is longer when others have come meanwhile."""
        import random

        share, loop = random.random(), asyncio.get_running_loop()
        began = loop.time()
        while (left := began + share * self._spread() - loop.time()) > 0:  # noqa: ASYNC110 - a time, no event
            await asyncio.sleep(left)

    def _spread(self) -> float:
        return min(_SPREAD * self._around.crowd() ** 2, _LONGEST_SPREAD)


def _codec(around: Surroundings) -> MdnsCodec:
    from covey.discovery.mdns import OpenText, SealedText

    if around.sealing is None:
        return OpenText(around.mesh)
    return SealedText(around.sealing.beacons())
