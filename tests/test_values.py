"""Values behave as frozen dataclasses with slots do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import ClassVar

import pytest

from covey.values import field, frozen, replace


@frozen
class Point:
    """A value with a default, a made default and a class variable."""

    kind: ClassVar[str] = "point"
    x: int
    y: int = 0
    """Documented."""
    tags: Mapping[str, int] = field(default_factory=dict, compare=False)
    secret: str = field(default="s", repr=False)

    @property
    def sum(self) -> int:
        return self.x + self.y


@frozen
class Point3(Point):
    z: int = 5


@frozen
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("not positive")


def test_takes_values_by_position_and_by_name() -> None:
    assert Point(1, y=2) == Point(x=1, y=2)
    assert Point(1).y == 0
    assert Point(3, 4).sum == 7
    assert Point.kind == "point"


def test_refuses_too_many_missing_doubled_and_unknown_values() -> None:
    for args, kwargs in (((), {}), ((1, 2, {}, "s", 5), {}), ((1,), {"x": 1}), ((1,), {"q": 1})):
        with pytest.raises(TypeError):
            Point(*args, **kwargs)  # type: ignore[arg-type]


def test_is_frozen_and_has_no_dict() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
    assert not hasattr(point, "__dict__")


def test_makes_each_default_anew() -> None:
    assert Point(1).tags is not Point(1).tags


def test_compares_and_hashes_by_value_within_its_class() -> None:
    assert Point(1, tags={"a": 1}) == Point(1, tags={"b": 2})
    assert Point(1) != Point(2)
    assert Point(1) != Point3(1)
    assert hash(Positive(3)) == hash(Positive(3))
    assert len({Positive(3), Positive(3), Positive(4)}) == 2


def test_shows_what_may_be_shown() -> None:
    assert repr(Point(1)) == "Point(x=1, y=0, tags={})"


def test_inherits_attributes_and_adds_its_own() -> None:
    point = Point3(1, 2, z=3)
    assert (point.x, point.y, point.z, point.sum) == (1, 2, 3, 3)
    assert repr(point).startswith("Point3(x=1, y=2")


def test_runs_post_init() -> None:
    with pytest.raises(ValueError, match="positive"):
        Positive(0)


def test_survives_copy_pickle_and_replace() -> None:
    point = Point3(1, 2, {"a": 1}, "t", 9)
    assert copy.copy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point
    changed = replace(point, y=7)
    assert (changed.y, changed.secret, changed.z) == (7, "t", 9)
    with pytest.raises(TypeError):
        replace(point, nothing=1)


def test_matches_patterns() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_is_a_dataclass_to_the_standard_library() -> None:
    point = Point3(1, 2, {"a": 1})
    assert dataclasses.is_dataclass(point)
    assert [each.name for each in dataclasses.fields(point)] == ["x", "y", "tags", "secret", "z"]
    assert dataclasses.asdict(point) == {"x": 1, "y": 2, "tags": {"a": 1}, "secret": "s", "z": 5}
    assert dataclasses.replace(point, z=6) == Point3(1, 2, z=6)
    assert [each.name for each in dataclasses.fields(Point)] == ["x", "y", "tags", "secret"]
