"""Counters of one source."""

from __future__ import annotations

from .events import SourceId
from .receive_window import ReceiveWindow
from .statistics import SourceStatistics

__all__ = ["Counts"]


class Counts:
    """What `SourceStatistics` shows, while it grows."""

    __slots__ = ("duplicates", "naks", "octets", "packets", "recovered", "repairs", "requested")

    def __init__(self) -> None:
        self.packets = self.octets = self.duplicates = self.naks = 0
        self.requested = self.repairs = self.recovered = 0

    def freeze(
        self, source: SourceId, window: ReceiveWindow, round_trip: float, missing: int
    ) -> SourceStatistics:
        """Return the counters with what else is known, as a value."""
        return SourceStatistics(
            source=source,
            packets=self.packets,
            octets=self.octets,
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
