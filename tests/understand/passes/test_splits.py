"""Any split of the log by customer, merged in any order, gives exactly the figures of one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from random_logs import MINUTE_US, SPLITS, TOUCHES, assert_same, cut_runs, split_log

from heartline.errors import Invalid
from heartline.understand import (
    Anchor,
    CohortPlan,
    Funnel,
    FunnelStep,
    Level,
    PackedLog,
    Pass,
    StepOrder,
    StepPlan,
    plan_between,
    plan_cohorts,
    plan_funnel,
    plan_long_stages,
    plan_long_waits,
    plan_next_steps,
    plan_outlook,
    plan_paths,
    plan_rework,
    plan_sessions,
    plan_steps,
    plan_variants,
)
from tries import some

DAY_US = 86_400_000_000
STEPS = (
    FunnelStep(name="A or b", touchpoints=("a", "b")),
    FunnelStep(name="B", touchpoints=("b",)),
    FunnelStep(name="C", touchpoints=("c", "e")),
)
APART = (FunnelStep(name="A", touchpoints=("a",)), *STEPS[1:])
FUNNELS: dict[str, Pass[Any, Any, Any]] = {
    f"funnel {order} {anchor} {window} {by}": plan_funnel(
        Funnel(
            steps=APART if order is StepOrder.ANY else STEPS,
            window_us=window and window * DAY_US,
            order=order,
            anchor=anchor,
            by=by,
        )
    )
    for order in StepOrder
    for anchor in Anchor
    for window, by in ((None, "channel"), (8, "trait:plan"))
}
BOTH: dict[str, Pass[Any, Any, Any]] = {
    "paths": plan_paths(),
    "paths, two shown": plan_paths(top=2),
    "variants": plan_variants(most=3),
    "variants, folded": plan_variants(repeats=False, most=None),
    "steps": plan_steps(StepPlan(positions=3), top=2),
    "steps from a": plan_steps(StepPlan(positions=4, start=("a",), fold=True), top=2),
    "steps to c": plan_steps(StepPlan(positions=4, end=("c",)), top=9),
    "between": plan_between(["a", "b"], ["c"]),
    "between, until a day": plan_between(["a"], ["a"], now_us=30 * DAY_US),
    "rework": plan_rework(within_us=3 * DAY_US),
    "long waits": plan_long_waits(2 * DAY_US),
    **FUNNELS,
}
OF_CUSTOMERS: dict[str, Pass[Any, Any, Any]] = {
    "sessions": plan_sessions(gap_us=30 * MINUTE_US),
    "sessions of days": plan_sessions(gap_us=2 * DAY_US),
    "cohorts": plan_cohorts(),
    "cohorts of a": plan_cohorts(CohortPlan(start=("a",), back=("b", "c"), origin_us=9 * DAY_US, period_us=3 * DAY_US)),
}
OF_RUNS: dict[str, Pass[Any, Any, Any]] = {
    "variants of stages": plan_variants(Level.STAGES, repeats=False, most=2),
    "long stages": plan_long_stages(2 * DAY_US),
    "next steps": plan_next_steps(["a", "c", "moon"], most=2),
    "outlook": plan_outlook(),
}

Lay = Callable[..., PackedLog]


@pytest.mark.parametrize("name", [*BOTH, *OF_CUSTOMERS])
@settings(max_examples=some(40))
@given(TOUCHES, SPLITS)
def test_customers(lay: Lay, name: str, touches: list[tuple[int, int, str, int]], of: list[int]) -> None:
    made = {**BOTH, **OF_CUSTOMERS}[name]
    log = lay(touches, unit_us=DAY_US)
    assert_same(made.run(*split_log(log, of)), made.run(log))


@pytest.mark.parametrize("name", [*BOTH, *OF_RUNS])
@settings(max_examples=some(40))
@given(TOUCHES, SPLITS)
def test_runs(lay: Lay, name: str, touches: list[tuple[int, int, str, int]], of: list[int]) -> None:
    made = {**BOTH, **OF_RUNS}[name]
    log = lay(touches, unit_us=DAY_US)
    assert_same(made.run(*map(cut_runs, split_log(log, of))), made.run(cut_runs(log)))


def test_parts_of_other_vocabularies_are_refused(lay: Lay) -> None:
    with pytest.raises(Invalid):
        plan_paths().run(lay([(1, 1, "a", 0)]), lay([(2, 1, "b", 0)]))


@pytest.mark.parametrize("name", [*BOTH, *OF_CUSTOMERS])
@pytest.mark.parametrize("touches", [[], [(1, 5, "a", 1)], [(1, 5, "a", 1), (1, 5, "b", 2)]])
def test_nothing_one_touch_and_one_customer_have_figures(lay: Lay, name: str, touches: list[Any]) -> None:
    {**BOTH, **OF_CUSTOMERS}[name].run(lay(touches))
