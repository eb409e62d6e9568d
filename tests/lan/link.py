"""One cable of the LAN: from a host's interface to a port of a bridge, with its faults."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .holder import Holder
from .packets import packet_socket

__all__ = ["Direction", "Link"]

Direction = Literal["sent", "received", "both"]
"""Seen from the host. A frame lost when sent is lost to everybody; each receiver loses its own."""

_FORWARDER = Path(__file__).with_name("delay.py")
_SAMPLES = 1_000_000
_OFFLOAD_HEADER = 15
_QUEUE = 16 << 20


@dataclass(slots=True)
class Link:
    """The port, the rules that lose frames at it, and the program that delays them."""

    port: str
    """Name of the cable's end in the yard."""
    bridge: str
    rules: list[tuple[Direction, str]] = field(default_factory=list)
    """nftables statements that end in `drop`, and which way they apply."""
    forwarder: subprocess.Popen[bytes] | None = None

    @property
    def bridge_side(self) -> str:
        """The interface that is enslaved to the bridge: the port, or what stands behind the delay."""
        return f"{self.port}.b" if self.forwarder else self.port

    def lose(self, yard: Holder, direction: Direction, match: str, chance: str) -> None:
        """Drop frames that `match` (an nftables expression, empty for all) by `chance` (likewise)."""
        self.rules.append((direction, f"{match} {chance} drop"))
        self.apply_rules(yard)

    def lose_share(self, yard: Holder, direction: Direction, match: str, percent: float) -> None:
        """Drop a random share of the matching frames."""
        share = f"numgen random mod {_SAMPLES} < {round(percent * _SAMPLES / 100)}"
        self.lose(yard, direction, match, "" if percent >= 100 else share)

    def lose_every(self, yard: Holder, direction: Direction, match: str, nth: int) -> None:
        """Drop each nth of the matching frames, the first n - 1 passing."""
        self.lose(yard, direction, match, f"numgen inc mod {nth} == {nth - 1}")

    def apply_rules(self, yard: Holder) -> None:
        """Bring the kernel's rules in line with `rules`."""
        table = f"netdev {self.port.replace('-', '_').replace('.', '_')}"
        script = [f"table {table}", f"delete table {table}"]
        if self.rules:
            script.append(f"table {table} {{")
            for name, hook in (("sent", "ingress"), ("received", "egress")):
                chosen = [rule for direction, rule in self.rules if direction in (name, "both")]
                script += [f"chain {name} {{"]
                script += [f'type filter hook {hook} device "{self.bridge_side}" priority 0', *chosen, "}"]
            script.append("}")
        yard.run("nft -f - <<'RULES'\n" + "\n".join(script) + "\nRULES")

    def set_delay(self, yard: Holder, seconds: float) -> None:
        """Hold frames for `seconds` in each direction; zero takes the delay out again."""
        self.close()
        behind = f"{self.port}.b"
        yard.run(f"ip link del {behind} 2>/dev/null || true")
        if seconds == 0:
            yard.run(f"ip link set {self.port} master {self.bridge}")
        else:
            front = f"{self.port}.a"
            yard.run(
                f"ip link set {self.port} nomaster\n"
                f"ip link add {front} type veth peer name {behind}\n"
                f"ip link set {behind} master {self.bridge} up\n"
                f"ip link set {front} up"
            )
            with (
                packet_socket(yard.pid, self.port, _QUEUE, _OFFLOAD_HEADER) as outer,
                packet_socket(yard.pid, front, _QUEUE, _OFFLOAD_HEADER) as inner,
            ):
                numbers = (outer.fileno(), inner.fileno())
                command = [sys.executable, "-IS", str(_FORWARDER), *map(str, numbers), str(seconds)]
                self.forwarder = subprocess.Popen(command, pass_fds=numbers)
        self.settle(yard)
        self.apply_rules(yard)

    def settle(self, yard: Holder) -> None:
        """Wait until the bridge forwards: a cable just plugged in loses frames for some milliseconds.

        Raises:
            LanError: it does not within a few seconds.
        """
        yard.run(
            f"for _ in $(seq 500); do\n"
            f"  if bridge link show dev {self.bridge_side} | grep -q 'state forwarding'; then exit 0; fi\n"
            f"  sleep 0.01\n"
            f"done\necho {self.bridge_side} does not come up; exit 1"
        )

    def close(self) -> None:
        """Stop delaying."""
        if self.forwarder is not None:
            self.forwarder.kill()
            self.forwarder.wait()
            self.forwarder = None
