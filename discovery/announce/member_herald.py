"""The announcing engine of members with lasting keys: who they are is told to members alone.

::

    newcomer                                          member
      │ to all: brief card, token N, signed ────────────► │   unknown: ask it
      │ ◄── to it: certificate, token M, echo N, "answer" │
      │   the echo is ours, the certificate is good       │
      │ to it: certificate, whole card, echo M, "answer"► │   so is this one: the newcomer is there
      │ ◄─────────────────── to it: whole card, echo N    │
      │   the member is there                             │

A brief card has key, ports and a checksum of the whole one, so that whoever sees it change asks. Where keys are pinned
there are no certificates to wait for, and the first answer has the whole card already.
"""

from __future__ import annotations

from binascii import crc32
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import ProtocolError
from covey.security.trust.node_ids import belongs_to

from .constants import ASKS, BRIEF, KIND_CARD, NO_TOKEN
from .herald import Herald
from .identity import announces
from .place import Place
from .wire import Card, Notice, decode_card, decode_notice, encode_card

if TYPE_CHECKING:
    from .hearing import Hearing
    from .precautions import Known
    from .seal import MemberSealing

__all__ = ["MemberHerald"]

_INTERVAL_AT = slice(4, 8)
"""Of a card: it changes by itself and is not worth asking for."""
_KEYS = 8192
"""Nodes whose keys are kept; the one heard longest ago gives way."""


class MemberHerald(Herald):
    """One member's announcements.

    Args:
        uuid: ours; it belongs to our key.
        sealing: of the mesh.
        hearing: told of others.
        first_sequence: the wall clock in microseconds.
        random: source of tokens.
        refused: told of source and reason when somebody is not listened to who was heard before, or shows a bad
            certificate.
    """

    def __init__(
        self,
        uuid: UUID,
        sealing: MemberSealing,
        hearing: Hearing,
        first_sequence: int,
        random: Callable[[int], bytes],
        *,
        refused: Callable[[str, str], None],
    ) -> None:
        super().__init__(uuid, sealing, hearing, first_sequence, random, is_open=False)
        self._members = sealing
        self._refused = refused
        self._keys: OrderedDict[UUID, bytes] = OrderedDict()
        self._brief = b""

    # -- what we say

    def update(self, card: Card) -> None:
        """Say this from now on: all of it to members, and to others that there is something."""
        if card == self._card:
            return
        self._room = self._members.room
        super().update(card)
        brief = Card(
            "",
            card.port,
            card.topics_port,
            status=_digest(self._content),
            interval=card.interval,
            public_key=card.public_key,
        )
        self._brief = encode_card(brief) or b""

    def announcement(self, now: float) -> bytes:
        """Return the next datagram for everybody."""
        return self._members.seal(self._body(KIND_CARD, BRIEF, NO_TOKEN, self._brief, now))

    def _say(self, uuid: UUID, place: Place, flags: int, echo: bytes, now: float) -> None:
        key = self._keys.get(uuid)
        if key is not None and self._members.is_member(key):
            super()._say(uuid, place, flags, echo, now)
        else:
            self._post(uuid, place, self._body(KIND_CARD, flags | BRIEF, echo, self._brief, now))

    def _post(self, uuid: UUID, place: Place, body: bytes) -> None:
        key = self._keys.get(uuid)
        datagram = self._members.seal_to(key, body) if key is not None else None
        if datagram is not None:
            self._outgoing.append((place, datagram))

    # -- what we hear

    def beacon_heard(self, uuid: UUID, place: Place, now: float, key: bytes | None = None) -> bool:
        """Take note of a signed beacon; False when its sender must be met by connecting.

        Who answers nothing is connected to even if it announces itself: perhaps it does not know us, and a refused
        handshake says so at both ends.
        """
        if key is None or not announces(uuid):
            return False
        self._remember(uuid, key)
        asked = self._asked.get(uuid)
        if asked is not None and asked.has_failed and uuid not in self._known:
            return False
        super().beacon_heard(uuid, place, now, key)
        return True

    def receive(self, datagram: bytes, place: Place, now: float) -> None:
        """Take a datagram that begins with `PREFIX`. Never raises."""
        opened = self._members.open_from(datagram)
        if opened is None:
            self.discarded += 1
            return
        body, sender, certificate = opened
        try:
            notice = decode_notice(body)
            if notice.uuid != self._uuid:
                self._examine(notice, (sender, certificate), place, now)
        except ProtocolError:
            self.discarded += 1

    def _examine(
        self, notice: Notice, proof: tuple[bytes | None, bytes | None], place: Place, now: float
    ) -> None:
        """Look at who speaks before looking at what it says."""
        sender, certificate = proof
        key = sender
        if notice.kind == KIND_CARD:
            claimed = decode_card(notice.content).public_key
            if sender is not None and claimed != sender:
                raise ProtocolError("a card with another's key")
            key = claimed
        if key is None or not belongs_to(notice.uuid, key):
            raise ProtocolError("a node id that belongs to another key")
        if certificate is None and not notice.flags & BRIEF:
            raise ProtocolError("a whole card for everybody")
        reason = self._members.refusal_of(key, certificate)
        if reason:
            self.discarded += 1
            self._refused(place.host, reason)
            return
        self._remember(notice.uuid, key)
        if sender is not None:
            self._take(notice, place, now)
        elif notice.uuid not in self._known and not self._formers.rests(notice.uuid, now):
            self._challenge(
                notice, place, now
            )  # its signature cannot be checked, so its sequence does not count

    def _meet(self, notice: Notice, place: Place, now: float) -> None:
        uuid = notice.uuid
        if notice.flags & BRIEF:
            self._ask(
                uuid, place, notice.token, now
            )  # it is there, and did not know yet that we are a member
            return
        asked = self._asked.get(uuid)
        super()._meet(notice, place, now)
        if notice.flags & ASKS and asked is not None and asked.echo != NO_TOKEN and uuid in self._known:
            self._say(uuid, place, self._flags, notice.token, now)

    def _follow(self, known: Known, notice: Notice, place: Place, now: float, *, is_proven: bool) -> None:
        super()._follow(known, notice, place, now, is_proven=is_proven and not notice.flags & BRIEF)

    def _hear(self, known: Known, notice: Notice, now: float) -> None:
        if not notice.flags & BRIEF:
            super()._hear(known, notice, now)
            return
        uuid = notice.uuid
        self._hearing.heard(uuid, None, partial=False)
        is_news = decode_card(notice.content).status != _digest(known.content)
        if (is_news or notice.flags & ASKS) and self._allowance.take(now):
            flags = self._flags | (ASKS if is_news else 0)
            self._say(uuid, known.place, flags, notice.token if notice.flags & ASKS else NO_TOKEN, now)

    def _remember(self, uuid: UUID, key: bytes) -> None:
        self._keys[uuid] = key
        self._keys.move_to_end(uuid)
        if len(self._keys) > _KEYS:
            self._keys.popitem(last=False)


def _digest(content: bytes) -> int:
    """Return what a brief card says of the whole one: a checksum of it, with its interval as zeros."""
    start, stop = _INTERVAL_AT.start, _INTERVAL_AT.stop
    return crc32(content[:start] + bytes(stop - start) + content[stop:])
