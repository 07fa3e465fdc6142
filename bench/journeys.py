"""The journey bars: opening a log plus one pass, beside Polars' decode and DuckDB's SQL, in CPU seconds.

python bench/journeys.py [--events 1000000] [--rounds 3] [--rivals PYTHON] [--plot]

Each figure is that of a process of its own: importing is not counted, peak memory is its own. Engines take turns in one
run and keep to one thread; told is the median over the rounds. Answers are laid side by side: an engine that answers
otherwise stops the run. ``--plot`` measures the path graph from 100,000 events to 20 million and draws the picture of
docs/explanation/journey-speed.md. The rivals' environment is that of bench/rivals/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bars import Bar, write_table
from company import KEPT
from journey_plot import Line, draw_plot
from machine import describe_machine
from servers import HERE

TASKS = ("graph", "variants", "funnel", "sessions", "steps")
MILLION, TEN_MILLIONS = 1_000_000, 10_000_000
SIZES = (100_000, 300_000, MILLION, 3_000_000, TEN_MILLIONS, 20_000_000)
FORM = 2
"""Counted up when the events are no longer made as they were."""
OPENING = "mapped"
"""What heartline does when it starts: it maps the packed log it kept."""
RENEWALS = {"event": "one event", "moved": "a device moved", "refresh": "1 % new"}
ENGINES = ("history", "mapped", "duckdb", "codes")
LIBRARIES = {
    "pm4py": ("graph", "variants"),
    "pl4pm": ("graph", "variants"),
    "retentioneering": ("graph", "funnel", "sessions", "steps"),
}
PICTURE = HERE.parent / "docs" / "explanation" / "journey-cost.svg"
OURS, RACE = HERE / "journey_passes.py", HERE / "rivals" / "race.py"
DECODE_BOUND, DUCKDB_BOUND, FUNNEL_BOUND, REFRESH_BOUND, PEAK_GIB = 2.0, 5.0, 2.0, 0.1, 1.2
OPENING_MS = 100.0
BYTES_AN_EVENT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of one process: opening, the pass, and its peak memory."""

    open_s: float
    pass_s: float
    peak_mb: float
    answer: tuple[float, ...]

    @property
    def cpu_s(self) -> float:
        """Both together."""
        return self.open_s + self.pass_s


class Failed(Exception):
    """A process did not come to an end; its last words are the message."""


def find_rivals(asked: str | None = None) -> str | None:
    """Return the Python of the rivals' environment: the one asked for, else the one kept under ``.make``."""
    path = Path(asked) if asked else HERE.parent / ".make" / "rivals" / "bin" / "python"
    return str(path) if path.exists() else None


def find_events(events: int) -> Path:
    """Return the folder of so many events, making it where it is missing."""
    folder = KEPT / f"journeys-{FORM}-{events}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, str(HERE / "journey_events.py"), str(events), str(folder)], check=True)
        (folder / "done").touch()
    return folder


def run(python: str, script: Path, *words: str) -> Cost:
    """Measure in a process of its own; ours imports numpy first, and so needs to be told what heartline sets."""
    environ = {**os.environ, "NUMPY_MADVISE_HUGEPAGE": os.environ.get("NUMPY_MADVISE_HUGEPAGE", "0")}
    done = subprocess.run([python, str(script), *words], check=False, capture_output=True, text=True, env=environ)
    if done.returncode:
        raise Failed(f"{script.name} {' '.join(words[:2])}: {done.stderr.strip()[-600:]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Cost(**{**told, "answer": tuple(told["answer"])})


class Field:
    """The engines over one folder of events, each asked some times; costs are kept by (engine, task)."""

    def __init__(self, events: int, *, rounds: int, rivals: str | None) -> None:
        self.events, self._rounds, self._rivals = events, rounds, rivals
        self._folder = str(find_events(events))
        self._costs: dict[tuple[str, str], list[Cost]] = {}
        self._ask("keep", "keep")
        if rivals is not None:
            run(rivals, RACE, "polars", "prepare", self._folder)

    def _ask(self, engine: str, task: str) -> None:
        if engine in {"keep", "history", "mapped"}:
            cost = run(sys.executable, OURS, task, "history" if engine == "keep" else engine, self._folder)
        elif engine in {"duckdb", "codes"}:
            name = "history" if engine == "duckdb" else engine
            cost = run(sys.executable, RACE, name, task, self._folder)
        elif self._rivals is None:
            return
        else:
            cost = run(self._rivals, RACE, engine, task, self._folder)
        self._costs.setdefault((engine, task), []).append(cost)

    def measure(
        self,
        tasks: tuple[str, ...],
        *,
        engines: tuple[str, ...] = ENGINES,
        rounds: int | None = None,
    ) -> None:
        """Ask every engine every task, taking turns."""
        for _ in range(self._rounds if rounds is None else rounds):
            self._ask("polars", "decode")
            for task in tasks:
                for engine in engines:
                    self._ask(engine, task)
        for task in tasks:
            self._compare(task)

    def measure_refresh(self) -> None:
        """Bring the log up to date after one event, after a device went over, and with a hundredth more."""
        for _ in range(self._rounds):
            for way in RENEWALS:
                self._ask("mapped", way)

    def measure_libraries(self, tasks: tuple[str, ...] = TASKS) -> None:
        """Ask the libraries once each; they take long."""
        for engine, offered in LIBRARIES.items():
            for task in offered:
                if task not in tasks:
                    continue
                try:
                    self._ask(engine, task)
                except Failed as failed:
                    print(f"  {failed}", flush=True)

    def _compare(self, task: str) -> None:
        first: tuple[str, Cost] | None = None
        for (engine, asked), costs in self._costs.items():
            if asked != task or engine in LIBRARIES:
                continue
            first = first or (engine, costs[0])
            if any(_differ(first[1].answer, cost.answer) for cost in costs):
                raise SystemExit(f"{task}: {engine} answers {costs[0].answer}, {first[0]} {first[1].answer}")

    def cost(self, engine: str, task: str) -> Cost | None:
        """Return the median cost, None where it was not measured."""
        costs = self._costs.get((engine, task))
        return _middle(costs) if costs else None

    def packing_s(self) -> float | None:
        """Return the median cost of a start that packs."""
        costs = sorted(cost.open_s for task in TASKS for cost in self._costs.get(("history", task), ()))
        return costs[len(costs) // 2] if costs else None

    def peak_mb(self, engine: str) -> float:
        """Return the greatest memory of an engine's processes."""
        costs = [cost for task in TASKS for cost in self._costs.get((engine, task), ())]
        return max((cost.peak_mb for cost in costs), default=0)

    def keep(self) -> None:
        """Keep the costs beside the events, for the picture."""
        told = [
            {"engine": engine, "task": task, "cpu_s": _middle(costs).cpu_s}
            for (engine, task), costs in self._costs.items()
        ]
        (Path(self._folder) / "costs.json").write_text(json.dumps(told), encoding="utf-8")


def _middle(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.cpu_s)[len(costs) // 2]


def _differ(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) != len(other) or any(abs(a - b) > 1e-9 * max(abs(a), 1) for a, b in zip(one, other, strict=True))


def make_bars(field: Field) -> list[Bar]:
    """Lay the figures of one size beside the design's bars."""
    bars: list[Bar] = []
    size = f"{field.events / MILLION:g}M"
    for task in TASKS:
        bars += _make_pass_bars(field, task, size)
    full, opened, kept = field.packing_s(), field.cost(OPENING, "graph"), field.cost("keep", "keep")
    if full is not None and opened is not None and kept is not None:
        bars.append(Bar(
            name=f"journeys {size}, opening the log at a start", figure=opened.open_s * 1000, bound=OPENING_MS,
            unit="CPU-ms", ours=f"{opened.open_s:.3f} CPU-s", rival=f"{full:.2f} CPU-s",
            note=f"rival: packing it of History and State; writing the file {kept.pass_s:.2f} CPU-s",
        ))  # fmt: skip
    for way, told in RENEWALS.items():
        renewed = field.cost(OPENING, way)
        if renewed is not None and full is not None:
            bars.append(Bar(
                name=f"journeys {size}, renewal after {told}", figure=renewed.pass_s / full,
                bound=REFRESH_BOUND, unit="of a full pack", ours=f"{renewed.pass_s:.3f} CPU-s",
                rival=f"{full:.2f} CPU-s", note="of a mapped log: read, packed and spliced in",
            ))  # fmt: skip
    peak = field.peak_mb(OPENING) / 1024
    packing, duckdb = field.peak_mb("history") / 1024, field.peak_mb("duckdb") / 1024
    note = f"packed anew {packing:.2f}, DuckDB on History {duckdb:.2f} GiB"
    return [*bars, Bar(name=f"journeys {size}, peak memory", figure=peak, bound=PEAK_GIB, unit="GiB", note=note)]


def _make_pass_bars(field: Field, task: str, size: str) -> list[Bar]:
    ours, packed = field.cost(OPENING, task), field.cost("history", task)
    duckdb, codes = field.cost("duckdb", task), field.cost("codes", task)
    decode = field.cost("polars", "decode")
    if ours is None or packed is None or duckdb is None or codes is None:
        return []
    bars = []
    if decode is not None:
        bars.append(Bar(
            name=f"journeys {size}, {task}, opening and pass", figure=ours.cpu_s / decode.cpu_s,
            bound=DECODE_BOUND, unit="× Polars' decode", ours=f"{ours.cpu_s:.2f} CPU-s",
            rival=f"{decode.cpu_s:.3f} CPU-s", note=f"where no packed log was kept {packed.cpu_s:.2f}",
        ))  # fmt: skip
    bars.append(Bar(
        name=f"journeys {size}, {task}, DuckDB on History", figure=duckdb.cpu_s / ours.cpu_s,
        bound=FUNNEL_BOUND if task == "funnel" else DUCKDB_BOUND, unit="× ours", floor=True,
        ours=f"{ours.cpu_s:.2f} CPU-s", rival=f"{duckdb.cpu_s:.2f} CPU-s",
        note=f"DuckDB on sorted codes {codes.cpu_s:.2f} CPU-s",
    ))  # fmt: skip
    return bars


def write_libraries(field: Field) -> str:
    """Lay the libraries' costs out beside ours."""
    lines = [
        f"{'':17s}  {'task':10s}  {'opening':>8s}  {'question':>8s}  {'peak MB':>8s}  {'× packing':>9s}  {'× ours':>8s}"
    ]
    for engine in ("history", "mapped", "duckdb", "codes", "polars", *LIBRARIES):
        for task in (*TASKS, *RENEWALS, "decode"):
            cost, ours, mapped = field.cost(engine, task), field.cost("history", task), field.cost("mapped", task)
            if cost is None:
                continue
            times = f"{cost.cpu_s / ours.cpu_s:9.1f}  {cost.cpu_s / mapped.cpu_s:8.1f}" if ours and mapped else ""
            name = {
                "history": "heartline packing",
                "mapped": "heartline",
                "duckdb": "DuckDB",
                "codes": "DuckDB on codes",
            }
            lines.append(
                f"{name.get(engine, engine):17s}  {task:10s}  {cost.open_s:8.3f}  {cost.pass_s:8.3f}  "
                f"{cost.peak_mb:8.0f}  {times}".rstrip()
            )
    return "\n".join(lines)


def measure_journeys(*, full: bool, rivals: str | None = None) -> list[Bar]:
    """Measure the bars at a million events, and with ``full`` at ten millions."""
    python = find_rivals(rivals)
    if python is None:
        print("  Polars and the libraries are not measured: no environment (bench/rivals/README.md)", flush=True)
    bars: list[Bar] = []
    for events, rounds in ((MILLION, 3), (TEN_MILLIONS, 1)) if full else ((MILLION, 3),):
        field = Field(events, rounds=rounds, rivals=python)
        field.measure(TASKS)
        if rounds == 1:
            # What takes long is asked once; what is over in a moment, and so wavers, three times.
            field.measure(TASKS, engines=(OPENING,), rounds=2)
        field.measure_refresh()
        if events == MILLION and python is not None:
            field.measure_libraries()
        print(write_libraries(field), flush=True)
        field.keep()
        bars += make_bars(field)
    return bars


def plot_cost(*, rivals: str | None = None) -> None:
    """Draw the picture of the path graph's costs, measuring the sizes that have not been; engines stand in one run."""
    python = find_rivals(rivals)
    lines: dict[str, list[tuple[float, float]]] = {}
    for events in SIZES:
        for engine, cpu_s in _find_costs(events, python):
            lines.setdefault(engine, []).append((float(events), cpu_s))
    PICTURE.write_text(draw_plot([Line(name=name, points=tuple(of)) for name, of in lines.items()]), encoding="utf-8")
    print(f"drawn: {PICTURE}")


def _find_costs(events: int, python: str | None) -> list[tuple[str, float]]:
    """Return each engine's CPU seconds for the graph; nothing, and say so, where the machine cannot hold the events."""
    kept = KEPT / f"journeys-{FORM}-{events}" / "costs.json"
    if not kept.exists():
        free = shutil.disk_usage(HERE).free
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
        if min(free, memory) < BYTES_AN_EVENT * events:
            print(f"{events:,} events skipped: {free >> 30} GiB of disk, {memory >> 30} GiB of memory free", flush=True)
            return []
        field = Field(events, rounds=3 if events < MILLION else 1, rivals=python)
        # Beyond ten million DuckDB's exact medians over History take minutes and gigabytes; that line ends there.
        field.measure(("graph",), engines=ENGINES if events <= TEN_MILLIONS else ("history", "mapped", "codes"))
        if events <= MILLION and python is not None:
            field.measure_libraries(("graph",))
        field.keep()
    costs = json.loads(kept.read_text(encoding="utf-8"))
    found = [(cost["engine"], cost["cpu_s"]) for cost in costs if cost["task"] in {"graph", "decode"}]
    print(f"{events:,}: " + ", ".join(f"{engine} {cpu_s:.3f}" for engine, cpu_s in found), flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rivals")
    parser.add_argument("--plot", action="store_true")
    asked = parser.parse_args()
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    if asked.plot:
        plot_cost(rivals=asked.rivals)
        return
    field = Field(asked.events, rounds=asked.rounds, rivals=find_rivals(asked.rivals))
    field.measure(TASKS)
    field.measure_refresh()
    print(write_libraries(field))
    print(write_table(make_bars(field)))


if __name__ == "__main__":
    main()
