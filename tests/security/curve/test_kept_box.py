"""Boxes in a kept buffer: the same octets as PyNaCl's checked functions make, and refusals."""

from __future__ import annotations

import random

import pytest
from nacl.exceptions import CryptoError

from covey.security.curve.kept_box import BOX_PADDING, CONTENT_PADDING, CheckedBox, KeptBox, new_box

KEY = bytes(range(32))
NONCES = [bytes(range(24)), bytes(range(1, 25))]


def seal(box: CheckedBox, contents: list[bytes]) -> list[bytes]:
    """Seal one behind the other in one buffer, with a gap of three octets in front of each."""
    buffer = bytearray()
    places = []
    for content, nonce in zip(contents, NONCES, strict=True):
        buffer += b"gap"
        places.append((len(buffer), CONTENT_PADDING + len(content), nonce))
        buffer += bytes(CONTENT_PADDING) + content
    box.seal_in_place(buffer, places)
    for start, _, _ in places:
        assert buffer[start - 3 : start] == b"gap"
    return [bytes(buffer[start + BOX_PADDING : start + size]) for start, size, _ in places]


def open_(box: CheckedBox, sealed: bytes, nonce: bytes) -> bytes:
    return bytes(box.open(bytes(BOX_PADDING) + sealed, nonce))


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 1024, 70_000, 300_000])
def test_both_ways_make_and_open_the_same_boxes(size: int) -> None:
    contents = [random.Random(size).randbytes(size), b"another"]
    kept, checked = KeptBox(KEY), CheckedBox(KEY)
    sealed = seal(kept, contents)
    assert sealed == seal(checked, contents)
    for box in (kept, checked):
        assert [open_(box, *one) for one in zip(sealed, NONCES, strict=True)] == contents


@pytest.mark.parametrize("kind", [KeptBox, CheckedBox])
def test_an_altered_box_does_not_open_and_the_next_one_does(kind: type[CheckedBox]) -> None:
    box = kind(KEY)
    sealed, _ = seal(box, [b"secret", b""])
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
        with pytest.raises(CryptoError):
            open_(box, altered, NONCES[0])
    assert open_(box, sealed, NONCES[0]) == b"secret"


@pytest.mark.parametrize("kind", [KeptBox, CheckedBox])
def test_a_box_shorter_than_its_tag_does_not_open(kind: type[CheckedBox]) -> None:
    with pytest.raises(CryptoError):
        open_(kind(KEY), bytes(15), NONCES[0])


def test_libsodium_itself_is_found_here() -> None:
    assert isinstance(new_box(KEY), KeptBox)
