"""What this machine has of TIPC, told without making the kernel load its module."""

from __future__ import annotations

from collections.abc import Mapping

from covey.mesh.media import knows_tipc
from covey.transports.tipc.presence import ABSENT_MESSAGE, module_installed
from covey.values import frozen

__all__ = ["ClusterStatus", "look_at_cluster"]


@frozen
class ClusterStatus:
    """What the kernel said."""

    fields: Mapping[str, object]
    """As JSON can hold it: `available`, `module_installed`, and `reason`, or `identity`, `node`, `bearers`, `links`."""
    line: str
    """For people."""


def look_at_cluster() -> ClusterStatus:
    """Ask the kernel. Blocks for moments: call it before the event loop runs."""
    if not knows_tipc():
        installed = module_installed()
        fields = {"available": False, "module_installed": installed, "reason": ABSENT_MESSAGE}
        return ClusterStatus(fields, ABSENT_MESSAGE)
    # Imported here because nearly nobody needs it.
    from covey.transports.tipc.address import format_node
    from covey.transports.tipc.availability import probe

    found = probe()
    links = [{"name": each.name, "up": each.is_up, "tolerance_ms": each.tolerance_ms} for each in found.links]
    return ClusterStatus(
        {
            "available": found.available,
            "module_installed": found.module_installed,
            "identity": found.identity,
            "node": format_node(found.node),
            "bearers": list(found.bearers),
            "links": links,
        },
        found.describe(),
    )
