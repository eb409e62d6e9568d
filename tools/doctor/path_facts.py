"""What was seen of the path to one other host."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["PathFacts", "Series"]


@frozen
class Series:
    """Datagrams sent and those of them that arrived."""

    sent: int = 0
    arrived: int = 0


@frozen
class PathFacts:
    """Between this host and another; what was not reached is left at its default."""

    peer: str
    addresses: tuple[str, ...] = ()
    """What its name resolves to."""
    answers_arp: bool | None = None
    """Whether a host on our own link has a link address; None where that says nothing."""
    link_addresses: tuple[str, ...] = ()
    """MACs of all hosts of our link that say they have its address."""
    tcp: str = "untried"
    """connected, refused, silent, unreachable."""
    udp: Series = Series()
    """Small datagrams, there and back."""
    large: Series = Series()
    """Datagrams as large as our interface takes, not to be fragmented."""
    large_size: int = 0
    """Octets of such a packet."""
    round_trip: float = 0.0
    """Median of the small ones. Seconds."""
    handshake: bool = False
    """Whether a ZMTP connection came to be and a question was answered."""
    same_secret: bool | None = None
    """None where we have none."""
    peer_has_secret: bool = False
    clock_offset: float = 0.0
    """The peer's clock minus ours. Seconds."""
    broadcast_out: Series = Series()
    broadcast_in: Series = Series()
    multicast_out: Series = Series()
    multicast_in: Series = Series()
    is_on_link: bool = True
    """Whether it is in a network of ours: broadcasts go no further."""
