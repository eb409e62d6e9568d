from __future__ import annotations

from covey.transports.pgm.flow_control import FlowControl


def make() -> FlowControl:
    return FlowControl(1000, 1.0, 128, 0.05)


def test_a_new_sender_holds_back_for_first_reports() -> None:
    flow = make()
    assert flow.limit(0.0) == 128
    assert flow.limit(0.06) is None


def test_the_slowest_reporter_sets_the_limit() -> None:
    flow = make()
    flow.report("a", 500, 499, 100, 1.0)
    assert flow.limit(1.0) == 600
    flow.report("b", 300, 299, 50, 1.0)
    assert flow.limit(1.0) == 350
    flow.report("b", 600, 599, 50, 1.0)
    assert flow.limit(1.0) == 600


def test_a_hole_that_stays_open_limits_too() -> None:
    flow = make()
    flow.report("a", 10, 2000, 500, 1.0)
    assert flow.limit(1.0) == 1011


def test_reports_out_of_order_take_nothing_back() -> None:
    flow = make()
    flow.report("a", 500, 499, 100, 1.0)
    flow.report("a", 400, 399, 100, 1.1)
    assert flow.limit(1.1) == 600


def test_a_reporter_without_progress_is_given_up() -> None:
    flow = make()
    flow.report("slow", 0, -1, 10, 1.0)
    flow.report("fast", 500, 499, 100, 1.0)
    assert flow.give_up(10, 2.0, 2.5) == 3.0
    assert len(flow) == 2
    flow.give_up(10, 2.0, 3.0)
    assert (len(flow), flow.given_up) == (1, 1)
    assert flow.limit(3.0) == 600


def test_one_that_says_goodbye_is_forgotten() -> None:
    flow = make()
    flow.report("a", 0, -1, 10, 1.0)
    flow.forget("a")
    flow.forget("a")
    assert flow.limit(1.0) is None


def test_the_table_is_bounded() -> None:
    flow = make()
    for number in range(10_000):
        flow.report(str(number), 0, -1, 10, 1.0)
    assert len(flow) <= 4096


def test_one_that_was_slow_is_waited_for_as_long_again_and_inventions_are_not() -> None:
    flow = make()
    flow.report("slow", 0, -1, 10, 1.0)
    flow.report("slow", 5, 4, 10, 1.1)
    flow.give_up(100, 1.0, 2.2)
    assert len(flow) == 0
    flow.report("slow", 5, 4, 10, 2.3)
    flow.report("invented", 0, -1, 0, 2.3)
    flow.give_up(100, 2.3, 3.31)
    assert (len(flow), flow.given_up) == (0, 3)
    flow.report("slow", 5, 4, 10, 4.0)
    flow.report("another invention", 0, -1, 0, 4.0)
    flow.give_up(100, 4.0, 4.6)
    assert (len(flow), flow.given_up) == (1, 4)
