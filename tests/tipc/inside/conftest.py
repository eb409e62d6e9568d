"""The tests in this folder run in the test kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tipc.cluster import Cluster, Node
from tests.tipc.relay import relay_folder

TOLERANCE_MS = 500
"""How long the link of these nodes may be silent; the kernel's own 1500 would only make tests slower."""
LOSSY = "loss 5% delay 1ms"
"""One frame in twenty is lost and the rest is delayed by a millisecond, in each direction."""


def pytest_configure(config: pytest.Config) -> None:
    """Send this folder's tests into the guest."""
    relay_folder(config, Path(__file__).parent)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two joined nodes for all tests, which leave no rule and no process behind."""
    with Cluster(tolerance=TOLERANCE_MS) as nodes:
        yield nodes


@pytest.fixture
def here(cluster: Cluster) -> Iterator[Node]:
    """The first node, on which the test itself runs."""
    with cluster.nodes[0].entered():
        yield cluster.nodes[0]


@pytest.fixture
def there(cluster: Cluster) -> Node:
    """The other node."""
    return cluster.nodes[1]


@pytest.fixture
def lossy(cluster: Cluster) -> Iterator[None]:
    """Lose one frame in twenty and delay the rest by a millisecond, in both directions."""
    for node in cluster.nodes:
        node.impair(LOSSY)
    yield
    for node in cluster.nodes:
        node.heal()
