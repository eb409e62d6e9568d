"""DGRAM: plain UDP datagrams, to and from anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from covey.errors import (
    EndpointError,
    MessageTooLarge,
    NotSupportedByType,
    SocketClosed,
    StateError,
    WouldBlock,
)

from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_payload
from .waiting import WaitQueue

__all__ = ["Dgram"]


class Dgram(Receiver):
    """Sends and receives `[address, body]`, the address as `192.0.2.1:5555` or `[2001:db8::1]:5555`.

    ::

        async with covey.Dgram() as dgram:
            await dgram.bind("udp://*:5556")
            address, body = await dgram.recv_multipart()
            await dgram.send_multipart([address, b"thank you"])
    """

    socket_type = "DGRAM"
    peer_types = frozenset(("DGRAM",))
    iterates_multipart = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._writers = WaitQueue()

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send a body, the second frame, to an address, the first; waits while the queue is full.

        Cancel: nothing was sent.

        Raises:
            UsageError: there are not two frames, or the first is no address.
            MessageTooLarge: the body has more than 65507 octets.
            StateError: the socket is not bound to an address of that family.
            SocketClosed: the socket was closed.
        """
        pipe, message = self._route(frames)
        while pipe.full:
            await self._writers.wait()
        pipe.write(message)

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send a body to an address.

        Raises:
            WouldBlock: the queue is full.
            UsageError, MessageTooLarge, StateError, SocketClosed: as `send_multipart`.
        """
        pipe, message = self._route(frames)
        if pipe.full:
            raise WouldBlock("the queue is full")
        pipe.write(message)

    async def send_to(self, address: str, data: Payload) -> None:
        """Send a datagram; as `send_multipart`."""
        await self.send_multipart([address.encode(), data])

    async def recv_from(self) -> tuple[str, bytes]:
        """Return (address, body) of the next datagram.

        Cancel: no datagram is lost; it stays for the next call.
        """
        address, body = await self.recv_multipart()
        return address.decode(), body

    def _route(self, frames: Sequence[Payload]) -> tuple[Pipe, list[bytes]]:
        from covey.transports.udp.dgram import MAX_BODY, read_address

        self._check_open()
        if len(frames) != 2:
            raise NotSupportedByType(self.socket_type, "send anything but an address and a body")
        message = [as_payload(frame) for frame in frames]
        host, _ = read_address(message[0])
        if len(message[1]) > MAX_BODY:
            raise MessageTooLarge(len(message[1]), MAX_BODY)
        for pipe in self._pipes:
            if ("[" in pipe.endpoint) is (":" in host) and pipe.link is not None:
                return pipe, message
        raise StateError(f"the socket is bound to no address from which {host} could be reached")

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()

    async def connect(self, endpoint: str) -> None:
        """Refuse: a DGRAM binds.

        Raises:
            EndpointError: always.
        """
        raise EndpointError(endpoint, "a DGRAM binds; it names its receivers when it sends")

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits."""
        super().socket_closed(error)
        self._writers.fail(error)
