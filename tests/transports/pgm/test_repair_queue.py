from __future__ import annotations

from covey.transports.pgm.repair_queue import ParityQueue, RepairQueue


def test_each_sequence_is_repaired_once_however_many_ask() -> None:
    queue = RepairQueue(0.003)
    assert [queue.ask(each, 0.0) for each in (5, 5, 3)] == [True, False, True]
    assert queue.peek() == 5
    queue.repaired(5, 0.001)
    assert queue.peek() == 3
    assert not queue.ask(5, 0.003)
    assert queue.ask(5, 0.0041)


def test_memory_of_repairs_fades() -> None:
    queue = RepairQueue(0.003)
    for number in range(10_000):
        queue.ask(number, number * 0.001)
        queue.repaired(number, number * 0.001)
    assert len(queue._recent) <= 2001


def test_whoever_asks_for_the_same_again_and_again_gets_it_ever_more_rarely() -> None:
    queue = RepairQueue(0.003)
    repairs = 0
    for tick in range(10_000):
        if queue.ask(7, tick * 0.001):
            queue.repaired(7, tick * 0.001)
            repairs += 1
    assert 10 < repairs < 30


def test_pending_repairs_are_bounded() -> None:
    queue = RepairQueue(0.003)
    for number in range(100_000):
        queue.ask(number, 0.0)
    assert len(queue) <= 65_536


def test_the_largest_request_counts() -> None:
    queue = ParityQueue(0.003, 191, 64)
    assert queue.ask(0, 2, 0.0)
    assert not queue.ask(0, 1, 0.0)
    assert queue.ask(0, 3, 0.0)
    assert queue.take(0.0) == (0, [0, 1, 2])
    assert queue.take(0.0) is None


def test_later_requests_get_other_packets() -> None:
    queue = ParityQueue(0.003, 5, 64)
    queue.ask(64, 3, 0.0)
    queue.take(0.0)
    assert not queue.ask(64, 3, 0.001)
    assert queue.ask(64, 4, 0.002)
    assert queue.take(0.002) == (64, [3])
    queue.ask(64, 2, 1.0)
    assert queue.take(1.0) == (64, [4, 0])


def test_whoever_says_what_it_has_seen_gets_what_was_not_sent_yet_however_late_it_asks() -> None:
    queue = ParityQueue(0.003, 191, 64)
    queue.ask(0, 2, 0.0, 0)
    assert queue.take(0.0) == (0, [0, 1])
    assert not queue.ask(0, 2, 0.5, 0)
    assert not queue.ask(0, 1, 0.5, 1)
    assert queue.ask(0, 3, 0.5, 0)
    assert queue.take(0.5) == (0, [2])
    assert queue.ask(0, 1, 0.5, 3)
    assert queue.ask(0, 2, 0.5, 3)
    assert queue.take(0.5) == (0, [3, 4])


def test_parity_that_was_sent_unasked_counts_as_sent() -> None:
    queue = ParityQueue(0.003, 191, 64, 2)
    assert not queue.ask(0, 2, 0.0, 0)
    assert queue.ask(0, 3, 0.0, 0)
    assert queue.take(0.0) == (0, [2])


def test_invented_numbers_get_no_more_than_a_group_at_a_time_and_ever_more_rarely() -> None:
    queue = ParityQueue(0.003, 247, 8)
    sent = 0
    for tick in range(10_000):
        queue.ask(0, 8, tick * 0.001, 255)
        while (taken := queue.take(tick * 0.001)) is not None:
            assert len(taken[1]) <= 8
            sent += len(taken[1])
    assert 10 * 8 < sent < 30 * 8


def test_remembered_groups_are_bounded() -> None:
    queue = ParityQueue(0.003, 5, 64)
    for group in range(10_000):
        queue.ask(group, 1, float(group))
        queue.take(float(group))
    assert len(queue._groups) <= 4096
    for group in range(10_000):
        queue.ask(group, 2, 20_000.0)
    assert len(queue) <= 4096
    assert len(queue._groups) <= 4096
