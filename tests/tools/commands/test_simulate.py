from __future__ import annotations

import json
from math import inf

import pytest

from covey.tools.commands.simulate import outcome_fields, outcome_line
from covey.tools.main import run
from covey.tools.simulate.ledger import Ledger


def test_a_row_and_json_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", "3", "--busy", "90", "--churn", "0", "--seed", "7"]
    assert run(words) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "nodes"
    assert row.split()[0] == "3"
    assert run([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["nodes"], told["false_verdicts"], told["missing"]) == (3, 0, 0)


def test_what_never_happened_is_said_so() -> None:
    outcome = Ledger().outcome(2, 2, 60.0, 100.0)
    assert outcome.detected_median == inf
    assert outcome_fields(outcome)["detected_median"] is None
    assert "never (never)" in outcome_line(outcome)


def test_a_segment_of_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "1"]) == 2
    assert "2<=x<=20000" in capsys.readouterr().err
