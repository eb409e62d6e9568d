"""Writing and reading the length-prefixed fields that certificates, lists and requests are made of."""

from __future__ import annotations

from typing import Self

from covey.errors import OptionError, ProtocolError

from .signing import SIGNATURE_SIZE

__all__ = ["Reader", "text8"]

_LONGEST_TEXT = 255


def text8(name: str, text: str) -> bytes:
    """Return a length octet and the text in UTF-8.

    Raises:
        OptionError: longer than 255 octets, or not printable; `name` is what to call it.
    """
    octets = text.encode("utf-8", "surrogatepass")
    if len(octets) > _LONGEST_TEXT or not text.isprintable():
        raise OptionError(name, f"has at most {_LONGEST_TEXT} octets, all printable: {text[:40]!r}")
    return bytes((len(octets),)) + octets


class Reader:
    """Takes fields from the left of octets that somebody else wrote.

    Args:
        data: what to read.
        what: what it should be, for errors.
    """

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    @classmethod
    def of_paper(cls, data: bytes, what: str, magic: bytes, largest: int) -> Self:
        """Begin to read a signed paper: octets that begin with `magic`, at most `largest`.

        Raises:
            ProtocolError: it is longer, or something else.
        """
        if len(data) > largest:
            raise ProtocolError(f"{what} of {len(data)} octets")
        reader = cls(data, what)
        reader.expect(magic)
        return reader

    @property
    def position(self) -> int:
        """How many octets were taken."""
        return self._at

    def take(self, size: int) -> bytes:
        """Return the next `size` octets.

        Raises:
            ProtocolError: there are fewer.
        """
        end = self._at + size
        if end > len(self._data):
            raise ProtocolError(f"{self._what} ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, size: int) -> int:
        """Return an unsigned number of `size` octets in network order."""
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        """Return a text behind its length octet.

        Raises:
            ProtocolError: it is no UTF-8, or has characters that do not print.
        """
        octets = self.take(self.number(1))
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolError(f"{self._what} has a text that is no UTF-8") from None
        if not text.isprintable():
            raise ProtocolError(f"{self._what} has a text that does not print")
        return text

    def expect(self, magic: bytes) -> None:
        """Take octets that must be these.

        Raises:
            ProtocolError: they are others.
        """
        if self.take(len(magic)) != magic:
            raise ProtocolError(f"not {self._what}, or of an unknown version")

    def signature(self) -> bytes:
        """Take the signature, with which a paper ends.

        Raises:
            ProtocolError: there is less, or more.
        """
        signature = self.take(SIGNATURE_SIZE)
        self.finish()
        return signature

    def finish(self) -> None:
        """Check that nothing is left.

        Raises:
            ProtocolError: something is.
        """
        if self._at != len(self._data):
            raise ProtocolError(f"{self._what} has {len(self._data) - self._at} octets too many")
