"""What a receiver keeps to repair a source's groups by parity."""

from __future__ import annotations

from .parity import recover, spare_packets

__all__ = ["ParityStore"]


class ParityStore:
    """TSDUs of the groups in the window and the parity that arrived for them.

    Groups that began before `first`, where we joined, cannot be repaired by parity.
    """

    __slots__ = ("_data", "_first", "_floor", "_parity", "group_size", "on_demand")

    def __init__(self, group_size: int, first: int, *, on_demand: bool) -> None:
        self.group_size = group_size
        self.on_demand = on_demand
        self._first = -(-first // group_size) * group_size
        self._floor = self._first
        self._data: dict[int, dict[int, bytes]] = {}
        self._parity: dict[int, tuple[bool, dict[int, bytes]]] = {}

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

    def covers(self, sequence: int, lead: int) -> bool:
        """Whether parity may be asked for `sequence`: its group is complete at the source and ours from its start."""
        group = self.group_of(sequence)
        return group >= self._floor and group + self.group_size - 1 <= lead

    def is_partial(self, sequence: int, lead: int) -> bool:
        """Whether the group of `sequence` is still growing."""
        group = self.group_of(sequence)
        return group >= self._floor and group + self.group_size - 1 > lead

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
        for store in (self._data, self._parity):
            for group in [each for each in store if each < floor]:
                del store[group]  # type: ignore[attr-defined]
