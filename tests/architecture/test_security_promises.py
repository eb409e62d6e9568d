"""Every promise of docs/security.md is defended by a test that exists."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT

GUIDE = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def promises() -> list[str]:
    """Return the rows of the table of promises."""
    lines = GUIDE.read_text().splitlines()
    start = lines.index("| promise | modes | test that defends it |")
    rows = lines[start + 2 :]
    return rows[: next(at for at, line in enumerate(rows) if not line.startswith("|"))]


def test_every_promise_names_its_test() -> None:
    assert len(promises()) > 15
    assert [row for row in promises() if not _NAMED.search(row)] == []


def test_the_tests_that_are_named_exist() -> None:
    named = _NAMED.findall(GUIDE.read_text())
    missing = []
    for path, name in named:
        file = ROOT / path
        tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
        if name not in {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }:
            missing.append(f"{path}::{name}")
    assert missing == []
