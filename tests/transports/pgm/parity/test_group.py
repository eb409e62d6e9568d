from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.transports.pgm.parity import encode_parity, recover, spare_packets


@given(st.sampled_from([2, 4, 8]), st.booleans(), st.integers(0, 2**32))
def test_what_was_lost_is_recovered(k: int, varying: bool, seed: int) -> None:
    draw = random.Random(seed)
    tsdus = [draw.randbytes(draw.randrange(40) if varying else 30) for _ in range(k)]
    gone = draw.sample(range(k), draw.randrange(1, k + 1))
    indices = draw.sample(range(spare_packets(k)), len(gone))
    parity, differs = encode_parity(tsdus, indices)
    data = {index: tsdu for index, tsdu in enumerate(tsdus) if index not in gone}
    found = recover(data, dict(zip(indices, parity, strict=True)), k, varying=differs)
    assert found == {index: tsdus[index] for index in gone}


def test_only_differing_lengths_cost_two_octets() -> None:
    (same,), differs = encode_parity([b"abc", b"def"], [0])
    assert (len(same), differs) == (3, False)
    (other,), differs = encode_parity([b"abc", b"de"], [0])
    assert (len(other), differs) == (5, True)


@pytest.mark.parametrize(
    ("data", "parity", "varying"),
    [
        ({0: b"abc"}, {}, False),  # not enough
        ({0: b"abc"}, {0: b"a"}, False),  # shorter than the data
        ({0: b"abc"}, {0: b""}, True),  # no room for a length
        ({0: b"a"}, {0: b"a\xff\xff"}, True),  # a length that cannot be
    ],
)
def test_parity_that_cannot_belong_here_recovers_nothing(
    data: dict[int, bytes], parity: dict[int, bytes], varying: bool
) -> None:
    assert recover(data, parity, 2, varying=varying) is None


def test_parity_of_differing_sizes_recovers_nothing() -> None:
    assert recover({}, {0: b"aaa", 1: b"aaaa"}, 2, varying=False) is None
