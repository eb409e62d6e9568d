"""One machine of the test LAN."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from ipaddress import IPv4Interface
from pathlib import Path
from typing import TYPE_CHECKING

from .holder import Holder
from .isolation import inside
from .link import Direction, Link
from .program import Completed, Program, ProgramFailed

if TYPE_CHECKING:
    from .network import Lan

__all__ = ["Host", "environment"]

_ROOT = Path(__file__).parents[2]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables a program gets: the caller's own, with `covey` importable from the sources."""
    paths = [str(_ROOT / "src"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(extra or {})}


class Host:
    """A host: its own interfaces, host name, `/etc/hosts` and `/run`; files are otherwise the machine's.

    It has a loopback interface, `eth0` with the address below and an IPv6 link-local one, and a default route
    (which serves multicast and 255.255.255.255 too). The names of all hosts of the LAN resolve.
    """

    interface = "eth0"

    def __init__(self, lan: Lan, name: str, address: IPv4Interface) -> None:
        self.name = name
        self.holder = Holder()
        self.links: dict[str, Link] = {}
        self._lan = lan
        self._address = address
        self._programs: list[Program] = []
        self._popens: list[subprocess.Popen[str]] = []

    def __repr__(self) -> str:
        return f"<Host {self.name} {self._address}>"

    @property
    def address(self) -> str:
        """The IPv4 address of `eth0`, as text."""
        return str(self._address.ip)

    @property
    def network_address(self) -> IPv4Interface:
        """The IPv4 address of `eth0` with its prefix."""
        return self._address

    @property
    def link_local(self) -> str:
        """The IPv6 link-local address of `eth0`, without the zone."""
        printed = self.shell("ip -6 -brief addr show dev eth0 scope link")
        return printed.split()[2].split("/")[0]

    # Programs

    def command(self, argv: Sequence[str], cwd: str | Path | None = None) -> list[str]:
        """Return the command line that runs `argv` on this host, for callers that start it themselves.

        Every word of the prefix execs the next one, so the process id is the program's own; the program dies
        with the thread that started it.
        """
        directory = str(cwd or os.getcwd())
        enter = ["nsenter", f"--target={self.holder.pid}", "--net", "--mount", "--uts", f"--wdns={directory}"]
        return [*enter, "--", "setpriv", "--pdeathsig=KILL", "--", *argv]

    async def start(
        self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | Path | None = None
    ) -> Program:
        """Start a program; it is killed when the LAN closes. `env` adds to the caller's variables."""
        program = await Program.start(self.command([], cwd), argv, environment(env))
        self._programs.append(program)
        return program

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30.0,
        check: bool = True,
        input: str = "",
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
    ) -> Completed:
        """Run a program to its end.

        Raises:
            TimeoutError: it still ran after `timeout` seconds; it was killed.
            ProgramFailed: with `check`, its status was not zero.
        """
        program = await self.start(argv, env=env, cwd=cwd)
        try:
            result = await program.finish(timeout, input)
        finally:
            self._programs.remove(program)
            await program.close()
        if check and result.status != 0:
            raise ProgramFailed(f"{' '.join(argv)}: status {result.status}\n{result.output}{result.errors}")
        return result

    def run_sync(self, argv: Sequence[str], *, timeout: float = 30.0) -> Completed:
        """Run a program to its end, from code that is not async; its status is not checked."""
        done = subprocess.run(
            self.command(argv), capture_output=True, text=True, timeout=timeout, env=environment()
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    def popen(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        """Start a program from code that is not async, with text pipes; it is killed when the LAN closes."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self.command(argv), stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment()
        )
        self._popens.append(process)
        return process

    def shell(self, script: str) -> str:
        """Run shell commands that set something up, and wait; return what they printed.

        Raises:
            LanError: a command failed.
        """
        return self.holder.run(script)

    def socket(
        self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> socket.socket:
        """Return a socket of this host, for use in the test's own process."""
        with self.inside():
            return socket.socket(family, kind, protocol)

    def inside(self) -> AbstractContextManager[None]:
        """Return a context in which sockets made by this thread are this host's; no `await` in it."""
        return inside(self.holder.pid)

    # Faults

    def cut(self, *, carrier: bool = False, interface: str = "eth0") -> None:
        """Cut the cable until `heal`: silently, frames vanish both ways; with `carrier`, the host notices."""
        link = self.links[interface]
        if carrier:
            self._lan.yard.run(f"ip link set {link.port} down")
        else:
            link.lose(self._lan.yard, "both", "", "")

    def heal(self, *, interface: str = "eth0") -> None:
        """Mend the cable, and forget all `cut`, `drop` and `drop_every`; a delay stays."""
        link = self.links[interface]
        link.rules.clear()
        link.apply_rules(self._lan.yard)
        self._lan.yard.run(f"ip link set {link.port} up")
        link.settle(self._lan.yard)

    def drop(
        self, percent: float, *, match: str = "", direction: Direction = "both", interface: str = "eth0"
    ) -> None:
        """Lose frames at random, on top of earlier rules, until `heal`.

        Args:
            percent: 0 to 100, a fraction allowed.
            match: which frames, as an nftables expression: `udp dport 5670`, `ip protocol udp`.
            direction: of the frames as the host sees it; "both" decides anew for each frame each way.
            interface: at which of the host's interfaces.
        """
        self.links[interface].lose_share(self._lan.yard, direction, match, percent)

    def drop_every(
        self, nth: int, *, match: str = "", direction: Direction = "both", interface: str = "eth0"
    ) -> None:
        """Lose each nth matching frame, the same ones in every run, until `heal`."""
        self.links[interface].lose_every(self._lan.yard, direction, match, nth)

    def delay(self, ms: float, *, interface: str = "eth0") -> None:
        """Queue every frame for `ms` milliseconds each way (a round trip grows by twice that); 0 ends it."""
        self.links[interface].set_delay(self._lan.yard, ms / 1000)

    # Interfaces

    def add_interface(self, name: str, address: str, *, network: str = "br0") -> None:
        """Plug in another cable, to the LAN's bridge or to another network that is made at need.

        Args:
            name: of the new interface, `eth1`.
            address: with prefix, `10.78.0.1/24`.
            network: `br0` is the LAN; any other name is a bridge apart from it.
        """
        self._lan.plug(self, name, network)
        self.configure(name, IPv4Interface(address))

    def remove_interface(self, name: str) -> None:
        """Pull an interface out of the machine."""
        link = self.links.pop(name)
        link.close()
        self._lan.yard.run(f"ip link del {link.port}")

    def change_address(self, address: str, *, interface: str = "eth0") -> None:
        """Take an interface's IPv4 addresses away and give it a new one, with prefix: `10.77.0.9/24`."""
        self.shell(f"ip -4 addr flush dev {interface}")
        self.configure(interface, IPv4Interface(address))
        self._lan.publish_names()

    def configure(self, interface: str, address: IPv4Interface) -> None:
        """Give an interface an address and bring it up; `eth0` carries the default route."""
        script = f"ip addr add {address} broadcast + dev {interface}\nip link set {interface} up"
        if interface == self.interface:
            script += f"\nip route replace default dev {interface}"
            self._address = address
        self.shell(script)
        self.links[interface].settle(self._lan.yard)

    # The end

    async def stop_programs(self) -> None:
        """Kill every program that was started and is still known."""
        while self._programs:
            await self._programs.pop().close()

    def close(self) -> None:
        """Kill whatever runs here and take the host away."""
        for process in self._popens:
            process.kill()
            process.communicate()
        for link in self.links.values():
            link.close()
        for pid in self.holder.processes():
            _kill(pid)
        self.holder.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
