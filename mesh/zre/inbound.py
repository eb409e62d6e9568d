"""What a message from a peer does."""

from __future__ import annotations

from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.errors import ProtocolError
from covey.security.z85 import encode_z85

from ..events import Entered, Event, Joined, Left, Shout, Whisper
from .claims import Claims
from .constants import FIRST_SEQUENCE, HEADER_KEY, HEADER_MESH
from .peer import RemotePeer
from .quarantine import Quarantine
from .roster import Roster
from .vigil import Vigil
from .wire import (
    Doubt,
    Goodbye,
    Hello,
    Join,
    Leave,
    Message,
    Ping,
    PingOk,
    ShoutMessage,
    Vouch,
    WhisperMessage,
)

__all__ = ["Inbound"]

_ONE_MEETING = 3.0
"""Seconds since we greeted a peer in which a further HELLO of it belongs to the same meeting: it greeted us twice
before it heard of us, or has forgotten us. It is told HELLO once more, on the connection that there is: if it were
greeted anew each time, it would answer in kind, and so on for ever."""


class Inbound:
    """Handles messages whose sender's routing id was proven as far as the mesh demands it."""

    def __init__(
        self, roster: Roster, claims: Claims, departed: Quarantine, foreign: Quarantine, vigil: Vigil
    ) -> None:
        self._vigil = vigil
        self._roster = roster
        self._claims = claims
        self._departed = departed
        self._foreign = foreign

    # -- HELLO

    def hello(self, uuid: UUID, hello: Hello, sequence: int, now: float) -> None:
        """Let a peer introduce itself.

        Raises:
            ProtocolError: wrong sequence, an endpoint that nobody can connect to, or another's key.
        """
        if sequence != FIRST_SEQUENCE:
            raise ProtocolError(f"ZRE HELLO with sequence {sequence}")
        key = self._proven_key(uuid, hello)
        endpoint = hello.endpoint
        if not self._roster.own.can_connect_to(endpoint):
            raise ProtocolError(f"ZRE HELLO with endpoint {endpoint!r}, where nobody can connect")
        if self._is_foreign(uuid, hello, now):
            return
        self._departed.release(uuid)
        peer = self._roster.peers.get(uuid)
        if peer is not None and peer.awaits_hello:
            self._complete(peer, hello, sequence, now)
            return
        if peer is not None and peer.is_ready:
            if peer.speaks_covey and now < peer.met_at + _ONE_MEETING:
                peer.expect_hello()
                self._complete(peer, hello, sequence, now)
                self._roster.repeat_hello(peer)
                return
            self._roster.exit(peer, "restarted")
            peer = None
        if peer is None:
            if self._roster.is_full:
                return
            peer = self._meet(uuid, endpoint, key, now)
        peer.add_endpoint(endpoint)
        peer.accept_sequence(sequence)
        peer.introduce(hello, now)
        self._restrict(peer)
        self._vigil.watch(peer, now)
        self._roster.wake_for(peer)
        self._announce(peer)

    def _complete(self, peer: RemotePeer, hello: Hello, sequence: int, now: float) -> None:
        """Let a peer that was known by its announcements say what it is over its connection."""
        peer.add_endpoint(hello.endpoint)
        peer.accept_sequence(sequence)
        before = set(peer.groups)
        peer.reintroduce(hello, now)
        self._restrict(peer)
        self._vigil.heard(peer, now)
        value = self._roster.value(peer)
        self._roster.events.extend(Left(value, group) for group in sorted(before - peer.groups))
        self._roster.events.extend(Joined(value, group) for group in sorted(peer.groups - before))

    def _meet(self, uuid: UUID, endpoint: str, key: bytes | None, now: float) -> RemotePeer:
        self._roster.replace_at(endpoint, unless_up=self._roster.own.secret)
        return self._roster.greet(uuid, endpoint, now, via="hello", key=key)

    def _announce(self, peer: RemotePeer) -> None:
        value = self._roster.value(peer)
        self._roster.events.append(Entered(value))
        self._roster.events.extend(Joined(value, group) for group in sorted(peer.groups))

    def _proven_key(self, uuid: UUID, hello: Hello) -> bytes | None:
        if not self._roster.own.secret:
            return None
        key = self._claims.key_of(uuid)
        if key is None or hello.headers.get(HEADER_KEY, "") != encode_z85(key):
            raise ProtocolError("ZRE HELLO without the key that its connection proved")
        if not self._roster.own.admits(key):
            raise ProtocolError("ZRE HELLO of somebody who belongs no more")
        return key

    def _is_foreign(self, uuid: UUID, hello: Hello, now: float) -> bool:
        mesh = hello.headers.get(HEADER_MESH)
        if mesh is None or mesh == self._roster.own.mesh:
            return False
        self._foreign.add(uuid, now + self._roster.timings.foreign)
        peer = self._roster.peers.get(uuid)
        if peer is not None:
            self._roster.exit(peer, "restarted")
        return True

    # -- everything else

    def traffic(self, peer: RemotePeer, message: Message, sequence: int, now: float) -> None:
        """Take a message from a peer that said HELLO.

        Raises:
            ProtocolError: messages are missing before it.
        """
        peer.accept_sequence(sequence)
        peer.heard_message(now)
        self._vigil.heard(peer, now)
        self._vigil.settle(now)
        match message:
            case Ping():
                self._roster.send(peer, PingOk())
            case PingOk():
                peer.answered()
            case Doubt(uuid=uuid):
                self._vigil.asked(peer, uuid, now)
            case Vouch(uuid=uuid, age=age):
                self._vigil.evidence(uuid, Evidence.VOUCHED, now, age)
                self._vigil.settle(now)
            case Goodbye():
                self._departed.add(peer.uuid, now + self._roster.timings.departed)
                self._roster.exit(peer, "goodbye")
            case _:
                event = self._event_of(peer, message)
                if event is not None:
                    self._roster.events.append(event)

    def _restrict(self, peer: RemotePeer) -> None:
        """Let a peer be in no group that it may not be in."""
        for group in [one for one in peer.groups if not self._permits(peer, one)]:
            peer.groups.discard(group)

    def _permits(self, peer: RemotePeer, group: str) -> bool:
        return self._roster.own.permits(peer.endpoint, peer.name, peer.public_key, group)

    def _pass_over(self, peer: RemotePeer, message: Message) -> None:
        """Keep count of a join that has no effect, so that later ones are understood."""
        if isinstance(message, Join):
            peer.join(message.group, message.status)
            peer.groups.discard(message.group)

    def _event_of(self, peer: RemotePeer, message: Message) -> Event | None:
        match message:
            case WhisperMessage(content=content):
                return Whisper(self._roster.value(peer), content)
            case ShoutMessage(group=group) | Join(group=group) if not self._permits(peer, group):
                self._pass_over(peer, message)
            case ShoutMessage(group=group, content=content) if group in self._roster.membership.groups:
                return Shout(self._roster.value(peer), group, content)
            case Join(group=group, status=status) if peer.join(group, status):
                return Joined(self._roster.value(peer), group)
            case Leave(group=group, status=status) if peer.leave(group, status):
                return Left(self._roster.value(peer), group)
        return None
