"""The least ZMTP that carries a mechanism over a blocking socket, to test mechanisms alone against libzmq."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Self

from covey.security.mechanism import (
    AuthenticationReply,
    AuthenticationRequest,
    HandshakeState,
    Mechanism,
    Sealing,
)

_COMMAND = 4
_LONG = 2
_TIMEOUT = 5.0


class ShimConnection:
    """One connection, from greeting to messages."""

    def __init__(self, stream: socket.socket, mechanism: Mechanism) -> None:
        stream.settimeout(_TIMEOUT)
        self.stream = stream
        self.mechanism = mechanism
        self.requests: list[AuthenticationRequest] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()

    def shake_hands(
        self, verdict: Callable[[AuthenticationRequest], AuthenticationReply] | None = None
    ) -> None:
        name = self.mechanism.name.encode()
        self.stream.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01" + name.ljust(20, b"\0") + bytes(32))
        greeting = self._exactly(64)
        assert greeting[12:32].rstrip(b"\0") == name
        try:
            while True:
                self._flush()
                if self.mechanism.state is HandshakeState.AUTHENTICATING:
                    request = self.mechanism.authentication_request
                    assert request is not None
                    assert verdict is not None
                    self.requests.append(request)
                    self.mechanism.authenticate(verdict(request))
                elif self.mechanism.state is HandshakeState.READY:
                    return
                else:
                    flags, body = self._frame()
                    assert flags & _COMMAND
                    self.mechanism.receive_command(body)
        finally:
            self._flush()

    def send(self, flags: int, payload: bytes) -> None:
        if self.mechanism.sealing is Sealing.MESSAGE:
            self._send_frame(0, self.mechanism.seal(flags, payload))
        else:
            self._send_frame(flags & 1 | (_COMMAND if flags & 2 else 0), payload)

    def receive(self) -> tuple[int, bytes]:
        flags, body = self._frame()
        if self.mechanism.sealing is Sealing.MESSAGE:
            assert not flags & (_COMMAND | 1)
            return self.mechanism.open(body)
        return flags & 1 | (2 if flags & _COMMAND else 0), body

    def _flush(self) -> None:
        while (body := self.mechanism.next_command()) is not None:
            self._send_frame(_COMMAND, body)

    def _send_frame(self, flags: int, body: bytes) -> None:
        size = len(body)
        head = bytes((flags, size)) if size < 256 else struct.pack("!BQ", flags | _LONG, size)
        self.stream.sendall(head + body)

    def _frame(self) -> tuple[int, bytes]:
        flags = self._exactly(1)[0]
        size = struct.unpack("!Q", self._exactly(8))[0] if flags & _LONG else self._exactly(1)[0]
        return flags, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self.stream.recv(size - len(data))
            if not chunk:
                raise ConnectionError("the peer closed")
            data += chunk
        return data


def connect(port: int, mechanism: Mechanism) -> ShimConnection:
    return ShimConnection(socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT), mechanism)


class ShimListener:
    """A loopback listener that accepts one peer at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TIMEOUT)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def accept(self, mechanism: Mechanism) -> ShimConnection:
        stream, _ = self._listener.accept()
        return ShimConnection(stream, mechanism)
