"""The ports of a node: bound at once, so that they can be announced; served when somebody comes."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from covey.errors import ResourceError

__all__ = ["Doors"]

_TRIES = 16
"""For a port that is free on every address."""
_BACKLOG = 512
"""Connections that the kernel keeps until somebody accepts them."""


class Doors:
    """Listening TCP sockets for mailbox and topics, on the same addresses. Close it unless they were handed over.

    Attributes:
        port: of the mailbox.
        topics_port: of the topics.
        mailbox: the sockets at the one.
        topics: those at the other.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        """Listen on free ports of these addresses, of all when there are none.

        Raises:
            ResourceError: the system refuses.
        """
        self.mailbox: list[socket.socket] = []
        self.topics: list[socket.socket] = []
        try:
            self.mailbox = _listen(addresses)
            self.topics = _listen(addresses)
        except OSError as error:
            self.close()
            where = ", ".join(addresses) or "every address"
            raise ResourceError(f"a TCP port on {where}", _why(error), error.errno) from error
        self.port: int = self.mailbox[0].getsockname()[1]
        self.topics_port: int = self.topics[0].getsockname()[1]

    @property
    def sockets(self) -> list[socket.socket]:
        """All of them."""
        return self.mailbox + self.topics

    def close(self) -> None:
        """Close what was not handed over."""
        for one in self.sockets:
            one.close()
        self.mailbox, self.topics = [], []


def _listen(addresses: Sequence[str]) -> list[socket.socket]:
    for _ in range(_TRIES - 1):
        try:
            return _listen_together(addresses)
        except OSError:
            if len(addresses) == 1:
                raise
    return _listen_together(addresses)


def _listen_together(addresses: Sequence[str]) -> list[socket.socket]:
    bound: list[socket.socket] = []
    port = 0
    try:
        for address in addresses or [""]:
            bound.append(one := _socket(socket.AF_INET))
            one.bind((address, port))
            one.listen(_BACKLOG)
            port = one.getsockname()[1]
        if not addresses:
            bound += _listen_on_ipv6(port)
    except OSError:
        for one in bound:
            one.close()
        raise
    return bound


def _socket(family: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return one


def _listen_on_ipv6(port: int) -> list[socket.socket]:
    """Listen on a port of every IPv6 address, too; nothing where the machine has no IPv6.

    Raises:
        OSError: somebody else has the port there.
    """
    try:
        one = _socket(socket.AF_INET6)
    except OSError:
        return []
    try:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(("::", port))
        one.listen(_BACKLOG)
    except OSError as error:
        one.close()
        if error.errno == errno.EADDRINUSE:
            raise
        return []
    return [one]


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return "no interface of this machine has that address"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no permission"
    return error.strerror or str(error)
