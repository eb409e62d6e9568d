"""What a receiver reports to a source that wants to know how far it is (see `flow_control`)."""

from __future__ import annotations

from .receive_window import ReceiveWindow
from .settings import ReceiverSettings
from .upstream import Upstream, UpstreamWriter

__all__ = ["ProgressReports"]


class ProgressReports:
    """The reports to one source; none until it asks for them."""

    __slots__ = ("_packets", "_step", "_told", "_writer", "are_wanted")

    def __init__(self, first: int, settings: ReceiverSettings, writer: UpstreamWriter) -> None:
        self._writer = writer
        self._packets = settings.flow_packets
        self._step = max(settings.flow_packets // 4, 1)
        self._told = (first, first)
        self.are_wanted = False
        """Whether the source's SPMs ask for reports: only senders of ours do."""

    def is_due(self, window: ReceiveWindow) -> bool:
        """Whether there is progress worth a report."""
        if not self.are_wanted:
            return False
        lead, expected = self._told
        return window.lead - lead >= self._step or window.expected - expected >= self._step

    def make(self, window: ReceiveWindow, *, leaving: bool = False) -> Upstream:
        """Return a report; a receiver that leaves is not to be waited for."""
        self._told = (window.lead, window.expected)
        room = 0 if leaving else self._packets
        return self._writer.report(window.lead, window.expected, room, leaving=leaving)
