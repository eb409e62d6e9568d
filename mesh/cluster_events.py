"""The events that tell of the machines of a TIPC cluster, whose kernels watch each other.

A machine may run any number of peers, or none.
"""

from __future__ import annotations

from typing import TypeAlias

from covey.values import frozen

__all__ = ["ClusterEvent", "LinkDown", "LinkUp", "NodeDown", "NodeUp"]


@frozen
class NodeUp:
    """Another node of the TIPC cluster is within reach; those that were so from the start are told, too."""

    node: str
    """Its address as `tipc://` endpoints have it, zone.cluster.node."""
    identity: str
    """The name that it was given; empty when the kernel does not tell."""


@frozen
class NodeDown:
    """A node of the TIPC cluster is out of reach: no link to it is left."""

    node: str
    identity: str


@frozen
class LinkUp:
    """A link of this machine to another node of the TIPC cluster works."""

    node: str
    """The other node's address."""
    identity: str
    link: str
    """The link's name, `NODE:DEVICE-NODE:DEVICE`, ours first; empty when the kernel does not tell."""


@frozen
class LinkDown:
    """A link to another node of the TIPC cluster broke, or was closed."""

    node: str
    identity: str
    link: str


ClusterEvent: TypeAlias = NodeUp | NodeDown | LinkUp | LinkDown
"""What the kernel tells of the machines of a TIPC cluster."""
