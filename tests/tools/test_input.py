from __future__ import annotations

import os
from pathlib import Path

import pytest

from covey.tools.input import lines_from


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"one\n", [b"one"]),
        (b"one\r\n\ntwo\xff\nthree", [b"one", b"", b"two\xff", b"three"]),
        (b"x" * 200_000 + b"\ny\n", [b"x" * 200_000, b"y"]),
    ],
)
async def test_lines_of_a_file(tmp_path: Path, data: bytes, lines: list[bytes]) -> None:
    path = tmp_path / "input"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    assert [line async for line in lines_from(descriptor)] == lines
    os.close(descriptor)


async def test_lines_of_a_pipe_come_as_they_are_written() -> None:
    reader, writer = os.pipe()
    lines = lines_from(reader)
    os.write(writer, b"one\ntw")
    assert await anext(lines) == b"one"
    os.write(writer, b"o\n")
    assert await anext(lines) == b"two"
    os.close(writer)
    assert [line async for line in lines] == []
    os.close(reader)
