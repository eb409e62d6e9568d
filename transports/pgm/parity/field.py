"""The Galois field of 256 elements with the polynomial 0x11d, whose generator is 2."""

from __future__ import annotations

from typing import Final

from ..constants import FIELD_POLYNOMIAL

__all__ = ["divide", "multiplication_table", "multiply", "power"]

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


def multiply(left: int, right: int) -> int:
    """Return the product of two elements."""
    if not left or not right:
        return 0
    return _EXPONENTIAL[_LOGARITHM[left] + _LOGARITHM[right]]


def divide(left: int, right: int) -> int:
    """Return left / right; raises ZeroDivisionError."""
    if not right:
        raise ZeroDivisionError("division by the zero of GF(256)")
    if not left:
        return 0
    return _EXPONENTIAL[_LOGARITHM[left] - _LOGARITHM[right] + _ORDER]


def multiplication_table(factor: int) -> bytes:
    """Return the 256 products of `factor`, for `bytes.translate`: a whole packet in one C call."""
    table = _PRODUCTS.get(factor)
    if table is None:
        table = _PRODUCTS[factor] = bytes(multiply(factor, element) for element in range(256))
    return table
