"""What a receiver keeps to repair a source's groups by parity."""

from __future__ import annotations

from typing import Self

from .constants import MAX_GROUP_SIZE, MIN_GROUP_SIZE, PARITY_ON_DEMAND
from .parity import recover, spare_packets
from .wire.option_types import ParityParameters

__all__ = ["ParityPlan", "ParityStore"]


class ParityPlan:
    """How to ask for missing packets of a source that offers parity."""

    __slots__ = ("count", "later", "parity", "singly")

    def __init__(self) -> None:
        self.parity: list[int] = []
        """As in a parity NAK: a group's first sequence with the packets wanted minus one in the low bits."""
        self.count = 0
        """Parity packets wanted in all."""
        self.singly: list[int] = []
        self.later: list[tuple[int, float]] = []
        """Sequences whose group is still growing, and until when to wait for its end."""


class ParityStore:
    """TSDUs of the groups in the window and the parity that arrived for them.

    Groups that began before `first`, where we joined, cannot be repaired by parity.
    """

    __slots__ = ("_data", "_floor", "_parity", "_patience", "_waiting", "group_size", "on_demand")

    def __init__(self, group_size: int, first: int, patience: float, *, on_demand: bool) -> None:
        """Begin empty.

        Args:
            group_size: k.
            first: the oldest sequence that we shall have.
            patience: seconds that a hole waits for the end of its group before it is asked for singly.
            on_demand: whether the source sends parity when asked.
        """
        self.group_size = group_size
        self.on_demand = on_demand
        self._patience = patience
        self._floor = -(-first // group_size) * group_size
        self._waiting: dict[int, float] = {}
        """Growing groups with holes, and until when these wait."""
        self._data: dict[int, dict[int, bytes]] = {}
        self._parity: dict[int, tuple[bool, dict[int, bytes]]] = {}

    @classmethod
    def offered(cls, parameters: ParityParameters, first: int, patience: float) -> Self | None:
        """Return a store for what a source offers, None when that makes no sense."""
        size = parameters.group_size
        if not MIN_GROUP_SIZE <= size <= MAX_GROUP_SIZE or size & (size - 1):
            return None
        return cls(size, first, patience, on_demand=bool(parameters.flags & PARITY_ON_DEMAND))

    def group_of(self, sequence: int) -> int:
        """Return the first sequence of the group that `sequence` is in."""
        return sequence - sequence % self.group_size

    def keep(self, sequence: int, tsdu: bytes) -> None:
        """Remember a TSDU while its group may need it."""
        group = self.group_of(sequence)
        if group >= self._floor:
            self._data.setdefault(group, {})[sequence - group] = tsdu

    def add_parity(self, group: int, index: int, tsdu: bytes, *, varying: bool) -> None:
        """Remember a parity packet, unless it is of no use."""
        if group < self._floor or index >= spare_packets(self.group_size) or self.lacking(group) <= 0:
            return
        known = self._parity.setdefault(group, (varying, {}))
        if known[0] == varying:
            known[1][index] = tsdu

    def plan(self, sequences: list[int], lead: int, now: float) -> ParityPlan:
        """Say how to ask for `sequences` when `lead` is the newest the source has sent."""
        plan = ParityPlan()
        groups: dict[int, None] = {}
        for sequence in sequences:
            group = self.group_of(sequence)
            if group < self._floor:
                plan.singly.append(sequence)
            elif group + self.group_size - 1 <= lead:
                groups[group] = None
            elif now < (until := self._waiting.setdefault(group, now + self._patience)):
                plan.later.append((sequence, until))
            else:
                plan.singly.append(sequence)
        for group in groups:
            count = max(self.lacking(group), 1)
            plan.parity.append(group + count - 1)
            plan.count += count
        return plan

    def lacking(self, group: int) -> int:
        """Return how many more packets, data or parity, the group needs."""
        parity = self._parity.get(group)
        have = len(self._data.get(group, ())) + (len(parity[1]) if parity is not None else 0)
        return self.group_size - have

    def recover(self, group: int) -> dict[int, bytes]:
        """Return the missing TSDUs of `group` by sequence, if what is here suffices."""
        parity = self._parity.get(group)
        if parity is None or self.lacking(group) > 0:
            return {}
        del self._parity[group]
        data = self._data.get(group, {})
        found = recover(data, parity[1], self.group_size, varying=parity[0])
        return {group + index: tsdu for index, tsdu in found.items()} if found else {}

    def drop_before(self, sequence: int) -> None:
        """Forget the groups that end before `sequence`."""
        floor = self.group_of(sequence)
        if floor <= self._floor:
            return
        self._floor = floor
        for store in (self._data, self._parity, self._waiting):
            for group in [each for each in store if each < floor]:
                del store[group]
