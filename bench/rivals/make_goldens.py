"""Make the golden figures of tests/golden/journeys again: by hand, in the rivals' own environment (README.md).

python bench/rivals/make_goldens.py [dataset ...]

Each figure is asked of at least two tools that share no code with heartline, and written only where they agree; where
they don't, the file says which tool said what. Counts and medians only: no row of the data leaves its file.
"""

from __future__ import annotations

import os

# The rivals' usage reports are switched off before they are imported.
os.environ["RETENTIONEERING_NO_TRACK"] = "1"
os.environ["PM4PY_TELEMETRY"] = "0"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import hashlib
import json
import platform
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import figures
import funnels
import pandas as pd
from logs import DATASETS, SHARED, Dataset, Funnel, order_rows

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "journeys"
MOST_EDGES, MOST_VARIANTS, MOST_NAMES = 400, 50, 60
TOOLS = ("pm4py", "retentioneering", "duckdb", "polars", "pandas")


def digest(rows: Iterable[list[Any]]) -> str:
    """Return a digest of rows in whatever order: SHA-256 over their sorted JSON, a line each."""
    lines = sorted(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Agreement:
    """Notes for each figure which tools gave it, and where one gave another."""

    def __init__(self) -> None:
        self.agreed: dict[str, list[str]] = {}
        self.differing: list[str] = []

    def settle(self, figure: str, said: dict[str, Any]) -> Any:  # noqa: ANN401 - any figure
        """Return the figure of the first tool, noting who said the same and who did not."""
        first = next(iter(said.values()))
        self.agreed[figure] = [tool for tool, value in said.items() if value == first]
        for tool, value in said.items():
            if value != first:
                self.differing.append(f"{figure}: {tool} says otherwise ({_tell(first, value)})")
        return first


def _tell(first: Any, other: Any) -> str:  # noqa: ANN401 - any figure
    if isinstance(first, dict):
        keys = sorted(key for key in {*first, *other} if first.get(key) != other.get(key))
        return f"{len(keys)} of {len(first)}, the first: {keys[0]} {first.get(keys[0])} against {other.get(keys[0])}"
    return f"{str(first)[:80]} against {str(other)[:80]}"


def make_graph(of: dict[str, dict[str, Any]], agreement: Agreement) -> dict[str, Any]:
    """Return edges with counts, exact medians in µs, and medians in crossed seconds as retentioneering takes them."""
    tools = ("pm4py", "retentioneering", "duckdb", "polars", "walk")
    edges = agreement.settle("graph.count", {tool: of[tool]["edges"] for tool in tools})
    exact = ("pm4py", "duckdb", "polars")
    median = agreement.settle("graph.median_us", {tool: of[tool]["median_us"] for tool in exact})
    ninth = agreement.settle("graph.p90_us", {tool: of[tool]["p90_us"] for tool in ("duckdb", "polars")})
    both = ("pm4py", "retentioneering")
    starts = agreement.settle("graph.starts", {tool: of[tool]["starts"] for tool in both})
    ends = agreement.settle("graph.ends", {tool: of[tool]["ends"] for tool in both})
    crossed = of["retentioneering"]["median_s"]
    rows = [[*pair, count, median[pair], ninth[pair], crossed[pair]] for pair, count in edges.items()]
    rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    return {
        "columns": ["from", "to", "count", "median_us", "p90_us", "median_crossed_s"],
        "edges": len(rows),
        "top": rows[:MOST_EDGES],
        "digest": digest(rows),
        "starts": dict(sorted(starts.items())) if len(starts) <= MOST_NAMES else len(starts),
        "starts_digest": digest([[name, count] for name, count in starts.items()]),
        "ends": dict(sorted(ends.items())) if len(ends) <= MOST_NAMES else len(ends),
        "ends_digest": digest([[name, count] for name, count in ends.items()]),
    }


def make_variants(of: dict[str, dict[str, Any]], agreement: Agreement) -> dict[str, Any]:
    """Return the most frequent whole sequences, how many there are, and digests of all."""
    said = {tool: of[tool]["variants"] for tool in ("pm4py", "duckdb", "polars")}
    variants = agreement.settle("variants", said)
    top = sorted(variants.items(), key=lambda item: (-item[1], item[0]))[:MOST_VARIANTS]
    return {
        "distinct": len(variants),
        "top": [[list(steps), count] for steps, count in top],
        "lengths_digest": digest([[len(steps), count] for steps, count in variants.items()]),
        "digest": digest([[list(steps), count] for steps, count in variants.items()]),
    }


def make_funnels(
    rows: pd.DataFrame, stream: figures.Eventstream, funnel: Funnel, agreement: Agreement
) -> list[dict[str, Any]]:
    """Return a funnel by every rule, without a window and with each of its windows."""
    cases = [
        list(zip(case["touchpoint"], case["ts_us"], strict=True)) for _, case in rows.groupby("case_no", sort=False)
    ]
    told = []
    for asked in funnels.ask_all(funnel.steps, funnel.windows_days):
        walked, queried = funnels.measure_by_walk(cases, asked), funnels.measure_by_sql(rows, asked)
        said = {"duckdb": queried["counts"], "walk": walked["counts"]}
        if asked.order == "ordered" and asked.window_days is None:
            said = {"retentioneering": funnels.count_by_retentioneering(stream, asked), **said}
        line = {"steps": list(asked.steps), "order": asked.order, "anchor": asked.anchor}
        line |= {"window_days": asked.window_days, "counts": agreement.settle(asked.label, said)}
        for name in ("since_start_us", "since_before_us"):
            if name in walked:
                both = {tool: of[name] for tool, of in (("duckdb", queried), ("walk", walked)) if name in of}
                line[name] = agreement.settle(f"{asked.label}, {name}", both)
        told.append(line)
    return told


def make_sessions(rows: pd.DataFrame, stream: figures.Eventstream, gap: int, agreement: Agreement) -> dict[str, Any]:
    """Return how many sessions there are, how many touches they have, and a digest of (touches, µs) of all."""
    said = {"retentioneering": figures.split_sessions(stream, gap), "duckdb": figures.cut_by_sql(rows, gap)}
    sessions = agreement.settle(f"sessions, {gap} minutes", said)
    sizes, lasted = pd.Series([size for size, _ in sessions]), pd.Series([us for _, us in sessions])
    return {
        "gap_minutes": gap,
        "sessions": len(sessions),
        "median_touches": float(sizes.median()),
        "median_us": float(lasted.median()),
        "p90_us": round(float(lasted.quantile(0.9)), 1),
        "touches": {str(size): count for size, count in sorted(Counter(sizes.tolist()).items())},
        "digest": digest([[size, us] for size, us in sessions]),
    }


def make_steps(of: dict[str, dict[str, Any]], agreement: Agreement) -> dict[str, Any]:
    """Return how many cases met each touchpoint at each of the first steps, and how many had none left."""
    said = {}
    for tool in ("retentioneering", "polars"):
        said[tool] = {name: counts for name, counts in of[tool]["steps"].items() if any(counts)}
    steps = agreement.settle("step matrix", said)
    flows = agreement.settle("flows", {tool: of[tool]["flows"] for tool in ("duckdb", "polars")})
    top = sorted(steps.items(), key=lambda item: (-sum(item[1]), item[0]))[:MOST_NAMES]
    return {
        "steps": figures.STEPS,
        "touchpoints": len(steps),
        "top": dict(top),
        "digest": digest([[name, *counts] for name, counts in steps.items()]),
        "gone": of["retentioneering"]["gone"],
        "flows": len(flows),
        "flows_digest": digest([[*flow, count] for flow, count in flows.items()]),
    }


def make(dataset: Dataset) -> dict[str, Any]:
    """Return all figures of a data set."""
    rows = order_rows(dataset.read(SHARED / dataset.file))
    stream, agreement = figures.open_stream(rows), Agreement()
    of = {
        "pm4py": figures.ask_pm4py(rows),
        "retentioneering": figures.ask_retentioneering(stream, rows),
        "duckdb": figures.ask_duckdb(rows),
        "polars": figures.ask_polars(rows),
        "walk": {"edges": figures.count_adjacent(rows)},
    }
    ties = int(((rows["case_no"].diff() == 0) & (rows["ts_us"].diff() == 0)).sum())
    told: dict[str, Any] = {
        "file": dataset.file,
        "events": len(rows),
        "cases": int(rows["case_no"].nunique()),
        "touchpoints": int(rows["touchpoint"].nunique()),
        "ties": ties,
        "graph": make_graph(of, agreement),
        "variants": make_variants(of, agreement),
        "funnels": [part for funnel in dataset.funnels for part in make_funnels(rows, stream, funnel, agreement)],
        "sessions": [make_sessions(rows, stream, gap, agreement) for gap in dataset.gaps_minutes],
        "step_matrix": make_steps(of, agreement),
    }
    made = {
        "by": "bench/rivals/make_goldens.py",
        "on": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "tools": {tool: version(tool) for tool in TOOLS},
        "order": "case, time, place in the file; ties keep the order of the file",
        "agreed": agreement.agreed,
        "differing": agreement.differing,
    }
    return {"made": made, **told}


def main() -> None:
    """Write one file a data set."""
    asked = set(sys.argv[1:])
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for dataset in DATASETS:
        if asked and dataset.name not in asked:
            continue
        told = make(dataset)
        path = GOLDEN / f"{dataset.name}.json"
        path.write_text(_write(told) + "\n", encoding="utf-8")
        print(f"{dataset.name}: {told['events']:,} events, {path.stat().st_size / 1_000:.0f} kB", flush=True)
        for line in told["made"]["differing"]:
            print(f"  {line}", flush=True)


def _write(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """Lay JSON out with one line an entry of the outer three levels."""
    if isinstance(value, dict) and value and depth < 3:
        inner = ",\n".join(f"{'  ' * (depth + 1)}{json.dumps(k)}: {_write(v, depth + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + "  " * depth + "}"
    if isinstance(value, list) and value and isinstance(value[0], list | dict) and depth < 3:
        inner = ",\n".join(f"{'  ' * (depth + 1)}{json.dumps(item, ensure_ascii=False)}" for item in value)
        return "[\n" + inner + "\n" + "  " * depth + "]"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
