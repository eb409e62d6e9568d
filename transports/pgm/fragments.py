"""APDUs that span packets (RFC 3208 OPT_FRAGMENT); libzmq sends none and dies of one, we take them."""

from __future__ import annotations

from .constants import MAX_FRAGMENTED_APDU, MAX_FRAGMENTS, OPT_FRAGMENT
from .wire import Data
from .wire.option_types import Fragment
from .wire.options import find_option

__all__ = ["FragmentJoiner", "Fragmented", "as_item"]


class Fragmented:
    """The TSDU of one fragment, waiting for its turn."""

    __slots__ = ("fragment", "tsdu")

    def __init__(self, tsdu: bytes, fragment: Fragment) -> None:
        self.tsdu = tsdu
        self.fragment = fragment

    def __len__(self) -> int:
        return len(self.tsdu)


def as_item(data: Data) -> bytes | Fragmented:
    """Return the TSDU of a data packet, with its place in the APDU if it is only a part; raises PgmError."""
    option = find_option(data.options, OPT_FRAGMENT)
    if option is not None:
        fragment = Fragment.from_option(option)
        if fragment.offset or fragment.size != len(data.tsdu):
            return Fragmented(data.tsdu, fragment)
    return data.tsdu


class FragmentJoiner:
    """Puts the fragments of one APDU together, in order."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether no APDU is begun."""
        return not self._parts

    def clear(self) -> None:
        """Forget an APDU begun."""
        self._parts = []
        self._size = 0

    def add(self, piece: Fragmented) -> bytes | None:
        """Take the next fragment; return the APDU when it is whole.

        Raises:
            ValueError: the fragment does not continue the APDU, or the APDU is too large.
        """
        fragment = piece.fragment
        if fragment.offset == 0:
            self.clear()
        if (
            fragment.offset != self._size
            or fragment.size > MAX_FRAGMENTED_APDU
            or self._size + len(piece) > fragment.size
            or not piece.tsdu
            or len(self._parts) >= MAX_FRAGMENTS
        ):
            self.clear()
            raise ValueError("fragment out of place")
        self._parts.append(piece.tsdu)
        self._size += len(piece)
        if self._size < fragment.size:
            return None
        apdu = b"".join(self._parts)
        self.clear()
        return apdu
