from __future__ import annotations

import pytest

from covey.errors import PgmError
from covey.transports.pgm.wire.nla import decode_nla, encode_nla, pack_address, unpack_address


@pytest.mark.parametrize("text", ["10.88.0.1", "239.192.1.1", "fe80::3400:16ff:fede:67f9", "ff08::1"])
def test_addresses_survive_the_round_trip(text: str) -> None:
    packed = pack_address(text)
    assert decode_nla(encode_nla(packed), 0) == (packed, len(packed) + 4)
    assert unpack_address(packed) == text


def test_a_scope_is_left_out() -> None:
    assert pack_address("fe80::1%eth0") == pack_address("fe80::1")


@pytest.mark.parametrize("data", ["", "000100", "00010000 0a0000", "00030000 0a000001", "00020000 0a000001"])
def test_a_malformed_address_is_refused(data: str) -> None:
    with pytest.raises(PgmError):
        decode_nla(bytes.fromhex(data), 0)
