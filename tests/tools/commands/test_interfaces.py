from __future__ import annotations

import json

import pytest

from covey.discovery.interface_table import Flag, Hardware, Interface
from covey.discovery.interfaces import Candidate
from covey.tools.commands.interfaces import candidate_fields, candidate_line
from covey.tools.main import run

ETHERNET = Interface("eth0", 2, Flag.UP | Flag.BROADCAST, Hardware.ETHERNET, 4, "10.0.0.7", 24)
BARE = Interface("wg0", 3, 0, Hardware.NONE)


def test_a_used_interface_is_told_with_its_broadcast_address() -> None:
    used = Candidate(ETHERNET, is_used=True, reason="is up and can broadcast")
    assert candidate_fields(used) == {
        "name": "eth0",
        "address": "10.0.0.7",
        "prefix_length": 24,
        "broadcast": "10.0.0.255",
        "used": True,
        "reason": "is up and can broadcast",
    }
    assert candidate_line(used).split(maxsplit=3) == [
        "eth0",
        "10.0.0.7/24",
        "used",
        "is up and can broadcast",
    ]


def test_one_without_address_is_left_out_with_the_reason() -> None:
    line = candidate_line(Candidate(BARE, is_used=False, reason="is down"))
    assert line.split(maxsplit=2) == ["wg0", "-", "left out  is down"]


def test_this_host_has_a_loopback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["interfaces", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(row["address"] == "127.0.0.1" and not row["used"] for row in rows)


def test_pins_are_judged_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["interfaces", "--interface", "lo"]) == 0
    assert "was asked for" in capsys.readouterr().out
