"""A broker: clients ask, workers answer, and each question goes to a worker that is free.

    python examples/broker.py [CLIENTS WORKERS]      endpoints, by default tcp://127.0.0.1:5555 and :5556
    python examples/broker_worker.py [WORKERS]       as many as you like, before or after the broker
    python examples/broker_client.py [CLIENTS] [QUESTION]

docs/sockets/router.md explains it line by line.
"""

import asyncio
import sys

import covey


async def broker(clients_at: str, workers_at: str) -> None:
    async with covey.Router() as clients, covey.Router(router_mandatory=True) as workers:
        print("clients at", await clients.bind(clients_at), flush=True)
        print("workers at", await workers.bind(workers_at), flush=True)
        free: asyncio.Queue[bytes] = asyncio.Queue()

        async def hand_out() -> None:
            async for client, *question in clients:
                while True:
                    worker = await free.get()
                    try:
                        await workers.send_multipart([worker, client, *question])
                        break
                    except covey.NoRoute:
                        print(worker, "has left", flush=True)

        async def bring_back() -> None:
            async for worker, *frames in workers:
                if frames != [b"ready"]:
                    await clients.send_multipart(frames)
                free.put_nowait(worker)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hand_out())
            tasks.create_task(bring_back())


if __name__ == "__main__":
    endpoints = sys.argv[1:] or ["tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"]
    try:
        asyncio.run(broker(*endpoints))
    except KeyboardInterrupt:
        pass
