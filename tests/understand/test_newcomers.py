"""Newcomers: only what was first met in the last days is new, whatever the log; its share is of all touches since."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import PackedLog, count_elsewhere, find_newcomers

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
TOUCHES = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 60), st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "x"])),
    max_size=40,
)


@given(TOUCHES, st.integers(30, 70))
def test_new_is_what_nobody_met_before_the_last_days(
    build_rows: Builder, touches: list[tuple[int, int, str, str]], today: int
) -> None:
    touches = [touch for touch in touches if touch[1] <= today]
    log = build_rows(
        [{"customer": who, "ts_us": at * DAY_US, "touchpoint": name, "channel": by} for who, at, name, by in touches]
    )
    since = today - 28
    expected = {}
    if touches and min(at for _who, at, *_rest in touches) < since:
        for field, place in (("touchpoint", 2), ("channel", 3)):
            for name in {str(touch[place]) for touch in touches} - {""}:
                mine = [touch for touch in touches if touch[place] == name]
                first = min(touch[1] for touch in mine)
                if first >= since:
                    after = [touch for touch in touches if touch[1] >= first]
                    customers = len({touch[0] for touch in mine})
                    expected[field, name] = (first, len(mine), customers, len(mine) / len(after), len(after))
    found = {
        (one.field, one.name): (one.first_us // DAY_US, one.touches, one.customers, one.share.value, one.share.n)
        for one in find_newcomers(log, now_us=today * DAY_US)
    }
    assert found == {key: pytest.approx(value) for key, value in expected.items()}


def test_what_is_not_on_the_map_is_counted_for_its_customers_alone(build_rows: Builder) -> None:
    touches = [(1, 0, "a"), (1, 1, "new"), (1, 2, "new"), (1, 3, "b"), (2, 0, "new"), (3, 0, "a"), (3, 1, "odd")]
    log = build_rows([{"customer": who, "ts_us": at, "touchpoint": name} for who, at, name in touches])
    way = Journey(journey_id="way", name="Way", stages=(Stage(name="All", touchpoints=("a", "b")),))
    assert [(one.name, one.count) for one in count_elsewhere(log, way)] == [("new", 2), ("odd", 1)]
