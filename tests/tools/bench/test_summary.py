from __future__ import annotations

import json

from covey.tools.bench.summary import Row, Summary
from tests.tools.bench.samples import summary


def test_medians_spread_and_ratios() -> None:
    made = summary(covey=(200.0, 100.0, 300.0), pyzmq=(100.0, 100.0, 100.0))
    ours, theirs = made.rows
    assert ours.median == 200.0
    assert ours.spread == 1.0
    assert theirs.spread == 0.0
    assert made.ratios() == {"covey": {"pyzmq": 2.0}}


def test_both_faces_of_covey_are_held_against_the_others_only() -> None:
    made = summary(**{"covey": (200.0,), "covey-batch": (400.0,), "zmq.asyncio": (10.0,), "pyzmq": (100.0,)})
    assert made.ratios() == {
        "covey": {"zmq.asyncio": 20.0, "pyzmq": 2.0},
        "covey-batch": {"zmq.asyncio": 40.0, "pyzmq": 4.0},
    }


def test_covey_alone_has_no_ratio() -> None:
    assert summary(covey=(1.0,)).ratios() == {"covey": {}}


def test_json_holds_every_round() -> None:
    told = json.loads(json.dumps(summary(covey=(1.0, 3.0, 2.0), pyzmq=(1.0,)).to_dict()))
    assert told["case"] == "push-pull"
    assert told["results"]["covey"] == {
        "median": 2.0,
        "minimum": 1.0,
        "maximum": 3.0,
        "spread": 1.0,
        "rounds": [1.0, 3.0, 2.0],
    }
    assert told["ratios"] == {"covey": {"pyzmq": 2.0}}
    assert told["better"] == "more"


def test_details_are_told_where_there_are_any() -> None:
    row = Row("covey", (1.0,), {"p99_microseconds": 4.0})
    made = Summary("req-rep", "", "µs", False, False, 32, False, 1, "sockets", 1, (row,))
    results = made.to_dict()["results"]
    assert isinstance(results, dict)
    assert results["covey"]["details"] == {"p99_microseconds": 4.0}
