"""From scheme to transport, imported when first used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from covey.endpoint import split_endpoint
from covey.errors import EndpointError

from .stream_transport import StreamTransport

__all__ = ["STREAM_SCHEMES", "stream_transport"]

STREAM_SCHEMES = {
    "tcp": ("covey.transports.tcp", "TcpTransport"),
    "tipc": ("covey.transports.tipc.transport", "TipcTransport"),
}


@cache
def _load(scheme: str) -> StreamTransport:
    module, name = STREAM_SCHEMES[scheme]
    return cast("StreamTransport", getattr(import_module(module), name)())


def stream_transport(endpoint: str) -> StreamTransport:
    """Return the transport of an endpoint.

    Raises:
        EndpointError: no scheme, or one that is not a stream transport's.
    """
    scheme, _ = split_endpoint(endpoint)
    if scheme not in STREAM_SCHEMES:
        known = ", ".join(f"{name}://" for name in STREAM_SCHEMES)
        raise EndpointError(endpoint, f"no transport is called {scheme!r}; there are {known}")
    return _load(scheme)
