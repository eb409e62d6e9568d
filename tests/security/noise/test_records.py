from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.security.noise import records
from covey.security.noise.cipherstate import CipherState
from covey.security.noise.constants import LARGEST_NONCE, MAX_RECORD_CONTENT
from covey.security.noise.records import RecordOpener, RecordSealer
from covey.security.noise.suites import suite_by_names

SUITES = [suite_by_names(cipher, "BLAKE2s") for cipher in ("ChaChaPoly", "AESGCM")]


def pair(suite_index: int = 0) -> tuple[RecordSealer, RecordOpener]:
    key = bytes(range(32))
    return RecordSealer(CipherState(SUITES[suite_index], key)), RecordOpener(
        CipherState(SUITES[suite_index], key)
    )


def seal(sealer: RecordSealer, *plaintext: bytes) -> bytes:
    return b"".join(sealer.seal(plaintext))


def opened(opener: RecordOpener, sealed: bytes | bytearray) -> bytes:
    contents: list[bytes] = []
    opener.open(sealed, contents)
    return b"".join(contents)


@pytest.fixture
def short_lived_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_PER_KEY", 4)


@pytest.mark.parametrize("suite_index", [0, 1])
@pytest.mark.parametrize("size", [1, 100, MAX_RECORD_CONTENT, MAX_RECORD_CONTENT + 1, 3 * MAX_RECORD_CONTENT])
def test_any_length_comes_back(suite_index: int, size: int) -> None:
    sealer, opener = pair(suite_index)
    sealed = seal(sealer, bytes(size))
    count = -(-size // MAX_RECORD_CONTENT)
    assert len(sealed) == size + 18 * count
    assert opened(opener, sealed) == bytes(size)
    assert opener.held == 0


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=6))
@settings(max_examples=60)
def test_buffers_are_sealed_as_if_they_were_one(sizes: list[int]) -> None:
    buffers = [bytes((index,)) * size for index, size in enumerate(sizes)]
    sealer, opener = pair()
    sealed = seal(sealer, *buffers)
    assert sealed == seal(pair()[0], b"".join(buffers))
    assert opened(opener, sealed) == b"".join(buffers)


def test_nothing_to_say_is_no_record() -> None:
    sealer, opener = pair()
    assert sealer.seal([]) == sealer.seal([b""]) == sealer.seal([b"", b""]) == []
    assert opened(opener, b"") == b""


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.integers(1, 50))
def test_chunks_of_any_size_come_back(flushes: list[bytes], chunk: int) -> None:
    sealer, opener = pair()
    sealed = b"".join([seal(sealer, flush) for flush in flushes])
    contents: list[bytes] = []
    for start in range(0, len(sealed), chunk):
        opener.open(memoryview(sealed)[start : start + chunk], contents)
        assert opener.held <= 318
    assert contents == flushes
    assert opener.held == 0


def test_every_flipped_byte_is_noticed() -> None:
    sealer, opener = pair()
    sealed = seal(sealer, b"some text")
    for position in range(2, len(sealed)):
        forged = bytearray(sealed)
        forged[position] ^= 1
        with pytest.raises(ProtocolError):
            opened(opener, forged)
    assert opened(opener, sealed) == b"some text"


def test_what_opened_before_an_error_is_not_lost() -> None:
    sealer, opener = pair()
    contents: list[bytes] = []
    with pytest.raises(ProtocolError):
        opener.open(seal(sealer, b"good") + bytes(40), contents)
    assert contents == [b"good"]


def test_a_changed_length_is_noticed_as_soon_as_there_is_enough() -> None:
    sealed = seal(pair()[0], b"some text")
    for length in range(len(sealed) + 40):
        if length != len(sealed) - 2:
            with pytest.raises(ProtocolError):
                opened(pair()[1], length.to_bytes(2, "big") + sealed[2:] + bytes(60))


def test_replay_reordering_and_a_gap_are_noticed() -> None:
    sealer, _ = pair()
    first, second = seal(sealer, b"1"), seal(sealer, b"2")
    for stream in (first + first, second, second + first):
        with pytest.raises(ProtocolError):
            opened(pair()[1], stream)


@pytest.mark.usefixtures("short_lived_keys")
def test_volume_replaces_the_key() -> None:
    sealer, opener = pair()
    for number in range(20):
        sealed = seal(sealer, b"x")
        assert len(sealed) == (19 + 18 if number and number % 3 == 0 else 19)
        assert opened(opener, sealed) == b"x"


@pytest.mark.usefixtures("short_lived_keys")
def test_one_long_flush_may_take_several_keys() -> None:
    sealer, opener = pair()
    text = bytes(12 * MAX_RECORD_CONTENT)
    assert opened(opener, seal(sealer, text)) == text


@pytest.mark.usefixtures("short_lived_keys")
def test_a_key_that_ought_to_have_been_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    opener = pair()[1]
    monkeypatch.undo()
    sealer = pair()[0]
    for _ in range(4):
        opened(opener, seal(sealer, b"x"))
    with pytest.raises(ProtocolError, match="under one key"):
        opened(opener, seal(sealer, b"x"))


def test_a_retired_key_is_replaced_before_anything_more_is_sealed() -> None:
    sealer, opener = pair()
    sizes = []
    for text in (b"x", bytes(100_000)):
        for is_due in (False, True, False):
            if is_due:
                sealer.retire_key()
            sealed = seal(sealer, text)
            sizes.append(len(sealed) - len(text))
            assert opened(opener, sealed) == text
    assert sizes == [18, 36, 18, 36, 54, 36]


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
    opener, contents = pair()[1], list[bytes]()
    try:
        opener.open(data, contents)
    except ProtocolError:
        return
    assert (contents, opener.held) == ([], len(data))
