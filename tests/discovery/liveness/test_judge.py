from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.liveness import (
    AskOthers,
    Evidence,
    LivenessJudge,
    LivenessSettings,
    Probe,
    Request,
    State,
    StateChange,
)

A, B = UUID(int=1), UUID(int=2)


class Watched:
    """A judge with its clock: nodes beat once a second until told otherwise."""

    def __init__(self, settings: LivenessSettings | None = None, interval: float = 1.0) -> None:
        self.judge = LivenessJudge(settings)
        self.interval = interval
        self.now = 0.0
        self.beating = {A}
        self.requests: list[tuple[float, Request]] = []
        self.judge.watch(A, 0.0)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        step = self.interval / 20
        while self.now < end - 1e-9:
            self.now = round(self.now + step, 6)
            if round(self.now / self.interval, 6).is_integer():
                for uuid in self.beating:
                    self.judge.heard(uuid, self.now)
            if self.judge.next_timeout() <= self.now:
                self.judge.handle_timeout(self.now)
            self.collect()

    def collect(self) -> None:
        while (request := self.judge.next_request()) is not None:
            self.requests.append((self.now, request))

    def tell(self, found: Evidence, age: float = 0.0) -> None:
        self.judge.evidence(A, found, self.now, age)
        self.collect()

    @property
    def states(self) -> list[State]:
        return [request.state for _, request in self.requests if isinstance(request, StateChange)]

    def when(self, state: State) -> float:
        return next(
            at for at, request in self.requests if isinstance(request, StateChange) and request.state is state
        )


def test_a_node_that_beats_is_never_suspected() -> None:
    watched = Watched()
    watched.run(300.0)
    assert watched.requests == []
    assert watched.judge.state(A) is State.ALIVE
    assert watched.judge.suspicion(A, watched.now) < 1


def test_a_silent_node_is_evasive_probed_and_gone_within_three_intervals() -> None:
    watched = Watched()
    watched.run(30.0)
    watched.beating.clear()
    watched.run(1.7)
    assert [type(request) for _, request in watched.requests] == [StateChange, Probe, AskOthers]
    watched.tell(Evidence.REFUSED)
    assert watched.states == [State.EVASIVE, State.GONE]
    assert 31.5 <= watched.when(State.EVASIVE) <= watched.when(State.GONE) <= 33.0
    assert len(watched.judge) == 0


def test_the_interval_may_be_a_tenth() -> None:
    watched = Watched(LivenessSettings(interval=0.1), interval=0.1)
    watched.run(3.0)
    watched.beating.clear()
    watched.run(0.2)
    watched.tell(Evidence.REFUSED)
    assert watched.when(State.GONE) <= 3.3


def test_a_node_of_which_no_probe_reports_anything_is_gone_when_one_has_had_its_time() -> None:
    watched = Watched()
    watched.run(30.0)
    watched.beating.clear()
    watched.run(5.5)
    assert watched.states == [State.EVASIVE]
    watched.run(1.0)
    assert watched.states == [State.EVASIVE, State.GONE]


def test_nobody_is_suspected_sooner_than_a_crowd_lets_him_speak() -> None:
    watched = Watched()
    watched.judge.expect(8.0)
    watched.run(10.0)
    watched.beating.clear()
    watched.run(11.5)
    assert watched.states == []
    watched.run(1.0)
    assert watched.states == [State.EVASIVE]


def test_answers_between_regular_signs_do_not_make_a_rhythm() -> None:
    judge = LivenessJudge()
    judge.expect(4.0)
    judge.watch(A, 0.0)
    for number in range(50):
        for answer in (0.0, 0.3, 0.5):
            judge.heard(A, 4.5 * number + answer)
    assert judge.patience(A) == pytest.approx(6.4, abs=0.1)


def test_one_outage_does_not_make_us_patient_for_minutes() -> None:
    watched = Watched()
    watched.run(30.0)
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.ACCEPTS)
    watched.run(50.0)
    watched.beating.add(A)
    watched.run(2.0)
    assert watched.states == [State.EVASIVE, State.ALIVE]
    assert (watched.judge.patience(A) or 99) < 4.0


def test_a_killed_process_is_gone_as_soon_as_its_port_refuses() -> None:
    watched = Watched()
    watched.run(10.0)
    watched.tell(Evidence.LINK_LOST)
    assert watched.states == [State.EVASIVE]
    watched.tell(Evidence.REFUSED)
    assert watched.states == [State.EVASIVE, State.GONE]
    assert watched.when(State.GONE) == 10.0


def test_a_stopped_process_is_evasive_and_comes_back() -> None:
    watched = Watched()
    watched.run(30.0)
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.ACCEPTS)
    watched.run(10.0)
    watched.beating.add(A)
    watched.run(5.0)
    assert watched.states == [State.EVASIVE, State.ALIVE]


def test_a_process_that_greets_is_never_given_up_however_little_of_it_arrives() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    for _ in range(60):
        watched.tell(Evidence.GREETS)
        watched.run(5.0)
    assert watched.states == [State.EVASIVE]


def test_a_process_stopped_for_ever_is_gone_in_the_end() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.ACCEPTS)
    watched.run(65.0)
    assert watched.states == [State.EVASIVE, State.GONE]


def test_who_dies_while_granted_time_is_found_out_by_further_probes() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.ACCEPTS)
    watched.requests.clear()
    watched.run(12.0)
    assert [type(request) for _, request in watched.requests] == [Probe, Probe]
    watched.tell(Evidence.REFUSED)
    assert watched.states == [State.GONE]


def test_the_word_of_others_counts_from_when_they_heard() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.VOUCHED, age=1.0)
    watched.run(57.0)
    assert watched.states == [State.EVASIVE]
    watched.run(6.0)
    assert watched.states == [State.EVASIVE, State.GONE]


def test_the_word_of_others_who_heard_no_more_than_we_says_nothing() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    watched.tell(Evidence.VOUCHED, age=2.0)
    watched.run(5.0)
    assert watched.states == [State.EVASIVE, State.GONE]


def test_a_machine_that_is_silent_is_probed_again_and_named_in_the_verdict() -> None:
    watched = Watched()
    watched.beating.clear()
    watched.run(2.0)
    for _ in range(2):
        watched.requests.clear()
        watched.tell(Evidence.SILENT)
        assert [type(request) for _, request in watched.requests] == [Probe, AskOthers]
        watched.run(2.0)
    watched.tell(Evidence.SILENT)
    assert watched.requests[-1][1] == StateChange(A, State.GONE, "its machine does not answer")


def test_being_heard_beats_any_evidence() -> None:
    watched = Watched()
    watched.run(10.0)
    watched.tell(Evidence.REFUSED)
    watched.tell(Evidence.SILENT)
    assert watched.states == []


@pytest.mark.parametrize("stall", [0.8, 10.0, 3600.0])
def test_a_stand_still_of_our_own_accuses_nobody(stall: float) -> None:
    watched = Watched()
    watched.run(30.0)
    watched.now += stall
    watched.judge.handle_timeout(watched.now)
    watched.collect()
    watched.run(10.0)
    assert watched.states == []


def test_after_a_stand_still_the_dead_are_found_all_the_same() -> None:
    watched = Watched()
    watched.run(30.0)
    watched.beating.clear()
    watched.now += 10.0
    watched.judge.handle_timeout(watched.now)
    watched.run(8.0)
    assert watched.states == [State.EVASIVE, State.GONE]


def test_a_lossy_network_is_learnt_and_accuses_rarely() -> None:
    judge = LivenessJudge()
    chance = random.Random(3)
    judge.watch(A, 0.0)
    gone = 0
    for second in range(1, 3600):
        if chance.random() > 0.3:
            judge.heard(A, float(second))
        if judge.next_timeout() <= second:
            judge.handle_timeout(judge.next_timeout())
        while (request := judge.next_request()) is not None:
            if isinstance(request, Probe):
                judge.evidence(A, Evidence.ACCEPTS, float(second))
            gone += judge.state(A) is None
    assert gone == 0


def test_goodbye_ends_the_watch() -> None:
    watched = Watched()
    watched.judge.forget(A)
    watched.beating.clear()
    watched.run(10.0)
    assert watched.requests == []


def test_nodes_beyond_the_limit_are_not_watched() -> None:
    judge = LivenessJudge(LivenessSettings(nodes=1))
    judge.watch(A, 0.0)
    judge.watch(B, 0.0)
    assert (judge.state(A), judge.state(B)) == (State.ALIVE, None)


def test_a_node_that_comes_and_goes_for_ever_fills_no_memory() -> None:
    judge = LivenessJudge()
    for number in range(5000):
        judge.watch(UUID(int=number % 3), number / 1000)
        judge.evidence(UUID(int=number % 3), Evidence.LINK_LOST, number / 1000)
        judge.heard(UUID(int=number % 3), number / 1000)
        judge.forget(UUID(int=(number + 1) % 3))
    assert len(judge._agenda) < 100


@given(
    st.lists(
        st.tuples(st.sampled_from(["heard", "wait", "watch", "forget", *Evidence]), st.floats(0, 100)),
        max_size=60,
    )
)
@settings(max_examples=200)
def test_gone_is_said_once_and_only_of_the_evasive(steps: list[tuple[str | Evidence, float]]) -> None:
    judge, now, state = LivenessJudge(), 0.0, None
    for step, amount in steps:
        if isinstance(step, Evidence):
            judge.evidence(A, step, now, amount)
        elif step == "wait":
            now += amount
            judge.handle_timeout(now)
        elif step == "watch":
            judge.watch(A, now)
            state = state or State.ALIVE
        elif step == "heard":
            judge.heard(A, now)
        else:
            judge.forget(A)
            state = None
        while (request := judge.next_request()) is not None:
            if isinstance(request, StateChange):
                allowed = {State.ALIVE: [State.EVASIVE], State.EVASIVE: [State.ALIVE, State.GONE], None: []}
                assert request.state in allowed[state]
                state = None if request.state is State.GONE else request.state
        assert judge.state(A) is state
