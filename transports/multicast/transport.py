"""The schemes `epgm` and `pgm`: publishers send, subscribers receive, bind and connect mean the same."""

from __future__ import annotations

from covey.errors import EndpointError, OptionError
from covey.transports.group_transport import GroupLink
from covey.transports.link import LinkOwner, LinkSettings
from covey.transports.pgm.events import Event, SourceJoined, SourceLeft
from covey.transports.pgm.events import Lost as PgmLost
from covey.transports.pgm.settings import ParitySettings
from covey.transports.reports import LinkReport, Lost, SenderAppeared, SenderVanished
from covey.transports.stream_transport import StreamOptions

from .address import parse_multicast
from .factory import open_receiver, open_sender
from .settings import MulticastOptions

__all__ = ["PgmTransport"]

_SENDERS = frozenset(("PUB", "XPUB", "RADIO"))
_RECEIVERS = frozenset(("SUB", "XSUB", "DISH"))


class PgmTransport:
    """Implements `GroupTransport`."""

    def check(self, endpoint: str, socket_type: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form.

        Raises:
            EndpointError: it cannot be read, or the type neither publishes nor subscribes.
        """
        scheme = endpoint.partition("://")[0]
        if socket_type not in _SENDERS | _RECEIVERS:
            kinds = "PUB, XPUB, SUB, XSUB, RADIO and DISH"
            raise EndpointError(endpoint, f"{scheme}:// is for {kinds}, not for {socket_type}")
        return f"{scheme}://{parse_multicast(endpoint)}"

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
            ResourceError: the system refuses; for `pgm://` it says what privilege is wanted.
        """
        chosen = _pgm_options(options)
        if settings.connection.socket_type in _SENDERS:
            return open_sender(endpoint, chosen, owner)

        def report(event: Event) -> None:
            told = _report(event)
            if told is not None and settings.report is not None:
                settings.report(endpoint, told)

        return open_receiver(endpoint, chosen, owner, report)


def _pgm_options(options: StreamOptions) -> MulticastOptions:
    size = options.parity_group
    if size & (size - 1) or size == 1:
        raise OptionError("parity_group", f"is a power of two from 2 to 128, or 0, not {size}")
    return MulticastOptions(
        rate=options.rate,
        recovery_ivl=options.recovery_ivl,
        multicast_hops=options.multicast_hops,
        multicast_loop=options.multicast_loop,
        multicast_maxtpdu=options.multicast_maxtpdu,
        sndbuf=options.sndbuf,
        rcvbuf=options.rcvbuf,
        tos=options.tos,
        maxmsgsize=options.maxmsgsize,
        parity=ParitySettings(group_size=size, proactive=options.parity_packets) if size else None,
        join_history=options.join_history,
    )


def _report(event: Event) -> LinkReport | None:
    if isinstance(event, PgmLost):
        return Lost(str(event.source), event.first, event.count)
    if isinstance(event, SourceJoined):
        return SenderAppeared(str(event.source))
    if isinstance(event, SourceLeft):
        return SenderVanished(str(event.source), event.reason.value)
    return None
