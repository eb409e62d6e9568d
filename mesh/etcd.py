"""etcd as a medium of a node, for clusters beyond a LAN."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from covey.discovery.etcd import EtcdSource, EtcdStore, OpenRecords, RecordCodec, SealedRecords
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.errors import OptionError

if TYPE_CHECKING:
    from covey.security.secret import Secret

    from .medium import Medium

__all__ = ["etcd"]

_TAG_SIZE = 16
_NAME_SIZE = 16


def etcd(
    store: EtcdStore, interfaces: Sequence[str], secret: Secret | None, mesh: str, *, host: str = ""
) -> Medium:
    """Return the medium of records in etcd, sealed where there is a secret.

    Args:
        store: which etcd, and as whom.
        interfaces: names or addresses of which the first is announced; empty for the one towards the store.
        secret: of the mesh.
        mesh: its name.
        host: name or address at which others reach this node; empty to find out.

    Raises:
        OptionError: the HTTP client of the extra `covey[etcd]` is not installed.
    """
    if find_spec("aiohttp") is None:
        raise OptionError("etcd", "needs an HTTP client: pip install 'covey[etcd]'")

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        codec = _codec(secret, mesh)
        return EtcdSource(announcement, sink, store, codec=codec, interfaces=tuple(interfaces), host=host)

    return make


def _codec(secret: Secret | None, mesh: str) -> RecordCodec:
    if secret is None:
        return OpenRecords(mesh)
    from covey.security.record_seal import RecordSealer

    sealer = RecordSealer(secret, mesh, "etcd")
    tag = secret.derive("etcd tag", mesh)[:_TAG_SIZE]
    return SealedRecords(sealer, tag, os.urandom(_NAME_SIZE), time.time_ns() // 1000)
