"""What goes to standard output: a line at a time, at once, and with nothing in it that steers a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from .advice import printable

__all__ = ["data_fields", "data_text", "on_terminal", "write_json", "write_line"]


def write_line(text: str) -> None:
    """Print one line and flush, so that a reader behind a pipe sees it now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_json(value: Mapping[str, object]) -> None:
    """Print one object as one line of JSON and flush."""
    write_line(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def data_text(data: bytes) -> str:
    r"""Return a payload for people: its text where it is UTF-8, else with `\xNN` for each odd byte."""
    return printable(data.decode("utf-8", "backslashreplace"))


def data_fields(data: bytes, key: str = "data") -> dict[str, str]:
    """Return a payload for JSON: as `key` where it is UTF-8, else in base64 as `key_base64`."""
    try:
        return {key: data.decode("utf-8")}
    except UnicodeDecodeError:
        import base64

        return {f"{key}_base64": base64.b64encode(data).decode("ascii")}


def on_terminal() -> bool:
    """Whether a person looks at standard output (and a live table makes sense)."""
    return sys.stdout.isatty()
