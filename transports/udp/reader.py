"""What receiving ends of `udp://` share: many datagrams a wake-up, as many as the owner takes."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections import deque
from struct import Struct
from typing import Any, Final

from covey.transports.link import LinkOwner, Message
from covey.transports.multicast.offload import enable_gro
from covey.transports.reports import Malformed, Reporter

__all__ = ["UdpReader"]

_READS_PER_TURN: Final = 256
_MESSAGES_PER_TURN: Final = 4096
_LARGEST_READ: Final = 65_535
_SOL_UDP: Final = 17
_UDP_GRO: Final = 104
_GRO_SIZE: Final = Struct("@i")
_ANCILLARY: Final = socket.CMSG_SPACE(_GRO_SIZE.size)


class UdpReader(ABC):
    """Reads datagrams and gives them to its owner. Base of links.

    Args:
        address: the endpoint as resolved.
        sock: bound and non-blocking; the link owns it from now on.
        owner: takes the messages.
        report: told of what could not be read.
    """

    def __init__(self, address: str, sock: socket.socket, owner: LinkOwner, report: Reporter | None) -> None:
        self.address = address
        self._sock = sock
        self._owner = owner
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._paused = False
        self._closed = False
        self._received = self._malformed = 0
        enable_gro(sock)

    def _listen(self) -> None:
        self._loop.add_reader(self._sock.fileno(), self._on_readable)

    @abstractmethod
    def _read_datagram(self, datagram: bytes, source: Any) -> Message | None:
        """Return the message in a datagram, None when it is malformed."""

    def _on_readable(self) -> None:
        messages: list[Message] = []
        malformed = 0
        room = min(self._owner.link_room(), _MESSAGES_PER_TURN)
        for _ in range(_READS_PER_TURN):
            if len(messages) >= room:
                break
            try:
                data, ancillary, _, source = self._sock.recvmsg(_LARGEST_READ, _ANCILLARY)
            except OSError:
                break
            for datagram in _cut(data, ancillary):
                message = self._read_datagram(datagram, source)
                if message is None:
                    malformed += 1
                else:
                    messages.append(message)
        self._received += len(messages)
        if malformed:
            self._malformed += malformed
            if self._report is not None:
                self._report(self.address, Malformed(malformed))
        if messages and not self._closed:
            self._owner.link_messages(self, messages)
        if not self._closed and self._owner.link_room() <= 0:
            self.pause_reading()

    def pause_reading(self) -> None:
        """Leave datagrams in the kernel, which drops what its buffer does not hold."""
        if not self._paused and not self._closed:
            self._paused = True
            self._loop.remove_reader(self._sock.fileno())

    def resume_reading(self) -> None:
        """Read again."""
        if self._paused and not self._closed:
            self._paused = False
            self._listen()

    # -- the rest of `GroupLink` --------------------------------------------------------------------------

    @property
    def in_flight(self) -> int:
        """Messages that the kernel has not taken: none, where nothing is sent."""
        return 0

    def transmit(self, outbox: deque[Message]) -> None:
        """Drop what is written: nothing is sent."""
        outbox.clear()

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: senders do not hear receivers."""
        return

    def take_back(self) -> list[Message]:
        """Return nothing."""
        return []

    def close(self) -> None:
        """Close at once."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()

    async def finish(self) -> None:
        """Close; there is nothing to wait for."""
        self.close()


def _cut(data: bytes, ancillary: list[tuple[int, int, bytes]]) -> list[bytes]:
    """Return the datagrams that the kernel put together (UDP_GRO)."""
    for level, kind, value in ancillary:
        if level == _SOL_UDP and kind == _UDP_GRO:
            size = _GRO_SIZE.unpack_from(value)[0] or len(data)
            return [data[at : at + size] for at in range(0, len(data), size)]
    return [data]
