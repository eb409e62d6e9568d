"""Ending the background task of a source."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["stop_task"]


async def stop_task(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it ended.

    Raises:
        BaseException: whatever ended it before, because only bugs do that.
    """
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (bug := task.exception()) is not None:
        raise bug
