from __future__ import annotations

from pathlib import Path

import covey
from covey.tools import children


def search_path_of(process_id: int) -> str:
    """Return the PYTHONPATH of a process."""
    entries = Path(f"/proc/{process_id}/environ").read_text().split("\0")
    return next(entry.partition("=")[2] for entry in entries if entry.startswith("PYTHONPATH="))


async def test_a_child_is_the_covey_that_runs_here() -> None:
    process = await children.start("covey.tools.bench.worker")
    assert search_path_of(process.pid).startswith(str(Path(covey.__file__).parent.parent))
    await children.end(process)
    assert process.returncode == -9


async def test_the_last_words_of_a_child_are_kept() -> None:
    process = await children.start("covey.tools.no_such_module")
    assert "no_such_module" in await children.last_words(process)
    await children.end(process)


async def test_a_child_that_ended_already_is_no_trouble() -> None:
    process = await children.start("covey.tools.bench.worker")
    assert process.stdin is not None
    process.stdin.close()  # no spec: the worker fails
    await children.farewell(process)
    assert process.returncode == 1
    await children.end(process)
