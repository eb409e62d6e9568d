"""Watches over the peers that are covey themselves: what the judge wants to know, and what it decides.

The judge learns how regularly a peer is heard, suspects it when a silence is longer than its rhythm
explains, and asks for evidence before a verdict: a connection to its mailbox, and the word of other members.
Plain ZRE peers, which answer no questions, are held to the fixed times of RFC 36.
"""

from __future__ import annotations

from itertools import islice
from math import inf
from uuid import UUID

from covey.discovery.liveness import (
    AskOthers,
    Evidence,
    LivenessJudge,
    LivenessSettings,
    Probe,
    State,
    StateChange,
)

from ..timings import Timings
from .actions import Examine
from .constants import MAX_PEERS
from .own import TIPC
from .peer import LinkState, PeerState, RemotePeer
from .roster import Roster
from .wire import Doubt, Vouch

__all__ = ["Vigil"]

_WITNESSES = 3
"""Members that are asked whether they hear a silent one."""
_FLOOR = 1.75
"""Of the judge: intervals of silence before which nobody is suspected."""
_LEAST = 0.2
"""Of `evasive`: the shortest interval that a peer's beacons may teach, one second unless users set it."""
_KNOCK = 0.34
"""Of the patience with a peer: what a knock may take, within limits; three in a row decide."""
_AGAIN = 0.4
"""Of `evasive`: the time until a peer is probed again that greeted, and still is not heard."""
_SHORTEST_KNOCK, _LONGEST_KNOCK = 0.03, 1.5
"""Seconds."""


class Vigil:
    """The judge at work on a roster. Call `settle` after each call of another method."""

    def __init__(self, roster: Roster, timings: Timings) -> None:
        self._roster = roster
        self._witness = 0
        self._judge = LivenessJudge(
            LivenessSettings(
                interval=timings.evasive / _FLOOR,
                least=_LEAST * timings.evasive,
                floor=_FLOOR,
                ceiling=max(timings.evasive, timings.expired),
                stopped=2 * timings.expired,
                again=_AGAIN * timings.evasive,
                nodes=MAX_PEERS,
            )
        )

    def watch(self, peer: RemotePeer, now: float, interval: float | None = None) -> None:
        """Take charge of a peer that said HELLO, if it is covey; it announces itself once in `interval` seconds."""
        if peer.speaks_covey:
            self._judge.forget(peer.uuid)
            self._judge.watch(peer.uuid, now)
            if interval is not None:
                self._judge.rhythm(peer.uuid, interval)
            self._learn(peer)

    def heard(self, peer: RemotePeer, now: float) -> None:
        """Note a message."""
        if peer.patience is not None:
            self._judge.heard(peer.uuid, now, is_beat=False)
            self._learn(peer)

    def sighted(self, peer: RemotePeer, now: float, interval: float | None) -> None:
        """Note that its beacon was heard, or what announces it once in `interval` seconds."""
        if peer.patience is not None:
            if interval is not None:
                self._judge.rhythm(peer.uuid, interval)
            self._judge.heard(peer.uuid, now)
            self._learn(peer)

    def link_lost(self, peer: RemotePeer, now: float) -> None:
        """Note that its connection broke; ask again about one that is suspected already.

        A plain ZRE peer has its time to come back, unless its machine says that nobody is there.
        """
        if peer.patience is None or self._judge.state(peer.uuid) is State.EVASIVE:
            self._examine(peer)
        self._judge.evidence(peer.uuid, Evidence.LINK_LOST, now)

    def evidence(self, uuid: UUID, found: Evidence, now: float, age: float = 0.0) -> None:
        """Take what was found out about a peer; `age` in seconds is how old a member's word is."""
        peer = self._roster.peers.get(uuid)
        if peer is not None and peer.patience is None:
            if found is Evidence.REFUSED and peer.is_ready and peer.link is LinkState.LOST:
                self._roster.exit(peer, "link lost")
            return
        self._judge.evidence(uuid, found, now, age)

    def asked(self, witness: RemotePeer, uuid: UUID, now: float) -> None:
        """Answer a member that asks for another one, if we hear that."""
        peer = self._roster.peers.get(uuid)
        if peer is not None and peer.state is PeerState.ALIVE and peer.link is LinkState.UP:
            self._roster.send(witness, Vouch(uuid, max(0.0, now - peer.heard_at)))

    def handle_timeout(self, now: float) -> None:
        """Look at whom it is time to look at."""
        self._judge.handle_timeout(now)

    @property
    def wake_at(self) -> float | None:
        """When `handle_timeout` is due, monotonic seconds."""
        at = self._judge.next_timeout()
        return None if at == inf else at

    def settle(self, now: float) -> None:
        """Do what the judge asks for, and forget who is no peer any more."""
        while (request := self._judge.next_request()) is not None:
            peer = self._roster.peers.get(request.uuid)
            if peer is None or not peer.is_ready:
                self._judge.forget(request.uuid)
                continue
            match request:
                case Probe():
                    self._roster.ping(peer)
                    self._probe(peer, now)
                case AskOthers():
                    self._ask_others(peer)
                case StateChange(state=State.EVASIVE) if peer.state is PeerState.ALIVE:
                    self._roster.suspect(peer)
                case StateChange(state=State.GONE):
                    lost = peer.link is LinkState.LOST
                    self._roster.exit(peer, "link lost" if lost else "expired")

    def _probe(self, peer: RemotePeer, now: float) -> None:
        """Have its mailbox knocked at; of one in a TIPC cluster the kernel says itself when it is gone."""
        if not peer.endpoint.startswith(TIPC):
            self._examine(peer)
        elif peer.link is LinkState.UP:
            self._judge.evidence(peer.uuid, Evidence.ACCEPTS, now)

    def _examine(self, peer: RemotePeer) -> None:
        patience = inf if peer.patience is None else _KNOCK * peer.patience
        patience = min(max(patience, _SHORTEST_KNOCK), _LONGEST_KNOCK)
        self._roster.actions.append(Examine(peer.uuid, peer.endpoint, patience))

    def _learn(self, peer: RemotePeer) -> None:
        peer.patience = self._judge.patience(peer.uuid)

    def _ask_others(self, doubted: RemotePeer) -> None:
        """Ask a few members, different ones each time."""
        others = [
            one
            for one in self._roster.ready()
            if one is not doubted and one.patience is not None and one.state is PeerState.ALIVE
        ]
        self._witness += 1
        start = self._witness * _WITNESSES % len(others) if others else 0
        for one in islice(others[start:] + others[:start], _WITNESSES):
            self._roster.send(one, Doubt(doubted.uuid))
