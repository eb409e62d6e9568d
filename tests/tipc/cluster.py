"""Clusters for use inside the test kernel: network namespaces that are TIPC nodes, joined by veth pairs."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Cluster", "Node", "node_address", "wait_until_nodes"]

CLONE_NEWNET = 0x40000000
LINK_SECONDS = 10.0
TOPOLOGY_SERVICE = (socket.TIPC_ADDR_NAME, 1, 1, 0)
TIPC_NODE_STATE = 0
FOREVER = 0xFFFFFFFF
PUBLISHED = 1

_numbers = itertools.count()


def node_address(number: int) -> str:
    """Return the IPv4 address of a cluster's first or second node, if it has one."""
    return f"10.77.0.{number}"


def run(*argv: str) -> str:
    """Run a system tool and return what it printed; its complaint is the error's text."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done.stdout


def _set_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@dataclass(slots=True, frozen=True)
class Node:
    """One network namespace that is a TIPC node."""

    name: str
    device: str

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return `argv` as a command that runs on this node."""
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, *argv: str) -> str:
        """Run a tool on this node."""
        return run(*self.command(argv))

    def spawn(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        """Start a program on this node, with pipes for its input and output."""
        return subprocess.Popen(
            self.command(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def spawn_python(self, source: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a program in our interpreter on this node."""
        return self.spawn([sys.executable, "-u", "-c", source, *arguments])

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make the sockets that this thread creates meanwhile belong to this node."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            with open(f"/run/netns/{self.name}", "rb") as there:
                _set_namespace(there.fileno())
            try:
                yield
            finally:
                _set_namespace(home)
        finally:
            os.close(home)

    def impair(self, rule: str) -> None:
        """Give what leaves this node a netem rule: `loss 5% delay 1ms`."""
        self.run("tc", "qdisc", "replace", "dev", self.device, "root", "netem", *rule.split())

    def heal(self) -> None:
        """Take the netem rule away."""
        subprocess.run(
            self.command(["tc", "qdisc", "del", "dev", self.device, "root"]), capture_output=True, check=False
        )


class Cluster:
    """Two nodes with a bearer each, whose link is up; a context that removes them.

    Unless given addresses, the nodes have no IP whatsoever: neither loopback nor IPv6's link-local addresses.

    Args:
        rule: netem rule for both directions, or empty.
        addresses: give the nodes loopback, IPv4 addresses (see `node_address`) and a route for multicast too.
        tolerance: link tolerance in milliseconds; 0 keeps the kernel's 1500.
        old_addresses: give the nodes TIPC addresses 1.1.1 and 1.1.2 rather than names.
    """

    def __init__(
        self, *, rule: str = "", addresses: bool = False, tolerance: int = 0, old_addresses: bool = False
    ) -> None:
        number = next(_numbers)
        self.nodes = tuple(Node(f"n{number}{side}", f"veth{number}{side}") for side in "ab")
        self._rule = rule
        self._addresses = addresses
        self._tolerance = tolerance
        self._old_addresses = old_addresses

    def __enter__(self) -> Self:
        left, right = self.nodes
        for node in self.nodes:
            run("ip", "netns", "add", node.name)
        run("ip", "link", "add", left.device, "netns", left.name, "type", "veth",
            "peer", right.device, "netns", right.name)  # fmt: skip
        for index, node in enumerate(self.nodes, 1):
            if self._addresses:
                node.run("ip", "link", "set", "lo", "up")
                node.run("ip", "address", "add", f"{node_address(index)}/24", "dev", node.device)
            else:
                node.run("ip", "link", "set", node.device, "addrgenmode", "none")
            node.run("ip", "link", "set", node.device, "up")
            if self._addresses:
                node.run("ip", "route", "add", "224.0.0.0/4", "dev", node.device)
            if self._old_addresses:
                node.run("tipc", "node", "set", "address", f"1.1.{index}")
            else:
                node.run("tipc", "node", "set", "identity", node.name)
            node.run("tipc", "bearer", "enable", "media", "eth", "device", node.device)
        wait_until_nodes(left, 2)
        wait_until_nodes(right, 2)
        for node in self.nodes:
            if self._tolerance:
                node.run("tipc", "link", "set", "tolerance", str(self._tolerance), "link", self.link(node))
            if self._rule:
                node.impair(self._rule)
        return self

    def link(self, node: Node) -> str:
        """Return the name of the link to the other node, as `node` calls it."""
        names = [line.rpartition(":")[0] for line in node.run("tipc", "link", "list").splitlines()]
        return next(name for name in names if name != "broadcast-link")

    def cut(self) -> None:
        """Lose every frame in both directions; the devices stay up, so only supervision can tell."""
        for node in self.nodes:
            node.impair("loss 100%")

    def restore(self) -> None:
        """Undo `cut`."""
        for node in self.nodes:
            if self._rule:
                node.impair(self._rule)
            else:
                node.heal()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.nodes:
            if Path(f"/run/netns/{node.name}").exists():
                subprocess.run(["ip", "netns", "delete", node.name], check=False)


def wait_until_nodes(node: Node, count: int, *, exactly: bool = False) -> None:
    """Wait until the topology service of `node` reports `count` nodes up (itself included), or more."""
    with node.entered():
        watch = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
    with watch:
        watch.connect(TOPOLOGY_SERVICE)
        watch.send(struct.pack("=5I8s", TIPC_NODE_STATE, 0, FOREVER, FOREVER, 1, b""))
        deadline = time.monotonic() + LINK_SECONDS
        up: set[int] = set()
        while len(up) != count if exactly else len(up) < count:
            if not select.select([watch], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"{node.name} sees {len(up)} nodes, not {count}")
            kind, lower = struct.unpack_from("=2I", watch.recv(64))
            (up.add if kind == PUBLISHED else up.discard)(lower)
