"""The little of generic netlink that reads TIPC's configuration: bearers, links and the own node.

::

    message                                   attribute, padded to 4 octets
    0  length (with this header)   u32        0  length (with this header)  u16
    4  family, or 2 error, 3 done  u16        2  type, 0x8000 nested        u16
    6  flags                       u16        4  value
    8  sequence number             u32
    12 sender                      u32
    16 command u8, version u8, reserved u16
    20 attributes

All integers are in the machine's byte order.
Source: linux/netlink.h, linux/genetlink.h, linux/tipc_netlink.h.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from struct import Struct

from covey.errors import ProtocolError

__all__ = ["attributes", "dump", "messages"]

NETLINK_GENERIC = 16
GENL_CONTROL = 16
GET_FAMILY = 3
FAMILY_ID = 1
FAMILY_NAME = 2
TIPC_FAMILY = b"TIPCv2\0"
TYPE_ERROR = 2
TYPE_DONE = 3
FLAG_REQUEST = 0x001
FLAG_DUMP = 0x300
ATTRIBUTE_TYPE_MASK = 0x3FFF
RECEIVE_SIZE = 65536
MAX_MESSAGES = 65536
TIMEOUT_SECONDS = 2.0

_HEADER = Struct("=IHHII")
_COMMAND = Struct("=BBH")
_ATTRIBUTE = Struct("=HH")
_INT32 = Struct("=i")


def dump(command: int) -> list[dict[int, bytes]]:
    """Return the top-level attributes of every object that a TIPC get command lists.

    Raises:
        OSError: no netlink, or the kernel has no TIPC (ENOENT).
        ProtocolError: an answer that cannot be read.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as sock:
        sock.settimeout(TIMEOUT_SECONDS)
        name = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(TIPC_FAMILY), FAMILY_NAME) + _padded(TIPC_FAMILY)
        sock.send(_request(GENL_CONTROL, FLAG_REQUEST, GET_FAMILY, name))
        family = int.from_bytes(next(_answers(sock)).get(FAMILY_ID, b""), sys.byteorder)
        sock.send(_request(family, FLAG_REQUEST | FLAG_DUMP, command, b""))
        return list(_answers(sock, many=True))


def attributes(data: bytes) -> dict[int, bytes]:
    """Return the attributes of a message or of a nest; of a repeated one the last.

    Raises:
        ProtocolError: a length that does not fit.
    """
    found: dict[int, bytes] = {}
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size or offset + length > len(data):
            raise ProtocolError(f"a netlink attribute of {length} octets at {offset} of {len(data)}")
        found[kind & ATTRIBUTE_TYPE_MASK] = data[offset + _ATTRIBUTE.size : offset + length]
        offset += length + 3 & ~3
    return found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message of a datagram.

    Raises:
        ProtocolError: a length that does not fit.
    """
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size or offset + length > len(data):
            raise ProtocolError(f"a netlink message of {length} octets at {offset} of {len(data)}")
        yield kind, data[offset + _HEADER.size : offset + length]
        offset += length + 3 & ~3


def _answers(sock: socket.socket, *, many: bool = False) -> Iterator[dict[int, bytes]]:
    received = 0
    while received < MAX_MESSAGES:
        for kind, body in messages(sock.recv(RECEIVE_SIZE)):
            received += 1
            if kind == TYPE_DONE:
                return
            if kind == TYPE_ERROR:
                code = -_INT32.unpack_from(body)[0] if len(body) >= _INT32.size else errno.EPROTO
                raise OSError(code, os.strerror(code), "TIPC's netlink")
            yield attributes(body[_COMMAND.size :])
            if not many:
                return


def _request(family: int, flags: int, command: int, body: bytes) -> bytes:
    payload = _COMMAND.pack(command, 1, 0) + body
    return _HEADER.pack(_HEADER.size + len(payload), family, flags, 1, 0) + payload


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
