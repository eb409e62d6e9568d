from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import LanFactory
from tests.lan import Host, LanError, ProgramFailed, is_isolated

pytestmark = pytest.mark.lan


def _udp(host: Host, port: int = 0) -> socket.socket:
    end = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    end.bind(("", port))
    end.settimeout(2)
    return end


def _queued(end: socket.socket) -> list[bytes]:
    """What arrived already."""
    end.setblocking(False)
    found = []
    while True:
        try:
            found.append(end.recv(2048))
        except BlockingIOError:
            return found


async def test_four_hosts_reach_each_other_by_name(lan: LanFactory) -> None:
    hosts = lan(hosts=4).hosts
    assert [host.address for host in hosts] == ["10.77.0.1", "10.77.0.2", "10.77.0.3", "10.77.0.4"]
    names = await hosts[0].run([sys.executable, "-c", "import socket; print(socket.gethostbyname('h4'))"])
    assert names.output.strip() == "10.77.0.4"
    with hosts[3].socket() as listener, hosts[0].socket() as caller:
        listener.bind(("10.77.0.4", 0))
        listener.listen()
        caller.settimeout(2)
        caller.connect(listener.getsockname())


async def test_a_broadcast_reaches_every_host(lan: LanFactory) -> None:
    hosts = lan(hosts=4).hosts
    ends = [_udp(host, 5670) for host in hosts]
    for address in ("10.77.0.255", "255.255.255.255"):
        ends[0].sendto(address.encode(), (address, 5670))
    for end in ends[1:]:
        assert [end.recv(99), end.recv(99)] == [b"10.77.0.255", b"255.255.255.255"]
    for end in ends:
        end.close()


async def test_ipv6_link_local_is_usable_at_once(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    with second.socket(socket.AF_INET6) as listener, first.socket(socket.AF_INET6) as caller:
        listener.bind(("::", 0))
        listener.listen()
        with first.inside():
            index = socket.if_nametoindex("eth0")
        caller.settimeout(2)
        caller.connect((second.link_local, listener.getsockname()[1], 0, index))


async def test_two_lans_do_not_meet(lan: LanFactory) -> None:
    here, there = lan(hosts=2), lan(hosts=2)
    with here.capture() as heard, there.capture() as unheard:
        with _udp(here.hosts[0]) as source, _udp(here.hosts[1], 5670) as sink:
            source.sendto(b"only here", ("10.77.0.255", 5670))
            assert sink.recv(99) == b"only here"
        assert b"only here" in heard
        assert b"only here" not in unheard


async def test_a_silent_cut_stops_both_ways_until_healed(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    with _udp(first, 9) as here, _udp(second, 9) as there:
        here.sendto(b"before", (second.address, 9))
        assert there.recv(99) == b"before"
        second.cut()
        here.sendto(b"lost", (second.address, 9))
        there.sendto(b"lost", (first.address, 9))
        second.heal()
        here.sendto(b"after", (second.address, 9))
        there.sendto(b"after", (first.address, 9))
        assert here.recv(99) == there.recv(99) == b"after"


async def test_a_cut_carrier_is_seen_by_the_host(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    host.cut(carrier=True)
    assert host.shell("cat /sys/class/net/eth0/carrier").strip() == "0"
    host.heal()
    assert host.shell("cat /sys/class/net/eth0/carrier").strip() == "1"


async def test_drop_loses_about_its_share_of_what_matches(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    second.drop(30, match="udp dport 7000", direction="received")
    with _udp(first) as source, _udp(second, 7000) as lossy, _udp(second, 7001) as clean:
        for _ in range(200):
            source.sendto(b"x", (second.address, 7000))
            source.sendto(b"x", (second.address, 7001))
        assert [clean.recv(9) for _ in range(200)]
        # six standard deviations around the mean of a binomial distribution
        assert 100 < len(_queued(lossy)) < 180


async def test_drop_every_loses_the_same_frames_each_time(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    first.drop_every(3, match="udp dport 7000", direction="sent")
    with _udp(first) as source, _udp(second, 7000) as sink:
        for number in range(9):
            source.sendto(bytes([number]), (second.address, 7000))
        assert b"".join(sink.recv(9) for _ in range(6)) == bytes([0, 1, 3, 4, 6, 7])


async def test_delay_holds_frames_each_way_and_keeps_tcp_whole(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    second.delay(40)
    with second.socket() as listener, first.socket() as caller:
        listener.bind((second.address, 0))
        listener.listen()
        caller.settimeout(5)
        caller.connect(listener.getsockname())
        accepted, _ = listener.accept()
        started = time.monotonic()
        caller.sendall(b"ping")
        accepted.sendall(accepted.recv(4))
        assert caller.recv(4) == b"ping"
        assert time.monotonic() - started >= 0.08
        with accepted:
            accepted.sendall(bytes(300_000))
            accepted.shutdown(socket.SHUT_WR)
            size = 0
            while data := caller.recv(1 << 16):
                size += len(data)
    assert size == 300_000
    second.delay(0)
    with _udp(first) as source, _udp(second, 7000) as sink:
        source.sendto(b"prompt", (second.address, 7000))
        assert sink.recv(99) == b"prompt"


async def test_a_capture_holds_what_crossed_the_bridge(lan: LanFactory, tmp_path: Path) -> None:
    network = lan(hosts=2)
    first, second = network.hosts
    with network.capture() as capture, _udp(first) as source, _udp(second, 7000) as sink:
        source.sendto(b"a needle", (second.address, 7000))
        assert sink.recv(99) == b"a needle"
    assert b"a needle" in capture
    capture.save(tmp_path / "lan.pcap")
    assert b"a needle" in (tmp_path / "lan.pcap").read_bytes()


async def test_an_interface_on_another_network_comes_and_goes(lan: LanFactory) -> None:
    network = lan(hosts=2)
    for number, host in enumerate(network.hosts, 1):
        host.add_interface("eth1", f"10.78.0.{number}/24", network="side")
    with network.capture("br0") as front, network.capture("side") as side:
        with _udp(network.hosts[0]) as source, _udp(network.hosts[1], 7000) as sink:
            source.sendto(b"aside", ("10.78.0.255", 7000))
            assert sink.recv(99) == b"aside"
        assert b"aside" in side
        assert b"aside" not in front
    network.hosts[0].remove_interface("eth1")
    with pytest.raises(LanError, match="does not exist"):
        network.hosts[0].shell("ip link show eth1")


async def test_a_changed_address_works_at_once(lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    first.change_address("10.77.0.99/24")
    assert first.address == "10.77.0.99"
    assert "10.77.0.99 h1" in second.shell("cat /etc/hosts")
    with _udp(first, 7000) as sink, _udp(second) as source:
        source.sendto(b"moved", ("10.77.0.99", 7000))
        assert sink.recv(99) == b"moved"
        sink.sendto(b"all", ("255.255.255.255", 7000))


async def test_a_started_program_is_talked_to_by_lines_and_signals(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    script = "import signal, sys; print('up', flush=True); print(input(), flush=True); signal.pause()"
    program = await host.start([sys.executable, "-c", script])
    assert await program.readline() == "up"
    await program.write_json({"event": "hello", "n": 1})
    assert await program.read_json(event="hello") == {"event": "hello", "n": 1}
    with pytest.raises(TimeoutError):
        await program.readline(timeout=0.05)
    program.send_signal(signal.SIGTERM)
    assert await program.wait() == -signal.SIGTERM
    with pytest.raises(ProgramFailed):
        await program.readline()


async def test_a_failing_program_shows_its_errors(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    with pytest.raises(ProgramFailed, match="out of order"):
        await host.run(["sh", "-c", "echo out of order >&2; exit 3"])
    assert (await host.run(["sh", "-c", "exit 3"], check=False)).status == 3
    assert host.run_sync(["hostname"]).output == "h1\n"


async def test_closing_the_lan_kills_all_that_runs_on_it(lan: LanFactory) -> None:
    network = lan(hosts=1)
    program = await network.hosts[0].start(["sh", "-c", "setsid sleep 1000 & echo $!; exec sleep 1000"])
    orphan = int(await program.readline())
    watch = os.pidfd_open(orphan)
    await network.aclose()
    assert program.status is not None
    assert select.select([watch], [], [], 5)[0]
    os.close(watch)


def test_the_command_runs_programs_on_hosts() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.lan",
        "--hosts",
        "2",
        "--",
        "sh",
        "-c",
        "hostname; on h2 hostname",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert done.stdout == "h1\nh2\n"


def test_the_tests_themselves_live_apart_from_the_machine(loopback: str) -> None:
    assert is_isolated()
    assert [name for _, name in socket.if_nameindex()] == [loopback]
    assert os.listdir("/sys/class/net") == [loopback]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        with pytest.raises(OSError, match="unreachable"):
            end.sendto(b"", ("192.0.2.1", 9))
        end.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        end.sendto(b"", ("127.255.255.255", 9))
