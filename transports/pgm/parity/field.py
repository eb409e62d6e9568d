"""The Galois field of 256 elements with the polynomial 0x11d, whose generator is 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..constants import FIELD_POLYNOMIAL

__all__ = ["log_of_distances", "multiplication_table", "power"]

_ORDER: Final = 255


def _tables() -> tuple[list[int], list[int]]:
    exponential, logarithm = [0] * (2 * _ORDER), [0] * 256
    value = 1
    for exponent in range(_ORDER):
        exponential[exponent] = exponential[exponent + _ORDER] = value
        logarithm[value] = exponent
        value <<= 1
        if value & 0x100:
            value ^= FIELD_POLYNOMIAL
    return exponential, logarithm


_EXPONENTIAL, _LOGARITHM = _tables()
_PRODUCTS: dict[int, bytes] = {}


def power(exponent: int) -> int:
    """Return 2 to the `exponent`."""
    return _EXPONENTIAL[exponent % _ORDER]


def multiplication_table(factor: int) -> bytes:
    """Return the 256 products of `factor`, for `bytes.translate`: a whole packet in one C call."""
    table = _PRODUCTS.get(factor)
    if table is None:
        table = _PRODUCTS[factor] = _multiples(factor)
    return table


def _multiples(factor: int) -> bytes:
    if not factor:
        return bytes(256)
    exponential, shift = _EXPONENTIAL, _LOGARITHM[factor]
    return bytes([0, *[exponential[shift + logarithm] for logarithm in _LOGARITHM[1:]]])


def log_of_distances(point: int, others: Sequence[int]) -> int:
    """Return the logarithm of the product of `point` minus each of `others`, none of which equals it."""
    logarithm = _LOGARITHM
    return sum([logarithm[point ^ other] for other in others]) % _ORDER
