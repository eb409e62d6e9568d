"""Random churn on the test LAN, and whether every event that it causes is right.

    python -m benchmarks.churn [MINUTES] [--nodes 12] [--hosts 4] [--seed N] [--open] [--talk] [--only kill stop ...]

Nodes are killed (some while they stand still), leave, stand still (SIGSTOP, one or a whole host), are started anew
under their name, hosts are cut off for a moment or for long, one or all lose 30 % of their packets, get another
address, or have their interface replaced by another one; each time until all know each other again. With `--talk`
pairs of nodes are connected besides. A node must enter before it exits and exit before it enters again; an exit that
nothing explains is a false one. The status is 1 if there was any. What is done goes to standard error as it is done.
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
_REASONS = {signal.SIGKILL: {"link lost", "expired", "replaced"}, signal.SIGTERM: {"goodbye"}}
"""What may be said of a node that ended so."""
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
        talk: have a few nodes whisper, which connects them.
    """

    def __init__(self, lan: Lan, words: Sequence[str], dice: random.Random, *, talk: bool) -> None:
        self._lan = lan
        self._words = words
        self._dice = dice
        self._nodes: list[Watched] = []
        self._news = asyncio.Event()
        self._made = self._moved = 0
        self._talk = talk
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
            before, begun, noticed = len(self.problems), time.monotonic(), len(self.noticed)
            if self._talk:
                await self._whisper()
            await STRIKES[kind](self)
            await self._complete(kind)
            self.done[kind] += 1
            seconds = [round(each, 2) for each in sorted(self.noticed[noticed:])]
            line = [time.strftime("%H:%M:%S"), kind, f"{time.monotonic() - begun:.1f} s", seconds or ""]
            print(*line, *self.problems[before:], sep="  ", file=sys.stderr, flush=True)

    async def close(self) -> None:
        """End all nodes."""
        for one in self._nodes:
            self.problems += one.wrong
            await one.close()

    async def _whisper(self) -> None:
        for _ in range(len(self._nodes) // 2):
            one, other = self._dice.sample(self._nodes, 2)
            await one.node.ask("whisper", uuid=other.node.uuid, frames=["there?"])

    async def _start(self, host: Host, name: str = "") -> None:
        self._made += 1
        name = name or f"n{self._made}"
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

    async def _end(
        self, kind: str, number: signal.Signals, within: float, *, again: bool = False, stopped: float = 0.0
    ) -> None:
        victim = self._nodes.pop(self._dice.randrange(len(self._nodes)))
        uuid, begun = victim.node.uuid, time.monotonic()
        if stopped:
            victim.node.driver.program.send_signal(signal.SIGSTOP)
            await asyncio.sleep(stopped)
            self._judge(kind, begun, set())
        reasons, start = _REASONS[number], time.monotonic()
        victim.node.driver.program.send_signal(number)
        if again:
            await self._start(victim.host, victim.name)
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
        if not again:
            await self._start(victim.host)

    async def kill(self) -> None:
        """Kill a node."""
        await self._end("kill", signal.SIGKILL, 15.0)

    async def kill_stopped(self) -> None:
        """Kill a node that stands still."""
        await self._end("kill_stopped", signal.SIGKILL, 15.0, stopped=self._dice.uniform(0.5, 8.0))

    async def restart(self) -> None:
        """Kill a node and start another one under its name at once."""
        await self._end("restart", signal.SIGKILL, 15.0, again=True)

    async def leave(self) -> None:
        """Have a node leave."""
        await self._end("leave", signal.SIGTERM, 5.0)

    async def stop(self) -> None:
        """Have a node stand still."""
        one, start = self._dice.choice(self._nodes), time.monotonic()
        one.node.driver.program.send_signal(signal.SIGSTOP)
        await asyncio.sleep(_STOPPED)
        one.node.driver.program.send_signal(signal.SIGCONT)
        await asyncio.sleep(3.0)
        self._judge("stop", start, set())

    async def stop_host(self) -> None:
        """Have all nodes of a host stand still, as those of a laptop that is suspended."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        sleepers = [one for one in self._nodes if one.host is host]
        for number, seconds in ((signal.SIGSTOP, _STOPPED + _MOMENT), (signal.SIGCONT, _MOMENT)):
            for one in sleepers:
                one.node.driver.program.send_signal(number)
            await asyncio.sleep(seconds)
        self._judge("stop_host", start, set())

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

    async def lossy_all(self) -> None:
        """Have everybody lose 30 % of what is sent to him."""
        start = time.monotonic()
        for host in self._lan.hosts:
            host.drop(30, direction="received")
        await asyncio.sleep(_LOSSY)
        for host in self._lan.hosts:
            host.heal()
        await asyncio.sleep(3.0)
        self._judge("lossy_all", start, set())

    async def move(self) -> None:
        """Give a host another address."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        host.change_address(self._free_address())
        await self._moved_to("move", host, start)

    async def swap(self) -> None:
        """Pull a host's interface out and plug another one in, with another address."""
        host, start = self._dice.choice(self._lan.hosts), time.monotonic()
        host.remove_interface("eth0")
        await asyncio.sleep(self._dice.uniform(0.1, _MOMENT))
        host.add_interface("eth0", self._free_address())
        await self._moved_to("swap", host, start)

    def _free_address(self) -> str:
        self._moved += 1
        return f"10.77.0.{100 + self._moved % 100}/24"

    async def _moved_to(self, kind: str, host: Host, start: float) -> None:
        """Wait until what a move breaks is broken and mended; the movers alone may lose somebody, or be lost."""
        await asyncio.sleep(8.0)
        await self._complete(kind)
        self._judge(kind, start, {one.node.uuid for one in self._nodes if one.host is host})


STRIKES: dict[str, Callable[[Churn], Awaitable[None]]] = {
    "kill": Churn.kill,
    "kill_stopped": Churn.kill_stopped,
    "restart": Churn.restart,
    "leave": Churn.leave,
    "stop": Churn.stop,
    "stop_host": Churn.stop_host,
    "cut": Churn.cut,
    "part": Churn.part,
    "lossy": Churn.lossy,
    "lossy_all": Churn.lossy_all,
    "move": Churn.move,
    "swap": Churn.swap,
}


async def _run(arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as directory:
        words = ["mesh=churn"]
        if not arguments.open:
            Secret.generate().save(f"{directory}/secret")
            words.append(f"secret={directory}/secret")
        async with Lan(arguments.hosts) as lan:
            churn = Churn(lan, words, random.Random(arguments.seed), talk=arguments.talk)
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
    parser.add_argument("--talk", action="store_true", help="connect some of the nodes by whispering")
    parser.add_argument("--only", nargs="+", choices=list(STRIKES), default=list(STRIKES))
    arguments = parser.parse_args(argv)
    isolate()
    found = asyncio.run(_run(arguments))
    print(json.dumps(found, indent=1))
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
