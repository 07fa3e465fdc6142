"""Funnels three ways: retentioneering (which knows no window), SQL, and a walk case by case.

The rules are those of docs/explanation/journey-passes.md: a next step is the earliest later touch of it (``strict``:
the very next touch; ``any``: so many different steps in whatever order), all within the window of the start; a start is
the ``first`` touch of step 1, or ``each``, and then the case's best start counts, the earliest of equally good ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import duckdb
import pandas as pd
from logs import DAY_US
from retentioneering import Eventstream

ORDERS, ANCHORS = ("ordered", "strict", "any"), ("first", "each")
Touch = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One funnel with its rules."""

    steps: tuple[str, ...]
    order: str
    anchor: str
    window_days: float | None

    @property
    def window_us(self) -> int | None:
        """The window in µs."""
        return None if self.window_days is None else round(self.window_days * DAY_US)

    @property
    def label(self) -> str:
        """How it is called in the notes."""
        return f"funnel {' > '.join(self.steps)}, {self.order}, {self.anchor}, {self.window_days or 'no'} days"


def ask_all(steps: tuple[str, ...], windows_days: Sequence[float]) -> list[Asked]:
    """Return every rule of one funnel; ``any`` only where its steps differ."""
    orders = ORDERS if len(set(steps)) == len(steps) else ORDERS[:2]
    return [
        Asked(steps=steps, order=order, anchor=anchor, window_days=window)
        for order in orders
        for anchor in ANCHORS
        for window in (None, *windows_days)
    ]


def count_by_retentioneering(stream: Eventstream, asked: Asked) -> list[int]:
    """Return how many paths retentioneering finds at each step."""
    return [int(step["unique_paths"]) for step in stream.funnel_data(list(asked.steps))["steps"]]


def measure_by_sql(rows: pd.DataFrame, asked: Asked) -> dict[str, Any]:
    """Return counts, and with the anchor ``first`` the medians since the start and since the step before, by SQL."""
    named = {f"s{number}": name for number, name in enumerate(asked.steps, 1)}
    with duckdb.connect() as db:
        db.register("rows", rows)
        if asked.order == "any":
            return {"counts": _count_any(db, asked, named)}
        found = db.execute(_write_sql(asked), named).fetchall()
    counts = [row[0] for row in found]
    if asked.anchor == "each":
        return {"counts": counts}
    return {"counts": counts, "since_start_us": [row[1] for row in found], "since_before_us": [row[2] for row in found]}


def _write_sql(asked: Asked) -> str:
    """Chain the steps: ``s1`` holds the starts, ``s2`` the touch of step 2 that follows each of them, and so on."""
    first = "min(seq)" if asked.anchor == "first" else "seq"
    group = "GROUP BY case_no" if asked.anchor == "first" else "GROUP BY case_no, seq"
    start = (
        f"s1 AS (SELECT case_no, {first} AS start, {first} AS at, min(ts_us) AS from_us, min(ts_us) AS ts_us, "
        f"0 AS since FROM rows WHERE touchpoint = $s1 {group})"
    )
    follows = "r.seq = p.at + 1" if asked.order == "strict" else "r.seq > p.at"
    window = "" if asked.window_us is None else f"AND r.ts_us - p.from_us <= {asked.window_us}"
    chain = [
        (
            f"s{step} AS (SELECT p.case_no, p.start, min(r.seq) AS at, any_value(p.from_us) AS from_us, "
            "min(r.ts_us) AS ts_us, min(r.ts_us) - any_value(p.ts_us) AS since "
            f"FROM rows r JOIN s{step - 1} p ON p.case_no = r.case_no AND {follows} {window} "
            f"WHERE r.touchpoint = $s{step} GROUP BY p.case_no, p.start)"
        )
        for step in range(2, len(asked.steps) + 1)
    ]
    asks = " UNION ALL ".join(
        f"SELECT {step} AS step, count(DISTINCT case_no) AS n, median(ts_us - from_us) AS a, median(since) AS b "
        f"FROM s{step}"
        for step in range(1, len(asked.steps) + 1)
    )
    return f"WITH {', '.join([start, *chain])} SELECT n, a, b FROM ({asks}) ORDER BY step"


def _count_any(db: duckdb.DuckDBPyConnection, asked: Asked, named: dict[str, str]) -> list[int]:
    window = "" if asked.window_us is None else f"AND r.ts_us - p.ts_us <= {asked.window_us}"
    wanted = f"touchpoint IN ({', '.join(f'${name}' for name in named)})"
    starts = f"SELECT * FROM rows WHERE {wanted}"
    if asked.anchor == "first":
        starts += " QUALIFY row_number() OVER (PARTITION BY case_no ORDER BY seq) = 1"
    depths = db.execute(
        f"SELECT max(n) FROM (SELECT p.case_no, p.seq, count(DISTINCT r.touchpoint) AS n FROM ({starts}) p "
        f"JOIN rows r ON r.case_no = p.case_no AND r.seq >= p.seq {window} WHERE r.{wanted} GROUP BY 1, 2) "
        "GROUP BY case_no",
        named,
    ).fetchall()
    return [sum(depth >= step for (depth,) in depths) for step in range(1, len(asked.steps) + 1)]


def measure_by_walk(cases: Sequence[list[Touch]], asked: Asked) -> dict[str, Any]:
    """Return counts and, unless in any order, medians since the start and the step before, in plain Python."""
    wanted = set(asked.steps) if asked.order == "any" else {asked.steps[0]}
    found: list[list[int]] = []
    for touches in cases:
        begins = [at for at, (name, _) in enumerate(touches) if name in wanted]
        walks = [_walk(touches[at:], asked) for at in (begins if asked.anchor == "each" else begins[:1])]
        if walks:
            # max keeps the first of equally deep ones.
            found.append(max(walks, key=len))
    depths = range(len(asked.steps))
    counts = [sum(len(times) > step for times in found) for step in depths]
    if asked.order == "any":
        return {"counts": counts}
    return {
        "counts": counts,
        "since_start_us": [_middle([times[s] - times[0] for times in found if len(times) > s]) for s in depths],
        "since_before_us": [
            _middle([times[s] - times[max(s - 1, 0)] for times in found if len(times) > s]) for s in depths
        ],
    }


def _walk(touches: list[Touch], asked: Asked) -> list[int]:
    """Return the times at which the steps were done from a start on."""
    if asked.order == "any":
        seen = {
            name: ts_us for name, ts_us in reversed(touches) if name in asked.steps and _within(touches, ts_us, asked)
        }
        return sorted(seen.values())
    times: list[int] = []
    for name, ts_us in touches:
        if len(times) == len(asked.steps):
            break
        if name == asked.steps[len(times)] and _within(touches, ts_us, asked):
            times.append(ts_us)
        elif asked.order == "strict":
            break
    return times


def _within(touches: list[Touch], ts_us: int, asked: Asked) -> bool:
    return asked.window_us is None or ts_us - touches[0][1] <= asked.window_us


def _middle(values: list[int]) -> float | None:
    return float(median(values)) if values else None
