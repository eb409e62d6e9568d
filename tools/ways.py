"""The options that say by which media a node is found."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from covey.values import frozen

__all__ = ["Ways", "ways_options"]

Command = Callable[..., Any]


@frozen
class Ways:
    """By which media, as `covey.Node` takes it."""

    discover: tuple[str, ...] = ()
    """Empty for all that work."""
    seeds: tuple[str, ...] = ()
    gossip_bind: str | None = None
    gossip_connect: tuple[str, ...] = ()

    def as_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of `covey.Node`."""
        chosen = {"discover": self.discover} if self.discover else {}
        return chosen | {
            "seeds": self.seeds,
            "gossip_bind": self.gossip_bind,
            "gossip_connect": self.gossip_connect,
        }


def ways_options(command: Command) -> Command:
    """Add --discover, --seed, --gossip-bind and --gossip-connect; the command takes them as `ways`."""
    import click

    @click.option(
        "--discover",
        metavar="MEDIUM",
        multiple=True,
        envvar="COVEY_DISCOVER",
        help="Use this of beacon, mdns and tipc alone; repeatable. Default: all that work.",
    )
    @click.option(
        "--seed",
        "seeds",
        metavar="HOST[:PORT]",
        multiple=True,
        envvar="COVEY_SEED",
        help="Ask this node for the others; repeatable. Port 5670 unless given.",
    )
    @click.option(
        "--gossip-bind",
        metavar="ENDPOINT",
        envvar="COVEY_GOSSIP_BIND",
        help="Be a seed and gossip hub there, as tcp://*:5670.",
    )
    @click.option(
        "--gossip-connect",
        metavar="HOST[:PORT]",
        multiple=True,
        envvar="COVEY_GOSSIP_CONNECT",
        help="Ask this gossip hub (covey, czmq or Zyre); repeatable.",
    )
    @functools.wraps(command)
    def with_ways(
        *args: Any,
        discover: tuple[str, ...],
        seeds: tuple[str, ...],
        gossip_bind: str | None,
        gossip_connect: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        return command(*args, ways=Ways(discover, seeds, gossip_bind, gossip_connect), **kwargs)

    return with_ways
