"""From scheme to transport, imported when first used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from covey.endpoint import split_endpoint
from covey.errors import EndpointError

from .group_transport import GroupTransport
from .link_transport import LinkTransport
from .stream_transport import StreamTransport

__all__ = [
    "GROUP_SCHEMES",
    "LINK_SCHEMES",
    "STREAM_SCHEMES",
    "group_transport",
    "link_transport",
    "stream_transport",
]

STREAM_SCHEMES = {
    "tcp": ("covey.transports.tcp", "TcpTransport"),
    "tipc": ("covey.transports.tipc.transport", "TipcTransport"),
    "ipc": ("covey.transports.ipc", "IpcTransport"),
}
"""Schemes that carry ZMTP over a stream socket."""

LINK_SCHEMES = {
    "inproc": ("covey.transports.inproc", "InprocTransport"),
}
"""Schemes that make their own links."""

GROUP_SCHEMES = {
    "udp": ("covey.transports.udp.transport", "UdpTransport"),
    "epgm": ("covey.transports.multicast.transport", "PgmTransport"),
    "pgm": ("covey.transports.multicast.transport", "PgmTransport"),
}
"""Schemes that reach many at once."""

_GROUPS_OF_STREAMS = {"tipc": ("covey.transports.tipc.group_transport", "TipcGroupTransport")}


@cache
def _load(module: str, name: str) -> object:
    return getattr(import_module(module), name)()


def link_transport(endpoint: str) -> LinkTransport | None:
    """Return the transport of an endpoint that makes its own links, None when it is another's.

    Raises:
        EndpointError: no scheme.
    """
    scheme, _ = split_endpoint(endpoint)
    found = LINK_SCHEMES.get(scheme)
    return cast("LinkTransport", _load(*found)) if found is not None else None


def group_transport(endpoint: str, *, by_group: bool) -> GroupTransport | None:
    """Return the transport of an endpoint that reaches many at once, None when it is another's.

    Args:
        endpoint: any.
        by_group: whether a RADIO or a DISH asks, to whom a service of TIPC is a multicast address.

    Raises:
        EndpointError: no scheme.
    """
    scheme, address = split_endpoint(endpoint)
    found = GROUP_SCHEMES.get(scheme)
    if found is None and by_group and address.startswith("{"):
        found = _GROUPS_OF_STREAMS.get(scheme)
    return cast("GroupTransport", _load(*found)) if found is not None else None


def stream_transport(endpoint: str) -> StreamTransport:
    """Return the transport of an endpoint over stream sockets.

    Raises:
        EndpointError: no scheme, or one that is not a stream transport's.
    """
    scheme, _ = split_endpoint(endpoint)
    if scheme not in STREAM_SCHEMES:
        known = ", ".join(f"{name}://" for name in (*STREAM_SCHEMES, *LINK_SCHEMES, *GROUP_SCHEMES))
        raise EndpointError(endpoint, f"no transport is called {scheme!r}; there are {known}")
    return cast("StreamTransport", _load(*STREAM_SCHEMES[scheme]))
