"""The broker of the documentation: the example runs, and what is printed of it elsewhere is the same program."""

from __future__ import annotations

import asyncio
import inspect
import sys
import textwrap
from pathlib import Path
from typing import Any

import covey
import covey.messaging
from tests.lan import Program
from tests.lan.host import environment
from tests.messaging.helpers import soon

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


async def start(name: str, *arguments: str) -> Program:
    return await Program.start([], [sys.executable, str(EXAMPLES / name), *arguments], environment())


async def test_the_broker_takes_questions_to_workers_and_answers_back(tmp_path: Path) -> None:
    clients, workers = f"ipc://{tmp_path}/clients", f"ipc://{tmp_path}/workers"
    broker = await start("broker.py", clients, workers)
    assert await broker.readline() == f"clients at {clients}"
    early = await start("broker_client.py", clients, "who is there?")
    worker = await start("broker_worker.py", workers)
    assert await early.readline() == "WHO IS THERE?"
    assert await worker.readline() == "asked: who is there?"
    await worker.close()
    second = await start("broker_worker.py", workers)
    late = await start("broker_client.py", clients, "and now?")
    assert await late.readline() == "AND NOW?"
    for program in (early, late, second, broker):
        await program.close()


async def test_the_broker_in_the_help_of_router_runs(tmp_path: Path) -> None:
    text = inspect.getdoc(covey.Router)
    assert text is not None
    code = text[text.index("    async def broker(") : text.index("`examples/broker.py`")]
    names: dict[str, Any] = {"asyncio": asyncio, "covey": covey}
    exec(textwrap.dedent(code), names)
    clients, workers = f"ipc://{tmp_path}/clients", f"ipc://{tmp_path}/workers"
    serving = asyncio.create_task(names["broker"](clients, workers))
    async with covey.Dealer(linger=0) as leaver, covey.Dealer(linger=0) as worker, covey.Req(linger=0) as ask:
        for one, at in ((leaver, workers), (worker, workers), (ask, clients)):
            await one.connect(at)
            await soon(one.wait_connected())
        await leaver.send(b"ready")
        await leaver.close()
        await worker.send(b"ready")
        await ask.send(b"question")
        *envelope, question = await soon(worker.recv_multipart())
        await worker.send_multipart([*envelope, question + b"!"])
        assert await soon(ask.recv()) == b"question!"
    serving.cancel()
    await asyncio.wait([serving])


def test_the_page_shows_the_program() -> None:
    source = (EXAMPLES / "broker.py").read_text(encoding="utf-8")
    shown = source[source.index("async def broker(") : source.index("\n\nif __name__")]
    assert shown.strip() in (ROOT / "docs" / "sockets" / "router.md").read_text(encoding="utf-8")


def test_every_socket_type_has_its_section() -> None:
    page = (ROOT / "docs" / "sockets" / "README.md").read_text(encoding="utf-8")
    for name in covey.messaging.__all__:
        kind = getattr(covey.messaging, name)
        section = page.partition(f"\n## {kind.socket_type}\n")[2].partition("\n## ")[0]
        assert f"`covey.{name}`" in section, name
        if kind is not covey.Router:
            assert all(peer in section for peer in kind.peer_types - {kind.socket_type}), name
