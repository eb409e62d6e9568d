"""Members with lasting keys get to know each other, and nobody else learns who they are."""

from __future__ import annotations

import pytest

from covey.discovery.announce.constants import BRIEF, KIND_CARD, KIND_DOUBT, NO_TOKEN
from covey.discovery.announce.identity import new_uuid
from covey.discovery.announce.member_herald import MemberHerald
from covey.discovery.announce.place import Place
from covey.discovery.announce.wire import (
    Card,
    Word,
    decode_card,
    decode_notice,
    encode_card,
    encode_notice,
    encode_word,
)
from covey.security.secret import Secret
from covey.security.trust.node_ids import make_id
from covey.security.trust.revocations import RevocationList
from covey.values import replace
from tests.security.trust.helpers import AUTHORITY, NOW
from tests.security.trust.member import Member

from .air import Air, Speaker

SECRET = Secret(b"s" * 32)


class MemberSpeaker(Speaker):
    """One member's herald and what it heard."""

    def __init__(self, air: Air, number: int, *, secret: Secret = SECRET) -> None:
        super().__init__(air, number)
        self.member = Member(f"n{number}", secret)
        self.key = self.member.keys.public_bytes
        self.uuid = make_id(self.key, air.rng.randbytes(9))
        self.refused: list[tuple[str, str]] = []
        self.herald = MemberHerald(
            self.uuid,
            self.member.announcements,
            self,
            1_000_000,
            air.rng.randbytes,
            refused=lambda source, reason: self.refused.append((source, reason)),
        )
        self.herald.update(Card(f"n{number}", 7000, 7001, groups=("g",), public_key=self.key))

    def say(self, card: Card) -> None:
        self.herald.update(card)
        self.air.announce(self)
        self.air.settle()


@pytest.fixture
def air() -> Air:
    return Air()


def test_two_that_never_met_know_each_other_whole_after_three_answers(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    air.announce(a)
    assert air.settle() == 3
    assert (a.peers[b.uuid].name, b.peers[a.uuid].name) == ("n2", "n1")
    assert b.peers[a.uuid].groups == ("g",)
    air.announce(b)
    assert air.settle() == 0
    assert a.signs == 1


@pytest.mark.parametrize("seed", range(6))
def test_all_meet_though_a_third_is_lost(seed: int) -> None:
    air = Air(seed)
    members = [MemberSpeaker(air, number) for number in range(1, 5)]
    air.lost = lambda _: air.rng.random() < 0.33
    for _ in range(6):
        for one in members:
            air.announce(one)
        air.pass_time(1.0)
    assert [len(one.peers) for one in members] == [3, 3, 3, 3]
    assert [one.refused for one in members] == [[], [], [], []]


def test_what_changes_is_asked_for_and_told_to_members_alone(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    air.announce(a)
    air.settle()
    assert a.herald.card is not None
    a.say(replace(a.herald.card, groups=("g", "hush"), services=("oven",), status=1))
    assert (b.peers[a.uuid].groups, b.peers[a.uuid].services) == (("g", "hush"), ("oven",))
    air.recorded.clear()
    a.say(replace(a.herald.card, interval=4.0))
    assert len(air.recorded) == 1  # an interval is not worth a question
    for speaker in (a, b):
        for datagram, _ in air.recorded:
            opened = speaker.member.announcements.open_from(datagram)
            if opened is not None:
                card = decode_card(decode_notice(opened[0]).content)
                assert (card.name, card.groups, dict(card.headers)) == ("", (), {})


def test_a_former_member_that_kept_the_secret_reads_no_names_or_groups(air: Air) -> None:
    a, b, former = (MemberSpeaker(air, number) for number in (1, 2, 3))
    revoked = RevocationList("lab", 0, 0).with_keys([former.key], NOW)
    for one in (a, b):
        one.member.roll.take_revocations(revoked.signed(AUTHORITY).encode())
    for one in (a, b, former):
        air.announce(one)
        air.pass_time(1.0)
    assert former.peers == {}
    assert set(a.peers) == {b.uuid}
    assert a.refused[0] == ("10.0.0.3", "a revoked key")
    read = [former.member.announcements.open(datagram) for datagram, _ in air.recorded]
    opened = [body for body in read if body is not None]
    assert opened
    for body in opened:
        card = decode_card(decode_notice(body).content)
        assert (card.name, card.groups, card.services, dict(card.headers)) == ("", (), (), {})


def test_strangers_and_other_meshes_learn_nothing_and_are_not_answered(air: Air) -> None:
    a, stranger = MemberSpeaker(air, 1), MemberSpeaker(air, 2, secret=Secret(b"x" * 32))
    for one in (a, stranger):
        air.announce(one)
    assert air.settle() == 0
    assert (a.peers, stranger.peers, a.refused) == ({}, {}, [])


def test_recordings_bring_nobody_back(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    air.announce(a)
    air.settle()
    recorded = list(air.recorded)
    b.herald.forget(a.uuid, air.now)
    b.peers.clear()
    air.speakers.remove(a)
    for datagram, place in recorded:
        b.hear(datagram, place)
    air.pass_time(6.0)
    assert b.peers == {}


def test_a_member_can_neither_speak_for_another_nor_silence_it(air: Air) -> None:
    a, b, cheat = (MemberSpeaker(air, number) for number in (1, 2, 3))
    for one in (a, b, cheat):
        air.announce(one)
        air.settle()
    far = 1 << 60
    card = Card("a!", 9, 9, public_key=a.key)
    for key in (a.key, cheat.key):
        content = replace(card, public_key=key)
        body = encode_notice((KIND_CARD, BRIEF), a.uuid.bytes, far, (b"t" * 8, NO_TOKEN), _encoded(content))
        for datagram in (
            cheat.member.announcements.seal(body),
            cheat.member.announcements.seal_to(b.key, body),
        ):
            assert datagram is not None
            b.hear(datagram, cheat.place)
    doubt = encode_notice((KIND_DOUBT, 0), a.uuid.bytes, far, (b"t" * 8, NO_TOKEN), encode_word(Word(b.uuid)))
    datagram = cheat.member.announcements.seal_to(b.key, doubt)
    assert datagram is not None
    b.hear(datagram, cheat.place)
    assert b.words == []
    signs = b.signs
    air.announce(a)
    assert b.signs == signs + 1
    assert b.peers[a.uuid].name == "n1"


def test_a_sequence_that_nobody_signed_does_not_count(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    forged = encode_notice(
        (KIND_CARD, BRIEF),
        a.uuid.bytes,
        1 << 60,
        (b"t" * 8, NO_TOKEN),
        _encoded(Card("", 1, 1, public_key=a.key)),
    )
    b.hear(MemberSpeaker(air, 3).member.announcements.seal(forged), Place("10.0.0.3", 1, "eth0", 2))
    air.settle()
    air.announce(b)  # a asks b; what b asked of the forger's place delays nothing
    air.settle()
    assert b.peers[a.uuid].port == 7000


def test_whose_certificate_ran_out_is_told_and_comes_back_with_a_new_one(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    air.announce(a)
    air.settle()
    b.member.now = NOW + 2000.0
    b.herald.forget(a.uuid, air.now)
    b.peers.clear()
    air.announce(a)
    air.settle()
    assert b.peers == {}
    assert b.refused[-1] == ("10.0.0.1", "an expired certificate")
    b.member.now = float(NOW)
    air.pass_time(12.0)
    air.announce(a)
    air.settle()
    assert a.uuid in b.peers


def test_who_answers_nothing_is_met_by_connecting(air: Air) -> None:
    a, silent = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    air.speakers.remove(silent)
    assert a.herald.beacon_heard(silent.uuid, silent.place, air.now, silent.key)
    air.pass_time(5.0)
    assert not a.herald.beacon_heard(silent.uuid, silent.place, air.now, silent.key)
    plain = new_uuid(air.rng.randbytes)
    assert not a.herald.beacon_heard(plain, silent.place, air.now)
    quiet = make_id(silent.key, bytes(9), announces=False)
    assert not a.herald.beacon_heard(quiet, silent.place, air.now, silent.key)


def test_noise_is_counted_and_nothing_else(air: Air) -> None:
    a, b = MemberSpeaker(air, 1), MemberSpeaker(air, 2)
    for body in (b"", b"short", encode_notice((9, 0), b.uuid.bytes, 5, (b"t" * 8, NO_TOKEN), b"")):
        for datagram in (b.member.announcements.seal(body), b.member.announcements.seal_to(a.key, body)):
            assert datagram is not None
            a.hear(datagram, b.place)
    a.hear(b"CVA\x03", b.place)
    a.hear(b"CVA\x04" + bytes(400), b.place)
    assert a.herald.discarded == 8
    assert a.peers == {}


def _encoded(card: Card) -> bytes:
    encoded = encode_card(card)
    assert encoded is not None
    return encoded
