"""The scheme `udp`: a RADIO connects, a DISH or DGRAM binds."""

from __future__ import annotations

from covey.errors import EndpointError
from covey.transports.group_transport import GroupLink
from covey.transports.link import LinkOwner, LinkSettings
from covey.transports.stream_transport import StreamOptions

from .address import parse_udp
from .dgram import UdpDgramLink
from .dish import UdpDishLink
from .radio import UdpRadioLink
from .sockets import open_receiving, open_sending

__all__ = ["UdpTransport"]

_WAYS = {"RADIO": False, "DISH": True, "DGRAM": True}  # whether the type binds


class UdpTransport:
    """Implements `GroupTransport`."""

    def check(self, endpoint: str, socket_type: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read, or a socket of that type cannot use it so.
        """
        if socket_type not in _WAYS:
            raise EndpointError(endpoint, f"udp:// is for RADIO, DISH and DGRAM, not for {socket_type}")
        if _WAYS[socket_type] is not for_bind:
            way = "binds to" if for_bind is False else "connects to"
            raise EndpointError(endpoint, f"a {socket_type} {way} udp://, it cannot do the reverse")
        return str(parse_udp(endpoint, for_bind=for_bind))

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
            EndpointError: no interface fits.
            ResourceError: the system refuses.
        """
        address = parse_udp(endpoint, for_bind=for_bind)
        if not for_bind:
            sock = open_sending(endpoint, address, options)
            radio = UdpRadioLink(endpoint, sock, options.multicast_maxtpdu, owner)
            radio.start()
            return radio
        sends = settings.connection.socket_type == "DGRAM"
        sock, resolved = open_receiving(endpoint, address, options, sends=sends)
        kind = UdpDgramLink if sends else UdpDishLink
        link = kind(str(resolved), sock, owner, settings.report)
        link.start()
        return link
