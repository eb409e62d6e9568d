"""The crew with real members on a loopback of its own, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from covey.security.secret import Secret
from covey.tools.demo.crew import Crew, DemoFailed, DemoPlan
from covey.tools.demo.standing import Standing


@pytest.fixture
def plan(loopback: str, tmp_path: Path) -> DemoPlan:
    path = tmp_path / "secret"
    Secret.generate().save(path)
    return DemoPlan(2, 60.0, 50.0, f"test-{os.getpid()}", str(path), (loopback,))


def members() -> list[int]:
    """Return the process ids of our children that play in a demo."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"covey.tools.demo.member" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


class AtPhase:
    """Does something when a phase begins."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self.begun = asyncio.Event()

    def show(self, standing: Standing) -> None:
        if standing.phase == self._phase:
            self.begun.set()


async def test_a_member_that_dies_is_named_and_the_others_are_ended(plan: DemoPlan) -> None:
    view = AtPhase("publishing")
    running = asyncio.create_task(Crew(plan, view.show).run())
    await view.begun.wait()
    os.kill(members()[0], signal.SIGKILL)
    with pytest.raises(DemoFailed, match=r"node-\d: ended with status -9"):
        await running
    assert members() == []


async def test_an_interrupted_demo_leaves_nobody_behind(plan: DemoPlan) -> None:
    view = AtPhase("publishing")
    running = asyncio.create_task(Crew(plan, view.show).run())
    await view.begun.wait()
    assert len(members()) == 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert members() == []


async def test_a_mesh_that_does_not_form_is_given_up(plan: DemoPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covey.tools.demo.crew.FORM_SECONDS", 0.01)
    with pytest.raises(DemoFailed, match=r"starting took longer than .* node-1 is not up"):
        await Crew(plan, lambda _standing: None).run()
    assert members() == []
