"""The funnel against a plain walk over every start, and against the flows of the step matrix."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_logs import MINUTE_US, TOUCHES, cut_runs, read_passages

from heartline.errors import Invalid
from heartline.understand import (
    GONE,
    Anchor,
    Funnel,
    FunnelStep,
    PackedLog,
    PackedRuns,
    StepOrder,
    StepPlan,
    list_reached,
    measure_funnel,
    plan_funnel,
    tabulate_steps,
)

Lay = Callable[..., PackedLog]
Touch = tuple[int, str, str]
UNIT_US = 10 * MINUTE_US
SETS = st.lists(st.sets(st.sampled_from("abcde"), min_size=1, max_size=2), min_size=1, max_size=4)


def follow(touches: Sequence[Touch], start: int, steps: list[set[str]], funnel: Funnel) -> list[int]:
    """Return when after the start each step was taken, by trying what may be tried."""
    within = touches[start:]
    if funnel.window_us is not None:
        within = [touch for touch in within if touch[0] - touches[start][0] <= funnel.window_us]
    if funnel.order is StepOrder.ANY:
        found = [next((ts for ts, name, _ in within if name in step), None) for step in steps]
        return sorted(ts - touches[start][0] for ts in found if ts is not None)
    taken = [0]
    at = 0
    for step in steps[1:]:
        choices = range(at + 1, len(within)) if funnel.order is StepOrder.ORDERED else range(at + 1, at + 2)
        at = next((i for i in choices if i < len(within) and within[i][1] in step), -1)
        if at < 0:
            break
        taken.append(within[at][0] - touches[start][0])
    return taken


def walk_naively(ground: PackedLog | PackedRuns, funnel: Funnel) -> list[tuple[int, list[int], str]]:
    steps = [set(step.touchpoints) for step in funnel.steps]
    found = []
    for customer, touches in read_passages(ground):
        first = set().union(*steps) if funnel.order is StepOrder.ANY else steps[0]
        starts = [i for i, (_, name, _) in enumerate(touches) if name in first]
        if funnel.anchor is Anchor.FIRST:
            starts = starts[:1]
        if starts:
            chains = [(follow(touches, i, steps, funnel), touches[i][2]) for i in starts]
            best, channel = max(chains, key=lambda chain: len(chain[0]))  # the earliest of the longest
            found.append((customer, best, channel))
    return found


@given(
    TOUCHES,
    SETS,
    st.sampled_from(StepOrder),
    st.sampled_from(Anchor),
    st.one_of(st.none(), st.integers(0, 20)),
    st.booleans(),
)
def test_a_funnel_equals_the_plain_walk(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    sets: list[set[str]],
    order: StepOrder,
    anchor: Anchor,
    window: int | None,
    of_runs: bool,  # noqa: FBT001 - drawn
) -> None:
    if order is StepOrder.ANY:
        sets = [step - set().union(*sets[:i]) for i, step in enumerate(sets)]
        sets = [step for step in sets if step]
    log = lay(touches, unit_us=86_400_000_000 if of_runs else UNIT_US)
    window_us = None if window is None else window * (86_400_000_000 if of_runs else UNIT_US)
    funnel = Funnel(
        steps=tuple(FunnelStep(name=str(i), touchpoints=tuple(step)) for i, step in enumerate(sets)),
        window_us=window_us,
        order=order,
        anchor=anchor,
        by="channel",
    )
    ground = cut_runs(log) if of_runs else log
    naive = walk_naively(ground, funnel)
    counted = measure_funnel(ground, funnel)
    assert counted.people == len(ground.offsets) - 1
    for index, step in enumerate(counted.all.steps):
        came = [chain for _, chain, _ in naive if len(chain) > index]
        assert step.people == len(came)
        assert step.of_start.n == len(naive)
        assert (step.of_start.value or 0) == pytest.approx(len(came) / len(naive) if naive else 0)
        if index and came:
            assert step.since_start.median_us == statistics.median(chain[index] for chain in came)
            assert step.since_before.median_us == statistics.median(chain[index] - chain[index - 1] for chain in came)
        for line in counted.lines:
            assert line.steps[index].people == sum(
                1 for _, chain, channel in naive if len(chain) > index and channel == line.value
            )
        assert sum(line.steps[index].people for line in counted.lines) == len(came)
    partial = plan_funnel(funnel).partial(ground)
    assert list_reached(partial, 1).tolist() == sorted({who for who, _, _ in naive})
    assert list_reached(partial, 1, dropped=True).tolist() == sorted(
        {who for who, chain, _ in naive if len(chain) == 1}
    )


@given(TOUCHES, st.permutations("abc"), st.integers(0, 20))
def test_no_choice_of_touches_gets_further_than_the_greedy_one(
    lay: Lay, touches: list[tuple[int, int, str, int]], names: list[str], window: int
) -> None:
    log = lay(touches)
    assume(all(len(mine) <= 12 for _, mine in read_passages(log)))
    funnel = Funnel(
        steps=tuple(FunnelStep(name=name, touchpoints=(name,)) for name in names), window_us=window * UNIT_US
    )
    counted = measure_funnel(log, funnel)
    for depth, step in enumerate(counted.all.steps, start=1):
        assert step.people == sum(
            any(
                all(mine[i][1] == name for i, name in zip(chosen, names, strict=False))
                and mine[chosen[-1]][0] - mine[chosen[0]][0] <= window * UNIT_US
                for chosen in combinations(range(len(mine)), depth)
            )
            for _, mine in read_passages(log)
        )


@given(TOUCHES)
def test_flows_from_a_start_agree_with_the_strict_funnel(lay: Lay, touches: list[tuple[int, int, str, int]]) -> None:
    log = lay(touches)
    matrix = tabulate_steps(log, StepPlan(positions=2, start=("a",)), top=99)
    for code, name in enumerate(matrix.names):
        if name != GONE:
            strict = Funnel(
                steps=(FunnelStep(name="a", touchpoints=("a",)), FunnelStep(name=name, touchpoints=(name,))),
                order=StepOrder.STRICT,
                anchor=Anchor.FIRST,
            )
            counted = measure_funnel(log, strict)
            assert counted.all.steps[0].people == matrix.passages
            assert counted.all.steps[1].people == matrix.flows[0, :, code].sum()
    if matrix.passages:
        assert matrix.counts[0].max() == matrix.passages


def test_ties_go_by_seq_and_the_window_holds_its_end(lay: Lay) -> None:
    log = lay([(1, 5, "b", 0), (1, 5, "a", 0), (1, 5, "b", 0), (2, 1, "a", 0), (2, 3, "b", 0)])
    steps = (FunnelStep(name="a", touchpoints=("a",)), FunnelStep(name="b", touchpoints=("b",)))
    assert measure_funnel(log, Funnel(steps=steps, window_us=0)).all.steps[1].people == 1
    assert measure_funnel(log, Funnel(steps=steps, window_us=2 * UNIT_US)).all.steps[1].people == 2
    assert measure_funnel(log, Funnel(steps=steps, window_us=2 * UNIT_US - 1)).all.steps[1].people == 1


def test_what_has_no_meaning_is_refused(lay: Lay) -> None:
    step = FunnelStep(name="a", touchpoints=("a",))
    with pytest.raises(Invalid):
        Funnel(steps=())
    with pytest.raises(Invalid):
        Funnel(steps=(step, step), order=StepOrder.ANY)
    with pytest.raises(Invalid):
        measure_funnel(lay([(1, 1, "a", 0)]), Funnel(steps=(step,), by="moon"))
    assert np.isnan(measure_funnel(lay([]), Funnel(steps=(step,))).all.steps[0].of_start.value or np.nan)
