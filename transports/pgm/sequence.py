"""Circular arithmetic on the 32-bit sequence numbers of the wire (RFC 3208 section 5).

Inside the cores sequence numbers are unbounded ints that never wrap; `unwrap` turns what the wire says into
the nearest of them.
"""

from __future__ import annotations

from .constants import SEQUENCE_HALF, SEQUENCE_MASK

__all__ = ["precedes", "unwrap", "wrap"]


def wrap(sequence: int) -> int:
    """Return the 32 bits of `sequence` that travel."""
    return sequence & SEQUENCE_MASK


def unwrap(wire: int, reference: int) -> int:
    """Return the unbounded sequence nearest to `reference` whose low 32 bits are `wire`.

    The result may be negative when `reference` is small: such a packet is older than the stream's start.
    A distance of exactly 2**31 counts as behind.
    """
    distance = (wire - reference) & SEQUENCE_MASK
    return reference + distance - (SEQUENCE_MASK + 1 if distance >= SEQUENCE_HALF else 0)


def precedes(first: int, second: int) -> bool:
    """Whether the 32-bit `first` lies before `second` on the circle."""
    return (first - second) & SEQUENCE_MASK >= SEQUENCE_HALF
