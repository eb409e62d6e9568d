"""A ZMTP connection over any stream socket (tcp, ipc, tipc): the thin asyncio shell around the core.

It reads and writes the socket itself instead of through an asyncio transport: one receive buffer serves
every connection of the thread, large bodies go to `sendmsg` uncopied, and what the kernel has not taken
stays countable (`docs/decisions/0003-own-stream-io.md`).
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from covey.errors import CoveyError, ProtocolError
from covey.security.mechanism import AuthenticationReply
from covey.values import replace

from .authentication import Spawner, ask, without_port
from .link import LinkOwner, LinkSettings
from .memory import keep_freed_memory
from .zmtp.connection import Connection, ConnectionState
from .zmtp.events import HandshakeDone, PeerProperties
from .zmtp.frames import Message, wire_size

if TYPE_CHECKING:
    from .raw import RawConnection

__all__ = ["Spawner", "StreamLink"]

_RECEIVE_BUFFER = 256 * 1024
_BATCH_BYTES = 256 * 1024  # roughly what is encoded at a time
_BATCH_MESSAGES = 2048
_FIRST_BATCH = 64
_IOV_MAX = 512
_LAST_READS = 16  # receive buffers read at most from a connection that is given up
_CONTROL_BACKLOG = 64 * 1024  # PONGs that a peer may leave unread before it is given up

_buffers = threading.local()


def _receive_buffer() -> memoryview:
    """Return this thread's receive buffer; whoever uses it has copied what it keeps before returning."""
    view: memoryview | None = getattr(_buffers, "view", None)
    if view is None:
        keep_freed_memory()
        view = _buffers.view = memoryview(bytearray(_RECEIVE_BUFFER))
    return view


class StreamLink:
    """One ZMTP connection on a connected, non-blocking stream socket. Implements `Link`.

    Args:
        sock: connected and non-blocking; the link owns it from now on.
        settings: what the socket's options mean here.
        owner: told what happens.
        spawn: runs the authenticator when it wants to wait.
        address: of the peer, for properties, authenticator and events.
    """

    __slots__ = (
        "_batch",
        "_batch_limit",
        "_closed",
        "_control",
        "_core",
        "_loop",
        "_owner",
        "_paused",
        "_ready",
        "_settings",
        "_sock",
        "_spawn",
        "_timer",
        "_unsent",
        "_written",
        "address",
        "received",
        "sent",
    )

    def __init__(
        self, sock: socket.socket, settings: LinkSettings, owner: LinkOwner, spawn: Spawner, address: str
    ) -> None:
        self._sock = sock
        self._settings = settings
        self._owner = owner
        self._spawn = spawn
        self.address = address
        self._loop = asyncio.get_running_loop()
        self._core: Connection | RawConnection = _make_core(settings, self._loop.time())
        self._unsent: deque[bytes | bytearray | memoryview] = deque()
        self._control = 0  # octets among them that the protocol wanted sent, not the owner
        self._batch: list[Message] = []  # messages whose octets are in _unsent
        self._batch_limit = _FIRST_BATCH
        self._written = 0  # octets of that batch that the kernel has taken
        self._paused = False
        self._closed = False
        self._ready = False
        self._timer: asyncio.TimerHandle | None = None
        self.sent = 0
        self.received = 0

    def start(self) -> None:
        """Send the greeting and begin to listen."""
        self._loop.add_reader(self._sock.fileno(), self._on_readable)
        self._write_control()
        self._arm_timer()
        self._follow_handshake()

    # -- reading ------------------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        view = _receive_buffer()
        try:
            count = self._sock.recv_into(view)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lost(error)
            return
        if count == 0:
            self._lost(None)
            return
        self.received += count
        self._feed(view[:count])

    def _feed(self, data: bytes | memoryview) -> None:
        """Decode and deliver, until nothing whole is left or the owner takes no more."""
        core = self._core
        try:
            self._deliver(data)
            while core.holds_messages and not self._paused and not self._closed:
                self._deliver(b"")
        except CoveyError as error:  # against the protocol, or against the pattern's rules
            self._fail(error)

    def _deliver(self, data: bytes | memoryview) -> None:
        core = self._core
        messages = core.receive_data(data, self._loop.time(), self._owner.link_room() if self._ready else 1)
        if not self._ready:
            self._follow_handshake()
        # Before the owner can write: what is sealed first must leave first.
        self._write_control()
        if messages and not self._closed:
            self._owner.link_messages(self, messages)
        if core.failure is not None:
            raise core.failure
        if self._owner.link_room() <= 0:
            self.pause_reading()

    def _follow_handshake(self) -> None:
        while not self._closed and (event := self._core.next_event()) is not None:
            if isinstance(event, HandshakeDone):
                self._ready = True
                self._write_control()
                self._arm_timer()
                self._owner.link_ready(self, _located(event.properties, self.address))
            else:
                ask(self._settings, event.request, self.address, self._spawn, self._authenticated)

    def _authenticated(self, reply: AuthenticationReply) -> None:
        if self._closed:
            return
        try:
            self._core.authenticate(reply, self._loop.time())
        except CoveyError as error:
            self._fail(error)
            return
        self._follow_handshake()
        if not self._closed:
            self._feed(b"")

    def pause_reading(self) -> None:
        """Leave what arrives in the kernel."""
        if not self._paused and not self._closed:
            self._paused = True
            self._loop.remove_reader(self._sock.fileno())

    def resume_reading(self) -> None:
        """Read again, first what was held back in the decoder."""
        if self._paused and not self._closed:
            self._paused = False
            self._loop.add_reader(self._sock.fileno(), self._on_readable)
            if self._core.holds_messages:
                self._feed(b"")

    # -- writing ------------------------------------------------------------------------------------------

    @property
    def in_flight(self) -> int:
        """Messages taken from the outbox that the kernel has not wholly accepted."""
        return len(self._batch)

    def transmit(self, outbox: deque[Message]) -> None:
        """Encode and write batch after batch until `outbox` is empty or the kernel takes no more."""
        while outbox and not self._unsent and not self._closed:
            count = len(outbox)
            if count <= self._batch_limit:
                batch = list(outbox)
                outbox.clear()
            else:
                batch = [outbox.popleft() for _ in range(self._batch_limit)]
                count = len(batch)
            buffers = self._core.encode(batch)
            size = sum(map(len, buffers)) or 1
            self._batch_limit = max(
                1, min(_BATCH_MESSAGES, self._batch_limit * 8, _BATCH_BYTES * count // size)
            )
            self._batch = batch
            self._written = 0
            self._write(buffers)

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Send SUBSCRIBE or CANCEL behind what was written before."""
        self._write(self._core.encode_subscription(topic, subscribe=subscribe))

    def _write_control(self) -> None:
        out = self._core.data_to_send()
        if not out:
            return
        self._write(out)
        self._arm_timer()
        if self._unsent:
            self._control += sum(map(len, out))
            if self._control > _CONTROL_BACKLOG:
                self._fail(ProtocolError("the peer asks for answers but does not read them"))

    def _write(self, buffers: Sequence[bytes | bytearray]) -> None:
        if self._unsent:
            self._unsent.extend(buffers)
            return
        if len(buffers) == 1:  # by far the commonest case, without a queue
            data = buffers[0]
            try:
                count = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                count = 0
            except OSError as error:
                self._unsent.append(data)  # so that nothing more is taken from the outbox
                self._loop.call_soon(self._broken, error)
                return
            self.sent += count
            if count == len(data):
                self._batch = []
                return
            self._written += count
            self._unsent.append(memoryview(data)[count:])
        else:
            self._unsent.extend(buffers)
            if self._send_unsent():
                return
        self._loop.add_writer(self._sock.fileno(), self._on_writable)

    def _send_unsent(self) -> bool:
        """Hand queued buffers to the kernel; True when all of them left or the link broke."""
        unsent = self._unsent
        while unsent:
            try:
                if len(unsent) == 1:
                    count = self._sock.send(unsent[0])
                else:
                    count = self._sock.sendmsg([unsent[at] for at in range(min(len(unsent), _IOV_MAX))])
            except (BlockingIOError, InterruptedError):
                return False
            except OSError as error:
                self._loop.call_soon(self._broken, error)
                return False
            self.sent += count
            self._written += count
            while unsent and count >= len(unsent[0]):
                count -= len(unsent.popleft())
            if count:
                unsent[0] = memoryview(unsent[0])[count:]
        self._batch = []
        self._control = 0
        return True

    def _on_writable(self) -> None:
        if self._send_unsent() and not self._closed:
            self._loop.remove_writer(self._sock.fileno())
            if self._ready:
                self._owner.link_drained(self)

    def take_back(self) -> list[Message]:
        """Return messages of the last batch of which no octet was written."""
        batch, self._batch = self._batch, []
        if self._core.seals_stream:
            return []
        at = 0
        for index, message in enumerate(batch):
            if at >= self._written:
                return batch[index:]
            at += wire_size(message) + self._core.overhead(message)
        return []

    # -- time and end -------------------------------------------------------------------------------------

    def _arm_timer(self) -> None:
        at = self._core.next_timeout()
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
            self._timer = None
        if at is not None and not self._closed:
            self._timer = self._loop.call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._closed:
            return
        if self._paused:
            self._core.excuse_silence(self._loop.time())
        try:
            self._core.handle_timeout(self._loop.time())
        except CoveyError as error:
            self._fail(error)
            return
        self._write_control()
        self._arm_timer()

    def _fail(self, error: CoveyError) -> None:
        """Send the mechanism's last words, then close."""
        if self._closed:
            return
        self._core.state = ConnectionState.CLOSED
        for buffer in self._core.data_to_send() if not self._unsent else ():
            try:
                self._sock.send(buffer)
            except OSError:
                break
        self._lost(error)

    def _broken(self, error: OSError) -> None:
        """Writing failed: take what the peer had sent before, then give the connection up."""
        for _ in range(_LAST_READS):
            if self._closed or self._paused:
                break
            self._on_readable()
        self._lost(error)

    def _lost(self, error: Exception | None) -> None:
        if self._closed:
            return
        self.close()
        self._owner.link_closed(self, error)

    def close(self) -> None:
        """Close the socket at once."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        fileno = self._sock.fileno()
        self._loop.remove_reader(fileno)
        self._loop.remove_writer(fileno)
        self._empty_kernel_buffer()
        self._sock.close()

    def _empty_kernel_buffer(self) -> None:
        """Read what lies unread: closing over it would reset the connection and lose what we sent last."""
        view = _receive_buffer()
        try:
            for _ in range(_LAST_READS):
                if self._sock.recv_into(view) == 0:
                    return
        except OSError:
            return


def _located(peer: PeerProperties, address: str) -> PeerProperties:
    where = {"Peer-Address": without_port(address).encode()}
    return replace(peer, address=address, metadata={**peer.metadata, **where})


def _make_core(settings: LinkSettings, now: float) -> Connection | RawConnection:
    if settings.raw:
        from .raw import RawConnection

        return RawConnection()
    metadata = dict(settings.connection.metadata)
    return Connection(settings.connection, settings.security.new_mechanism(metadata), now)
