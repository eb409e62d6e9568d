"""Which of our addresses a peer can reach."""

from __future__ import annotations

import socket
from collections.abc import Sequence

__all__ = ["OwnAddresses"]

_ANY_PORT = 9
"""Nothing is sent to it: connecting a UDP socket only asks the routing table."""
_LOOPBACK = "127.0.0.1"


class OwnAddresses:
    """Answers from the routing table, within the addresses that we listen on.

    Args:
        bound: numeric addresses; empty when we listen on all.
    """

    def __init__(self, bound: Sequence[str] = ()) -> None:
        self._bound = tuple(bound)

    def towards(self, host: str) -> str:
        """Return our address for the peer at `host`; names are not resolved, as that could take seconds."""
        source = _route_source(host)
        if not self._bound:
            return source or _LOOPBACK
        return source if source in self._bound else self._bound[0]


def _route_source(host: str) -> str | None:
    family = _family(host)
    if family is None:
        return None
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect((host, _ANY_PORT))
        except OSError:
            return None
        source: str = probe.getsockname()[0]
        return source


def _family(host: str) -> socket.AddressFamily | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except (OSError, ValueError):
            continue
        return family
    return None
