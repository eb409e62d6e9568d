"""What the other tests of this folder take for granted about the guest."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from tests.tipc.cluster import Cluster, wait_until_nodes


def test_the_host_cannot_be_written_to(tmp_path: Path) -> None:
    assert os.statvfs(Path(__file__)).f_flag & os.ST_RDONLY
    (tmp_path / "file").write_text("the guest's own")


def test_two_nodes_have_a_working_link(cluster: Cluster) -> None:
    left, right = cluster.nodes
    with left.entered():
        listener = socket.socket(socket.AF_TIPC, socket.SOCK_STREAM)
    with right.entered():
        client = socket.socket(socket.AF_TIPC, socket.SOCK_STREAM)
    with listener, client:
        listener.bind((socket.TIPC_ADDR_NAMESEQ, 4711, 0, 0))
        listener.listen()
        client.setblocking(False)
        client.connect_ex((socket.TIPC_ADDR_NAME, 4711, 0, 0))
        accepted = listener.accept()[0]
        with accepted:
            client.send(b"across")
            assert accepted.recv(100) == b"across"


def test_netem_delays_what_leaves_a_node(cluster: Cluster) -> None:
    left, _ = cluster.nodes
    left.impair("delay 1ms")
    try:
        assert "delay 1ms" in left.run("tc", "qdisc", "show", "dev", left.device)
    finally:
        left.heal()


def test_a_cut_link_comes_back(cluster: Cluster) -> None:
    cluster.cut()
    wait_until_nodes(cluster.nodes[0], 1, exactly=True)
    cluster.restore()
    wait_until_nodes(cluster.nodes[0], 2)


def test_foreign_libzmq_speaks_tipc() -> None:
    code = "import zmq; print(zmq.has('tipc'))"
    assert subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True).stdout == b"True\n"
