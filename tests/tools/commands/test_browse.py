from __future__ import annotations

import json
import sys

import pytest

from covey.discovery.mdns.service import Service
from covey.tools.commands.browse import service_fields, service_line
from covey.tools.main import run
from tests.conftest import LanFactory
from tests.discovery.counterparts import need

PRINTER = Service("Küche", "_ipp._tcp", 631, "box.local.", ("10.0.0.1",), {"rp": b"q", "raw": b"\xff"})


def test_a_service_is_told_between_tabs() -> None:
    assert service_line(PRINTER).split("\t")[:4] == ["Küche", "box.local.", "631", "10.0.0.1"]


def test_a_service_is_told_as_json_can_hold_it() -> None:
    assert service_fields(PRINTER)["properties"] == {"rp": "q", "raw": "\\xff"}
    json.dumps(service_fields(PRINTER))


def test_a_wrong_type_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["browse", "http", "--interface", "lo"]) == 2
    assert "_http._tcp" in capsys.readouterr().err


@pytest.mark.lan
@pytest.mark.interop
async def test_what_avahi_publishes_is_listed(lan: LanFactory) -> None:
    from tests.lan.test_mdns import start_avahi

    need("avahi")
    first, second = lan(2).hosts
    start_avahi(second)
    publisher = await second.start(["avahi-publish", "-s", "Küche", "_http._tcp", "80", "path=/index"])
    command = [sys.executable, "-m", "covey", "browse", "--json"]
    watcher = await first.start([*command, "--follow", "_http._tcp"])
    found = await watcher.read_json(event="found", name="Küche")
    assert (found["addresses"][0], found["port"], found["properties"]) == (
        second.address,
        80,
        {"path": "/index"},
    )
    # Whoever multicast a record within the last second need not do it again (RFC 6762, section 6).
    listed = await first.run([*command, "_http._tcp", "--wait", "4"])
    assert [json.loads(line)["name"] for line in listed.output.splitlines()] == ["Küche"]
    types = await first.run([*command, "--wait", "5"])
    assert {"type": "_http._tcp"} in [json.loads(line) for line in types.output.splitlines()]
    publisher.terminate()
    await watcher.read_json(event="lost", name="Küche")
