"""The newcomer's way of docs/security.md, command by command as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.conftest import LanFactory
from tests.lan import Host
from tests.lan.host import environment
from tests.lan.program import Completed, Program

pytestmark = pytest.mark.lan

GUIDE = Path(__file__).parents[2] / "docs" / "security.md"
_LINE = re.compile(r"^(owner|kitchen|cellar)\$ (.+)$", re.M)
SCP = """#!/bin/sh
# stands in for scp: a host's home is the folder of its name beside ours
set -e
place() { case "$1" in *:*) echo "$HOMES/${1%%:*}/${1#*:}" ;; *) echo "$1" ;; esac; }
cp "$(place "$1")" "$(place "$2")"
"""


class Story:
    """The three machines of the guide."""

    def __init__(self, homes: Path, hosts: dict[str, Host]) -> None:
        self.homes = homes
        self.hosts = hosts
        self.running: list[Program] = []
        tools = homes / "bin"
        tools.mkdir()
        for name, text in (
            ("scp", SCP),
            ("covey", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m covey "$@"\n'),
        ):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        passphrase = homes / "passphrase"
        passphrase.write_text("correct horse\n")
        passphrase.chmod(0o600)
        for name in hosts:
            (homes / name).mkdir()

    def _script(self, name: str, command: str) -> list[str]:
        home = self.homes / name
        words = {
            "HOME": str(home),
            "HOMES": str(self.homes),
            "PATH": f"{self.homes / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": environment()["PYTHONPATH"],
        }
        if name == "owner":  # who would type it
            words["COVEY_PASSPHRASE_FILE"] = str(self.homes / "passphrase")
        return [
            "env",
            "-u",
            "XDG_CONFIG_HOME",
            "-C",
            str(home),
            *(f"{k}={v}" for k, v in words.items()),
            "sh",
            "-c",
            command,
        ]

    async def run(self, name: str, command: str) -> Completed | Program:
        """Run a command of the guide on its machine; one that ends in & is left running."""
        host = self.hosts[name]
        if command.endswith("&"):
            program = await host.start(self._script(name, "exec " + command.removesuffix("&")))
            self.running.append(program)
            return program
        program = await host.start(self._script(name, command))
        return await program.finish()


async def test_a_newcomer_founds_joins_restricts_and_revokes(lan: LanFactory, tmp_path: Path) -> None:
    commands = _LINE.findall(GUIDE.read_text())
    assert [len([1 for host, _ in commands if host == name]) for name in ("owner", "kitchen", "cellar")] == [
        9,
        5,
        4,
    ]
    network = lan(["owner", "kitchen", "cellar"])
    story = Story(tmp_path, {host.name: host for host in network.hosts})
    listener = agent = None
    words: dict[str, str] = {}
    for name, command in commands:
        done = await story.run(name, command)
        if isinstance(done, Program):
            if " sub " in command:
                listener = done
            else:
                agent = done
                await agent.read_json(event="entered")
            continue
        expected = 0
        if " pub alarm " in command:
            expected = 2
            assert "permits to publish on temp/**" in done.errors
            assert done.errors.count("\n") == 1
        assert done.status == expected, (command, done.output, done.errors)
        if "join request" in command:
            words[name] = _words((tmp_path / name / "request").read_text())
        elif "join approve" in command:
            asked = "kitchen" if "kitchen" in command else "cellar"
            assert _words(done.errors) == words[asked]
        elif " pub temp/oven " in command:
            assert listener is not None
            assert await listener.readline() == "temp/oven 180"
        elif " peers " in command:
            assert "nobody else is there" in done.errors
            assert agent is not None
            assert (await agent.read_json(event="refused", offence="revoked"))["who"] == "cellar"


def _words(text: str) -> str:
    found = re.search(r"^words +(.+)$", text, re.M)
    assert found is not None
    return found.group(1)
