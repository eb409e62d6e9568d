from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys

from tests.architecture.tree import ROOT, module_names, modules
from tests.lan.host import environment

LONGEST_FILE = 400
LONGEST_TEST_FILE = 700
LONGEST_FUNCTION = 50
"""Lines; a function's are counted without its docstring."""

IMPORT_BUDGET = 0.050
"""How much longer than an interpreter alone `import covey` may take. Seconds."""

# asyncio is there before: nearly all import it, which would be most of the time that this takes
_IMPORT_EACH_ALONE = """
import asyncio, importlib, json, os, sys
failed = {}
for name in json.load(sys.stdin):
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            importlib.import_module(name)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as pipe:
        text = pipe.read()
    os.wait()
    if text:
        failed[name] = text
print(json.dumps(failed))
"""

_NEW_FROM_ELSEWHERE = """
import sys
before = set(sys.modules)
import covey
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - {"covey"} - sys.stdlib_module_names))
"""


def _python(code: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_every_module_imports_alone_in_a_fresh_process() -> None:
    assert json.loads(_python(_IMPORT_EACH_ALONE, json.dumps(module_names()))) == {}


def test_every_module_declares_what_it_offers() -> None:
    silent = []
    for name in module_names():
        tree = ast.parse(modules()[name].read_text())
        names = [
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        ]
        if "__all__" not in names and len(tree.body) > 1:
            silent.append(name)
    assert silent == []


def test_importing_covey_pulls_nothing_from_elsewhere() -> None:
    assert _python(_NEW_FROM_ELSEWHERE).strip() == "[]"


def test_importing_covey_costs_little_more_than_an_interpreter() -> None:
    def processor_time(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _python(code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # the best of interleaved runs: whatever else the machine does can only make a run slower
    pairs = [(processor_time("pass"), processor_time("import covey")) for _ in range(15)]
    assert min(loaded for _, loaded in pairs) - min(bare for bare, _ in pairs) < IMPORT_BUDGET


def test_files_stay_short() -> None:
    long = {
        name: count
        for name, path in modules().items()
        if path.name != "constants.py" and (count := _lines(path.read_text())) > LONGEST_FILE
    }
    tests = (ROOT / "tests").rglob("*.py")
    long |= {str(path): count for path in tests if (count := _lines(path.read_text())) > LONGEST_TEST_FILE}
    assert long == {}


def test_functions_stay_short() -> None:
    long = {}
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                count = (node.end_lineno or 0) - body[0].lineno + 1
                if count > LONGEST_FUNCTION:
                    long[f"{name}.{node.name}"] = count
    assert long == {}


def _lines(text: str) -> int:
    return text.count("\n")
