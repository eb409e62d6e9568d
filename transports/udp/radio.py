"""The sending end of `udp://`: each message a datagram, runs of one size in one system call. Implements `GroupLink`."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import deque
from struct import Struct
from typing import Final

from covey.transports.link import LinkOwner, Message
from covey.transports.radio_datagram import encode_datagram
from covey.transports.zmtp.events import PeerProperties

from .statistics import UdpStatistics

__all__ = ["MAX_DATAGRAM", "UdpRadioLink"]

MAX_DATAGRAM: Final = 8192
"""Of libzmq's buffers; its group's length octet and name included."""
_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103
_SEGMENT: Final = Struct("@H")
_MOST_SEGMENTS: Final = 64
_LARGEST_CALL: Final = 65_000
_HEADERS: Final = 48  # IPv6 and UDP
_TRY_LATER: Final = frozenset((errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR))
_CALLS_PER_TURN: Final = 64


class UdpRadioLink:
    """Sends to one host or group; ready from the start, for there is no handshake.

    Args:
        address: for events.
        sock: connected and non-blocking; the link owns it from now on.
        mtu: datagrams up to this, headers included, may be handed over in runs (UDP_SEGMENT).
        owner: holds the queue.
    """

    def __init__(self, address: str, sock: socket.socket, mtu: int, owner: LinkOwner) -> None:
        self.address = address
        self._sock = sock
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._largest_in_run = mtu - _HEADERS
        self._run: list[bytes] = []  # datagrams that the kernel has not taken
        self._waits = False
        self._closed = False
        self._sent = self._refused = 0

    def start(self) -> None:
        """Tell the owner that it may send."""
        where = self.address.removeprefix("udp://")
        self._owner.link_ready(
            self, PeerProperties("", b"", "NULL", "", 0, {}, where, everybody=True, largest=MAX_DATAGRAM - 1)
        )

    @property
    def in_flight(self) -> int:
        """Messages that the kernel has not taken."""
        return len(self._run)

    def transmit(self, outbox: deque[Message]) -> None:
        """Send until `outbox` is empty, the kernel takes no more, or others should have a turn."""
        for _ in range(_CALLS_PER_TURN):
            if self._waits or self._closed:
                return
            if not outbox:
                return
            self._take_run(outbox)
            self._send_run()
        if outbox and not self._waits:
            self._waits = True
            self._loop.call_soon(self._go_on)

    def _take_run(self, outbox: deque[Message]) -> None:
        """Take the first message and those of the same size behind it."""
        first = encode_datagram(*outbox.popleft())
        run, size = [first], len(first)
        self._run = run
        if size > self._largest_in_run:
            return
        most = min(_MOST_SEGMENTS, _LARGEST_CALL // size)
        while outbox and len(run) < most:
            group, body = outbox[0]
            if 1 + len(group) + len(body) != size:  # type: ignore[arg-type]
                return
            outbox.popleft()
            run.append(encode_datagram(group, body))  # type: ignore[arg-type]

    def _send_run(self) -> None:
        """Hand the run to the kernel, and wait for room where it has none."""
        while self._run:
            try:
                count = self._send_some()
            except OSError as error:
                if error.errno in _TRY_LATER:
                    self._waits = True
                    self._loop.add_writer(self._sock.fileno(), self._on_writable)
                    return
                if error.errno == errno.ECONNREFUSED:
                    continue  # it tells of an earlier datagram; this one was not tried
                if len(self._run) > 1 and self._largest_in_run:
                    self._largest_in_run = 0  # the kernel cannot cut runs
                    continue
                self._refused += 1
                del self._run[:1]
            else:
                self._sent += count
                del self._run[:count]

    def _send_some(self) -> int:
        run = self._run
        if len(run) > 1 and self._largest_in_run:
            self._sock.sendmsg([b"".join(run)], [(_SOL_UDP, _UDP_SEGMENT, _SEGMENT.pack(len(run[0])))])
            return len(run)
        self._sock.send(run[0])
        return 1

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._sock.fileno())
        self._go_on()

    def _go_on(self) -> None:
        self._waits = False
        if self._closed:
            return
        self._send_run()
        if not self._waits:
            self._owner.link_drained(self)

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: receivers filter by themselves."""

    def pause_reading(self) -> None:
        """Do nothing: nothing is read."""

    def resume_reading(self) -> None:
        """Do nothing: nothing is read."""

    def take_back(self) -> list[Message]:
        """Return nothing: what the kernel did not take when a datagram socket closed is lost."""
        return []

    def close(self) -> None:
        """Close at once."""
        if not self._closed:
            self._closed = True
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()

    async def finish(self) -> None:
        """Close; nothing can be said to receivers."""
        self.close()

    def statistics(self) -> UdpStatistics:
        """Return the counters."""
        return UdpStatistics(sent=self._sent, refused=self._refused)
