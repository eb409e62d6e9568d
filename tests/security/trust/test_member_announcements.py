"""Announcements of members with lasting keys: who can read what, and what anybody else can do with it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from covey.security.secret import Secret
from covey.security.trust.authority import AuthorityKeys
from covey.security.trust.member_announcements import MemberAnnouncements
from covey.security.trust.patterns import Patterns
from covey.security.trust.permissions import Permissions
from covey.security.trust.signed_seal import SignedSealer, short_id
from covey.security.trust.signing import Signer
from tests.security.trust.member import Member


@pytest.fixture
def secret() -> Secret:
    return Secret.generate()


def test_what_is_for_one_member_is_read_by_it_alone(secret: Secret) -> None:
    a, b, other = Member("a", secret), Member("b", secret), Member("other", secret)
    datagram = a.announcements.seal_to(b.keys.public_bytes, b"groups and names")
    assert datagram is not None
    assert b.announcements.open_from(datagram) == (b"groups and names", a.keys.public_bytes, a.certificate)
    assert b.announcements.open(datagram) == b"groups and names"
    for stranger in (other, a, Member("b", Secret.generate())):
        assert stranger.announcements.open_from(datagram) is None


def test_what_is_for_all_is_proven_once_the_certificate_was_seen(secret: Secret) -> None:
    a, b = Member("a", secret), Member("b", secret)
    datagram = a.announcements.seal(b"brief")
    assert b.announcements.open_from(datagram) == (b"brief", None, None)
    b.refusal_of(a.keys.public_bytes, a.certificate)
    assert b.announcements.open_from(datagram) == (b"brief", a.keys.public_bytes, None)
    assert Member("b", Secret.generate()).announcements.open_from(datagram) is None


def test_nothing_of_either_shows_outside(secret: Secret) -> None:
    a, b = Member("member-a", secret), Member("member-b", secret)
    key = b.keys.public_bytes
    words = [uuid4().bytes, b"member-a", b"member-b", a.keys.public_bytes, key, short_id(a.keys.public_bytes)]
    for datagram in (a.announcements.seal(words[0]), a.announcements.seal_to(key, words[0])):
        assert datagram is not None
        for word in words:
            assert word not in datagram
    sizes = {len(a.announcements.seal_to(key, bytes(size)) or b"") for size in range(1, 200)}
    assert len(sizes) <= 2


def test_no_bit_of_either_can_be_changed(secret: Secret) -> None:
    a, b = Member("a", secret), Member("b", secret)
    b.refusal_of(a.keys.public_bytes, a.certificate)
    for datagram in (a.announcements.seal(b"x"), a.announcements.seal_to(b.keys.public_bytes, b"x")):
        assert datagram is not None
        for at in range(len(datagram)):
            changed = datagram[:at] + bytes((datagram[at] ^ 1,)) + datagram[at + 1 :]
            assert b.announcements.open_from(changed) is None
            assert b.announcements.open_from(datagram[:at]) is None
        assert b.announcements.open_from(datagram + b"\0") is None
        other = datagram[:3] + (b"\x03" if datagram[3] == 4 else b"\x04") + datagram[4:]
        assert b.announcements.open_from(other) is None


def test_a_member_cannot_speak_to_all_as_another(secret: Secret) -> None:
    a, b, cheat = Member("a", secret), Member("b", secret), Member("cheat", secret)
    for one in (a, cheat):
        b.refusal_of(one.keys.public_bytes, one.certificate)
    sealing = AuthorityKeys(secret, "lab", cheat.roll)
    forger = SignedSealer(sealing, Signer.of_member(cheat.keys), short_id(a.keys.public_bytes))
    forged = MemberAnnouncements(cheat.keys, sealing, forger, cheat).seal(b"as a")
    assert b.announcements.open_from(forged) is None


def test_the_room_is_what_the_certificate_leaves(secret: Secret) -> None:
    patterns = Patterns(tuple(f"topic/{number}" for number in range(40)))
    a, b = Member("a", secret, permissions=Permissions(patterns)), Member("b", secret)
    room = a.announcements.room
    assert room == 1276 - len(a.certificate)
    full = a.announcements.seal_to(b.keys.public_bytes, bytes(room))
    assert full is not None
    assert len(full) <= 1472
    opened = b.announcements.open_from(full)
    assert opened == (bytes(room), a.keys.public_bytes, a.certificate)
    a.certificate += b"more"  # renewed, and larger than before
    more = a.announcements.seal_to(b.keys.public_bytes, bytes(room))
    assert more is not None
    assert b.announcements.open_from(more) == (bytes(room), a.keys.public_bytes, b"")


def test_keys_that_nobody_can_hold_are_not_spoken_to(secret: Secret) -> None:
    a = Member("a", secret)
    assert a.announcements.seal_to(bytes(32), b"x") is None
