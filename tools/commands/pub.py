"""`covey pub`: publish to a mesh."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import click

from covey.tools import nodes
from covey.tools.advice import printable
from covey.tools.input import lines_from
from covey.tools.options import MeshOptions, json_option, mesh_options, wait_option
from covey.tools.output import write_json, write_line
from covey.tools.signals import run_interruptible

__all__ = ["Receipt", "command"]

STANDARD_INPUT = "-"
SETTLE_SECONDS = 0.2
"""After everybody found is subscribed: how long nobody new may turn up before we begin."""


@dataclass(slots=True)
class Receipt:
    """How many messages went to how many nodes."""

    topic: str
    messages: int = 0
    deliveries: int = 0
    fewest: int = 0
    """Receivers of the message that had the fewest."""
    most: int = 0
    dropped: int = 0
    """Copies for receivers that did not keep up."""

    def note(self, receivers: int) -> None:
        """Enter one message."""
        self.fewest = min(self.fewest, receivers) if self.messages else receivers
        self.most = max(self.most, receivers)
        self.messages += 1
        self.deliveries += receivers

    @property
    def is_success(self) -> bool:
        """Whether each message reached somebody and nobody was left behind."""
        return bool(self.fewest or not self.messages) and not self.dropped

    def line(self) -> str:
        """Return it for people."""
        what = f"{self.messages} message{'s' * (self.messages != 1)} on {printable(self.topic)}"
        receivers = str(self.fewest) if self.fewest == self.most else f"{self.fewest} to {self.most}"
        behind = f"; {self.dropped} copies dropped, a receiver did not keep up" if self.dropped else ""
        return f"{what}, received by {receivers} node{'s' * (self.most != 1)}{behind}"


@click.command(short_help="Publish messages to a mesh.")
@click.argument("topic")
@click.argument("data", default="")
@mesh_options
@wait_option("How long to wait for peers to subscribe.")
@json_option
def command(topic: str, data: str, options: MeshOptions, wait: float, *, as_json: bool) -> int:
    """Publish DATA on TOPIC and say how many nodes received it.

    DATA is text; `-` publishes each line of standard input as a message of its own, and without DATA the
    message is empty. First this waits until every node that it found is subscribed to TOPIC, at most --wait
    seconds. The status is 1 when nobody received a message.
    """
    node = nodes.open_node(options)

    async def publish() -> int:
        async with node:
            await wait_for_subscribers(node, topic, wait)
            receipt = await publish_all(node, topic, _messages(data))
        if as_json:
            write_json(
                {
                    "topic": topic,
                    "messages": receipt.messages,
                    "received_by": receipt.fewest,
                    "deliveries": receipt.deliveries,
                    "dropped": receipt.dropped,
                }
            )
        else:
            write_line(receipt.line())
        return 0 if receipt.is_success else 1

    return run_interruptible(publish)


async def wait_for_subscribers(node: nodes.MeshNode, topic: str, wait: float) -> None:
    """Wait until every peer found is subscribed and no new one turns up, or until the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            await node.wait_for_peers(1)
            found = 0
            while found < len(node.peers()):
                found = len(node.peers())
                await node.wait_subscribed(topic, found)
                await asyncio.sleep(SETTLE_SECONDS)


async def publish_all(node: nodes.MeshNode, topic: str, messages: AsyncIterator[bytes]) -> Receipt:
    """Publish message after message and return what became of them."""
    receipt = Receipt(topic)
    async for message in messages:
        receipt.note(await node.publish(topic, message))
    receipt.dropped = node.statistics().publish_dropped
    return receipt


async def _messages(data: str) -> AsyncIterator[bytes]:
    if data != STANDARD_INPUT:
        yield data.encode("utf-8", "surrogateescape")
        return
    async for line in lines_from(sys.stdin.fileno()):
        yield line
