"""RADIO and DISH on `tipc://{...}`: everybody in a service range, or the members of a communication group."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from covey.errors import EndpointError, ResourceError
from covey.transports.group_transport import GroupLink
from covey.transports.link import LinkOwner, LinkSettings, Message
from covey.transports.reports import SenderAppeared, SenderVanished
from covey.transports.stream_transport import StreamOptions
from covey.transports.zmtp.events import PeerProperties

from .address import ServiceAddress, ServiceRange, SocketAddress
from .multicast import MulticastStatistics, TipcMulticast, parse_multicast
from .radio import MAX_DATAGRAM

__all__ = ["TipcGroupLink", "TipcGroupTransport"]

_SENDS_PER_TURN: Final = 256


class TipcGroupTransport:
    """Implements `GroupTransport`; bind and connect mean the same."""

    def check(self, endpoint: str, socket_type: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read, or the type is neither RADIO nor DISH.
        """
        if socket_type not in ("RADIO", "DISH"):
            raise EndpointError(
                endpoint, f"multicast over tipc:// is for RADIO and DISH, not for {socket_type}"
            )
        return str(parse_multicast(endpoint))

    def open(
        self,
        endpoint: str,
        settings: LinkSettings,
        options: StreamOptions,
        owner: LinkOwner,
        *,
        for_bind: bool,
    ) -> GroupLink:
        """Return a started link.

        Raises:
            ResourceError: the kernel has no TIPC, or refuses.
        """
        receives = settings.connection.socket_type == "DISH"
        link = TipcGroupLink(parse_multicast(endpoint), settings, owner, receives=receives)
        link.start()
        return link


class TipcGroupLink:
    """One member of a group, or one end at a range. Implements `GroupLink` and `MulticastOwner`."""

    def __init__(
        self,
        address: ServiceAddress | ServiceRange,
        settings: LinkSettings,
        owner: LinkOwner,
        *,
        receives: bool,
    ) -> None:
        self.address = str(address)
        self._owner = owner
        self._report = settings.report
        self._multicast = TipcMulticast(address, self, receives=receives)
        self._waits = isinstance(address, ServiceAddress)
        self._loop = asyncio.get_running_loop()
        self._arrived: list[Message] = []
        self._blocked = False
        self._closed = False

    def start(self) -> None:
        """Join or bind, and tell the owner that it may send.

        Raises:
            ResourceError: the kernel has no TIPC, or refuses.
        """
        self._multicast.open()
        self._owner.link_ready(
            self,
            PeerProperties(
                *("", b"", "NULL", "", 0, {}, self.address.removeprefix("tipc://")),
                everybody=True,
                largest=MAX_DATAGRAM - 1,
                waits=self._waits,
            ),
        )

    # -- Link ---------------------------------------------------------------------------------------------

    @property
    def in_flight(self) -> int:
        """Nothing: what left the outbox is with the kernel."""
        return 0

    def transmit(self, outbox: deque[Message]) -> None:
        """Send until `outbox` is empty or the slowest member has no room."""
        if self._blocked or self._closed:
            return
        for _ in range(_SENDS_PER_TURN):
            if not outbox:
                return
            group, body = outbox[0]
            try:
                taken = self._multicast.send_nowait(group, body)  # type: ignore[arg-type]
            except ResourceError:
                taken = True  # refused for good; the others go on
            if not taken:
                self._blocked = True
                self._multicast.call_when_writable(self._unblocked)
                return
            outbox.popleft()
        if outbox:
            self._blocked = True
            self._loop.call_soon(self._unblocked)

    def _unblocked(self) -> None:
        self._blocked = False
        if not self._closed:
            self._owner.link_drained(self)

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: receivers filter by themselves."""

    def pause_reading(self) -> None:
        """Take nothing more; the senders of a communication group wait for us then."""
        self._multicast.pause_reading()

    def resume_reading(self) -> None:
        """Take messages again."""
        self._multicast.resume_reading()

    def take_back(self) -> list[Message]:
        """Return nothing."""
        return []

    def close(self) -> None:
        """Leave at once; what was sent arrives."""
        if not self._closed:
            self._closed = True
            self._multicast.close()

    async def finish(self) -> None:
        """Leave; the kernel delivers what it has."""
        self.close()

    def statistics(self) -> MulticastStatistics:
        """Return the counters."""
        return self._multicast.statistics()

    # -- MulticastOwner -----------------------------------------------------------------------------------

    def multicast_received(self, group: bytes, body: bytes, sender: SocketAddress) -> None:
        """Collect what comes in one turn of the loop."""
        if not self._arrived:
            self._loop.call_soon(self._deliver)
        self._arrived.append([group, body])
        if self._owner.link_room() - len(self._arrived) <= 0:
            self._multicast.pause_reading()

    def _deliver(self) -> None:
        arrived, self._arrived = self._arrived, []
        if not self._closed:
            self._owner.link_messages(self, arrived)
            if self._owner.link_room() > 0:
                self._multicast.resume_reading()  # the owner kept less than came: other groups' messages

    def multicast_joined(self, member: SocketAddress) -> None:
        """Tell that a member is there."""
        if self._report is not None:
            self._report(self.address, SenderAppeared(str(member)))

    def multicast_left(self, member: SocketAddress) -> None:
        """Tell that a member is gone."""
        if self._report is not None:
            self._report(self.address, SenderVanished(str(member), "left, died or is out of reach"))
