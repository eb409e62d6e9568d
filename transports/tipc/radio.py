"""RADIO's messages in TIPC datagrams: the layout of `udp://` (RFC 48), with TIPC's larger limit."""

from __future__ import annotations

from covey.errors import OptionError
from covey.transports.radio_datagram import decode_datagram as decode
from covey.transports.radio_datagram import encode_datagram

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
    return encode_datagram(group, body)
