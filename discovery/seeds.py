"""Static seeds: a few known places, of which one contact is enough to learn of everybody.

Seeds are gossip hubs on a known port. Every node tries to be one, and tells of the members that it is
connected to (`GossipSource.share`), so two LANs without broadcast between them need one seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from covey.endpoint import parse_tcp
from covey.errors import EndpointError

from .gossip import GossipCodec, GossipNetwork, GossipSource
from .sighting import Announcement, SightingSink

__all__ = ["SEED_PORT", "seed_endpoint", "seed_source"]

SEED_PORT = 5670
"""TCP port of seeds unless they are told otherwise; the number of the beacon's UDP port."""


def seed_endpoint(seed: str) -> str:
    """Return the endpoint of a seed written as `host`, `host:port`, `[v6]`, `[v6]:port` or `tcp://host:port`.

    Raises:
        EndpointError: it cannot be read.
    """
    text = seed.strip()
    if "://" not in text:
        has_port = text.rpartition("]")[2].count(":") == 1 if text.startswith("[") else text.count(":") == 1
        if text.count(":") > 1 and not text.startswith("["):
            text = f"[{text}]"
        text = f"tcp://{text}" if has_port else f"tcp://{text}:{SEED_PORT}"
    elif not text.startswith("tcp://"):
        raise EndpointError(seed, "a seed is reached by tcp://HOST:PORT")
    return f"tcp://{parse_tcp(text, for_bind=False)}"


def seed_source(
    announcement: Announcement,
    sink: SightingSink,
    seeds: Sequence[str],
    *,
    codec: GossipCodec | None = None,
    bind: str = f"tcp://*:{SEED_PORT}",
    host: str = "",
) -> GossipSource:
    """Return a source that asks these seeds, and is one itself where the port is free.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        seeds: as `seed_endpoint` reads them; any of them may be away.
        codec: how nodes stand in tuples.
        bind: where to be a seed; empty for not.
        host: the address at which others reach this node; empty to find out.

    Raises:
        EndpointError: a seed that cannot be read.
    """
    return GossipSource(
        announcement,
        sink,
        GossipNetwork(tuple(map(seed_endpoint, seeds)), bind, must_bind=False, host=host),
        codec=codec,
        via="seed",
    )
