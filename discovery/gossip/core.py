"""The gossip engine without sockets and clocks: a hub for its clients and a client of its hubs.

Every node is both, as with zgossip. A tuple that is news is delivered to the owner and passed on to all
clients and hubs but the one it came from.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from math import inf

from covey.values import frozen

from .remote import Remote
from .tuples import News, TupleStore
from .wire import Hello, Invalid, MalformedGossip, Message, Ping, Pong, Publish, decode, encode

__all__ = ["GossipCore", "Outgoing"]

_SWEEP = 5.0
"""Seconds between looks for tuples that ran out."""
_REFRESH = 1 / 3
"""Share of its time to live after which an own tuple is published again."""


@frozen
class Outgoing:
    """A frame to send."""

    to: bytes | int
    """Routing id of a client, or number of a hub."""
    frame: bytes


class GossipCore:
    """One node of a gossip network.

    Args:
        tuples: at most so many are remembered.
        clients: at most so many are served; the one that said HELLO longest ago gives way.
    """

    def __init__(self, *, tuples: int = 20_000, clients: int = 4096) -> None:
        self._store = TupleStore(tuples)
        self._client_limit = clients
        self._clients: OrderedDict[bytes, None] = OrderedDict()
        self._remotes: dict[int, Remote] = {}
        self._own: dict[str, tuple[Publish, float]] = {}
        self._outgoing: list[Outgoing] = []
        self._news: deque[tuple[str, str]] = deque()
        self._sweep_at = inf
        self.malformed = 0
        """Frames that were no gossip."""

    @property
    def tuples(self) -> int:
        """How many are known."""
        return len(self._store)

    @property
    def clients(self) -> int:
        """How many are served."""
        return len(self._clients)

    @property
    def hubs(self) -> int:
        """How many are connected."""
        return sum(remote.is_connected for remote in self._remotes.values())

    def publish(self, key: str, value: str, now: float, ttl: float = 0.0) -> None:
        """Publish a tuple of our own, and again before its time to live is over.

        Args:
            key: at most 255 octets.
            value: at most 4096 octets.
            now: monotonic seconds.
            ttl: seconds; 0 for ever, as zgossip has it.

        Raises:
            ValueError: too long.
        """
        message = Publish(key, value, int(ttl * 1000))
        encode(message)
        self._own[key] = (message, now + ttl * _REFRESH if ttl else inf)
        self._sweep_at = min(self._sweep_at, now + _SWEEP)
        if self._store.accept(message, now) is not News.KNOWN:
            self._pass_on(message, origin=None)

    def withdraw(self, key: str) -> None:
        """Stop refreshing a tuple of ours; it runs out everywhere."""
        self._own.pop(key, None)

    def client_message(self, client: bytes, frame: bytes, now: float) -> None:
        """Take a frame from a client."""
        message = self._decode(frame)
        if isinstance(message, Hello):
            self._welcome(client, now)
        elif isinstance(message, Ping) and client in self._clients:
            self._outgoing.append(Outgoing(client, encode(Pong())))
        elif isinstance(message, Publish) and client in self._clients:
            self._accept(message, client, now)
        else:
            self._clients.pop(client, None)
            self._outgoing.append(Outgoing(client, encode(Invalid())))

    def client_gone(self, client: bytes) -> None:
        """Note that a client's connection is no more."""
        self._clients.pop(client, None)

    def remote_connected(self, number: int, now: float) -> None:
        """Note that a hub is connected (again): it hears HELLO and all that we know."""
        remote = self._remotes.setdefault(number, Remote())
        remote.connected(now)
        self._introduce(number, now)

    def remote_disconnected(self, number: int) -> None:
        """Note that the connection to a hub is no more."""
        if number in self._remotes:
            self._remotes[number].disconnected()

    def remote_message(self, number: int, frame: bytes, now: float) -> None:
        """Take a frame from a hub."""
        remote = self._remotes.setdefault(number, Remote())
        message = self._decode(frame)
        if isinstance(message, Publish):
            self._accept(message, number, now)
        elif isinstance(message, Pong):
            remote.pong()
        elif isinstance(message, Invalid) and remote.invalid(now):
            self._introduce(number, now)

    def handle_timeout(self, now: float) -> None:
        """Ping, refresh and forget what is due."""
        for number, remote in self._remotes.items():
            if remote.is_ping_due(now):
                self._outgoing.append(Outgoing(number, encode(Ping())))
        if now >= self._sweep_at:
            self._sweep_at = now + _SWEEP
            self._refresh(now)
            self._store.forget_expired(now)

    def next_timeout(self) -> float:
        """Return when `handle_timeout` has something to do; infinite for never."""
        return min([self._sweep_at, *(remote.next_timeout() for remote in self._remotes.values())])

    def frames_to_send(self) -> list[Outgoing]:
        """Return and forget what is to be sent."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_news(self) -> tuple[str, str] | None:
        """Return the next tuple of others that is new, as key and value."""
        return self._news.popleft() if self._news else None

    def _decode(self, frame: bytes) -> Message | None:
        try:
            return decode(frame)
        except MalformedGossip:
            self.malformed += 1
            return None

    def _welcome(self, client: bytes, now: float) -> None:
        """Tell a client everything."""
        self._clients[client] = None
        self._clients.move_to_end(client)
        if len(self._clients) > self._client_limit:
            self._clients.popitem(last=False)
        self._tell(client, self._store.messages(now))

    def _introduce(self, number: int, now: float) -> None:
        """Say HELLO to a hub and tell it everything."""
        self._outgoing.append(Outgoing(number, encode(Hello())))
        self._tell(number, self._store.messages(now))

    def _tell(self, to: bytes | int, messages: Iterable[Publish]) -> None:
        self._outgoing.extend(Outgoing(to, encode(message)) for message in messages)

    def _accept(self, message: Publish, origin: bytes | int, now: float) -> None:
        """Take a tuple of somebody."""
        if message.key in self._own:
            return
        if message.ttl:
            self._sweep_at = min(self._sweep_at, now + _SWEEP)
        news = self._store.accept(message, now)
        if news is News.NEW:
            self._news.append((message.key, message.value))
        if news is not News.KNOWN:
            self._pass_on(message, origin)

    def _pass_on(self, message: Publish, origin: bytes | int | None) -> None:
        frame = encode(message)
        everybody: list[bytes | int] = list(self._clients)
        everybody.extend(number for number, remote in self._remotes.items() if remote.is_connected)
        self._outgoing.extend(Outgoing(to, frame) for to in everybody if to != origin)

    def _refresh(self, now: float) -> None:
        """Publish own tuples again when it is time."""
        for key, (message, due) in list(self._own.items()):
            if now >= due:
                self.publish(key, message.value, now, message.ttl / 1000)
