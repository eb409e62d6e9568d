"""What the kernel calls nodes and links of which the topology service tells only numbers.

::

    SIOCGETLINKNAME                       SIOCGETNODEID
    0  node's 32-bit address              0  node's 32-bit address
    4  number of our bearer               4  node's identity, 16 octets, answered
    8  the link's name, 68 octets, answered

All integers are in the machine's byte order. Source: linux/tipc.h.
"""

from __future__ import annotations

import fcntl
import socket
from struct import Struct

from covey.errors import ResourceError

from .sockets import open_socket

__all__ = ["identity_text", "link_name", "node_identity"]

GET_LINK_NAME = 0x89E0
GET_NODE_IDENTITY = 0x89E1

_LINK_REQUEST = Struct("=2I68s")
_NODE_REQUEST = Struct("=I16s")


def link_name(node: int, bearer: int) -> str:
    """Return the name of our link to a node: `NODE:DEVICE-NODE:DEVICE`; empty when there is none any more."""
    answer = _ask(GET_LINK_NAME, _LINK_REQUEST.pack(node, bearer, b""))
    return answer[8:].partition(b"\0")[0].decode("utf-8", "replace")


def node_identity(node: int) -> str:
    """Return the name that a node of the cluster was given; empty when it is not known any more."""
    return identity_text(_ask(GET_NODE_IDENTITY, _NODE_REQUEST.pack(node, b""))[4:])


def identity_text(raw: bytes) -> str:
    """Return a node's identity as text, or as hexadecimal digits when it is none; empty for all zeroes."""
    stripped = raw.rstrip(b"\0")
    text = stripped.decode("ascii", "replace")
    return text if text.isprintable() and text.isascii() else raw.hex()


def _ask(request: int, argument: bytes) -> bytes:
    """Return the argument as the kernel filled it; empty when it does not know."""
    try:
        with open_socket(socket.SOCK_RDM) as sock:
            return fcntl.ioctl(sock, request, argument)
    except (OSError, ResourceError):
        return b""
