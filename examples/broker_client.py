"""A client for `broker.py`: asks one question and prints the answer, or asks again when none comes."""

import asyncio
import sys

import covey

PATIENCE = 2.0  # seconds


async def ask(broker: str, question: str) -> str:
    # A worker that dies takes its question along: so ask again, and take no late answer for the new one.
    async with covey.Req(req_relaxed=True, req_correlate=True, linger=0) as client:
        await client.connect(broker)
        while True:
            await client.send(question.encode())
            try:
                async with asyncio.timeout(PATIENCE):
                    return (await client.recv()).decode()
            except TimeoutError:
                print("no answer yet, asking again", file=sys.stderr)


if __name__ == "__main__":
    endpoint, text = [*sys.argv[1:], *["tcp://127.0.0.1:5555", "how warm is it?"][len(sys.argv) - 1 :]]
    print(asyncio.run(ask(endpoint, text)))
