"""The multicast groups that a socket is in."""

from __future__ import annotations

import socket
from collections.abc import Iterable

__all__ = ["Memberships"]


class Memberships:
    """Keeps the groups of one socket in step with what is wanted.

    Args:
        udp: the socket.
        level: IPPROTO_IP or IPPROTO_IPV6.
        join: option that joins.
        leave: option that leaves; takes the same structure.
    """

    __slots__ = ("_join", "_joined", "_leave", "_level", "_socket")

    def __init__(self, udp: socket.socket, level: int, join: int, leave: int) -> None:
        self._socket = udp
        self._level = level
        self._join = join
        self._leave = leave
        self._joined: set[bytes] = set()

    def update(self, wanted: Iterable[bytes]) -> None:
        """Leave what is not wanted, join what is; each is a packed `ip_mreqn` or `ipv6_mreq`.

        Raises:
            OSError: the kernel refused a group (often: too many); the others are joined.
        """
        groups = set(wanted)
        for membership in self._joined - groups:
            self._drop(membership)
        refused: OSError | None = None
        for membership in groups - self._joined:
            try:
                self._socket.setsockopt(self._level, self._join, membership)
            except OSError as error:
                refused = error
            else:
                self._joined.add(membership)
        if refused is not None:
            raise refused

    def _drop(self, membership: bytes) -> None:
        self._joined.discard(membership)
        try:
            self._socket.setsockopt(self._level, self._leave, membership)
        except OSError:
            return  # the interface is gone, and the membership with it
