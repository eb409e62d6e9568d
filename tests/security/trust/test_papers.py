"""Certificates, revocation lists, requests and memberships: what they say, and that nobody can change it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import OptionError, ProtocolError
from covey.security.secret import Secret
from covey.security.trust.armor import dearmor, enarmor
from covey.security.trust.certificate import MAX_CERTIFICATE, Certificate
from covey.security.trust.fingerprint import Fingerprint
from covey.security.trust.membership import Membership
from covey.security.trust.patterns import NOTHING, Patterns
from covey.security.trust.permissions import Action, Permissions
from covey.security.trust.request import JoinRequest
from covey.security.trust.revocations import RevocationList
from covey.security.trust.signing import Signer, is_signed
from covey.security.trust.words import WORDS
from tests.security.trust.helpers import AUTHORITY, NOW, certificate_for, keys_of

KEYS = keys_of(1)
RESTRICTED = Permissions(publish=Patterns(("temp/**", "log/*")), groups=NOTHING)
CERTIFICATE = certificate_for(KEYS, permissions=RESTRICTED)
LIST = RevocationList("lab", 0, 0).with_keys([keys_of(2).public_bytes, keys_of(3).public_bytes], NOW)
LIST = LIST.signed(AUTHORITY)
REQUEST = JoinRequest.make("thermo-1", KEYS)
MEMBERSHIP = Membership.grant(AUTHORITY, CERTIFICATE, LIST, b"S" * 32)

PAPERS: list[tuple[bytes, Callable[[bytes], object]]] = [
    (CERTIFICATE.encode(), Certificate.decode),
    (LIST.encode(), RevocationList.decode),
    (REQUEST.encode(), JoinRequest.decode),
    (MEMBERSHIP, Membership.decode),
]


def is_genuine(paper: object) -> bool:
    """Whether a paper that could be read is the authority's, or the machine's own."""
    if isinstance(paper, Certificate | RevocationList):
        return paper.is_issued_by(AUTHORITY.public_bytes)
    if isinstance(paper, Membership):
        return paper.authority == AUTHORITY.public_bytes
    return True  # a request is checked as it is read


@pytest.mark.parametrize(("data", "decode"), PAPERS)
def test_papers_come_back_as_they_went(data: bytes, decode: Callable[[bytes], object]) -> None:
    assert is_genuine(decode(data))
    paper = decode(data)
    if not isinstance(paper, Membership):
        assert paper.encode() == data  # type: ignore[attr-defined]


@pytest.mark.parametrize(("data", "decode"), PAPERS)
def test_no_bit_of_a_paper_can_be_changed(data: bytes, decode: Callable[[bytes], object]) -> None:
    for at in range(len(data)):
        forged = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        try:
            paper = decode(forged)
        except ProtocolError:
            continue
        assert not is_genuine(paper), at


@pytest.mark.parametrize(("data", "decode"), PAPERS)
def test_papers_cut_short_or_with_something_behind_are_refused(
    data: bytes, decode: Callable[[bytes], object]
) -> None:
    for bad in [*(data[:size] for size in range(len(data))), data + b"\0", data * 2]:
        with pytest.raises(ProtocolError):
            decode(bad)


@pytest.mark.parametrize(("data", "decode"), PAPERS)
@given(noise=st.binary(max_size=300), at=st.integers(0, 400))
def test_noise_is_refused_and_nothing_else(
    data: bytes, decode: Callable[[bytes], object], noise: bytes, at: int
) -> None:
    for bad in (noise, data[:4] + noise, data[:at] + noise + data[at + len(noise) :]):
        try:
            decode(bad)
        except ProtocolError:
            continue


def test_a_certificate_says_who_may_do_what() -> None:
    read = Certificate.decode(CERTIFICATE.encode())
    assert read == CERTIFICATE
    assert read.permissions == RESTRICTED
    assert read.permissions.allow(Action.PUBLISH, "temp/kitchen")
    assert not read.permissions.allow(Action.PUBLISH, "secret")
    assert not read.permissions.allow(Action.GROUP, "sensors")
    assert read.permissions.allow(Action.SUBSCRIBE, b"anything")


def test_another_authoritys_signature_is_none() -> None:
    assert CERTIFICATE.is_issued_by(AUTHORITY.public_bytes)
    assert not CERTIFICATE.is_issued_by(Signer(b"B" * 32).public_bytes)
    assert not CERTIFICATE.is_issued_by(b"short")
    assert not CERTIFICATE.is_issued_by(bytes(32))


def test_signatures_are_for_one_purpose() -> None:
    signature = AUTHORITY.sign("one", b"message")
    assert is_signed(AUTHORITY.public_bytes, signature, "one", b"message")
    assert not is_signed(AUTHORITY.public_bytes, signature, "two", b"message")
    assert not is_signed(AUTHORITY.public_bytes, signature + b"x", "one", b"message")
    assert not is_signed(AUTHORITY.public_bytes, signature[:-1], "one", b"message")


def test_what_does_not_fit_is_refused_before_it_is_signed() -> None:
    with pytest.raises(OptionError, match="octets"):
        certificate_for(KEYS, "n" * 256)
    with pytest.raises(OptionError, match="printable"):
        certificate_for(KEYS, "two\nlines")
    with pytest.raises(OptionError, match=str(MAX_CERTIFICATE)):
        certificate_for(KEYS, permissions=Permissions(publish=Patterns(("p" * 250,) * 64)))
    with pytest.raises(OptionError, match="before it begins"):
        certificate_for(KEYS, not_after=5)


def test_a_list_names_keys_and_grows() -> None:
    assert LIST.number == 1
    assert LIST.names(keys_of(2).public_bytes)
    assert not LIST.names(KEYS.public_bytes)
    longer = LIST.with_keys([KEYS.public_bytes], NOW)
    assert (longer.number, len(longer.revoked)) == (2, 3)
    assert not longer.is_issued_by(AUTHORITY.public_bytes)


def test_a_membership_opens_for_its_holder_only() -> None:
    membership = Membership.decode(MEMBERSHIP)
    assert membership.announcement_secret(KEYS) == Secret(b"S" * 32)
    assert b"S" * 8 not in MEMBERSHIP
    with pytest.raises(OptionError, match="other keys"):
        membership.announcement_secret(keys_of(2))


def test_requests_have_a_fingerprint_to_compare() -> None:
    read = JoinRequest.decode(REQUEST.encode())
    assert read.fingerprint == REQUEST.fingerprint != JoinRequest.make("thermo-1", keys_of(2)).fingerprint
    assert len(read.fingerprint.words.split()) == 10
    assert len(read.fingerprint.digits.replace(" ", "")) == 20


def test_a_fingerprint_is_the_same_for_ever() -> None:
    fingerprint = Fingerprint.of(bytes(32), b"\x01" * 32)
    assert fingerprint.digits == "2b0c 427e 9e4a fef9 d15e"
    assert fingerprint.words.startswith("cement arrow dinner jungle")


def test_words_cannot_be_taken_for_each_other() -> None:
    assert len({word[:4] for word in WORDS}) == len(WORDS) == 256
    assert all(word.isascii() and word.islower() for word in WORDS)


@given(st.binary(max_size=500))
def test_armor_survives_mail(data: bytes) -> None:
    text = enarmor("JOIN REQUEST", data)
    assert dearmor("JOIN REQUEST", text) == data
    assert dearmor("JOIN REQUEST", "Hello,\r\n\r\n" + text.replace("\n", "\r\n") + "\r\nBye") == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        enarmor("MEMBERSHIP", b"x"),
        enarmor("JOIN REQUEST", b"x")[:-10],
        "-----BEGIN COVEY " * 99,
    ],
)
def test_other_armor_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="COVEY"):
        dearmor("JOIN REQUEST", text)


def test_damaged_armor_is_refused() -> None:
    with pytest.raises(ProtocolError, match="damaged"):
        dearmor("JOIN REQUEST", enarmor("JOIN REQUEST", b"abcd").replace("YWJj", "YWJ"))
    with pytest.raises(ProtocolError, match="characters"):
        dearmor("JOIN REQUEST", "x" * (1 << 21))
