"""A sender of PGM on asyncio. Implements `Link` for the sending side."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import Final

from covey.transports.link import LinkOwner, Message
from covey.transports.memory import keep_freed_memory
from covey.transports.pgm.sender import Sender
from covey.transports.pgm.session import Session
from covey.transports.pgm.statistics import SenderStatistics
from covey.transports.zmtp.events import PeerProperties

from .endpoint import MulticastEndpoint
from .offload import GroupSender
from .raw import strip_ip
from .settings import MulticastOptions, sender_settings
from .siblings import SiblingSocket
from .sockets import open_feedback_socket, open_sending_socket
from .timer import Alarm

__all__ = ["PgmSenderLink"]

_FULL: Final = 1024 * 1024
"""Octets waiting in the core above which the owner keeps the rest."""
_LOW: Final = 256 * 1024
_URGENT: Final = 16 * 1024
"""Octets waiting in the core that do not wait for the loop's turn: they fill datagrams as they are ..."""
_MANY: Final = 256
"""... and how many messages: the owner would wait for room in its queue before the loop's turn has come."""
_BATCH: Final = 1024
"""Messages taken from the owner at a time."""
_CALLS_PER_TURN: Final = 16
"""System calls before other work of the loop, such as NAKs, gets its turn."""
_READS_PER_TURN: Final = 64


class PgmSenderLink:
    """Sends messages to a group; ready from the start, for there is no handshake.

    Args:
        endpoint: where to.
        options: of the user.
        owner: holds the queue; told when it may send on.

    Raises:
        OptionError: `multicast_maxtpdu` fits no packet.
        ResourceError: the system refuses a socket.
    """

    def __init__(self, endpoint: MulticastEndpoint, options: MulticastOptions, owner: LinkOwner) -> None:
        keep_freed_memory()
        self.endpoint = endpoint
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        port, raw = endpoint.address.port, endpoint.raw
        sockets = options.socket_options()
        session = Session.generate(port, endpoint.interface.packed, endpoint.send_group, os.urandom)
        settings = sender_settings(options, is_ipv6=endpoint.address.is_ipv6, raw=raw)
        self._sending = open_sending_socket(
            endpoint.text, endpoint.interface, endpoint.address.send_group, port, sockets, raw=raw
        )
        try:
            self._feedback = open_feedback_socket(endpoint.text, endpoint.interface, port, sockets, raw=raw)
        except BaseException:
            self._sending.close()
            raise
        self._siblings = SiblingSocket(session.gsi + session.source_port.to_bytes(2, "big"), port)
        self._group = GroupSender(self._sending, batches=not raw and settings.segments > 1)
        self._core = Sender(session, settings, self._loop.time())
        self._alarm = Alarm(self._loop, self._on_time)
        self._pump_scheduled = False
        self._owner_waits = False
        self._owner_has_more = False
        self._done: asyncio.Future[None] | None = None
        self._closed = False

    def start(self) -> None:
        """Announce the session, and tell the owner that it may send."""
        self._loop.add_reader(self._feedback.fileno(), self._on_feedback)
        self._loop.add_reader(self._siblings.sock.fileno(), self._on_letter)
        self._pump()
        where = self.address.partition("://")[2]
        properties = PeerProperties("", b"", "NULL", "", 0, {}, where, everybody=True)
        self._owner.link_ready(self, properties)

    # --- Link ----------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The endpoint in canonical form."""
        return self.endpoint.text

    @property
    def in_flight(self) -> int:
        """Messages that have not wholly left."""
        return self._core.waiting_messages

    def transmit(self, outbox: deque[Message]) -> None:
        """Take messages while the network keeps up; a datagram waits for the loop's turn at most.

        There is an end to it before the outbox's: what receivers have to say about it must be heard.
        """
        core = self._core
        self._owner_waits = self._owner_has_more = False
        taken = 0
        while outbox and core.waiting < _FULL and taken < _FULL:
            before = core.waiting
            portion = _portion(outbox[0])
            if len(outbox) <= portion:
                core.put(list(outbox))
                outbox.clear()
            else:
                take = outbox.popleft
                core.put([take() for _ in range(portion)])
            taken += core.waiting - before
            if core.waiting >= _URGENT or core.waiting_messages >= _MANY:
                self._pump()
        if outbox or core.waiting_messages:
            # with nothing in flight there is nothing to tell: owner and link would wake each other for ever
            self._owner_waits = True
            self._owner_has_more = bool(outbox)
            self._schedule_pump()

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: over PGM everybody gets everything."""

    def pause_reading(self) -> None:
        """Do nothing: a sender delivers nothing."""

    def resume_reading(self) -> None:
        """Do nothing: a sender delivers nothing."""

    def take_back(self) -> list[Message]:
        """Return nothing: what was taken was cut up."""
        return []

    def close(self) -> None:
        """Say goodbye and close at once; receivers that still lack something will not get it."""
        if self._closed:
            return
        self._core.close(self._loop.time())
        self._pump()
        self._close_sockets()

    async def finish(self) -> None:
        """Send what is queued, say goodbye, go on repairing for a while, then close.

        Cancel: closes at once.
        """
        if self._closed:
            return
        try:
            self._done = self._loop.create_future()
            self._core.close(self._loop.time())
            self._pump()
            await self._done
        finally:
            self._close_sockets()

    def _close_sockets(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._alarm.cancel()
        for sock in (self._feedback, self._siblings.sock):
            self._loop.remove_reader(sock.fileno())
        self._loop.remove_writer(self._sending.fileno())
        self._feedback.close()
        self._siblings.close()
        self._sending.close()

    def statistics(self) -> SenderStatistics:
        """Return the counters."""
        return self._core.statistics()

    # --- feedback ------------------------------------------------------------------------------------------

    def _on_feedback(self) -> None:
        now = self._loop.time()
        for _ in range(_READS_PER_TURN):
            try:
                if self.endpoint.raw and not self.endpoint.address.is_ipv6:
                    data, where = self._feedback.recvfrom(65_535)
                    data = strip_ip(data)
                else:
                    data, where = self._feedback.recvfrom(65_535)
            except OSError:
                break
            source = f"{where[0]} {where[1]}"
            if self.endpoint.raw or not self._siblings.forward(data, source):
                self._core.receive_datagram(data, source, now)
        self._pump()

    def _on_letter(self) -> None:
        now = self._loop.time()
        for _ in range(_READS_PER_TURN):
            letter = self._siblings.receive()
            if letter is None:
                break
            self._core.receive_datagram(*letter, now)
        self._pump()

    # --- output --------------------------------------------------------------------------------------------

    def _schedule_pump(self) -> None:
        if not self._pump_scheduled:
            self._pump_scheduled = True
            self._loop.call_soon(self._pump_now)

    def _pump_now(self) -> None:
        self._pump_scheduled = False
        self._pump()

    def _on_time(self) -> None:
        self._core.handle_timer(self._loop.time())
        self._pump()

    def _pump(self) -> None:
        """Send what may be sent, as far as the kernel takes it."""
        if self._closed or self._group.is_stuck:
            return
        core, group = self._core, self._group
        now = self._loop.time()
        for _ in range(_CALLS_PER_TURN):
            out = core.next_datagrams(now)
            if out is None:
                break
            if not group.send(out.data, out.segment):
                self._loop.add_writer(self._sending.fileno(), self._on_writable)
                return
        else:
            self._schedule_pump()
        self._alarm.set(core.next_timer())
        if core.is_done and self._done is not None and not self._done.done():
            self._done.set_result(None)
        self._tell_owner()

    def _tell_owner(self) -> None:
        """Ask for more once there is room, and say when nothing is in flight any more."""
        core = self._core
        if not self._owner_waits or self._group.is_stuck:
            return
        if core.waiting_messages == 0 or (self._owner_has_more and core.waiting < _LOW):
            self._owner_waits = False
            self._owner.link_drained(self)

    def _on_writable(self) -> None:
        if self._group.flush():
            self._loop.remove_writer(self._sending.fileno())
            self._pump()


def _portion(message: Message) -> int:
    """Return how many messages like this one are taken at a time."""
    size = len(message) if isinstance(message, bytes) else sum(map(len, message))
    return max(1, min(_BATCH, _FULL // (size + 1)))
