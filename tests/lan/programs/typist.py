"""Types at a terminal: `typist.py PROMPT REPLY [PROMPT REPLY...] -- COMMAND...` runs COMMAND on one of its own.

Each REPLY is typed when its PROMPT shows (the text may show again later; the pairs come in order). What the terminal
shows goes to standard output, and the status is the command's; 70 when it ended before the last prompt.
"""

from __future__ import annotations

import os
import pty
import sys

__all__: list[str] = []

_UNASKED = 70


def main() -> int:
    at = sys.argv.index("--")
    pairs, command = sys.argv[1:at], sys.argv[at + 1 :]
    script = list(zip(pairs[::2], pairs[1::2], strict=True))
    child, terminal = pty.fork()
    if not child:
        os.execvp(command[0], command)
    fresh = ""
    while True:
        try:
            shown = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        if not shown:
            break
        sys.stdout.write(shown.replace("\r\n", "\n"))
        sys.stdout.flush()
        fresh += shown
        while script and script[0][0] in fresh:
            prompt, reply = script.pop(0)
            fresh = fresh.partition(prompt)[2]
            os.write(terminal, reply.encode() + b"\n")
    _, status = os.waitpid(child, 0)
    return _UNASKED if script else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
