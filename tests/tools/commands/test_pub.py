from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from covey.tools.commands import pub
from covey.tools.commands.pub import Receipt, publish_all, wait_for_subscribers
from tests.tools.fakes import FakeNode, peer


async def several() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pub, "SETTLE_SECONDS", 0.0)


async def test_waits_until_everybody_found_is_subscribed() -> None:
    node = FakeNode()
    waiting = asyncio.create_task(wait_for_subscribers(node, "temp", 60))
    await asyncio.sleep(0)
    assert not waiting.done()
    node.add_peer(peer("a", 1))
    await waiting


async def test_a_peer_that_never_subscribes_holds_it_up_no_longer_than_asked() -> None:
    await wait_for_subscribers(FakeNode([peer()]), "temp", 0.01)


async def test_somebody_who_turns_up_meanwhile_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    node = FakeNode([peer("a", 1)], subscribers=1)
    turned_up: list[str] = []

    async def settle(_seconds: float) -> None:
        if not turned_up:
            turned_up.append("b")
            node.add_peer(peer("b", 2))

    monkeypatch.setattr(asyncio, "sleep", settle)
    await wait_for_subscribers(node, "temp", 60)
    assert node.subscribers == 2


async def test_each_message_is_counted_at_its_receivers() -> None:
    node = FakeNode(subscribers=2)
    receipt = await publish_all(node, "temp", several())
    assert node.published == [("temp", b"one"), ("temp", b"two")]
    assert (receipt.messages, receipt.deliveries, receipt.fewest, receipt.most) == (2, 4, 2, 2)
    assert receipt.is_success


async def test_copies_that_were_dropped_are_a_failure() -> None:
    receipt = await publish_all(FakeNode(subscribers=1, dropped=3), "temp", several())
    assert not receipt.is_success
    assert "3 copies dropped" in receipt.line()


@pytest.mark.parametrize(
    ("receivers", "line"),
    [
        ([1], "1 message on temp, received by 1 node"),
        ([0], "1 message on temp, received by 0 nodes"),
        ([2, 2], "2 messages on temp, received by 2 nodes"),
        ([1, 3], "2 messages on temp, received by 1 to 3 nodes"),
        ([], "0 messages on temp, received by 0 nodes"),
    ],
)
def test_receipts_read_well(receivers: list[int], line: str) -> None:
    receipt = Receipt("temp")
    for each in receivers:
        receipt.note(each)
    assert receipt.line() == line


def test_a_message_that_nobody_received_is_a_failure() -> None:
    receipt = Receipt("temp")
    receipt.note(2)
    receipt.note(0)
    assert not receipt.is_success
