"""Runs a scenario: nodes, the segment between them, and what befalls both."""

from __future__ import annotations

import random
from functools import partial
from math import inf
from uuid import UUID

from covey.discovery.announce.identity import new_uuid
from covey.discovery.beacon.pace import BeaconSettings
from covey.discovery.beacon.routes import Mode
from covey.discovery.liveness import Evidence
from covey.mesh.events import Entered, Evasive, Event, Exited

from .agenda import Agenda
from .crowd import Crowd, Speaker
from .ledger import Ledger, Outcome, Waiting
from .listener import BUFFER, Listener
from .member import Engines, Member
from .scenario import Scenario
from .traffic import Traffic

__all__ = ["simulate"]

_TOGETHER = 0.1
"""Seconds within which all nodes start."""
_SHORTEST, _LONGEST = 0.000_05, 0.001
"""Seconds that a datagram takes."""
_HEADERS = 42
"""Octets of Ethernet, IPv4 and UDP around a beacon."""
_STANDSTILL = 10.0
_GRACE = 4.0
"""Seconds after the end of a cut in which a verdict may rest on what was found during it."""
_VERDICTS = frozenset({"expired", "link lost"})
_BEACON = 22
_TRIES = 5
"""Connections that one knock consists of, spread over its time."""


def simulate(scenario: Scenario, settings: BeaconSettings | None = None) -> Outcome:
    """Return what a scenario shows; the same each time for the same seed."""
    return _Simulation(scenario, settings or BeaconSettings()).run()


class _Simulation:
    """One run."""

    def __init__(self, scenario: Scenario, settings: BeaconSettings) -> None:
        self._scenario = scenario
        self._settings = settings
        self._random = random.Random(scenario.seed)
        self._agenda = Agenda()
        self._ledger = Ledger()
        self._crowds = Crowd(settings), Crowd(settings)
        self._members: dict[UUID, Member] = {}
        self._at: dict[str, Member] = {}
        self._living: list[Member] = []
        self._listeners: dict[UUID, Member] = {}
        self._numbers = 0
        self._is_cut = False
        self._cut_at = inf
        self._healed_at = -inf

    def run(self) -> Outcome:
        """Run it all."""
        scenario, agenda = self._scenario, self._agenda
        for number in range(scenario.nodes):
            member = self._make(number % 2, is_whole=number < scenario.watched)
            agenda.at(self._random.uniform(0, _TOGETHER), partial(self._start, member))
        for listener in self._listeners:
            others = (uuid for uuid in self._members if uuid != listener)
            self._ledger.started.add(listener, others, 0.0)
        self._plan_churn(scenario.calm)
        if scenario.partition:
            agenda.at(scenario.partition_at, self._cut)
            agenda.at(scenario.partition_at + scenario.partition, self._heal)
        crowded = min(scenario.nodes / self._settings.segment_rate, self._settings.longest_interval)
        end = scenario.ends(max(crowded, self._settings.interval))
        agenda.run(end)
        self._look_at_views()
        return self._ledger.outcome(scenario.nodes, scenario.watched, scenario.calm, end)

    # -- nodes

    def _make(self, side: int, *, is_whole: bool) -> Member:
        self._numbers += 1
        draw = self._random.randbytes
        uuid = new_uuid(draw)
        engines: Engines
        if is_whole:
            engines = Listener(
                uuid, self._settings, draw, partial(self._happened, uuid), partial(self._knock, uuid)
            )
        else:
            engines = Speaker(uuid, self._settings, self._crowds[side], draw, self._random.random)
        member = Member(uuid, self._numbers, side, engines)
        self._members[uuid] = self._at[member.place.host] = member
        self._living.append(member)
        if is_whole:
            self._listeners[uuid] = member
        return member

    def _start(self, member: Member) -> None:
        if member.is_alive:
            self._send(member, member.engines.start(self._agenda.now))
            self._plan(member)

    def _plan(self, member: Member) -> None:
        due = member.engines.next_timeout()
        if due < member.planned and member.is_alive:
            member.planned = due
            self._agenda.at(due, partial(self._due, member, due))

    def _due(self, member: Member, planned: float) -> None:
        if member.planned != planned or not member.is_alive:
            return
        member.planned = inf
        if member.resumes_at <= self._agenda.now:
            if member.engines.next_timeout() <= self._agenda.now:
                self._send(member, member.engines.handle_timeout(self._agenda.now))
            self._plan(member)

    # -- the segment

    def _send(self, member: Member, traffic: Traffic) -> None:
        second, ledger = int(self._agenda.now), self._ledger
        for mode, datagram in traffic.shouted:
            ledger.beacons[second] += 1
            ledger.octets[second] += len(datagram) + _HEADERS
            self._agenda.at(self._arrival(), partial(self._deliver, member, datagram, mode))
        if member.listener is not None:
            ledger.answers[second] += len(traffic.answers)
        for place, datagram in traffic.answers:
            target = self._at[place.host]
            self._agenda.at(
                self._arrival(), partial(self._hand_over, target, datagram, member, Mode.BROADCAST)
            )

    def _arrival(self) -> float:
        return self._agenda.now + self._random.uniform(_SHORTEST, _LONGEST)

    def _reaches(self, one: Member, other: Member) -> bool:
        return not self._is_cut or one.side == other.side

    def _deliver(self, sender: Member, datagram: bytes, mode: Mode) -> None:
        self._tell_crowds(sender, is_goodbye=len(datagram) == _BEACON and datagram.endswith(b"\0\0"))
        hearing = self._listeners if sender.listener is None else self._everybody()
        for member in list(hearing.values()):
            self._hand_over(member, datagram, sender, mode)

    def _everybody(self) -> dict[UUID, Member]:
        return {member.uuid: member for member in self._living}

    def _tell_crowds(self, sender: Member, *, is_goodbye: bool) -> None:
        for side, crowd in enumerate(self._crowds):
            if self._is_cut and side != sender.side:
                continue
            if is_goodbye:
                crowd.hear_goodbye(sender.uuid)
            else:
                crowd.hear(sender.uuid, self._agenda.now)

    def _hand_over(self, member: Member, datagram: bytes, sender: Member, mode: Mode) -> None:
        """Bring a datagram to one node, unless it is lost."""
        loss, now = self._scenario.loss, self._agenda.now
        if member is sender or not member.is_alive or not self._reaches(sender, member):
            return
        if loss and self._random.random() < loss:
            return
        if member.resumes_at > now:
            if len(member.waiting) < BUFFER:
                member.waiting.append((datagram, sender.place, mode))
            return
        self._send(member, member.engines.receive(datagram, sender.place, now, mode))
        self._plan(member)

    # -- what whole nodes find

    def _knock(self, uuid: UUID, at: UUID, patience: float) -> None:
        """Knock at a mailbox."""
        asking, target = self._members[uuid], self._members[at]
        found, after = self._probe(asking, target, patience)
        self._agenda.at(self._agenda.now + after, partial(self._report, asking, at, found))

    def _probe(self, asking: Member, target: Member, patience: float) -> tuple[Evidence, float]:
        """Return what comes of connecting to a node, and after how long."""
        if not self._reaches(asking, target):
            return Evidence.SILENT, patience
        for attempt in range(_TRIES):
            after = attempt * patience / _TRIES + _LONGEST
            if self._random.random() < (1 - self._scenario.loss) ** 2:
                if not target.is_alive:
                    return Evidence.REFUSED, after
                is_well = target.resumes_at <= self._agenda.now
                return (Evidence.GREETS, after) if is_well else (Evidence.ACCEPTS, patience)
        return Evidence.SILENT, patience

    def _report(self, asking: Member, uuid: UUID, found: Evidence) -> None:
        if asking.is_alive and asking.listener is not None:
            self._send(asking, asking.listener.evidence(uuid, found, self._agenda.now))
            self._plan(asking)

    def _happened(self, uuid: UUID, event: Event) -> None:
        """Judge what a node tells its application."""
        asking, now = self._members[uuid], self._agenda.now
        if isinstance(event, Entered):
            self._ledger.started.heard(uuid, event.peer.uuid, now)
            self._ledger.healed.heard(uuid, event.peer.uuid, now)
            return
        if not isinstance(event, Evasive | Exited):
            return
        target = self._members[event.peer.uuid]
        is_well = target.is_alive and target.resumes_at <= now
        is_near = self._reaches(asking, target) and now > self._healed_at + _GRACE
        if isinstance(event, Evasive):
            self._ledger.suspicions += is_well and is_near
        elif event.reason in _VERDICTS:
            if target.is_alive and is_near:
                self._ledger.false_verdicts += 1
                return
            self._ledger.verdicts += 1
            if not target.is_alive and not self._were_apart(asking, target):
                self._ledger.detected.append(now - target.died_at)

    def _were_apart(self, one: Member, other: Member) -> bool:
        """Whether the segment was cut between two nodes since the one died, or a moment before."""
        if one.side == other.side or self._agenda.now < self._cut_at:
            return False
        return self._is_cut or other.died_at < self._healed_at + _GRACE

    # -- what befalls them

    def _plan_churn(self, time: float) -> None:
        rate = self._scenario.churn * self._scenario.nodes / 60
        if rate and (time := time + self._random.expovariate(rate)) < self._scenario.churn_ends:
            self._agenda.at(time, partial(self._strike, time))

    def _strike(self, time: float) -> None:
        self._plan_churn(time)
        at = self._random.randrange(len(self._living))
        member = self._living[at]
        if member.resumes_at > time:
            return
        fate = self._random.choice(("kill", "leave", "stop"))
        if fate == "stop":
            member.resumes_at = time + _STANDSTILL
            self._agenda.at(member.resumes_at, partial(self._resume, member))
            return
        if fate == "leave":
            self._send(member, member.engines.leave())
        self._living[at] = self._living[-1]
        self._living.pop()
        member.engines.leave()
        member.died_at = time
        self._listeners.pop(member.uuid, None)
        self._ledger.started.died(member.uuid, time)
        self._ledger.healed.died(member.uuid, time)
        newcomer = self._make(member.side, is_whole=member.listener is not None)
        self._agenda.at(time + self._random.random(), partial(self._start, newcomer))

    def _resume(self, member: Member) -> None:
        if not member.is_alive:
            return
        waiting, member.waiting = member.waiting, []
        for datagram, place, mode in waiting:
            self._send(member, member.engines.receive(datagram, place, self._agenda.now, mode))
        self._send(member, member.engines.handle_timeout(self._agenda.now))
        self._plan(member)

    def _cut(self) -> None:
        self._is_cut = True
        self._cut_at = self._agenda.now

    def _heal(self) -> None:
        self._is_cut = False
        self._healed_at = self._agenda.now
        self._ledger.healed = healed = Waiting(self._agenda.now)
        for uuid, member in self._listeners.items():
            assert member.listener is not None
            unknown = (
                one.uuid for one in self._living if one.uuid not in member.listener.view and one is not member
            )
            healed.add(uuid, unknown, self._agenda.now)

    def _look_at_views(self) -> None:
        living = {member.uuid for member in self._living}
        for uuid, member in self._listeners.items():
            assert member.listener is not None
            view = member.listener.view
            self._ledger.missing += len(living - view - {uuid})
            self._ledger.ghosts += len(view - living)
            self._ledger.overrun += member.listener.overrun
