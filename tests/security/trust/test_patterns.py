"""Patterns of topics, groups and services."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import OptionError
from covey.security.trust.patterns import EVERYTHING, MAX_PATTERNS, NOTHING, Patterns


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("temp/kitchen", "temp/kitchen", True),
        ("temp/kitchen", "temp/kitchen2", False),
        ("temp/*", "temp/kitchen", True),
        ("temp/*", "temp/kitchen/celsius", False),
        ("temp/*", "temp/", True),
        ("temp/**", "temp/kitchen/celsius", True),
        ("temp/**", "temp", False),
        ("*/celsius", "kitchen/celsius", True),
        ("temp/*/celsius", "temp/kitchen/celsius", True),
        ("temp/*/celsius", "temp/a/b/celsius", False),
        ("**", "", True),
        ("***", "a/b", True),
        ("", "", True),
        ("", "a", False),
        ("grüße", "grüße", True),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str, matches: bool) -> None:
    assert Patterns((pattern,)).allows(text) is matches
    assert Patterns((pattern,)).allows(text.encode()) is matches


@pytest.mark.parametrize(
    ("pattern", "prefix", "overlaps", "covers"),
    [
        ("temp/**", "temp/", True, True),
        ("temp/**", "temp/kitchen", True, True),
        ("temp/**", "", True, False),
        ("temp/**", "tem", True, False),
        ("temp/**", "secret/", False, False),
        ("temp/*", "temp/a/b", False, False),
        ("temp/*/c", "temp/a/", True, False),
        ("**", "", True, True),
    ],
)
def test_prefixes_overlap_and_are_covered(pattern: str, prefix: str, overlaps: bool, covers: bool) -> None:
    patterns = Patterns((pattern,))
    assert (patterns.overlaps(prefix), patterns.covers(prefix)) == (overlaps, covers)


def test_nothing_and_everything() -> None:
    for text in ("", "a", "a/b"):
        assert EVERYTHING.allows(text)
        assert EVERYTHING.overlaps(text)
        assert EVERYTHING.covers(text)
        assert not NOTHING.allows(text)
        assert not NOTHING.overlaps(text)
    assert (str(EVERYTHING), str(NOTHING), str(Patterns(("a", "b")))) == ("everything", "nothing", "a, b")


@given(st.text("ab/*", max_size=8), st.text("ab/", max_size=8), st.integers(0, 8))
def test_overlapping_is_what_matching_needs(pattern: str, text: str, cut: int) -> None:
    patterns = Patterns((pattern,))
    if patterns.allows(text):
        assert patterns.overlaps(text[:cut])
    if patterns.covers(text[:cut]):
        assert patterns.allows(text)


def test_a_hostile_pattern_costs_no_more_than_its_length() -> None:
    assert not Patterns(("*a**" * 60 + "x",)).allows("a" * 200 + "b/" * 40)


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(OptionError, match="at most 64"):
        Patterns(("a",) * (MAX_PATTERNS + 1))
