"""The systematic Reed-Solomon erasure code of RFC 3208 section 11 and RFC 5510.

The generator is the inverse of the first k columns of a Vandermonde matrix times the whole of it, v(i, j)
being 2**(i * j). Column by column that is interpolation: symbol j is the value at 2**j of the polynomial of
degree below k that takes the k data symbols at 2**0 to 2**(k - 1). So any k symbols give any other, by
Lagrange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from .field import log_of_distances, multiplication_table, power

__all__ = ["combine", "interpolate", "weights"]


@lru_cache(maxsize=4096)
def weights(known: tuple[int, ...], wanted: int) -> tuple[int, ...]:
    """Return the factor of each known symbol in the symbol with index `wanted`, which is not among them."""
    point = power(wanted)
    points = [power(index) for index in known]
    numerator = log_of_distances(point, points)
    result: list[int] = []
    for index, each in enumerate(points):
        others = points[:index] + points[index + 1 :]
        denominator = log_of_distances(each, [point, *others])
        result.append(power(numerator - denominator))
    return tuple(result)


def combine(symbols: Sequence[bytes], factors: Sequence[int], size: int) -> bytes:
    """Return the sum of symbols times factors, `size` octets; shorter symbols count as padded with zeros."""
    total = 0
    for symbol, factor in zip(symbols, factors, strict=True):
        product = symbol.translate(multiplication_table(factor)) if factor != 1 else symbol
        total ^= int.from_bytes(product, "little")
    return total.to_bytes(size, "little")


def interpolate(known: Mapping[int, bytes], wanted: Sequence[int], size: int) -> list[bytes]:
    """Return the symbols with the indices `wanted` from exactly k known ones."""
    indices = tuple(known)
    symbols = list(known.values())
    return [combine(symbols, weights(indices, index), size) for index in wanted]
