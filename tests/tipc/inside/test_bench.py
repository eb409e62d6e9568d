"""`covey bench tipc`: beside libzmq in the same kernel."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.tipc.cluster import Node


def test_the_bench_gives_figures_for_both(here: Node) -> None:
    """How fast each is on a quiet machine, `python -m benchmarks.tipc` tells."""
    argv = [
        "bench",
        "tipc",
        "--rounds",
        "1",
        "--seconds",
        "0.2",
        "--only",
        "covey",
        "--only",
        "pyzmq",
        "--json",
    ]
    done = subprocess.run([sys.executable, "-m", "covey", *argv], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["case"] == "tipc"
    assert {name for name, result in figures["results"].items() if result["median"] > 0} == {"covey", "pyzmq"}
