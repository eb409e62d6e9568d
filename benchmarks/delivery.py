"""Numbered messages from PUSH to PULL under cancelled calls and reconnects of an idle link: all come, once, in order.

    python -m benchmarks.delivery [--count 10000000] [--seed 1] [--endpoint ENDPOINT] [--binder push] [--curve]

Ends with status 1 and the first message that came wrongly, or says how much was delivered. What happens is
decided by the seed, as far as the kernel's timing lets it; `tests/messaging/test_delivery.py` does the same
in small.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time

import covey
from tests.lan import isolate
from tests.messaging.delivery import Delivery


def _securities(*, curve: bool) -> tuple[covey.CurveClient | None, covey.CurveServer | None]:
    if not curve:
        return None, None
    keys = covey.CurveKeys.generate()
    return covey.CurveClient(covey.CurveKeys.generate(), keys.public), covey.CurveServer(keys)


async def _deliver(arguments: argparse.Namespace) -> Delivery:
    client, server = _securities(curve=arguments.curve)
    binds = arguments.binder == "push"
    push = covey.Push(security=server if binds else client)
    pull = covey.Pull(security=client if binds else server)
    async with push, pull:
        bound, dialling = (push, pull) if binds else (pull, push)
        endpoint = await bound.bind(arguments.endpoint)
        delivery = Delivery(push, pull, arguments.count, random.Random(arguments.seed), dialling, endpoint)
        await delivery.run()
        return delivery


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:*")
    parser.add_argument("--binder", choices=["push", "pull"], default="pull")
    parser.add_argument("--curve", action="store_true")
    arguments = parser.parse_args()
    isolate()
    begun = time.perf_counter()
    try:
        delivery = asyncio.run(_deliver(arguments))
    except ExceptionGroup as wrong:
        print(*wrong.exceptions, sep="\n", file=sys.stderr)
        return 1
    seconds = time.perf_counter() - begun
    print(
        f"{delivery.expected} messages in order in {seconds:.1f} s; "
        f"{delivery.cancelled} calls were cancelled, the idle link was made anew {delivery.redials} times"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
