"""The LAN itself: a yard with bridges, and the hosts around it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv4Network
from types import TracebackType
from typing import Self

from .capture import Capture
from .holder import Holder
from .host import Host
from .isolation import isolate
from .link import Link

__all__ = ["Lan"]

_YARD = """
for scope in all default; do echo 1 > /proc/sys/net/ipv6/conf/$scope/disable_ipv6 || true; done
mount -t sysfs sysfs /sys || true
"""

_HOST = """
hostname {name}
mount --bind {names} /etc/hosts
mount -t tmpfs run /run
mount -t sysfs sysfs /sys || true
for scope in all default; do echo 0 > /proc/sys/net/ipv6/conf/$scope/accept_dad || true; done
ip link set lo up
"""


class Lan:
    """Hosts on one Ethernet, as a context (`with` or `async with`).

    The bridges live in a namespace of their own (the yard), so LANs never meet each other or the machine.
    The process that builds one leaves the machine's network first (`isolate`).

    Raises:
        LanUnavailable: on construction, where the machine allows no namespaces.
    """

    def __init__(self, hosts: int | Sequence[str] = 2, subnet: str = "10.77.0.0/24") -> None:
        """Prepare `hosts` (their number, or their names) with addresses from `subnet` in order."""
        isolate()
        self._names = [f"h{n}" for n in range(1, hosts + 1)] if isinstance(hosts, int) else list(hosts)
        self._subnet = IPv4Network(subnet)
        self._bridges: set[str] = set()
        self._ports = 0
        self.hosts: list[Host] = []

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __getitem__(self, name: str) -> Host:
        """Return the host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def capture(self, network: str = "br0") -> Capture:
        """Return a context that records every frame on a bridge from its start on."""
        return Capture(self.yard.pid, network)

    def plug(self, host: Host, interface: str, network: str) -> None:
        """Lay a cable from a new interface of a host to a bridge, which is made at need."""
        commands = []
        if network not in self._bridges:
            self._bridges.add(network)
            commands.append(f"link add {network} type bridge mcast_snooping 0")
            commands.append(f"link set {network} promisc on up")
        self._ports += 1
        port = f"p{self._ports}-{interface}"[:13]
        mac = f"02:00:00:00:{self._ports >> 8:02x}:{self._ports & 255:02x}"
        commands.append(
            f"link add {port} type veth peer name {interface} address {mac} netns {host.holder.pid}"
        )
        commands.append(f"link set {port} master {network} up")
        self.yard.run("ip -batch - <<'LINKS'\n" + "\n".join(commands) + "\nLINKS")
        host.links[interface] = Link(port, network)

    async def aclose(self) -> None:
        """Stop all programs in order, then `close`."""
        for host in self.hosts:
            await host.stop_programs()
        self.close()

    def close(self) -> None:
        """Kill what runs on the hosts and take everything down."""
        while self.hosts:
            self.hosts.pop().close()
        if hasattr(self, "yard"):
            self.yard.close()

    def publish_names(self) -> None:
        """Tell all hosts each other's present address."""
        self.hosts[0].shell(f"cat > /etc/hosts <<'NAMES'\n{self._names_file()}NAMES")

    def _build(self) -> None:
        # every host mounts the same file, so that later changes reach all; the mounts keep it, its name can go
        with tempfile.NamedTemporaryFile("w", prefix="covey-lan-names-") as names:
            os.fchmod(names.fileno(), 0o644)
            self.yard = Holder()
            self.yard.send(_YARD)
            for name, address in zip(self._names, self._subnet.hosts(), strict=False):
                host = Host(self, name, IPv4Interface(f"{address}/{self._subnet.prefixlen}"))
                self.hosts.append(host)
                host.holder.send(_HOST.format(name=name, names=names.name))
            for holder in (self.yard, *(host.holder for host in self.hosts)):
                holder.collect()
        for host in self.hosts:
            self.plug(host, host.interface, "br0")
            host.configure(host.interface, host.network_address)
        self.publish_names()

    def _names_file(self) -> str:
        lines = [
            "127.0.0.1 localhost",
            "::1 localhost",
            *(f"{host.address} {host.name}" for host in self.hosts),
        ]
        return "".join(f"{line}\n" for line in lines)
