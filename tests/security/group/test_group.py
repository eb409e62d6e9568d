"""Senders, members, strangers and those who left, without a wire."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import CoveyError, OptionError, ProtocolError
from covey.security.group.constants import (
    EPOCH_LIFETIME,
    HEADER,
    LOOK_AHEAD,
    MAX_WAITING,
    SWITCH_AFTER,
    WAITING_TIME,
    WINDOW,
)
from covey.security.group.contents import pack, packed_size, unpack
from covey.security.group.hand_over import Have, Key, Want, decode, encode, group_of
from covey.security.group.window import ReplayWindow
from covey.security.sealed_group import SealedGroup

MESSAGE = [b"weather", b"sunny"]


def carry(home: str, told: list[tuple[str, bytes]], members: dict[str, SealedGroup]) -> None:
    """Carry hand-overs between members until nobody has anything to say."""
    queue = [(home, to, what) for to, what in told]
    while queue:
        speaker, to, what = queue.pop(0)
        if to in members:
            queue += [(to, one, said) for one, said in members[to].take(speaker, what)]


def company(*names: str, **options: object) -> dict[str, SealedGroup]:
    members = {name: SealedGroup("lab", **options) for name in names}  # type: ignore[arg-type]
    for name, group in members.items():
        for other in members:
            if other != name:
                carry(name, group.welcome(other), members)
    return members


def say(group: SealedGroup, body: bytes = b"sunny", now: float = 0.0) -> bytes:
    return group.sender.seal(pack([[b"weather", body]]), now)


def hear(group: SealedGroup, record: bytes, now: float = 0.0) -> list[list[bytes]] | None:
    return group.receiver.open(record, now)


@pytest.mark.parametrize("options", [{}, {"sign": True}, {"cipher": "ChaChaPoly"}, {"cipher": "AESGCM"}])
def test_members_read_each_other(options: dict[str, object]) -> None:
    members = company("a", "b", "c", **options)
    for number in range(3):
        for name, group in members.items():
            record = say(group, bytes((number,)))
            for other, listener in members.items():
                if other != name:
                    assert hear(listener, record) == [[b"weather", bytes((number,))]]
    assert members["a"].members == ("b", "c")
    assert set(members["a"].senders) == {"b", "c"}


def test_a_stranger_sees_neither_group_nor_content_nor_sender() -> None:
    members = company("a", "b")
    records = [say(members["a"], b"secret content") for _ in range(2)]
    for record in records:
        for clear in (b"weather", b"secret", b"lab", b"a" * 3):
            assert clear not in record
    assert records[0][HEADER.size :] != records[1][HEADER.size :]
    stranger = SealedGroup("lab")
    assert hear(stranger, records[0]) is None
    assert stranger.receiver.give_up(WAITING_TIME) == 1
    assert stranger.counts().unknown == 1


def test_keys_differ_between_processes_epochs_and_groups() -> None:
    ids = {HEADER.unpack_from(say(SealedGroup("lab")))[2] for _ in range(5)}
    assert len(ids) == 5
    group = SealedGroup("lab")
    before = say(group)
    group.sender.renew(0.0)
    assert say(group)[2:10] != before[2:10]


def test_every_flipped_byte_and_truncation_is_refused_and_counted() -> None:
    members = company("a", "b", sign=True)
    record = say(members["a"])
    listener = members["b"]
    for position in range(len(record)):
        forged = bytearray(record)
        forged[position] ^= 1
        assert not hear(listener, bytes(forged))
    for cut in range(len(record)):
        assert not hear(listener, record[:cut])
    assert hear(listener, record) == [MESSAGE]


def test_replays_are_refused_and_disorder_is_not() -> None:
    members = company("a", "b")
    records = [say(members["a"], bytes((number,))) for number in range(20)]
    for record in reversed(records):
        assert hear(members["b"], record)
    for record in records:
        assert hear(members["b"], record) == []
    assert members["b"].counts().replayed == 20


@given(st.lists(st.integers(0, 3 * WINDOW), max_size=200))
@settings(max_examples=50)
def test_the_window_takes_each_number_once(numbers: list[int]) -> None:
    window, taken = ReplayWindow(0), set[int]()
    for number in numbers:
        highest = max(taken, default=-1)
        expected = number not in taken and highest - number < WINDOW
        assert window.is_fresh(number) is expected
        if expected:
            window.take(number)
            taken.add(number)


def test_who_comes_late_reads_nothing_that_was_said_before() -> None:
    members = company("a", "b")
    before = say(members["a"], b"before")
    members["late"] = SealedGroup("lab")
    carry("a", members["a"].welcome("late"), members)
    after = say(members["a"], b"after")
    assert not hear(members["late"], before)
    assert hear(members["late"], after) == [[b"weather", b"after"]]
    assert hear(members["b"], before)
    assert hear(members["b"], after) == [[b"weather", b"after"]]


def test_who_left_reads_nothing_that_is_said_later() -> None:
    members = company("a", "b", "gone")
    carry("a", members["a"].dismiss("gone", 10.0), members)
    record = say(members["a"], b"among us", 10.0)
    assert hear(members["b"], record) == [[b"weather", b"among us"]]
    assert hear(members["gone"], record, 10.0) is None
    assert hear(members["a"], say(members["gone"], now=10.0), 10.0) is None


def test_a_silent_member_delays_a_new_epoch_by_a_second_at_most() -> None:
    members = company("a", "silent", "gone")
    told = members["a"].dismiss("gone", 10.0)
    assert [name for name, _ in told] == ["silent"]
    assert hear(members["gone"], say(members["a"], now=10.0))
    assert hear(members["gone"], say(members["a"], now=10.0 + SWITCH_AFTER)) is None


def test_members_that_come_and_go_keep_nobody_in_who_left() -> None:
    members = company("a", "b", "left", "restless")
    first = members["a"]
    first.dismiss("left", 0.0)
    for tenth in range(1, 10):
        first.welcome("restless")
        first.dismiss("restless", tenth / 10)
    assert first.sender.is_renewing
    record = say(first, now=SWITCH_AFTER)
    assert not first.sender.is_renewing
    assert hear(members["left"], record) is hear(members["restless"], record) is None


def test_asking_makes_no_member() -> None:
    members = company("a", "b")
    assert members["a"].take("stranger", members["b"].asking()) == []
    assert [name for name, _ in members["a"].take("b", members["b"].asking())] == ["b"]


def test_age_and_volume_begin_a_new_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covey.security.group.sender.EPOCH_RECORDS", 5)
    group = SealedGroup("lab")
    group.sender._renew_at_number = 5
    ids = [say(group, now=0.0)[2:10] for _ in range(11)]
    assert [len(set(ids[:5])), len(set(ids[5:10])), len(set(ids))] == [1, 1, 3]
    later = say(group, now=EPOCH_LIFETIME)[2:10]
    assert later not in ids
    assert group.sender.next_timeout() is not None


def test_numbers_never_come_twice_under_one_key() -> None:
    members, seen = company("a", "b"), set[bytes]()
    for number in range(60):
        seen.add(say(members["a"], now=float(number))[: HEADER.size])
        if number % 7 == 0:
            carry("a", members["a"].welcome(f"m{number}"), members)
        if number % 11 == 0:
            carry("a", members["a"].dismiss(f"m{number - 4}", float(number)), members)
    assert len(seen) == 60


def test_records_wait_for_their_key_and_no_longer_than_they_may() -> None:
    sender, listener = SealedGroup("lab"), SealedGroup("lab")
    told = sender.welcome("b")
    early = say(sender)
    assert hear(listener, early, 0.0) is None
    carry("a", told, {"a": sender, "b": listener})
    assert listener.receiver.retry(1.0) == [MESSAGE]
    for _ in range(MAX_WAITING + 5):
        hear(listener, say(SealedGroup("other")) if _ < 3 else b"\x11" * 40, 1.0)
    assert listener.counts().unknown >= 5
    assert listener.receiver.give_up(1.0 + WAITING_TIME)
    assert not listener.receiver.waits


def test_generations_that_were_missed_are_found() -> None:
    members = company("a", "b")
    for number in range(LOOK_AHEAD * 4):
        say(members["a"])
        members["a"].welcome(f"m{number}")
        if number % (LOOK_AHEAD - 1) == LOOK_AHEAD - 2:
            assert hear(members["b"], say(members["a"]))


def test_a_member_cannot_sign_for_another() -> None:
    members = company("a", "b", "c", sign=True)
    thief = members["b"].receiver._epochs["a"][-1]
    generation = next(iter(thief.ids.values()))
    header = generation.header(7, is_signed=True)
    forged = generation.seal(header, 7, pack([MESSAGE]) + bytes(64))
    assert hear(members["c"], forged) == []
    unsigned = generation.seal(generation.header(8, is_signed=False), 8, pack([MESSAGE]))
    assert hear(members["c"], unsigned) == []
    assert members["c"].counts().forged == 2


@given(st.lists(st.tuples(st.binary(max_size=255), st.binary(max_size=400)), max_size=12))
def test_contents_come_back(messages: list[tuple[bytes, bytes]]) -> None:
    content = pack(messages)
    assert len(content) == sum(map(packed_size, messages))
    assert unpack(content) == [list(one) for one in messages]


@given(st.binary(max_size=300))
def test_any_content_is_read_or_refused(data: bytes) -> None:
    try:
        assert pack(unpack(data)) == data
    except ProtocolError:
        return


@given(st.binary(max_size=120))
def test_any_record_and_any_hand_over_is_read_or_refused(data: bytes) -> None:
    listener = SealedGroup("lab")
    for prefix in (b"", b"CVG\x01", b"CVG\x01\x01\x03lab", b"\x11\x00"):
        assert not hear(listener, prefix + data)
        try:
            listener.take("x", prefix + data)
        except CoveyError:
            continue


@pytest.mark.parametrize(
    "said", [Key(2, b"epoch678", 1 << 60, bytes(range(32)), bytes(32)), Have(b"12345678"), Want()]
)
def test_hand_overs_come_back(said: Key | Have | Want) -> None:
    message = encode(b"lab", said)
    assert decode(message) == (b"lab", said)
    assert group_of(message) == b"lab"
    for cut in range(len(message)):
        with pytest.raises(ProtocolError):
            decode(message[:cut] if cut else b"")
    assert bytes(range(32)).hex() not in repr(said)


def test_what_cannot_be_used_is_refused() -> None:
    for name in ("", "x" * 256):
        with pytest.raises(OptionError):
            SealedGroup(name)
    with pytest.raises(OptionError):
        SealedGroup("lab", cipher="ROT13")
    with pytest.raises(OptionError, match="multicast"):
        SealedGroup("lab").new_mechanism({})


def test_a_hand_over_about_another_group_is_against_the_protocol() -> None:
    members = company("a", "b")
    for message in (SealedGroup("else").asking(), SealedGroup("else").welcome("b")[0][1], b"", b"\x01"):
        with pytest.raises(ProtocolError):
            members["b"].take("a", message)
    assert hear(members["b"], say(members["a"])) == [MESSAGE]
