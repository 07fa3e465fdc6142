"""The journey passes equal independent implementations on real logs, exactly, ties by seq.

Origin of every figure: ``bench/rivals/make_goldens.py``, run by hand in an environment of its own with pm4py
2.7.23.11, retentioneering 5.2.4, DuckDB 2.0.1 and Polars 2.1.0; each file under ``tests/golden/journeys`` says which
of them agreed on what. What is taken differently stands in docs/explanation/journey-goldens.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from real_logs import SHARED, Golden, digest, floor_seconds, turn_ties

from heartline.understand import (
    GONE,
    Anchor,
    Funnel,
    FunnelStep,
    PackedLog,
    PathGraph,
    StepOrder,
    StepPlan,
    cut_sessions,
    draw_paths,
    find_sequences,
    measure_funnel,
    plan_steps,
    tabulate_steps,
)

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
pytestmark = [
    pytest.mark.shared,
    pytest.mark.xdist_group("journey-goldens"),
    pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets do not lie beside the project"),
]


def list_edges(graph: PathGraph) -> dict[tuple[str, str], tuple[int, float, float]]:
    names = graph.names
    return {
        (names[source], names[target]): (int(count), float(median), round(float(p90), 1))
        for source, target, count, median, p90 in zip(
            graph.source, graph.target, graph.count, graph.median_us, graph.p90_us, strict=True
        )
    }


def count_names(graph: PathGraph, counts: np.ndarray) -> dict[str, int]:
    return {name: int(count) for name, count in zip(graph.names, counts, strict=True) if count}


def test_the_log_is_the_one_that_the_figures_are_of(golden: Golden) -> None:
    log, said = golden.log, golden.said
    assert (len(log), len(log.customers)) == (said["events"], said["cases"])
    assert len(np.unique(log.codes["touchpoint"])) == said["touchpoints"]
    same = (np.diff(log.row) == 0) & (np.diff(log.ts_us) == 0)
    assert int(same.sum()) == said["ties"]
    assert said["made"]["differing"] == []


def test_the_path_graph_has_the_same_edges_counts_and_exact_quantiles(golden: Golden) -> None:
    """Counts as pm4py and retentioneering have them, medians as pm4py, 90th percentiles as DuckDB and Polars."""
    said, graph = golden.said["graph"], draw_paths(golden.log)
    edges = list_edges(graph)
    crossed = list_edges(draw_paths(floor_seconds(golden.log)))
    assert len(edges) == said["edges"]
    for source, target, count, median_us, p90_us, median_s in said["top"]:
        assert edges[source, target] == (count, median_us, p90_us)
        # retentioneering takes medians of whole seconds crossed.
        assert crossed[source, target][:2] == (count, median_s * 1_000_000)
    rows = [[*pair, *figures, crossed[pair][1] / 1_000_000] for pair, figures in edges.items()]
    assert digest(rows) == said["digest"]


def test_the_order_of_ties_decides_the_graph_so_it_is_stated(golden: Golden) -> None:
    turned = list_edges(draw_paths(turn_ties(golden.log)))
    changed = [pair for pair, figures in list_edges(draw_paths(golden.log)).items() if turned.get(pair) != figures]
    known = {"journey-bpic2012/bpic2012.xes.gz": 75}
    if not golden.said["ties"]:
        assert changed == []
    elif golden.said["file"] in known:
        assert len(changed) >= known[golden.said["file"]]


def test_the_first_and_last_touches_are_the_same(golden: Golden) -> None:
    said, graph = golden.said["graph"], draw_paths(golden.log)
    for name, counts in (("starts", graph.starts), ("ends", graph.ends)):
        counted = count_names(graph, counts)
        assert said[name] in (counted, len(counted))
        assert digest([[key, count] for key, count in counted.items()]) == said[f"{name}_digest"]


def test_the_variants_are_the_same_whole_sequences(golden: Golden) -> None:
    said, found = golden.said["variants"], find_sequences(golden.log, most=None)
    assert (found.distinct, found.runs, found.other) == (said["distinct"], golden.said["cases"], None)
    counted = {variant.steps: variant.runs for variant in found.shown}
    assert [counted[tuple(steps)] for steps, _ in said["top"]] == [count for _, count in said["top"]]
    assert [variant.runs for variant in found.shown[: len(said["top"])]] == [count for _, count in said["top"]]
    assert digest([[len(steps), count] for steps, count in counted.items()]) == said["lengths_digest"]
    assert digest([[list(steps), count] for steps, count in counted.items()]) == said["digest"]


def write_funnel(asked: dict[str, Any]) -> Funnel:
    window = asked["window_days"]
    return Funnel(
        steps=tuple(FunnelStep(name=name, touchpoints=(name,)) for name in asked["steps"]),
        order=StepOrder(asked["order"]),
        anchor=Anchor(asked["anchor"]),
        window_us=None if window is None else round(window * DAY_US),
    )


def test_the_funnels_reach_as_many_in_the_same_times(golden: Golden) -> None:
    """Without a window as retentioneering counts; by every rule as SQL and a walk case by case do."""
    for asked in golden.said["funnels"]:
        steps = measure_funnel(golden.log, write_funnel(asked)).all.steps
        assert [step.people for step in steps] == asked["counts"], asked
        for name, waits in (
            ("since_start_us", [step.since_start for step in steps]),
            ("since_before_us", [step.since_before for step in steps]),
        ):
            # Of the first step there is nothing to measure; nobody reached a step whose golden median is missing.
            for median, wait in list(zip(asked.get(name, ()), waits, strict=False))[1:]:
                assert wait.n == 0 if median is None else wait.median_us == median, (asked, name)


def test_the_sessions_are_cut_at_the_same_places(golden: Golden) -> None:
    for said in golden.said["sessions"]:
        gap_us = said["gap_minutes"] * MINUTE_US
        found = cut_sessions(golden.log, gap_us=gap_us)
        assert (found.count, found.customers) == (said["sessions"], golden.said["cases"])
        assert found.touches[0] == said["median_touches"]
        assert (found.duration_us[0], round(found.duration_us[1], 1)) == (said["median_us"], said["p90_us"])
        assert round(found.bounced.value * found.count) == said["touches"].get("1", 0)
        assert found.mean_touches == golden.said["events"] / found.count


def test_the_step_matrix_and_its_flows_are_the_same(golden: Golden) -> None:
    """Cells as retentioneering and Polars have them, flows as DuckDB and Polars, and who is gone."""
    said = golden.said["step_matrix"]
    plan = StepPlan(positions=said["steps"])
    table, flows = open_partial(golden.log, plan)
    assert len(table) == said["touchpoints"]
    assert digest([[name, *counts] for name, counts in table.items()]) == said["digest"]
    assert len(flows) == said["flows"]
    assert digest([[*flow, count] for flow, count in flows.items()]) == said["flows_digest"]
    matrix = tabulate_steps(golden.log, plan, top=20)
    shown = {name: matrix.counts[:, column].tolist() for column, name in enumerate(matrix.names)}
    assert shown.pop(GONE) == said["gone"]
    assert shown.pop("other", []) == [] or len(table) > 20
    assert all(table[name] == counts for name, counts in shown.items())
    assert all(table[name] == counts for name, counts in said["top"].items())
    assert (matrix.counts.sum(axis=1) == golden.said["cases"]).all()


def open_partial(log: PackedLog, plan: StepPlan) -> tuple[dict[str, list[int]], dict[tuple[int, str, str], int]]:
    """Return the matrix and the flows of all touchpoints, however many there are, as a part counts them."""
    part = plan_steps(plan).partial(log)
    wide, gone = len(part.names) + 1, len(part.names)
    table: dict[str, list[int]] = {}
    flows: dict[tuple[int, str, str], int] = {}
    for key, count in zip(part.pairs.keys.tolist(), part.pairs.table[:, 0].tolist(), strict=True):
        position, source, target = key // wide**2, key // wide % wide, key % wide
        if source != gone:
            table.setdefault(part.names[source], [0] * plan.positions)[position] += count
            if target != gone and position + 1 < plan.positions:
                flows[position + 1, part.names[source], part.names[target]] = count
    return table, flows
