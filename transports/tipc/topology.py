"""The topology service: what the kernel tells about services, nodes and links of the cluster.

A client connects a sequenced-packet socket to the service {1,1} of its own node and writes subscriptions;
the kernel answers with events for as long as the connection lasts. All integers are 32 bits in the client's
byte order (the kernel recognises either by the filter and answers alike).

::

    subscription, 28 octets                     event, 48 octets
    0  service type                             0  event: 1 published, 2 withdrawn, 3 timed out
    4  lowest instance                          4  lowest instance bound (may lie outside)
    8  highest instance                         8  highest instance bound
    12 timeout in ms, FFFFFFFF for ever         12 port of the socket that is bound
    16 filter: 1 every match, 2 first and last, 16 node of that socket
       4 cancel                                 20 the subscription that it answers
    20 handle, 8 octets, echoed

Types 0 and 2 are bound by the kernel itself: one instance per node that is reachable, per peer of a link
that is up (whose port field then holds the local bearer in its lower half).

Source: linux/tipc.h, and the section on topology tracking of the TIPC programmer's guide.
"""

from __future__ import annotations

import enum
import sys
from collections import deque
from struct import Struct
from typing import Literal

from covey.errors import ProtocolError, ResourceError
from covey.values import frozen

from .address import SocketAddress

__all__ = [
    "EVENT_SIZE",
    "SUBSCRIPTION_SIZE",
    "ByteOrder",
    "Filter",
    "LinkDown",
    "LinkUp",
    "NodeDown",
    "NodeUp",
    "ServicePublished",
    "ServiceWithdrawn",
    "Subscription",
    "SubscriptionExpired",
    "Topology",
    "TopologyEvent",
]

ByteOrder = Literal["little", "big"]

SUBSCRIPTION_SIZE = 28
EVENT_SIZE = 48
FOREVER_MS = 0xFFFFFFFF
UINT32_MAX = 0xFFFFFFFF
TYPE_NODE_STATE = 0
TYPE_LINK_STATE = 2
CANCEL = 4
PUBLISHED = 1
WITHDRAWN = 2
EXPIRED = 3
MAX_SUBSCRIPTIONS = 1024

_SUBSCRIPTIONS = {"little": Struct("<5I8s"), "big": Struct(">5I8s")}
_EVENTS = {"little": Struct("<5I5I8s"), "big": Struct(">5I5I8s")}


class Filter(enum.IntEnum):
    """Which matches of a subscription are told."""

    EVERY = 1
    """Each socket that is bound or unbound."""
    AVAILABILITY = 2
    """The first that is bound and the last that is unbound."""


@frozen
class Subscription:
    """An interest in the instances `lower` to `upper` of a service type."""

    type: int
    lower: int = 0
    upper: int = UINT32_MAX
    filter: Filter = Filter.EVERY
    timeout_ms: int | None = None
    """How long it lasts; None for ever."""
    handle: int = 0
    """Echoed in each event; 64 bits."""

    def encode(self, byteorder: ByteOrder = sys.byteorder, *, cancel: bool = False) -> bytes:
        """Return the 28 octets that subscribe, or that undo it."""
        timeout = FOREVER_MS if self.timeout_ms is None else self.timeout_ms
        flags = self.filter | CANCEL if cancel else self.filter
        handle = self.handle.to_bytes(8, byteorder)
        return _SUBSCRIPTIONS[byteorder].pack(self.type, self.lower, self.upper, timeout, flags, handle)


@frozen
class ServicePublished:
    """A socket was bound to instances `lower` to `upper`; existing ones are told when subscribing."""

    type: int
    lower: int
    upper: int
    socket: SocketAddress
    handle: int


@frozen
class ServiceWithdrawn:
    """A socket is no longer bound: unbound, closed, its process dead or its node unreachable."""

    type: int
    lower: int
    upper: int
    socket: SocketAddress
    handle: int


@frozen
class NodeUp:
    """A node (also our own) is reachable."""

    node: int


@frozen
class NodeDown:
    """A node is out of reach: no link to it is left."""

    node: int


@frozen
class LinkUp:
    """A link of ours to that node works."""

    node: int
    bearer: int


@frozen
class LinkDown:
    """A link of ours to that node has failed or was closed."""

    node: int
    bearer: int


@frozen
class SubscriptionExpired:
    """A subscription's time is over."""

    handle: int


TopologyEvent = (
    ServicePublished | ServiceWithdrawn | NodeUp | NodeDown | LinkUp | LinkDown | SubscriptionExpired
)


class Topology:
    """A client's side of the topology service, without its socket."""

    def __init__(self, byteorder: ByteOrder = sys.byteorder) -> None:
        self._byteorder: ByteOrder = byteorder
        self._subscriptions: dict[int, Subscription] = {}
        self._last_handle = 0
        self._outgoing: deque[bytes] = deque()
        self._events: deque[TopologyEvent] = deque()

    def subscribe(
        self,
        service_type: int,
        lower: int = 0,
        upper: int = UINT32_MAX,
        *,
        filter: Filter = Filter.EVERY,
        timeout_ms: int | None = None,
    ) -> int:
        """Ask for events of a service; return the handle that they carry.

        Raises:
            ResourceError: too many subscriptions.
        """
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise ResourceError("topology service", f"more than {MAX_SUBSCRIPTIONS} subscriptions")
        self._last_handle += 1
        subscription = Subscription(service_type, lower, upper, filter, timeout_ms, self._last_handle)
        self._subscriptions[subscription.handle] = subscription
        self._outgoing.append(subscription.encode(self._byteorder))
        return subscription.handle

    def subscribe_nodes(self) -> int:
        """Ask for NodeUp and NodeDown."""
        return self.subscribe(TYPE_NODE_STATE)

    def subscribe_links(self) -> int:
        """Ask for LinkUp and LinkDown."""
        return self.subscribe(TYPE_LINK_STATE)

    def unsubscribe(self, handle: int) -> None:
        """Undo `subscribe`; events that are under way are dropped. An unknown handle is no error."""
        subscription = self._subscriptions.pop(handle, None)
        if subscription is not None:
            self._outgoing.append(subscription.encode(self._byteorder, cancel=True))

    def next_packet(self) -> bytes | None:
        """Return the next packet to write, or None."""
        return self._outgoing.popleft() if self._outgoing else None

    def receive_packet(self, packet: bytes) -> None:
        """Take one packet of the service.

        Raises:
            ProtocolError: it is no event.
        """
        if len(packet) != EVENT_SIZE:
            raise ProtocolError(f"a topology event of {len(packet)} octets, not {EVENT_SIZE}")
        kind, lower, upper, port, node, service, *_, raw_handle = _EVENTS[self._byteorder].unpack(packet)
        handle = int.from_bytes(raw_handle, self._byteorder)
        if kind not in (PUBLISHED, WITHDRAWN, EXPIRED):
            raise ProtocolError(f"a topology event of unknown kind {kind}")
        if handle not in self._subscriptions:
            return
        if kind == EXPIRED:
            del self._subscriptions[handle]
            self._events.append(SubscriptionExpired(handle))
        elif service == TYPE_NODE_STATE:
            self._events.append((NodeUp if kind == PUBLISHED else NodeDown)(lower))
        elif service == TYPE_LINK_STATE:
            self._events.append((LinkUp if kind == PUBLISHED else LinkDown)(lower, port & 0xFFFF))
        else:
            change = ServicePublished if kind == PUBLISHED else ServiceWithdrawn
            self._events.append(change(service, lower, upper, SocketAddress(node, port), handle))

    def next_event(self) -> TopologyEvent | None:
        """Return the next event, or None."""
        return self._events.popleft() if self._events else None
