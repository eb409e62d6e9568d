"""The beacon engine without sockets and clocks: what to send when, and what datagrams mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from covey.values import replace

from ..announce.identity import announces
from ..announce.precautions import Rations
from ..sighting import Announcement, Sighting
from .audience import Audience
from .codec import Beacon, Discard
from .constants import BEACON_EVERY
from .pace import BeaconSettings, Pace, phase_of
from .routes import Mode, Route

if TYPE_CHECKING:
    from .codec_protocol import BeaconCodec
    from .replay import ReplayGuard
    from .statistics import BeaconStatistics

__all__ = ["BeaconCore"]

_OVERTAKEN = 16
"""Beacons of one sender that may still be on their way, by other interfaces, when a newer one is heard."""
_STRANGERS_AT_ONCE = 500.0
_ADDRESSES = 256
"""Strangers that one address may report at once, and addresses for which that is counted."""
_NEARLY = 0.9
"""Of an interval: timers are not exact."""


class BeaconCore:
    """One node's beacon.

    Feed datagrams with `receive_datagram`, call `handle_timeout` when `next_timeout` has come, and after
    each call send what `datagrams_to_send` gives. Replays of sealed beacons are dropped here; whether a
    sighting is believed against what is known already is the owner's decision.
    """

    def __init__(
        self,
        announcement: Announcement,
        codec: BeaconCodec,
        settings: BeaconSettings = BeaconSettings(),  # noqa: B008 - a frozen value
    ) -> None:
        self._announcement = announcement
        self._herald = announcement.herald
        self._codec = codec
        self._settings = settings
        self._pace = Pace(settings, phase_of(announcement.uuid))
        self._replay: ReplayGuard | None = None
        self._audience = Audience(settings.known)
        self._strangers = Rations(settings.strangers, _STRANGERS_AT_ONCE, _ADDRESSES)
        self._rationed = 0
        self._routes: tuple[Route, ...] = ()
        self._turn = -1
        self._beacon_at = 0.0
        self._unanswered: set[Mode] = set()
        self._outgoing: list[tuple[Route, bytes]] = []
        self.stale = 0
        """Replayed beacons that are older than any that another one may have overtaken."""
        self._sent = self._received = self._own = self._replayed = self._answered = self._send_errors = 0
        self._discarded = {Discard.MALFORMED: 0, Discard.FOREIGN: 0}

    @property
    def interval(self) -> float:
        """Present time between our beacons, and about that of everybody who hears the same nodes. Seconds."""
        return self._pace.interval

    @property
    def is_stretched(self) -> bool:
        """Whether so many nodes are heard that the interval is longer than usual."""
        return self._pace.interval > self._settings.interval

    @property
    def crowd(self) -> int:
        """How many other nodes are known."""
        return self._audience.total + (self._herald.met if self._herald is not None else 0)

    def start(self, routes: Sequence[Route], now: float) -> None:
        """Announce on all these routes, at once and again shortly after; call again when they changed."""
        self._routes = tuple(routes)
        self._pace.start(now)
        self._pace.is_due(now)
        self._introduce(self._routes, now)
        self._beacon_at = now
        if self._herald is None or self._herald.is_open:
            self._announce(self._routes)  # a sealed beacon says nothing that the announcement does not

    def leave(self) -> None:
        """Say goodbye on all routes and fall silent."""
        self._pace.stop()
        for _ in range(self._settings.goodbyes):
            self._announce(self._routes, departing=True)
        self._herald = None
        self._routes = ()

    def handle_timeout(self, now: float) -> None:
        """Send what is due: answers the way the newcomers came, others on one mode in turn."""
        if not self._pace.is_due(now):
            return
        self._forget_silent(now)
        modes = self._unanswered
        self._unanswered = set()
        if self._pace.last_was_answer:
            self._answered += 1
        else:
            turn = self._next_turn()
            self._introduce([route for route in self._routes if route.mode in turn], now)
            if self._is_beacon_due(now):
                modes = modes | turn
        self._announce(route for route in self._routes if route.mode in modes)

    def next_timeout(self) -> float:
        """Return the monotonic time at which `handle_timeout` wants to be called; infinite for never."""
        return self._pace.next_timeout()

    def datagrams_to_send(self) -> list[tuple[Route, bytes]]:
        """Return and forget what is to be sent, and where."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def receive_datagram(
        self, datagram: bytes, source: str, interface: str, now: float, mode: Mode = Mode.BROADCAST
    ) -> Sighting | None:
        """Take a datagram.

        Args:
            datagram: as it came, at most `LONGEST_DATAGRAM` octets.
            source: numeric address of the sender.
            interface: name of the interface it arrived on.
            now: monotonic seconds.
            mode: how it was addressed; a newcomer is answered the same way.

        Returns:
            What it says of another node, or None: nothing, nothing new, or our own echo.
        """
        self._received += 1
        beacon = self._codec.decode(datagram)
        if isinstance(beacon, Discard):
            self._discarded[beacon] += 1
            return None
        if beacon.uuid == self._announcement.uuid:
            self._own += 1
            return None
        if beacon.sequence is not None and not self._is_new(beacon.uuid, beacon.sequence):
            self._replayed += 1
            age = self._replay.age(beacon.uuid, beacon.sequence) if self._replay is not None else 0
            self.stale += age > _OVERTAKEN
            return None
        if beacon.sequence is None and self._is_too_much(beacon.uuid, source, now):
            self._rationed += 1
            return None
        self._note(beacon, now, mode)
        return _sighting(beacon, source, interface)

    def _is_too_much(self, uuid: UUID, source: str, now: float) -> bool:
        """Whether an address reports more strangers than we look at, by beacons that anybody can forge."""
        if self._audience.knows(uuid) or (self._herald is not None and announces(uuid)):
            return False
        return not self._strangers.take(source, now)

    def _is_new(self, uuid: UUID, sequence: int) -> bool:
        """Whether a sealed beacon is newer than all heard of its sender."""
        if self._replay is None:
            from .replay import ReplayGuard

            self._replay = ReplayGuard(self._settings.known)
        return self._replay.accept(uuid, sequence)

    def passed_over(self) -> None:
        """Count a beacon that needs no look: its sender is known by what it announces."""
        self._received += 1

    def send_failed(self) -> None:
        """Count a datagram that the kernel refused."""
        self._send_errors += 1
        self._sent -= 1

    def statistics(self) -> BeaconStatistics:
        """Return the counters."""
        from .statistics import BeaconStatistics

        return BeaconStatistics(
            sent=self._sent,
            received=self._received,
            own=self._own,
            malformed=self._discarded[Discard.MALFORMED],
            foreign=self._discarded[Discard.FOREIGN],
            replayed=self._replayed,
            answered=self._answered,
            rationed=self._rationed,
            send_errors=self._send_errors,
            known=self.crowd,
            interval=self._pace.interval,
        )

    def _introduce(self, routes: Iterable[Route], now: float) -> None:
        """Queue one announcement per route."""
        herald = self._herald
        if herald is None or herald.card is None:
            return
        if herald.card.interval != self._pace.interval:
            herald.update(replace(herald.card, interval=self._pace.interval))
        for route in routes:
            self._outgoing.append((route, herald.announcement(now)))
            self._sent += 1

    def _announce(self, routes: Iterable[Route], *, departing: bool = False) -> None:
        """Queue one datagram per route; each is sealed anew, so that hearing two is no replay."""
        for route in routes:
            self._outgoing.append((route, self._codec.encode(self._announcement, departing=departing)))
            self._sent += 1

    def _is_beacon_due(self, now: float) -> bool:
        """Whether a plain beacon goes along with an announcement: once an interval; in a crowd, with few.

        Newcomers that announce nothing are answered by a beacon whenever they come.
        """
        if self._herald is None:
            return True
        if now < self._beacon_at + _NEARLY * self._settings.interval:
            return False
        if self.is_stretched and self._turn % BEACON_EVERY:
            return False
        self._beacon_at = now
        return True

    def _next_turn(self) -> set[Mode]:
        """Return the mode whose turn it is: a node costs one datagram an interval however many work."""
        modes = [mode for mode in Mode if any(route.mode is mode for route in self._routes)]
        self._turn += 1
        return {modes[self._turn % len(modes)]} if modes else set()

    def _note(self, beacon: Beacon, now: float, mode: Mode) -> None:
        """Remember who was heard, and plan an answer to a newcomer."""
        if beacon.port == 0:
            self._audience.left(beacon.uuid)
        elif self._herald is not None and announces(beacon.uuid):
            return  # the herald counts and answers it
        elif self._audience.heard(beacon.uuid, now):
            self._unanswered.add(mode)
            self._count_nodes()
            self._pace.newcomer_heard(now)

    def _forget_silent(self, now: float) -> None:
        """Drop nodes that were not heard for long."""
        self._audience.forget_silent(now, self._settings.forget_after * self._pace.interval)
        self._count_nodes()

    def _count_nodes(self) -> None:
        met = self._herald.met if self._herald is not None else 0
        self._pace.nodes_known(self._audience.regular + met, self._audience.total + met)


def _sighting(beacon: Beacon, source: str, interface: str) -> Sighting:
    """Return the report; a key counts as proven only when the beacon was sealed."""
    is_sealed = beacon.sequence is not None
    return Sighting(
        uuid=beacon.uuid,
        via="beacon",
        endpoint=_endpoint(source, interface, beacon.port) if beacon.port else None,
        public_key=beacon.public_key if is_sealed else None,
        claimed_key=None if is_sealed else beacon.public_key,
        interface=interface,
        source=source,
    )


def _endpoint(source: str, interface: str, port: int) -> str:
    """Return the address to connect to; a link-local one means nothing without its interface."""
    return f"tcp://[{source}%{interface}]:{port}" if ":" in source else f"tcp://{source}:{port}"
