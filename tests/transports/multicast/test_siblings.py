from __future__ import annotations

from covey.transports.multicast.siblings import SiblingSocket
from covey.transports.pgm.constants import NAK, ODATA
from covey.transports.pgm.wire import Data, Header, Nak, encode_packet

FIRST, SECOND = b"abcdef\x01\x02", b"ghijkl\x03\x04"


def nak_for(tsi: bytes) -> bytes:
    header = Header(5555, int.from_bytes(tsi[6:], "big"), NAK, tsi[:6])
    return encode_packet(header, Nak(1, bytes(4), bytes(4)))


def test_a_nak_for_another_session_is_passed_on() -> None:
    first, second = SiblingSocket(FIRST, 5555), SiblingSocket(SECOND, 5555)
    assert not first.forward(nak_for(FIRST), "10.0.0.1 7")
    assert first.forward(nak_for(SECOND), "10.0.0.1 7")
    assert second.receive() == (nak_for(SECOND), "10.0.0.1 7")
    assert second.receive() is None
    first.close()
    second.close()


def test_a_nak_for_nobody_is_dropped() -> None:
    alone = SiblingSocket(FIRST, 5555)
    assert alone.forward(nak_for(SECOND), "10.0.0.1 7")
    alone.close()


def test_the_same_session_on_another_port_is_another() -> None:
    first, second = SiblingSocket(FIRST, 5555), SiblingSocket(SECOND, 5556)
    assert first.forward(nak_for(SECOND), "x")
    assert second.receive() is None
    first.close()
    second.close()


def test_what_is_not_upstream_is_left_to_the_core() -> None:
    alone = SiblingSocket(FIRST, 5555)
    assert not alone.forward(b"short", "x")
    assert not alone.forward(encode_packet(Header(1, 2, ODATA, b"zzzzzz"), Data(1, 1)), "x")
    alone.close()


def test_an_empty_letter_does_not_hurt() -> None:
    first, second = SiblingSocket(FIRST, 5555), SiblingSocket(SECOND, 5555)
    first.sock.sendto(b"", second._name(SECOND))
    assert second.receive() == (b"", "")
    first.sock.sendto(b"\xffabc", second._name(SECOND))
    assert second.receive() == (b"", "abc")
    first.close()
    second.close()
