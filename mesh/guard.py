"""What a protected mesh has beside an open one: permissions, revocations, and the account of what was refused.

The node's one contact with its mode of trust while it runs; an open mesh has no guard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import PeerRefused, RemoteError
from covey.messaging.events import HandshakeFailure, SocketEvent
from covey.messaging.events import Refused as TurnedAway
from covey.messaging.monitor import EventStream as SocketEvents
from covey.security.trust.patterns import Patterns
from covey.security.trust.permissions import UNRESTRICTED, Action
from covey.security.z85 import decode_z85
from covey.transports.zmtp.events import PeerProperties
from covey.values import replace

from .audit import Audit
from .bulletins import HEADER_REVOCATIONS, Bulletins
from .event_stream import EventHub
from .events import Entered, Event, Exited, Whisper
from .peers import Peer
from .refusals import Offence, Refused
from .warden import Warden

if TYPE_CHECKING:
    from covey.discovery.announce.wire import Card
    from covey.discovery.sighting import Sighting

    from .engine import Engine
    from .mailroom import Mailroom
    from .trust import Trust
    from .zre.own import OwnNode

__all__ = ["Guard"]

_log = logging.getLogger(__name__)
_KEY_TEXT = 40
_OTHERS_FIRST = 1.0
"""Seconds after a revocation list came in a whisper until those are told who are known to be without it."""
_NOBODYS_FAULT = ("the peer wants mechanism CURVE, this end NOISE", "no handshake within")
"""How reasons begin for which nobody is blamed whom we dialled: a server of libzmq, which is connected to by CURVE
then, and a program that stands still."""
_JUDGED_LIMIT = 4096
"""Pairs of member and topic of which it is remembered whether they go together."""


class Guard:
    """Runs from `start` to `stop`, in the loop's thread.

    Args:
        trust: the mode.
        hub: takes what was refused.
    """

    def __init__(self, trust: Trust, hub: EventHub) -> None:
        self._trust = self.trust = trust
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._audit = Audit(self._tell)
        self.warden = Warden(trust.permissions_of, self.note)
        self._headers: MutableMapping[str, str] = {}
        self._bulletins: Bulletins | None = None
        self._streams: list[SocketEvents] = []
        self._workers: list[asyncio.Task[None]] = []
        self._generation = 0
        self._judged: dict[tuple[bytes | None, bytes], bool] = {}

    # -- life

    def stand_at(self, mailroom: Mailroom) -> None:
        """Look at who comes in, before anybody can."""
        self._streams = [mailroom.router.events(), mailroom.publisher.events()]
        if self._trust.restricts:
            mailroom.publisher.permitted_to = self._may_hear_of_us
            mailroom.publisher.denied = self._subscription_denied

    def protect(self, own: OwnNode) -> OwnNode:
        """Return what we say of ourselves with what is demanded of others; its headers are kept up to date."""
        self._headers = dict(own.headers)
        return replace(
            own,
            headers=self._headers,
            admits=self._trust.admits,
            permits=self.may_be_in,
            may_offer=self.takes_offer,
        )

    def start(self, tasks: asyncio.TaskGroup, engine: Engine) -> None:
        """Follow what changes."""
        trust, connections = self._trust, engine.connections
        connections.switchboard.on_event = connections.topics.on_event = self._dialled
        if trust.restricts:
            connections.topics.may_hear = self.may_hear
        if trust.bulletin is not None:

            def whisper(uuid: UUID, frames: list[bytes]) -> None:
                engine.reach(uuid).core.whisper(uuid, frames)
                self._loop.call_soon(connections.transmit)

            peers = engine.company.peers
            self._bulletins = Bulletins(trust.bulletin, peers, whisper, self._say(engine), self._bad_list)
            trust.bulletin.tell_changes(self._bulletins.changed)

        def expel(public_key: bytes, reason: str) -> None:
            for peer in engine.company.peers():
                if peer.public_key == public_key:
                    connections.topics.peer_exited(peer.uuid, at_once=True)
            connections.expel(public_key, reason)
            engine.company.expel(public_key, reason)

        self._workers = [tasks.create_task(trust.watch(expel), name="who belongs")]
        for stream in self._streams:
            self._workers.append(tasks.create_task(self._watch(stream), name="refused handshakes"))

    def stop(self) -> None:
        """Follow nothing any more."""
        for worker in self._workers:
            worker.cancel()
        for stream in self._streams:
            stream.close()

    # -- who may do what

    def demand(self, action: str, subject: str) -> None:
        """Make sure that we ourselves may do something; `action` is the value of an `Action`.

        Raises:
            PermissionDenied: our certificate does not permit it.
        """
        if self._trust.restricts:
            self.warden.demand(Action(action), subject)

    def may_hear(self, sender: Peer, topic: bytes) -> bool:
        """Whether what a peer published is for us: it may say it, and we may hear it."""
        if self._generation != self._trust.generation or len(self._judged) >= _JUDGED_LIMIT:
            self._generation = self._trust.generation
            self._judged.clear()
        what = (sender.public_key, topic)
        is_welcome = self._judged.get(what)
        if is_welcome is None:
            is_welcome = self._judged[what] = self._is_for_us(sender, topic)
        elif not is_welcome and self._trust.permissions_of(None).subscribe.allows(topic):
            self._may_not_publish(sender, topic)
        return is_welcome

    def _is_for_us(self, sender: Peer, topic: bytes) -> bool:
        if not self._trust.permissions_of(None).subscribe.allows(topic):
            return False
        if self.warden.may_publish(sender.public_key, topic):
            return True
        self._may_not_publish(sender, topic)
        return False

    def _may_not_publish(self, sender: Peer, topic: bytes) -> None:
        who = self._trust.name_of(sender.public_key or b"") or sender.name
        self.warden.denied(Action.PUBLISH, topic.decode(errors="replace"), sender.endpoint, who)

    def may_be_in(self, endpoint: str, name: str, public_key: bytes | None, group: str) -> bool:
        """Whether a peer may be in a group."""
        return self._may(Action.GROUP, group, (endpoint, name, public_key))

    def takes_offer(self, endpoint: str, name: str, public_key: bytes | None, service: str) -> bool:
        """Whether a peer may offer a service; if not, that is told."""
        return self._may(Action.OFFER, service, (endpoint, name, public_key))

    def may_call(self, peer: Peer, service: str) -> bool:
        """Whether a peer may call a service; if not, that is told."""
        return self._may(Action.CALL, service, (peer.endpoint, peer.name, peer.public_key))

    def may_offer(self, peer: Peer, service: str) -> bool:
        """Whether a peer may offer a service at this moment."""
        return self._trust.permissions_of(peer.public_key).allow(Action.OFFER, service)

    def _may(self, action: Action, subject: str, who: tuple[str, str, bytes | None]) -> bool:
        endpoint, name, public_key = who
        permissions = self._trust.permissions_of(public_key)
        if permissions is UNRESTRICTED or permissions.allow(action, subject):
            return True
        self.warden.denied(action, subject, endpoint, self._trust.name_of(public_key or b"") or name)
        return False

    def _may_hear_of_us(self, subscriber: PeerProperties) -> Patterns:
        return self._trust.permissions_of(_key_of(subscriber)).subscribe

    def _subscription_denied(self, subscriber: PeerProperties, topic: bytes) -> None:
        who = self._trust.name_of(_key_of(subscriber))
        self.warden.denied(Action.SUBSCRIBE, topic.decode(errors="replace"), subscriber.address, who)

    # -- revocations

    def _say(self, engine: Engine) -> Callable[[int], None]:
        """Return what tells others of the number of our list: in HELLO and in announcements."""

        def say(number: int) -> None:
            self._headers[HEADER_REVOCATIONS] = str(number)
            engine.company.say(HEADER_REVOCATIONS, str(number))

        return say

    def handles(self, event: Event) -> bool:
        """Whether something that happened is between members, and nothing for the application."""
        if self._bulletins is None or not isinstance(event, Whisper):
            return False
        before = self._bulletins.number
        is_ours = self._bulletins.heard(event.peer, event.frames)
        if self._bulletins.number != before:
            # Most of those who do not know hear it from whom we have it, or see its number before.
            self._loop.call_later(_OTHERS_FIRST, self._bulletins.tell_all)
        return is_ours

    def told(self, event: Event) -> None:
        """Follow who comes and goes."""
        if self._bulletins is None:
            return
        if isinstance(event, Entered):
            self._bulletins.entered(event.peer.uuid, event.peer.headers)
        elif isinstance(event, Exited):
            self._bulletins.exited(event.peer.uuid)

    def permitted(self, card: Card, where: Sighting) -> Card:
        """Return what a node announces, without what it may not do; its list's number is looked at, too."""
        if self._bulletins is not None:
            self._bulletins.noticed(where.uuid, card.headers)
        who = (where.endpoint or "", card.name, where.public_key)
        groups = tuple(one for one in card.groups if self.may_be_in(*who, one))
        services = tuple(one for one in card.services if self.takes_offer(*who, one))
        if (groups, services) == (card.groups, card.services):
            return card
        return replace(card, groups=groups, services=services)

    def not_listened_to(self, source: str, reason: str) -> None:
        """Take note of somebody whose announcements are not believed any more, or never were."""
        self.note(_kind(reason), source, _named(reason), reason)

    def replayed(self, source: str) -> None:
        """Take note of a recorded announcement that was played back."""
        self.note(Offence.REPLAY, source, "", "a recorded announcement")

    def _bad_list(self, peer: Peer, reason: str) -> None:
        self.note(Offence.REVOCATIONS, peer.endpoint, peer.name, reason)

    # -- the account

    def offences(self) -> Mapping[str, int]:
        """Return what was refused, by kind."""
        return self._audit.counts()

    def note(self, offence: Offence, source: str, who: str, reason: str) -> None:
        """Count an offence, and tell it if it was not told a moment ago."""
        self._audit.note(offence, source, who, reason, self._loop.time())

    def _tell(self, refused: Refused) -> None:
        who = f" ({refused.who})" if refused.who else ""
        times = f", {refused.count} times" if refused.count > 1 else ""
        # What we were kept from ourselves was told to the caller already.
        level = logging.DEBUG if refused.source == "self" else logging.WARNING
        _log.log(
            level,
            "refused: %s from %s%s: %s%s",
            refused.offence.value,
            refused.source,
            who,
            refused.reason,
            times,
        )
        self._hub.emit(refused)

    async def _watch(self, stream: SocketEvents) -> None:
        async for event in stream:
            if isinstance(event, HandshakeFailure):
                self._handshake_failed(event)
            elif isinstance(event, TurnedAway):
                self.note(Offence.HANDSHAKE, event.peer_address, "", event.reason)

    def _dialled(self, event: SocketEvent) -> None:
        """Look at what became of a connection that we made: somebody else may be where a member was announced."""
        if isinstance(event, HandshakeFailure) and not event.reason.startswith(_NOBODYS_FAULT):
            self._handshake_failed(event)

    def _handshake_failed(self, event: HandshakeFailure) -> None:
        if _is_offence(event.error):
            source = event.peer_address or event.endpoint
            self.note(_kind(event.reason), source, _named(event.reason), event.reason)


def _is_offence(error: Exception) -> bool:
    """Whether somebody was refused: not a connection that broke, nor one where the other end refused us."""
    return isinstance(error, RemoteError) and not isinstance(error, PeerRefused)


def _kind(reason: str) -> Offence:
    if "an expired certificate" in reason:
        return Offence.EXPIRED
    return Offence.REVOKED if "a revoked key" in reason else Offence.HANDSHAKE


def _named(reason: str) -> str:
    return reason.partition(" of ")[2] if _kind(reason) is not Offence.HANDSHAKE else ""


def _key_of(subscriber: PeerProperties) -> bytes:
    return decode_z85(subscriber.user_id) if len(subscriber.user_id) == _KEY_TEXT else b""
