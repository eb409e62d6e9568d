from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.transports.pgm.parity.code import combine, interpolate, weights
from covey.transports.pgm.parity.field import log_of_distances, multiplication_table, power


def slow_multiply(left: int, right: int) -> int:
    """Carry-less multiplication and long division by 0x11d: no tables, no logarithms."""
    product = 0
    for bit in range(8):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11D << (bit - 8)
    return product


def slow_inverse(value: int) -> int:
    return next(each for each in range(1, 256) if slow_multiply(value, each) == 1)


def slow_power(exponent: int) -> int:
    result = 1
    for _ in range(exponent):
        result = slow_multiply(result, 2)
    return result


def generator(k: int, n: int) -> list[list[int]]:
    """V(k,k)^-1 x V(k,n) by Gauss's elimination, v(i, j) = 2^(i * j): RFC 5510 taken at its word."""
    rows = [[slow_power(i * j) for j in range(n)] for i in range(k)]
    for column in range(k):
        pivot = next(row for row in range(column, k) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = slow_inverse(rows[column][column])
        rows[column] = [slow_multiply(inverse, value) for value in rows[column]]
        for row in range(k):
            if row != column and (factor := rows[row][column]):
                rows[row] = [
                    value ^ slow_multiply(factor, other)
                    for value, other in zip(rows[row], rows[column], strict=True)
                ]
    return rows


def test_products_agree_with_carryless_multiplication() -> None:
    for left in range(256):
        assert multiplication_table(left) == bytes(slow_multiply(left, right) for right in range(256))


def test_distances_are_multiplied_by_their_logarithms() -> None:
    draw = random.Random(1)
    for _ in range(50):
        point, *others = draw.sample(range(256), 20)
        product = 1
        for other in others:
            product = slow_multiply(product, point ^ other)
        assert power(log_of_distances(point, others)) == product


def test_the_generator_of_the_field_has_full_order() -> None:
    assert len({power(exponent) for exponent in range(255)}) == 255


@pytest.mark.parametrize(("k", "n"), [(2, 6), (4, 9), (8, 20), (16, 32)])
def test_the_weights_are_the_columns_of_the_generator_matrix(k: int, n: int) -> None:
    matrix = generator(k, n)
    for column in range(k, n):
        assert weights(tuple(range(k)), column) == tuple(row[column] for row in matrix)


@pytest.mark.parametrize(("k", "n"), [(2, 5), (4, 7)])
def test_any_k_symbols_give_the_rest(k: int, n: int) -> None:
    draw = random.Random(k)
    data = [draw.randbytes(20) for _ in range(k)]
    code = dict(enumerate(data + interpolate(dict(enumerate(data)), range(k, n), 20)))
    for chosen in itertools.combinations(range(n), k):
        others = [index for index in range(n) if index not in chosen]
        found = interpolate({index: code[index] for index in chosen}, others, 20)
        assert found == [code[index] for index in others]


@settings(max_examples=30)
@given(st.sampled_from([16, 64, 128]), st.integers(1, 16), st.integers(0, 2**32))
def test_large_groups_lose_and_recover(k: int, lost: int, seed: int) -> None:
    draw = random.Random(seed)
    data = dict(enumerate(draw.randbytes(9) for _ in range(k)))
    parity = interpolate(data, range(k, k + lost), 9)
    gone = draw.sample(range(k), lost)
    known = {index: symbol for index, symbol in data.items() if index not in gone}
    known.update((k + index, symbol) for index, symbol in enumerate(parity))
    assert interpolate(known, gone, 9) == [data[index] for index in gone]


def test_short_symbols_count_as_padded() -> None:
    assert combine([b"\x01", b"\x02\x03"], [1, 1], 2) == b"\x03\x03"
