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
TYPIST = Path(__file__).parent / "programs" / "typist.py"
_PASSPHRASE = ("Passphrase of", "correct horse")
PROMPTS = {
    "authority new": ("New passphrase for", "correct horse", "Repeat for confirmation", "correct horse"),
    "join approve": ("Does the machine show the same words?", "y", *_PASSPHRASE),
    "authority revoke": _PASSPHRASE,
}
"""What the owner is asked, and types."""
REFUSALS = {
    ("kitchen", "pub", "alarm"): "publish on temp/**, not 'alarm'",
    ("kitchen", "serve", "safe"): "offer services oven, not 'safe'",
}
"""What certificates forbid."""
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
        tools = homes / "bin"
        tools.mkdir()
        for name, text in (
            ("scp", SCP),
            ("covey", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m covey "$@"\n'),
        ):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
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
        """Run a command of the guide on its machine; one that ends in & is left running.

        The owner is asked, and types: also whether the words are alike, which `--yes` would have said.
        """
        host = self.hosts[name]
        if command.endswith("&"):
            return await host.start(self._script(name, "exec " + command.removesuffix("&")))
        script = self._script(name, command.replace(" --yes", ""))
        typed = [word for prompt in PROMPTS if prompt in command for word in PROMPTS[prompt]]
        if typed:
            script = [sys.executable, str(TYPIST), *typed, "--", *script]
        program = await host.start(script)
        return await program.finish()


async def test_a_newcomer_founds_joins_restricts_and_revokes(lan: LanFactory, tmp_path: Path) -> None:
    commands = _LINE.findall(GUIDE.read_text())
    counts = [len([1 for host, _ in commands if host == name]) for name in ("owner", "kitchen", "cellar")]
    assert counts == [9, 7, 5]
    network = lan(["owner", "kitchen", "cellar"])
    story = Story(tmp_path, {host.name: host for host in network.hosts})
    running: dict[str, Program] = {}
    words: dict[str, str] = {}
    for name, command in commands:
        done = await story.run(name, command)
        verb = command.split()[1]
        if isinstance(done, Program):
            running[verb] = done
            if verb == "agent":
                await done.read_json(event="entered")
            elif verb == "serve":
                assert (await done.readline()).endswith(" serves oven in mesh lab")
            continue
        refusal = REFUSALS.get((name, verb, command.split()[2]), "")
        assert done.status == (2 if refusal else 0), (command, done.output, done.errors)
        assert not refusal or done.errors == f"covey: this node's certificate permits to {refusal}\n"
        if "join request" in command:
            words[name] = _words((tmp_path / name / "request").read_text())
        elif "join approve" in command:
            assert _words(done.output) == words["kitchen" if "kitchen" in command else "cellar"]
        else:
            await _check(verb, done, running)


async def _check(verb: str, done: Completed, running: dict[str, Program]) -> None:
    """See that members did what they were told, and no more."""
    if verb == "pub" and not done.status:
        assert await running["sub"].readline() == "temp/oven 180"
    elif verb == "call":
        assert done.output == "HEAT\n"
    elif verb == "peers":
        assert "nobody else is there" in done.errors
        assert (await running["agent"].read_json(event="refused", offence="revoked"))["who"] == "cellar"


def _words(text: str) -> str:
    found = re.search(r"^words +(.+)$", text, re.M)
    assert found is not None
    return found.group(1)
