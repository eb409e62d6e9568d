from __future__ import annotations

import errno
import socket
import time
from typing import Any

import pytest

from covey.transports.multicast.offload import GroupSender, age_of, enable_gro, enable_stamps, receive


def pair() -> tuple[socket.socket, socket.socket]:
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    sink.setblocking(False)
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.connect(sink.getsockname())
    source.setblocking(False)
    return source, sink


def drain(sink: socket.socket) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    while True:
        try:
            data, segment, where, _ = receive(sink)
        except BlockingIOError:
            return found
        assert where == "127.0.0.1"
        found.append((data, segment))


def datagrams(found: list[tuple[bytes, int]]) -> list[bytes]:
    return [
        data[start : start + (segment or len(data))]
        for data, segment in found
        for start in range(0, len(data), segment or len(data))
    ]


DATA = b"".join(bytes([number]) * 100 for number in range(10)) + b"end"
CUT = [bytes([number]) * 100 for number in range(10)] + [b"end"]


@pytest.mark.parametrize("gro", [True, False])
@pytest.mark.parametrize("batches", [True, False])
def test_runs_arrive_as_datagrams(gro: bool, batches: bool) -> None:
    source, sink = pair()
    with source, sink:
        if gro:
            enable_gro(sink)
        sender = GroupSender(source, batches=batches)
        assert sender.send(DATA, 100)
        assert datagrams(drain(sink)) == CUT


def test_one_call_carries_many_datagrams_both_ways() -> None:
    source, sink = pair()
    with source, sink:
        if not enable_gro(sink):
            pytest.skip("no UDP_GRO in this kernel")
        assert GroupSender(source, batches=True).send(DATA, 100)
        assert drain(sink) == [(DATA, 100)]


class FakeSocket:
    """A socket that fails as told."""

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)
        self.sent: list[bytes] = []
        self.batches = 0

    def _fail(self) -> None:
        if self.errors and (error := self.errors.pop(0)):
            raise OSError(error, "told to fail")

    def send(self, data: bytes) -> int:
        self._fail()
        self.sent.append(data)
        return len(data)

    def sendmsg(self, parts: list[bytes], ancillary: list[Any]) -> int:
        self._fail()
        self.batches += 1
        return 0


def test_a_kernel_without_segmentation_gets_single_datagrams() -> None:
    sock = FakeSocket(errno.EIO)
    sender = GroupSender(sock, batches=True)  # type: ignore[arg-type]
    assert sender.send(DATA, 100)
    assert sender.send(DATA, 100)
    assert sock.sent == CUT * 2
    assert sock.batches == 0
    assert sender.refused == 0


def test_what_a_full_socket_did_not_take_is_sent_later() -> None:
    sock = FakeSocket(0, 0, errno.EAGAIN, errno.ENOBUFS)
    sender = GroupSender(sock, batches=False)  # type: ignore[arg-type]
    assert not sender.send(DATA, 100)
    assert sender.is_stuck
    assert not sender.flush()
    assert sender.flush()
    assert not sender.is_stuck
    assert sock.sent == CUT


def test_what_the_system_refuses_counts_as_lost() -> None:
    sock = FakeSocket(0, errno.EPERM, errno.ENETDOWN)
    sender = GroupSender(sock, batches=False)  # type: ignore[arg-type]
    assert sender.send(DATA, 100)
    assert sender.refused == 2
    assert sock.sent == CUT[:1] + CUT[3:]


def test_a_stamp_tells_how_long_a_datagram_has_lain(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = pair()
    with source, sink:
        assert enable_stamps(sink)
        source.send(b"x")
        stamp = receive(sink)[3]
        arrived = time.time() - age_of(stamp)
        for passed, age in ((0.1, 0.1), (9.0, 0.25), (-9.0, 0.0)):
            monkeypatch.setattr(time, "time", lambda passed=passed: arrived + passed)
            assert age_of(stamp) == pytest.approx(age, abs=1e-3)
    assert age_of(b"") == 0.0
