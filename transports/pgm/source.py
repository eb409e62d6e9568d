"""One source as a receiver sees it (RFC 3208 section 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .claims import Claims
from .constants import (
    NCF,
    OPT_FIN,
    OPT_FLOW,
    OPT_PARITY_PRM,
    OPT_RST,
    OPTIONS_PARITY,
    RDATA,
)
from .counts import Counts
from .events import Departure, SourceId
from .fragments import Fragmented, as_item
from .group_repair import GroupRepair
from .late_join import oldest_offered
from .loss_detector import LossDetector
from .parity_store import ParityStore
from .poll_responder import PollResponder
from .prodder import Prodder
from .progress import ProgressReports
from .receive_window import ReceiveWindow
from .sequence import unwrap
from .settings import ReceiverSettings
from .statistics import SourceStatistics
from .upstream import Upstream, UpstreamWriter
from .wire import Data, Header, Nak, Poll, Spm
from .wire.option_types import ParityParameters
from .wire.options import find_option

__all__ = ["Source"]


class Source:
    """Receives one session: order, loss, repair, reports."""

    __slots__ = (
        "_claims",
        "_detector",
        "_draw",
        "_outbox",
        "_parity",
        "_polls",
        "_prodder",
        "_reports",
        "_settings",
        "_spmr_at",
        "_trail",
        "_writer",
        "counts",
        "departure",
        "heard_at",
        "id",
        "is_finishing",
        "window",
    )

    def __init__(
        self,
        source: SourceId,
        first: int,
        settings: ReceiverSettings,
        writer: UpstreamWriter,
        random_bytes: Callable[[int], bytes],
        now: float,
    ) -> None:
        """Begin to receive `source` at the sequence `first`; an SPM will be asked for unless one comes."""
        self.id = source
        self._settings = settings
        self._writer = writer
        self._draw = random_bytes
        self.window = ReceiveWindow(first, settings)
        self._detector = LossDetector(settings, random_bytes)
        self._parity: GroupRepair | None = None
        self._trail = first
        self._spmr_at: float | None = now + self._random() * settings.spmr_delay
        self._polls = PollResponder()
        self._claims = Claims()
        self._prodder = Prodder()
        self._reports = ProgressReports(first, settings, writer)
        self._outbox: list[Upstream] = []
        self.heard_at = now
        self.is_finishing = False
        self.departure: Departure | None = None
        self.counts = Counts(now)

    def _random(self) -> float:
        return int.from_bytes(self._draw(4), "big") / 2**32

    # --- data ----------------------------------------------------------------------------------------------

    @property
    def is_plain(self) -> bool:
        """Whether packets in order may go to `accept_run`."""
        return self._parity is None and self.window.is_plain

    def accept_run(self, data: bytes, start: int, count: int, trail: int) -> None:
        """Take the stream octets of `count` packets in order; only when `is_plain`."""
        self.window.accept_run(data, start, count)
        self.counts.took(count, len(data), self.heard_at)
        edge = unwrap(trail, self.window.lead)
        if self._trail < edge <= self.window.expected:
            self._trail = edge
        self._report_progress()

    @property
    def stores(self) -> bool:
        """Whether packets that follow the newest may go to `store_run`: a hole holds them up."""
        return self._parity is None and self.window.has_hole

    def store_run(self, tsdus: list[bytes], trail: int, now: float) -> None:
        """Take packets that follow the newest; only when it `stores`."""
        self.window.store_run(tsdus)
        self.counts.took(len(tsdus), sum(map(len, tsdus)), now)
        self._advance_trail(unwrap(trail, self.window.lead), now)
        self._settle(now)

    def on_plain(self, wire: int, trail: int, tsdu: bytes, now: float, *, is_repair: bool) -> None:
        """Take a data packet without options."""
        sequence = unwrap(wire, self.window.lead)
        if self._admits(sequence, now):
            self._take(sequence, tsdu, now, is_repair=is_repair)
        self._advance_trail(unwrap(trail, sequence), now)

    def on_data(self, header: Header, data: Data, now: float) -> None:
        """Take any data packet."""
        sequence = unwrap(data.sequence, self.window.lead)
        if header.flags & OPTIONS_PARITY:
            self._on_parity(sequence, header, data, now)
            return
        if self._admits(sequence, now):
            self._take(sequence, as_item(data), now, is_repair=header.type == RDATA)
        self._advance_trail(unwrap(data.trail, sequence), now)
        if find_option(data.options, OPT_FIN):
            self._finish()

    def _admits(self, sequence: int, now: float) -> bool:
        """Whether `sequence` is in the window and new."""
        window = self.window
        if sequence in window:
            self.counts.duplicates += 1
            return False
        if not self._claims.admits(sequence, window.lead, self._settings.window_packets, now):
            return False
        self._leap(sequence, now)
        return True

    def _leap(self, sequence: int, now: float) -> None:
        """Give up what is too far behind `sequence` to be kept in one window."""
        if sequence - self.window.lead > self._settings.window_packets:
            self._detector.drop_before(sequence, now)
            self.window.leap(sequence)

    def _take(self, sequence: int, item: bytes | Fragmented, now: float, *, is_repair: bool) -> None:
        window, counts = self.window, self.counts
        counts.took(1, len(item), now)
        parity = self._parity
        if parity is not None and type(item) is bytes:
            parity.store.keep(sequence, item)
        if sequence > window.lead:
            self._raise_lead(sequence, sequence - 1, now)
        elif self._detector.arrived(sequence, now, is_repair=is_repair) and is_repair:
            counts.repairs += 1
            if not self._reports.are_wanted:
                self._prodder.repaired(now)
        window.accept(sequence, item)
        if parity is not None:
            parity.recover(parity.store.group_of(sequence), window, counts, now)
        self._settle(now)

    def _raise_lead(self, lead: int, missing: int, now: float) -> None:
        """Move the lead up to `lead`; what is newer than the old one is missing up to `missing`."""
        window, before = self.window, self.window.lead
        if missing > before:
            self._detector.add(before + 1, missing, now)
            self._claims.raised(now)
        window.lead = lead
        if self._parity is not None:
            self._parity.grew(before, lead, now)

    def _follow(self, lead: int, now: float) -> bool:
        """Take an SPM's word that `lead` is the newest; False when that is not believed."""
        window, claims, limit = self.window, self._claims, self._settings.window_packets
        if not claims.admits(lead, window.lead, limit, now):
            return False
        self._leap(lead + 1, now)
        if lead > window.lead:
            self._raise_lead(lead, lead, now)
        elif claims.returns(lead, window.expected, limit):
            self._retract(lead)
            window.return_to(lead + 1)
            self._trail, self._parity = lead + 1, None
        elif claims.refutes(lead, window.lead, now):
            self._retract(lead)
        return True

    def _retract(self, lead: int) -> None:
        """Forget what was forged to be newer than `lead`."""
        self.window.retract(lead)
        self._detector.drop_after(self.window.lead)
        if self._parity is not None:
            self._parity.store.drop_after(self.window.lead)

    def revives(self, wire: int) -> bool:
        """Whether to go on though the source said goodbye, since its data go on: then others said it."""
        if not self._claims.belies_farewell(unwrap(wire, self.window.lead), self.window.lead):
            return False
        self.departure, self.is_finishing = None, False
        return True

    @property
    def held(self) -> int:
        """Octets kept behind holes, and parity packets."""
        return self.window.octets + (self._parity.store.octets if self._parity is not None else 0)

    def shed(self, octets: int, now: float) -> None:
        """Keep so many octets less, at the price of holes; at least of what may be many, parity."""
        if self._parity is not None:
            octets -= self._parity.store.drop_parity()
        if octets > 0 and self.window.octets:
            self.window.lose_before(self.window.limit_of(octets))
            self._detector.drop_before(self.window.expected, now)
            self._settle(now)

    def _settle(self, now: float) -> None:
        """See to what follows from a change of the window."""
        window = self.window
        while (limit := window.overflow()) is not None:
            window.lose_before(limit)
            self._detector.drop_before(window.expected, now)
        if self._parity is not None:
            self._parity.store.drop_before(window.expected)
        self._report_progress()
        if self.is_finishing:
            self._finish()

    def _advance_trail(self, trail: int, now: float) -> None:
        """The source cannot repair what is older than `trail`."""
        if (
            trail > self.window.lead + 1
            or (trail := self._claims.trail(trail, self.window.expected)) <= self._trail
        ):
            return
        self._trail = trail
        if trail > self.window.expected:
            self._detector.drop_before(trail, now)
            self.window.lose_before(trail)
            self._settle(now)

    def _on_parity(self, sequence: int, header: Header, data: Data, now: float) -> None:
        parity = self._parity
        if parity is None or not parity.takes(sequence, self.window.expected):
            return
        group = parity.store.group_of(sequence)
        last = parity.store.end_of(group)
        if last > self.window.lead:
            self._raise_lead(last, last, now)
        parity.parity_arrived(sequence, header, data, now)
        parity.recover(group, self.window, self.counts, now)
        self._settle(now)

    # --- control -------------------------------------------------------------------------------------------

    def on_spm(self, spm: Spm, now: float) -> None:
        """Take the source's word about its window."""
        if not self._claims.takes_spm(spm.sequence):
            return
        self._spmr_at = None
        self._writer.learn(spm.nla)
        self._reports.are_wanted = find_option(spm.options, OPT_FLOW) is not None
        option = find_option(spm.options, OPT_PARITY_PRM)
        window = self.window
        if option is None:
            self._parity = None
        elif self._parity is None:
            parameters = ParityParameters.from_option(option)
            store = ParityStore.offered(parameters, window.lead + 1, self._settings.parity_patience)
            tag = int.from_bytes(self._draw(2), "big")
            self._parity = GroupRepair(store, self._detector, tag) if store is not None else None
        lead = unwrap(spm.lead, window.lead)
        if not self._follow(lead, now):
            return
        self._advance_trail(unwrap(spm.trail, lead), now)
        if find_option(spm.options, OPT_RST):
            self.departure = Departure.RST
        elif find_option(spm.options, OPT_FIN):
            self.is_finishing = True
        if self._reports.are_wanted:
            self._outbox.append(self._reports.make(self.window))
        self._settle(now)

    def join_at(self, spm: Spm) -> None:
        """Start from what the first SPM offers to late joiners."""
        oldest = oldest_offered(spm, self.window.lead)
        if self.window.is_plain and 0 < self.window.expected - oldest <= self._settings.window_packets:
            self.window = ReceiveWindow(oldest, self._settings)
            self._trail = oldest

    def _finish(self) -> None:
        self.is_finishing = True
        if self.window.expected > self.window.lead:
            self.departure = Departure.FIN

    def on_confirmation(self, header: Header, nak: Nak, now: float) -> None:
        """Take an NCF, or another receiver's NAK: what it names is being repaired."""
        lead = self.window.lead
        if header.type == NCF:
            self._writer.heard()
        if header.flags & OPTIONS_PARITY:
            if self._parity is not None:
                self._parity.confirmed(nak, self.window.expected, lead, now)
            return
        for wire in nak.sequences:
            self._detector.confirmed(unwrap(wire, lead), now)
        if not self._reports.are_wanted:
            self._prodder.confirmed(now)

    def on_spmr(self) -> None:
        """Another receiver asked for an SPM."""
        self._spmr_at = None

    def on_poll(self, poll: Poll, node: int, now: float) -> None:
        """Answer a POLL that means us, after a random delay."""
        self._polls.hear(poll, node, self._random(), now)

    # --- output and time -----------------------------------------------------------------------------------

    def take_outbox(self) -> Sequence[Upstream]:
        """Take what is to be sent."""
        outbox, self._outbox = self._outbox, []
        return outbox

    def _report_progress(self) -> None:
        if self._reports.is_due(self.window):
            self._outbox.append(self._reports.make(self.window))

    def leave(self) -> None:
        """Tell a source that waits for reports not to."""
        if self._reports.are_wanted:
            self._outbox.append(self._reports.make(self.window, leaving=True))

    def next_timer(self) -> float:
        """Return when `handle_timer` should be called."""
        deadline = self.heard_at + self._settings.source_timeout
        others = (self._detector.next_timer(), self._spmr_at, self._polls.deadline, self._prodder.deadline)
        for other in others:
            if other is not None and other < deadline:
                deadline = other
        return deadline

    def handle_timer(self, now: float, lag: float = 0.0) -> None:
        """Let time pass; `lag` as in `LossDetector.handle_timer`."""
        if now - self.heard_at >= self._settings.source_timeout:
            self.departure = Departure.TIMEOUT
            return
        if self._spmr_at is not None and now >= self._spmr_at:
            self._outbox += self._writer.spmr()
            self._spmr_at = None
        promised = self._prodder.take(now, self._detector.oldest_confirmed)
        if promised is not None:
            self._outbox += self._writer.naks([promised])
            self.counts.naks += 1
        poll = self._polls.take(now)
        if poll is not None:
            self._outbox.append(self._writer.polr(poll.sequence, poll.round, poll.nla))
        verdict = self._detector.handle_timer(now, lag)
        if verdict.overdue and self._parity is not None:
            self._parity.overdue(verdict.overdue)
        if verdict.ask:
            if verdict.is_repeated:
                self._writer.repeat()
            self._ask(verdict.ask, now)
        for sequence in verdict.lost:
            self.window.accept(sequence, None)
        if verdict.lost:
            self._settle(now)

    def _ask(self, sequences: list[int], now: float) -> None:
        parity, counts = self._parity, self.counts
        naks: list[Upstream] = []
        if parity is not None and parity.store.on_demand:
            plan = parity.plan(sequences, self.window.lead, now)
            naks += self._writer.naks(plan.parity, plan.seen, parity.tag)
            counts.requested += plan.count
            sequences = plan.singly
        naks += self._writer.naks(sequences) if sequences else ()
        self._outbox += naks
        counts.naks += len(naks)
        counts.requested += len(sequences)

    def statistics(self) -> SourceStatistics:
        """Return the counters."""
        detector = self._detector
        return self.counts.freeze(self.id, self.window, detector.round_trip, len(detector))
