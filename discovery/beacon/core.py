"""The beacon engine without sockets and clocks: what to send when, and what datagrams mean."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from ..interface_table import Interface
from ..sighting import Announcement, Sighting
from .codec import Beacon, BeaconCodec, Discard
from .pace import Pace
from .replay import ReplayGuard
from .settings import BeaconSettings
from .statistics import BeaconStatistics

__all__ = ["BeaconCore"]

_SHORTEST_MEMORY = 10.0
"""Seconds that a silent node is remembered at least."""


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
        self._codec = codec
        self._settings = settings
        self._pace = Pace(settings)
        self._replay = ReplayGuard(settings.known)
        self._known: OrderedDict[UUID, float] = OrderedDict()
        self._interfaces: tuple[Interface, ...] = ()
        self._outgoing: list[tuple[Interface, bytes]] = []
        self._sent = self._received = self._own = self._replayed = self._answered = self._send_errors = 0
        self._discarded = {Discard.MALFORMED: 0, Discard.FOREIGN: 0}

    def start(self, interfaces: Sequence[Interface], now: float) -> None:
        """Announce on these interfaces, at once and again shortly after; call again when they changed."""
        self._interfaces = tuple(interfaces)
        self._pace.start(now)
        self.handle_timeout(now)

    def leave(self) -> None:
        """Say goodbye and fall silent."""
        self._pace.stop()
        for _ in range(self._settings.goodbyes):
            self._announce(departing=True)

    def handle_timeout(self, now: float) -> None:
        """Send what is due."""
        if not self._pace.is_due(now):
            return
        self._forget_silent(now)
        self._answered += self._pace.last_was_answer
        self._announce(departing=False)

    def next_timeout(self) -> float:
        """Return the monotonic time at which `handle_timeout` wants to be called; infinite for never."""
        return self._pace.next_timeout()

    def datagrams_to_send(self) -> list[tuple[Interface, bytes]]:
        """Return and forget what is to be broadcast, and where."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def receive_datagram(self, datagram: bytes, source: str, interface: str, now: float) -> Sighting | None:
        """Take a datagram.

        Args:
            datagram: as it came, at most `LONGEST_DATAGRAM` octets.
            source: numeric address of the sender.
            interface: name of the interface it arrived on.
            now: monotonic seconds.

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
        if beacon.sequence is not None and not self._replay.accept(beacon.uuid, beacon.sequence):
            self._replayed += 1
            return None
        self._note(beacon, now)
        return _sighting(beacon, source, interface)

    def send_failed(self) -> None:
        """Count a datagram that the kernel refused."""
        self._send_errors += 1
        self._sent -= 1

    def statistics(self) -> BeaconStatistics:
        """Return the counters."""
        return BeaconStatistics(
            sent=self._sent,
            received=self._received,
            own=self._own,
            malformed=self._discarded[Discard.MALFORMED],
            foreign=self._discarded[Discard.FOREIGN],
            replayed=self._replayed,
            answered=self._answered,
            send_errors=self._send_errors,
            known=len(self._known),
            interval=self._pace.interval,
        )

    def _announce(self, *, departing: bool) -> None:
        """Queue one datagram per interface; each is sealed anew, so that hearing two is no replay."""
        for interface in self._interfaces:
            self._outgoing.append((interface, self._codec.encode(self._announcement, departing=departing)))
            self._sent += 1

    def _note(self, beacon: Beacon, now: float) -> None:
        """Remember who was heard, and plan an answer to a newcomer."""
        known = self._known
        if beacon.port == 0:
            known.pop(beacon.uuid, None)
            return
        is_newcomer = beacon.uuid not in known
        known[beacon.uuid] = now
        known.move_to_end(beacon.uuid)
        if not is_newcomer:
            return
        if len(known) > self._settings.known:
            known.popitem(last=False)
        self._pace.nodes_known(len(known))
        self._pace.newcomer_heard(now)

    def _forget_silent(self, now: float) -> None:
        """Drop nodes that were not heard for long."""
        known = self._known
        patience = max(_SHORTEST_MEMORY, self._settings.forget_after * self._pace.interval)
        while known and now - next(iter(known.values())) > patience:
            known.popitem(last=False)
        self._pace.nodes_known(len(known))


def _sighting(beacon: Beacon, source: str, interface: str) -> Sighting:
    """Return the report; a key counts as proven only when the beacon was sealed."""
    is_sealed = beacon.sequence is not None
    return Sighting(
        uuid=beacon.uuid,
        via="beacon",
        endpoint=f"tcp://{source}:{beacon.port}" if beacon.port else None,
        public_key=beacon.public_key if is_sealed else None,
        claimed_key=None if is_sealed else beacon.public_key,
        interface=interface,
        source=source,
    )
