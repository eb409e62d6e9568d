"""RADIO and DISH: messages of named groups, to everybody who joined the group (RFC 48).

On a connection a message is two frames, group and body, and a DISH says by the commands JOIN and LEAVE what it wants.
Over multicast a message is one datagram, or two frames in a PGM stream, and every DISH filters by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from covey.errors import MessageTooLarge, ProtocolError, SocketClosed, StateError, WouldBlock
from covey.options import Option
from covey.transports.link import Message

from .groups import MAX_GROUP, GroupTable, group_as_text, group_octets
from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_payload
from .socket import Socket
from .waiting import WaitQueue

__all__ = ["Dish", "Radio"]

_GROUPS_PER_PEER = 100_000
_BREATHE_EVERY = 256  # messages between two turns given to the loop


class Radio(Socket):
    """Sends messages to the DISH peers that joined their group.

    ::

        async with covey.Radio() as radio:
            await radio.connect("udp://239.192.1.1:5556")
            await radio.send(b"sunny", group="weather")
    """

    socket_type = "RADIO"
    peer_types = frozenset(("DISH",))
    takes_subscriptions = True
    by_group = True

    xpub_nodrop = Option(
        False, "Wait for a receiver whose queue is full instead of dropping its messages.", number=69
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._table: GroupTable[Pipe] = GroupTable()
        self._joined = WaitQueue()
        self._writers = WaitQueue()
        self._largest = 0
        self._sends = 0

    async def send(self, data: Payload, group: str | bytes = "") -> None:
        """Send a message to everybody in `group`.

        A DISH whose queue is full misses it, which is counted and reported (`Dropped`), unless `xpub_nodrop` is set;
        members of a TIPC communication group are always waited for.

        Cancel: the message was not sent.

        Raises:
            OptionError: the group's name is too long.
            MessageTooLarge: it does not fit into a datagram (udp://, tipc://).
            SocketClosed: the socket was closed.
        """
        message = self._as_message(data, group)
        self._sends += 1
        if self._sends % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)
        self._check_open()
        while not self._distribute(message):
            await self._writers.wait()

    def send_nowait(self, data: Payload, group: str | bytes = "") -> None:
        """Send a message to everybody in `group`.

        Raises:
            WouldBlock: somebody who must be waited for has a full queue; nothing was sent.
            OptionError, MessageTooLarge, SocketClosed: as `send`.
        """
        message = self._as_message(data, group)
        self._check_open()
        if not self._distribute(message):
            raise WouldBlock("a receiver's queue is full")

    async def send_many(self, messages: Iterable[Payload], group: str | bytes = "") -> int:
        """Send many messages to one group and return how many.

        Cancel: a prefix of them was sent.
        """
        count = 0
        for data in messages:
            await self.send(data, group)
            count += 1
        return count

    async def wait_joined(self, group: str | bytes = "", count: int = 1) -> None:
        """Wait until a message to `group` would reach `count` peers (see `asyncio.timeout`).

        A multicast address counts as one peer that is always there: who listens to it is not known.
        """
        wanted = group_octets(group)
        while len(self._table.members(wanted)) < count:
            self._check_open()
            await self._joined.wait()

    def _as_message(self, data: Payload, group: str | bytes) -> list[bytes]:
        name, body = group_octets(group), as_payload(data)
        if self._largest and len(name) + len(body) > self._largest:
            raise MessageTooLarge(len(name) + len(body), self._largest)
        return [name, body]

    def _distribute(self, message: list[bytes]) -> bool:
        """Send to the group; False, with nothing sent, when somebody must be waited for."""
        pipes = self._table.members(message[0])
        if any(pipe.full and self._must_wait(pipe) for pipe in pipes):
            return False
        for pipe in pipes:
            if pipe.full:
                self.count_dropped(pipe, 1, "the receiver's queue is full")
            else:
                pipe.write(message)
        return True

    def _must_wait(self, pipe: Pipe) -> bool:
        return self.xpub_nodrop or (pipe.properties is not None and pipe.properties.waits)

    # -- who is in which group ----------------------------------------------------------------------------

    def pipe_opened(self, pipe: Pipe) -> None:
        """Send everything to a multicast address, and nothing larger than it takes."""
        super().pipe_opened(pipe)
        if pipe.properties is not None and pipe.properties.everybody:
            self._table.join_all(pipe)
            self._measure()
            self._joined.wake_all()

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Obey JOIN and LEAVE, and drop the rest: a RADIO does not receive."""
        for message in messages:
            if type(message) is not bytes:
                continue
            if message[:1] == b"\x01":
                self._join(pipe, message[1:])
            elif message[:1] == b"\x00":
                self._table.leave(message[1:], pipe)
        self._joined.wake_all()
        return []

    def _join(self, pipe: Pipe, group: bytes) -> None:
        if len(group) > MAX_GROUP:
            raise ProtocolError(f"a group whose name has {len(group)} octets, more than {MAX_GROUP}")
        if self._table.groups_of(pipe) >= _GROUPS_PER_PEER:
            raise ProtocolError(f"more than {_GROUPS_PER_PEER} groups joined by one peer")
        self._table.join(group, pipe)

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Forget a peer's groups; it says so again when it is back."""
        super().pipe_interrupted(pipe)
        self._table.forget(pipe)
        self._measure()

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget a peer's groups."""
        super().pipe_detached(pipe)
        self._table.forget(pipe)
        self._measure()
        self._writers.wake_all()

    def _measure(self) -> None:
        limits = [pipe.properties.largest for pipe in self._pipes if pipe.properties is not None]
        self._largest = min(filter(None, limits), default=0)

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits."""
        super().socket_closed(error)
        self._joined.fail(error)
        self._writers.fail(error)


class Dish(Receiver):
    """Receives the messages of the groups that it joined, by exact name.

    ::

        async with covey.Dish() as dish:
            dish.join("weather")
            await dish.bind("udp://239.192.1.1:5556")
            print(await dish.recv())
    """

    socket_type = "DISH"
    peer_types = frozenset(("RADIO",))
    by_group = True

    def __init__(self, **options: Any) -> None:
        if "linger" not in options:
            options["linger"] = 0  # JOIN and LEAVE are not worth waiting for
        super().__init__(**options)
        self._groups: dict[bytes, None] = {}

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that were joined, in that order."""
        return tuple(map(group_as_text, self._groups))

    def join(self, group: str | bytes) -> None:
        """Receive the messages of `group`.

        Raises:
            OptionError: the name has more than 255 octets.
            StateError: it was joined already.
        """
        name = group_octets(group)
        self._check_open()
        if name in self._groups:
            raise StateError(f"group {group_as_text(name)!r} was joined already")
        self._groups[name] = None
        self._tell(name, join=True)

    def leave(self, group: str | bytes) -> None:
        """Receive no more messages of `group`, except those that have arrived.

        Raises:
            StateError: it was not joined.
        """
        name = group_octets(group)
        self._check_open()
        if name not in self._groups:
            raise StateError(f"group {group_as_text(name)!r} was not joined")
        del self._groups[name]
        self._tell(name, join=False)

    async def recv_with_group(self) -> tuple[str, bytes]:
        """Return the next message's group and the message.

        Cancel: no message is lost; it stays for the next call.

        Raises:
            SocketClosed: nothing is left and nothing can come.
        """
        while not self._ready and not self._refill():
            await self._wait_readable()
        entry = self._ready.popleft()
        group, body = getattr(entry, "entry", entry)
        return group_as_text(group), body

    def _tell(self, group: bytes, *, join: bool) -> None:
        for pipe in self._pipes:
            if pipe.link is not None:
                pipe.link.send_subscription(group, subscribe=join)

    def pipe_opened(self, pipe: Pipe) -> None:
        """Tell a RADIO that is (again) there what was joined."""
        super().pipe_opened(pipe)
        for group in self._groups:
            if pipe.link is None:
                break
            pipe.link.send_subscription(group, subscribe=True)

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Keep the messages of joined groups; what is no message of a group is dropped and counted."""
        groups = self._groups
        whole = [message for message in messages if type(message) is list and len(message) == 2]
        if len(whole) < len(messages):
            self.count_dropped(pipe, len(messages) - len(whole), "not a group and a body")
        return [message for message in whole if message[0] in groups]

    def wraps_entries(self) -> bool:
        """Return True: an entry is group and body, of which `recv` gives the body."""
        return True

    def _deliver(self, message: Any) -> list[bytes]:
        return [message[1]]
