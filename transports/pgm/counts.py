"""Counters of one source."""

from __future__ import annotations

from .events import SourceId
from .rate_meter import RateMeter
from .receive_window import ReceiveWindow
from .statistics import SourceStatistics

__all__ = ["Counts"]


class Counts:
    """What `SourceStatistics` shows, while it grows."""

    __slots__ = ("duplicates", "meter", "naks", "octets", "packets", "recovered", "repairs", "requested")

    def __init__(self, now: float) -> None:
        self.meter = RateMeter(now)
        self.packets = self.octets = self.duplicates = self.naks = 0
        self.requested = self.repairs = self.recovered = 0

    def took(self, packets: int, octets: int, now: float) -> None:
        """Count data."""
        self.packets += packets
        self.octets += octets
        self.meter.add(octets, now)

    def freeze(
        self, source: SourceId, window: ReceiveWindow, round_trip: float, missing: int
    ) -> SourceStatistics:
        """Return the counters with what else is known, as a value."""
        return SourceStatistics(
            source=source,
            packets=self.packets,
            octets=self.octets,
            rate=self.meter.rate,
            duplicates=self.duplicates,
            naks=self.naks,
            requested=self.requested,
            repairs=self.repairs,
            recovered=self.recovered,
            lost=window.lost,
            resyncs=window.resyncs,
            round_trip=round_trip,
            missing=missing,
            window_packets=len(window),
        )
