from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tipc.kernel import PROJECT, KernelError, TestKernel, kernel_missing, run_in_kernel
from tests.tipc.relay import REQUIRE_VARIABLE

needs_kernel = pytest.mark.skipif(
    kernel_missing() is not None and os.environ.get(REQUIRE_VARIABLE) != "1", reason=str(kernel_missing())
)

SAMPLE_CONFTEST = """
from pathlib import Path
from tests.tipc.relay import relay_folder

def pytest_configure(config):
    relay_folder(config, Path(__file__).parent)
"""
SAMPLE_TESTS = """
import platform, pytest

@pytest.mark.parametrize("word", ["a b", "c[d]"])
def test_passes(word):
    pass

def test_fails():
    print("some words")
    assert platform.node() == "somewhere else"

def test_is_skipped():
    pytest.skip("with a reason")

def test_is_deselected():
    pass
"""


@needs_kernel
def test_a_command_returns_its_output_and_status() -> None:
    result = run_in_kernel(["sh", "-c", "echo out; echo err >&2; exit 7"], timeout=40)
    assert (result.returncode, result.stdout, result.stderr) == (7, "out\n", "err\n")
    assert "Linux version" in result.log
    with pytest.raises(KernelError, match="exit status 7"):
        result.check()


@needs_kernel
def test_a_guest_that_takes_too_long_is_killed_and_leaves_nothing() -> None:
    with TestKernel(["sh", "-c", "touch /run/share/here; sleep 100"], timeout=40) as guest:
        directory, process = guest.directory, guest.pid
        while not (guest.share / "here").exists():
            assert guest.pause()
        guest.deadline = time.monotonic()
        with pytest.raises(KernelError, match="ran out of time"):
            guest.wait()
    assert not directory.exists()
    assert not Path(f"/proc/{process}").exists()


@needs_kernel
def test_results_of_the_guest_are_reported_as_if_run_here(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(SAMPLE_CONFTEST)
    (tmp_path / "test_sample.py").write_text(SAMPLE_TESTS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {PROJECT}\n")
    argv = [sys.executable, "-m", "pytest", "-v", "-rs", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [
            *argv,
            "-c",
            str(tmp_path / "pytest.ini"),
            "--deselect",
            "test_sample.py::test_is_deselected",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "test_sample.py::test_passes[a b] PASSED" in done.stdout
    assert "test_sample.py::test_passes[c[d]] PASSED" in done.stdout
    assert "test_sample.py::test_fails FAILED" in done.stdout
    assert "some words" in done.stdout
    assert "AssertionError: assert 'test-kernel' == 'somewhere else'" in done.stdout
    assert "with a reason" in done.stdout
    assert "1 failed, 2 passed, 1 skipped, 1 deselected" in done.stdout
