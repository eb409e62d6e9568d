"""Repair by parity, as a receiver does it: which holes wait, and what is asked for (RFC 3208 section 11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .constants import OPT_PARITY_GRP, OPT_PARITY_SEEN, OPTIONS_VAR_PKTLEN, SEQUENCE_MASK
from .counts import Counts
from .leap_guard import LEAP_TOLERANCE
from .loss_detector import LossDetector
from .parity_store import ParityPlan, ParityStore
from .receive_window import ReceiveWindow
from .sequence import unwrap
from .wire import Data, Header, Nak
from .wire.option_types import ParityGroup, ParitySeen
from .wire.options import find_option

__all__ = ["GroupRepair"]

_PATIENCE: Final = 4.0
"""Back-off for one lacking packet, in usual ones. Where there is parity there are many receivers to be silenced."""


class GroupRepair:
    """The groups of one source that offers parity."""

    __slots__ = ("_detector", "store", "tag")

    def __init__(self, store: ParityStore, detector: LossDetector, tag: int) -> None:
        """Repair by `store` what `detector` knows to be missing; `tag` tells our requests from those of others."""
        self.store = store
        self.tag = tag
        self._detector = detector

    def grew(self, before: int, lead: int, now: float) -> None:
        """Take note that the newest packet is `lead`: groups that are complete now can be asked for."""
        store = self.store
        store.grew(lead, now)
        group = store.group_of(before + 1)
        if store.end_of(group) <= lead:
            self._hasten(group, now)

    def _hasten(self, group: int, now: float, *, again: bool = False) -> None:
        """Ask for a group after a back-off of its own: the more it lacks the shorter, for the largest counts."""
        store = self.store
        sequences = range(group, store.end_of(group) + 1)
        self._detector.hasten(sequences, now, _PATIENCE / max(store.lacking(group), 1), again=again)

    def takes(self, sequence: int, expected: int) -> bool:
        """Whether a parity packet of that sequence may be of use."""
        return 0 <= sequence - expected + self.store.group_size <= LEAP_TOLERANCE

    def parity_arrived(self, sequence: int, header: Header, data: Data, now: float) -> None:
        """Keep a parity packet; when packets before it were lost, ask for others."""
        store = self.store
        group = store.group_of(sequence)
        option = find_option(data.options, OPT_PARITY_GRP)
        run = ParityGroup.from_option(option).number if option is not None else 0
        index = run * store.group_size + sequence - group
        if store.add_parity(group, index, data.tsdu, varying=bool(header.flags & OPTIONS_VAR_PKTLEN)):
            self._hasten(group, now, again=True)

    def recover(self, group: int, window: ReceiveWindow, counts: Counts, now: float) -> None:
        """Fill the holes of a group if what is here suffices."""
        for sequence, tsdu in self.store.recover(group).items():
            self._detector.arrived(sequence, now, is_repair=True)
            self.store.keep(sequence, tsdu)
            if sequence not in window:
                window.accept(sequence, tsdu)
                counts.repairs += 1
                counts.recovered += 1

    def confirmed(self, nak: Nak, expected: int, lead: int, now: float) -> None:
        """Take an NCF for parity, or another receiver's NAK."""
        store = self.store
        option = find_option(nak.options, OPT_PARITY_SEEN)
        seen = ParitySeen.from_option(option) if option is not None else None
        told = seen.counts if seen is not None else ()
        is_ours = seen is None or seen.tag == self.tag
        done: set[int] = set()
        for position, wire in enumerate(nak.sequences):
            low = wire & (store.group_size - 1)
            group = unwrap(wire - low & SEQUENCE_MASK, lead)
            if group in done or not store.group_of(expected) <= group <= lead:
                continue
            done.add(group)
            store.promise(group, low + 1, told[position] if position < len(told) else None)
            if store.is_promised(group):
                sequences = range(max(group, expected), store.end_of(group) + 1)
                self._detector.promised(sequences, now, is_ours=is_ours)

    def overdue(self, sequences: Iterable[int]) -> None:
        """Wait no more for the parity packets of these sequences' groups."""
        for group in {self.store.group_of(sequence) for sequence in sequences}:
            self.store.doubt(group)

    def plan(self, sequences: list[int], lead: int, now: float) -> ParityPlan:
        """Say how to ask for `sequences`, and put off those whose group still grows."""
        store = self.store
        plan = store.plan(sequences, lead, now)
        for sequence, until in plan.later:
            self._detector.postpone(sequence, until)
        for wire in plan.parity:
            group = store.group_of(wire)
            self._detector.asked(range(group, store.end_of(group) + 1), now)
        return plan
