from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from covey.transports.pgm.sequence import precedes, unwrap, wrap


@given(st.integers(-(2**40), 2**40), st.integers(-(2**31), 2**31 - 1))
def test_unwrapping_finds_the_nearest_sequence(reference: int, distance: int) -> None:
    assert unwrap(wrap(reference + distance), reference) == reference + distance


def test_order_holds_across_the_wrap() -> None:
    assert precedes(0xFFFFFFFF, 0)
    assert not precedes(0, 0xFFFFFFFF)
    assert not precedes(5, 5)
    assert precedes(0, 0x7FFFFFFF)
