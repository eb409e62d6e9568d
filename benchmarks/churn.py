"""Random churn on the test LAN, and whether every event that it causes is right.

    python -m benchmarks.churn [MINUTES] [--nodes 12] [--hosts 4] [--seed N] [--open] [--only kill stop ...]

Nodes are killed, leave, stand still (SIGSTOP), hosts are cut off for a moment or for long, lose 30 % of their
packets, or get another address; each time until all know each other again. A node must enter before it exits and
exit before it enters again; an exit that nothing explains is a false one. The status is 1 if there was any.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

from covey import Secret
from tests.lan import Host, Lan, isolate
from tests.mesh.remote import RemoteNode

__all__ = ["main"]

_COMPLETE = 60.0
"""Seconds within which all must know each other again."""
_STOPPED = 10.0
_MOMENT = 2.0
_LONG = 45.0
_LOSSY = 15.0


class Watched:
    """A node, and what it said of the others."""

    def __init__(self, node: RemoteNode, name: str, host: Host, news: asyncio.Event) -> None:
        self._news = news
        self.node = node
        self.name = name
        self.host = host
        self.present: set[str] = set()
        """Uuids of those that entered and did not exit."""
        self.exits: list[tuple[str, str, float]] = []
        """Uuid, reason, time."""
        self.wrong: list[str] = []
        self._task = asyncio.create_task(self._listen(), name=f"listen to {name}")

    async def close(self) -> None:
        """End the process."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.node.close()

    async def _listen(self) -> None:
        while True:
            event = await self.node.driver.events.get()
            kind, uuid = event["event"], event.get("uuid", "")
            if kind == "Entered":
                if uuid in self.present:
                    self.wrong.append(f"{self.name}: {event['name']} entered twice")
                self.present.add(uuid)
            elif kind in ("Evasive", "Exited"):
                if uuid not in self.present:
                    self.wrong.append(f"{self.name}: {event['name']} {kind.lower()}, and had not entered")
                if kind == "Exited":
                    self.present.discard(uuid)
                    self.exits.append((uuid, event["reason"], time.monotonic()))
            self._news.set()


class Churn:
    """One run.

    Args:
        lan: where.
        words: what makes a node, as `node_process.py` takes it.
        dice: decides.
    """

    def __init__(self, lan: Lan, words: Sequence[str], dice: random.Random) -> None:
        self._lan = lan
        self._words = words
        self._dice = dice
        self._nodes: list[Watched] = []
        self._news = asyncio.Event()
        self._made = self._moved = 0
        self.done: Counter[str] = Counter()
        self.problems: list[str] = []
        self.noticed: list[float] = []
        """From a kill until each other node reported the exit. Seconds."""

    async def run(self, count: int, minutes: float, kinds: Sequence[str]) -> None:
        """Start nodes and strike until the time is over."""
        await asyncio.gather(
            *(self._start(self._lan.hosts[at % len(self._lan.hosts)]) for at in range(count))
        )
        await self._complete("start")
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            kind = self._dice.choice(kinds)
            await STRIKES[kind](self)
            await self._complete(kind)
            self.done[kind] += 1

    async def close(self) -> None:
        """End all nodes."""
        for one in self._nodes:
            self.problems += one.wrong
            await one.close()

    async def _start(self, host: Host) -> None:
        self._made += 1
        name = f"n{self._made}"
        node = await RemoteNode.launch(name, host, *self._words)
        self._nodes.append(Watched(node, name, host, self._news))

    async def _complete(self, after: str) -> None:
        """Wait until all know each other; what does not come to be is a problem."""
        wanted = {one.node.uuid for one in self._nodes}
        if await self._until(
            lambda: all(one.present >= wanted - {one.node.uuid} for one in self._nodes), _COMPLETE
        ):
            return
        for one in self._nodes:
            missing = [
                other.name
                for other in self._nodes
                if other.node.uuid in wanted - one.present - {one.node.uuid}
            ]
            if missing:
                self.problems.append(f"after {after}: {one.name} does not know {', '.join(missing)}")

    async def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds; return whether it came to."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _exits_since(self, start: float) -> list[tuple[Watched, str, str, float]]:
        return [(one, *exit) for one in self._nodes for exit in one.exits if exit[2] >= start]

    def _judge(self, kind: str, start: float, excused: set[str]) -> None:
        """Exits since `start` must be of excused nodes, or told by them."""
        for one, uuid, reason, _ in self._exits_since(start):
            if uuid not in excused and one.node.uuid not in excused:
                name = next((other.name for other in self._nodes if other.node.uuid == uuid), uuid)
                self.problems.append(f"{kind}: {one.name} lost {name} ({reason})")

    # -- what befalls them

    async def _end(self, kind: str, number: signal.Signals, reasons: set[str], within: float) -> None:
        victim = self._nodes.pop(self._dice.randrange(len(self._nodes)))
        uuid, start = victim.node.uuid, time.monotonic()
        victim.node.driver.program.send_signal(number)
        await self._until(lambda: not any(uuid in one.present for one in self._nodes), within)
        told = [one for one in self._exits_since(start) if one[1] == uuid]
        late = [one.name for one in self._nodes if uuid in one.present]
        if late:
            self.problems.append(f"{kind}: {', '.join(late)} did not notice within {within} s")
        self.problems += [
            f"{kind}: {one.name} told of {reason!r}" for one, _, reason, _ in told if reason not in reasons
        ]
        if number == signal.SIGKILL:
            self.noticed += [at - start for _, _, _, at in told]
        self._judge(kind, start, {uuid})
        self.problems += victim.wrong
        await victim.close()
        await self._start(victim.host)

    async def kill(self) -> None:
        """Kill a node."""
        await self._end("kill", signal.SIGKILL, {"link lost", "expired"}, 15.0)

    async def leave(self) -> None:
        """Have a node leave."""
        await self._end("leave", signal.SIGTERM, {"goodbye"}, 5.0)

    async def stop(self) -> None:
        """Have a node stand still."""
        one, start = self._dice.choice(self._nodes), time.monotonic()
        one.node.driver.program.send_signal(signal.SIGSTOP)
        await asyncio.sleep(_STOPPED)
        one.node.driver.program.send_signal(signal.SIGCONT)
        await asyncio.sleep(3.0)
        self._judge("stop", start, set())

    async def cut(self) -> None:
        """Cut a host off for a moment."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        host.cut()
        await asyncio.sleep(_MOMENT)
        host.heal()
        await asyncio.sleep(3.0)
        self._judge("cut", start, set())

    async def part(self) -> None:
        """Cut a host off for so long that both sides give each other up."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        host.cut()
        await asyncio.sleep(_LONG)
        host.heal()
        await self._complete("part")
        self._judge("part", start, {one.node.uuid for one in self._nodes if one.host is host})

    async def lossy(self) -> None:
        """Have a host lose 30 % of its packets both ways."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        host.drop(30)
        await asyncio.sleep(_LOSSY)
        host.heal()
        await asyncio.sleep(3.0)
        self._judge("lossy", start, set())

    async def move(self) -> None:
        """Give a host another address."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        self._moved += 1
        host.change_address(f"10.77.0.{100 + self._moved % 100}/24")
        await asyncio.sleep(5.0)
        await self._complete("move")
        self._judge("move", start, {one.node.uuid for one in self._nodes if one.host is host})


STRIKES: dict[str, Callable[[Churn], Awaitable[None]]] = {
    "kill": Churn.kill,
    "leave": Churn.leave,
    "stop": Churn.stop,
    "cut": Churn.cut,
    "part": Churn.part,
    "lossy": Churn.lossy,
    "move": Churn.move,
}


async def _run(arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as directory:
        words = ["mesh=churn"]
        if not arguments.open:
            Secret.generate().save(f"{directory}/secret")
            words.append(f"secret={directory}/secret")
        async with Lan(arguments.hosts) as lan:
            churn = Churn(lan, words, random.Random(arguments.seed))
            try:
                await churn.run(arguments.nodes, arguments.minutes, arguments.only)
            finally:
                await churn.close()
    return {
        "seed": arguments.seed,
        "done": dict(churn.done),
        "death_noticed": [round(each, 2) for each in (median(churn.noticed), max(churn.noticed))]
        if churn.noticed
        else None,
        "problems": churn.problems,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.churn", description=__doc__.split("\n")[0])
    parser.add_argument("minutes", type=float, nargs="?", default=60)
    parser.add_argument("--nodes", type=int, default=12)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--open", action="store_true", help="an open mesh instead of a secret one")
    parser.add_argument("--only", nargs="+", choices=list(STRIKES), default=list(STRIKES))
    arguments = parser.parse_args(argv)
    isolate()
    found = asyncio.run(_run(arguments))
    print(json.dumps(found, indent=1))
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
