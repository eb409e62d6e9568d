"""The receiving end of `udp://` for DISH."""

from __future__ import annotations

from typing import Any

from covey.errors import ProtocolError
from covey.transports.link import Message
from covey.transports.radio_datagram import decode_datagram
from covey.transports.zmtp.events import PeerProperties

from .radio import MAX_DATAGRAM
from .reader import UdpReader
from .statistics import UdpStatistics

__all__ = ["UdpDishLink"]


class UdpDishLink(UdpReader):
    """Hears a port or a group; messages are `[group, body]`. Implements `GroupLink`."""

    def start(self) -> None:
        """Listen, and tell the owner so."""
        self._listen()
        where = self.address.removeprefix("udp://")
        self._owner.link_ready(self, PeerProperties("", b"", "NULL", "", 0, {}, where, everybody=True))

    def _read_datagram(self, datagram: bytes, source: Any) -> Message | None:
        if len(datagram) > MAX_DATAGRAM:
            return None
        try:
            return list(decode_datagram(datagram))
        except ProtocolError:
            return None

    def statistics(self) -> UdpStatistics:
        """Return the counters."""
        return UdpStatistics(received=self._received, malformed=self._malformed)
