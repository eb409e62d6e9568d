"""Who floods, and what the kernel makes of the filter."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from covey.discovery.beacon.floodgate import Floodgate, filter_of
from covey.discovery.beacon.udp import attach_filter

BATCH = ["10.0.0.9"] * 63 + ["10.0.0.1"]


def flood(gate: Floodgate, start: float, seconds: float, pause: float = 0.004) -> list[tuple[float, str]]:
    """Return who was found to flood, and when."""
    found = []
    for number in range(round(seconds / pause)):
        now = start + number * pause
        found += [(now, source) for source in gate.full(BATCH, now)]
    return found


def test_who_sends_thousands_for_more_than_a_second_is_found_and_nobody_else() -> None:
    gate = Floodgate()
    [(at, source)] = flood(gate, 100.0, 3.0)
    assert source == "10.0.0.9"
    assert 101.0 < at < 102.0
    assert gate.lifts_at == pytest.approx(at + 5.0)


def test_who_is_slow_to_read_knows_by_what_the_kernel_dropped() -> None:
    gate = Floodgate()
    found = []
    for number in range(60):
        found += gate.full(BATCH, 100.0 + number * 0.05, overrun=2000 * number)
    assert found == ["10.0.0.9"]


def test_a_slow_reader_whom_the_kernel_spares_blames_nobody() -> None:
    gate = Floodgate()
    for number in range(60):
        assert gate.full(BATCH, 100.0 + number * 0.05, overrun=7) == []


def test_a_crowd_that_starts_at_once_is_no_flood() -> None:
    gate = Floodgate()
    for start in (100.0, 130.0, 160.0):
        assert flood(gate, start, 0.9, pause=0.001) == []


def test_a_flood_is_looked_at_anew_after_a_while() -> None:
    gate = Floodgate()
    flood(gate, 100.0, 3.0)
    gate.lift(gate.lifts_at)
    assert gate.noisy == {}
    assert [source for _, source in flood(gate, 110.0, 3.0)] == ["10.0.0.9"]


def test_a_flood_from_everywhere_keeps_nobody_out() -> None:
    gate = Floodgate()
    for number in range(3000):
        sources = [f"10.0.{number % 256}.{each}" for each in range(64)]
        assert gate.full(sources, 100.0 + number * 0.001) == []


def test_so_many_are_kept_out_at_most() -> None:
    gate = Floodgate()
    for number in range(3000):
        gate.full([f"10.0.0.{each % 16}" for each in range(640)], 100.0 + number * 0.001)
    assert len(gate.noisy) == 8


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("others", [0, 7])
def test_the_kernel_lets_one_in_64_of_the_noisy_through_and_all_of_the_rest(family: int, others: int) -> None:
    place, noisy, calm = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    kind = socket.AF_INET
    if family == 6:
        place, noisy, calm, kind = "::1", "::1", "::1", socket.AF_INET6
    shut = [str(ipaddress.ip_address(("10.0.0.1", "fe80::1")[family == 6]) + at) for at in range(others)]
    with socket.socket(kind, socket.SOCK_DGRAM) as udp, socket.socket(kind, socket.SOCK_DGRAM) as loud:
        udp.bind((place, 0))
        udp.setblocking(False)
        loud.bind((noisy, 0))
        attach_filter(udp, filter_of([*shut, noisy], family))
        assert 0 < passed(udp, loud, 3000) < 200
        if family == 4:
            with socket.socket(kind, socket.SOCK_DGRAM) as quiet:
                quiet.bind((calm, 0))
                assert passed(udp, quiet, 100) == 100
        attach_filter(udp, filter_of(shut, family) if shut else b"")
        assert passed(udp, loud, 100) == 100


def passed(udp: socket.socket, sender: socket.socket, count: int) -> int:
    """Return how many of so many datagrams arrive."""
    arrived = 0
    for _ in range(count):
        sender.sendto(b"ZRE", udp.getsockname())
        try:
            udp.recv(10)
        except BlockingIOError:
            continue
        arrived += 1
    return arrived
