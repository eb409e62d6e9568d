"""Tests of covey.tools.demo."""
