"""Records: everything of one flush, sealed together (`docs/wire/noise.md`, section "Records").

::

    record   length(2, network order) ciphertext(length, 16 to 65535)

The ciphertext's tag covers the content; its place in the sequence is the cipher's counter. A record
with no content says that the sender has, from the next record on, rekeyed.
"""

from __future__ import annotations

from struct import Struct

from covey.errors import ProtocolError

from .cipherstate import CipherState
from .constants import MAX_RECORD_CONTENT, RECORDS_PER_KEY, REKEY_INTERVAL, TAG_SIZE

__all__ = ["RecordOpener", "RecordSealer"]

_LENGTH = Struct("!H")
_NO_CONTENT = TAG_SIZE


class RecordSealer:
    """Seals one direction of a connection.

    Args:
        cipher: the direction's, out of the handshake.
    """

    __slots__ = ("_cipher", "_last", "_rekey_at")

    def __init__(self, cipher: CipherState) -> None:
        self._cipher = cipher
        self._last = cipher.nonce + RECORDS_PER_KEY - 1
        self._rekey_at: float | None = None

    def seal(self, plaintext: bytes | memoryview, now: float | None = None) -> bytes:
        """Return `plaintext` in as many records as it takes; none if it is empty.

        Args:
            plaintext: any length. Octets.
            now: monotonic time, in seconds. Without it only volume makes the key change.

        Raises:
            ProtocolError: the connection's nonces are used up.
        """
        size = len(plaintext)
        records: list[bytes] = []
        if now is not None and size:
            self._rekey_by_time(records, now)
        if size <= MAX_RECORD_CONTENT:
            if size:
                self._seal_one(plaintext, records)
        else:
            with memoryview(plaintext) as view:
                for start in range(0, size, MAX_RECORD_CONTENT):
                    self._seal_one(view[start : start + MAX_RECORD_CONTENT], records)
        return b"".join(records)

    def _seal_one(self, content: bytes | memoryview, records: list[bytes]) -> None:
        cipher = self._cipher
        if cipher.nonce >= self._last:
            self._rekey(records)
        sealed = cipher.encrypt(b"", content)
        records.append(_LENGTH.pack(len(sealed)))
        records.append(sealed)

    def _rekey_by_time(self, records: list[bytes], now: float) -> None:
        if self._rekey_at is None:
            self._rekey_at = now + REKEY_INTERVAL
        elif now >= self._rekey_at:
            self._rekey(records)
            self._rekey_at = now + REKEY_INTERVAL

    def _rekey(self, records: list[bytes]) -> None:
        cipher = self._cipher
        records.append(_LENGTH.pack(_NO_CONTENT))
        records.append(cipher.encrypt(b"", b""))
        cipher.rekey()
        self._last = cipher.nonce + RECORDS_PER_KEY - 1


class RecordOpener:
    """Opens one direction of a connection.

    Args:
        cipher: the direction's, out of the handshake.
    """

    __slots__ = ("_cipher", "_end")

    def __init__(self, cipher: CipherState) -> None:
        self._cipher = cipher
        self._end = cipher.nonce + RECORDS_PER_KEY

    def open(self, data: bytes | bytearray | memoryview) -> tuple[bytes, int]:
        """Return (plaintext, consumed) of the whole records at the start of `data`.

        The caller keeps what was not consumed, at most 65,536 octets, until more has come.

        Raises:
            ProtocolError: a record that is too short, does not open, is out of order, or was sealed
                with a key that ought to have been replaced. The connection is of no more use.
        """
        contents: list[bytes] = []
        start = 0
        with memoryview(data) as view:
            size = len(view)
            while size - start >= _LENGTH.size:
                begin = start + _LENGTH.size
                length = _LENGTH.unpack_from(view, start)[0]
                if length < TAG_SIZE:
                    raise ProtocolError(f"NOISE: a record of {length} bytes, shorter than its tag")
                if begin + length > size:
                    break
                start = begin + length
                self._open_one(view[begin:start], contents)
        return (contents[0] if len(contents) == 1 else b"".join(contents)), start

    def _open_one(self, sealed: memoryview, contents: list[bytes]) -> None:
        cipher = self._cipher
        with sealed:
            if cipher.nonce >= self._end:
                raise ProtocolError(f"NOISE: more than {RECORDS_PER_KEY} records under one key")
            content = cipher.decrypt(b"", sealed)
        if content:
            contents.append(content)
        else:
            cipher.rekey()
            self._end = cipher.nonce + RECORDS_PER_KEY
