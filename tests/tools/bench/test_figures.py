from __future__ import annotations

import dataclasses

import pytest

from covey.tools.bench.figures import figure_text, headline
from tests.tools.bench.samples import summary


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2_612_000.0, "msg/s", "2.61 M msg/s"),
        (16_100.0, "msg/s", "16.1 k msg/s"),
        (3.6e9, "B/s", "3.60 G B/s"),
        (135.13, "µs", "135 µs"),
        (6.85, "KiB", "6.85 KiB"),
        (1234.5, "KiB", "1234 KiB"),
    ],
)
def test_figures_have_three_digits(value: float, unit: str, text: str) -> None:
    assert figure_text(value, unit) == text


def test_the_headline_says_when_less_is_better() -> None:
    made = summary(covey=(1.0,))
    assert "less" not in headline(made)
    assert headline(dataclasses.replace(made, more_is_better=False)).endswith("(less is better)")


def test_the_headline_says_when_sizes_are_mixed() -> None:
    assert "32 B on average" in headline(dataclasses.replace(summary(covey=(1.0,)), mixed=True))


def test_the_headline_says_how_many_there_are_of_what() -> None:
    made = dataclasses.replace(summary(covey=(1.0,)), peers=50, peers_are="connections")
    assert ", 50 connections," in headline(made)
