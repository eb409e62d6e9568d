"""Transmission groups: TSDUs in, parity TSDUs out, and back.

TSDUs of differing lengths are padded with zeros to the longest, and each gets its length, as two octets, at
the end of the padding; the parity packet then carries OPTIONS_VAR_PKTLEN and is two octets longer than the
longest TSDU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..constants import MAX_CODE_LENGTH
from .code import interpolate

__all__ = ["encode_parity", "recover", "spare_packets"]

_LENGTH: Final = 2


def spare_packets(group_size: int) -> int:
    """Return how many different parity packets a group of `group_size` has."""
    return MAX_CODE_LENGTH - group_size


def encode_parity(tsdus: Sequence[bytes], indices: Sequence[int]) -> tuple[list[bytes], bool]:
    """Return the parity TSDUs with `indices` (from 0) and whether they cover differing lengths."""
    size = max(map(len, tsdus))
    varying = any(len(tsdu) != size for tsdu in tsdus)
    if varying:
        tsdus = [_pad(tsdu, size) for tsdu in tsdus]
        size += _LENGTH
    first = len(tsdus)
    return interpolate(dict(enumerate(tsdus)), [first + index for index in indices], size), varying


def _pad(tsdu: bytes, size: int) -> bytes:
    return tsdu.ljust(size, b"\0") + len(tsdu).to_bytes(_LENGTH, "big")


def recover(
    data: Mapping[int, bytes], parity: Mapping[int, bytes], group_size: int, *, varying: bool
) -> dict[int, bytes] | None:
    """Return the missing TSDUs of a group by index.

    Args:
        data: TSDUs that arrived, by index in the group.
        parity: parity TSDUs that arrived, by parity index from 0.
        group_size: k; data and parity together are at least as many.
        varying: what the parity packets' OPTIONS_VAR_PKTLEN says.

    Returns:
        None when the parity cannot belong to this data: forged, or of another size.
    """
    wanted = [index for index in range(group_size) if index not in data]
    chosen = dict(list(parity.items())[: len(wanted)])
    sizes = set(map(len, chosen.values()))
    if len(sizes) != 1 or len(chosen) < len(wanted):
        return None
    size = sizes.pop()
    room = size - _LENGTH if varying else size
    if room < 0 or any(len(tsdu) > room for tsdu in data.values()):
        return None
    known = {index: _pad(tsdu, room) if varying else tsdu for index, tsdu in data.items()}
    known.update((group_size + index, tsdu) for index, tsdu in chosen.items())
    symbols = dict(zip(wanted, interpolate(known, wanted, size), strict=True))
    return _strip(symbols, room) if varying else symbols


def _strip(symbols: Mapping[int, bytes], room: int) -> dict[int, bytes] | None:
    result: dict[int, bytes] = {}
    for index, symbol in symbols.items():
        length = int.from_bytes(symbol[room:], "big")
        if length > room or any(symbol[length:room]):
            return None
        result[index] = symbol[:length]
    return result
