"""What a stranger on the LAN can take from the members of a secret mesh.

    python -m benchmarks.under_attack [--messages 20000] [--rounds 3] [--seconds 600] [--strength 1.0] [--json]

Two members on hosts of the test LAN whisper to each other, in quiet and under attack by turns. The stranger, on a
third host, has recorded them from the start: it sends forged beacons and announcements, recorded ones as they were
and changed, handshakes with forged, recorded, oversized and halting words, and SYNs from addresses that nobody has.
Told are the throughput of both, what was tried, memory, and what the attack cost the busier member (`member_processor`,
a share of one core, which other work on the machine does not change). The status is 1 when a member believed anything,
or was slower than 0.7 of what it is in quiet: leave the machine alone for that. On one machine the stranger's own
work costs the members processor time, too, so its rates are bounded: `--strength` multiplies them, and its share of a
core is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covey import Secret
from tests.lan import Lan, isolate
from tests.lan.attack import RATES, attack

__all__ = ["main"]

_GOAL = 0.7


async def _run(wanted: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        secret = Path(directory) / "secret"
        Secret.generate().save(secret)
        rates = {kind: rate * wanted.strength for kind, rate in RATES.items()}
        async with Lan(3) as lan:
            options = {"rounds": wanted.rounds, "seconds": wanted.seconds, "rates": rates}
            return await attack(lan, secret, wanted.messages, **options)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.under_attack", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--messages", type=int, default=20_000, help="of one round")
    parser.add_argument("--rounds", type=int, default=3, help="in quiet, and as many under attack")
    parser.add_argument("--seconds", type=float, default=0.0, help="under attack, at least")
    parser.add_argument("--strength", type=float, default=1.0, help="multiplies the stranger's rates")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(argv)
    isolate()
    found = asyncio.run(_run(wanted))
    if wanted.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:20} {value}")
    return int(any(found["strange"]) or bool(found["clear"]) or found["share"] < _GOAL)


if __name__ == "__main__":
    sys.exit(main())
