"""The table of peers, and all that follows from a change in it: actions, events, the next deadline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import inf
from uuid import UUID

from ..events import Evasive, Event, Exited
from ..membership import Membership
from ..peers import Peer
from ..timings import Timings
from .actions import Action, Connect, Disconnect, Send
from .constants import MAX_CANDIDATES, MAX_PEERS
from .own import OwnNode
from .peer import LinkState, PeerInput, PeerState, RemotePeer
from .wire import Hello, Message, Ping, encode

__all__ = ["Roster"]


class Roster:
    """All peers by uuid, and what is to be told to whom because of them."""

    def __init__(self, own: OwnNode, timings: Timings, wall_offset: float, membership: Membership) -> None:
        self.own = own
        self.timings = timings
        self.membership = membership
        """In which groups we are."""
        self.peers: dict[UUID, RemotePeer] = {}
        self.actions: deque[Action] = deque()
        self.events: deque[Event] = deque()
        self.wake_at: float | None = None
        self._wall_offset = wall_offset

    def value(self, peer: RemotePeer) -> Peer:
        """Return what the application sees of a record."""
        return peer.value(self._wall_offset)

    def ready(self) -> Iterator[RemotePeer]:
        """Yield the peers that said HELLO."""
        return (peer for peer in self.peers.values() if peer.is_ready)

    def wake_for(self, peer: RemotePeer) -> None:
        """Let the next timeout be no later than the peer's deadline."""
        deadline = peer.next_deadline
        if deadline == inf:
            return
        if self.wake_at is None or deadline < self.wake_at:
            self.wake_at = deadline

    def send(self, peer: RemotePeer, message: Message) -> None:
        """Number a message and have it sent."""
        self.actions.append(Send(peer.uuid, encode(message, peer.next_sequence())))

    def greet(self, uuid: UUID, endpoint: str, now: float, *, via: str, key: bytes | None) -> RemotePeer:
        """Make a record, connect to it and say HELLO."""
        self._make_room()
        peer = RemotePeer(uuid, endpoint, now, self.timings)
        peer.via, peer.public_key = via, key
        self.peers[uuid] = peer
        self.actions.append(Connect(uuid, endpoint, key))
        self.send(peer, self._hello(endpoint))
        self.wake_for(peer)
        return peer

    def repeat_hello(self, peer: RemotePeer) -> None:
        """Say HELLO once more on the connection that there is, unless that was done."""
        if peer.may_repeat_hello():
            self.send(peer, self._hello(peer.endpoint))

    def _hello(self, endpoint: str) -> Hello:
        own = self.own
        groups = tuple(sorted(self.membership.groups))
        mailbox = own.endpoint_towards(endpoint)
        return Hello(mailbox, groups, self.membership.status % 256, own.name, own.headers_towards(endpoint))

    def _make_room(self) -> None:
        candidates = [peer for peer in self.peers.values() if peer.state is PeerState.SIGHTED]
        if len(candidates) >= MAX_CANDIDATES:
            unreached = [peer for peer in candidates if peer.link is LinkState.CONNECTING]
            self.drop((unreached or candidates)[0])

    @property
    def is_full(self) -> bool:
        """Whether no further peer may enter."""
        return sum(1 for _ in self.ready()) >= MAX_PEERS

    def redirect(self, peer: RemotePeer, now: float) -> None:
        """Point a mailbox that never connected at the peer's next endpoint."""
        peer.turn_endpoints(now, self.own.rank)
        self.actions.append(Connect(peer.uuid, peer.endpoint, peer.public_key))

    def ping(self, peer: RemotePeer) -> None:
        """Ask a peer that said HELLO for a sign of life."""
        peer.pinged()
        self.send(peer, Ping())

    def suspect(self, peer: RemotePeer) -> None:
        """Report a peer as evasive."""
        peer.apply(PeerInput.SILENCE)
        self.events.append(Evasive(self.value(peer)))

    def drop(self, peer: RemotePeer) -> None:
        """Forget a record without telling the application."""
        peer.apply(PeerInput.DISMISSED)
        del self.peers[peer.uuid]
        self.actions.append(Disconnect(peer.uuid))

    def exit(self, peer: RemotePeer, reason: str) -> None:
        """Forget a record; the application is told if it knew the peer."""
        entered = peer.is_ready
        self.drop(peer)
        if entered:
            self.events.append(Exited(self.value(peer), reason))

    def replace_at(self, endpoint: str, *, unless_up: bool) -> None:
        """Let go of the peers at an endpoint that a newcomer has taken.

        Args:
            endpoint: where the newcomer is.
            unless_up: keep those whose link stands.
        """
        for peer in [peer for peer in self.peers.values() if peer.endpoint == endpoint]:
            if not (unless_up and peer.link is LinkState.UP):
                self.exit(peer, "replaced")
