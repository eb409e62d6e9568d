"""mDNS between hosts and beside Avahi."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import LanFactory
from tests.discovery.counterparts import need
from tests.lan import Host, Program

pytestmark = pytest.mark.lan

PROGRAM = str(Path(__file__).parents[1] / "discovery" / "programs" / "covey_mdns.py")

SPACE = "\\032"
"""How avahi-browse writes a space in a name."""

AVAHI = """
mkdir -p /run/dbus /run/avahi-daemon
dbus-daemon --system --fork --nopidfile >/run/dbus.log 2>&1
avahi-daemon --daemonize --no-drop-root --no-chroot --no-rlimits >/run/avahi.log 2>&1
"""


async def covey_mdns(host: Host, *words: str) -> Program:
    return await host.start([sys.executable, PROGRAM, *words])


def start_avahi(host: Host) -> None:
    need("avahi")
    host.shell(AVAHI)


async def avahi_browse(host: Host, service_type: str) -> Program:
    """Print `=;eth0;IPv4;name;type;domain;host;address;port;"txt"` lines."""
    return await host.start(["stdbuf", "-oL", "avahi-browse", "--parsable", "--resolve", service_type])


async def test_hosts_find_each_other_and_hear_goodbye(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one, two = str(uuid4()), str(uuid4())
    here = await covey_mdns(first, "node", one, "4001")
    there = await covey_mdns(second, "node", two, "4002")
    assert (await here.read_json(uuid=two))["endpoint"] == f"tcp://{second.address}:4002"
    assert (await there.read_json(uuid=one))["endpoint"] == f"tcp://{first.address}:4001"
    await there.finish()
    await here.read_json(uuid=two, endpoint=None)


async def test_a_new_address_is_announced(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one, two = str(uuid4()), str(uuid4())
    here = await covey_mdns(first, "node", one, "4001")
    there = await covey_mdns(second, "node", two, "4002")
    await here.read_json(uuid=two)
    await there.read_json(uuid=one)
    first.change_address("10.77.0.99/24")
    await there.read_json(uuid=one, endpoint="tcp://10.77.0.99:4001")


@pytest.mark.interop
async def test_avahi_shows_our_node_from_hello_to_goodbye(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    start_avahi(second)
    uuid = uuid4()
    browser = await avahi_browse(second, "_covey._tcp")
    here = await covey_mdns(first, "node", str(uuid), "4001")
    line = await browser.read_until(f"=;eth0;IPv4;covey\\032{uuid.hex[:6]};_covey._tcp;local;")
    assert f";{first.address};4001;" in line
    assert f'"uuid={uuid.hex}"' in line
    await here.finish()
    await browser.read_until(f"-;eth0;IPv4;covey\\032{uuid.hex[:6]};_covey._tcp;local")


@pytest.mark.interop
async def test_we_show_what_avahi_publishes(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    start_avahi(second)
    browser = await covey_mdns(first, "browse", "_http._tcp")
    publisher = await second.start(["avahi-publish", "-s", "Küche", "_http._tcp", "80", "path=/index"])
    found = await browser.read_json(kind="found")
    assert (found["name"], found["port"], found["addresses"][0]) == ("Küche", 80, second.address)
    assert found["properties"] == {"path": "/index"}
    publisher.terminate()
    assert (await browser.read_json(kind="lost"))["name"] == "Küche"


@pytest.mark.interop
async def test_a_name_that_avahi_has_is_not_taken_from_it(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    start_avahi(second)
    uuid = uuid4()
    name = f"covey {uuid.hex[:6]}"
    await second.start(["avahi-publish", "-s", name, "_covey._tcp", "80", "path=/"])
    browser = await avahi_browse(second, "_covey._tcp")
    await browser.read_until(f"=;eth0;IPv4;{name.replace(' ', SPACE)};_covey._tcp;local;")
    here = await covey_mdns(first, "node", str(uuid), "4001")
    assert (await here.read_json())["ready"] == f"{name}-2"
    await browser.read_until(f"=;eth0;IPv4;{name.replace(' ', SPACE)}-2;_covey._tcp;local;")
