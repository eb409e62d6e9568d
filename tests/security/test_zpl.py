from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.security.zpl import parse_zpl

EXAMPLE = """\
#   ZeroMQ CURVE Public Certificate

metadata
    name = "Ada's laptop"   # whose
    place = kitchen # where
    empty =
curve
    public-key = 'a#"b'
"""


def test_reads_values_by_path() -> None:
    assert parse_zpl(EXAMPLE) == {
        "metadata/name": "Ada's laptop",
        "metadata/place": "kitchen",
        "metadata/empty": "",
        "curve/public-key": 'a#"b',
    }


def test_the_first_of_equal_paths_wins() -> None:
    assert parse_zpl("a = 1\na = 2") == {"a": "1"}


def test_sections_nest_and_end() -> None:
    assert parse_zpl("a\n    b\n        c = 1\n    d = 2\ne = 3") == {"a/b/c": "1", "a/d": "2", "e": "3"}


@pytest.mark.parametrize(
    "text", ["   a = 1", "a\n        b = 1", "= 1", 'a = "1', "a b", "\ta = 1", "a\n" * 2_001]
)
def test_what_is_no_zpl_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line"):
        parse_zpl(text)


@given(st.text(max_size=60) | st.text(alphabet="ab =\"'#\n ", max_size=60))
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    try:
        parse_zpl(text)
    except ValueError:
        pass
