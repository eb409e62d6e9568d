from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from covey.transports.pgm.timers import Timers

operations = st.lists(
    st.tuples(st.sampled_from(["set", "cancel", "due"]), st.integers(0, 5), st.integers(0, 20)), max_size=80
)


@given(operations)
def test_behaves_like_a_dict_that_is_searched(steps: list[tuple[str, int, int]]) -> None:
    timers: Timers[int] = Timers()
    model: dict[int, float] = {}
    for what, key, when in steps:
        if what == "set":
            timers.set(key, float(when))
            model[key] = float(when)
        elif what == "cancel":
            timers.cancel(key)
            model.pop(key, None)
        else:
            due = list(timers.due(when))
            assert due == sorted((each for each in model if model[each] <= when), key=lambda k: (model[k], k))
            for each in due:
                del model[each]
        assert len(timers) == len(model)
        assert timers.next() == min(model.values(), default=None)


def test_moving_deadlines_does_not_fill_the_heap() -> None:
    timers: Timers[int] = Timers()
    for step in range(10_000):
        timers.set(step % 3, 10_000.0 - step)
    assert len(timers._heap) < 200
