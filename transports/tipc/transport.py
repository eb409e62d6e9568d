"""`tipc://`: listening and connecting. The bytes are `stream.StreamLink`'s."""

from __future__ import annotations

import asyncio
import errno
import socket

from covey.errors import EndpointError, ResourceError
from covey.transports.stream_transport import ListeningSocket, StreamOptions

from .address import from_tuple, parse_for_bind, parse_for_connect
from .sockets import connect, listen, open_socket

__all__ = ["TipcTransport"]


class TipcTransport:
    """The scheme `tipc`. Implements `StreamTransport`."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read.
            ResourceError: this kernel has no TIPC, so that connecting to it could never succeed.
        """
        address = parse_for_bind(endpoint) if for_bind else parse_for_connect(endpoint)
        open_socket().close()
        return str(address)

    async def listen(self, endpoint: str, options: StreamOptions) -> list[ListeningSocket]:
        """Bind and listen; as with libzmq, the resolved endpoint is the socket's own, whatever was bound."""
        sock, where = listen(parse_for_bind(endpoint), options.backlog)
        return [ListeningSocket(sock, str(where))]

    async def dial(self, endpoint: str, options: StreamOptions) -> socket.socket:
        """Connect once.

        Raises:
            OSError: nobody is bound there yet, or a refusal; worth another try.
        """
        try:
            async with asyncio.timeout(options.connect_timeout or None):
                sock = await connect(parse_for_connect(endpoint))
        except (ResourceError, EndpointError) as error:
            raise OSError(getattr(error, "errno", None) or errno.EINVAL, str(error)) from error
        self.prepare(sock, options)
        return sock

    def prepare(self, sock: socket.socket, options: StreamOptions) -> None:
        """Set the sizes of the kernel's buffers."""
        if options.sndbuf >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
        if options.rcvbuf >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.rcvbuf)

    def peer_address(self, sock: socket.socket) -> str:
        """Return `<zone.cluster.node:port>`."""
        try:
            return str(from_tuple(sock.getpeername())).removeprefix("tipc://")
        except (OSError, ValueError):
            return ""
