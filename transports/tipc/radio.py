"""RADIO's messages in TIPC datagrams: the layout of `udp://` (RFC 48), with TIPC's larger limit.

::

    0  length of the group's name, 0 to 255
    1  name
       body, up to the datagram's end
"""

from __future__ import annotations

from covey.errors import OptionError, ProtocolError

__all__ = ["MAX_DATAGRAM", "MAX_GROUP", "decode", "encode"]

MAX_DATAGRAM = 66000
"""TIPC_MAX_USER_MSG_SIZE of linux/tipc.h."""
MAX_GROUP = 255


def encode(group: bytes, body: bytes) -> bytes:
    """Return the datagram.

    Raises:
        OptionError: the name has more than 255 octets, or the datagram more than 66000.
    """
    if len(group) > MAX_GROUP:
        raise OptionError("group", f"has at most {MAX_GROUP} octets, not {len(group)}")
    if 1 + len(group) + len(body) > MAX_DATAGRAM:
        raise OptionError("data", f"with its group has at most {MAX_DATAGRAM - 1} octets over tipc://")
    return bytes((len(group),)) + group + body


def decode(datagram: bytes | memoryview) -> tuple[bytes, bytes]:
    """Return group and body, copied.

    Raises:
        ProtocolError: the datagram is empty or ends within the name.
    """
    if not datagram or len(datagram) < 1 + datagram[0]:
        raise ProtocolError(f"a RADIO datagram of {len(datagram)} octets ends within its group's name")
    end = 1 + datagram[0]
    return bytes(datagram[1:end]), bytes(datagram[end:])
