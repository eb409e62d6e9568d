"""Tests of covey.tools.bench.multicast."""
