"""Links for multicast endpoints, by the socket's part in the traffic."""

from __future__ import annotations

from collections.abc import Callable

from covey.transports.link import LinkOwner
from covey.transports.pgm.events import Event

from .endpoint import resolve_endpoint
from .pgm_receiver import PgmReceiverLink
from .pgm_sender import PgmSenderLink
from .settings import MulticastOptions

__all__ = ["open_receiver", "open_sender"]


def open_sender(endpoint: str, options: MulticastOptions, owner: LinkOwner) -> PgmSenderLink:
    """Return a started sender on `epgm://` or `pgm://`; the owner has been told that it is ready.

    Raises:
        EndpointError: the endpoint cannot be read, or no interface fits it.
        ResourceError: the system refuses a socket.
    """
    link = PgmSenderLink(resolve_endpoint(endpoint), options, owner)
    link.start()
    return link


def open_receiver(
    endpoint: str,
    options: MulticastOptions,
    owner: LinkOwner,
    report: Callable[[Event], None] | None = None,
) -> PgmReceiverLink:
    """Return a started receiver on `epgm://` or `pgm://`; the owner has been told that it is ready.

    Raises:
        EndpointError: the endpoint cannot be read, or no interface fits it.
        ResourceError: the system refuses a socket.
    """
    link = PgmReceiverLink(resolve_endpoint(endpoint), options, owner, report)
    link.start()
    return link
