"""etcd as a medium of a node, for clusters beyond a LAN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from covey.discovery.etcd import EtcdSource, EtcdStore, OpenRecords
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.errors import OptionError

if TYPE_CHECKING:
    from .medium import Medium
    from .sealing import Sealing

__all__ = ["etcd"]


def etcd(
    store: EtcdStore,
    interfaces: Sequence[str],
    sealing: Sealing | None,
    mesh: str,
    *,
    host: str = "",
    replayed: Callable[[str], None] | None = None,
) -> Medium:
    """Return the medium of records in etcd, sealed in a protected mesh.

    Args:
        store: which etcd, and as whom.
        interfaces: names or addresses of which the first is announced; empty for the one towards the store.
        sealing: of the mesh; None for an open one.
        mesh: its name.
        host: name or address at which others reach this node; empty to find out.
        replayed: told of which store a record came that was put back in place of a newer one.

    Raises:
        OptionError: the HTTP client of the extra `covey[etcd]` is not installed.
    """
    if find_spec("aiohttp") is None:
        raise OptionError("etcd", "needs an HTTP client: pip install 'covey[etcd]'")

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        codec = OpenRecords(mesh) if sealing is None else sealing.records()
        source = EtcdSource(announcement, sink, store, codec=codec, interfaces=tuple(interfaces), host=host)
        source.replayed = replayed
        return source

    return make
