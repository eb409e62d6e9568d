"""`python -m covey` and the `covey` command."""

from __future__ import annotations

import gc
import os
import sys

_COLLECT_AFTER = 50_000
"""New objects before the collector looks for garbage. Imports make tens of thousands that stay; with Python's
700 a fifth of the start would go into looking at them again and again."""


def main() -> int:
    """Run the command line and return its exit status."""
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    from covey.late_imports import IMPORTED_BY_ASYNCIO, postpone
    from covey.loading import load_uuid

    postpone(IMPORTED_BY_ASYNCIO)
    load_uuid()
    from covey.tools.direct import read_agent, run_directly

    call = read_agent(sys.argv[1:], os.environ)
    if call is not None:
        return run_directly(call)
    from covey.tools.main import run

    status: int = run(sys.argv[1:])
    return status


if __name__ == "__main__":
    sys.exit(main())
