"""Which media a node uses, as its owner said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from covey.errors import OptionError
from covey.values import frozen

if TYPE_CHECKING:
    from covey.discovery.etcd.store import EtcdStore

__all__ = ["MEDIA", "Discover", "chosen"]

MEDIA = ("beacon", "mdns", "tipc")
"""Media that need not be told anything; a node uses all of them unless told otherwise."""


@frozen
class Discover:
    """The choice, checked."""

    media: tuple[str, ...] = MEDIA
    """Some of `MEDIA`."""
    seeds: tuple[str, ...] = ()
    """`tcp://host:port` of nodes to ask; the node is one itself where their port is free."""
    gossip_bind: str = ""
    """Where to be a hub; empty for not."""
    gossip_connect: tuple[str, ...] = ()
    """Hubs to ask."""
    etcd: EtcdStore | None = None
    """Which etcd to be found through, and as whom."""

    @property
    def insists(self) -> bool:
        """Whether the media were chosen by hand, rather than all that work."""
        return set(self.media) != set(MEDIA)

    @property
    def has_tipc_alone(self) -> bool:
        """Whether there is nothing else to be found by."""
        places = self.seeds or self.gossip_bind or self.gossip_connect or self.etcd
        return self.media == ("tipc",) and not places


def chosen(
    media: str | Sequence[str],
    seeds: str | Sequence[str],
    gossip_bind: str | None,
    gossip_connect: str | Sequence[str],
) -> Discover:
    """Return what a node's options say.

    Raises:
        OptionError: an unknown medium.
        EndpointError: an endpoint that cannot be read.
    """
    names = _several(media)
    for name in names:
        if name not in MEDIA:
            raise OptionError("discover", f"knows {', '.join(MEDIA)}, not {name!r}")
    if not seeds and not gossip_bind and not gossip_connect:
        return Discover(names)
    from covey.discovery.seeds import seed_endpoint
    from covey.endpoint import parse_tcp

    return Discover(
        names,
        tuple(seed_endpoint(seed) for seed in _several(seeds)),
        f"tcp://{parse_tcp(gossip_bind, for_bind=True)}" if gossip_bind else "",
        tuple(seed_endpoint(hub) for hub in _several(gossip_connect)),
    )


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
