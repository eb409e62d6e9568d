"""PyPI's zeromq-pyre and covey nodes as members of one open mesh."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.conftest import LanFactory
from tests.interop.conftest import LibzmqFactory, PyreFactory
from tests.mesh.remote import RemoteNode

pytestmark = [pytest.mark.interop, pytest.mark.lan]

CoveyFactory = Callable[..., Awaitable[RemoteNode]]


@pytest.fixture
async def covey() -> AsyncIterator[CoveyFactory]:
    launched: list[RemoteNode] = []

    async def launch(*arguments: object) -> RemoteNode:
        node = await RemoteNode.launch(*arguments)  # type: ignore[arg-type]
        launched.append(node)
        return node

    yield launch
    for node in launched:
        await node.close()


@pytest.mark.parametrize("first", ["covey", "pyre"])
async def test_both_enter_join_whisper_shout_leave_and_exit(
    pyre: PyreFactory, covey: CoveyFactory, lan: LanFactory, first: str
) -> None:
    hosts = lan(hosts=2).hosts
    theirs = await pyre("theirs", hosts[0], headers={"X-KIND": "pyre"})
    await theirs.join("early")
    if first == "pyre":
        await theirs.start()
    ours = await covey("ours", hosts[1], "mesh=lab", "X-KIND=covey")
    if first == "covey":
        await theirs.start()

    entered = await ours.wait_event("Entered", name="theirs")
    assert (entered["uuid"], entered["headers"]["X-KIND"]) == (theirs.uuid, "pyre")
    assert entered["endpoint"].startswith(f"tcp://{hosts[0].address}:")
    await ours.wait_event("Joined", name="theirs", group="early")
    seen = await theirs.wait_event("ENTER", name="ours")
    assert seen["rest"][0]["X-KIND"] == "covey"

    await ours.ask("join", group="room")
    await theirs.wait_event("JOIN", name="ours", rest=["room"])
    await theirs.join("room")
    await ours.wait_event("Joined", name="theirs", group="room")

    assert await ours.ask("shout", group="room", frames=["hello", "pyre"]) == 1
    assert (await theirs.wait_event("SHOUT"))["rest"] == ["room", "hello", "pyre"]
    await theirs.shout("room", b"hello", b"covey")
    assert (await ours.wait_event("Shout"))["frames"] == ["hello", "covey"]
    await ours.ask("whisper", uuid=theirs.uuid, frames=["psst"])
    assert (await theirs.wait_event("WHISPER"))["rest"] == ["psst"]
    await theirs.whisper(ours.uuid, b"psst", b"you")
    assert (await ours.wait_event("Whisper"))["frames"] == ["psst", "you"]

    await ours.ask("leave", group="room")
    await theirs.wait_event("LEAVE", name="ours", rest=["room"])
    await theirs.leave("room")
    await ours.wait_event("Left", name="theirs", group="room")
    if first == "pyre":
        await theirs.stop()
        assert (await ours.wait_event("Exited", name="theirs"))["reason"] == "goodbye"
    else:
        ours.driver.program.terminate()
        await theirs.wait_event("EXIT", name="ours", timeout=3.0)


async def test_a_covey_node_stays_with_pyre_when_beacons_are_lost(
    pyre: PyreFactory, covey: CoveyFactory, lan: LanFactory
) -> None:
    hosts = lan(hosts=2).hosts
    theirs = await pyre("theirs", hosts[0])
    await theirs.start()
    ours = await covey("ours", hosts[1])
    await ours.wait_event("Entered", name="theirs")
    hosts[0].drop(100, match="udp dport 5670")
    with pytest.raises(TimeoutError):
        await ours.wait_event("Evasive", timeout=6.0)
    await theirs.whisper(ours.uuid, b"still here")
    assert (await ours.wait_event("Whisper"))["frames"] == ["still here"]


async def test_a_plain_libzmq_sub_reads_the_topics_at_the_announced_endpoint(
    pyre: PyreFactory, debian_libzmq: LibzmqFactory, covey: CoveyFactory, lan: LanFactory
) -> None:
    hosts = lan(hosts=2).hosts
    theirs = await pyre("theirs", hosts[0])
    await theirs.start()
    ours = await covey("ours", hosts[1])
    await theirs.wait_event("ENTER", name="ours")
    endpoint = (await theirs.peer_headers(ours.uuid))["X-COVEY-TOPICS"]
    assert endpoint == f"tcp://{hosts[1].address}:{ours.topics_port}"
    plain = await debian_libzmq(hosts[0])
    sub = await plain.open("SUB", subscribe="temp/")
    await sub.connect(endpoint)
    await ours.ask("wait_subscribed", topic="temp/kitchen", count=1)
    assert await ours.ask("publish", topic="temp/kitchen", data="21.5") == 1
    assert await sub.recv() == [b"temp/kitchen", b"21.5"]


async def test_pyre_hears_nothing_of_services(
    pyre: PyreFactory, covey: CoveyFactory, lan: LanFactory
) -> None:
    hosts = lan(hosts=2).hosts
    theirs = await pyre("theirs", hosts[0])
    await theirs.start()
    ours, other = await covey("ours", hosts[1]), await covey("other", hosts[1])
    await theirs.wait_event("ENTER", name="ours")
    await ours.ask("serve", service="echo")
    await other.wait_event("Offered", name="ours")
    assert await other.ask("call", service="echo", data="1") == "ours 1"
    assert await ours.ask("call", service="echo", data="1", peer="theirs") == "NoService"
    await ours.ask("whisper", uuid=theirs.uuid, frames=["first word"])
    assert (await theirs.wait_event("WHISPER"))["rest"] == ["first word"]
    assert "X-COVEY-SERVICES" not in await theirs.peer_headers(ours.uuid)
