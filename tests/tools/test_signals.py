from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

import pytest

from covey.tools.signals import run_interruptible


def test_a_coroutine_that_ends_gives_its_status() -> None:
    async def main() -> int:
        return 7

    assert run_interruptible(main) == 7


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_contexts_take_their_leave(number: signal.Signals, status: int) -> None:
    said = []

    async def main() -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("goodbye")
        return 0

    assert run_interruptible(main) == status
    assert said == ["goodbye"]


def test_a_verb_that_ends_by_signal_alone_gives_its_own_status() -> None:
    async def main() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        return 1

    assert run_interruptible(main, stopped=0) == 0


def test_a_goodbye_that_hangs_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covey.tools.signals.GRACE", 0.01)

    async def main() -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()
        return 1

    assert run_interruptible(main, stopped=0) == 0


def test_a_cancellation_without_signal_is_no_stop() -> None:
    async def main() -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_interruptible(main, stopped=0)


def test_a_signal_before_anything_runs_is_not_lost() -> None:
    def main() -> Coroutine[Any, Any, int]:
        os.kill(os.getpid(), signal.SIGTERM)  # the loop is there, its task is not
        return wait()

    async def wait() -> int:
        await asyncio.Event().wait()
        return 1

    assert run_interruptible(main, stopped=0) == 0


def test_handlers_are_those_of_before_afterwards() -> None:
    async def main() -> int:
        return 0

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run_interruptible(main)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
