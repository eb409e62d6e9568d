from __future__ import annotations

import time
from types import CodeType

import pytest
from blockbuster import BlockingError

from tests.architecture.tree import SOURCE


def _in_covey(statement: str) -> CodeType:
    return compile(statement, str(SOURCE / "messaging" / "imagined.py"), "exec")


async def test_covey_must_not_block_the_loop() -> None:
    with pytest.raises(BlockingError, match=r"time\.sleep"):
        exec(_in_covey("time.sleep(0)"), {"time": time})


async def test_a_test_may_block_the_loop() -> None:
    time.sleep(0)  # noqa: ASYNC251


def test_covey_may_block_where_no_loop_runs() -> None:
    exec(_in_covey("time.sleep(0)"), {"time": time})
