"""What a node says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from covey.endpoint import TcpAddress, parse_tcp
from covey.values import field, frozen

from .constants import HEADER_MESH, HEADER_TOPICS, IDENTITY_PREFIX, MAX_STRING
from .reachable import is_reachable

__all__ = ["TIPC", "ClusterEndpoints", "OwnNode"]

TIPC = "tipc://"
"""How endpoints of a cluster begin."""


@frozen
class ClusterEndpoints:
    """Our `tipc://` endpoints, as others connect to them."""

    mailbox: str
    topics: str


@frozen
class OwnNode:
    """Our own node, as other nodes shall see it."""

    uuid: UUID
    name: str
    mesh: str
    port: int
    """Of the mailbox (ROUTER)."""
    address_towards: Callable[[str], str]
    """From a peer's numeric address to the address of ours that it can reach."""
    topics_port: int | None = None
    """Of the publisher (XPUB)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: bool = False
    """Whether peers must prove their keys."""
    cluster: ClusterEndpoints | None = None
    """Where peers of our TIPC cluster reach us, if we are in one."""

    admits: Callable[[bytes], bool] = lambda _key: True
    """Whether the holder of a proven key is let in at this moment."""
    permits: Callable[[str, str, bytes | None, str], bool] = lambda _endpoint, _name, _key, _group: True
    """Whether a peer, given by endpoint, name and key, may be in a group and shout to it."""
    may_offer: Callable[[str, str, bytes | None, str], bool] = lambda _endpoint, _name, _key, _service: True
    """Whether a peer, given likewise, may offer a service."""
    rank: Callable[[Sequence[str]], list[str]] = list
    """Sorts a peer's endpoints, the likeliest to be reached first."""

    def __post_init__(self) -> None:
        """Check what ZRE cannot carry.

        Raises:
            ValueError: name or header name longer than 255 octets.
        """
        for text in (self.name, *self.headers):
            if len(text.encode()) > MAX_STRING:
                raise ValueError(f"at most {MAX_STRING} octets fit: {text[:40]!r}...")

    @property
    def routing_id(self) -> bytes:
        """The routing id of our mailboxes at peers, 17 octets."""
        return IDENTITY_PREFIX + self.uuid.bytes

    def can_connect_to(self, endpoint: str) -> bool:
        """Whether others may send us to `endpoint`: a TIPC one only where we are in a cluster, too."""
        return is_reachable(endpoint) and (self.cluster is not None or not endpoint.startswith(TIPC))

    def endpoint_towards(self, endpoint: str) -> str:
        """Return our mailbox's endpoint as the peer at `endpoint` can reach it."""
        if self.cluster is not None and endpoint.startswith(TIPC):
            return self.cluster.mailbox
        return self._at(endpoint, self.port)

    def headers_towards(self, endpoint: str) -> dict[str, str]:
        """Return our HELLO headers for the peer at `endpoint`."""
        headers = {**self.headers, HEADER_MESH: self.mesh}
        if self.cluster is not None and endpoint.startswith(TIPC):
            headers[HEADER_TOPICS] = self.cluster.topics
        elif self.topics_port is not None:
            headers[HEADER_TOPICS] = self._at(endpoint, self.topics_port)
        return headers

    def _at(self, endpoint: str, port: int) -> str:
        host = parse_tcp(endpoint, for_bind=False).host
        return f"tcp://{TcpAddress(self.address_towards(host), port)}"
