"""The retention grid against a plain count."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from random_logs import TOUCHES, read_passages

from heartline.understand import CohortPlan, PackedLog, draw_cohorts

Lay = Callable[..., PackedLog]
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US


@given(
    TOUCHES,
    st.sampled_from([(), ("a",), ("b", "c")]),
    st.sampled_from([(), ("a",)]),
    st.integers(-10, 10),
    st.integers(0, 45),
)
def test_a_grid_equals_the_plain_count(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    start: tuple[str, ...],
    back: tuple[str, ...],
    origin: int,
    now: int,
) -> None:
    log = lay(touches, unit_us=DAY_US)
    plan = CohortPlan(start=start, back=back, origin_us=origin * DAY_US, periods=4)
    found = draw_cohorts(log, plan, now_us=now * DAY_US)
    people: dict[int, list[set[int]]] = {}
    for _, mine in read_passages(log):
        places = [i for i, touch in enumerate(mine) if not start or touch[1] in start]
        if places:
            cohort = (mine[places[0]][0] - plan.origin_us) // WEEK_US
            later = [touch for touch in mine[places[0] + 1 :] if not back or touch[1] in back]
            people.setdefault(cohort, []).append({(ts - plan.origin_us) // WEEK_US - cohort for ts, _, _ in later})
    assert found.begin_us.tolist() == [plan.origin_us + cohort * WEEK_US for cohort in sorted(people)]
    for row, cohort in enumerate(sorted(people)):
        mine = people[cohort]
        assert found.people[row] == len(mine)
        for period in range(5):
            assert found.back[row, period] == sum(period in of for of in mine)
            assert found.rolling[row, period] == sum(any(of_ >= period for of_ in of) for of in mine)
            over = plan.origin_us + (cohort + period + 1) * WEEK_US <= now * DAY_US
            assert found.known[row, period] == over
            assert found.share(row, period).n == len(mine)
    for period, metric in enumerate(found.curve()):
        rows = [row for row in range(len(found.people)) if found.known[row, period]]
        assert metric.n == sum(found.people[row] for row in rows)


def test_who_touched_once_never_came_back(lay: Lay) -> None:
    found = draw_cohorts(lay([(1, 0, "a", 0), (2, 0, "a", 0), (2, 0, "b", 0)], unit_us=DAY_US), now_us=WEEK_US)
    assert found.people.tolist() == [2]
    assert found.back[0, 0] == 1
    assert found.known[0].tolist() == [True] + [False] * 12
    assert found.share(0, 0, rolling=True).value == 0.5
