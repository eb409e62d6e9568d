"""Use the test LAN by hand.

::

    python -m tests.lan [--hosts N] [--subnet NET] -- COMMAND...   run COMMAND on the first host
    python -m tests.lan [--hosts N] --all -- COMMAND...            ... on every host at once
    python -m tests.lan [--hosts N] shell                          an interactive shell on the first host
    python -m tests.lan --loopback -- COMMAND...                   no LAN: a network with nothing but loopback

On a host, `on h2 COMMAND...` runs a command on another one. `covey` is importable from the sources.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from . import Lan, LanUnavailable, isolate
from .host import environment


def main() -> int:
    """Build what was asked for, run the command, and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.lan", usage=__doc__)
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--subnet", default="10.77.0.0/24")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--loopback", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if command == ["shell"]:
        command = [os.environ.get("SHELL", "/bin/sh"), "-i"]
    try:
        if given.loopback:
            isolate()
            return subprocess.run(command, env=environment()).returncode
        with Lan(given.hosts, given.subnet) as lan, tempfile.TemporaryDirectory() as directory:
            return run(lan, command, Path(directory), everywhere=given.all)
    except LanUnavailable as error:
        print(error, file=sys.stderr)
        return 2


def run(lan: Lan, command: list[str], directory: Path, *, everywhere: bool) -> int:
    """Run a command on the first host or on all, and return the worst exit status."""
    switch = "".join(
        f'{host.name}) shift; exec {shlex.join(host.command([], cwd="/"))} "$@";;\n' for host in lan.hosts
    )
    tool = directory / "on"
    tool.write_text(f'#!/bin/sh\ncase "$1" in\n{switch}*) echo "no host $1" >&2; exit 2;;\nesac\n')
    tool.chmod(0o755)
    started = [
        subprocess.Popen(
            host.command(command), env=environment({"PATH": f"{directory}:{os.environ.get('PATH', '')}"})
        )
        for host in (lan.hosts if everywhere else lan.hosts[:1])
    ]
    try:
        return max(process.wait() for process in started)
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
