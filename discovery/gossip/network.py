"""Where a node stands in a gossip network."""

from __future__ import annotations

from covey.security.mechanism import Security
from covey.values import frozen

__all__ = ["GossipNetwork"]


@frozen
class GossipNetwork:
    """Whom it asks, and whether others may ask it."""

    connect: tuple[str, ...] = ()
    """Hubs to be a client of; a hub with hubs passes everything on, and any of them may die."""
    bind: str = ""
    """`tcp://*:5670` to be a hub; empty for not."""
    must_bind: bool = True
    """Whether `bind` being taken, by another node of this host say, is an error."""
    host: str = ""
    """The address at which others reach this node; empty for the one that faces the first hub."""
    security: tuple[Security, Security] | None = None
    """Towards our clients and towards our hubs; None for neither."""
