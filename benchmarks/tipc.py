"""`covey bench tipc` in the user-mode kernel of the tests, for machines whose own kernel has no TIPC.

    python -m benchmarks.tipc [--size 32 1024] [--rounds 5] [--seconds 1] [--json]

Exit status 1 when covey is slower than libzmq at any size. The guest has one processor, which the two ends
share: read the ratios. On a machine that has TIPC, run `covey bench tipc --size SIZE` itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from tests.tipc.kernel import PROJECT, run_in_kernel

_PATIENCE = 60.0
"""Seconds for the boot and for starting workers."""
_FASTEST = "pyzmq"
"""The faster of libzmq's two ways from Python."""
_IMPLEMENTATIONS = 4


def measure(size: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Return what `covey bench --json` says of one size.

    Raises:
        KernelError: the guest did not boot, or the bench failed in it.
    """
    bench = [sys.executable, "-m", "covey", "bench", "tipc", "--batch", "--json"]
    bench += ["--size", str(size), "--rounds", str(rounds), "--seconds", str(seconds)]
    done = run_in_kernel(
        bench,
        timeout=_PATIENCE + rounds * _IMPLEMENTATIONS * (seconds + 5),
        environment={"PYTHONPATH": str(PROJECT / "src")},
    )
    result: dict[str, Any] = json.loads(done.check().stdout)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tipc", description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, nargs="+", default=[32, 1024])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    status = 0
    for size in arguments.size:
        result = measure(size, arguments.rounds, arguments.seconds)
        medians = {name: each["median"] for name, each in result["results"].items()}
        status |= medians["covey"] < medians[_FASTEST]
        if arguments.json:
            print(json.dumps(result))
        else:
            shown = (
                f"{name} {median:,.0f} msg/s ({medians['covey'] / median:.2f} x)"
                for name, median in medians.items()
            )
            print(f"{size} B: {', '.join(shown)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
