from __future__ import annotations

import pytest

from covey.transports.pgm.heartbeat import Heartbeat


def test_the_interval_doubles_after_data_up_to_its_maximum() -> None:
    heartbeat = Heartbeat(0.005, 0.04, 0.5, 1.0)
    heartbeat.spm_sent(1.0)
    heartbeat.data_sent(1.0)
    times = []
    for _ in range(7):
        times.append(heartbeat.deadline)
        heartbeat.spm_sent(heartbeat.deadline)
    steps = [later - earlier for earlier, later in zip([1.0, *times], times, strict=False)]
    assert steps == pytest.approx([0.005, 0.005, 0.01, 0.02, 0.04, 0.04, 0.04])


def test_data_starts_the_cadence_over() -> None:
    heartbeat = Heartbeat(0.005, 8.0, 0.5, 0.0)
    for _ in range(12):
        heartbeat.spm_sent(heartbeat.deadline)
    now = heartbeat.deadline - 1
    heartbeat.data_sent(now)
    assert heartbeat.deadline == now + 0.005


def test_steady_data_does_not_silence_spms() -> None:
    heartbeat = Heartbeat(0.005, 8.0, 0.5, 0.0)
    heartbeat.spm_sent(0.0)
    now = 0.0
    while now < heartbeat.deadline:
        heartbeat.data_sent(now)
        now += 0.001
    assert now == pytest.approx(0.5, abs=0.01)
