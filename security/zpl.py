"""ZPL, the indented `name = value` text of ZeroMQ's certificate files (RFC 4)."""

from __future__ import annotations

import re

__all__ = ["parse_zpl"]

_INDENT = 4
_MAX_LINES = 2_000
_NAME = re.compile(r"[A-Za-z0-9$\-_@.&+/]+")


def parse_zpl(text: str) -> dict[str, str]:
    """Return the values in `text` by path, such as `curve/public-key`.

    The first of several equal paths wins. A name without a value opens a section and has none.

    Raises:
        ValueError: a line that is not ZPL; the message names its number. Or more than 2,000 lines.

    Spec: RFC 4, section "Language Specification".
    """
    values: dict[str, str] = {}
    sections: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if number > _MAX_LINES:
            raise ValueError(f"more than {_MAX_LINES} lines")
        content = line.lstrip(" ")
        if not content or content.isspace() or content.startswith("#"):
            continue
        depth, rest = divmod(len(line) - len(content), _INDENT)
        if rest or depth > len(sections):
            raise ValueError(f"line {number} is indented by {len(line) - len(content)} spaces")
        name, value = _split_line(content, number)
        sections[depth:] = [name]
        if value is not None:
            values.setdefault("/".join(sections), value)
    return values


def _split_line(content: str, number: int) -> tuple[str, str | None]:
    match = _NAME.match(content)
    if match is None:
        raise ValueError(f"line {number} does not begin with a name")
    rest = content[match.end() :].strip()
    if not rest or rest.startswith("#"):
        return match.group(), None
    if not rest.startswith("="):
        raise ValueError(f"line {number} has no = behind its name")
    return match.group(), _value(rest[1:].strip(), number)


def _value(raw: str, number: int) -> str:
    quote = raw[:1]
    if quote not in ("'", '"') or not quote:
        return raw.partition(" #")[0].rstrip()
    value, closing, _ = raw[1:].partition(quote)
    if not closing:
        raise ValueError(f"line {number} has no closing {quote}")
    return value
