"""Who is believed to be there, and who is not."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from covey.discovery.announce.constants import LONGEST_BODY
from covey.discovery.announce.herald import Herald
from covey.discovery.announce.identity import announces, new_uuid
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.place import Place
from covey.discovery.announce.seal import Sealing
from covey.discovery.announce.wire import Card, Word
from covey.security.announcement_seal import AnnouncementSealer
from covey.security.secret import Secret
from covey.values import replace

from .air import Air, Speaker

ELSEWHERE = Place("10.0.0.66", 666, "eth0", 2)


def sealer(number: int = 1) -> Sealing:
    return AnnouncementSealer(Secret(bytes([number]) * 32), "lab")


@pytest.fixture(params=["open", "secret"])
def pair(request: pytest.FixtureRequest) -> tuple[Air, Speaker, Speaker]:
    air = Air()
    is_open = request.param == "open"
    a, b = (Speaker(air, number, sealing=None if is_open else sealer(), is_open=is_open) for number in (1, 2))
    return air, a, b


def test_an_announcement_makes_both_known_with_two_answers(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    assert air.settle() == 2
    assert a.peers[b.uuid].name == "n2"
    assert b.peers[a.uuid].name == "n1"
    assert a.places[b.uuid].port == b.place.port


def test_two_that_announce_at_once_need_no_more_answers(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    for one, other in ((a, b), (b, a)):
        other.hear(one.herald.announcement(air.now), one.place)
    assert air.settle() == 2
    assert (list(a.peers), list(b.peers)) == ([b.uuid], [a.uuid])


def test_nobody_is_believed_before_it_echoed(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    assert b.peers == {}


def test_a_lost_answer_is_repeated(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    losses = iter([True, True])
    air.lost = lambda _: next(losses, False)
    air.pass_time(1.0)
    assert (list(a.peers), list(b.peers)) == ([b.uuid], [a.uuid])


@pytest.mark.parametrize("seed", range(8))
def test_all_meet_though_a_third_is_lost(seed: int) -> None:
    air = Air(seed)
    crowd = [Speaker(air, number) for number in range(1, 9)]
    air.lost = lambda _: air.rng.random() < 0.33
    for _ in range(10):
        for one in crowd:
            air.announce(one)
        air.pass_time(1.0)
    assert all(len(one.peers) == len(crowd) - 1 for one in crowd)


def test_everything_recorded_and_played_back_does_nothing(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    recorded = list(air.recorded)
    known = Speaker(air, 3, sealing=a.herald._sealing, is_open=a.herald.is_open)
    signs = a.signs + b.signs
    air.speakers.remove(a)
    b.herald.forget(a.uuid, air.now)
    del b.peers[a.uuid]
    for datagram, _ in recorded:
        for victim in (b, known):
            victim.hear(datagram, ELSEWHERE)
    air.pass_time(5.0)
    assert (b.peers, known.peers, a.signs + b.signs) == ({}, {}, signs)


def test_what_was_played_back_is_told_and_what_was_overtaken_is_not(
    pair: tuple[Air, Speaker, Speaker],
) -> None:
    air, a, b = pair
    told: list[Place] = []
    b.herald.replayed = told.append
    early = air.announce(a)
    air.settle()
    late = a.herald.announcement(air.now)
    air.announce(a)
    b.hear(late, a.place)
    assert told == []
    for _ in range(4):
        air.now += 1.0
        air.announce(a)
    b.hear(early, ELSEWHERE)
    assert told == [ELSEWHERE]
    b.herald.forget(a.uuid, air.now + 5.0)
    b.hear(early, ELSEWHERE)
    assert told == [ELSEWHERE]
    air.now += 6.0
    b.hear(early, ELSEWHERE)
    assert told == [ELSEWHERE, ELSEWHERE]


def test_an_old_echo_proves_nothing(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    b.hear(a.herald.announcement(air.now), a.place)
    [(_, answer)] = b.herald.datagrams_to_send()
    air.now += 9.0
    a.hear(answer, b.place)
    assert a.peers == {}


def test_a_node_that_left_is_left_alone_for_a_while(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    b.herald.forget(a.uuid, air.now + 3.0)
    del b.peers[a.uuid]
    air.announce(a)
    assert air.settle() == 0
    air.now += 3.0
    air.announce(a)
    air.settle()
    assert a.uuid in b.peers


def test_another_secret_is_not_heard() -> None:
    air = Air()
    a = Speaker(air, 1, sealing=sealer(1), is_open=False)
    b = Speaker(air, 2, sealing=sealer(2), is_open=False)
    air.announce(a)
    assert (air.settle(), b.herald.discarded, a.peers, b.peers) == (0, 1, {}, {})


def test_another_open_mesh_is_left_alone() -> None:
    air = Air()
    a, b = Speaker(air, 1), Speaker(air, 2, mesh="other")
    air.announce(a)
    assert air.settle() == 0
    assert b.herald.beacon_heard(a.uuid, a.place, air.now)
    assert air.settle() == 0


def test_a_beacon_is_asked_for_an_announcement_and_met_by_connecting_if_none_comes() -> None:
    air = Air()
    a, b = Speaker(air, 1), Speaker(air, 2)
    assert b.herald.beacon_heard(a.uuid, a.place, air.now)
    air.settle()
    assert (list(a.peers), list(b.peers)) == ([b.uuid], [a.uuid])
    silent = new_uuid(air.rng.randbytes)
    assert b.herald.beacon_heard(silent, ELSEWHERE, air.now)
    air.pass_time(4.0)
    assert not b.herald.beacon_heard(silent, ELSEWHERE, air.now)
    assert not b.herald.beacon_heard(uuid4(), ELSEWHERE, air.now)


def test_changes_are_told_and_repetitions_are_signs_of_life(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    card = a.herald.card
    assert card is not None
    a.herald.update(replace(card, groups=("g",), status=1))
    air.announce(a)
    assert (b.signs, b.peers[a.uuid].groups) == (1, ("g",))
    air.announce(a)
    assert b.signs == 2
    assert air.settle() == 0


def test_a_known_node_answers_when_asked(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    a.herald.ask(b.uuid, air.now)
    assert air.settle() == 2
    assert (a.signs, b.signs) == (1, 1)
    a.herald.doubt(b.uuid, Word(a.uuid), air.now)
    a.herald.vouch(b.uuid, Word(a.uuid, 1.5), air.now)
    air.settle()
    assert b.words == [("doubt", Word(a.uuid)), ("vouch", Word(a.uuid, 1.5))]


def test_a_node_is_followed_to_a_new_address_that_it_proves(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    air.now += 2.0
    a.place = Place("10.0.0.99", 40001, "eth0", 2)
    air.announce(a)
    assert b.places[a.uuid].host == "10.0.0.1"
    air.settle()
    assert b.places[a.uuid].host == "10.0.0.99"


def test_a_node_with_two_addresses_stays_at_the_one_where_it_was_met(
    pair: tuple[Air, Speaker, Speaker],
) -> None:
    air, a, b = pair
    air.announce(a)
    air.settle()
    for _ in range(4):
        air.now += 0.5
        for place in (a.place, Place("10.1.0.1", 40001, "eth1", 3)):
            b.hear(a.herald.announcement(air.now), place)
    assert air.settle() == 0
    assert b.places[a.uuid].host == "10.0.0.1"


def test_who_is_not_wanted_is_forgotten(pair: tuple[Air, Speaker, Speaker]) -> None:
    air, a, b = pair
    b.welcome = False
    air.announce(a)
    air.settle()
    assert (b.herald.met, list(a.peers)) == (0, [b.uuid])


def test_what_does_not_fit_is_left_out_and_said_so() -> None:
    air = Air()
    a, b = Speaker(air, 1), Speaker(air, 2)
    card = a.herald.card
    assert card is not None
    a.herald.update(replace(card, headers={"h": "x" * LONGEST_BODY}, groups=("g",)))
    air.announce(a)
    air.settle()
    assert (b.peers[a.uuid].name, dict(b.peers[a.uuid].headers), b.peers[a.uuid].groups) == ("n1", {}, ())


def test_a_flood_of_invented_nodes_is_answered_within_bounds() -> None:
    air = Air()
    a, b = Speaker(air, 1), Speaker(air, 2)
    air.announce(a)
    air.settle()
    for _ in range(5000):
        invented = Herald(new_uuid(air.rng.randbytes), OpenSealing(), b, 1, air.rng.randbytes, is_open=True)
        invented.update(Card("ghost", 1, 0, "lab"))
        a.hear(invented.announcement(air.now), ELSEWHERE)
    answers = a.herald.datagrams_to_send()
    assert 0 < len(answers) <= 600
    assert len(a.herald._asked) <= 1024
    assert list(a.peers) == [b.uuid]


def test_uuids_of_announcing_nodes_can_be_told() -> None:
    mine = new_uuid(Air().rng.randbytes)
    assert (announces(mine), mine.version, mine.variant) == (True, 8, UUID(int=0x8 << 60).variant)
    assert not announces(uuid4())
