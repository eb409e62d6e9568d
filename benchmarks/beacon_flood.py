"""What a flood of forged beacons does to the members of a mesh.

    python -m benchmarks.beacon_flood [--rate 100000] [--seconds 60] [--open] [--json]

Two members on hosts of the test LAN, and a third host that broadcasts forged and mutated beacons, recorded ones of
the members among them. While that goes on, the members whisper to each other and another member joins. Told are
events that should not happen (exits, nodes that nobody started), memory, and what became of the datagrams.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence

from covey import Secret
from tests.lan import Lan, isolate
from tests.lan.flood import flood

__all__ = ["main"]


async def _run(arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as directory:
        words = ["mesh=flood"]
        if not arguments.open:
            Secret.generate().save(f"{directory}/secret")
            words.append(f"secret={directory}/secret")
        async with Lan(3) as lan:
            return await flood(lan, words, arguments.rate, arguments.seconds)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.beacon_flood", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--rate", type=float, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--open", action="store_true", help="an open mesh instead of a secret one")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    isolate()
    found = asyncio.run(_run(arguments))
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value}")


if __name__ == "__main__":
    main()
