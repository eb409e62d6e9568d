"""libsodium called directly gives what PyNaCl's own bindings give, and so do they in its place."""

from __future__ import annotations

import hashlib
import os

import pytest
from nacl import bindings

from covey.errors import ResourceError
from covey.security import sodium
from covey.security.sodium import AeadKey, new_key_pair, public_key_of, sha256

KEY, NONCE = bytes(range(32)), bytes(range(24))


@pytest.fixture(params=["directly", "by the bindings"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "directly":
        assert sodium._bound is not None
    else:
        monkeypatch.setattr(sodium, "_bound", None)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("size", [0, 1, 64, 1300])
def test_sealing_is_that_of_the_bindings(size: int) -> None:
    content = os.urandom(size)
    sealed = AeadKey(KEY).seal(content, b"context", NONCE)
    assert sealed == bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(content, b"context", NONCE, KEY)
    assert AeadKey(KEY).open(sealed, b"context", NONCE) == content


@pytest.mark.usefixtures("way")
def test_what_was_changed_does_not_open() -> None:
    sealed = AeadKey(KEY).seal(b"content", b"context", NONCE)
    assert AeadKey(KEY).open(sealed, b"another", NONCE) is None
    assert AeadKey(KEY).open(sealed, b"context", bytes(24)) is None
    assert AeadKey(bytes(32)).open(sealed, b"context", NONCE) is None
    for end in range(len(sealed)):
        assert AeadKey(KEY).open(sealed[:end], b"context", NONCE) is None


@pytest.mark.usefixtures("way")
def test_halves_of_a_pair_belong_together() -> None:
    public, secret = new_key_pair()
    assert public_key_of(secret) == public == bindings.crypto_scalarmult_base(secret)
    assert new_key_pair() != (public, secret)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("size", [0, 1, 64, 1000])
def test_digests_are_those_of_everybody(size: int) -> None:
    data = os.urandom(size)
    assert sha256(data) == hashlib.sha256(data).digest()


def test_c_is_never_given_too_little_to_read() -> None:
    for size in (0, 31, 33):
        with pytest.raises(ValueError, match="32 octets"):
            AeadKey(bytes(size))
        with pytest.raises(ValueError, match="32 octets"):
            public_key_of(bytes(size))
    for size in (0, 23, 25):
        with pytest.raises(ValueError, match="24 octets"):
            AeadKey(KEY).seal(b"", b"", bytes(size))
        with pytest.raises(ValueError, match="24 octets"):
            AeadKey(KEY).open(bytes(16), b"", bytes(size))


def test_a_sodium_without_random_source_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        crypto_aead_xchacha20poly1305_ietf_encrypt = crypto_hash_sha256 = None

        @staticmethod
        def sodium_init() -> int:
            return -1

    monkeypatch.setattr("nacl._sodium.lib", Broken())
    with pytest.raises(ResourceError):
        sodium._bind()


def test_a_pynacl_that_shows_less_is_used_by_its_bindings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nacl._sodium.lib", object())
    assert sodium._bind() is None
