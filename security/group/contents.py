"""What a record holds: messages of named groups, one after the other.

::

    group_length(1) group body_length(4, network order) body   ...
"""

from __future__ import annotations

from collections.abc import Sequence

from covey.errors import ProtocolError

__all__ = ["MESSAGE_OVERHEAD", "pack", "packed_size", "unpack"]

MESSAGE_OVERHEAD = 5
_LENGTH_SIZE = 4

Message = list[bytes]
"""`[group, body]`; a group's name has at most 255 octets."""


def packed_size(message: Sequence[bytes]) -> int:
    """Return the octets that a message takes."""
    return MESSAGE_OVERHEAD + len(message[0]) + len(message[1])


def pack(messages: Sequence[Sequence[bytes]]) -> bytes:
    """Return the content of a record."""
    out: list[bytes] = []
    last: tuple[bytes, int] | None = None
    header = b""
    for group, body in messages:
        size = len(body)
        if last != (group, size):  # runs of equal messages are what telemetry looks like
            last = group, size
            header = bytes((len(group),)) + group + size.to_bytes(_LENGTH_SIZE, "big")
        out.append(header)
        out.append(body)
    return b"".join(out)


def unpack(content: bytes) -> list[Message]:
    """Return the messages of a record.

    Raises:
        ProtocolError: it ends within a message.
    """
    messages: list[Message] = []
    position, end = 0, len(content)
    header, group, size = b"", b"", 0
    while position < end:
        begin = position + len(header)
        if not header or content[position:begin] != header:
            group_end = position + 1 + content[position]
            begin = group_end + _LENGTH_SIZE
            if begin > end:
                raise ProtocolError("a sealed record that ends within a message")
            group = content[position + 1 : group_end]
            size = int.from_bytes(content[group_end:begin], "big")
            header = content[position:begin]
        position = begin + size
        if position > end:
            raise ProtocolError("a sealed record that ends within a message")
        messages.append([group, content[begin:position]])
    return messages
