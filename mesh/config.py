"""What a node is told to be, and by which media it is to find others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from covey.errors import OptionError
from covey.values import frozen

from .medium import Medium
from .timings import Timings

if TYPE_CHECKING:
    from covey.discovery.etcd.store import EtcdStore

    from .trust import Trust

__all__ = ["MEDIA", "Discover", "NodeConfig", "chosen"]

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


@frozen
class NodeConfig:
    """What a node is told to be."""

    uuid: UUID
    name: str
    mesh: str
    trust: Trust | None
    """None for an open mesh."""
    interfaces: tuple[str, ...]
    """Names or addresses; empty for every sensible one."""
    headers: Mapping[str, str]
    timings: Timings
    settle: float
    """Seconds for which newcomers may take to subscribe."""
    discover: Discover
    media: tuple[Medium, ...] | None
    """None for those that `discover` says."""

    @property
    def has_lasting_keys(self) -> bool:
        """Whether members show certificates, or are looked up by key, on connections alone."""
        return self.trust is not None and self.trust.has_lasting_keys


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
