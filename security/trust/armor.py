"""Octets as lines of text that survive mail, chat and the clipboard, and the same read back.

::

    -----BEGIN COVEY JOIN REQUEST-----
    base64, 64 characters a line
    -----END COVEY JOIN REQUEST-----
"""

from __future__ import annotations

import base64
import re

from covey.errors import ProtocolError

__all__ = ["dearmor", "enarmor"]

_LINE = 64
_LONGEST = 1 << 20
_BLOCK = re.compile(r"-----BEGIN COVEY ([A-Z ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END COVEY \1-----")


def enarmor(title: str, data: bytes) -> str:
    """Return the text that holds `data`; the title is in capitals."""
    text = base64.b64encode(data).decode("ascii")
    lines = "\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
    return f"-----BEGIN COVEY {title}-----\n{lines}\n-----END COVEY {title}-----\n"


def dearmor(title: str, text: str) -> bytes:
    """Return what the first block in `text` holds; what stands around it does not matter.

    Raises:
        ProtocolError: there is no such block, or it is damaged.
    """
    if len(text) > _LONGEST:
        raise ProtocolError(f"a text of {len(text)} characters")
    found = _BLOCK.search(text)
    if found is None:
        raise ProtocolError(f"no whole COVEY {title} in it")
    if found.group(1) != title:
        raise ProtocolError(f"a COVEY {found.group(1)}, no COVEY {title}")
    try:
        return base64.b64decode("".join(found.group(2).split()), validate=True)
    except ValueError:
        raise ProtocolError(f"a damaged COVEY {title}") from None
