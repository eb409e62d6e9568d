from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import PgmError
from covey.transports.pgm.constants import MAX_OPTIONS, OPT_FIN
from covey.transports.pgm.wire.option_types import (
    BackOffInterval,
    BackOffRange,
    CurrentGroupSize,
    FlowReport,
    Fragment,
    Join,
    NakList,
    ParityGroup,
    ParityParameters,
    ParitySeen,
    PathNla,
    PgmccData,
    PgmccFeedback,
    Redirect,
    Reset,
)
from covey.transports.pgm.wire.options import Option, decode_options, encode_options, find_option

TYPED = [
    Fragment(1, 1424, 4000),
    NakList((4, 5)),
    NakList(tuple(range(62))),
    Join(7),
    BackOffInterval(50_000, 0),
    BackOffRange(50_000, 10),
    Redirect(bytes(4)),
    Redirect(bytes(16)),
    PathNla(bytes(16)),
    ParityParameters(2, 64),
    ParityGroup(1),
    ParitySeen(7, (3,)),
    CurrentGroupSize(5),
    Reset(3),
    PgmccData(0x0930EB38, bytes(4)),
    PgmccFeedback(0x0930EB51, 7, bytes(4)),
    FlowReport(5, 128),
]


@pytest.mark.parametrize("value", TYPED, ids=repr)
def test_every_option_survives_the_round_trip(value: Fragment) -> None:
    block = encode_options([value.to_option(), Option(OPT_FIN)])
    (option, last), end = decode_options(block, 0)
    assert end == len(block)
    assert last.type == OPT_FIN
    assert type(value).from_option(option) == value


@pytest.mark.parametrize("value", [each for each in TYPED if not isinstance(each, Reset)], ids=repr)
def test_an_option_of_the_wrong_size_is_refused(value: Fragment) -> None:
    option = value.to_option()
    with pytest.raises(PgmError):
        type(value).from_option(Option(option.type, option.value[:-1]))


def test_no_options_take_no_room() -> None:
    assert encode_options([]) == b""


def test_reserved_octets_are_kept() -> None:
    block = bytes.fromhex("00040010820c57000000000400000005")
    options, _ = decode_options(block, 0)
    assert encode_options(options) == block


@pytest.mark.parametrize(
    "block",
    [
        "0004",  # cut short
        "01040008 8e040000",  # does not start with OPT_LENGTH
        "00050008 8e040000",  # OPT_LENGTH of another length
        "000400ff 8e040000",  # longer than the packet
        "00040004",  # no option at all
        "00040008 8e000000",  # an option of length zero: Debian's subscriber spins for ever on it
        "00040008 8e030000",
        "00040008 8e050000",  # past the block
        "00040008 0e040000",  # no end mark
        "0004000c 8e040000 8e040000",  # an end mark before the end
    ],
)
def test_a_malformed_block_is_refused(block: str) -> None:
    with pytest.raises(PgmError):
        decode_options(bytes.fromhex(block), 0)


def test_too_many_options_are_refused() -> None:
    full = [Option(OPT_FIN)] * MAX_OPTIONS
    assert len(decode_options(encode_options(full), 0)[0]) == MAX_OPTIONS
    with pytest.raises(PgmError, match="too many"):
        decode_options(encode_options([*full, Option(OPT_FIN)]), 0)


@given(st.binary(max_size=64))
def test_noise_raises_nothing_but_the_documented_error(noise: bytes) -> None:
    try:
        options, end = decode_options(noise, 0)
    except PgmError:
        return
    assert encode_options(options) == noise[:end]


def test_a_missing_option_is_none() -> None:
    assert find_option([Option(1)], 2) is None
