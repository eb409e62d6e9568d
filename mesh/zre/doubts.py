"""Asks over connections whether their peers are there, where something makes us doubt it, and draws the conclusion."""

from __future__ import annotations

from math import inf

from .peer import LinkState, RemotePeer
from .quarantine import Quarantine
from .roster import Roster

__all__ = ["Doubts"]

_GOODBYE, _MOVED, _LINK_LOST = "goodbye", "moved", "link lost"
"""Reasons of an exit."""
_FAREWELL = 1.0
"""Seconds for the answer of a peer of which a goodbye came that anybody can forge; `evasive`, if that is less."""
_ANSWER = 2.0
"""Seconds for the answer over a connection that may be dead for a known reason; without one, `expired`: on a bad link
TCP has to wait for long."""


class Doubts:
    """Of one roster. Each question is a PING; a peer has one at a time."""

    def __init__(self, roster: Roster, departed: Quarantine) -> None:
        self._roster = roster
        self._departed = departed

    def left(self, peer: RemotePeer, now: float) -> None:
        """Ask a peer of which a goodbye came that anybody can forge."""
        self._ask(peer, now, min(_FAREWELL, self._roster.timings.evasive), _GOODBYE)

    def moved(self, peer: RemotePeer, now: float) -> None:
        """Ask a peer that was proven to be at another address than its connection goes to."""
        self._ask(peer, now, _ANSWER, _MOVED)

    def relocated(self, peer: RemotePeer, now: float) -> None:
        """Ask a peer whose connection may come from an address that is ours no more."""
        if peer.link is LinkState.UP:
            self._ask(peer, now, _ANSWER, _LINK_LOST)

    def quiet(self, peer: RemotePeer, now: float) -> None:
        """Ask a peer that is heard, but of which nothing came over its connection for long."""
        self._ask(peer, now, self._roster.timings.expired, _LINK_LOST)

    def confirms_goodbye(self, peer: RemotePeer, now: float) -> bool:
        """Take that a connection broke; whether that was the end of a peer that said goodbye."""
        if peer.answer_by == inf or peer.doubt != _GOODBYE:
            return False
        self.unanswered(peer, now)
        return True

    def unanswered(self, peer: RemotePeer, now: float) -> None:
        """Let go of a peer that did not answer; one that is silent altogether is the judge's."""
        peer.answered()
        if peer.doubt == _LINK_LOST and peer.heard_at <= peer.asked_at:
            peer.message_at = now
            self._roster.wake_for(peer)
            return
        if peer.doubt == _GOODBYE:
            self._departed.add(peer.uuid, now + self._roster.timings.departed)
        self._roster.exit(peer, peer.doubt)

    def _ask(self, peer: RemotePeer, now: float, seconds: float, doubt: str) -> None:
        if peer.answer_by == inf:
            peer.ask(now, seconds, doubt)
            self._roster.ping(peer)
            self._roster.wake_for(peer)
