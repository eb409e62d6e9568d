from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, modules
from tests.lan.host import environment

CORES = (
    "covey.security",
    "covey.transports.zmtp",
    "covey.transports.pgm",
    "covey.discovery.directory",
    "covey.discovery.sighting",
    "covey.mesh.zre",
)
"""Packages and modules that do no I/O, know no clock and draw no randomness."""

CORE_FILES = frozenset({"codec", "constants", "core", "pace", "replay", "wire"})
"""Modules of any discovery medium and of the mesh that are cores by their name."""

FORBIDDEN = frozenset(
    {
        "asyncio",
        "concurrent",
        "random",
        "select",
        "selectors",
        "socket",
        "ssl",
        "subprocess",
        "threading",
        "time",
    }
)


def _is_core(name: str) -> bool:
    if any(name == core or name.startswith(core + ".") for core in CORES):
        return True
    part, _, last = name.removeprefix("covey.").partition(".")
    return part in ("discovery", "mesh") and last.rpartition(".")[2] in CORE_FILES


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the top-level packages that run-time code of a file imports from outside, with their lines."""
    tree = ast.parse(path.read_text())
    only_for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in only_for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]


def test_imports_point_down_the_layers() -> None:
    check = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", check, "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(filter(_is_core, modules())))
def test_a_core_does_no_input_output_and_knows_no_clock(name: str) -> None:
    path = modules()[name]
    assert [f"line {line}: {what}" for line, what in _imports(path) if what in FORBIDDEN] == []
