"""One journey pass of heartline's in a process of its own: ``python bench/journey_passes.py TASK OPENING FOLDER``.

Prints JSON: CPU seconds of opening the log and of the pass, the process's peak memory, and an answer to lay beside
the rivals'. Nothing of importing is counted, nor connecting to State and History, which any start does. ``OPENING`` is
``history`` (a start that finds no packed log: it reads History and State, and packs) or ``mapped`` (a start that finds
one). ``TASK`` may also be ``keep``, which lays the company down, packs it and writes the file, ``event``, ``refresh``
and ``moved``, which bring a log up to date after one event, after a hundredth more, and after a device went over.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.ma  # numpy imports it when it first looks for what is equal; importing is not counted
from company_state import lay_company, own
from journey_events import FUNNEL

from heartline.keeper import LogFile, LogKeeper
from heartline.store import Entry, Stores, open_stores
from heartline.understand import (
    Anchor,
    Funnel,
    FunnelStep,
    PackedLog,
    cut_sessions,
    draw_paths,
    find_sequences,
    measure_funnel,
    tabulate_steps,
)

DAY_US = 86_400_000_000
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


def open_log(folder: Path, opening: str) -> tuple[LogKeeper, Stores]:
    """Return a keeper of the company's log that has nothing yet, and the stores it is of."""
    stores = open_stores(folder / "company")
    assert stores.directory is not None
    file = LogFile(stores, stores.directory, least_rows=0) if opening == "mapped" else None
    return LogKeeper(stores, file=file), stores


def change(stores: Stores, way: str) -> None:
    """Have something happen: an event, a hundredth of all events, or a device going over to another customer."""
    subjects = stores.history.subjects(after_seq=-1).tolist()
    if way == "moved":
        with stores.derived.batch(stores.history.offset()) as batch:
            batch.own({subjects[-1]: own(subjects[-1], subjects[0])}, new=())
        return
    columns = stores.history.columns()
    at, late_us = int(columns.seq.max()), int(columns.ts_us.max())
    count = 1 if way == "event" else len(columns.seq) // 100
    rng = np.random.default_rng(3)
    whose, touchpoint = rng.choice(subjects, count).tolist(), rng.integers(1, 41, count).tolist()
    entries = [
        Entry(
            seq=at + 1 + n, ts_us=late_us + n, received_us=0, subject_id=whose[n], source_id=1, kind="track",
            touch=True, touchpoint=f"touchpoint {touchpoint[n]}", message_id=f"new {n}",
        )
        for n in range(count)
    ]  # fmt: skip
    stores.history.append(entries, offset=stores.history.offset() + 1)


def renew(folder: Path, way: str) -> tuple[float, float, list[float]]:
    """Bring a mapped log up to date in a copy of the company; returns when that began and ended, and how many rows."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        shutil.copytree(folder / "company", Path(place) / "company")
        keeper, stores = open_log(Path(place), "mapped")
        keeper.file = None if len(keeper.fresh()) else keeper.file  # it is not to be written behind what is measured
        change(stores, way)
        began = time.process_time()
        log = keeper.fresh()
        ended = time.process_time()
        if keeper.renewals != {"opened": 1, "spliced": 1}:
            sys.exit(f"The log was not spliced: {dict(keeper.renewals)}.")
        stores.close()
    return began, ended, [float(len(log))]


def read_peak_mb() -> float:
    """Return the most memory this process has held; ``ru_maxrss`` would count what its parent held before it began."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Measure one task and print it."""
    task, opening, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    answer: list[float] = []
    if task in {"event", "refresh", "moved"}:
        began, ended, answer = renew(folder, task)
        opened = began
    else:
        if task == "keep":
            lay_company(folder)
            (folder / "company" / "packed-log").unlink(missing_ok=True)
        keeper, _stores = open_log(folder, "mapped" if task == "keep" else opening)
        began = time.process_time()
        log = keeper.fresh()
        opened = time.process_time()
        if keeper.renewals != {"packed" if opening == "history" else "opened": 1}:
            sys.exit(f"The log was not {opening}: {dict(keeper.renewals)}.")
        if task == "keep":
            keeper.close()
        else:
            answer = TASKS[task](log)
        ended = time.process_time()
    told: dict[str, Any] = {"open_s": opened - began, "pass_s": ended - opened, "answer": answer}
    told["peak_mb"] = read_peak_mb()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
