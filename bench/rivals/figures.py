"""What each tool says of one log, in one shape, so that figures can be laid side by side.

The calls below are ours; what they call is pm4py, retentioneering, DuckDB and Polars as installed. Rows come ordered
(``logs.order_rows``): every tool is given them in that order, and none of them may break a tie differently.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd
import pm4py
import polars as pl
from logs import MINUTE_US
from retentioneering import Eventstream

Edge = tuple[str, str]
STEPS = 10
_OWN = {"path_start", "path_end"}


def ask_pm4py(rows: pd.DataFrame) -> dict[str, Any]:
    """Return edges with counts and exact medians, first and last touchpoints, whole sequences."""
    log = pd.DataFrame(
        {
            "case:concept:name": rows["case"],
            "concept:name": rows["touchpoint"],
            "time:timestamp": pd.to_datetime(rows["ts_us"], unit="us", utc=True),
        }
    )
    log = pm4py.format_dataframe(log)
    counts, starts, ends = pm4py.discover_dfg(log)
    spent, _, _ = pm4py.discover_performance_dfg(log, perf_aggregation_key="median")
    return {
        "edges": {pair: int(count) for pair, count in counts.items()},
        # Seconds as floats; half a microsecond is the finest a median of whole ones can be.
        "median_us": {pair: round(float(seconds) * 2e6) / 2 for pair, seconds in spent.items()},
        "starts": {name: int(count) for name, count in starts.items()},
        "ends": {name: int(count) for name, count in ends.items()},
        "variants": {tuple(steps): int(count) for steps, count in pm4py.get_variants(log).items()},
    }


def open_stream(rows: pd.DataFrame) -> Eventstream:
    """Return the rows as retentioneering's stream."""
    frame = pd.DataFrame(
        {
            "user_id": rows["case_no"],
            "event": rows["touchpoint"],
            "timestamp": pd.to_datetime(rows["ts_us"], unit="us"),
        }
    )
    return Eventstream(frame)


def ask_retentioneering(stream: Eventstream, rows: pd.DataFrame) -> dict[str, Any]:
    """Return edges with counts and medians in seconds, and the step matrix as counts of paths."""
    cases = int(rows["case_no"].nunique())
    counts = stream.transition_graph_data("count")
    spent = stream.transition_graph_data("time_median")
    matrix = stream.step_matrix_data(max_steps=STEPS)
    return {
        "edges": _read_matrix(counts, int),
        "median_s": _read_matrix(spent, lambda value: value.total_seconds()),
        "starts": {name: int(n) for name, n in counts.loc["path_start"].items() if n and name not in _OWN},
        "ends": {name: int(n) for name, n in counts["path_end"].items() if n and name not in _OWN},
        "steps": {
            name: [round(float(matrix.loc[name, step]) * cases) for step in range(1, STEPS + 1)]
            for name in matrix.index
            if name not in _OWN
        },
        "gone": [round(float(matrix.loc["path_end", step]) * cases) for step in range(1, STEPS + 1)],
    }


def _read_matrix(matrix: pd.DataFrame, convert: Any) -> dict[Edge, Any]:  # noqa: ANN401 - whatever a cell becomes
    """Return the cells between touchpoints; a count of 0 and a missing median say that there is no such edge."""
    return {
        (source, target): convert(value)
        for source, row in matrix.drop(index=_OWN, errors="ignore").iterrows()
        for target, value in row.items()
        if target not in _OWN and not pd.isna(value) and value != 0
    }


def split_sessions(stream: Eventstream, gap_minutes: int) -> list[tuple[int, int]]:
    """Return touches and µs of each session that retentioneering cuts."""
    cut = stream.split_sessions(timeout=f"{gap_minutes}m").to_dataframe()
    grouped = cut.groupby("session_id")["timestamp"].agg(["size", "min", "max"])
    lasted = (grouped["max"] - grouped["min"]).astype("timedelta64[us]").astype("int64")
    return sorted(zip(grouped["size"].tolist(), lasted.tolist(), strict=True))


def ask_duckdb(rows: pd.DataFrame) -> dict[str, Any]:
    """Return edges with exact medians and whole sequences by SQL on the ordered rows."""
    with duckdb.connect() as db:
        db.register("rows", rows)
        following = (
            "SELECT case_no, ts_us, seq, touchpoint AS a, lead(touchpoint) OVER w AS b, "
            "lead(ts_us) OVER w - ts_us AS us FROM rows WINDOW w AS (PARTITION BY case_no ORDER BY ts_us, seq)"
        )
        edges = db.execute(
            f"SELECT a, b, count(*), median(us), quantile_cont(us, 0.9) FROM ({following}) WHERE b IS NOT NULL "
            "GROUP BY a, b"
        ).fetchall()
        flows = db.execute(
            f"SELECT step, a, b, count(*) FROM (SELECT *, row_number() OVER (PARTITION BY case_no ORDER BY ts_us, seq) "
            f"AS step FROM ({following})) WHERE b IS NOT NULL AND step < {STEPS} GROUP BY step, a, b"
        ).fetchall()
        sequences = db.execute(
            "SELECT s, count(*) FROM (SELECT list(touchpoint ORDER BY ts_us, seq) AS s FROM rows GROUP BY case_no) "
            "GROUP BY s"
        ).fetchall()
    return {
        "edges": {(a, b): n for a, b, n, *_ in edges},
        "median_us": {(a, b): float(us) for a, b, _, us, _ in edges},
        # The 90th percentile lies between two whole numbers, at a multiple of a tenth.
        "p90_us": {(a, b): round(float(us), 1) for a, b, *_, us in edges},
        "variants": {tuple(steps): n for steps, n in sequences},
        "flows": {(step, a, b): n for step, a, b, n in flows},
    }


def ask_polars(rows: pd.DataFrame) -> dict[str, Any]:
    """Return edges, exact medians, sequences and the step matrix by Polars expressions."""
    frame = pl.from_pandas(rows).sort("case_no", "ts_us", "seq", maintain_order=True)
    after = frame.with_columns(
        b=pl.col("touchpoint").shift(-1).over("case_no"), us=pl.col("ts_us").shift(-1).over("case_no") - pl.col("ts_us")
    ).drop_nulls("b")
    edges = after.group_by("touchpoint", "b").agg(
        n=pl.len(), us=pl.col("us").median(), p90=pl.col("us").quantile(0.9, "linear")
    )
    flows = (
        after.with_columns(step=pl.int_range(1, pl.len() + 1).over("case_no"))
        .filter(pl.col("step") < STEPS)
        .group_by("step", "touchpoint", "b")
        .len()
    )
    sequences = frame.group_by("case_no", maintain_order=True).agg(pl.col("touchpoint")).group_by("touchpoint").len()
    steps = (
        frame.with_columns(step=pl.int_range(pl.len()).over("case_no"))
        .filter(pl.col("step") < STEPS)
        .group_by("touchpoint", "step")
        .len()
    )
    table: dict[str, list[int]] = {}
    for name, step, count in steps.iter_rows():
        table.setdefault(name, [0] * STEPS)[step] = count
    return {
        "edges": {(a, b): n for a, b, n, *_ in edges.iter_rows()},
        "median_us": {(a, b): float(us) for a, b, _, us, _ in edges.iter_rows()},
        "p90_us": {(a, b): round(float(us), 1) for a, b, *_, us in edges.iter_rows()},
        "variants": {tuple(steps): n for steps, n in sequences.iter_rows()},
        "steps": table,
        "flows": {(step, a, b): n for step, a, b, n in flows.iter_rows()},
    }


def cut_by_sql(rows: pd.DataFrame, gap_minutes: int) -> list[tuple[int, int]]:
    """Return touches and µs of each session by SQL: a session ends where the silence is longer than the gap."""
    with duckdb.connect() as db:
        db.register("rows", rows)
        found = db.execute(
            f"""SELECT count(*), max(ts_us) - min(ts_us) FROM (
                SELECT case_no, ts_us, sum(fresh) OVER (PARTITION BY case_no ORDER BY ts_us, seq) AS session FROM (
                    SELECT *, (ts_us - lag(ts_us) OVER (PARTITION BY case_no ORDER BY ts_us, seq)
                               > {gap_minutes * MINUTE_US})::INT AS fresh FROM rows))
                GROUP BY case_no, coalesce(session, 0)"""
        ).fetchall()
    return sorted(found)


def count_adjacent(rows: pd.DataFrame) -> dict[Edge, int]:
    """Count edges in plain Python: the judge between tools that disagree."""
    pairs: Counter[Edge] = Counter()
    for (case, name), (case_after, name_after) in pairwise(zip(rows["case_no"], rows["touchpoint"], strict=True)):
        if case == case_after:
            pairs[name, name_after] += 1
    return dict(pairs)
