"""RADIO's message as a datagram, over UDP and TIPC alike.

::

    0  length of the group's name, 0 to 255
    1  name
       body, up to the datagram's end

Spec: RFC 48, section "UDP transport".
"""

from __future__ import annotations

from covey.errors import ProtocolError

__all__ = ["decode_datagram", "encode_datagram"]

_LENGTHS = tuple(bytes((size,)) for size in range(256))


def encode_datagram(group: bytes, body: bytes) -> bytes:
    """Return the datagram of a group whose name has at most 255 octets."""
    return _LENGTHS[len(group)] + group + body


def decode_datagram(datagram: bytes | memoryview) -> tuple[bytes, bytes]:
    """Return group and body, copied.

    Raises:
        ProtocolError: the datagram is empty or ends within the name.
    """
    if not datagram or len(datagram) < 1 + datagram[0]:
        raise ProtocolError(f"a RADIO datagram of {len(datagram)} octets ends within its group's name")
    end = 1 + datagram[0]
    return bytes(datagram[1:end]), bytes(datagram[end:])
