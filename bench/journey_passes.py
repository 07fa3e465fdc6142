"""One journey pass of heartline's in a process of its own: ``python bench/journey_passes.py TASK OPENING FOLDER``.

Prints JSON: CPU seconds of opening the log and of the pass, the process's peak memory, and an answer to lay beside
the rivals'. Nothing of importing is counted. ``OPENING`` is ``history`` (what heartline does at start: decode History,
pack) or ``mapped`` (a log packed before, as arrays in files that are mapped into memory). ``TASK`` may also be
``keep``, which packs from History and writes those files, and ``refresh``, which brings a log up to date.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from journey_events import FUNNEL

from heartline.store import Columns, DuckdbHistory
from heartline.understand import (
    Anchor,
    Funnel,
    FunnelStep,
    PackedLog,
    cut_sessions,
    draw_paths,
    find_sequences,
    measure_funnel,
    pack,
    repack,
    tabulate_steps,
)
from heartline.unify import assign_customers

ARRAYS = ("customers", "offsets", "row", "ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor")
COLUMNS = (
    "seq", "ts_us", "subject_id", "score_kind", "score", "score_top", "amount_minor", "has_text", "text_length",
)  # fmt: skip
DAY_US = 86_400_000_000
NOBODY = np.zeros(0, dtype=np.int64)
STEPS = tuple(FunnelStep(name=f"touchpoint {code}", touchpoints=(f"touchpoint {code}",)) for code in FUNNEL)


def ask_graph(log: PackedLog) -> list[float]:
    """Return the number of edges, their counts' sum of squares, and the sum of their medians."""
    graph = draw_paths(log)
    return [len(graph.count), float((graph.count**2).sum()), float(graph.median_us.sum())]


def ask_variants(log: PackedLog) -> list[float]:
    """Return how many sequences there are, and how often the twenty most frequent were taken."""
    found = find_sequences(log)
    return [found.distinct, *(variant.runs for variant in found.shown)]


def ask_funnel(log: PackedLog) -> list[float]:
    """Return people by step, within seven days of their first touch of step 1."""
    funnel = Funnel(steps=STEPS, window_us=7 * DAY_US, anchor=Anchor.FIRST)
    return [step.people for step in measure_funnel(log, funnel).all.steps]


def ask_sessions(log: PackedLog) -> list[float]:
    """Return sessions, single touches among them, and the median duration."""
    found = cut_sessions(log)
    return [found.count, round(found.bounced.value * found.count), found.duration_us[0]]


def ask_steps(log: PackedLog) -> list[float]:
    """Return the sum of squares of the matrix's cells and who is gone at the last position."""
    matrix = tabulate_steps(log, top=100)
    return [float((matrix.counts[:, :-1] ** 2).sum()), float(matrix.counts[-1, -1])]


TASKS: dict[str, Callable[[PackedLog], list[float]]] = {
    "graph": ask_graph,
    "variants": ask_variants,
    "funnel": ask_funnel,
    "sessions": ask_sessions,
    "steps": ask_steps,
}


def pack_columns(columns: Columns, names: dict[str, tuple[str, ...]]) -> PackedLog:
    """Pack as ``LogKeeper`` does, for customers who are one subject each."""
    owner = assign_customers(columns.subject_id, columns.ts_us, owned=NOBODY, from_us=NOBODY, customer_id=NOBODY)
    return pack(
        customer_id=owner,
        ts_us=columns.ts_us,
        seq=columns.seq,
        codes=columns.fields,
        names=names,
        score_kind=columns.score_kind,
        score=columns.score,
        score_top=columns.score_top,
        amount_minor=columns.amount_minor,
        has_text=columns.has_text,
    )


def open_history(folder: Path) -> PackedLog:
    """Decode History and pack it."""
    history = DuckdbHistory(folder / "history.duckdb")
    return pack_columns(history.columns(), dict(history.vocabulary()))


def keep_log(log: PackedLog, folder: Path) -> None:
    """Write a log's arrays into files."""
    kept = folder / "packed"
    kept.mkdir(exist_ok=True)
    for name in (*ARRAYS, "has_text"):
        np.save(kept / f"{name}.npy", getattr(log, name))
    for field, codes in log.codes.items():
        np.save(kept / f"code-{field}.npy", codes)
    (kept / "names.json").write_text(json.dumps(dict(log.names)), encoding="utf-8")


def open_mapped(folder: Path) -> PackedLog:
    """Map a log's files into memory; nothing is read before it is asked for."""
    kept = folder / "packed"

    def load(name: str) -> Any:  # noqa: ANN401 - an array of whatever kind
        return np.load(kept / f"{name}.npy", mmap_mode="r").view(np.ndarray)

    names = json.loads((kept / "names.json").read_text(encoding="utf-8"))
    return PackedLog(
        **{name: load(name) for name in (*ARRAYS, "has_text")},
        codes={field: load(f"code-{field}") for field in names},
        names={field: tuple(told) for field, told in names.items()},
    )


def read_peak_mb() -> float:
    """Return the most memory this process has held; ``ru_maxrss`` would count what its parent held before it began."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def refresh(folder: Path) -> tuple[float, list[float]]:
    """Splice the last hundredth that arrived into a log of all before; returns when that log was there.

    What is counted from then on: reading what is new from History, packing it, and splicing it in.
    """
    history = DuckdbHistory(folder / "history.duckdb")
    names, columns = dict(history.vocabulary()), history.columns()
    cut = int(np.sort(columns.seq)[len(columns.seq) * 99 // 100])
    older = columns.seq <= cut
    fields = {name: column[older] for name, column in columns.fields.items()}
    plain = {name: getattr(columns, name)[older] for name in COLUMNS}
    log = pack_columns(Columns(fields=fields, **plain), names)
    del columns, fields, plain
    opened = time.process_time()
    fresh = history.columns(after_seq=cut)
    log = repack(log, pack_columns(fresh, names)).log
    return opened, [float(len(log)), float(len(fresh.seq))]


OPENINGS: dict[str, Callable[[Path], PackedLog]] = {"history": open_history, "mapped": open_mapped}


def main() -> None:
    """Measure one task and print it."""
    task, opening, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    began = time.process_time()
    answer: list[float] = []
    if task == "refresh":
        opened, answer = refresh(folder)
    else:
        log = OPENINGS[opening](folder)
        opened = time.process_time()
        if task == "keep":
            keep_log(log, folder)
        else:
            answer = TASKS[task](log)
    ended = time.process_time()
    told: dict[str, Any] = {"open_s": opened - began, "pass_s": ended - opened, "answer": answer}
    told["peak_mb"] = read_peak_mb()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
