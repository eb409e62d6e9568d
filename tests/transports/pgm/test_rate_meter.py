from __future__ import annotations

from covey.transports.pgm.rate_meter import RateMeter


def test_the_rate_is_that_of_the_last_whole_span() -> None:
    meter = RateMeter(10.0)
    meter.add(500, 10.5)
    assert meter.rate == 0.0
    meter.add(500, 11.0)
    assert meter.rate == 1000.0
    meter.add(1, 11.5)
    assert meter.rate == 1000.0


def test_silence_counts() -> None:
    meter = RateMeter(10.0)
    meter.add(1000, 20.0)
    assert meter.rate == 100.0
