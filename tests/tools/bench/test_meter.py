from __future__ import annotations

import itertools

import pytest

from covey.tools.bench import meter as meter_module
from covey.tools.bench.meter import BURST_BYTES, BURST_MESSAGES, WARM_UP_SECONDS, Meter, percentile
from covey.tools.bench.spec import WorkerSpec


class Clock:
    """A clock that moves on by a step each time somebody looks."""

    def __init__(self, step: float) -> None:
        self._times = (100 + step * number for number in itertools.count())

    def perf_counter(self) -> float:
        return next(self._times)


def spec(size: int = 32, seconds: float = 1.0, count: int = 0) -> WorkerSpec:
    return WorkerSpec("push-pull", "home", "covey", size, seconds, count=count)


def test_fixed_count_is_measured_exactly_after_a_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_module, "time", Clock(0.5))
    meter = Meter(spec(count=1000))
    bursts = list(iter(meter.next_burst, 0))
    assert sum(bursts) == 1000 + 1000 // 10 + 1
    assert meter.measured == 1000
    # Three whole bursts and a rest: four intervals of half a second.
    assert meter.rate == pytest.approx(1000 / 2.0)


def test_timed_measurement_leaves_the_warm_up_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_module, "time", Clock(WARM_UP_SECONDS / 5))
    meter = Meter(spec(seconds=1.0))
    bursts = list(iter(meter.next_burst, 0))
    assert len(bursts) * BURST_MESSAGES - meter.measured == 5 * BURST_MESSAGES
    assert meter.rate == pytest.approx(BURST_MESSAGES / (WARM_UP_SECONDS / 5))


@pytest.mark.parametrize(
    ("size", "burst"), [(0, BURST_MESSAGES), (32, BURST_MESSAGES), (65_536, 16), (BURST_BYTES * 64, 1)]
)
def test_large_messages_come_in_short_bursts(size: int, burst: int) -> None:
    assert Meter(spec(size=size)).burst == burst


def test_percentiles() -> None:
    samples = [float(number) for number in range(101)]
    assert percentile(samples, 50) == 50.0
    assert percentile(samples, 99) == 99.0
    assert percentile([3.0], 99) == 3.0
