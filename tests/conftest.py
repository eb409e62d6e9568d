"""What every test stands on: a network that is not the machine's, and hosts where a test asks for them."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from tests.lan import Lan, LanUnavailable, is_isolated, isolate

__all__: list[str] = []

REQUIRE_PEERS = os.environ.get("COVEY_REQUIRE_PEERS") == "1"
"""Set by `.ci/run`: whatever a test needs and does not find is a failure, not a skip."""

settings.register_profile("covey", deadline=None, derandomize=True)
settings.load_profile("covey")

_why_not_isolated = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Leave the machine's network before any test or program is started, and let bytecode be kept.

    Where a variable forbids that, each of the programs that tests start would compile covey anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    try:
        isolate()
    except LanUnavailable as error:
        config.stash[_why_not_isolated] = str(error)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what network the tests have."""
    if is_isolated():
        return "network: a namespace of its own with loopback; test LANs are available"
    return f"network: the machine's own, loopback only, no test LANs: {config.stash[_why_not_isolated]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with real programs or hosts a second try; the report counts it (decision 13)."""
    for item in items:
        if item.get_closest_marker("lan") is not None or item.get_closest_marker("interop") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep tests that broadcast, or need hosts, off the machine's real interfaces."""
    if item.get_closest_marker("lan") is not None and not is_isolated():
        missing(item.config.stash[_why_not_isolated])


def missing(reason: str) -> None:
    """Skip the test for want of something; fail it where everything must be present."""
    if REQUIRE_PEERS:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def never_blocks() -> Iterator[None]:
    """Fail a test in which covey blocks the event loop: a file, a sleep, a socket that waits.

    Key files are read and written where the caller says so, before the loop has work: `Secret.load(path)`.
    """
    with blockbuster_ctx("covey", excluded_modules=["covey.security"]):
        yield


LanFactory = Callable[..., Lan]
"""Takes what `Lan` takes: `lan(hosts=4)`, `lan(["kitchen", "cellar"], subnet="10.9.0.0/16")`."""


@pytest.fixture
async def lan(request: pytest.FixtureRequest) -> AsyncIterator[LanFactory]:
    """Make LANs that are taken down, with everything that runs on them, when the test is over."""
    if not is_isolated():
        missing(request.config.stash[_why_not_isolated])
    made: list[Lan] = []

    def build(hosts: int | Sequence[str] = 2, subnet: str = "10.77.0.0/24") -> Lan:
        network = Lan(hosts, subnet)
        made.append(network)
        return network.__enter__()

    yield build
    for network in made:
        await network.aclose()


@pytest.fixture
def loopback() -> str:
    """Name the interface on which a test may broadcast in its own process: `lo`.

    It multicasts too, where the tests have a network of their own.
    """
    return "lo"
