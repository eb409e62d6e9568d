"""Vectors of RFC 5869, appendix A (SHA-256)."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.security.hkdf import expand, extract


def test_basic_case() -> None:
    key = extract(bytes(range(13)), b"\x0b" * 22)
    assert key.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    assert expand(key, bytes(range(0xF0, 0xFA)), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_longer_inputs_and_outputs() -> None:
    key = extract(bytes(range(0x60, 0xB0)), bytes(range(0x50)))
    assert key.hex() == "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244"
    assert expand(key, bytes(range(0xB0, 0x100)), 82).hex() == (
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        "cc30c58179ec3e87c14c01d5c1f3434f1d87"
    )


def test_without_salt_and_info() -> None:
    key = extract(b"", b"\x0b" * 22)
    assert key.hex() == "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"
    assert expand(key, b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_gives_no_more_than_it_can() -> None:
    assert len(expand(bytes(32), b"", 8160)) == 8160
    with pytest.raises(ValueError, match="8160"):
        expand(bytes(32), b"", 8161)


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_is_made_of_the_hmac_of_everybody(salt: bytes, key_material: bytes) -> None:
    assert extract(salt, key_material) == hmac.digest(salt or bytes(32), key_material, "sha256")
