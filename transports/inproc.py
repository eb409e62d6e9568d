"""`inproc://`: sockets of one event loop, joined without framing, copying or system calls.

A message that is sent is the very object that is received. Connecting before binding works, and who is
bound again is found again. Names belong to an event loop: loops of other threads have names of their own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from covey.endpoint import split_endpoint
from covey.errors import CoveyError, EndpointError, HandshakeFailed, ResourceError

from .link import LinkOwner, LinkSettings, Message
from .stream_transport import StreamOptions
from .zmtp.events import PeerProperties

__all__ = ["InprocBinding", "InprocDialer", "InprocLink", "InprocTransport", "is_bound"]

_NAME_MAX = 256
_REJOIN_DELAY = 0.1  # seconds, libzmq's RECONNECT_IVL


class _Names:
    """Who is bound, and who waits for somebody to bind, in one event loop."""

    def __init__(self) -> None:
        self.bound: dict[str, InprocBinding] = {}
        self.waiting: dict[str, dict[InprocDialer, None]] = {}


_names: WeakKeyDictionary[asyncio.AbstractEventLoop, _Names] = WeakKeyDictionary()


def _names_here() -> _Names:
    loop = asyncio.get_running_loop()
    if loop not in _names:
        _names[loop] = _Names()
    return _names[loop]


def is_bound(endpoint: str) -> bool:
    """Return whether somebody in this event loop is bound to an endpoint."""
    return endpoint in _names_here().bound


class InprocTransport:
    """The scheme `inproc`. Implements `LinkTransport`."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint as it is, if its name is not too long."""
        _, name = split_endpoint(endpoint)
        if len(name.encode()) > _NAME_MAX:
            raise EndpointError(endpoint, f"a name has at most {_NAME_MAX} octets")
        return endpoint

    async def bind(
        self,
        endpoint: str,
        settings: LinkSettings,
        options: StreamOptions,
        new_owner: Callable[[], LinkOwner],
    ) -> InprocBinding:
        """Take the name, and everybody who waits for it."""
        names = _names_here()
        if self.check(endpoint, for_bind=True) in names.bound:
            raise ResourceError(endpoint, "another socket of this event loop is bound to that name")
        binding = InprocBinding(endpoint, settings, new_owner, names)
        names.bound[endpoint] = binding
        for dialer in list(names.waiting.pop(endpoint, ())):
            dialer.join(binding)
        return binding

    def dialer(
        self, endpoint: str, settings: LinkSettings, options: StreamOptions, owner: LinkOwner
    ) -> InprocDialer:
        """Return what connects `owner`."""
        return InprocDialer(endpoint, settings, owner, _names_here())


class InprocBinding:
    """A name that is taken. Implements `Binding`."""

    def __init__(
        self, endpoint: str, settings: LinkSettings, new_owner: Callable[[], LinkOwner], names: _Names
    ) -> None:
        self.endpoint = endpoint
        self.settings = settings
        self.new_owner = new_owner
        self._names = names

    async def close(self) -> None:
        """Give the name up."""
        if self._names.bound.get(self.endpoint) is self:
            del self._names.bound[self.endpoint]


class InprocDialer:
    """Joins its owner to whoever is bound to the name, now or later. Implements `Dialer`."""

    def __init__(self, endpoint: str, settings: LinkSettings, owner: LinkOwner, names: _Names) -> None:
        self.endpoint = endpoint
        self._settings = settings
        self._owner = owner
        self._names = names
        self._stopped = False
        self._joined_to: InprocBinding | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Join, or wait for the name to be bound."""
        if self._stopped:
            return
        binding = self._names.bound.get(self.endpoint)
        if binding is not None:
            self.join(binding)
        else:
            self._names.waiting.setdefault(self.endpoint, {})[self] = None

    def join(self, binding: InprocBinding) -> None:
        """Make the two links, if the two types may talk."""
        self._joined_to = binding
        mine, theirs = self._settings.connection, binding.settings.connection
        here = InprocLink(self._owner, takes_subscriptions=mine.takes_subscriptions)
        if theirs.socket_type not in mine.peer_types or mine.socket_type not in theirs.peer_types:
            reason = f"a {mine.socket_type} socket cannot talk to a {theirs.socket_type} socket"
            self._owner.link_closed(here, HandshakeFailed(reason))
            return
        there = InprocLink(binding.new_owner(), takes_subscriptions=theirs.takes_subscriptions)
        here.peer, there.peer = there, here
        there.owner.link_ready(there, _properties(self._settings))
        if not here.closed and not there.closed:
            here.owner.link_ready(here, _properties(binding.settings))

    def succeeded(self) -> None:
        """Nothing: there are no delays to reset."""

    def lost(self, error: Exception) -> None:
        """Join again as soon as somebody is bound, unless the two can never talk.

        Who parted from us and is bound still is given a moment.
        """
        if isinstance(error, HandshakeFailed):
            return
        loop = asyncio.get_running_loop()
        if self._names.bound.get(self.endpoint) is self._joined_to:
            self._timer = loop.call_later(_REJOIN_DELAY, self.start)
        else:
            loop.call_soon(self.start)

    def stop(self) -> None:
        """Wait no longer."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        waiting = self._names.waiting.get(self.endpoint)
        if waiting is not None:
            waiting.pop(self, None)
            if not waiting:
                del self._names.waiting[self.endpoint]


def _properties(settings: LinkSettings) -> PeerProperties:
    metadata = settings.connection.metadata
    return PeerProperties(
        socket_type=settings.connection.socket_type,
        identity=metadata.get("Identity", b""),
        mechanism="NULL",
        user_id="",
        minor=1,
        metadata=dict(metadata),
        address="inproc",
    )


class InprocLink:
    """One end of a joined pair. Implements `Link`.

    The receiving end's inbox is filled directly; what does not fit stays in the sending end's outbox, so
    that the two high-water marks add up.
    """

    __slots__ = ("_blocked", "_paused", "_takes_subscriptions", "closed", "owner", "peer")

    def __init__(self, owner: LinkOwner, *, takes_subscriptions: bool) -> None:
        self.owner = owner
        self.peer: InprocLink = self
        self.closed = False
        self._takes_subscriptions = takes_subscriptions
        self._paused = False
        self._blocked = False

    @property
    def in_flight(self) -> int:
        """Nothing is ever between the two."""
        return 0

    def transmit(self, outbox: deque[Message]) -> None:
        """Move messages into the other end's inbox as far as it has room."""
        peer = self.peer
        while outbox and not peer._paused and not self.closed:
            room = peer.owner.link_room()
            if room <= 0:
                peer.pause_reading()
                break
            count = min(room, len(outbox))
            # A list that several subscribers get must not be one that each of them may change.
            batch = [
                message if type(message) is bytes else list(message)
                for message in (outbox.popleft() for _ in range(count))
            ]
            peer.deliver(batch)  # type: ignore[arg-type]
        self._blocked = bool(outbox)

    def deliver(self, messages: list[Message]) -> None:
        """Give messages to the owner of this end."""
        try:
            self.owner.link_messages(self, messages)
        except CoveyError as error:  # against the pattern's rules
            self.close()
            self.owner.link_closed(self, error)

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Tell the other end, if it is a publisher."""
        if self.peer._takes_subscriptions and not self.closed:
            self.peer.deliver([(b"\x01" if subscribe else b"\x00") + topic])

    def pause_reading(self) -> None:
        """Take no more messages."""
        self._paused = True

    def resume_reading(self) -> None:
        """Take messages again, those that wait at the other end first."""
        if self._paused and not self.closed:
            self._paused = False
            if self.peer._blocked:
                self.peer._blocked = False
                self.peer.owner.link_drained(self.peer)

    def close(self) -> None:
        """Part the two; the other end hears of it in the loop's next turn."""
        if self.closed:
            return
        self.closed = True
        asyncio.get_running_loop().call_soon(self.peer.parted)

    def parted(self) -> None:
        """The other end closed."""
        if not self.closed:
            self.closed = True
            self.owner.link_closed(self, None)

    def take_back(self) -> list[Message]:
        """Return nothing: nothing is ever between the two."""
        return []
