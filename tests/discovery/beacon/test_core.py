from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.announce.herald import Herald
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.place import Place
from covey.discovery.announce.wire import Card, Word
from covey.discovery.beacon.codec import Beacon, Discard, OpenBeacon, OpenBeacons, encode
from covey.discovery.beacon.codec_protocol import BeaconCodec
from covey.discovery.beacon.core import BeaconCore
from covey.discovery.beacon.pace import BeaconSettings
from covey.discovery.beacon.routes import Mode, Route
from covey.discovery.interface_table import Flag, Interface
from covey.discovery.sighting import Announcement, Sighting

LAN = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
ETH0 = Route(Mode.BROADCAST, Interface("eth0", 2, LAN, 1, 4, "10.0.0.1", 24), "10.0.0.255")
ETH1 = Route(Mode.BROADCAST, Interface("eth1", 3, LAN, 1, 4, "10.1.0.1", 24), "10.1.0.255")
GROUP = Route(Mode.MULTICAST_V4, ETH0.interface, "239.255.56.70")
ME, YOU = UUID(int=1), UUID(int=2)
KEY = bytes(range(32))
QUIET = BeaconSettings(burst=())


class CountedBeacons:
    """Stands for a sealed codec: `uuid port sequence` in clear, one more each time."""

    def __init__(self) -> None:
        self.sequence = 0

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        self.sequence += 1
        port = 0 if departing else announcement.port
        return f"{announcement.uuid.int} {port} {self.sequence}".encode()

    def decode(self, datagram: bytes) -> Beacon | Discard:
        try:
            uuid, port, sequence = map(int, datagram.split())
        except ValueError:
            return Discard.FOREIGN
        return Beacon(UUID(int=uuid), port, KEY, sequence)


def started(
    codec: BeaconCodec | None = None, settings: BeaconSettings = QUIET, uuid: UUID = ME, now: float = 0.0
) -> BeaconCore:
    core = BeaconCore(Announcement(uuid, 4000), codec or OpenBeacons(), settings)
    core.start([ETH0], now)
    core.datagrams_to_send()
    return core


def hear(core: BeaconCore, datagram: bytes, now: float = 1.0, source: str = "10.0.0.2") -> Sighting | None:
    return core.receive_datagram(datagram, source, "eth0", now)


def test_announces_on_every_route_the_moment_it_starts() -> None:
    core = BeaconCore(Announcement(ME, 4000), OpenBeacons())
    core.start([ETH0, ETH1], 5.0)
    datagram = encode(OpenBeacon(ME, 4000))
    assert core.datagrams_to_send() == [(ETH0, datagram), (ETH1, datagram)]
    assert core.datagrams_to_send() == []
    assert core.statistics().sent == 2


def test_each_route_gets_a_sealed_datagram_of_its_own() -> None:
    core = BeaconCore(Announcement(ME, 4000), CountedBeacons())
    core.start([ETH0, ETH1], 5.0)
    first, second = (datagram for _, datagram in core.datagrams_to_send())
    assert first != second


def test_reports_where_a_node_is() -> None:
    sighting = hear(started(), encode(OpenBeacon(YOU, 5000)))
    assert sighting == Sighting(YOU, "beacon", "tcp://10.0.0.2:5000", interface="eth0", source="10.0.0.2")


def test_a_key_in_an_open_beacon_is_a_claim_and_in_a_sealed_one_proven() -> None:
    claimed = hear(started(), encode(OpenBeacon(YOU, 5000, KEY)))
    assert claimed is not None
    assert (claimed.public_key, claimed.claimed_key) == (None, KEY)
    proven = hear(started(CountedBeacons()), b"2 5000 1")
    assert proven is not None
    assert (proven.public_key, proven.claimed_key) == (KEY, None)


def test_reports_goodbye_with_its_source() -> None:
    sighting = hear(started(), encode(OpenBeacon(YOU, 0)))
    assert sighting is not None
    assert sighting.is_departure
    assert sighting.source == "10.0.0.2"


def test_ignores_its_own_echo() -> None:
    core = started()
    assert hear(core, encode(OpenBeacon(ME, 4000))) is None
    assert (core.statistics().own, core.statistics().known) == (1, 0)


def test_answers_a_newcomer_at_once_and_a_known_node_not_at_all() -> None:
    core = started()
    hear(core, encode(OpenBeacon(YOU, 5000)), now=0.5)
    assert core.next_timeout() == 0.5
    core.handle_timeout(0.5)
    assert len(core.datagrams_to_send()) == 1
    hear(core, encode(OpenBeacon(YOU, 5000)), now=0.6)
    assert core.next_timeout() == 1.5
    assert core.statistics().answered == 1


def test_a_node_that_said_goodbye_is_a_newcomer_when_it_returns() -> None:
    core = started()
    for now, port in ((0.2, 5000), (0.3, 0), (0.5, 5000)):
        hear(core, encode(OpenBeacon(YOU, port)), now)
        core.handle_timeout(now)
    assert core.statistics().answered == 2


def test_a_node_silent_for_long_is_a_newcomer_again() -> None:
    core = started()
    hear(core, encode(OpenBeacon(YOU, 5000)), now=0.5)
    core.handle_timeout(0.5)
    core.handle_timeout(11.0)
    assert core.statistics().known == 0


def test_says_goodbye_more_than_once_and_falls_silent() -> None:
    core = started()
    core.leave()
    assert core.datagrams_to_send() == [(ETH0, encode(OpenBeacon(ME, 0)))] * 2
    hear(core, encode(OpenBeacon(YOU, 5000)))
    core.handle_timeout(100.0)
    assert core.datagrams_to_send() == []


def test_changed_interfaces_are_announced_on_at_once() -> None:
    core = started()
    core.start([ETH1], 0.7)
    assert [route for route, _ in core.datagrams_to_send()] == [ETH1]


def test_after_the_first_beacon_the_modes_take_turns() -> None:
    core = BeaconCore(Announcement(ME, 4000), OpenBeacons())
    core.start([ETH0, GROUP], 0.0)
    rounds = [[route for route, _ in core.datagrams_to_send()]]
    for now in (0.1, 0.3, 1.3):
        core.handle_timeout(now)
        rounds.append([route for route, _ in core.datagrams_to_send()])
    assert rounds == [[ETH0, GROUP], [ETH0], [GROUP], [ETH0]]


def test_a_newcomer_is_answered_the_way_it_came() -> None:
    core = BeaconCore(Announcement(ME, 4000), OpenBeacons(), QUIET)
    core.start([ETH0, GROUP], 0.0)
    core.datagrams_to_send()
    core.receive_datagram(encode(OpenBeacon(YOU, 5000)), "10.0.0.2", "eth0", 0.5, Mode.MULTICAST_V4)
    core.receive_datagram(encode(OpenBeacon(YOU, 5000)), "10.0.0.2", "eth0", 0.5, Mode.BROADCAST)
    core.handle_timeout(0.5)
    assert [route for route, _ in core.datagrams_to_send()] == [GROUP]


def test_a_link_local_source_is_an_endpoint_with_its_zone() -> None:
    sighting = started().receive_datagram(
        encode(OpenBeacon(YOU, 5000)), "fe80::2", "eth0", 0.5, Mode.MULTICAST_V6
    )
    assert sighting is not None
    assert sighting.endpoint == "tcp://[fe80::2%eth0]:5000"


def test_replayed_and_overtaken_beacons_are_ignored_and_counted() -> None:
    core = started(CountedBeacons())
    assert hear(core, b"2 5000 7") is not None
    assert hear(core, b"2 5000 7", source="10.6.6.6") is None
    assert hear(core, b"2 5000 3") is None
    assert core.statistics().replayed == 2


def test_a_replayed_goodbye_disturbs_nobody() -> None:
    core = started(CountedBeacons())
    hear(core, b"2 5000 7")
    hear(core, b"2 0 8")
    assert hear(core, b"2 5000 9") is not None
    assert hear(core, b"2 0 8") is None
    assert core.statistics().known == 1


def test_old_beacons_do_not_bring_back_who_said_goodbye() -> None:
    core = started(CountedBeacons())
    hear(core, b"2 5000 7")
    hear(core, b"2 0 8")
    assert hear(core, b"2 5000 7") is None


def test_counts_what_it_cannot_read() -> None:
    core = started()
    for datagram in (b"ZRE\x09", b"GET / HTTP/1.1", b""):
        assert hear(core, datagram) is None
    statistics = core.statistics()
    assert (statistics.received, statistics.malformed, statistics.foreign) == (3, 1, 2)


def test_refused_datagrams_count_as_errors() -> None:
    core = started()
    core.send_failed()
    assert (core.statistics().sent, core.statistics().send_errors) == (0, 1)


def test_invented_nodes_neither_fill_the_memory_nor_silence_us() -> None:
    core = started()
    for _ in range(2):
        hear(core, encode(OpenBeacon(YOU, 5000)))
    for number in range(10_000):
        hear(core, encode(OpenBeacon(UUID(int=10 + number), 5000)), now=1.0, source=f"10.0.{number % 256}.9")
        core.handle_timeout(1.0)
        core.datagrams_to_send()
    statistics = core.statistics()
    assert statistics.known == 1025
    assert statistics.answered <= 2
    assert statistics.interval == 1.0


@given(st.lists(st.binary(max_size=60), max_size=20))
@settings(max_examples=200)
def test_survives_garbage(datagrams: list[bytes]) -> None:
    core = started()
    for datagram in datagrams:
        hear(core, datagram)
    assert core.statistics().received == len(datagrams)


class Segment:
    """Cores on one simulated Ethernet: every datagram reaches everyone 1 ms later, or is lost."""

    def __init__(self, loss: float = 0.0, settings: BeaconSettings = BeaconSettings()) -> None:  # noqa: B008
        self.random = random.Random(7)
        self.loss = loss
        self.settings = settings
        self.cores: dict[UUID, BeaconCore] = {}
        self.sightings: dict[UUID, set[UUID]] = {}
        self.flying: list[tuple[float, UUID, bytes]] = []
        self.sent = 0

    def join(self, number: int, now: float) -> None:
        uuid = UUID(int=number + 1)
        self.cores[uuid] = BeaconCore(Announcement(uuid, 4000), OpenBeacons(), self.settings)
        self.sightings[uuid] = set()
        self.cores[uuid].start([ETH0], now)
        self.collect(now)

    def collect(self, now: float) -> None:
        for uuid, core in self.cores.items():
            for _, datagram in core.datagrams_to_send():
                self.sent += 1
                self.flying.append((now + 0.001, uuid, datagram))

    def run(self, now: float, until: float) -> None:
        while True:
            timeouts = [core.next_timeout() for core in self.cores.values()]
            now = max(now, min([*timeouts, *(arrival for arrival, _, _ in self.flying)]))
            if now > until:
                return
            arrived = [entry for entry in self.flying if entry[0] <= now]
            self.flying = [entry for entry in self.flying if entry[0] > now]
            for _, sender, datagram in arrived:
                self.deliver(sender, datagram, now)
            for core in self.cores.values():
                core.handle_timeout(now)
            self.collect(now)

    def deliver(self, sender: UUID, datagram: bytes, now: float) -> None:
        for uuid, core in self.cores.items():
            if self.random.random() < self.loss:
                continue
            sighting = core.receive_datagram(datagram, f"10.0.0.{sender.int}", "eth0", now)
            if sighting is not None:
                self.sightings[uuid].add(sighting.uuid)

    @property
    def is_complete(self) -> bool:
        return all(len(seen) == len(self.cores) - 1 for seen in self.sightings.values())


def test_a_newcomer_and_the_old_hands_know_each_other_within_a_round_trip() -> None:
    segment = Segment()
    for number in range(20):
        segment.join(number, 0.0)
    segment.run(0.0, 10.5)
    segment.join(20, 10.5)
    segment.run(10.5, 10.505)
    assert segment.is_complete


def test_simultaneous_starts_make_no_storm() -> None:
    segment = Segment()
    for number in range(60):
        segment.join(number, number / 1000)
    segment.run(0.06, 0.5)
    assert segment.is_complete
    assert segment.sent <= 60 * 6


def test_everybody_is_found_though_a_third_is_lost() -> None:
    segment = Segment(loss=0.33)
    for number in range(20):
        segment.join(number, 0.0)
    segment.run(0.0, 3.4)
    assert segment.is_complete


def test_a_crowded_segment_keeps_its_rate() -> None:
    segment = Segment()
    for number in range(100):
        segment.join(number, 0.0)
    segment.run(0.0, 8.0)
    before = segment.sent
    segment.run(8.0, 28.0)
    assert segment.sent - before == pytest.approx(20 * 25, rel=0.1)


class Deaf:
    """Hears nothing that matters here. Implements `Hearing`."""

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        return True

    def moved(self, uuid: UUID, card: Card, place: Place) -> None: ...

    def relocated(self) -> None: ...

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None: ...

    def doubted(self, witness: UUID, word: Word) -> None: ...

    def vouched(self, witness: UUID, word: Word) -> None: ...


def heralded(*, is_open: bool = True) -> BeaconCore:
    herald = Herald(ME, OpenSealing(), Deaf(), 1, lambda size: b"r" * size, is_open=is_open)
    herald.update(Card("me", 4000, 4001, "lab"))
    return BeaconCore(Announcement(ME, 4000, herald=herald), OpenBeacons(), BeaconSettings(burst=()))


def kinds(core: BeaconCore) -> list[bytes]:
    return [datagram[:3] for _, datagram in core.datagrams_to_send()]


def test_an_announcement_goes_with_each_beacon_and_says_the_interval() -> None:
    core = heralded()
    core.start([ETH0], 0.0)
    assert kinds(core) == [b"CVA", b"ZRE"]
    core.handle_timeout(1.0)
    assert kinds(core) == [b"CVA", b"ZRE"]
    core.leave()
    assert kinds(core) == [b"ZRE", b"ZRE"]


def test_a_sealed_beacon_is_left_out_at_the_start_alone() -> None:
    core = heralded(is_open=False)
    core.start([ETH0], 0.0)
    assert kinds(core) == [b"CVA"]
    core.handle_timeout(1.0)
    assert kinds(core) == [b"CVA", b"ZRE"]


def test_in_a_crowd_few_beacons_go_with_the_announcements() -> None:
    core = heralded()
    core.start([ETH0], 0.0)
    core.datagrams_to_send()
    crowd = [encode(OpenBeacon(UUID(int=1000 + number), 4000)) for number in range(60)]
    now, sent = 0.1, []
    for _ in range(20):
        for stranger in crowd:
            hear(core, stranger, now)
        now = max(now, core.next_timeout())
        core.handle_timeout(now)
        sent += kinds(core)
    assert sent.count(b"CVA") > 15
    assert sent.count(b"ZRE") <= sent.count(b"CVA") / 2


def test_an_address_reports_a_bounded_number_of_strangers_and_others_are_heard_all_the_same() -> None:
    core = BeaconCore(Announcement(UUID(int=1), 4000), OpenBeacons())
    heard = 0
    for number in range(3000):
        datagram = encode(OpenBeacon(UUID(int=100 + number), 4000))
        heard += core.receive_datagram(datagram, "10.0.0.9", "eth0", 100.0 + number / 1000) is not None
    assert heard == pytest.approx(500 + 300, abs=2)
    assert core.statistics().rationed == 3000 - heard
    for now in (103.0, 103.5):
        datagram = encode(OpenBeacon(UUID(int=2), 4000))
        assert core.receive_datagram(datagram, "10.0.0.2", "eth0", now) is not None
