"""What an announcement says: encode and decode, nothing else (`docs/wire/announcement.md`).

::

    0      1      2          18         26        34       42
    | kind | flags | uuid (16) | sequence | token  | echo   | content ...      integers in network order

    content of a card:
    0      2        4          8        12              44
    | port | topics | interval | status | public key    | name | mesh | headers | groups | services

Texts are UTF-8 after their length: one octet for names and groups, two for the values of headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct, error
from types import MappingProxyType
from uuid import UUID

from covey.errors import ProtocolError
from covey.values import frozen

from .constants import (
    CONTENT_AT,
    ECHO_AT,
    LONGEST_BODY,
    MAX_GROUPS,
    MAX_HEADERS,
    MAX_SERVICES,
    NO_TOKEN,
    PLAIN_CARD,
    SEQUENCE_AT,
    TOKEN_SIZE,
)

__all__ = [
    "Card",
    "Notice",
    "Word",
    "decode_card",
    "decode_notice",
    "decode_word",
    "encode_card",
    "encode_notice",
    "encode_word",
    "repetition",
]

_HEAD = Struct(f"!BB16sQ{TOKEN_SIZE}s{TOKEN_SIZE}s")
_CARD = Struct("!HHII32s")
_WORD = Struct("!16sI")
_SHORT = Struct("!H")
_NO_KEY = bytes(32)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_LONGEST_INTERVAL = 3600.0


@frozen
class Card:
    """What a node says of itself to those who are not connected to it."""

    name: str
    port: int
    """TCP port of its mailbox, 1 to 65535."""
    topics_port: int
    """TCP port of its topics; 0 for none."""
    mesh: str = ""
    headers: Mapping[str, str] = _NO_HEADERS
    """The application's own."""
    groups: tuple[str, ...] = ()
    status: int = 0
    """Counts joins and leaves, 32 bits."""
    interval: float = 1.0
    """Between its announcements. Seconds."""
    public_key: bytes | None = None
    """32 octets."""
    services: tuple[str, ...] = ()
    """That it offers."""


class Notice:
    """The head of one datagram, and its content still encoded. Hot: made for each datagram.

    Attributes:
        kind: a `KIND_*`.
        flags: `ASKS`, `PARTIAL`.
        uuid: of the sender.
        sequence: rises with each datagram of a sender, 64 bits.
        token: what the receiver echoes.
        echo: a token of the receiver, or zeros.
        content: a card or a word.
    """

    __slots__ = ("content", "echo", "flags", "kind", "sequence", "token", "uuid")

    def __init__(self, head: tuple[int, int, bytes, int, bytes, bytes], content: bytes) -> None:
        self.kind, self.flags, raw, self.sequence, self.token, self.echo = head
        self.uuid = UUID(bytes=raw)
        self.content = content


@frozen
class Word:
    """A question about another member, or the answer to it."""

    uuid: UUID
    """Of whom."""
    age: float = 0.0
    """How long ago it was heard (in answers). Seconds."""


def encode_notice(
    head: tuple[int, int], uuid: bytes, sequence: int, tokens: tuple[bytes, bytes], content: bytes
) -> bytes:
    """Return a body.

    Args:
        head: kind and flags.
        uuid: ours, 16 octets.
        sequence: one higher than the last.
        tokens: ours and theirs, 8 octets each.
        content: as one of the other encoders made it.
    """
    kind, flags = head
    return _HEAD.pack(kind, flags, uuid, sequence, tokens[0], tokens[1] or NO_TOKEN) + content


def decode_notice(body: bytes) -> Notice:
    """Return what a body says, without looking into its content.

    Raises:
        ProtocolError: it is too short.
    """
    if len(body) < _HEAD.size:
        raise ProtocolError(f"an announcement has {_HEAD.size} octets at least, not {len(body)}")
    return Notice(_HEAD.unpack_from(body), body[_HEAD.size :])


def encode_card(card: Card, room: int = LONGEST_BODY) -> bytes | None:
    """Return a card, or None when it does not fit into a datagram whose body may have `room` octets."""
    parts = [
        _CARD.pack(
            card.port,
            card.topics_port,
            round(1000 * min(card.interval, _LONGEST_INTERVAL)),
            card.status & 0xFFFFFFFF,
            card.public_key or _NO_KEY,
        ),
        _text(card.name),
        _text(card.mesh),
        _SHORT.pack(min(len(card.headers), 0xFFFF)),
    ]
    for key, value in card.headers.items():
        encoded = value.encode()
        if len(encoded) > LONGEST_BODY:
            return None
        parts += (_text(key), _SHORT.pack(len(encoded)), encoded)
    parts.append(_SHORT.pack(min(len(card.groups), 0xFFFF)))
    parts += map(_text, card.groups)
    parts.append(_SHORT.pack(min(len(card.services), 0xFFFF)))
    parts += map(_text, card.services)
    whole = b"".join(parts)
    return whole if len(whole) <= room - _HEAD.size else None


def repetition(body: bytes, content: bytes) -> int:
    """Return the sequence of a complete card with this content that neither asks nor answers, -1 if it is none."""
    if not body.startswith(PLAIN_CARD) or body[CONTENT_AT:] != content or body[ECHO_AT] != NO_TOKEN:
        return -1
    return int.from_bytes(body[SEQUENCE_AT], "big")


def decode_card(content: bytes) -> Card:
    """Return the card in the content of a notice. What follows it is ignored.

    Raises:
        ProtocolError: it ends too early, says too much, or something that cannot be.
    """
    try:
        port, topics_port, interval, status, key = _CARD.unpack_from(content)
        reader = _Reader(content, _CARD.size)
        name, mesh = reader.text(), reader.text()
        headers = {reader.text(): reader.long_text() for _ in range(reader.count(MAX_HEADERS))}
        groups = tuple([reader.text() for _ in range(reader.count(MAX_GROUPS))])
        services: tuple[str, ...] = ()
        if reader.has_more:
            services = tuple([reader.text() for _ in range(reader.count(MAX_SERVICES))])
    except (error, UnicodeDecodeError, IndexError) as cause:
        raise ProtocolError(f"a card of {len(content)} octets that cannot be read: {cause}") from cause
    if not port:
        raise ProtocolError("a card without a port")
    return Card(
        name,
        port,
        topics_port,
        mesh,
        MappingProxyType(headers) if headers else _NO_HEADERS,
        groups,
        status,
        min(interval / 1000, _LONGEST_INTERVAL),
        None if key == _NO_KEY else key,
        services,
    )


def encode_word(word: Word) -> bytes:
    """Return the content of a question or answer; an age beyond 49 days is not told."""
    return _WORD.pack(word.uuid.bytes, min(round(1000 * word.age), 0xFFFFFFFF))


def decode_word(content: bytes) -> Word:
    """Return the question or answer in the content of a notice.

    Raises:
        ProtocolError: it is too short.
    """
    if len(content) < _WORD.size:
        raise ProtocolError(f"a word has {_WORD.size} octets, not {len(content)}")
    uuid, age = _WORD.unpack_from(content)
    return Word(UUID(bytes=uuid), age / 1000)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


class _Reader:
    """Reads texts one after the other; what is missing is an `IndexError`."""

    __slots__ = ("_at", "_content")

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at

    @property
    def has_more(self) -> bool:
        return self._at < len(self._content)

    def text(self) -> str:
        start = self._at + 1
        return self._take(start, self._content[start - 1])

    def long_text(self) -> str:
        (length,) = _SHORT.unpack_from(self._content, self._at)
        return self._take(self._at + 2, length)

    def count(self, most: int) -> int:
        (number,) = _SHORT.unpack_from(self._content, self._at)
        self._at += 2
        if number > most:
            raise ProtocolError(f"a card with {number} entries where {most} are allowed")
        return int(number)

    def _take(self, start: int, length: int) -> str:
        end = start + length
        if end > len(self._content):
            raise IndexError(f"a text of {length} octets reaches beyond the end")
        self._at = end
        return self._content[start:end].decode()
