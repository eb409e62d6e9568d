"""Tests of covey.tools.commands."""
