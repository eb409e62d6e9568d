"""The announcing engine without sockets and clocks: who is there, proven by echoes.

::

    newcomer                                          member
      │ broadcast: card, token N ───────────────────────► │   unknown: ask it
      │ ◄─────────── card, token M, echo N, "answer me"   │
      │   the echo is ours: the member is there           │
      │ card, token, echo M ────────────────────────────► │   the echo is ours: the newcomer is there

Nobody is believed to be there before it echoed a token that was given out a moment ago, and no datagram twice:
sequences rise, and those of nodes that left are remembered. So a recorded announcement does nothing. What is
done for strangers is bounded: questions by an allowance, nodes asked by a number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import ProtocolError
from covey.values import replace

from .constants import (
    ASKS,
    KIND_CARD,
    KIND_DOUBT,
    KIND_VOUCH,
    LONGEST_BODY,
    NO_TOKEN,
    PARTIAL,
    QUESTIONS,
    UUID_AT,
)
from .identity import announces
from .place import Place
from .precautions import RETRIES, Allowance, Asked, Formers, Known, Tokens
from .wire import (
    Card,
    Notice,
    Word,
    decode_card,
    decode_notice,
    decode_word,
    encode_card,
    encode_notice,
    encode_word,
    repetition,
)

if TYPE_CHECKING:
    from .hearing import Hearing
    from .seal import Sealing

__all__ = ["Herald"]

_LEAST_NAP = 0.02
"""Seconds between looks at whom to ask again, however many were asked."""
_UNANSWERED = 10.0
"""Seconds for which a node that did not answer is asked only when it announces itself again."""
_BEACON_UUID_AT, _PORT_AT, _BEACON = slice(4, 20), slice(20, 22), 22
_GOODBYE = bytes(2)
"""Of the ZRE beacon: where its uuid and port stand, its length, and the port that says goodbye."""
_MAX_ASKED = 1024
_MAX_KNOWN = 20_000
_MOVED = 1.0
"""Seconds since a node was heard at its address before another one is looked at: it may have several."""
_FOREIGN = 30.0
"""Seconds for which a node of another open mesh is left alone."""


def _nothing() -> None:
    """Serve nobody."""


class Herald:
    """One node's announcements.

    After each call send what `datagrams_to_send` gives, and call `handle_timeout` when `next_timeout` has come.

    Args:
        uuid: ours.
        sealing: of the mesh.
        hearing: told of others.
        first_sequence: the wall clock in microseconds.
        random: source of tokens.

    Attributes:
        is_open: whether the mesh has no secret, and plain beacons are sent too.
        discarded: datagrams that were damaged, foreign, old or untimely.
        replayed: told where something came from that was recorded and played back; None for nobody.
    """

    def __init__(
        self,
        uuid: UUID,
        sealing: Sealing,
        hearing: Hearing,
        first_sequence: int,
        random: Callable[[int], bytes],
        *,
        is_open: bool,
    ) -> None:
        self.is_open = is_open
        self.discarded = 0
        self.replayed: Callable[[Place], None] | None = None
        self._uuid = uuid
        self._raw = uuid.bytes
        self._sealing = sealing
        self._hearing = hearing
        self._sequence = first_sequence
        self._tokens = Tokens(random)
        self._allowance = Allowance(*QUESTIONS)
        self._known: dict[UUID, Known] = {}
        self._raw_known: dict[bytes, Known] = {}
        self._asked: OrderedDict[UUID, Asked] = OrderedDict()
        self._formers = Formers(_MAX_KNOWN)
        self._outgoing: list[tuple[Place, bytes]] = []
        self._card: Card | None = None
        self._content = b""
        self._flags = 0
        self._room = LONGEST_BODY
        self._due = inf
        self._transmit: Callable[[], None] = _nothing
        self._repeat: Callable[[], None] = _nothing

    def attach(self, transmit: Callable[[], None], repeat: Callable[[], None]) -> None:
        """Be served: `transmit` sends what is to be sent, `repeat` has a changed card announced."""
        self._transmit, self._repeat = transmit, repeat

    def detach(self) -> None:
        """Be served no more."""
        self._transmit = self._repeat = _nothing

    def transmit(self) -> None:
        """Have sent what `ask`, `doubt` and `vouch` left."""
        if self._outgoing:
            self._transmit()

    def repeat(self) -> None:
        """Have the card announced to everybody now and again shortly after."""
        self._repeat()

    def relocated(self) -> None:
        """Take that an address of ours is gone."""
        self._hearing.relocated()

    # -- what we say

    @property
    def met(self) -> int:
        """How many nodes are known to be there."""
        return len(self._known)

    @property
    def card(self) -> Card | None:
        """What we say of ourselves."""
        return self._card

    def update(self, card: Card) -> None:
        """Say this from now on; what does not fit is left out, and others are told so."""
        if card == self._card:
            return
        self._card = card
        content = encode_card(card, self._room)
        self._flags = 0 if content is not None else PARTIAL
        if content is None:
            content = encode_card(replace(card, headers={}, groups=(), services=()), self._room)
        self._content = content or b""

    def announcement(self, now: float) -> bytes:
        """Return the next datagram for everybody."""
        return self._sealing.seal(self._body(KIND_CARD, self._flags, NO_TOKEN, self._content, now))

    def ask(self, uuid: UUID, now: float) -> None:
        """Ask a node that was met for a sign of life."""
        known = self._known.get(uuid)
        if known is not None:
            self._say(uuid, known.place, ASKS | self._flags, NO_TOKEN, now)

    def doubt(self, witness: UUID, word: Word, now: float) -> None:
        """Ask a node that was met whether it hears another one."""
        self._tell(witness, KIND_DOUBT, word, now)

    def vouch(self, witness: UUID, word: Word, now: float) -> None:
        """Tell a node that was met when another one was heard."""
        self._tell(witness, KIND_VOUCH, word, now)

    def datagrams_to_send(self) -> list[tuple[Place, bytes]]:
        """Return and forget what is to be sent, and where."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timeout(self) -> float:
        """Return when `handle_timeout` wants to be called, monotonic seconds; infinite for never."""
        return self._due

    def handle_timeout(self, now: float) -> None:
        """Repeat questions."""
        for uuid, asked in list(self._asked.items()):
            if now >= asked.due:
                self._ask_again(uuid, asked, now)
        due = min((asked.due for asked in self._asked.values()), default=inf)
        self._due = max(due, now + _LEAST_NAP)

    def forget(self, uuid: UUID, until: float) -> None:
        """Take a node for gone, and leave it alone until then (monotonic seconds); it must prove itself anew."""
        known = self._known.pop(uuid, None)
        self._raw_known.pop(uuid.bytes, None)
        self._asked.pop(uuid, None)
        if known is not None:
            self._formers.add(uuid, known.highest, until)

    # -- what we hear

    def has_said(self, beacon: bytes) -> bool:
        """Whether a datagram is the plain beacon of a node that was met, and no goodbye: nothing new then."""
        return (
            beacon[_BEACON_UUID_AT] in self._raw_known
            and beacon[_PORT_AT] != _GOODBYE
            and len(beacon) == _BEACON
        )

    def beacon_heard(self, uuid: UUID, place: Place, now: float, key: bytes | None = None) -> bool:
        """Take note of a plain beacon; False when its sender must be met by connecting.

        `key` is the public key that it names, in a protected mesh.
        """
        if not announces(uuid):
            return False
        if uuid in self._known or self._formers.rests(uuid, now):
            return True
        asked = self._asked.get(uuid)
        if asked is None:
            self._ask(uuid, place, NO_TOKEN, now)
            return True
        # Who is heard to announce itself hears us sooner or later; connecting does not help it.
        return not asked.has_failed or asked.echo != NO_TOKEN

    def receive(self, datagram: bytes, place: Place, now: float) -> None:
        """Take a datagram that begins with `MAGIC`. Never raises."""
        body = self._sealing.open(datagram)
        if body is None:
            self.discarded += 1
            return
        if self._is_repetition(body, place, now):
            return
        try:
            notice = decode_notice(body)
            if notice.uuid != self._uuid:
                self._take(notice, place, now)
        except ProtocolError:
            self.discarded += 1

    def _is_repetition(self, body: bytes, place: Place, now: float) -> bool:
        """Whether a node that was met says again what it always says, taken then: nearly all that is heard."""
        known = self._raw_known.get(body[UUID_AT])
        sequence = repetition(body, known.content) if known is not None else 0
        if known is None or sequence <= known.highest or place.host != known.place.host:
            return False
        known.said(sequence, now)
        known.seen_at = now
        self._hearing.heard(known.uuid, None, partial=False)
        return True

    def _take(self, notice: Notice, place: Place, now: float) -> None:
        uuid = notice.uuid
        known = self._known.get(uuid)
        if notice.sequence <= (known.highest if known else self._formers.sequence(uuid)):
            self.discarded += 1
            if self.replayed is not None and self._is_past(uuid, notice.sequence, now):
                self.replayed(place)
            return
        is_proven = notice.echo != NO_TOKEN and self._tokens.holds(notice.echo, now)
        if known is not None:
            known.said(notice.sequence, now)
            self._follow(known, notice, place, now, is_proven=is_proven)
            self._hear(known, notice, now)
        elif self._formers.rests(uuid, now) or notice.kind != KIND_CARD:
            self.discarded += 1
        elif is_proven:
            self._meet(notice, place, now)
        else:
            self._challenge(notice, place, now)

    def _is_past(self, uuid: UUID, sequence: int, now: float) -> bool:
        """Whether something old was recorded and played back, rather than overtaken on its way."""
        known = self._known.get(uuid)
        return known.is_past(sequence) if known is not None else not self._formers.rests(uuid, now)

    def _challenge(self, notice: Notice, place: Place, now: float) -> None:
        """Ask a stranger, unless that was done a moment ago."""
        asked = self._asked.get(notice.uuid)
        if asked is not None and now < asked.quiet_until and asked.echo != NO_TOKEN:
            return
        if self.is_open and self._is_foreign(notice.uuid, decode_card(notice.content), now):
            return
        has_failed = asked is not None and asked.has_failed
        self._ask(notice.uuid, place, notice.token, now)
        if has_failed and (asked := self._asked.get(notice.uuid)) is not None:
            asked.has_failed = True

    def _is_foreign(self, uuid: UUID, card: Card, now: float) -> bool:
        """Whether a node is of another mesh; if so, it is left alone for a while."""
        if self._card is None or card.mesh == self._card.mesh:
            return False
        self._formers.add(uuid, -1, now + _FOREIGN)
        self.discarded += 1
        return True

    def _meet(self, notice: Notice, place: Place, now: float) -> None:
        card = decode_card(notice.content)
        uuid = notice.uuid
        if len(self._known) >= _MAX_KNOWN or (self.is_open and self._is_foreign(uuid, card, now)):
            return
        asked = self._asked.pop(uuid, None)
        known = Known(uuid, place, notice.sequence, notice.content, now)
        self._known[uuid] = self._raw_known[uuid.bytes] = known
        if not self._hearing.met(uuid, card, place, partial=bool(notice.flags & PARTIAL)):
            self.forget(uuid, now)
            return
        if notice.flags & ASKS and (asked is None or asked.echo == NO_TOKEN):
            self._say(uuid, place, self._flags, notice.token, now)

    def _follow(self, known: Known, notice: Notice, place: Place, now: float, *, is_proven: bool) -> None:
        """Go to where a node is now: it must prove that, and have been silent at its former address."""
        if place.host == known.place.host:
            known.seen_at = now
            if is_proven:
                known.place = place
        elif now - known.seen_at > _MOVED and notice.kind == KIND_CARD:
            if is_proven:
                known.place, known.seen_at = place, now
                self._hearing.moved(notice.uuid, decode_card(notice.content), place)
            elif self._allowance.take(now):
                self._say(notice.uuid, place, ASKS | self._flags, notice.token, now)

    def _hear(self, known: Known, notice: Notice, now: float) -> None:
        hearing, uuid = self._hearing, notice.uuid
        if notice.kind == KIND_CARD:
            card = None
            if notice.content != known.content:
                card = decode_card(notice.content)
                known.content = notice.content
            hearing.heard(uuid, card, partial=bool(notice.flags & PARTIAL))
            if notice.flags & ASKS and self._allowance.take(now):
                self._say(uuid, known.place, self._flags, notice.token, now)
            return
        word = decode_word(notice.content)
        hearing.heard(uuid, None, partial=False)
        if notice.kind == KIND_DOUBT:
            hearing.doubted(uuid, word)
        elif notice.kind == KIND_VOUCH:
            hearing.vouched(uuid, word)

    # -- questions

    def _ask(self, uuid: UUID, place: Place, echo: bytes, now: float) -> None:
        if not self._allowance.take(now):
            return
        due = now + RETRIES[0]
        self._asked[uuid] = Asked(place, echo, due)
        self._asked.move_to_end(uuid)
        if len(self._asked) > _MAX_ASKED:
            self._asked.popitem(last=False)
        self._due = min(self._due, due)
        self._say(uuid, place, ASKS | self._flags, echo, now)

    def _ask_again(self, uuid: UUID, asked: Asked, now: float) -> None:
        if asked.is_at_end:
            del self._asked[uuid]
            return
        asked.tries += 1
        if asked.is_at_end:
            asked.has_failed = True
            asked.due = now + _UNANSWERED
            return
        asked.due = asked.quiet_until = now + RETRIES[asked.tries]
        if self._allowance.take(now):
            self._say(uuid, asked.place, ASKS | self._flags, asked.echo, now)

    def _tell(self, uuid: UUID, kind: int, word: Word, now: float) -> None:
        known = self._known.get(uuid)
        if known is not None:
            self._post(uuid, known.place, self._body(kind, 0, NO_TOKEN, encode_word(word), now))

    def _say(self, uuid: UUID, place: Place, flags: int, echo: bytes, now: float) -> None:
        self._post(uuid, place, self._body(KIND_CARD, flags, echo, self._content, now))

    def _post(self, _uuid: UUID, place: Place, body: bytes) -> None:
        """Queue a datagram for one node."""
        self._outgoing.append((place, self._sealing.seal(body)))

    def _body(self, kind: int, flags: int, echo: bytes, content: bytes, now: float) -> bytes:
        self._sequence += 1
        tokens = (self._tokens.current(now), echo)
        return encode_notice((kind, flags), self._raw, self._sequence, tokens, content)
