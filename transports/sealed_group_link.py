"""A multicast link whose messages are sealed: packs and seals on the way out, opens and unpacks on the way in.

It stands between a pipe and the link of any multicast transport: what it hands to that link is an ordinary
message of the group without a name, whose body is a record (`docs/wire/sealed-multicast.md`). Repairs below
therefore carry the identical bytes, and links that are not sealed know nothing of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from covey.security.group.constants import OVERHEAD, SIGNATURE_SIZE
from covey.security.group.contents import MESSAGE_OVERHEAD, pack, packed_size
from covey.security.sealed_group import SealedGroup
from covey.values import frozen, replace

from .group_transport import GroupLink
from .link import Link, LinkOwner, LinkSettings, Message
from .reports import Malformed, Reporter
from .stream_transport import StreamOptions
from .zmtp.events import PeerProperties

__all__ = ["SealedGroupLink", "SealedStatistics", "sealed_owner"]

_NO_GROUP = b""
_RECORD = 16 * 1024
"""Octets of messages that are sealed together where the transport cuts messages up; a larger one is sealed alone."""
_HEADERS = 48
"""IPv6 and UDP."""
_AHEAD = 64
"""Records that wait for the transport before messages wait in the owner's queue."""


@frozen
class SealedStatistics:
    """What a sealed link counts."""

    opened: int
    replayed: int
    forged: int
    unknown: int
    link: object
    """What the link below counts."""


class SealedGroupLink:
    """Implements `GroupLink` towards the pipe, and `LinkOwner` towards the link below.

    Args:
        group: the keys.
        owner: the pipe.
        datagram: octets of a datagram that goes without being cut; 0 where the transport cuts.
        report: told of records that do not open.
    """

    def __init__(
        self, group: SealedGroup, owner: LinkOwner, datagram: int, report: Reporter | None = None
    ) -> None:
        self._group = group
        self._owner = owner
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._below: GroupLink | None = None
        extra = OVERHEAD + 1 + (SIGNATURE_SIZE if group.sender.signs else 0)
        self._overhead = extra
        self._room = max(datagram - extra, 0) if datagram else _RECORD
        self._records: deque[Message] = deque()
        self._inside: deque[int] = deque()  # messages of each record that has not left
        self._timer: asyncio.TimerHandle | None = None
        self._unwatch = group.watch(self._keys_came)

    # -- LinkOwner, towards the link below ----------------------------------------------------------------

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        """Pass on that the link is there, with the smaller messages that it takes."""
        self._below = cast("GroupLink", link)
        largest = properties.largest
        if largest:
            largest -= self._overhead + MESSAGE_OVERHEAD
        self._owner.link_ready(self, replace(properties, largest=largest, mechanism=SealedGroup.mechanism))

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        """Open records; what does not open is dropped, counted and told."""
        now = self._loop.time()
        before = self._group.counts()
        opened: list[Message] = []
        open_one = self._group.receiver.open
        for message in messages:
            if type(message) is list and len(message) == 2 and not message[0]:
                opened += open_one(message[1], now) or ()
        self._tell_refused(before.forged + before.replayed)
        if self._group.receiver.waits and self._timer is None:
            self._timer = self._loop.call_later(0.5, self._give_up)
        if opened:
            self._owner.link_messages(self, opened)

    def link_room(self) -> int:
        """Return how many more messages the owner takes."""
        return self._owner.link_room()

    def link_drained(self, link: Link) -> None:
        """Hand on what waits, then let the owner send on."""
        self._push()
        if not self._records:
            self._owner.link_drained(self)

    def link_closed(self, link: Link, error: Exception | None) -> None:
        """Pass it on."""
        self._stop()
        self._owner.link_closed(self, error)

    def _keys_came(self) -> None:
        messages = cast("list[Message]", self._group.receiver.retry(self._loop.time()))
        if messages:
            self._owner.link_messages(self, messages)

    def _give_up(self) -> None:
        self._timer = None
        lost = self._group.receiver.give_up(self._loop.time())
        if lost and self._report is not None:
            self._report(self.address, Malformed(lost))
        if self._group.receiver.waits:
            self._timer = self._loop.call_later(0.5, self._give_up)

    def _tell_refused(self, before: int) -> None:
        counts = self._group.counts()
        refused = counts.forged + counts.replayed - before
        if refused and self._report is not None:
            self._report(self.address, Malformed(refused))

    # -- GroupLink, towards the owner ---------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The endpoint as resolved."""
        return self._below.address if self._below is not None else ""

    @property
    def in_flight(self) -> int:
        """Messages that are sealed and have not left."""
        below = self._below.in_flight if self._below is not None else 0
        return sum(self._inside) + below

    def transmit(self, outbox: deque[Message]) -> None:
        """Seal what is there, a record at a time, until the link below takes no more."""
        now = self._loop.time()
        seal = self._group.sender.seal
        while outbox and len(self._records) < _AHEAD:
            batch = self._take(outbox)
            self._records.append([_NO_GROUP, seal(pack(batch), now)])
            self._inside.append(len(batch))
            if len(self._records) >= _AHEAD or not outbox:
                self._push()
                if self._records:
                    return

    def _take(self, outbox: deque[Message]) -> list[list[bytes]]:
        """Take the next message and those that fit into a record beside it."""
        batch = [cast("list[bytes]", outbox.popleft())]
        room = self._room - packed_size(batch[0])
        while outbox:
            message = cast("list[bytes]", outbox[0])
            room -= packed_size(message)
            if room < 0:
                break
            batch.append(message)
            outbox.popleft()
        return batch

    def _push(self) -> None:
        below, records = self._below, self._records
        if below is None or not records:
            return
        below.transmit(records)
        while len(self._inside) > len(records):
            self._inside.popleft()

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: receivers filter by themselves."""

    def pause_reading(self) -> None:
        """Leave records in the kernel."""
        if self._below is not None:
            self._below.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._below is not None:
            self._below.resume_reading()

    def take_back(self) -> list[Message]:
        """Return nothing: what was sealed is not sealed again."""
        return []

    def close(self) -> None:
        """Close at once."""
        self._stop()
        if self._below is not None:
            self._below.close()

    async def finish(self) -> None:
        """Close as gently as the link below can."""
        self._stop()
        if self._below is not None:
            await self._below.finish()

    def _stop(self) -> None:
        self._unwatch()
        self._unwatch = _nothing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def statistics(self) -> SealedStatistics:
        """Return the counters."""
        counts = self._group.counts()
        below = self._below.statistics() if self._below is not None else None
        return SealedStatistics(counts.opened, counts.replayed, counts.forged, counts.unknown, below)


def sealed_owner(
    endpoint: str, group: SealedGroup, settings: LinkSettings, options: StreamOptions, owner: LinkOwner
) -> SealedGroupLink:
    """Return what owns the link to a multicast endpoint so that its messages are sealed by `group`."""
    is_cut = not endpoint.startswith("udp://")
    datagram = 0 if is_cut else max(options.multicast_maxtpdu - _HEADERS, 0)
    return SealedGroupLink(group, owner, datagram, settings.report)


def _nothing() -> None:
    """Do nothing: whoever watched has stopped."""
