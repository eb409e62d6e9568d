"""Records: everything of one flush, sealed together (`docs/wire/noise.md`, section "Records").

::

    record   length(2, network order) ciphertext(length, 16 to 65535)

The ciphertext's tag covers the content; its place in the sequence is the cipher's counter. A record
with no content says that the sender has, from the next record on, rekeyed.

Contents go in and out in pieces of a record's size at most: putting a flush together, or what was read,
would touch every octet once more, and in one block so large that its memory is fetched from the system and
given back each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

from covey.errors import ProtocolError

from .cipherstate import CipherState
from .constants import MAX_RECORD_CONTENT, RECORDS_PER_KEY, TAG_SIZE

__all__ = ["RecordOpener", "RecordSealer"]

_LENGTH = Struct("!H")
_NO_CONTENT = TAG_SIZE
_JOIN_LIMIT = 16 * 1024
"""A ciphertext from this size on is handed on beside its length, not copied behind it."""


class RecordSealer:
    """Seals one direction of a connection.

    Args:
        cipher: the direction's, out of the handshake.
    """

    __slots__ = ("_cipher", "_is_old", "_last")

    def __init__(self, cipher: CipherState) -> None:
        self._cipher = cipher
        self._last = cipher.nonce + RECORDS_PER_KEY - 1
        self._is_old = False

    def seal(self, plaintext: Sequence[bytes]) -> list[bytes]:
        """Return buffers with records that hold `plaintext`, one after the other; none if it is empty.

        Args:
            plaintext: buffers of any length, put together. Octets.

        Raises:
            ProtocolError: the connection's nonces are used up.
        """
        if len(plaintext) == 1 and len(plaintext[0]) < _JOIN_LIMIT and not self._is_old:
            content = plaintext[0]
            return [self._seal_short(content)] if content else []
        out: list[bytes] = []
        for piece in _contents(plaintext):
            if self._is_old or self._cipher.nonce >= self._last:
                out.append(self._rekey())
            sealed = self._cipher.encrypt(b"", piece)
            if len(sealed) < _JOIN_LIMIT:
                out.append(_LENGTH.pack(len(sealed)) + sealed)
            else:
                out += (_LENGTH.pack(len(sealed)), sealed)
        return out

    def retire_key(self) -> None:
        """Replace the key before anything more is sealed: it has been in use for long enough."""
        self._is_old = True

    def _seal_short(self, content: bytes) -> bytes:
        cipher = self._cipher
        rekeyed = self._rekey() if cipher.nonce >= self._last else b""
        sealed = cipher.encrypt(b"", content)
        return rekeyed + _LENGTH.pack(len(sealed)) + sealed

    def _rekey(self) -> bytes:
        """Return the record that says so."""
        cipher = self._cipher
        said = _LENGTH.pack(_NO_CONTENT) + cipher.encrypt(b"", b"")
        cipher.rekey()
        self._last = cipher.nonce + RECORDS_PER_KEY - 1
        self._is_old = False
        return said


def _contents(buffers: Sequence[bytes]) -> Iterator[bytes | memoryview]:
    """Cut buffers, put together, into contents of records; what fills a record alone is not copied."""
    pieces: list[memoryview] = []
    room = MAX_RECORD_CONTENT
    for buffer in buffers:
        view = memoryview(buffer)
        while len(view) >= room:
            pieces.append(view[:room])
            view = view[room:]
            yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.clear()
            room = MAX_RECORD_CONTENT
        if view:
            pieces.append(view)
            room -= len(view)
    if pieces:
        yield pieces[0] if len(pieces) == 1 else b"".join(pieces)


class RecordOpener:
    """Opens one direction of a connection, and keeps the beginning of a record until its end has come.

    Args:
        cipher: the direction's, out of the handshake.
    """

    __slots__ = ("_begun", "_cipher", "_end")

    def __init__(self, cipher: CipherState) -> None:
        self._cipher = cipher
        self._end = cipher.nonce + RECORDS_PER_KEY
        self._begun = bytearray()

    @property
    def held(self) -> int:
        """Octets of a record that is not complete, at most 65,536."""
        return len(self._begun)

    def open(self, data: bytes | bytearray | memoryview, opened: list[bytes]) -> None:
        """Append to `opened` the contents of all records that `data` completes.

        Args:
            data: what follows on what was given before; copied or opened before return.
            opened: also has what opened before an error.

        Raises:
            ProtocolError: a record that is too short, does not open, is out of order, or was sealed
                with a key that ought to have been replaced. The connection is of no more use.
        """
        with memoryview(data) as view:
            start = self._complete(view, opened) if self._begun else 0
            size = len(view)
            while size - start >= _LENGTH.size:
                begin = start + _LENGTH.size
                end = begin + _checked(_LENGTH.unpack_from(view, start)[0])
                if end > size:
                    break
                self._open_one(view[begin:end], opened)
                start = end
            self._begun += view[start:]

    def _complete(self, view: memoryview, opened: list[bytes]) -> int:
        """Complete the record that was begun; return how much of `view` went into it."""
        begun = self._begun
        taken = 0
        if len(begun) < _LENGTH.size:
            taken = min(_LENGTH.size - len(begun), len(view))
            begun += view[:taken]
            if len(begun) < _LENGTH.size:
                return taken
        missing = _LENGTH.size + _checked(_LENGTH.unpack_from(begun)[0]) - len(begun)
        begun += view[taken : taken + missing]
        if len(view) - taken < missing:
            return len(view)
        self._begun = bytearray()
        self._open_one(memoryview(begun)[_LENGTH.size :], opened)
        return taken + missing

    def _open_one(self, sealed: memoryview, opened: list[bytes]) -> None:
        cipher = self._cipher
        with sealed:
            if cipher.nonce >= self._end:
                raise ProtocolError(f"NOISE: more than {RECORDS_PER_KEY} records under one key")
            content = cipher.decrypt(b"", sealed)
        if content:
            opened.append(content)
        else:
            cipher.rekey()
            self._end = cipher.nonce + RECORDS_PER_KEY


def _checked(length: int) -> int:
    if length < TAG_SIZE:
        raise ProtocolError(f"NOISE: a record of {length} bytes, shorter than its tag")
    return length
