"""etcd as a medium, for clusters beyond a LAN: a lease for each node, a watch for changes."""

from __future__ import annotations

from .core import EtcdStatistics
from .records import OpenRecords, RecordCodec, SealedRecords
from .source import EtcdSource
from .store import EtcdStore

__all__ = ["EtcdSource", "EtcdStatistics", "EtcdStore", "OpenRecords", "RecordCodec", "SealedRecords"]
