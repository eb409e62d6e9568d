"""What a receiver keeps to repair a source's groups by parity, and how it asks for parity."""

from __future__ import annotations

from typing import Final, Self

from .constants import MAX_GROUP_SIZE, MIN_GROUP_SIZE, PARITY_ON_DEMAND
from .parity import recover, spare_packets
from .wire.option_types import ParityParameters

__all__ = ["ParityPlan", "ParityStore"]

_UNKNOWN_PATIENCE: Final = 0.05
"""How long a hole in a growing group waits while the source's pace is not known."""
_PACE_MARGIN: Final = 2.0
_PACE_SLACK: Final = 0.02
_PACE_DECAY: Final = 0.25


class ParityPlan:
    """How to ask for missing packets of a source that offers parity."""

    __slots__ = ("count", "later", "parity", "seen", "singly")

    def __init__(self) -> None:
        self.parity: list[int] = []
        """As in a parity NAK: a group's first sequence with the packets wanted minus one in the low bits."""
        self.seen: list[int] = []
        """For each of these, how many parity packets are accounted for."""
        self.count = 0
        """Parity packets wanted in all."""
        self.singly: list[int] = []
        self.later: list[tuple[int, float]] = []
        """Sequences whose group is still growing, and until when to wait for its end."""


class _Group:
    __slots__ = ("data", "parity", "promised", "seen", "varying", "waits_until")

    def __init__(self) -> None:
        self.data: dict[int, bytes] = {}
        self.parity: dict[int, bytes] = {}
        self.varying: bool | None = None
        """What the parity packets say, None before the first."""
        self.seen = 0
        """Parity packets that the source is known to have sent and that came, or are not waited for any more."""
        self.promised = 0
        """Parity packets that the source has sent or said it would."""
        self.waits_until: float | None = None


class ParityStore:
    """TSDUs of the groups in the window and the parity that arrived for them.

    Groups that began before `first`, where we joined, cannot be repaired by parity.
    """

    __slots__ = ("_floor", "_groups", "_grown_at", "_pace", "_patience", "group_size", "octets", "on_demand")

    def __init__(self, group_size: int, first: int, patience: float, *, on_demand: bool) -> None:
        """Begin empty.

        Args:
            group_size: k.
            first: the oldest sequence that we shall have.
            patience: longest that a hole waits for the end of its group before it is asked for singly, seconds.
            on_demand: whether the source sends parity when asked.
        """
        self.group_size = group_size
        self.on_demand = on_demand
        self._patience = patience
        self._floor = -(-first // group_size) * group_size
        self._groups: dict[int, _Group] = {}
        self.octets = 0
        """Of the parity packets kept."""
        self._pace = 0.0
        """Seconds from one packet to the next, smoothed; 0.0 until known."""
        self._grown_at: tuple[int, float] | None = None
        """The group that began last, and when."""

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

    def end_of(self, group: int) -> int:
        """Return the last sequence of a group."""
        return group + self.group_size - 1

    def _at(self, group: int) -> _Group:
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group()
        return found

    def keep(self, sequence: int, tsdu: bytes) -> None:
        """Remember a TSDU while its group may need it."""
        group = self.group_of(sequence)
        if group >= self._floor:
            self._at(group).data[sequence - group] = tsdu

    def grew(self, lead: int, now: float) -> None:
        """Take note that the source has come to `lead`: it tells how soon a group is complete."""
        group = self.group_of(lead)
        if self._grown_at is None:
            self._grown_at = (group, now)
        elif group > self._grown_at[0]:
            pace = (now - self._grown_at[1]) / (group - self._grown_at[0])
            self._pace = self._pace + (pace - self._pace) * _PACE_DECAY if self._pace else pace
            self._grown_at = (group, now)

    def add_parity(self, group: int, index: int, tsdu: bytes, *, varying: bool) -> bool:
        """Remember a parity packet, unless it is of no use; return whether more are needed than were promised."""
        if group < self._floor or index >= spare_packets(self.group_size) or self.lacking(group) <= 0:
            return False
        known = self._at(group)
        if known.varying is None:
            known.varying = varying
        if known.varying != varying or index in known.parity:
            return False
        known.parity[index] = tsdu
        self.octets += len(tsdu)
        known.seen = max(known.seen, index + 1)
        known.promised = max(known.promised, known.seen)
        return self.lacking(group) > 0 and not self.is_promised(group)

    # --- asking --------------------------------------------------------------------------------------------

    def plan(self, sequences: list[int], lead: int, now: float) -> ParityPlan:
        """Say how to ask for `sequences` when `lead` is the newest the source has sent."""
        plan = ParityPlan()
        groups: dict[int, None] = {}
        for sequence in sequences:
            group = self.group_of(sequence)
            if group < self._floor:
                plan.singly.append(sequence)
            elif self.end_of(group) <= lead:
                groups[group] = None
            elif now < (until := self._wait(group, lead, now)):
                plan.later.append((sequence, until))
            else:
                plan.singly.append(sequence)
        for group in groups:
            known = self._at(group)
            count = max(self.lacking(group), 1)
            plan.parity.append(group + count - 1)
            plan.seen.append(known.seen)
            plan.count += count
        return plan

    def _wait(self, group: int, lead: int, now: float) -> float:
        """Return until when the holes of a growing group wait for its end: not at all where it is too far away."""
        known = self._at(group)
        if known.waits_until is None:
            wait = min(_UNKNOWN_PATIENCE, self._patience)
            if self._pace:
                rest = (self.end_of(group) - lead) * self._pace
                wait = (
                    min(rest * _PACE_MARGIN + _PACE_SLACK, self._patience) if rest < self._patience else 0.0
                )
            known.waits_until = now + wait
        return known.waits_until

    def lacking(self, group: int) -> int:
        """Return how many more packets, data or parity, the group needs."""
        known = self._groups.get(group)
        if known is None:
            return self.group_size
        return self.group_size - len(known.data) - len(known.parity)

    def promise(self, group: int, count: int, seen: int | None) -> None:
        """Take note that the source will have sent `count` parity packets on top of `seen` (None: of ours)."""
        if group >= self._floor:
            known = self._at(group)
            total = (known.seen if seen is None else seen) + count
            known.promised = max(known.promised, min(total, spare_packets(self.group_size)))

    def is_promised(self, group: int) -> bool:
        """Whether what the group lacks is on its way."""
        known = self._groups.get(group)
        return known is not None and known.seen + self.lacking(group) <= known.promised

    def doubt(self, group: int) -> None:
        """Wait no more for the parity packets that were promised: ask for others."""
        known = self._groups.get(group)
        if known is not None:
            known.seen = max(known.seen, known.promised)

    # --- recovery ------------------------------------------------------------------------------------------

    def recover(self, group: int) -> dict[int, bytes]:
        """Return the missing TSDUs of `group` by sequence, if what is here suffices."""
        known = self._groups.get(group)
        if known is None or not known.parity or self.lacking(group) > 0:
            return {}
        parity, known.parity = known.parity, {}
        self.octets -= sum(map(len, parity.values()))
        varying, known.varying = bool(known.varying), None
        found = recover(known.data, parity, self.group_size, varying=varying)
        return {group + index: tsdu for index, tsdu in found.items()} if found else {}

    def drop_parity(self) -> int:
        """Forget the parity packets, for others can be asked for; return how many octets they took."""
        for known in self._groups.values():
            known.parity, known.varying = {}, None
        octets, self.octets = self.octets, 0
        return octets

    def drop_before(self, sequence: int) -> None:
        """Forget the groups that end before `sequence`."""
        floor = self.group_of(sequence)
        if floor <= self._floor:
            return
        self._floor = floor
        for group in [each for each in self._groups if each < floor]:
            self.octets -= sum(map(len, self._groups.pop(group).parity.values()))

    def drop_after(self, sequence: int) -> None:
        """Forget what is newer than `sequence`: it was never sent."""
        for group, known in list(self._groups.items()):
            if self.end_of(group) > sequence:
                known.data = {index: tsdu for index, tsdu in known.data.items() if group + index <= sequence}
