"""Endpoints as users write them: `scheme://address`, and the address forms of the stream transports."""

from __future__ import annotations

from functools import lru_cache

from covey.errors import EndpointError
from covey.values import frozen

__all__ = ["TcpAddress", "parse_tcp", "split_endpoint"]

_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%*")


def split_endpoint(endpoint: str) -> tuple[str, str]:
    """Return (scheme, address) of `scheme://address`.

    Raises:
        EndpointError: no scheme or no address.
    """
    scheme, separator, address = endpoint.partition("://")
    if not separator or not scheme:
        raise EndpointError(endpoint, "an endpoint looks like tcp://HOST:PORT, ipc://PATH or inproc://NAME")
    if not address:
        raise EndpointError(endpoint, f"nothing after {scheme}://")
    return scheme, address


@frozen
class TcpAddress:
    """`[source;]host:port`. A host of `*` means every interface, a port of 0 any free one."""

    host: str
    port: int
    source: TcpAddress | None = None

    def __str__(self) -> str:
        """Return the address as it stands after `tcp://`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _parse_port(text: str, endpoint: str, *, wildcard: bool) -> int:
    if text == "*" and wildcard:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise EndpointError(
            endpoint, f"{text!r} is no port; it is a number up to 65535" + (" or *" * wildcard)
        )
    port = int(text)
    if port == 0 and not wildcard:
        raise EndpointError(endpoint, "port 0 cannot be connected to")
    return port


def _parse_host_port(text: str, endpoint: str, *, wildcard: bool) -> TcpAddress:
    host, separator, port = text.rpartition(":")
    if not separator:
        raise EndpointError(endpoint, "the port is missing; write tcp://HOST:PORT")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host:
        raise EndpointError(endpoint, "the host is missing; write tcp://HOST:PORT or tcp://*:PORT")
    if not _HOST_CHARACTERS.issuperset(host):
        raise EndpointError(endpoint, f"{host!r} is no host name or address")
    if host == "*" and not wildcard:
        raise EndpointError(endpoint, "* can be bound but not connected to; name a host")
    return TcpAddress(host, _parse_port(port, endpoint, wildcard=wildcard))


@lru_cache(maxsize=1024)
def parse_tcp(endpoint: str, *, for_bind: bool) -> TcpAddress:
    """Read `tcp://host:port`, with `*` wildcards for bind and `source;host:port` for connect.

    Raises:
        EndpointError: it cannot be read.
    """
    _, address = split_endpoint(endpoint)
    source_text, separator, target = address.rpartition(";")
    if separator and for_bind:
        raise EndpointError(endpoint, "a source address goes with connect only")
    parsed = _parse_host_port(target, endpoint, wildcard=for_bind)
    if not separator:
        return parsed
    source = _parse_host_port(source_text, endpoint, wildcard=True)
    return TcpAddress(parsed.host, parsed.port, source)
