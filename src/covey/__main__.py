"""`python -m covey` and the `covey` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit status."""
    from covey.tools.main import run

    status: int = run(sys.argv[1:])
    return status


if __name__ == "__main__":
    sys.exit(main())
