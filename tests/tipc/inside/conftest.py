"""The tests in this folder run in the test kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tipc.cluster import Cluster
from tests.tipc.relay import relay_folder


def pytest_configure(config: pytest.Config) -> None:
    """Send this folder's tests into the guest."""
    relay_folder(config, Path(__file__).parent)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two joined nodes for all tests, which leave no rule and no process behind."""
    with Cluster() as nodes:
        yield nodes
