"""pyzmq as most programs use it: blocking calls."""

from __future__ import annotations

from typing import Any

import zmq

from . import Keys

__all__ = ["ZmqBlocking", "ZmqSockets", "make"]


class ZmqSockets:
    """What the blocking and the asyncio binding open alike."""

    context: Any

    def new_keys(self) -> Keys:
        """Return a fresh CURVE key pair."""
        public, secret = zmq.curve_keypair()
        return public.decode(), secret.decode()

    def open(self, kind: str) -> Any:
        """Open a socket of a kind in lower case, with its default options."""
        sock = self.context.socket(getattr(zmq, kind.upper()))
        sock.linger = 0
        return sock

    def open_unlimited(self, kind: str) -> Any:
        """Open a socket without high-water marks."""
        sock = self.open(kind)
        sock.set_hwm(0)
        return sock

    def open_curve_server(self, kind: str, keys: Keys) -> Any:
        """Open a socket that accepts CURVE connections only."""
        sock = self.open(kind)
        sock.curve_server = True
        sock.curve_secretkey = keys[1].encode()
        return sock

    def open_curve_client(self, kind: str, keys: Keys, server_key: str) -> Any:
        """Open a socket that connects by CURVE."""
        sock = self.open(kind)
        sock.curve_publickey, sock.curve_secretkey = (key.encode() for key in keys)
        sock.curve_serverkey = server_key.encode()
        return sock

    def subscribe(self, sock: Any, prefix: bytes) -> None:
        """Subscribe a SUB socket."""
        sock.setsockopt(zmq.SUBSCRIBE, prefix)

    def bind_and_resolve(self, sock: Any, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        sock.bind(endpoint)
        resolved: bytes = sock.getsockopt(zmq.LAST_ENDPOINT)
        return resolved.rstrip(b"\0").decode()


class ZmqBlocking(ZmqSockets):
    """Opens blocking sockets."""

    def __init__(self) -> None:
        self.context = zmq.Context()
        self.context.max_sockets = 20_000

    def bind(self, sock: Any, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        return self.bind_and_resolve(sock, endpoint)

    def connect(self, sock: Any, endpoint: str) -> None:
        """Begin to connect."""
        sock.connect(endpoint)


def make() -> ZmqBlocking:
    """Return the adapter."""
    return ZmqBlocking()
