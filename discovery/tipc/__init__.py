"""Nodes of a TIPC cluster find each other through the kernel's topology service, without IP."""

from __future__ import annotations

from .names import MeshNames
from .source import TipcSource
from .statistics import TipcStatistics

__all__ = ["MeshNames", "TipcSource", "TipcStatistics"]
