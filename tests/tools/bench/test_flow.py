from __future__ import annotations

import dataclasses
from statistics import fmean

import pytest

from covey.tools.bench.cases.flow import payloads
from covey.tools.bench.meter import Meter
from covey.tools.bench.spec import WorkerSpec

SPEC = WorkerSpec("push-pull", "away", "covey", 32, 1.0)


def test_payloads_are_alike_unless_asked_otherwise() -> None:
    assert payloads(SPEC) == [bytes(32)] * Meter(SPEC).burst


@pytest.mark.parametrize("size", [0, 1, 32, 1024, 65_536, 1 << 24])
def test_mixed_payloads_differ_around_the_same_average(size: int) -> None:
    spec = dataclasses.replace(SPEC, size=size, mixed=True)
    sizes = [len(payload) for payload in payloads(spec)]
    assert len(sizes) == Meter(spec).burst
    assert fmean(sizes) == pytest.approx(size, abs=1)
    assert size // 2 <= min(sizes) <= max(sizes) <= 3 * size // 2
    assert len(set(sizes)) >= min(size, len(sizes))
