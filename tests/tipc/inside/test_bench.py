"""`covey bench tipc`: beside libzmq in the same kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.tipc.cluster import Node


@pytest.mark.parametrize("size", ["32", "1024"])
def test_the_bench_gives_figures_for_both(here: Node, size: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "covey", "bench", "tipc", "--size", size, "--rounds", "1", "--seconds", "0.5",
         "--only", "covey", "--only", "pyzmq", "--json"],
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=60,
    )  # fmt: skip
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    figures = json.loads(done.stdout)
    assert figures["case"] == "tipc"
