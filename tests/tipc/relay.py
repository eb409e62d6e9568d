"""Runs tests in the test kernel as if they ran here: one pytest on the host, one in the guest.

The tests of a folder are collected on the host like any others. When the first one's turn comes, the guest
is booted with all selected ones of that folder; each then waits for its own reports, which the guest's
pytest writes into the share, and logs them as its own. A folder asks for this in its conftest::

    def pytest_configure(config: pytest.Config) -> None:
        relay_folder(config, Path(__file__).parent)
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tipc.kernel import INSIDE_VARIABLE, KernelError, TestKernel, kernel_missing

__all__ = ["REQUIRE_VARIABLE", "relay_folder"]

REQUIRE_VARIABLE = "COVEY_REQUIRE_PEERS"
"""Set to 1 in CI: a missing counterpart fails instead of skipping."""
SELECTION = "selection.json"
REPORTS = "reports.jsonl"
SUITE_SECONDS = 480.0
"""A net for what hangs: on an idle machine with two processors all tests take a minute."""
STUCK_SECONDS = 45
"""After this long in one test, the guest's pytest prints all stacks."""


def relay_folder(config: pytest.Config, folder: Path) -> None:
    """Have the tests below `folder` run in the guest; its conftest calls this, on both sides."""
    share = os.environ.get(INSIDE_VARIABLE)
    plugin = GuestRelay(config, Path(share)) if share else HostRelay(config, folder)
    config.pluginmanager.register(plugin, f"kernel-relay-{folder}")


class GuestRelay:
    """Inside: runs what the host selected and writes the reports into the share."""

    def __init__(self, config: pytest.Config, share: Path) -> None:
        self._config = config
        self._selection = set(json.loads((share / SELECTION).read_text()))
        self._reports = (share / REPORTS).open("a", buffering=1)
        config.add_cleanup(self._reports.close)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop what the host did not select."""
        items[:] = [item for item in items if item.nodeid in self._selection]

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one report as a line."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._reports.write(json.dumps(data) + "\n")


class HostRelay:
    """Outside: boots the guest when its first test is due, and logs what it reports."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._guest: TestKernel | None = None
        self._failure = ""
        self._reports: dict[str, list[dict[str, Any]]] = {}
        self._position = 0
        config.add_cleanup(self._close)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Log the guest's reports of this test, if it is one of ours."""
        if not item.path.is_relative_to(self._folder):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports_of(item):
            item.ihook.pytest_runtest_logreport(report=report)
        # what an earlier test on the host left set up for the folders that it shares with ours
        item.session._setupstate.teardown_exact(nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _reports_of(self, item: pytest.Item) -> list[pytest.TestReport]:
        missing = kernel_missing()
        if missing is not None:
            return [_without_kernel(item, missing, required=os.environ.get(REQUIRE_VARIABLE) == "1")]
        try:
            self._wait_for(item)
        except KernelError as error:
            self._close()
            self._failure = self._failure or str(error)
            return [_without_kernel(item, self._failure, required=True)]
        return [self._restore(data) for data in self._reports.pop(item.nodeid)]

    def _wait_for(self, item: pytest.Item) -> None:
        if self._guest is None and not self._failure:
            self._boot([other for other in item.session.items if other.path.is_relative_to(self._folder)])
        while not self._is_complete(item.nodeid):
            if self._guest is None:
                raise KernelError(self._failure)
            running = self._guest.pause()
            self._collect(self._guest.share / REPORTS)
            if not running and not self._is_complete(item.nodeid):
                raise KernelError(f"the test kernel ended without this test\n{self._guest.output()}")

    def _boot(self, items: list[pytest.Item]) -> None:
        options = ["-p", "no:cacheprovider", "-o", f"faulthandler_timeout={STUCK_SECONDS}"]
        options += ["--rootdir", str(self._config.rootpath), "-c", str(self._config.inipath)]
        self._guest = TestKernel(
            [sys.executable, "-m", "pytest", *options, *sorted({str(item.path) for item in items})],
            timeout=SUITE_SECONDS,
            files={SELECTION: json.dumps([item.nodeid for item in items])},
        )

    def _is_complete(self, nodeid: str) -> bool:
        return any(data["when"] == "teardown" for data in self._reports.get(nodeid, ()))

    def _collect(self, path: Path) -> None:
        if not path.exists():
            return
        with path.open("rb") as lines:
            lines.seek(self._position)
            text = lines.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._position += len(whole)
        for line in whole.splitlines():
            data = json.loads(line)
            self._reports.setdefault(data["nodeid"], []).append(data)

    def _restore(self, data: dict[str, Any]) -> pytest.TestReport:
        report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
        assert isinstance(report, pytest.TestReport)
        if isinstance(report.longrepr, list):  # a skip's place and reason, whose tuple JSON cannot keep
            report.longrepr = tuple(report.longrepr)
        return report

    def _close(self) -> None:
        if self._guest is not None:
            self._guest.close()
            self._guest = None


def _without_kernel(item: pytest.Item, reason: str, *, required: bool) -> pytest.TestReport:
    if required:
        return pytest.TestReport(item.nodeid, item.location, {}, "failed", reason, "call")
    skipped = (str(item.path), item.location[1] or 0, f"Skipped: {reason}")
    return pytest.TestReport(item.nodeid, item.location, {}, "skipped", skipped, "setup")
