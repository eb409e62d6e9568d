"""Heralds in one room: datagrams by hand, a clock by hand, loss and recordings on demand."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

from covey.discovery.announce.herald import Herald
from covey.discovery.announce.identity import new_uuid
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.place import Place
from covey.discovery.announce.seal import Sealing
from covey.discovery.announce.wire import Card, Word

__all__ = ["Air", "Speaker"]


class Speaker:
    """One herald and what it heard. Implements `Hearing`."""

    def __init__(
        self,
        air: Air,
        number: int,
        *,
        sealing: Sealing | None = None,
        mesh: str = "lab",
        is_open: bool = True,
    ) -> None:
        self.air = air
        self.place = Place(f"10.0.0.{number}", 40000 + number, "eth0", 2)
        self.uuid = new_uuid(air.rng.randbytes)
        self.herald = Herald(
            self.uuid, sealing or OpenSealing(), self, 1_000_000, air.rng.randbytes, is_open=is_open
        )
        self.herald.update(Card(f"n{number}", 7000, 7001, mesh))
        self.peers: dict[UUID, Card] = {}
        self.signs = self.relocations = 0
        self.places: dict[UUID, Place] = {}
        self.words: list[tuple[str, Word]] = []
        self.welcome = True
        air.speakers.append(self)

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        if self.welcome:
            self.peers[uuid] = card
            self.places[uuid] = place
        return self.welcome

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        self.places[uuid] = place

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None:
        self.signs += 1
        if card is not None:
            self.peers[uuid] = card

    def relocated(self) -> None:
        self.relocations += 1

    def doubted(self, witness: UUID, word: Word) -> None:
        self.words.append(("doubt", word))

    def vouched(self, witness: UUID, word: Word) -> None:
        self.words.append(("vouch", word))

    def hear(self, datagram: bytes, place: Place) -> None:
        self.herald.receive(datagram, place, self.air.now)


class Air:
    """Everybody hears broadcasts; answers go to the port that they are addressed to."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.now = 100.0
        self.speakers: list[Speaker] = []
        self.recorded: list[tuple[bytes, Place]] = []
        self.lost: Callable[[bytes], bool] = lambda _: False

    def announce(self, speaker: Speaker) -> bytes:
        datagram = speaker.herald.announcement(self.now)
        for other in self.speakers:
            if other is not speaker:
                self._carry(datagram, speaker.place, other)
        return datagram

    def settle(self) -> int:
        """Carry answers until there are no more; return how many there were."""
        carried = 0
        while True:
            going = [(one, *each) for one in self.speakers for each in one.herald.datagrams_to_send()]
            if not going:
                return carried
            for sender, place, datagram in going:
                carried += 1
                for other in self.speakers:
                    if (other.place.host, other.place.port) == (place.host, place.port):
                        self._carry(datagram, sender.place, other)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in steps, repeating what is to be repeated."""
        end = self.now + seconds
        while self.now < end:
            self.now += 0.05
            for one in self.speakers:
                if one.herald.next_timeout() <= self.now:
                    one.herald.handle_timeout(self.now)
            self.settle()

    def _carry(self, datagram: bytes, place: Place, to: Speaker) -> None:
        self.recorded.append((datagram, place))
        if not self.lost(datagram):
            to.hear(datagram, place)
