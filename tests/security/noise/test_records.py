from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.security.noise import records
from covey.security.noise.cipherstate import CipherState
from covey.security.noise.constants import LARGEST_NONCE, MAX_RECORD_CONTENT, REKEY_INTERVAL
from covey.security.noise.records import RecordOpener, RecordSealer
from covey.security.noise.suites import suite_by_names

SUITES = [suite_by_names(cipher, "BLAKE2s") for cipher in ("ChaChaPoly", "AESGCM")]


def pair(suite_index: int = 0) -> tuple[RecordSealer, RecordOpener]:
    key = bytes(range(32))
    return RecordSealer(CipherState(SUITES[suite_index], key)), RecordOpener(
        CipherState(SUITES[suite_index], key)
    )


@pytest.fixture
def short_lived_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_PER_KEY", 4)


@pytest.mark.parametrize("suite_index", [0, 1])
@pytest.mark.parametrize("size", [1, 100, MAX_RECORD_CONTENT, MAX_RECORD_CONTENT + 1, 3 * MAX_RECORD_CONTENT])
def test_any_length_comes_back(suite_index: int, size: int) -> None:
    sealer, opener = pair(suite_index)
    sealed = sealer.seal(bytes(size))
    count = -(-size // MAX_RECORD_CONTENT)
    assert len(sealed) == size + 18 * count
    assert opener.open(sealed) == (bytes(size), len(sealed))


def test_nothing_to_say_is_no_record() -> None:
    sealer, opener = pair()
    assert sealer.seal(b"", 0.0) == b""
    assert opener.open(b"") == (b"", 0)


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.integers(1, 50))
def test_chunks_of_any_size_come_back(flushes: list[bytes], chunk: int) -> None:
    sealer, opener = pair()
    sealed = b"".join([sealer.seal(flush) for flush in flushes])
    opened, held = b"", bytearray()
    for start in range(0, len(sealed), chunk):
        held += sealed[start : start + chunk]
        plaintext, consumed = opener.open(held)
        del held[:consumed]
        opened += plaintext
    assert opened == b"".join(flushes)
    assert not held


def test_every_flipped_byte_is_noticed() -> None:
    sealer, opener = pair()
    sealed = sealer.seal(b"some text")
    for position in range(2, len(sealed)):
        forged = bytearray(sealed)
        forged[position] ^= 1
        with pytest.raises(ProtocolError):
            opener.open(forged)
    assert opener.open(sealed)[0] == b"some text"


def test_a_changed_length_is_noticed_as_soon_as_there_is_enough() -> None:
    sealed = pair()[0].seal(b"some text")
    for length in range(len(sealed) + 40):
        if length != len(sealed) - 2:
            with pytest.raises(ProtocolError):
                pair()[1].open(length.to_bytes(2, "big") + sealed[2:] + bytes(60))


def test_replay_reordering_and_a_gap_are_noticed() -> None:
    sealer, _ = pair()
    first, second = sealer.seal(b"1"), sealer.seal(b"2")
    for stream in (first + first, second, second + first):
        with pytest.raises(ProtocolError):
            pair()[1].open(stream)


@pytest.mark.usefixtures("short_lived_keys")
def test_volume_replaces_the_key() -> None:
    sealer, opener = pair()
    for number in range(20):
        sealed = sealer.seal(b"x")
        assert len(sealed) == (19 + 18 if number and number % 3 == 0 else 19)
        assert opener.open(sealed)[0] == b"x"


@pytest.mark.usefixtures("short_lived_keys")
def test_one_long_flush_may_take_several_keys() -> None:
    sealer, opener = pair()
    text = bytes(12 * MAX_RECORD_CONTENT)
    assert opener.open(sealer.seal(text))[0] == text


@pytest.mark.usefixtures("short_lived_keys")
def test_a_key_that_ought_to_have_been_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    opener = pair()[1]
    monkeypatch.undo()
    sealer = pair()[0]
    for _ in range(4):
        opener.open(sealer.seal(b"x"))
    with pytest.raises(ProtocolError, match="under one key"):
        opener.open(sealer.seal(b"x"))


def test_age_replaces_the_key() -> None:
    sealer, opener = pair()
    sizes = []
    for now in (0.0, REKEY_INTERVAL - 1, REKEY_INTERVAL, REKEY_INTERVAL + 1, 2 * REKEY_INTERVAL):
        sealed = sealer.seal(b"x", now)
        sizes.append(len(sealed))
        assert opener.open(sealed)[0] == b"x"
    assert sizes == [19, 19, 37, 19, 37]


def test_a_new_key_does_not_open_what_the_old_one_sealed() -> None:
    cipher, other = (CipherState(SUITES[0], bytes(32)) for _ in range(2))
    sealed = cipher.encrypt(b"", b"x")
    other.rekey()
    with pytest.raises(ProtocolError):
        other.decrypt(b"", sealed)


def test_nonces_do_not_wrap() -> None:
    cipher, other = (CipherState(SUITES[0], bytes(32)) for _ in range(2))
    cipher._nonce = other._nonce = LARGEST_NONCE - 1
    assert other.decrypt(b"", cipher.encrypt(b"", b"last")) == b"last"
    for use in (cipher.encrypt, cipher.decrypt):
        with pytest.raises(ProtocolError, match="nonces"):
            use(b"", b"")


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_open_or_raise_protocol_error(data: bytes) -> None:
    try:
        plaintext, consumed = pair()[1].open(data)
    except ProtocolError:
        return
    assert (plaintext, consumed) == (b"", 0)
