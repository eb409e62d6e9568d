"""Counters of senders and receivers, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from .events import SourceId

__all__ = ["ReceiverStatistics", "SenderStatistics", "SourceStatistics"]


@dataclass(slots=True, frozen=True)
class SenderStatistics:
    """What one sender did so far."""

    packets: int
    """ODATA packets sent."""
    octets: int
    """... and their octets, PGM headers included."""
    rate: float
    """Octets of them a second, over the last second or more in which there were any."""
    messages: int
    naks: int
    """NAK packets that were ours to answer."""
    requested: int
    """Sequences and parity packets asked for in them."""
    confirmations: int
    """NCF packets sent."""
    repairs: int
    """RDATA packets sent, parity included."""
    repair_octets: int
    parity: int
    """Parity packets sent, proactive ones included."""
    unrepairable: int
    """Sequences asked for that had left the window."""
    spms: int
    window_packets: int
    window_octets: int
    waiting_octets: int
    """Stream octets not sent yet."""
    receivers: int
    """Receivers that report."""
    receivers_given_up: int
    malformed: int
    """Packets that could not be read."""


@dataclass(slots=True, frozen=True)
class SourceStatistics:
    """What a receiver knows of one source."""

    source: SourceId
    packets: int
    """Data packets taken, repairs included."""
    octets: int
    rate: float
    """Octets a second, over the last second or more in which there were any."""
    duplicates: int
    naks: int
    requested: int
    repairs: int
    """Holes filled by RDATA or parity."""
    recovered: int
    """... of these by parity."""
    lost: int
    """Packets that could not be repaired."""
    resyncs: int
    """Times that the stream made no sense."""
    round_trip: float
    """NAK to repair, smoothed; seconds, 0.0 until measured."""
    missing: int
    """Packets asked for at the moment."""
    window_packets: int
    """Packets kept behind a hole."""


@dataclass(slots=True, frozen=True)
class ReceiverStatistics:
    """What a receiver did so far."""

    datagrams: int
    malformed: int
    """Packets that could not be read."""
    ignored: int
    """Packets that are not for a receiver, or of no session that could be remembered."""
    sources: tuple[SourceStatistics, ...]
    window_octets: int = 0
    """Kept behind holes now, of all sources together, parity included."""
    shed: int = 0
    """Octets that could not be kept because all sources together kept too much; the holes before them were lost."""
