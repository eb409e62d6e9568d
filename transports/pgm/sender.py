"""The source of RFC 3208 as a state machine without I/O.

Messages go in by `put`; `next_datagrams` says what to send now, most urgent first: NCFs, SPMs, repairs, data.
A sender builds a packet only when it may go out, so SPMs never announce data that waits for the rate limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from covey.errors import PgmError

from .constants import (
    ACK,
    NAK,
    NCF,
    NNAK,
    OPT_FIN,
    OPT_FLOW,
    OPT_PARITY_SEEN,
    OPTIONS_PARITY,
    PARITY_ON_DEMAND,
    PARITY_PROACTIVE,
    SEQUENCE_MASK,
    SPM,
    SPMR,
)
from .data_builder import DataBuilder
from .flow_control import FlowControl
from .framing import Message, Packer
from .heartbeat import Heartbeat
from .rate import TokenBucket
from .rate_meter import RateMeter
from .repairer import Repairer
from .sequence import unwrap
from .session import Session
from .settings import SenderSettings
from .statistics import SenderStatistics
from .transmit_window import TransmitWindow
from .wire import Header, Nak, Option, Packet, Spm, decode_packet, encode_packet
from .wire.ack import Ack
from .wire.option_types import FlowReport, Join, ParityParameters, ParitySeen
from .wire.options import find_option

__all__ = ["Datagrams", "Sender"]

_SPM_COPIES = 3
"""SPMs at the start and at the end: one may be lost."""
_SPMR_PAUSE = 0.001
_MAX_CONFIRMATIONS = 1024
_REPAIRS_AHEAD = 65_536
"""Octets of repairs after which data gets a turn: requests, forged ones above all, must not stop the stream."""
_CONFIRMATION_COST = 1024
"""What an NCF counts for there: a system call of its own."""
_OVERHEAD = 28
"""IPv4 and UDP headers, which count for the rate."""


class Datagrams:
    """Packets for the group: `data` cut every `segment` octets; one packet when it is not longer."""

    __slots__ = ("data", "segment")

    def __init__(self, data: bytes, segment: int) -> None:
        self.data = data
        self.segment = segment


class Sender:
    """One session of one sender."""

    def __init__(self, session: Session, settings: SenderSettings, now: float, *, first: int = 0) -> None:
        """Open a session; SPMs that announce it are due at once.

        Args:
            session: who we are.
            settings: limits and timers.
            now: monotonic seconds.
            first: sequence of the first packet.
        """
        self.session = session
        self._settings = settings
        self._packer = Packer()
        self._builder = DataBuilder(session.gsi, session.source_port, session.destination_port, settings.tsdu)
        self._window = TransmitWindow(first, settings.window_octets, settings.window_seconds)
        self._rate = TokenBucket(settings.rate, now)
        self._meter = RateMeter(now)
        self._heartbeat = Heartbeat(settings.heartbeat_min, settings.heartbeat_max, settings.ambient, now)
        self._repairer = Repairer(session, settings, self._window, now)
        self._flow = self._make_flow(first, now)
        self._blocked_since: float | None = None
        self._give_up_at = 0.0
        self._control: deque[bytes] = deque()
        self._spm_sequence = 0
        self._spm_due = _SPM_COPIES
        self._spm_sent_at = now - 1
        self._fin_at: float | None = None
        self._done_at: float | None = None
        self._closing = self._is_done = False
        self._repairs_ahead = 0
        self._packets = self._octets = self._messages = self._spms = 0
        self._naks = self._confirmations = self._malformed = 0

    def _make_flow(self, first: int, now: float) -> FlowControl | None:
        settings = self._settings
        if not settings.flow:
            return None
        span = max(settings.window_octets // (2 * (settings.tsdu + _OVERHEAD)), 2 * settings.segments)
        start = now + settings.flow_start
        return FlowControl(span, settings.flow_timeout, first + settings.flow_start_packets, start)

    # --- input ---------------------------------------------------------------------------------------------

    def put(self, messages: Iterable[Message]) -> None:
        """Queue messages; `waiting` says how many octets have not been sent."""
        before = len(self._packer)
        self._packer.put(messages)
        self._messages += len(self._packer) - before

    @property
    def waiting(self) -> int:
        """Octets of stream not sent yet."""
        return self._packer.octets

    @property
    def waiting_messages(self) -> int:
        """Messages of which some octet was not sent yet."""
        return len(self._packer)

    def close(self, now: float) -> None:
        """Send what is queued, then FIN, then go on repairing for a while; `is_done` says when that is
        over.
        """
        self._closing = True
        self._finish(now)

    def _finish(self, now: float) -> None:
        if self._closing and self._fin_at is None and not self._packer.octets:
            self._fin_at = now
            self._spm_due = _SPM_COPIES
            self._done_at = now + self._settings.hold

    @property
    def is_done(self) -> bool:
        """Whether a closed sender has nothing left to do."""
        return self._is_done

    def receive_datagram(self, data: bytes, source: str, now: float) -> None:
        """Take a packet that a receiver sent; what is not for us or malformed is counted and dropped.

        Args:
            data: one packet.
            source: the receiver's address and port; tells reporters apart.
            now: monotonic seconds.
        """
        try:
            self._receive(decode_packet(data), source, now)
        except PgmError:
            self._malformed += 1

    def _receive(self, packet: Packet, source: str, now: float) -> None:
        header, session = packet.header, self.session
        if (
            header.gsi != session.gsi
            or header.source_port != session.destination_port
            or header.destination_port != session.source_port
        ):
            return
        body = packet.body
        if header.type == NAK and isinstance(body, Nak):
            self._on_nak(header, body, now)
        elif header.type == NNAK and isinstance(body, Nak):
            self._confirm(header, body)
        elif header.type == SPMR:
            self._spm_due = max(self._spm_due, 1)
        elif header.type == ACK and isinstance(body, Ack):
            self._on_ack(body, source, now)

    def _on_nak(self, header: Header, nak: Nak, now: float) -> None:
        if nak.source != self.session.nla or nak.group != self.session.group:
            return
        sequences = nak.sequences
        self._naks += 1
        self._confirm(header, nak)
        if header.flags & OPTIONS_PARITY:
            option = find_option(nak.options, OPT_PARITY_SEEN)
            seen = ParitySeen.from_option(option).counts if option is not None else ()
            self._repairer.ask_parity(sequences, seen, now)
        elif not self._repairer.ask(sequences, now):
            self._spm_due = max(self._spm_due, 1)
        if self._done_at is not None:
            self._done_at = now + self._settings.hold

    def _confirm(self, header: Header, nak: Nak) -> None:
        if len(self._control) >= _MAX_CONFIRMATIONS:
            return
        session = self.session
        answer = Header(session.source_port, session.destination_port, NCF, session.gsi, header.flags)
        self._control.append(
            encode_packet(answer, Nak(nak.sequence, session.nla, session.group, nak.options))
        )
        self._confirmations += 1

    def _on_ack(self, ack: Ack, source: str, now: float) -> None:
        option = find_option(ack.options, OPT_FLOW)
        if option is None or self._flow is None:
            return
        report = FlowReport.from_option(option)
        lead = self._window.lead
        expected, read = unwrap(report.expected, lead), unwrap(ack.rx_max, lead)
        if read > lead or expected > lead + 1:
            return
        if find_option(ack.options, OPT_FIN):
            self._flow.forget(source)
        else:
            self._flow.report(source, expected, read, report.window, now)

    # --- output --------------------------------------------------------------------------------------------

    def next_datagrams(self, now: float) -> Datagrams | None:
        """Return what to send next, None when nothing may go out now."""
        if self._control and self._repairs_ahead < _REPAIRS_AHEAD:
            self._repairs_ahead += _CONFIRMATION_COST
            packet = self._control.popleft()
            return Datagrams(packet, len(packet))
        if self._spm_is_due(now):
            packet = self._make_spm(now)
            return Datagrams(packet, len(packet))
        if self._repairs_ahead >= _REPAIRS_AHEAD:
            self._repairs_ahead = 0
            return self._next_data(now) or self.next_datagrams(now)
        repairs = self._repairer.next_datagrams(now)
        if repairs is not None:
            self._repairs_ahead += len(repairs[0])
            return Datagrams(*repairs)
        self._repairs_ahead = 0
        return self._next_data(now)

    def _spm_is_due(self, now: float) -> bool:
        if self._spm_due:
            return self._spm_due > 1 or now >= self._spm_sent_at + _SPMR_PAUSE
        return now >= self._heartbeat.deadline

    def _make_spm(self, now: float) -> bytes:
        session, window = self.session, self._window
        spm = Spm(
            self._spm_sequence & SEQUENCE_MASK,
            window.trail & SEQUENCE_MASK,
            window.lead & SEQUENCE_MASK,
            session.nla,
            self._spm_options(),
        )
        self._spm_sequence += 1
        self._spm_due = max(self._spm_due - 1, 0)
        self._spm_sent_at = now
        self._spms += 1
        self._heartbeat.spm_sent(now)
        return encode_packet(Header(session.source_port, session.destination_port, SPM, session.gsi), spm)

    def _spm_options(self) -> tuple[Option, ...]:
        options: list[Option] = []
        parity = self._settings.parity
        if parity is not None:
            flags = (PARITY_ON_DEMAND if parity.on_demand else 0) | (
                PARITY_PROACTIVE if parity.proactive else 0
            )
            options.append(ParityParameters(flags, parity.group_size).to_option())
        if self._settings.join_offer:
            options.append(Join(self._window.trail & SEQUENCE_MASK).to_option())
        if self._flow is not None:
            options.append(Option(OPT_FLOW))
        if self._fin_at is not None:
            options.append(Option(OPT_FIN))
        return tuple(options)

    def _next_data(self, now: float) -> Datagrams | None:
        packets = self._allowed(now)
        if not packets:
            return None
        window = self._window
        stretch = self._packer.take(packets * self._builder.capacity)
        run = self._builder.build(stretch, window.lead + 1, window.trail, now)
        window.append(run)
        self._rate.spend(len(run.data) + _OVERHEAD * run.count)
        self._packets += run.count
        self._octets += len(run.data)
        self._meter.add(len(run.data), now)
        self._heartbeat.data_sent(now)
        self._repairer.data_sent(run.first, window.lead)
        self._finish(now)
        return Datagrams(run.data, run.segment)

    def _allowed(self, now: float) -> int:
        """Return how many data packets may be built now."""
        if not self._packer.octets or not self._rate.allows(now):
            return 0
        limit = self._flow.limit(now) if self._flow is not None else None
        segments = self._settings.segments
        if limit is None:
            self._blocked_since = None
            return segments
        room = limit - self._window.lead - 1
        if room > 0:
            self._blocked_since = None
            return min(room, segments)
        if self._blocked_since is None:
            self._blocked_since = now
            self._give_up_at = now
        return 0

    # --- time ----------------------------------------------------------------------------------------------

    def next_timer(self) -> float | None:
        """Return when `handle_timer` should be called, None when never."""
        if self._is_done:
            return None
        deadlines = [self._heartbeat.deadline if not self._spm_due else self._spm_sent_at + _SPMR_PAUSE]
        if self._packer.octets:
            deadlines.append(self._give_up_at if self._blocked_since is not None else self._rate.ready_at())
        repairs = self._repairer.ready_at()
        if repairs is not None:
            deadlines.append(repairs)
        if self._done_at is not None:
            deadlines.append(self._done_at)
        return min(deadlines)

    def handle_timer(self, now: float) -> None:
        """Let time pass; call `next_datagrams` after it."""
        self._window.expire(now)
        if self._blocked_since is not None and self._flow is not None and now >= self._give_up_at:
            self._give_up_at = self._flow.give_up(self._window.lead + 1, self._blocked_since, now)
        if self._done_at is not None and now >= self._done_at:
            self._is_done = True

    def statistics(self) -> SenderStatistics:
        """Return the counters."""
        window, repairer, flow = self._window, self._repairer, self._flow
        return SenderStatistics(
            packets=self._packets,
            octets=self._octets,
            rate=self._meter.rate,
            messages=self._messages,
            naks=self._naks,
            requested=repairer.requested,
            confirmations=self._confirmations,
            repairs=repairer.repairs,
            repair_octets=repairer.octets,
            parity=repairer.parity,
            unrepairable=repairer.unrepairable,
            spms=self._spms,
            window_packets=window.lead - window.trail + 1,
            window_octets=window.octets,
            waiting_octets=self._packer.octets,
            receivers=len(flow) if flow is not None else 0,
            receivers_given_up=flow.given_up if flow is not None else 0,
            malformed=self._malformed,
        )
