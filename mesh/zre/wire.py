"""ZRE version 2 messages on the wire: encode and decode, nothing else.

Every message is a first frame and, for WHISPER and SHOUT, content frames::

    0       2    3    4          6
    | AA A1 | id | 02 | sequence | fields ...

    id   message   fields
     1   HELLO     endpoint string, groups strings, status u8, name string, headers dictionary
     2   WHISPER   -                         then content frames
     3   SHOUT     group string              then content frames
     4   JOIN      group string, status u8
     5   LEAVE     group string, status u8
     6   PING      -
     7   PING-OK   -
     8   ELECT     group string, challenger string       (Zyre only)
     9   LEADER    group string, leader string           (Zyre only)
    10   GOODBYE   -                                     (Zyre only)
    11   DOUBT     uuid 16 octets                        (covey only: do you hear that node?)
    12   VOUCH     uuid 16 octets, age u32 ms            (covey only: I do, so long ago)

    string      length u8,  octets (UTF-8)
    longstr     length u32, octets (UTF-8)
    strings     count u32,  longstr ...
    dictionary  count u32,  (string, longstr) ...

Numbers are in network order. Octets after the last field are ignored, as Zyre ignores them.
Source: RFC 36, "TCP Protocol Grammar"; Zyre's zre_msg for 8 to 10.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias
from uuid import UUID

from covey.errors import ProtocolError
from covey.values import field, frozen

from .constants import MAX_GROUPS, MAX_HEADERS, MAX_HELLO, MAX_STRING, SIGNATURE, VERSION

__all__ = [
    "Doubt",
    "Elect",
    "Goodbye",
    "Hello",
    "Join",
    "Leader",
    "Leave",
    "Message",
    "Ping",
    "PingOk",
    "ShoutMessage",
    "Vouch",
    "WhisperMessage",
    "decode",
    "encode",
    "fits_string",
]

_HEAD = struct.Struct("!HBBH")
_U32 = struct.Struct("!I")
_LONGEST_AGE = (1 << 32) - 1


def fits_string(text: str) -> bool:
    """Whether `text` can be a ZRE string: UTF-8 of at most 255 octets."""
    try:
        return len(text.encode()) <= MAX_STRING
    except UnicodeEncodeError:
        return False


@frozen
class Hello:
    """First message on a connection: who the sender is, and where to connect back."""

    id: ClassVar[int] = 1
    endpoint: str
    """Where the sender's ROUTER listens, `tcp://10.0.0.1:49152`."""
    groups: tuple[str, ...] = ()
    status: int = 0
    """The sender's count of joins and leaves, modulo 256."""
    name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@frozen
class WhisperMessage:
    """Content for one peer."""

    id: ClassVar[int] = 2
    content: tuple[bytes, ...]


@frozen
class ShoutMessage:
    """Content for the members of a group."""

    id: ClassVar[int] = 3
    group: str
    content: tuple[bytes, ...]


@frozen
class Join:
    """The sender entered a group."""

    id: ClassVar[int] = 4
    group: str
    status: int
    """The sender's count after joining."""


@frozen
class Leave:
    """The sender left a group."""

    id: ClassVar[int] = 5
    group: str
    status: int
    """The sender's count after leaving."""


@frozen
class Ping:
    """Are you there?"""

    id: ClassVar[int] = 6


@frozen
class PingOk:
    """Yes."""

    id: ClassVar[int] = 7


@frozen
class Elect:
    """Zyre's election of a group's leader; we take no part."""

    id: ClassVar[int] = 8
    group: str
    challenger: str


@frozen
class Leader:
    """The outcome of an election."""

    id: ClassVar[int] = 9
    group: str
    leader: str


@frozen
class Goodbye:
    """The sender is leaving the network."""

    id: ClassVar[int] = 10


@frozen
class Doubt:
    """Do you hear that node? Only those who do answer."""

    id: ClassVar[int] = 11
    uuid: UUID


@frozen
class Vouch:
    """I heard that node."""

    id: ClassVar[int] = 12
    uuid: UUID
    age: float
    """How long ago. Seconds, on the wire milliseconds."""


Message: TypeAlias = (
    Hello
    | WhisperMessage
    | ShoutMessage
    | Join
    | Leave
    | Ping
    | PingOk
    | Elect
    | Leader
    | Goodbye
    | Doubt
    | Vouch
)


def _string(text: str) -> bytes:
    octets = text.encode()
    if len(octets) > MAX_STRING:
        raise ValueError(f"a ZRE string has at most {MAX_STRING} octets, not {len(octets)}: {text[:40]!r}...")
    return bytes((len(octets),)) + octets


def _longstr(text: str) -> bytes:
    octets = text.encode()
    return _U32.pack(len(octets)) + octets


def _encode_hello(hello: Hello) -> bytes:
    parts = [_string(hello.endpoint), _U32.pack(len(hello.groups))]
    parts += [_longstr(group) for group in hello.groups]
    parts += [bytes((hello.status,)), _string(hello.name), _U32.pack(len(hello.headers))]
    parts += [_string(name) + _longstr(value) for name, value in hello.headers.items()]
    return b"".join(parts)


def _encode_fields(message: Message) -> bytes:
    match message:
        case Hello():
            return _encode_hello(message)
        case ShoutMessage(group=group):
            return _string(group)
        case Join(group=group, status=status) | Leave(group=group, status=status):
            return _string(group) + bytes((status,))
        case Elect(group=group, challenger=uuid) | Leader(group=group, leader=uuid):
            return _string(group) + _string(uuid)
        case Doubt(uuid=node):
            return node.bytes
        case Vouch(uuid=node, age=age):
            return node.bytes + _U32.pack(min(round(age * 1000), _LONGEST_AGE))
    return b""


def encode(message: Message, sequence: int) -> list[bytes]:
    """Return the frames of a message.

    Args:
        message: any of the twelve.
        sequence: 0 to 65535.

    Raises:
        ValueError: a string is longer than 255 octets.
    """
    first = _HEAD.pack(SIGNATURE, message.id, VERSION, sequence) + _encode_fields(message)
    if isinstance(message, (WhisperMessage, ShoutMessage)):
        return [first, *message.content]
    return [first]


class _Reader:
    """Takes fields off a first frame; each length is checked against what is left."""

    __slots__ = ("_at", "_octets")

    def __init__(self, octets: bytes, at: int) -> None:
        self._octets = octets
        self._at = at

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._octets):
            raise ProtocolError(f"ZRE message ends at octet {len(self._octets)}, a field reaches to {end}")
        taken = self._octets[self._at : end]
        self._at = end
        return taken

    def number1(self) -> int:
        return self._take(1)[0]

    def number4(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def uuid(self) -> UUID:
        return UUID(bytes=self._take(16))

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise ProtocolError(f"ZRE string is no UTF-8: {error.reason}") from None

    def string(self) -> str:
        return self._text(self.number1())

    def longstr(self) -> str:
        return self._text(self.number4())

    def count(self, limit: int, what: str) -> int:
        count = self.number4()
        if count > limit:
            raise ProtocolError(f"ZRE HELLO with {count} {what}, more than {limit}")
        return count


def _decode_hello(reader: _Reader) -> Hello:
    endpoint = reader.string()
    groups = tuple(reader.longstr() for _ in range(reader.count(MAX_GROUPS, "groups")))
    status = reader.number1()
    name = reader.string()
    headers = {reader.string(): reader.longstr() for _ in range(reader.count(MAX_HEADERS, "headers"))}
    return Hello(endpoint, groups, status, name, headers)


_Fields: TypeAlias = Callable[[_Reader, tuple[bytes, ...]], Message]

_FIELDS: dict[int, _Fields] = {
    Hello.id: lambda reader, content: _decode_hello(reader),
    WhisperMessage.id: lambda reader, content: WhisperMessage(content),
    ShoutMessage.id: lambda reader, content: ShoutMessage(reader.string(), content),
    Join.id: lambda reader, content: Join(reader.string(), reader.number1()),
    Leave.id: lambda reader, content: Leave(reader.string(), reader.number1()),
    Ping.id: lambda reader, content: Ping(),
    PingOk.id: lambda reader, content: PingOk(),
    Elect.id: lambda reader, content: Elect(reader.string(), reader.string()),
    Leader.id: lambda reader, content: Leader(reader.string(), reader.string()),
    Goodbye.id: lambda reader, content: Goodbye(),
    Doubt.id: lambda reader, content: Doubt(reader.uuid()),
    Vouch.id: lambda reader, content: Vouch(reader.uuid(), reader.number4() / 1000),
}


def decode(frames: Sequence[bytes]) -> tuple[Message, int]:
    """Return (message, sequence) of the frames that followed the routing id.

    Raises:
        ProtocolError: another signature or version, an unknown id, a length beyond the frame or a bound.
    """
    first = frames[0] if frames else b""
    if not _HEAD.size <= len(first) <= MAX_HELLO:
        raise ProtocolError(f"ZRE first frame of {len(first)} octets")
    signature, number, version, sequence = _HEAD.unpack_from(first)
    if signature != SIGNATURE or version != VERSION:
        raise ProtocolError(f"no ZRE version {VERSION}: starts {first[:4].hex()}")
    fields = _FIELDS.get(number)
    if fields is None:
        raise ProtocolError(f"unknown ZRE message {number}")
    return fields(_Reader(first, _HEAD.size), tuple(frames[1:])), sequence
