"""Many datagrams in one system call: UDP_SEGMENT to send, UDP_GRO to receive, and plain calls where they lack."""

from __future__ import annotations

import errno
import socket
import struct
import time
from typing import Final

__all__ = ["GroupSender", "age_of", "enable_gro", "enable_stamps", "receive"]

_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103
_UDP_GRO: Final = 104
_SEGMENT: Final = struct.Struct("@H")
_SO_TIMESTAMPNS: Final = 35
_GRO_SIZE: Final = struct.Struct("@i")
_STAMP: Final = struct.Struct("@ll")
_LARGEST: Final = 65_535
_ANCILLARY: Final = socket.CMSG_SPACE(_GRO_SIZE.size) + socket.CMSG_SPACE(_STAMP.size)
_OLDEST: Final = 0.25
_UNSUPPORTED: Final = frozenset(
    (errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EMSGSIZE, errno.EOPNOTSUPP)
)
_TRY_LATER: Final = frozenset((errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR))


def enable_gro(sock: socket.socket) -> bool:
    """Let one call receive several datagrams; False where the kernel cannot."""
    try:
        sock.setsockopt(_SOL_UDP, _UDP_GRO, 1)
    except OSError:
        return False
    return True


def enable_stamps(sock: socket.socket) -> bool:
    """Have the kernel tell when each datagram arrived; False where it cannot."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def age_of(stamp: bytes) -> float:
    """Return how many seconds ago a datagram with that time stamp arrived, at most a quarter; 0.0 if unknown."""
    if len(stamp) != _STAMP.size:
        return 0.0
    seconds, nanoseconds = _STAMP.unpack(stamp)
    age: float = time.time() - seconds - nanoseconds / 1e9
    return min(max(age, 0.0), _OLDEST)


def receive(sock: socket.socket) -> tuple[bytes, int, str, bytes]:
    """Return (datagrams, octets of each or 0 for a single one, sender's address, time stamp if enabled).

    Raises:
        OSError: nothing is there, or the socket failed.
    """
    data, ancillary, _, where = sock.recvmsg(_LARGEST, _ANCILLARY)
    segment, stamp = 0, b""
    for level, kind, value in ancillary:
        if level == _SOL_UDP and kind == _UDP_GRO and len(value) >= _GRO_SIZE.size:
            segment = _GRO_SIZE.unpack_from(value)[0]
        elif kind == _SO_TIMESTAMPNS and level == socket.SOL_SOCKET:
            stamp = value
    return data, segment, where[0], stamp


class GroupSender:
    """Sends runs of datagrams on a connected socket, and remembers what the kernel did not take.

    What the system refuses for other reasons than lack of room (a firewall, an interface that is down) counts as
    lost on the way: PGM repairs it.
    """

    __slots__ = ("_batches", "_data", "_position", "_segment", "_sock", "refused")

    def __init__(self, sock: socket.socket, *, batches: bool) -> None:
        """Send on `sock`; `batches` says whether to try UDP_SEGMENT."""
        self._sock = sock
        self._batches = batches
        self._data = b""
        self._segment = 0
        self._position = 0
        self.refused = 0
        """Datagrams that the system refused."""

    @property
    def is_stuck(self) -> bool:
        """Whether something waits for the socket to become writable; call `flush` then."""
        return self._position < len(self._data)

    def send(self, data: bytes, segment: int) -> bool:
        """Send `data` in datagrams of `segment` octets; False when a part of it had to be kept."""
        self._data, self._segment, self._position = data, segment, 0
        return self.flush()

    def flush(self) -> bool:
        """Go on sending; False when something is still kept."""
        while self._position < len(self._data):
            try:
                self._send_some()
            except OSError as error:
                if error.errno in _TRY_LATER:
                    return False
                if self._batches and error.errno in _UNSUPPORTED and self._segment < len(self._data):
                    self._batches = False
                    continue
                self.refused += 1
                self._position += self._segment
        self._data = b""
        self._position = 0
        return True

    def _send_some(self) -> None:
        data, segment = self._data, self._segment
        if len(data) <= segment:
            self._sock.send(data)
            self._position = len(data)
        elif self._batches and self._position == 0:
            self._sock.sendmsg([data], [(_SOL_UDP, _UDP_SEGMENT, _SEGMENT.pack(segment))])
            self._position = len(data)
        else:
            self._sock.send(data[self._position : self._position + segment])
            self._position += segment
