"""How much CPU the kernels of ``understand`` take: ``python bench/understand_speed.py [events] [rounds]``.

Synthetic log of the same making as in docs/explanation/packed-log.md: 40 touchpoints by Zipf's law, about 20 events a
customer, one touch in eight with a score. Prints the least CPU seconds of some rounds, one line a kernel, and the most
memory it takes beside the log.
"""

from __future__ import annotations

import platform
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from heartline.records import Journey, Stage
from heartline.understand import (
    ComparisonPlan,
    Funnel,
    FunnelStep,
    Measure,
    Observed,
    PackedLog,
    PackedRuns,
    Question,
    ScoreMeasure,
    Selection,
    StepOrder,
    answer,
    behind,
    compare_paths,
    cut_sessions,
    draw_cohorts,
    draw_map,
    draw_paths,
    find_changes,
    find_long_waits,
    find_rework,
    find_runs,
    find_sequences,
    foresee,
    gather_drivers,
    measure_between,
    measure_funnel,
    pack,
    propose_journey,
    repack,
    select,
    tabulate_steps,
    weigh,
)

NAMES = ("", *(f"touchpoint {i}" for i in range(40)))
REGIONS = ("North", "South", "West")
FIELDS = {"channel": 6, "area": 5, "place": 16, "partner": 4, "employee": 9, "product": 9, "action": 30}
YEAR_US = 365 * 86_400_000_000
WEEK_US = 7 * 86_400_000_000
Kernel = tuple[str, Callable[[], object]]


def make_columns(events: int) -> dict[str, object]:
    """Draw unsorted columns, as History gives them: by arrival, customers mixed."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, 41) ** 1.1
    customers = events // 20
    scored = rng.random(events) < 1 / 8
    return {
        "customer_id": rng.integers(0, customers, events) * 7 + 11,
        "ts_us": np.sort(rng.integers(0, YEAR_US, events)) + rng.integers(-(10**9), 10**9, events),
        "seq": np.arange(events, dtype=np.int64) << 20,
        "codes": {
            "touchpoint": rng.choice(np.arange(1, 41), events, p=share / share.sum()).astype(np.int32),
            **{field: rng.integers(0, size, events).astype(np.int32) for field, size in FIELDS.items()},
        },
        "names": {
            "touchpoint": NAMES,
            **{field: ("", *(f"{field} {i}" for i in range(1, size))) for field, size in FIELDS.items()},
        },
        "score_kind": np.where(scored, rng.integers(1, 5, events), 0).astype(np.uint8),
        "score": np.where(scored, rng.integers(1, 6, events), np.nan).astype(np.float32),
        "score_top": np.where(scored, 5, 0).astype(np.uint8),
        "amount_minor": np.zeros(events, dtype=np.int64),
        "has_text": scored & (rng.random(events) < 0.5),
        "traits": {
            "region": (np.arange(customers) * 7 + 11, [REGIONS[i] for i in rng.integers(0, 3, customers)]),
        },
    }


def measure(name: str, kernel: Callable[[], object], *, rounds: int) -> None:
    """Run a kernel some times and print its least CPU and wall seconds, then once more for the memory it takes."""
    spent = []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        kernel()
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = min(spent)
    tracemalloc.start()
    kernel()
    took = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{name:32s} {cpu:8.3f} CPU s {wall:8.3f} s {took:8.0f} MiB", flush=True)


def list_passes(log: PackedLog, runs: PackedRuns) -> tuple[Kernel, ...]:
    """Name every journey pass, as it is asked for most."""
    steps = tuple(FunnelStep(name=name, touchpoints=(name,)) for name in NAMES[1:5])
    funnel = Funnel(steps=steps, window_us=WEEK_US)
    north, south = (Selection(where=(("trait:region", region),)) for region in REGIONS[:2])
    plan = ComparisonPlan(now=north, before=south, rounds=199)
    return (
        ("path graph, exact medians", lambda: draw_paths(log)),
        ("variants", lambda: find_sequences(log)),
        ("a funnel of four, seven days", lambda: measure_funnel(log, funnel)),
        ("the same, in any order", lambda: measure_funnel(log, replace(funnel, order=StepOrder.ANY))),
        ("sessions", lambda: cut_sessions(log)),
        ("step matrix and flows", lambda: tabulate_steps(log)),
        ("cohorts, weekly and rolling", lambda: draw_cohorts(log)),
        ("time between two touchpoints", lambda: measure_between(log, NAMES[3:4], NAMES[5:6])),
        ("loops, returns, switches", lambda: find_rework(log)),
        ("waits over three days", lambda: find_long_waits(log, 3 * WEEK_US // 7)),
        ("outlook of open runs", lambda: foresee(runs)),
        ("two regions, 199 permutations", lambda: compare_paths(log, plan)),
    )


def list_drivers(log: PackedLog, runs: PackedRuns) -> tuple[Kernel, ...]:
    """Name the drivers of the log's own recommendations, and the weighing of 100,000 answers alone."""
    rng = np.random.default_rng(1)
    customer = np.repeat(np.arange(40_000), rng.integers(1, 5, 40_000))[:100_000]
    given = [
        Observed(score=rng.normal(size=len(customer)), customer=customer, values=rng.normal(size=(len(customer), many)))
        for many in (10, 24)
    ]
    return (
        (
            "what stood before each answer",
            lambda: gather_drivers(log, ScoreMeasure.NPS, Selection(), days=30, runs=runs),
        ),
        ("100,000 answers, 10 drivers", lambda: weigh(given[0])),
        ("100,000 answers, 24 drivers", lambda: weigh(given[1])),
    )


def split_columns(columns: dict[str, object], share: float) -> tuple[dict[str, object], dict[str, object]]:
    """Part the columns: those that came first, and the last share of them (without traits: nobody told one anew)."""
    cut = int(len(columns["seq"]) * (1 - share))  # type: ignore[arg-type]

    def take(rows: slice) -> dict[str, object]:
        taken = {name: column[rows] if isinstance(column, np.ndarray) else column for name, column in columns.items()}
        taken["codes"] = {field: column[rows] for field, column in columns["codes"].items()}  # type: ignore[attr-defined]
        return taken

    return take(slice(cut)), {**take(slice(cut, None)), "traits": {}}


def main() -> None:
    """Print one line a kernel."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    columns = make_columns(events)
    log: PackedLog = pack(**columns)  # type: ignore[arg-type]
    print(f"{events:,} events of {len(log.customers):,} customers; {platform.machine()}, numpy {np.__version__}")
    journey = Journey(
        journey_id="bench",
        name="Bench",
        stages=tuple(Stage(name=f"Stage {i}", touchpoints=NAMES[1 + 5 * i : 6 + 5 * i]) for i in range(6)),
        gap_days=30,
    )
    north = Selection(where=(("trait:region", "North"),))
    quarter = Selection(from_us=YEAR_US * 3 // 4)
    nps = Question(measure=Measure.NPS, selection=north)
    older, newer = split_columns(columns, 0.01)
    known: PackedLog = pack(**older)  # type: ignore[arg-type]
    kernels: tuple[Kernel, ...] = (
        ("pack", lambda: pack(**columns)),  # type: ignore[arg-type]
        ("pack 1 % new, and splice it in", lambda: repack(known, pack(**newer))),  # type: ignore[arg-type]
        *list_passes(log, find_runs(log, journey)),
        ("select a third of the customers", lambda: select(log, north)),
        ("select a quarter of the year", lambda: select(log, quarter)),
        ("one score with its interval", lambda: answer(log, nps)),
        ("the rows behind it", lambda: behind(log, nps)),
        ("runs of a journey", lambda: find_runs(log, journey)),
        ("the map", lambda: draw_map(log, journey)),
        ("the map of a filter", lambda: draw_map(log, journey, selection=north)),
        ("findings for Home", lambda: find_changes(log, (journey,))),
        ("a proposed journey", lambda: propose_journey(log)),
        *list_drivers(log, find_runs(log, journey)),
    )
    for name, kernel in kernels:
        measure(name, kernel, rounds=rounds)


if __name__ == "__main__":
    main()
