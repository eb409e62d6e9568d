"""A ZRE node without sockets and clock: sightings, messages and time in; actions and events out.

How two nodes get to know each other::

    sighting ──► Connect, Send HELLO ──────────────► peer: HELLO from a stranger
    HELLO from the peer ◄────────────────────────── peer: Connect, Send HELLO
    Entered                                          Entered

Either side may begin, and both may at once. A second HELLO from a peer that already said it means that the
peer started over: it exits, a new record is made, and it is greeted anew. Numbers that do not follow each
other end a peer too (RFC 36); its next sighting brings it back.

Who is believed, and how far: a sighting makes new records and keeps old ones from expiring, but never
changes where a live peer is connected. A departure that anybody can forge is believed when the peer does not
answer. In a secret mesh every sighting carries a key proven by the medium's seal, every routing id was checked
against the key of its connection before a message got here (`may_claim`), and a HELLO that names another key is
ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from covey.discovery.announce.precautions import Rations
from covey.discovery.liveness import Evidence
from covey.discovery.sighting import Sighting
from covey.errors import ProtocolError

from ..events import Event, Offered, Withdrew
from ..membership import Membership
from ..peers import Peer
from ..timings import Timings
from .actions import Action
from .claims import Claims
from .constants import (
    IDENTITY_LENGTH,
    IDENTITY_PREFIX,
    MAX_CANDIDATES,
    MAX_PEERS,
    MAX_REMEMBERED,
    RUN_OUT,
)
from .doubts import Doubts
from .inbound import Inbound
from .own import TIPC, OwnNode
from .peer import LinkState, PeerState, RemotePeer
from .quarantine import Quarantine
from .roster import Roster
from .vigil import Vigil
from .wire import Goodbye, Hello, Join, Leave, Message, ShoutMessage, WhisperMessage, decode

__all__ = ["ZreCore"]

_STRANGERS = (25.0, 150.0, 256)
"""Of one address, connected to because of beacons that anybody can forge: a second, at once; for so many addresses."""


class ZreCore:
    """The node's state machine. Drain `next_action` and `next_event` after each call.

    Args:
        own: what we say of ourselves.
        timings: how long silence may last.
        wall_offset: Unix time minus the clock of `now`, for the values that users see. Seconds.
        membership: in which groups we are; none unless given.
    """

    def __init__(
        self,
        own: OwnNode,
        timings: Timings,
        *,
        wall_offset: float = 0.0,
        membership: Membership | None = None,
    ) -> None:
        self.malformed = 0
        """Messages that were no ZRE, or came out of order."""
        self._roster = Roster(own, timings, wall_offset, membership or Membership())
        self._claims = Claims(MAX_PEERS + MAX_CANDIDATES)
        self._departed = Quarantine(MAX_REMEMBERED)
        self._foreign = Quarantine(MAX_REMEMBERED)
        self._doubts = Doubts(self._roster, self._departed)
        self._strangers = Rations(*_STRANGERS)
        self._vigil = Vigil(self._roster, timings)
        self._inbound = Inbound(self._roster, self._claims, self._departed, self._foreign, self._vigil)

    # -- outputs

    def next_action(self) -> Action | None:
        """Return what is to be done next, or None."""
        return self._roster.actions.popleft() if self._roster.actions else None

    def next_event(self) -> Event | None:
        """Return what happened next, or None."""
        return self._roster.events.popleft() if self._roster.events else None

    def next_timeout(self) -> float | None:
        """Return when `handle_timeout` is due, monotonic seconds; None without peers.

        Never later than the first deadline; signs of life may have moved that on meanwhile.
        """
        wake_at, vigil = self._roster.wake_at, self._vigil.wake_at
        return wake_at if vigil is None or (wake_at is not None and wake_at < vigil) else vigil

    # -- what is known

    @property
    def groups(self) -> frozenset[str]:
        """The groups that we are in."""
        return frozenset(self._roster.membership.groups)

    def peers(self) -> tuple[Peer, ...]:
        """Return the peers that said HELLO."""
        return tuple(self._roster.value(peer) for peer in self._roster.ready())

    def peer(self, uuid: UUID) -> Peer | None:
        """Return one of them."""
        peer = self._roster.peers.get(uuid)
        return self._roster.value(peer) if peer is not None and peer.is_ready else None

    def known_before(self, uuid: UUID, known: Peer) -> None:
        """Note by which medium a peer was found before it was connected to, and what it offered."""
        peer = self._roster.peers.get(uuid)
        if peer is not None:
            peer.via = known.via
            peer.services = known.services

    def members(self, group: str) -> list[UUID]:
        """Return which peers are in `group`."""
        return [peer.uuid for peer in self._roster.ready() if group in peer.groups]

    # -- inputs

    def may_claim(self, uuid: UUID, public_key: bytes) -> bool:
        """Whether the holder of a proven key may speak as `uuid`; the first one may, and nobody after it."""
        peer = self._roster.peers.get(uuid)
        if peer is not None and peer.public_key is not None:
            return peer.public_key == public_key
        return self._claims.claim(uuid, public_key)

    def adopt(self, known: Peer, status: int, now: float, interval: float | None = None) -> None:
        """Connect to a peer that was known without: it is there already, and its HELLO will follow.

        Args:
            known: what is known of it; its key, if any, is proven.
            status: its count of joins and leaves.
            now: monotonic seconds.
            interval: between its announcements, in seconds.
        """
        if known.public_key is not None:
            self._claims.claim(known.uuid, known.public_key)
        former = self._roster.peers.get(known.uuid)
        if former is not None:
            self._roster.drop(former)
        peer = self._roster.greet(known.uuid, known.endpoint, now, via=known.via, key=known.public_key)
        peer.adopt(known, status % 256, now)
        self._vigil.watch(peer, now, interval)
        self._roster.wake_for(peer)

    def met(self, uuid: UUID) -> None:
        """Let go of a node that was being connected to in vain: it is known without by now."""
        peer = self._roster.peers.get(uuid)
        if peer is not None and not peer.is_ready and peer.link is LinkState.CONNECTING:
            self._roster.drop(peer)

    def last_heard(self, uuid: UUID) -> float | None:
        """Return when a peer was heard that is not evasive, monotonic seconds."""
        peer = self._roster.peers.get(uuid)
        return peer.heard_at if peer is not None and peer.state is PeerState.ALIVE else None

    def sighting(self, sighting: Sighting, now: float) -> None:
        """Take a medium's report."""
        uuid, endpoint = sighting.uuid, sighting.endpoint
        if uuid == self._roster.own.uuid:
            return
        peer = self._roster.peers.get(uuid)
        if endpoint is None:
            self._departure(sighting, peer, now)
        elif not self._roster.own.can_connect_to(endpoint):
            self.malformed += 1
        elif peer is None:
            self._newcomer(sighting, endpoint, now)
        elif not self._roster.own.secret or sighting.public_key == peer.public_key:
            if peer.sighted(endpoint, now):
                self._vigil.sighted(peer, now, sighting.interval)
                self._vigil.settle(now)
            self._roster.wake_for(peer)

    def _newcomer(self, sighting: Sighting, endpoint: str, now: float) -> None:
        uuid, key = sighting.uuid, sighting.public_key
        if self._departed.holds(uuid, now) or self._foreign.holds(uuid, now):
            return
        if self._roster.own.secret:
            if key is None or not self._claims.claim(uuid, key):
                return
        elif sighting.via == "beacon" and not self._strangers.take(sighting.source or "", now):
            return
        self._roster.replace_at(endpoint, unless_up=True)
        proven = key if self._roster.own.secret else None
        self._roster.greet(uuid, endpoint, now, via=sighting.via, key=proven)

    def _departure(self, sighting: Sighting, peer: RemotePeer | None, now: float) -> None:
        if sighting.out_of_reach:
            if peer is not None and peer.endpoint.startswith(TIPC):
                self._roster.exit(peer, "out of reach")
            return
        if peer is not None and peer.link is LinkState.UP:
            if sighting.via in RUN_OUT:
                return
            if peer.is_ready and sighting.via == "beacon" and not self._roster.own.secret:
                self._doubts.left(peer, now)
                return
        self._departed.add(sighting.uuid, now + self._roster.timings.departed)
        if peer is not None:
            self._roster.exit(peer, "withdrawn" if sighting.via == "tipc" else "goodbye")

    def moved(self, uuid: UUID, now: float) -> None:
        """Note that a node was proven to be elsewhere than where it is connected; it may be in both places."""
        peer = self._roster.peers.get(uuid)
        if peer is not None and peer.is_ready:
            self._doubts.moved(peer, now)

    def relocated(self, now: float) -> None:
        """Note that we lost an address; connections from there are dead, which nothing else would tell."""
        for peer in list(self._roster.ready()):
            self._doubts.relocated(peer, now)

    def receive(self, frames: Sequence[bytes], now: float) -> None:
        """Take a message from our ROUTER: routing id, then the message's frames. Never raises."""
        identity = frames[0] if frames else b""
        if len(identity) != IDENTITY_LENGTH or not identity.startswith(IDENTITY_PREFIX):
            self.malformed += 1
            return
        uuid = UUID(bytes=bytes(identity[1:]))
        if uuid == self._roster.own.uuid:
            return
        try:
            message, sequence = decode(frames[1:])
            if isinstance(message, Hello):
                self._inbound.hello(uuid, message, sequence, now)
            else:
                self._traffic(uuid, message, sequence, now)
        except ProtocolError:
            self.malformed += 1

    def _traffic(self, uuid: UUID, message: Message, sequence: int, now: float) -> None:
        peer = self._roster.peers.get(uuid)
        if peer is None:
            return
        if not peer.is_ready:
            self._missed_hello(peer, now)
            return
        try:
            self._inbound.traffic(peer, message, sequence, now)
        except ProtocolError:
            self._roster.exit(peer, "messages lost")
            raise

    def _missed_hello(self, peer: RemotePeer, now: float) -> None:
        """Greet a peer again that talks as if it were known: its HELLO was lost.

        Not soon: last words of a former connection may come while the new one is still being made.
        """
        if now >= peer.met_at + self._roster.timings.evasive:
            self._roster.drop(peer)
            self._roster.greet(peer.uuid, peer.endpoint, now, via=peer.via, key=peer.public_key)

    def link_up(self, uuid: UUID, now: float) -> None:
        """Note that the mailbox of a peer is connected."""
        peer = self._roster.peers.get(uuid)
        if peer is not None:
            peer.link_changed(LinkState.UP, now)

    def link_lost(self, uuid: UUID, now: float) -> None:
        """Note that a mailbox lost its connection; it is being connected again."""
        peer = self._roster.peers.get(uuid)
        if peer is None or peer.link is not LinkState.UP:
            return
        if not peer.is_ready:
            # Our HELLO may be lost with the connection, and nothing else can be said without it.
            self._roster.drop(peer)
            return
        peer.link_changed(LinkState.LOST, now)
        if self._doubts.confirms_goodbye(peer, now):
            return
        if peer.state is PeerState.ALIVE:
            self._roster.suspect(peer)
        self._vigil.link_lost(peer, now)
        self._vigil.settle(now)
        self._roster.ping(peer)
        self._roster.wake_for(peer)

    def evidence(self, uuid: UUID, found: Evidence, now: float) -> None:
        """Take what an `Examine` found."""
        self._vigil.evidence(uuid, found, now)
        self._vigil.settle(now)

    def abandon(self, uuid: UUID) -> None:
        """Give up a peer that takes nothing that it is sent."""
        peer = self._roster.peers.get(uuid)
        if peer is not None:
            self._roster.exit(peer, "not responding")

    def expel(self, public_key: bytes, reason: str) -> None:
        """Let go of everybody with a key that belongs no more."""
        for peer in [peer for peer in self._roster.peers.values() if peer.public_key == public_key]:
            self._roster.exit(peer, reason)

    def handle_timeout(self, now: float) -> None:
        """Do what is due: PING the silent, report the evasive, give up the expired."""
        self._roster.wake_at = None
        self._vigil.handle_timeout(now)
        self._vigil.settle(now)
        for peer in list(self._roster.peers.values()):
            if now >= peer.answer_by:
                self._doubts.unanswered(peer, now)
            elif now >= peer.expires_at:
                self._roster.exit(peer, "link lost" if peer.link is LinkState.LOST else "expired")
            else:
                self._remind(peer, now)
                self._roster.wake_for(peer)

    def _remind(self, peer: RemotePeer, now: float) -> None:
        if now >= peer.check_at:
            self._doubts.quiet(peer, now)
        if peer.wants_other_endpoint(now):
            self._roster.redirect(peer, now)
        if peer.ping_at is not None and now >= peer.ping_at:
            self._roster.ping(peer)
        if peer.evasive_at is not None and now >= peer.evasive_at:
            self._roster.suspect(peer)

    def offered(self, uuid: UUID, services: Collection[str]) -> None:
        """Take which services a peer offers now, as far as it may."""
        peer, own = self._roster.peers.get(uuid), self._roster.own
        if peer is None or not peer.is_ready:
            return
        where = (peer.endpoint, peer.name, peer.public_key)
        before, after = peer.services, frozenset(one for one in services if own.may_offer(*where, one))
        peer.services = after
        value = self._roster.value(peer)
        self._roster.events.extend(Withdrew(value, service) for service in sorted(before - after))
        self._roster.events.extend(Offered(value, service) for service in sorted(after - before))

    # -- what the application asks for

    def join(self, group: str) -> bool:
        """Enter a group and tell all peers; return False when we are in it."""
        if not self._roster.membership.join(group):
            return False
        self._tell_groups(Join, group)
        return True

    def leave(self, group: str) -> bool:
        """Leave a group and tell all peers; return False when we are not in it."""
        if not self._roster.membership.leave(group):
            return False
        self._tell_groups(Leave, group)
        return True

    def _tell_groups(self, message: type[Join] | type[Leave], group: str) -> None:
        roster = self._roster
        status = roster.membership.status % 256
        for peer in roster.peers.values():
            roster.send(peer, message(group, status))

    def whisper(self, uuid: UUID, content: Sequence[bytes]) -> bool:
        """Send to one peer; return False when it is not there."""
        peer = self._roster.peers.get(uuid)
        if peer is None or not peer.is_ready:
            return False
        self._roster.send(peer, WhisperMessage(tuple(content)))
        return True

    def shout(self, group: str, content: Sequence[bytes], *, to: Collection[UUID]) -> int:
        """Send to those of the group's members that are in `to`; return their number."""
        message = ShoutMessage(group, tuple(content))
        receivers = [peer for peer in self._roster.ready() if peer.uuid in to and group in peer.groups]
        for peer in receivers:
            self._roster.send(peer, message)
        return len(receivers)

    def say_goodbye(self) -> None:
        """Tell the peers that understand it; those that a beacon reported learn it from a beacon.

        Those whose HELLO is still on its way are told too: ours has made them know us already. Zyre nodes in
        gossip mode hear no beacons, and gossip has no word for leaving.
        """
        for peer in self._roster.peers.values():
            if peer.speaks_covey or not peer.is_ready or peer.via != "beacon":
                self._roster.send(peer, Goodbye())
