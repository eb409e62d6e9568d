"""Both directions of `udp://` for DGRAM: plain datagrams, with the other side's address in front."""

from __future__ import annotations

import ipaddress
from collections import deque
from typing import Any, Final

from covey.errors import UsageError
from covey.transports.link import Message
from covey.transports.zmtp.events import PeerProperties

from .reader import UdpReader
from .sockets import socket_address
from .statistics import UdpStatistics

__all__ = ["MAX_BODY", "UdpDgramLink", "read_address"]

MAX_BODY: Final = 65_507
"""All that UDP over IPv4 carries."""


def read_address(octets: bytes) -> tuple[str, int]:
    """Return host and port of `1.2.3.4:5` or `[::1]:5`, with the NUL that libzmq puts behind it or without.

    Raises:
        UsageError: it is neither.
    """
    host, _, port = octets.rstrip(b"\0").decode("latin-1").rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        raise UsageError(f"the first frame is an address such as 192.0.2.1:5555, not {octets!r}") from None
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise UsageError(f"the first frame is an address with a port, not {octets!r}")
    return bare, int(port)


class UdpDgramLink(UdpReader):
    """Sends and receives `[address, body]` on one bound socket. Implements `GroupLink`."""

    def start(self) -> None:
        """Listen, and tell the owner that it may send."""
        self._sent = self._refused = 0
        self._listen()
        where = self.address.removeprefix("udp://")
        self._owner.link_ready(
            self, PeerProperties("", b"", "NULL", "", 0, {}, where, everybody=True, largest=MAX_BODY)
        )

    def _read_datagram(self, datagram: bytes, source: Any) -> Message | None:
        host, port = source[:2]
        if len(source) == 4 and source[3] and "%" not in host:
            host = f"{host}%{source[3]}"  # of a link-local address, without which no answer finds its way
        return [(f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode(), datagram]

    def transmit(self, outbox: deque[Message]) -> None:
        """Send until `outbox` is empty or the kernel takes no more."""
        while outbox and not self._closed:
            where, body = outbox[0]
            try:
                self._sock.sendto(body, socket_address(*read_address(where)))  # type: ignore[arg-type]
            except (BlockingIOError, InterruptedError):
                self._loop.add_writer(self._sock.fileno(), self._on_writable)
                return
            except OSError:
                self._refused += 1
            else:
                self._sent += 1
            outbox.popleft()

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._sock.fileno())
        self._owner.link_drained(self)

    def statistics(self) -> UdpStatistics:
        """Return the counters."""
        return UdpStatistics(self._sent, self._refused, self._received, self._malformed)
