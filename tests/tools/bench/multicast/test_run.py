from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from covey.tools.bench.multicast import measure, peers, segment
from covey.tools.bench.multicast.run import NAMES
from covey.tools.bench.multicast.segment import Segment
from covey.tools.bench.multicast.shell import NoNetworks, Shell
from covey.tools.main import run
from tests.conftest import missing

QUICK = ("--rounds", "1", "--seconds", "0.05", "--json")


@pytest.mark.lan
def test_covey_is_measured_without_loss_and_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "multicast-1k", "multicast-loss-10", *QUICK, "--only", "covey"]) == 0
    calm, rough = map(json.loads, capsys.readouterr().out.splitlines())
    for told in (calm, rough):
        result = told["results"]["covey"]
        assert result["median"] > 0
        assert (result["details"]["lost"], result["details"]["misplaced"]) == (0.0, 0.0)


@pytest.mark.lan
@pytest.mark.interop
def test_libzmq_is_measured_beside_covey(capsys: pytest.CaptureFixture[str]) -> None:
    if "libzmq" not in peers.interpreters(("libzmq",)):
        missing("no Python with a pyzmq that has pgm")
    assert run(["bench", "multicast-delay-0", *QUICK]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["unit"] == "ms"
    assert set(told["ratios"]["covey"]) == {"libzmq"}


@pytest.mark.lan
def test_hosts_lose_what_they_are_told_to() -> None:
    with Segment(2) as lan:
        ping = lan.command(1, [sys.executable, "-c", PROBE, lan.address(2)])
        for percent, heard in ((0, True), (100, False)):
            lan.set_weather(percent)
            assert (subprocess.run(ping, check=False).returncode == 0) is heard


PROBE = """
import socket, sys
sock = socket.socket()
sock.settimeout(0.3)
try:
    sock.connect((sys.argv[1], 9))
except ConnectionRefusedError:
    sys.exit(0)
except OSError:
    sys.exit(1)
"""


def test_what_the_machine_lacks_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "nft" else f"/bin/{name}")
    assert run(["bench", "multicast-1k", "--only", "covey"]) == 2
    error = capsys.readouterr().err
    assert "no nft here" in error
    assert error.count("\n") == 1


def test_a_step_that_fails_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "_may_unshare", lambda: True)

    def refuse(_argv: object) -> Shell:
        raise NoNetworks("unshare failed: Operation not permitted")

    monkeypatch.setattr(segment, "Shell", refuse)
    with pytest.raises(NoNetworks, match="not permitted; it makes a network of its own"), Segment(2):
        pass


@pytest.mark.parametrize("option", [("--size", "3"), ("--count", "3"), ("--peers", "3"), ("--mixed",)])
def test_options_of_other_cases_are_refused(
    option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "multicast", *option]) == 2
    assert "not for the multicast cases" in capsys.readouterr().err


def test_every_scenario_can_be_named() -> None:
    assert len(set(NAMES)) == len(NAMES) > 10


def test_costs_are_a_share_of_the_data() -> None:
    before = {"cpu": 1.0, "octets": 0.0, "repair_octets": 0.0, "naks": 0.0}
    after = {"cpu": 1.5, "octets": 1e6, "repair_octets": 1e5, "naks": 7.0}
    assert measure._costs(before, after) == {"cost": 500.0, "repairs": 10.0, "naks": 7.0}
