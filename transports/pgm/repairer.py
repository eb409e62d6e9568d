"""What a sender does about NAKs: finds or computes the packets that repair."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import zip_longest

from .constants import (
    DATA_OVERHEAD,
    ODATA,
    OPTIONS_PARITY,
    OPTIONS_VAR_PKTLEN,
    RDATA,
    SEQUENCE_MASK,
)
from .data_builder import as_repair
from .parity import encode_parity, spare_packets
from .rate import TokenBucket
from .repair_queue import ParityQueue, RepairQueue
from .sequence import unwrap
from .session import Session
from .settings import SenderSettings
from .transmit_window import TransmitWindow
from .wire import Data, Header, encode_packet
from .wire.option_types import ParityGroup

__all__ = ["Repairer"]

_OVERHEAD = 28


class Repairer:
    """The repairs of one sender, selective and by parity."""

    def __init__(
        self, session: Session, settings: SenderSettings, window: TransmitWindow, now: float
    ) -> None:
        self._session = session
        self._window = window
        self._segments = settings.segments
        self._parity = settings.parity
        self._group_size = settings.parity.group_size if settings.parity else 0
        self._rate = TokenBucket(settings.repair_rate, now)
        self._queue = RepairQueue(settings.linger)
        self._parity_queue = ParityQueue(
            settings.linger,
            spare_packets(self._group_size),
            self._group_size,
            settings.parity.proactive if settings.parity else 0,
        )
        self._proactive: deque[int] = deque()
        self._ready: deque[bytes] = deque()
        self.requested = self.repairs = self.octets = self.parity = self.unrepairable = 0

    def ask(self, sequences: Sequence[int], now: float) -> bool:
        """Queue repairs; False when some sequence is not in the window."""
        window = self._window
        found = True
        for wire in sequences:
            sequence = unwrap(wire, window.lead)
            self.requested += 1
            if window.trail <= sequence <= window.lead:
                self._queue.ask(sequence, now)
            else:
                self.unrepairable += sequence < window.trail
                found = False
        return found

    def ask_parity(self, sequences: Sequence[int], seen: Sequence[int], now: float) -> None:
        """Queue parity packets; the low bits of each sequence are their number minus one.

        `seen` is how many the asker accounts for, of each group; empty when it does not say.
        """
        if self._parity is None or not self._parity.on_demand:
            return
        low = self._group_size - 1
        for wire, told in zip_longest(sequences, seen[: len(sequences)]):
            count = (wire & low) + 1
            self.requested += count
            group = unwrap(wire & ~low & SEQUENCE_MASK, self._window.lead)
            if self._holds(group):
                self._parity_queue.ask(group, count, now, told)
            elif group < self._window.trail:
                self.unrepairable += count

    def _holds(self, group: int) -> bool:
        return self._window.trail <= group and group + self._group_size - 1 <= self._window.lead

    def data_sent(self, first: int, last: int) -> None:
        """Queue proactive parity for the groups that the packets from `first` to `last` complete."""
        if self._parity is None or not self._parity.proactive:
            return
        size = self._group_size
        group = first - first % size
        while group + size - 1 <= last:
            self._proactive.append(group)
            group += size

    def ready_at(self) -> float | None:
        """Return when the next repair may go out, None when there is none."""
        if self._queue or self._parity_queue or self._ready or self._proactive:
            return self._rate.ready_at()
        return None

    def next_datagrams(self, now: float) -> tuple[bytes, int] | None:
        """Return packets for the group and the size to cut them by."""
        if not (self._queue or self._parity_queue or self._ready or self._proactive):
            return None
        if not self._rate.allows(now):
            return None
        if not self._ready:
            self._prepare(now)
        packets = self._collect()
        if not packets:
            return None
        data = b"".join(packets)
        self.octets += len(data)
        self.repairs += len(packets)
        self._rate.spend(len(data) + _OVERHEAD * len(packets))
        return data, len(packets[0])

    def _collect(self) -> list[bytes]:
        """Take ready packets that one call can send: of equal size, the last one may be shorter."""
        ready = self._ready
        packets: list[bytes] = []
        while ready and len(packets) < self._segments:
            if packets and len(ready[0]) > len(packets[0]):
                break
            packets.append(ready.popleft())
            if len(packets[-1]) < len(packets[0]):
                break
        return packets

    def _prepare(self, now: float) -> None:
        if self._proactive:
            count = self._parity.proactive if self._parity else 0
            self._make_parity(ODATA, self._proactive.popleft(), list(range(count)))
            return
        wanted = self._parity_queue.take(now)
        if wanted is not None:
            self._make_parity(RDATA, *wanted)
            return
        window = self._window
        while len(self._ready) < self._segments and (sequence := self._queue.peek()) is not None:
            self._queue.repaired(sequence, now)
            packet = window.find(sequence)
            if packet is not None:
                self._ready.append(as_repair(packet, window.trail))

    def _make_parity(self, kind: int, group: int, indices: list[int]) -> None:
        if not self._holds(group):
            return
        packets = [self._window.find(group + index) for index in range(self._group_size)]
        tsdus = [packet[DATA_OVERHEAD:] for packet in packets if packet is not None]
        parity, varying = encode_parity(tsdus, indices)
        self._ready.extend(
            self._parity_packet(kind, group, index, tsdu, varying=varying)
            for index, tsdu in zip(indices, parity, strict=True)
        )
        self.parity += len(parity)

    def _parity_packet(self, kind: int, group: int, index: int, tsdu: bytes, *, varying: bool) -> bytes:
        session = self._session
        flags = OPTIONS_PARITY | (OPTIONS_VAR_PKTLEN if varying else 0)
        run, low = divmod(index, self._group_size)
        options = (ParityGroup(run).to_option(),) if run else ()
        header = Header(session.source_port, session.destination_port, kind, session.gsi, flags)
        trail = self._window.trail & SEQUENCE_MASK
        return encode_packet(header, Data((group + low) & SEQUENCE_MASK, trail, tsdu, options))
