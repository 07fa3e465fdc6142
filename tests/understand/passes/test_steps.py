"""The step matrix and its flows against plain lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_logs import TOUCHES, cut_runs, read_passages

from heartline.errors import Invalid
from heartline.understand import GONE, OTHER, PackedLog, StepPlan, tabulate_steps

Lay = Callable[..., PackedLog]
DAY_US = 86_400_000_000


def read_names(passage: list[tuple[int, str, str]], plan: StepPlan) -> list[str] | None:
    names = [name for _, name, _ in passage]
    if plan.start:
        places = [i for i, name in enumerate(names) if name in plan.start]
        names = names[places[0] :] if places else []
    if plan.end:
        places = [i for i, name in enumerate(names) if name in plan.end]
        names = names[places[-1] :: -1] if places else []
    if plan.fold:
        names = [name for name, _ in groupby(names)]
    return names or None


@given(
    TOUCHES,
    st.integers(1, 5),
    st.sampled_from([((), ()), (("a",), ()), (("b", "c"), ()), ((), ("a", "d"))]),
    st.booleans(),
    st.integers(1, 6),
    st.booleans(),
)
def test_a_matrix_equals_the_plain_count(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    positions: int,
    fixed: tuple[tuple[str, ...], tuple[str, ...]],
    fold: bool,  # noqa: FBT001 - drawn
    top: int,
    of_runs: bool,  # noqa: FBT001 - drawn
) -> None:
    log = lay(touches, unit_us=DAY_US)
    ground = cut_runs(log) if of_runs else log
    plan = StepPlan(positions=positions, start=fixed[0], end=fixed[1], fold=fold)
    found = tabulate_steps(ground, plan, top=top)
    walked = [names for _, passage in read_passages(ground) if (names := read_names(passage, plan))]
    assert found.passages == len(walked)
    assert found.without == len(ground.offsets) - 1 - len(walked)
    shown = set(found.names) - {OTHER, GONE}

    def place(names: list[str], position: int) -> str:
        if position >= len(names):
            return GONE
        return names[position] if names[position] in shown else OTHER

    for position in range(positions):
        naive = Counter(place(names, position) for names in walked)
        assert {n: c for n, c in zip(found.names, found.counts[position].tolist(), strict=True) if c} == naive
    for position in range(positions - 1):
        flows = Counter((place(names, position), place(names, position + 1)) for names in walked)
        assert {
            (a, b): int(found.flows[position, i, j])
            for i, a in enumerate(found.names)
            for j, b in enumerate(found.names)
            if found.flows[position, i, j]
        } == flows
        assert (found.flows[position].sum(axis=0) == found.counts[position + 1]).all()
    seen = Counter(name for names in walked for name in names[:positions])
    assert len(shown) == min(top, len(seen))
    assert not shown or min(seen[name] for name in shown) >= max(
        (count for name, count in seen.items() if name not in shown), default=0
    )


def test_a_cell_is_a_share_with_its_interval(lay: Lay) -> None:
    matrix = tabulate_steps(lay([(who, 1, "a" if who % 2 else "b", 0) for who in range(1, 5)]), StepPlan(positions=2))
    share = matrix.share(0, 0)
    assert (share.value, share.n, share.customers) == (0.5, 4, 4)
    assert share.low is not None
    assert matrix.share(1, matrix.names.index(GONE)).value == 1
    assert np.isnan(tabulate_steps(lay([])).share(0, 0).value or np.nan)


def test_both_ends_fixed_are_refused() -> None:
    with pytest.raises(Invalid):
        StepPlan(start=("a",), end=("b",))
