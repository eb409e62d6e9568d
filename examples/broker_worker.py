"""A worker for `broker.py`: says that it is ready, then answers each question in capitals."""

import asyncio
import sys

import covey


async def work(broker: str) -> None:
    async with covey.Dealer() as worker:
        await worker.connect(broker)
        await worker.send(b"ready")
        async for *envelope, question in worker:
            print("asked:", question.decode(), flush=True)
            await worker.send_multipart([*envelope, question.upper()])


if __name__ == "__main__":
    try:
        asyncio.run(work(*sys.argv[1:] or ["tcp://127.0.0.1:5556"]))
    except KeyboardInterrupt:
        pass
