from __future__ import annotations

from covey.transports.pgm.fragments import Fragmented
from covey.transports.pgm.receive_window import ReceiveWindow
from covey.transports.pgm.settings import ReceiverSettings
from covey.transports.pgm.wire.option_types import Fragment


def tsdu(text: bytes) -> bytes:
    return b"\0\0%c\0%b" % (len(text) + 1, text)


def make(**settings: int) -> ReceiveWindow:
    return ReceiveWindow(0, ReceiverSettings(**settings))  # type: ignore[arg-type]


def put(window: ReceiveWindow, *sequences: int) -> None:
    for sequence in sequences:
        window.lead = max(window.lead, sequence)
        window.accept(sequence, tsdu(b"%d" % sequence))


def test_packets_out_of_order_are_put_in_order() -> None:
    window = make()
    put(window, 0, 3, 1, 2)
    assert window.take_messages() == [b"0", b"1", b"2", b"3"]
    assert window.is_plain


def test_a_hole_holds_what_follows() -> None:
    window = make()
    put(window, 0, 2)
    assert window.take_messages() == [b"0"]
    assert 2 in window
    assert 1 not in window
    assert not window.is_plain


def test_a_hole_given_up_is_reported_in_its_place() -> None:
    window = make()
    put(window, 0, 1, 4, 5)
    window.accept(2, None)
    assert window.losses == [(2, 1, 2)]
    window.accept(3, None)
    assert window.take_messages() == [b"0", b"1", b"4", b"5"]
    assert window.losses == [(2, 2, 2)]
    assert window.lost == 2


def test_a_later_hole_given_up_first_waits_for_its_turn() -> None:
    window = make()
    put(window, 1, 3)
    window.accept(2, None)
    assert window.losses == []
    put(window, 0)
    assert window.take_messages() == [b"0", b"1", b"3"]
    assert window.losses == [(2, 1, 2)]


def test_all_holes_before_the_trail_are_given_up() -> None:
    window = make()
    put(window, 2, 5, 9)
    window.lose_before(7)
    assert window.take_messages() == [b"2", b"5"]
    assert window.losses == [(0, 2, 0), (3, 2, 1), (6, 1, 2)]
    assert window.expected == 7


def test_too_much_behind_a_hole_asks_to_give_it_up() -> None:
    window = make(window_packets=3)
    put(window, 2, 3, 4)
    assert window.overflow() is None
    put(window, 5)
    assert window.overflow() == 2
    window = make(window_octets=20)
    put(window, 2, 3, 4, 5, 6)
    assert window.overflow() == 2


def test_a_tsdu_of_one_octet_breaks_the_stream_not_the_receiver() -> None:
    window = make()
    window.lead = 3
    window.accept(0, tsdu(b"a"))
    window.accept(1, b"\0")
    window.accept(2, b"")
    window.accept(3, tsdu(b"b"))
    assert window.take_messages() == [b"a", b"b"]


def test_an_offset_past_the_end_is_no_boundary() -> None:
    window = make()
    window.lead = 1
    window.accept(0, b"\x00\x09\x02\x00a")
    window.accept(1, tsdu(b"b"))
    assert window.take_messages() == [b"b"]


def test_fragments_become_one_apdu() -> None:
    whole = tsdu(b"x" * 100)
    window = make()
    window.lead = 2
    for number, start in enumerate((0, 40, 80)):
        part = whole[start : start + 40]
        window.accept(number, Fragmented(part, Fragment(0, start, len(whole))))
    assert window.take_messages() == [b"x" * 100]


def test_fragments_out_of_place_are_dropped() -> None:
    window = make()
    window.lead = 4
    window.accept(0, tsdu(b"a"))
    window.accept(1, Fragmented(b"ab", Fragment(0, 40, 100)))
    window.accept(2, Fragmented(b"ab", Fragment(2, 0, 2**32 - 1)))
    window.accept(3, Fragmented(b"ab", Fragment(3, 0, 100)))
    window.accept(4, tsdu(b"b"))
    assert window.take_messages() == [b"a", b"b"]
    assert window.is_plain


def test_a_leap_reports_everything_skipped() -> None:
    window = make()
    put(window, 0, 2)
    window.leap(100_000)
    assert window.take_messages() == [b"0", b"2"]
    assert window.lost == 1 + 99_997
    assert (window.expected, window.lead) == (100_000, 99_999)
