"""Looks at this host. Blocks for moments: call it outside of an event loop's thread."""

from __future__ import annotations

import errno
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from covey.discovery.beacon.constants import MULTICAST_V4, PORT
from covey.discovery.beacon.udp import bind_shared
from covey.discovery.interface_table import Flag, Interface
from covey.discovery.interfaces import choose, list_interfaces
from covey.errors import InterfaceError, ResourceError
from covey.transports.tipc.availability import probe as probe_tipc

from .firewall import Obstacle, obstacles
from .host_facts import HostFacts

__all__ = ["look_at_host"]

_PATIENCE = 5.0
"""Seconds for another program."""
_NET = Path("/sys/class/net")
_OWNERS = 8
_MEMBERSHIP = struct.Struct("@4s4si")


def look_at_host(pins: Sequence[str], *, port: int = PORT) -> HostFacts:
    """Collect what can be seen without sending.

    Args:
        pins: interfaces that were asked for, names or addresses.
        port: UDP port of the beacons.
    """
    rows = list_interfaces()
    pin_error = ""
    try:
        candidates = choose(rows, pins)
    except InterfaceError as error:
        candidates, pin_error = choose(rows), str(error)
    rules, is_readable = _firewall(port)
    tipc = probe_tipc()
    name = socket.gethostname()
    return HostFacts(
        candidates=tuple(candidates),
        pin_error=pin_error,
        without_carrier=tuple(
            row.name for row in rows if row.has(Flag.UP) and not row.has(Flag.RUNNING | Flag.LOOPBACK)
        ),
        join_errors=_join_errors([one.interface for one in candidates if one.is_used]),
        mtus={row.name: mtu for row in rows if (mtu := _number(_NET / row.name / "mtu")) is not None},
        port=port,
        port_error=_port_error(port),
        port_owners=_owners(port),
        firewall=rules,
        firewall_readable=is_readable,
        has_multicast_route=_has_route(MULTICAST_V4, port),
        host_name=name,
        host_addresses=_addresses(name),
        snooping_bridges=_snooping_bridges(),
        now=time.time(),
        tipc=tipc.describe(),
        tipc_available=tipc.available,
    )


def _port_error(port: int) -> str:
    try:
        bind_shared(socket.AF_INET, port, ()).close()
    except ResourceError as error:
        return error.reason.partition(";")[0]
    return ""


def _owners(port: int) -> tuple[str, ...]:
    """Return who holds the UDP port, as far as we may look into processes."""
    wanted = {f"socket:[{inode}]" for table in ("udp", "udp6") for inode in _inodes(table, port)}
    found = []
    for process in Path("/proc").glob("[0-9]*") if wanted else ():
        try:
            held = {str(each.readlink()) for each in (process / "fd").iterdir()}
            if held & wanted:
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue
    return tuple(found[:_OWNERS])


def _inodes(table: str, port: int) -> list[str]:
    try:
        lines = (Path("/proc/net") / table).read_text().splitlines()[1:]
    except OSError:
        return []
    columns = [line.split() for line in lines]
    return [each[9] for each in columns if len(each) > 9 and int(each[1].rpartition(":")[2], 16) == port]


def _firewall(port: int) -> tuple[tuple[Obstacle, ...], bool]:
    """Return what the rules do to us, and whether they could be read."""
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if nft is None:
        return (), False
    try:
        done = subprocess.run(
            [nft, "--json", "list", "ruleset"], capture_output=True, text=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return (), False
    if done.returncode != 0:
        return (), False
    return tuple(obstacles(done.stdout, [("udp", port), ("tcp", 0)])), True


def _join_errors(interfaces: Sequence[Interface]) -> dict[str, str]:
    """Try to join the beacons' group on each interface; return why that fails where it does."""
    errors = {}
    for one in interfaces:
        if one.family != 4 or not one.has(Flag.MULTICAST):
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            membership = _MEMBERSHIP.pack(socket.inet_aton(MULTICAST_V4), bytes(4), one.index)
            try:
                probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            except OSError as error:
                errors[one.name] = error.strerror or str(error)
    return errors


def _has_route(address: str, port: int) -> bool:
    """Ask the routing table by connecting a UDP socket, which sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, port))
        except OSError as error:
            return error.errno not in (errno.ENETUNREACH, errno.EHOSTUNREACH)
    return True


def _addresses(name: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _snooping_bridges() -> tuple[str, ...]:
    folders = _NET.glob("*/bridge") if _NET.exists() else ()
    return tuple(
        folder.parent.name
        for folder in folders
        if _number(folder / "multicast_snooping") == 1 and _number(folder / "multicast_querier") == 0
    )


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
