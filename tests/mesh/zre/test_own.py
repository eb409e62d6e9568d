"""What a node says of itself."""

from __future__ import annotations

from uuid import UUID

import pytest

from covey.mesh.zre.own import ClusterEndpoints, OwnNode


def test_endpoints_are_those_that_the_peer_can_reach() -> None:
    routes = {"10.0.0.9": "10.0.0.1", "fe80::9": "fe80::1"}
    own = OwnNode(UUID(int=7), "n", "lab", 7000, lambda host: routes[host], 7001, {"X": "y"})
    assert own.routing_id == b"\x01" + bytes(15) + b"\x07"
    assert own.endpoint_towards("tcp://10.0.0.9:1") == "tcp://10.0.0.1:7000"
    assert own.endpoint_towards("tcp://[fe80::9]:1") == "tcp://[fe80::1]:7000"
    assert own.headers_towards("tcp://10.0.0.9:1") == {
        "X": "y",
        "X-COVEY-MESH": "lab",
        "X-COVEY-TOPICS": "tcp://10.0.0.1:7001",
    }


def test_a_node_may_publish_nothing() -> None:
    own = OwnNode(UUID(int=7), "n", "lab", 7000, lambda host: host)
    assert "X-COVEY-TOPICS" not in own.headers_towards("tcp://10.0.0.9:1")


def test_names_are_bounded() -> None:
    with pytest.raises(ValueError, match="255"):
        OwnNode(UUID(int=7), "n" * 256, "lab", 7000, lambda host: host)


def test_peers_of_a_cluster_are_told_its_endpoints_and_others_are_not() -> None:
    cluster = ClusterEndpoints("tipc://{65, 1}@1.1.1", "tipc://{66, 1}@1.1.1")
    own = OwnNode(UUID(int=1), "n", "lab", 7000, lambda _host: "10.0.0.1", 7001, cluster=cluster)
    assert own.endpoint_towards("tipc://{65, 2}@1.1.2") == cluster.mailbox
    assert own.headers_towards("tipc://{65, 2}@1.1.2")["X-COVEY-TOPICS"] == cluster.topics
    assert own.endpoint_towards("tcp://10.0.0.9:1") == "tcp://10.0.0.1:7000"
    assert own.headers_towards("tcp://10.0.0.9:1")["X-COVEY-TOPICS"] == "tcp://10.0.0.1:7001"
