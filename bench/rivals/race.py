"""One journey question put to one rival, in a process of its own: ``python race.py ENGINE TASK FOLDER``.

Prints JSON as ``bench/journey_passes.py`` does: CPU seconds of opening and of the question, peak memory, an answer.
Engines: ``history`` (DuckDB's SQL on History as heartline ships it) and ``codes`` (the same SQL on sorted integer
codes), which any Python with duckdb runs; ``polars`` (decoding the coded columns, no question), ``pm4py``,
``retentioneering`` and ``pl4pm``, which the rivals' own environment runs. All keep to one thread.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Set before any engine is imported: they are, by whoever asks them.
os.environ |= {"RETENTIONEERING_NO_TRACK": "1", "DO_NOT_TRACK": "1", "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
WEEK_US = 7 * 86_400_000_000
HALF_HOUR_US = 30 * 60_000_000
FUNNEL = (1, 2, 3, 4)
SPELLED = tuple(f"touchpoint {code}" for code in FUNNEL)
_W = "WINDOW w AS (PARTITION BY subject_id ORDER BY ts_us, seq)"
SQL = {
    "graph": f"""SELECT count(*), sum(n * n)::DOUBLE, sum(m) FROM (
        SELECT count(*) AS n, median(us) AS m FROM (
          SELECT touchpoint AS a, lead(touchpoint) OVER w AS b, lead(ts_us) OVER w - ts_us AS us FROM interactions {_W})
        WHERE b IS NOT NULL GROUP BY a, b)""",
    "variants": """WITH v AS (SELECT s, count(*) AS n FROM (
          SELECT list(touchpoint ORDER BY ts_us, seq) AS s FROM interactions GROUP BY subject_id) GROUP BY s)
        SELECT list_prepend((SELECT count(*) FROM v), list(n)) FROM (SELECT n FROM v ORDER BY n DESC LIMIT 20)""",
    # The file is in the order of time, so a later seq is a later touch: the cheapest form that is right here.
    "funnel": "WITH s1 AS (SELECT subject_id, min(seq) AS at, min(ts_us) AS from_us FROM interactions "
    f"WHERE touchpoint = {FUNNEL[0]} GROUP BY 1)"
    + "".join(
        f", s{i} AS (SELECT e.subject_id, min(e.seq) AS at, any_value(p.from_us) AS from_us FROM interactions e "
        f"JOIN s{i - 1} p ON p.subject_id = e.subject_id AND e.seq > p.at AND e.ts_us - p.from_us <= {WEEK_US} "
        f"WHERE e.touchpoint = {code} GROUP BY 1)"
        for i, code in enumerate(FUNNEL[1:], 2)
    )
    + " SELECT " + ", ".join(f"(SELECT count(*) FROM s{i})" for i in range(1, len(FUNNEL) + 1)),
    "sessions": f"""SELECT count(*), count_if(n = 1), median(us) FROM (
        SELECT count(*) AS n, max(ts_us) - min(ts_us) AS us FROM (
          SELECT subject_id, ts_us, sum(fresh) OVER w AS session FROM (
            SELECT subject_id, ts_us, seq, coalesce(ts_us - lag(ts_us) OVER w > {HALF_HOUR_US}, true)::INT AS fresh
            FROM interactions {_W}) {_W})
        GROUP BY subject_id, session)""",
    "steps": """WITH p AS (SELECT touchpoint, step, count(*) AS n FROM (SELECT touchpoint,
          row_number() OVER (PARTITION BY subject_id ORDER BY ts_us, seq) AS step FROM interactions)
        WHERE step <= 10 GROUP BY ALL)
        SELECT sum(n * n)::DOUBLE, (SELECT count(DISTINCT subject_id) FROM interactions)
          - (SELECT sum(n) FROM p WHERE step = 10) FROM p""",
}  # fmt: skip


def ask_duckdb(engine: str, task: str, folder: Path) -> tuple[float, list[float]]:
    """Open a file and ask it in SQL; returns when it was open, and the answer."""
    import duckdb  # noqa: PLC0415 - only the engine asked for is imported, before the clock starts

    begin()
    with duckdb.connect(str(folder / f"{engine}.duckdb"), read_only=True, config={"threads": 1}) as db:
        opened = time.process_time()
        row = db.execute(SQL[task]).fetchone()
    return opened, [float(value) for value in (row[0] if isinstance(row[0], list) else row)]


def ask_polars(task: str, folder: Path) -> tuple[float, list[float]]:
    """Decode the three coded columns; ``prepare`` writes the file for it, and one with names for the libraries."""
    import polars as pl  # noqa: PLC0415

    path = folder / "codes.parquet"
    if task == "prepare":
        frame = pl.DataFrame({name: np.load(folder / f"{name}.npy") for name in ("subject_id", "touchpoint", "ts_us")})
        frame.write_parquet(path)
        named = frame.select(
            case=pl.format("c{}", "subject_id"),
            touchpoint=pl.format("touchpoint {}", "touchpoint"),
            ts=pl.col("ts_us").cast(pl.Datetime("us")),
        )
        named.sort("ts").write_parquet(folder / "names.parquet")
    begin()
    frame = pl.read_parquet(path)
    return time.process_time(), [float(len(frame))]


def ask_pm4py(task: str, folder: Path) -> tuple[float, list[float]]:
    """Ask pm4py for the graph (counts and medians: two calls) or the variants."""
    import pandas as pd  # noqa: PLC0415
    import pm4py  # noqa: PLC0415

    begin()
    log = pd.read_parquet(folder / "names.parquet")
    log = pm4py.format_dataframe(log, case_id="case", activity_key="touchpoint", timestamp_key="ts")
    opened = time.process_time()
    if task == "variants":
        counts = sorted(pm4py.get_variants(log).values(), reverse=True)
        return opened, [float(value) for value in (len(counts), *counts[:20])]
    edges, _, _ = pm4py.discover_dfg(log)
    spent, _, _ = pm4py.discover_performance_dfg(log, perf_aggregation_key="median")
    return opened, [len(edges), float(sum(n * n for n in edges.values())), sum(spent.values()) * 1e6]


def ask_pl4pm(task: str, folder: Path) -> tuple[float, list[float]]:
    """Ask pl4pm for the graph or the variants."""
    import pl4pm  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    begin()
    log = pl.scan_parquet(folder / "names.parquet").rename(
        {"case": "case:concept:name", "touchpoint": "concept:name", "ts": "time:timestamp"}
    )
    log = pl4pm.format_dataframe(log)
    opened = time.process_time()
    if task == "variants":
        counts = sorted(pl4pm.get_variants(log).values(), reverse=True)
        return opened, [float(value) for value in (len(counts), *counts[:20])]
    edges, _, _ = pl4pm.discover_dfg(log)
    spent, _, _ = pl4pm.discover_performance_dfg(log, perf_aggregation_key="median")
    return opened, [len(edges), float(sum(n * n for n in edges.values())), sum(spent.values()) * 1e6]


def ask_retentioneering(task: str, folder: Path) -> tuple[float, list[float]]:
    """Ask retentioneering for the graph (two calls), the funnel (it has no window), sessions or the step matrix."""
    import pandas as pd  # noqa: PLC0415
    from retentioneering import Eventstream  # noqa: PLC0415

    begin()
    frame = pd.read_parquet(folder / "names.parquet")
    frame.columns = ["user_id", "event", "timestamp"]
    stream = Eventstream(frame)
    opened = time.process_time()
    answer: list[float] = []
    if task == "graph":
        counts = stream.transition_graph_data("count").drop(index="path_start", columns="path_end")
        stream.transition_graph_data("time_median")
        counts = counts.drop(index="path_end", columns="path_start", errors="ignore").to_numpy().astype(float)
        answer = [float((counts > 0).sum()), float((counts**2).sum())]
    elif task == "funnel":
        answer = [float(step["unique_paths"]) for step in stream.funnel_data(list(SPELLED))["steps"]]
    elif task == "sessions":
        sessions = stream.split_sessions(timeout="30m").to_dataframe().groupby("session_id")["timestamp"]
        sizes = sessions.size()
        lasted = (sessions.max() - sessions.min()).astype("timedelta64[us]").astype("int64")
        answer = [float(len(sizes)), float((sizes == 1).sum()), float(lasted.median())]
    else:
        matrix = stream.step_matrix_data(max_steps=10) * frame["user_id"].nunique()
        cells = matrix.drop(index=["path_start", "path_end"])[list(range(1, 11))].round().to_numpy()
        answer = [float((cells**2).sum()), float(round(matrix.loc["path_end", 10]))]
    return opened, answer


_began = [0.0]


def begin() -> None:
    """Start the clock: all that is needed has been imported."""
    _began[0] = time.process_time()


def main() -> None:
    """Ask and print."""
    engine, task, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    libraries: dict[str, Callable[[str, Path], tuple[float, list[float]]]] = {
        "polars": ask_polars,
        "pm4py": ask_pm4py,
        "pl4pm": ask_pl4pm,
        "retentioneering": ask_retentioneering,
    }
    if engine in libraries:
        opened, answer = libraries[engine](task, folder)
    else:
        opened, answer = ask_duckdb(engine, task, folder)
    told: dict[str, Any] = {"open_s": opened - _began[0], "pass_s": time.process_time() - opened, "answer": answer}
    # Not ru_maxrss, which counts what the parent held before this process began.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    told["peak_mb"] = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
