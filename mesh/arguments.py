"""What applications give a node, checked."""

from __future__ import annotations

from collections.abc import Sequence

from covey.errors import OptionError

from .headers import MAX_STRING
from .timings import Timings

__all__ = ["checked_group", "fits", "frames", "timings"]


def timings(evasive: float, expired: float) -> Timings:
    """Return what these make.

    Raises:
        OptionError: they are out of order.
    """
    try:
        return Timings(evasive=evasive, expired=expired)
    except ValueError as error:
        raise OptionError("evasive", str(error)) from None


def fits(text: str) -> bool:
    """Whether ZRE and announcements can carry a name."""
    try:
        return len(text.encode()) <= MAX_STRING
    except UnicodeEncodeError:
        return False


def checked_group(group: str) -> str:
    """Return a group's name.

    Raises:
        OptionError: ZRE cannot carry it.
    """
    if not group or not fits(group):
        raise OptionError("group", f"has 1 to 255 bytes of UTF-8: {group[:40]!r}")
    return group


def frames(data: bytes | Sequence[bytes]) -> list[bytes]:
    """Return the frames of a message.

    Raises:
        TypeError: it is neither bytes nor a sequence of them.
    """
    parts = [data] if isinstance(data, (bytes, bytearray, memoryview)) else list(data)
    if not parts or not all(isinstance(part, (bytes, bytearray, memoryview)) for part in parts):
        raise TypeError("takes bytes, or a sequence of at least one of them")
    return [bytes(part) for part in parts]
