"""The table of options: current, complete, and helpful about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
import zmq

from covey.errors import OptionError
from covey.messaging import Push, Router, Sub
from covey.messaging.option_table import ABSENT, all_options, render

PAGE = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == render(), "run python -m covey.messaging.option_table > docs/options.md"


def test_every_option_of_libzmq_is_there_or_explained() -> None:
    ours = {option.name for option, _ in all_options()}
    explained = [pattern.strip() for names in ABSENT for pattern in names.split(",")]
    missing = []
    for option in zmq.SocketOption:
        name = option.name.lower()
        if name in ours or name in ("identity", "xreq", "xrep"):
            continue
        if any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in explained):
            continue
        missing.append(name)
    assert missing == []


def test_numbers_are_libzmqs() -> None:
    for option, _ in all_options():
        theirs = getattr(zmq.SocketOption, option.name.upper(), None)
        if theirs is not None:
            assert option.number == int(theirs), option.name


def test_a_misspelt_option_names_the_nearest() -> None:
    with pytest.raises(OptionError, match="did you mean 'sndhwm'"):
        Push(sndhmw=5)


def test_another_types_option_is_refused() -> None:
    with pytest.raises(OptionError):
        Push(router_mandatory=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sndhwm", "many"), ("sndhwm", -1), ("immediate", 2), ("routing_id", 5), ("metadata", {"Name": "x"})],
)
def test_an_ill_typed_option_is_refused(name: str, value: object) -> None:
    with pytest.raises(OptionError, match=name):
        Router(**{name: value})


def test_an_attribute_is_checked_like_an_argument() -> None:
    socket = Sub()
    socket.rcvhwm = 5
    assert socket.rcvhwm == 5
    with pytest.raises(OptionError):
        socket.rcvhwm = "x"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("wrong", "right"), [("sndhvm", "sndhwm"), ("SNDHWM", "sndhwm"), ("lingr", "linger")]
)
async def test_a_misspelt_attribute_is_an_error_that_names_the_right_one(wrong: str, right: str) -> None:
    async with Push() as push:
        with pytest.raises(OptionError, match=f"did you mean '{right}'"):
            setattr(push, wrong, 1)
        with pytest.raises(OptionError, match=f"did you mean '{right}'"):
            Push(**{wrong: 1})


async def test_a_subclass_of_ones_own_may_have_attributes() -> None:
    class Named(Push):
        def __init__(self) -> None:
            super().__init__()
            self.colour = "red"

    async with Named() as named:
        assert named.colour == "red"
        with pytest.raises(OptionError, match="did you mean 'sndhwm'"):
            named.sndhvm = 1  # type: ignore[attr-defined]


def test_a_method_is_no_option() -> None:
    with pytest.raises(OptionError, match="is not an option, see its help"):
        Sub(subscribe=b"")
