from __future__ import annotations

import json

import pytest

from covey.tools.commands.sub import print_messages
from tests.tools.fakes import FakeNode, Published, peer

MESSAGES = [
    Published("temp/kitchen", b"21.5", peer()),
    Published("temp/cellar", b"\x00\xff", peer()),
    Published("temp/attic", b"30", peer()),
]


async def test_messages_are_printed_until_enough_came(capsys: pytest.CaptureFixture[str]) -> None:
    node = FakeNode(messages=MESSAGES)
    await print_messages(node, "temp/", 2, as_json=False)
    assert node.patterns == ["temp/"]
    assert capsys.readouterr().out == "temp/kitchen 21.5\ntemp/cellar \\x00\\xff\n"


async def test_json_keeps_every_byte(capsys: pytest.CaptureFixture[str]) -> None:
    await print_messages(FakeNode(messages=MESSAGES), "", 2, as_json=True)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["topic"], first["data"]) == ("temp/kitchen", "21.5")
    assert second["data_base64"] == "AP8="
