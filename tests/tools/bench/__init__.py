"""Tests of covey.tools.bench."""
