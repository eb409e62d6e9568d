from __future__ import annotations

from covey.discovery.sleep import SleepDetector


def test_a_suspended_machine_is_noticed_once() -> None:
    detector = SleepDetector(100.0, 150.0)
    assert detector.slept(101.0, 151.0) == 0
    assert detector.slept(102.0, 752.0) == 600.0
    assert detector.slept(103.0, 753.0) == 0


def test_a_stopped_process_and_drift_are_no_sleep() -> None:
    detector = SleepDetector(100.0, 100.0)
    assert detector.slept(110.0, 110.0) == 0
    assert detector.slept(111.0, 111.4) == 0
