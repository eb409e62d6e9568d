from __future__ import annotations

import dataclasses
import itertools

import pytest

from covey.tools.bench.multicast import stream
from covey.tools.bench.multicast.spec import PeerSpec
from covey.tools.bench.multicast.stream import (
    CYCLE,
    HEAD,
    SILENCE,
    WARM_UP,
    Observer,
    Pacer,
    batches,
    stamped,
)

SPEC = PeerSpec("covey", "10.0.0.1", 1024, 1.0)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def monotonic_ns(self) -> int:
        return int(self.now * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(stream, "time", made)
    return made


def numbered(*numbers: int) -> list[bytes]:
    return [stamped(number, 1024) for number in numbers]


@pytest.mark.parametrize("size", [32, 1024, 65_536])
def test_batches_number_on_through_the_cycle(size: int) -> None:
    taken = itertools.islice(
        itertools.chain.from_iterable(batches(size)), 2 * CYCLE if size < 65_536 else 100
    )
    numbers = []
    for message in taken:
        assert len(message) == size
        numbers.append(HEAD.unpack_from(message)[0])
    assert numbers == [number % CYCLE for number in range(len(numbers))]


def test_the_rate_leaves_the_warm_up_out(clock: Clock) -> None:
    observer = Observer(SPEC)
    observer.take(numbered(0, 1))
    clock.now += WARM_UP + 0.5
    observer.take(numbered(2, 3, 4))
    assert not observer.is_done
    clock.now += 0.5
    observer.take(numbered(5))
    assert observer.is_done
    assert observer.result()["rate"] == pytest.approx(4.0)


def test_what_is_missing_or_misplaced_is_counted(clock: Clock) -> None:
    observer = Observer(SPEC)
    observer.take(numbered(CYCLE - 1, 0, 3, 2, 4))
    assert (observer.missing, observer.misplaced) == (2, 1)


def test_of_small_messages_a_loss_shows_at_the_end_of_the_burst(clock: Clock) -> None:
    observer = Observer(dataclasses.replace(SPEC, size=32))
    observer.take([stamped(number, 32) for number in (0, 1, 2)])
    observer.take([stamped(number, 32) for number in (3, 5, 6)])
    assert observer.missing == 1


def test_delays_are_taken_of_paced_streams(clock: Clock) -> None:
    observer = Observer(dataclasses.replace(SPEC, rate=5e6))
    observer.take(numbered(0))
    clock.now += WARM_UP
    late = numbered(1)
    clock.now += 0.004
    observer.take(late)
    assert observer.result()["median"] == pytest.approx(4.0, abs=0.01)


def test_a_stream_that_falls_silent_is_stuck(clock: Clock) -> None:
    observer = Observer(SPEC)
    assert not observer.waited()
    observer.take(numbered(0))
    clock.now += SILENCE + 0.1
    assert observer.waited()
    assert observer.is_done


def test_a_pacer_says_what_is_due(clock: Clock) -> None:
    pacer = Pacer(dataclasses.replace(SPEC, rate=1024.0 * 1000))
    clock.now += 0.0101
    assert pacer.due() == 10
    pacer.sent += 10
    assert pacer.due() == 0
