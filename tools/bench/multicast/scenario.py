"""What is measured: one stream from the first host to the others, in calm or bad weather."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SCENARIOS", "Scenario"]

KIB = 1024
STEADY = 5e6
"""Octets a second."""
MANY = 20
GENTLE = 1e6
"""Octets a second that twenty receiving processes can take on a small machine ..."""
RARE = 0.01
"""... and how often, so that they are not woken for each packet."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table of cases."""

    name: str
    title: str
    size: int
    """Octets of a message."""
    loss: float = 0.0
    """Per cent of the frames to and from each receiver."""
    rate: float = 0.0
    """Octets a second; 0.0 for as fast as it goes."""
    tick: float = 0.001
    """Seconds between two bursts of a stream with a rate."""
    receivers: int = 1
    parity: int = 0
    figure: str = "rate"
    """Which word of the result is the figure: `rate`, `median` (of the delay) or `repairs`."""

    @property
    def unit(self) -> str:
        """What the figure counts."""
        return {"rate": "msg/s", "median": "ms", "repairs": "%"}[self.figure]


SCENARIOS = (
    Scenario("multicast-32", "one sender, one receiver, nothing is lost", 32),
    Scenario("multicast-1k", "one sender, one receiver, nothing is lost", KIB),
    Scenario("multicast-64k", "one sender, one receiver, nothing is lost", 64 * KIB),
    *(
        Scenario(
            f"multicast-loss-{percent}",
            f"as fast as it goes, {percent} % of the packets are lost",
            KIB,
            percent,
        )
        for percent in (1, 5, 10)
    ),
    *(
        Scenario(
            f"multicast-delay-{percent}",
            f"median delay at a steady 5 MB/s, {percent} % of the packets are lost",
            KIB,
            percent,
            STEADY,
            figure="median",
        )
        for percent in (0, 1, 5, 10)
    ),
    Scenario(
        "multicast-many",
        "repairs as a share of the data, 2 % of the packets are lost to each on its own, parity",
        KIB,
        2,
        GENTLE,
        tick=RARE,
        receivers=MANY,
        parity=32,
        figure="repairs",
    ),
)
