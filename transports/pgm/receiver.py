"""The receiver of RFC 3208 as a state machine without I/O, for any number of sources at once.

Feed it with `receive_datagram`, then take what it says: `next_event` for the application,
`datagrams_to_send` for the network, `next_timer` for the clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from covey.errors import PgmError

from .constants import (
    DATA_OVERHEAD,
    NAK,
    NCF,
    ODATA,
    OPT_FIN,
    OPT_RST,
    RDATA,
    SEQUENCE_MASK,
    UPSTREAM_TYPES,
)
from .events import Delivered, Departure, Event, Lost, SourceId, SourceJoined, SourceLeft
from .framing import Message
from .memory_bound import MemoryBound
from .plain import PLAIN, PLAIN_SIZE, PlainRun, scan_plain
from .sequence import wrap
from .settings import ReceiverSettings
from .source import Source
from .source_table import Key, SourceTable
from .statistics import ReceiverStatistics
from .timers import Timers
from .upstream import Upstream, UpstreamWriter
from .wire import Data, Nak, Packet, Poll, Spm, Spmr, decode_packet
from .wire.checksum import word_sum
from .wire.options import find_option

__all__ = ["Receiver"]

_TOMBSTONE = 5.0
"""How long a source that left is remembered, so that a late packet does not bring it back."""


class Receiver:
    """Hears every sender of one group and port."""

    def __init__(
        self,
        destination_port: int,
        group: bytes,
        settings: ReceiverSettings,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """Begin without sources.

        Args:
            destination_port: the port of the endpoint; packets for others are ignored.
            group: packed address of the group, as NAKs name it.
            settings: limits and timers.
            random_bytes: returns that many random octets.
        """
        self._port = destination_port
        self._port_octets = destination_port.to_bytes(2, "big")
        self._group = group
        self._settings = settings
        self._draw = random_bytes
        self._node = int.from_bytes(random_bytes(4), "big")
        self._sources = SourceTable(settings.max_sources)
        self._memory = MemoryBound(settings.total_octets)
        self._timers: Timers[Key] = Timers()
        self._events: deque[Event] = deque()
        self._outbox: list[Upstream] = []
        self._left: dict[Key, float] = {}
        self._touched: dict[Key, Source] = {}
        """Sources that may have something to say since it was last asked for."""
        self._recent: tuple[str, bytes, bytes, Source, Key] | None = None
        """Address, first octets and GSI of the last run of original data, and its source."""
        self._now = 0.0
        self._datagrams = self._malformed = self._ignored = 0

    # --- input ---------------------------------------------------------------------------------------------

    def receive_datagram(self, data: bytes, source: str, now: float, segment: int = 0) -> None:
        """Take what a socket received; what is malformed or not for us is counted and dropped.

        Args:
            data: one packet, or several of `segment` octets each (the last may be shorter).
            source: the sender's numeric address, without port.
            now: monotonic seconds.
            segment: octets; 0 for one packet.
        """
        position, size = 0, len(data)
        step = segment or max(size, 1)
        self._now = now
        self._datagrams += -(-size // step) or 1
        if not size:
            self._malformed += 1
        if size <= step and self._receive_next(data, source, now):
            return
        while position < size:
            found = scan_plain(data, position, step)
            if found is not None:
                run, position = found
                self._receive_run(run, source, now)
                continue
            stop = min(position + step, size)
            try:
                self._receive_packet(decode_packet(data[position:stop]), source, now)
            except PgmError:
                self._malformed += 1
            position = stop

    def _receive_next(self, data: bytes, address: str, now: float) -> bool:
        """Take a single packet if it is what the source heard last sends next; the commonest of all cases."""
        recent = self._recent
        if recent is None or len(data) < PLAIN_SIZE:
            return False
        head, checksum, gsi, size, sequence, trail, offset = PLAIN.unpack_from(data)
        known, known_head, known_gsi, source, key = recent
        if (
            head != known_head
            or gsi != known_gsi
            or address != known
            or sequence != (source.window.lead + 1) & SEQUENCE_MASK
            or size != len(data) - DATA_OVERHEAD
            or not checksum
            or source.departure is not None
            or word_sum(data)
        ):
            return False
        if source.is_plain:
            payload = data[PLAIN_SIZE:]
            source.accept_run(payload, offset if offset <= len(payload) else -1, 1, trail)
        elif source.stores:
            source.store_run([data[DATA_OVERHEAD:]], trail, now)
        else:
            return False
        source.heard_at = now
        self._touched[key] = source
        return True

    def _receive_run(self, run: PlainRun, address: str, now: float) -> None:
        head = run.head
        if head[2:4] != self._port_octets:
            self._ignored += len(run.sequences)
            return
        key = (address, run.gsi + head[:2])
        source = self._sources.find(key) or self._meet(key, run.sequences[0], now)
        if source.departure is not None and not self._returns(key, source, run.sequences[-1]):
            self._ignored += len(run.sequences)
            return
        source.heard_at = now
        if run.is_repair:
            self._take_singly(source, run, now)
        else:
            for stretch in run.stretches():
                self._take_stretch(source, stretch, now)
            self._recent = (address, head, run.gsi, source, key)
        self._touched[key] = source

    def _take_stretch(self, source: Source, run: PlainRun, now: float) -> None:
        """Take consecutive packets; those behind a gap all at once but the first, which shows the gap."""
        ahead = (run.sequences[0] - source.window.lead - 1) & SEQUENCE_MASK
        if 0 < ahead <= SEQUENCE_MASK // 2 and len(run.sequences) > 1:
            self._take_singly(source, run.part(0, 1), now)
            run = run.part(1, len(run.sequences))
        if run.sequences[0] != wrap(source.window.lead + 1):
            self._take_singly(source, run, now)
        elif source.is_plain:
            payloads = run.payloads
            data = b"".join(payloads) if len(payloads) > 1 else payloads[0]
            source.accept_run(data, run.start, len(payloads), run.trail)
        elif source.stores:
            source.store_run(run.tsdus(), run.trail, now)
        else:
            self._take_singly(source, run, now)

    def _take_singly(self, source: Source, run: PlainRun, now: float) -> None:
        for sequence, tsdu in zip(run.sequences, run.tsdus(), strict=True):
            source.on_plain(sequence, run.trail, tsdu, now, is_repair=run.is_repair)

    def _receive_packet(self, packet: Packet, address: str, now: float) -> None:
        header = packet.header
        port = header.source_port if header.type not in UPSTREAM_TYPES else header.destination_port
        ours = header.destination_port if header.type not in UPSTREAM_TYPES else header.source_port
        key = (address, header.gsi + port.to_bytes(2, "big"))
        if ours != self._port:
            self._ignored += 1
            return
        if header.type in UPSTREAM_TYPES:
            self._overhear(packet, header.tsi, now)
            return
        source = self._sources.find(key)
        if source is None:
            source = self._meet_packet(key, packet, now)
        if source is None:
            self._ignored += 1
            return
        if source.departure is not None:
            body = packet.body
            if not (
                isinstance(body, Data) and not header.flags and self._returns(key, source, body.sequence)
            ):
                self._ignored += 1
                return
        source.heard_at = now
        self._dispatch(source, packet, now)
        self._touched[key] = source

    def _returns(self, key: Key, source: Source, sequence: int) -> bool:
        """Whether a source that said goodbye is still there."""
        if not source.revives(sequence):
            return False
        if self._left.pop(key, None) is not None:
            self._events.append(SourceJoined(source.id))
        return True

    def _dispatch(self, source: Source, packet: Packet, now: float) -> None:
        header, body = packet.header, packet.body
        if isinstance(body, Data):
            source.on_data(header, body, now)
        elif isinstance(body, Spm):
            source.on_spm(body, now)
        elif isinstance(body, Nak) and header.type == NCF:
            source.on_confirmation(header, body, now)
        elif isinstance(body, Poll):
            source.on_poll(body, self._node, now)

    def _overhear(self, packet: Packet, tsi: bytes, now: float) -> None:
        """Take what another receiver said to the group; it need not say it again for us."""
        body = packet.body
        for source in self._sources.of_session(tsi):
            if isinstance(body, Spmr):
                source.on_spmr()
            elif isinstance(body, Nak) and packet.header.type == NAK:
                source.on_confirmation(packet.header, body, now)

    def _meet_packet(self, key: Key, packet: Packet, now: float) -> Source | None:
        body = packet.body
        if isinstance(body, Data) and packet.header.type in (ODATA, RDATA) and not packet.header.flags:
            return self._meet(key, body.sequence, now)
        if isinstance(body, Spm) and not (
            find_option(body.options, OPT_FIN) or find_option(body.options, OPT_RST)
        ):
            source = self._meet(key, wrap(body.lead + 1), now)
            if self._settings.join_history:
                source.join_at(body)
            return source
        return None

    def _meet(self, key: Key, first: int, now: float) -> Source:
        address, tsi = key
        identity = SourceId(address, tsi[:6], int.from_bytes(tsi[6:], "big"))
        writer = UpstreamWriter(identity, self._port, self._group)
        source = Source(identity, first, self._settings, writer, self._draw, now)
        evicted = self._sources.add(key, source)
        if evicted is not None:
            self._memory.forget(evicted[1])
            self._timers.cancel(evicted[0])
            self._touched.pop(evicted[0], None)
            self._recent = None
            if self._left.pop(evicted[0], None) is None:
                self._events.append(SourceLeft(evicted[1].id, Departure.EVICTED))
        self._events.append(SourceJoined(identity))
        return source

    # --- output --------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Pass on what sources have for the application and the network."""
        touched, self._touched = self._touched, {}
        for key, source in touched.items():
            self._settle_source(key, source, self._now)

    def _settle_source(self, key: Key, source: Source, now: float) -> None:
        if self._memory.account(source):
            for greedy in self._memory.relieve(now):
                self._pass_on(greedy)
        self._pass_on(source)
        self._outbox += source.take_outbox()
        if source.departure is None:
            self._timers.set(key, source.next_timer())
        elif key not in self._left:
            self._left[key] = now
            self._events.append(SourceLeft(source.id, source.departure))
            self._timers.set(key, now + _TOMBSTONE)

    def _pass_on(self, source: Source) -> None:
        """Take a source's messages and losses for the application."""
        window = source.window
        messages = window.take_messages()
        if window.losses:
            messages = self._report_losses(source, messages)
        if messages:
            events = self._events
            last = events[-1] if events else None
            if type(last) is Delivered and last.source is source.id:
                last.messages += messages
            else:
                events.append(Delivered(source.id, messages))

    def _report_losses(self, source: Source, messages: list[Message]) -> list[Message]:
        done = 0
        for first, count, position in source.window.losses:
            if position > done:
                self._events.append(Delivered(source.id, messages[done:position]))
                done = position
            self._events.append(Lost(source.id, wrap(first), count))
        source.window.losses = []
        return messages[done:]

    def next_event(self) -> Event | None:
        """Return the next event for the application, None when there is none."""
        if self._touched:
            self._settle()
        return self._events.popleft() if self._events else None

    def datagrams_to_send(self) -> Sequence[Upstream]:
        """Take the packets to send."""
        self._settle()
        outbox = self._outbox
        if outbox:
            self._outbox = []
        return outbox

    # --- time ----------------------------------------------------------------------------------------------

    def next_timer(self) -> float | None:
        """Return when `handle_timer` should be called, None when never."""
        self._settle()
        return self._timers.next()

    def handle_timer(self, now: float, lag: float = 0.0) -> None:
        """Let time pass.

        Args:
            now: monotonic seconds.
            lag: how much later than they arrived packets are given to us at present; 0 when none waits.
        """
        self._now = now
        self._settle()
        for key in list(self._timers.due(now)):
            source = self._sources.find(key)
            if source is None:
                continue
            if key in self._left:
                del self._left[key]
                self._memory.forget(source)
                self._sources.remove(key)
                continue
            source.handle_timer(now, lag)
            self._settle_source(key, source, now)

    def close(self) -> None:
        """Tell the sources that wait for our reports not to; send what `datagrams_to_send` has, then
        forget us.
        """
        self._settle()
        for source in self._sources.all():
            if source.departure is None:
                source.leave()
                self._outbox += source.take_outbox()

    def statistics(self) -> ReceiverStatistics:
        """Return the counters."""
        sources = tuple(source.statistics() for source in self._sources.all())
        memory = self._memory
        return ReceiverStatistics(
            self._datagrams, self._malformed, self._ignored, sources, memory.octets, memory.shed
        )
