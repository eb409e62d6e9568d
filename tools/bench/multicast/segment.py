"""One Ethernet with hosts on it, made of network namespaces; the machine's own interfaces have no part in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import Self

from .shell import NoNetworks, Shell

__all__ = ["Segment"]

PROGRAMS = ("bridge", "ip", "nft", "nsenter", "setpriv", "unshare")
SYSTEM_PATH = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Where some distributions keep them, which only root has in its PATH."""
NEEDS = "it makes a network of its own, which takes root or user namespaces, and iproute2, nftables and util-linux"
SAMPLES = 1_000_000


class Segment:
    """Hosts with addresses 10.79.0.1 and up on `eth0`, MTU 1500, on one bridge in a namespace of its own.

    Raises:
        NoNetworks: on entering, where the machine does not let us.
    """

    def __init__(self, hosts: int) -> None:
        """Prepare a number of hosts."""
        self._count = hosts
        self._enter_user: list[str] = []
        self._yard: Shell | None = None
        self._hosts: list[Shell] = []

    def __enter__(self) -> Self:
        """Build it."""
        os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + SYSTEM_PATH
        if lacking := [each for each in PROGRAMS if shutil.which(each) is None]:
            raise NoNetworks(f"bench multicast: no {', '.join(lacking)} here; {NEEDS}")
        try:
            self._build()
        except NoNetworks as error:
            self.close()
            raise NoNetworks(f"bench multicast: {error}; {NEEDS}") from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it down."""
        self.close()

    def _build(self) -> None:
        user = [] if _may_unshare() else ["--user", "--map-root-user"]
        yard = self._yard = Shell(["unshare", *user, "--net", "sh"])
        yard.run("ip link add br0 type bridge mcast_snooping 0\nip link set br0 up")
        if user:
            self._enter_user = [f"--target={yard.pid}", "--user", "--preserve-credentials"]
        for number in range(1, self._count + 1):
            enter = ["nsenter", *self._enter_user, "--"] if user else []
            host = Shell([*enter, "unshare", "--net", "sh"])
            self._hosts.append(host)
            host.run("ip link set lo up")
            yard.run(
                f"ip link add p{number} type veth peer name eth0 netns {host.pid}\n"
                f"ip link set p{number} master br0 up"
            )
            host.run(
                f"ip addr add {self.address(number)}/24 dev eth0\nip link set eth0 up\n"
                "ip route add default dev eth0"
            )
        for number in range(1, self._count + 1):
            yard.run(
                f"for _ in $(seq 500); do bridge link show dev p{number} | grep -q 'state forwarding' && exit 0\n"
                "sleep 0.01; done; echo a port of the bridge does not come up; exit 1"
            )

    def address(self, number: int) -> str:
        """Return the address of a host, counted from 1."""
        return f"10.79.{number // 250}.{number % 250}" if number >= 250 else f"10.79.0.{number}"

    def command(self, number: int, argv: list[str]) -> list[str]:
        """Return the command line that runs a program on a host; the process is the program's own."""
        user = ["--user", "--preserve-credentials"] if self._enter_user else []
        enter = ["nsenter", f"--target={self._hosts[number - 1].pid}", *user, "--net", "--"]
        return [*enter, "setpriv", "--pdeathsig=KILL", "--", *argv]

    def set_weather(self, percent: float) -> None:
        """Lose so many per cent of the frames to and from each host but the first, each on its own.

        While frames are lost, hosts hand over single datagrams: what goes by as one large segment would be lost
        as one.
        """
        assert self._yard is not None
        segments = 65535 if percent == 0 else 1
        for host in self._hosts:
            host.run(f"ip link set dev eth0 gso_max_segs {segments}")
        script = ["table netdev bench", "delete table netdev bench"]
        if percent:
            chance = f"numgen random mod {SAMPLES} < {round(percent * SAMPLES / 100)} "
            drop = f"{chance if percent < 100 else ''}drop"
            script.append("table netdev bench {")
            for number in range(2, self._count + 1):
                for hook in ("ingress", "egress"):
                    chain = f'type filter hook {hook} device "p{number}" priority 0; {drop}'
                    script.append(f"chain {hook}{number} {{ {chain}; }}")
            script.append("}")
        self._yard.run("nft -f - <<'RULES'\n" + "\n".join(script) + "\nRULES")

    def close(self) -> None:
        """Take it down."""
        while self._hosts:
            self._hosts.pop().close()
        if self._yard is not None:
            self._yard.close()
            self._yard = None


def _may_unshare() -> bool:
    """Whether we may make network namespaces as we are."""
    with suppress(OSError):
        attempt = ["unshare", "--net", "true"]
        return os.geteuid() == 0 and subprocess.run(attempt, capture_output=True, check=False).returncode == 0
    return False
