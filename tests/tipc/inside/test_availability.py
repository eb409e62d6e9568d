from __future__ import annotations

from covey.transports.tipc.availability import probe
from tests.tipc.cluster import Cluster
from tests.tipc.inside.conftest import TOLERANCE_MS


def test_a_cluster_node_reports_its_name_bearer_and_link(cluster: Cluster) -> None:
    left, right = cluster.nodes
    with left.entered():
        found = probe()
    with right.entered():
        other = probe()
    assert found.available
    assert found.module_installed
    assert found.identity == left.name
    assert found.bearers == (f"eth:{left.device}",)
    assert other.node not in (0, found.node)
    assert [(link.name, link.is_up) for link in found.links] == [(cluster.link(left), True)]
    assert found.links[0].tolerance_ms == TOLERANCE_MS
    assert "1 of 1 links up" in found.describe()


def test_a_node_without_bearer_says_how_to_join_a_cluster() -> None:
    found = probe()
    assert found.available
    assert (found.bearers, found.links) == ((), ())
    assert "tipc bearer enable" in found.describe()
