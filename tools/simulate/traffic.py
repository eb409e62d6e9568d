"""What a simulated node wants to have sent."""

from __future__ import annotations

from collections.abc import Iterable

from covey.discovery.announce.place import Place
from covey.discovery.beacon.routes import Mode

__all__ = ["PORT", "Traffic"]

PORT = 49152
"""TCP port of everybody's mailbox."""


class Traffic:
    """Datagrams.

    Attributes:
        shouted: to everybody, and how they are addressed.
        answers: to one node each.
    """

    __slots__ = ("answers", "shouted")

    def __init__(
        self, shouted: Iterable[tuple[Mode, bytes]] = (), answers: Iterable[tuple[Place, bytes]] = ()
    ) -> None:
        self.shouted = tuple(shouted)
        self.answers = tuple(answers)
