"""Which of a node's endpoints to try first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from covey.endpoint import parse_tcp
from covey.errors import EndpointError

from .interface_table import Interface

__all__ = ["rank_endpoints"]

_SAME_HOST, _SAME_NETWORK, _SAME_LINK, _ELSEWHERE, _OTHER_LOOPBACK = range(5)


def rank_endpoints(endpoints: Iterable[str], interfaces: Sequence[Interface]) -> list[str]:
    """Return endpoints by how likely they are to be reached, equals in their given order.

    This host's own addresses come first, then those in networks that we are in, link-local IPv6 on links
    that we are on, everything behind a router, and last a loopback address, which is another host's as
    long as none of our interfaces in use is the loopback. What cannot be read is left out.

    Args:
        endpoints: `tcp://host:port`.
        interfaces: those in use.
    """
    ranked: list[tuple[int, int, str]] = []
    for position, endpoint in enumerate(endpoints):
        try:
            host = parse_tcp(endpoint, for_bind=False).host
        except EndpointError:
            continue
        ranked.append((_rank(host, interfaces), position, endpoint))
    return [endpoint for _, _, endpoint in sorted(ranked)]


def _rank(host: str, interfaces: Sequence[Interface]) -> int:
    if any(host.partition("%")[0] == one.address for one in interfaces):
        return _SAME_HOST
    if "%" in host:
        zone = host.partition("%")[2]
        return _SAME_LINK if any(zone in (one.name, str(one.index)) for one in interfaces) else _ELSEWHERE
    if _is_ipv4(host) and any(one.family == 4 and one.address and one.reaches(host) for one in interfaces):
        return _SAME_NETWORK
    return _OTHER_LOOPBACK if host.startswith("127.") or host == "::1" else _ELSEWHERE


def _is_ipv4(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts)
