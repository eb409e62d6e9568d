"""What a receiver tells its owner."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .framing import Message

__all__ = ["Delivered", "Departure", "Event", "Lost", "SourceId", "SourceJoined", "SourceLeft"]


@dataclass(slots=True, frozen=True)
class SourceId:
    """One session of one sender; a restarted sender is another."""

    address: str
    """Where its packets come from, without port."""
    gsi: bytes
    """Global source identifier, 6 octets."""
    port: int
    """The session's source port inside PGM."""

    def __str__(self) -> str:
        return f"{self.address} {self.gsi.hex()}.{self.port}"


class Departure(enum.Enum):
    """Why a source is gone."""

    FIN = "fin"
    """It closed, and all it sent was delivered or given up."""
    RST = "rst"
    """It broke off."""
    TIMEOUT = "timeout"
    """It was silent too long."""
    EVICTED = "evicted"
    """Too many sources; it was heard least recently."""


class Delivered:
    """Messages of one source, in its order; a plain class because there are many."""

    __slots__ = ("messages", "source")

    def __init__(self, source: SourceId, messages: list[Message]) -> None:
        self.source = source
        self.messages = messages

    def __repr__(self) -> str:
        return f"Delivered({self.source!s}, {len(self.messages)} messages)"


@dataclass(slots=True, frozen=True)
class Lost:
    """Packets that could not be repaired; delivery goes on at the next message boundary behind them."""

    source: SourceId
    first: int
    """Wire sequence of the first."""
    count: int


@dataclass(slots=True, frozen=True)
class SourceJoined:
    """A source was heard for the first time."""

    source: SourceId


@dataclass(slots=True, frozen=True)
class SourceLeft:
    """A source is gone."""

    source: SourceId
    reason: Departure


Event = Delivered | Lost | SourceJoined | SourceLeft
