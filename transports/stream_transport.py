"""What a stream transport (tcp, ipc, tipc) must be able to do, and the socket options that concern it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from covey.values import frozen

__all__ = ["ListeningSocket", "StreamOptions", "StreamTransport"]


@frozen
class StreamOptions:
    """Options of the operating system's socket; -1 leaves the system's default."""

    backlog: int = 100
    sndbuf: int = -1
    rcvbuf: int = -1
    ipv6: bool = False
    connect_timeout: float = 0.0
    """Seconds, 0 for the system's."""
    tcp_keepalive: int = -1
    tcp_keepalive_cnt: int = -1
    tcp_keepalive_idle: int = -1
    tcp_keepalive_intvl: int = -1
    tcp_maxrt: int = 0
    """Milliseconds, 0 for the system's."""
    tos: int = 0
    bindtodevice: str = ""
    socks_proxy: str = ""
    socks_username: str = ""
    socks_password: str = ""
    use_fd: int = -1
    """Descriptor of a listening socket to take over, -1 for none."""
    priority: int = 0
    maxmsgsize: int = -1
    multicast_hops: int = 1
    multicast_loop: bool = True
    multicast_maxtpdu: int = 1500
    rate: int = 100
    """kbit/s, -1 for no limit."""
    recovery_ivl: int = 10_000
    """Milliseconds."""
    parity_group: int = 0
    """Data packets of a parity group, 0 for no parity."""
    parity_packets: int = 0
    """Parity packets sent after every full group, asked or not."""
    join_history: bool = False


@frozen
class ListeningSocket:
    """A listening, non-blocking socket and the endpoint that reaches it."""

    sock: socket.socket
    endpoint: str
    cleanup: Callable[[], None] | None = None
    """Called when the socket has been closed; removes a unix socket's file."""


class StreamTransport(Protocol):
    """A scheme over stream sockets."""

    async def listen(self, endpoint: str, options: StreamOptions) -> list[ListeningSocket]:
        """Bind and listen; usually one socket.

        Raises:
            EndpointError: it cannot be read.
            ResourceError: the system refuses.
        """
        ...

    async def dial(self, endpoint: str, options: StreamOptions) -> socket.socket:
        """Connect and return a non-blocking socket.

        Raises:
            OSError: nobody answers, or the name is unknown; worth another try.
        """
        ...

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read.
        """
        ...

    def prepare(self, sock: socket.socket, options: StreamOptions) -> None:
        """Set the options of a freshly accepted socket."""
        ...

    def peer_address(self, sock: socket.socket) -> str:
        """Return where the other end is, for people and authenticators."""
        ...
