"""The test LAN: hosts made of network namespaces, joined by a bridge that no real interface touches.

::

    async with Lan(hosts=2) as lan:
        first, second = lan.hosts
        agent = await first.start([sys.executable, "-m", "covey", "agent", "--json"])
        line = await agent.readline()
        second.drop(20, match="udp dport 5670")

By hand: `python -m tests.lan --hosts 2 shell`, then `on h2 COMMAND`; see `tests/lan/__main__.py`.
"""

from __future__ import annotations

from .capture import Capture
from .holder import LanError
from .host import Host
from .isolation import LanUnavailable, is_isolated, isolate
from .network import Lan
from .program import Completed, Program, ProgramFailed

__all__ = [
    "Capture",
    "Completed",
    "Host",
    "Lan",
    "LanError",
    "LanUnavailable",
    "Program",
    "ProgramFailed",
    "is_isolated",
    "isolate",
]
