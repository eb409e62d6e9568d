"""TIPC addresses: `tipc://` endpoints as libzmq reads them, and the tuples of Python's sockets.

===========================  =====================================================  ===================
endpoint                     meaning                                                legal for
===========================  =====================================================  ===================
`tipc://{type,lower,upper}`  a service range                                        bind, multicast
`tipc://{type,instance}`     a service; `{type,instance}@z.c.n` or                  bind (range of one),
                             `{type,instance@z.c.n}` looks only on that node        connect
`tipc://<z.c.n:port>`        one socket                                             connect
`tipc://<*>`                 a socket address that the kernel chooses               bind
===========================  =====================================================  ===================

The reading follows libzmq's, which takes what stands at the start and ignores the rest: blanks may stand
before a number, the closing bracket is not asked for, a range may carry a domain that means nothing. Numbers
that libzmq would wrap around silently are refused. Two additions, which libzmq refuses: `@node` after a
service limits a bind to clients on this node and a connect to services on this node, `@cluster` says the
default. A service without a domain is looked up in the whole cluster; libzmq asks for domain 1.0.0, which
finds nobody unless nodes were given such addresses by hand.
"""

from __future__ import annotations

import enum
import re

from covey.errors import EndpointError
from covey.values import frozen

__all__ = [
    "Ephemeral",
    "Scope",
    "ServiceAddress",
    "ServiceRange",
    "SocketAddress",
    "SocketTuple",
    "TipcAddress",
    "format_node",
    "from_tuple",
    "parse",
    "parse_for_bind",
    "parse_for_connect",
]

SCHEME = "tipc://"
RESERVED_TYPES = 64
"""Service types below are the kernel's own (linux/tipc.h)."""
UINT32_MAX = 0xFFFFFFFF

# The values of linux/tipc.h, spelt out because Python has them on Linux alone.
ADDR_RANGE = 1
ADDR_SERVICE = 2
ADDR_SOCKET = 3
SCOPE_CLUSTER = 2
SCOPE_NODE = 3

SocketTuple = tuple[int, int, int, int, int]
"""(kind, v1, v2, v3, scope) as Python's AF_TIPC sockets take it."""

_NUMBER = r"\s*\+?(\d+)"
_RANGE = re.compile(rf"\{{{_NUMBER},{_NUMBER},{_NUMBER}", re.ASCII)
_SERVICE = re.compile(rf"\{{{_NUMBER},{_NUMBER}", re.ASCII)
_SOCKET = re.compile(rf"<{_NUMBER}\.{_NUMBER}\.{_NUMBER}:{_NUMBER}", re.ASCII)
_DOMAIN = re.compile(rf"@{_NUMBER}\.{_NUMBER}\.{_NUMBER}(\}}?)", re.ASCII)


class Scope(enum.Enum):
    """How far a service is seen."""

    CLUSTER = "cluster"
    """By every node of the cluster."""
    NODE = "node"
    """By this node alone."""


@frozen
class ServiceRange:
    """The instances `lower` to `upper` of a service type."""

    type: int
    lower: int
    upper: int
    scope: Scope = Scope.CLUSTER

    def to_tuple(self) -> SocketTuple:
        """Return the address for `bind` or `sendto`."""
        scope = SCOPE_NODE if self.scope is Scope.NODE else SCOPE_CLUSTER
        return (ADDR_RANGE, self.type, self.lower, self.upper, scope)

    def __str__(self) -> str:
        return f"{SCHEME}{{{self.type}, {self.lower}, {self.upper}}}{_scope_suffix(self.scope)}"


@frozen
class ServiceAddress:
    """One instance of a service type, wherever in the cluster it is bound."""

    type: int
    instance: int
    domain: int = 0
    """The node to look on, as its 32-bit address; 0 for all."""
    scope: Scope = Scope.CLUSTER
    """NODE: the domain is the node that asks."""

    def to_tuple(self) -> SocketTuple:
        """Return the address for `connect`; Python cannot express the domain in it."""
        return (ADDR_SERVICE, self.type, self.instance, 0, 0)

    def as_range(self) -> ServiceRange:
        """Return what binding this address means."""
        return ServiceRange(self.type, self.instance, self.instance, self.scope)

    def __str__(self) -> str:
        suffix = f"@{format_node(self.domain)}" if self.domain else _scope_suffix(self.scope)
        return f"{SCHEME}{{{self.type}, {self.instance}}}{suffix}"


@frozen
class SocketAddress:
    """One socket of one node."""

    node: int
    """The node's 32-bit address; 0 on a node that is in no cluster."""
    port: int

    def to_tuple(self) -> SocketTuple:
        """Return the address for `connect` or `sendto`."""
        return (ADDR_SOCKET, self.node, self.port, 0, 0)

    def __str__(self) -> str:
        return f"{SCHEME}<{format_node(self.node)}:{self.port}>"


@frozen
class Ephemeral:
    """The address that the kernel gives to every socket."""

    def __str__(self) -> str:
        return f"{SCHEME}<*>"


TipcAddress = ServiceRange | ServiceAddress | SocketAddress | Ephemeral


def format_node(node: int) -> str:
    """Return a node's 32-bit address as zone.cluster.node (8, 12 and 12 bits), the way libzmq prints it."""
    return f"{node >> 24}.{node >> 12 & 0xFFF}.{node & 0xFFF}"


def parse(endpoint: str) -> TipcAddress:
    """Read a `tipc://` endpoint.

    Raises:
        EndpointError: it is none of the forms above, or a number is out of range.
    """
    if not endpoint.startswith(SCHEME):
        raise EndpointError(endpoint, f"does not start with {SCHEME}")
    text = endpoint[len(SCHEME) :]
    if text.startswith("<*>"):
        return Ephemeral()
    if match := _SOCKET.match(text):
        zone, cluster, node, port = map(int, match.groups())
        return SocketAddress(_node(endpoint, zone, cluster, node), _uint32(endpoint, port))
    return _parse_service(endpoint, text)


def parse_for_bind(endpoint: str) -> ServiceRange | Ephemeral:
    """Read an endpoint that a listener binds.

    Raises:
        EndpointError: not a TIPC endpoint, or a fixed socket address, which only the kernel can give.
    """
    address = parse(endpoint)
    if isinstance(address, SocketAddress):
        raise EndpointError(endpoint, "a socket address cannot be chosen; bind <*> or a service")
    return address.as_range() if isinstance(address, ServiceAddress) else address


def parse_for_connect(endpoint: str) -> ServiceAddress | SocketAddress:
    """Read an endpoint that a connector connects to.

    Raises:
        EndpointError: not a TIPC endpoint, or `<*>`, or a range.
    """
    address = parse(endpoint)
    if isinstance(address, Ephemeral):
        raise EndpointError(endpoint, "<*> can be bound only")
    if isinstance(address, ServiceRange):
        raise EndpointError(endpoint, "a range can be bound only; connect to one instance: {type,instance}")
    return address


def from_tuple(address: tuple[int, ...]) -> SocketAddress:
    """Return the socket address that `getsockname`, `getpeername` or `recvfrom` gave."""
    kind, node, port = address[:3]
    if kind != ADDR_SOCKET:
        raise ValueError(f"not a socket address: {address!r}")
    return SocketAddress(node, port)


def _parse_service(endpoint: str, text: str) -> ServiceRange | ServiceAddress:
    domain, scope = _parse_suffix(endpoint, text)
    if match := _RANGE.match(text):
        kind, lower, upper = (_uint32(endpoint, int(number)) for number in match.groups())
        if kind < RESERVED_TYPES:
            raise EndpointError(endpoint, f"service types below {RESERVED_TYPES} are the kernel's")
        if upper < lower:
            raise EndpointError(endpoint, "the upper end of the range is below the lower")
        return ServiceRange(kind, lower, upper, scope)
    if match := _SERVICE.match(text):
        kind, instance = (_uint32(endpoint, int(number)) for number in match.groups())
        if kind <= RESERVED_TYPES:  # libzmq refuses 64 itself here, though not in a range
            raise EndpointError(endpoint, f"service types up to {RESERVED_TYPES} cannot be named so")
        return ServiceAddress(kind, instance, domain, scope)
    raise EndpointError(
        endpoint, "not {type,lower,upper}, {type,instance}, <zone.cluster.node:port> or <*> after tipc://"
    )


def _parse_suffix(endpoint: str, text: str) -> tuple[int, Scope]:
    """Return domain and scope after the first @."""
    start = text.find("@")
    if start < 0:
        return 0, Scope.CLUSTER
    for scope in Scope:
        if text[start + 1 :].removesuffix("}") == scope.value:
            return 0, scope
    match = _DOMAIN.fullmatch(text, start)
    if match is None:
        raise EndpointError(endpoint, "not @zone.cluster.node, @node or @cluster after the service")
    if match[4] and "}" in text[:start]:
        raise EndpointError(endpoint, "one closing brace too many")
    return _node(endpoint, *map(int, match.groups()[:3])), Scope.CLUSTER


def _node(endpoint: str, zone: int, cluster: int, node: int) -> int:
    if zone > 0xFF or cluster > 0xFFF or node > 0xFFF:
        raise EndpointError(endpoint, "zone.cluster.node exceeds 255.4095.4095")
    return zone << 24 | cluster << 12 | node


def _uint32(endpoint: str, number: int) -> int:
    if number > UINT32_MAX:
        raise EndpointError(endpoint, f"{number} does not fit into 32 bits")
    return number


def _scope_suffix(scope: Scope) -> str:
    return "@node" if scope is Scope.NODE else ""
