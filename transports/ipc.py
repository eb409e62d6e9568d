"""`ipc://`: unix sockets, by path, in the abstract namespace (`ipc://@name`), or at a place of our choice.

The other end's user, group and process stand in its address: `localhost:UID:GID:PID`, as libzmq tells an
authenticator.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import tempfile
from collections.abc import Callable

from covey.endpoint import split_endpoint
from covey.errors import EndpointError, ResourceError

from .stream_transport import ListeningSocket, StreamOptions

__all__ = ["IpcTransport"]

_PATH_MAX = 107  # of sun_path's 108 octets on Linux, one ends it
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


class IpcTransport:
    """The scheme `ipc`. Implements `StreamTransport`."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint as it is, if it can be a unix socket's."""
        _, path = split_endpoint(endpoint)
        if path == "*" and not for_bind:
            raise EndpointError(endpoint, "* can be bound but not connected to; name a path")
        if len(os.fsencode(path)) > _PATH_MAX:
            raise EndpointError(endpoint, f"a unix socket's path has at most {_PATH_MAX} octets")
        if "\0" in path or path == "@":
            raise EndpointError(endpoint, "not a path or an abstract name")
        return endpoint

    async def listen(self, endpoint: str, options: StreamOptions) -> list[ListeningSocket]:
        """Bind and listen; a socket file that nobody listens on is taken over, and removed at the end."""
        _, path = split_endpoint(self.check(endpoint, for_bind=True))
        if options.use_fd >= 0:
            return [_adopt(endpoint, options)]
        return [await asyncio.to_thread(_listen, endpoint, path, options)]  # files may be on a slow disk

    async def dial(self, endpoint: str, options: StreamOptions) -> socket.socket:
        """Connect to the path."""
        _, path = split_endpoint(endpoint)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            _set_buffers(sock, options)
            async with asyncio.timeout(options.connect_timeout or None):
                await asyncio.get_running_loop().sock_connect(sock, _address(path))
            sock.getpeername()  # a full backlog looks like success until here
        except BaseException:
            sock.close()
            raise
        return sock

    def prepare(self, sock: socket.socket, options: StreamOptions) -> None:
        """Set the buffers' sizes."""
        _set_buffers(sock, options)

    def peer_address(self, sock: socket.socket) -> str:
        """Return `localhost:UID:GID:PID` of the other end's process."""
        try:
            raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except OSError:
            return "localhost"
        pid, uid, gid = _CREDENTIALS.unpack(raw)
        return f"localhost:{uid}:{gid}:{pid}"


def _address(path: str) -> str:
    return "\0" + path[1:] if path.startswith("@") else path


def _set_buffers(sock: socket.socket, options: StreamOptions) -> None:
    if options.sndbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
    if options.rcvbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.rcvbuf)


def _listen(endpoint: str, path: str, options: StreamOptions) -> ListeningSocket:
    directory = None
    if path == "*":
        directory = tempfile.mkdtemp(prefix="covey-")
        path = os.path.join(directory, "socket")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        _set_buffers(sock, options)
        _bind(sock, path)
        sock.listen(options.backlog)
        cleanup = None if path.startswith("@") else _remover(path, directory)
    except OSError as error:
        sock.close()
        raise ResourceError(endpoint, _explain(error), error.errno) from error
    return ListeningSocket(sock, f"ipc://{path}", cleanup)


def _adopt(endpoint: str, options: StreamOptions) -> ListeningSocket:
    """Take over a listening socket that somebody else made, a service manager for example; its file stays."""
    sock = None
    try:
        sock = socket.socket(fileno=options.use_fd)
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            raise OSError(errno.EAFNOSUPPORT, "it is of another family")
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            sock.listen(options.backlog)
        name = os.fsdecode(sock.getsockname())
    except (OSError, ValueError) as error:
        if sock is not None:
            sock.detach()
        raise ResourceError(endpoint, f"descriptor {options.use_fd} is no unix socket: {error}") from error
    return ListeningSocket(sock, f"ipc://@{name[1:]}" if name.startswith("\0") else f"ipc://{name}")


def _bind(sock: socket.socket, path: str) -> None:
    try:
        sock.bind(_address(path))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or path.startswith("@") or not _is_stale(path):
            raise
        os.unlink(path)
        sock.bind(path)


def _is_stale(path: str) -> bool:
    """Return whether `path` is a socket that nobody listens on any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return os.path.exists(path) and not os.path.isfile(path)
        except OSError:
            return False
    return False


def _remover(path: str, directory: str | None) -> Callable[[], None]:
    """Return what removes the socket file, unless somebody else has taken its place."""
    mine = os.stat(path).st_ino

    def remove() -> None:
        try:
            if os.stat(path).st_ino == mine:
                os.unlink(path)
            if directory is not None:
                os.rmdir(directory)
        except OSError:
            return  # gone already, or no longer ours to remove

    return remove


def _explain(error: OSError) -> str:
    hints = {
        errno.EADDRINUSE: "somebody listens there, or a file that is no socket has that name",
        errno.ENOENT: "the directory does not exist",
        errno.EACCES: "no permission to make a socket there",
    }
    return hints.get(error.errno or 0, error.strerror or str(error))
