from __future__ import annotations

from covey.transports.pgm.transmit_window import Run, TransmitWindow


def run(first: int, count: int, sent_at: float = 0.0) -> Run:
    return Run(first, count, b"".join(b"%08d" % (first + each) for each in range(count)), 8, sent_at)


def test_packets_are_found_by_sequence() -> None:
    window = TransmitWindow(10, 1000, 10.0)
    window.append(run(10, 3))
    window.append(run(13, 1))
    window.append(run(14, 5))
    assert [window.find(each) for each in (10, 12, 13, 18)] == [b"%08d" % each for each in (10, 12, 13, 18)]
    assert window.find(9) is None
    assert window.find(19) is None


def test_an_empty_window_trails_its_lead_by_one() -> None:
    window = TransmitWindow(0, 1000, 10.0)
    assert (window.trail, window.lead) == (0, -1)
    assert window.find(0) is None


def test_octets_are_bounded() -> None:
    window = TransmitWindow(0, 80, 10.0)
    for first in range(0, 100, 5):
        window.append(run(first, 5))
        assert window.octets <= 80
    assert (window.trail, window.lead) == (90, 99)


def test_time_is_bounded() -> None:
    window = TransmitWindow(0, 1000, 10.0)
    window.append(run(0, 2, 0.0))
    window.append(run(2, 2, 5.0))
    window.append(run(4, 2, 11.0))
    assert window.trail == 2
    window.expire(30.0)
    assert (window.trail, window.lead, window.octets) == (6, 5, 0)


def test_the_newest_run_always_stays() -> None:
    window = TransmitWindow(0, 8, 10.0)
    window.append(run(0, 5))
    assert window.find(0) is not None
