"""What strangers may have us do, by the address that they come from."""

from __future__ import annotations

from collections import OrderedDict

from covey.discovery.announce.precautions import Allowance

__all__ = ["Rations"]


class Rations:
    """An allowance for each address; the one that asked longest ago is forgotten. Time in monotonic seconds.

    Args:
        rate: of what an address may take, per second.
        most: that it may take at once after a rest.
        places: addresses that are remembered.
    """

    def __init__(self, rate: float, most: float, places: int) -> None:
        self._rate = rate
        self._most = most
        self._places = places
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._allowances)

    def take(self, source: str, now: float) -> bool:
        """Take one if there is one left for this address."""
        allowance = self._allowances.pop(source, None) or Allowance(self._rate, self._most)
        self._allowances[source] = allowance
        if len(self._allowances) > self._places:
            self._allowances.popitem(last=False)
        return allowance.take(now)
