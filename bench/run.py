"""All bars of the design in one run: ``make bench``. Prints a table and adds a line to bench/history.jsonl.

python bench/run.py [ack] [through] [pages] [start] [journeys] [--full] [--rivals PYTHON]

Without names all bars are measured. ``--full`` measures the through bar with a million customers (about three minutes
more), the start bar with the installation, and the journey bars with ten million events too (a quarter of an hour).
The machine may be shared: the figures of merit are CPU time and ratios taken side by side.
docs/explanation/performance.md says what they mean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from datetime import UTC, datetime

from ack import measure_ack
from bars import Bar, write_table
from company import find_company
from journeys import measure_journeys
from machine import describe_machine
from pages import measure_pages
from servers import HERE
from start import measure_start
from through import measure_through

NAMES = ("ack", "through", "pages", "start", "journeys")


def measure(name: str, *, full: bool, rivals: str | None = None) -> list[Bar]:
    """Measure one kind of bar."""
    if name == "journeys":
        return measure_journeys(full=full, rivals=rivals)
    if name == "ack":
        return measure_ack(rounds=3)
    if name == "through":
        return [measure_through(1_000_000, 200_000) if full else measure_through(100_000, 50_000)]
    if name == "pages":
        return measure_pages(find_company())
    return measure_start(install=full)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which bars; all where none is named")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--rivals", help="the Python of the rivals' environment; .make/rivals where it is there")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no such bar: {', '.join(sorted(unknown))}")
    machine = describe_machine()
    print(" · ".join(f"{name} {value}" for name, value in machine.items()))
    bars: list[Bar] = []
    for name in asked.names or NAMES:
        began = time.monotonic()
        print(f"measuring {name} …", flush=True)
        bars += measure(name, full=asked.full, rivals=asked.rivals)
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
    print()
    print(write_table(bars))
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _find_commit(),
        "machine": {**machine, "load_after": describe_machine()["load"]},
        "full": asked.full,
        "bars": [bar.as_json() for bar in bars],
    }
    with (HERE / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps(line, ensure_ascii=False) + "\n")
    missed = [bar.name for bar in bars if not bar.met]
    print(f"\n{len(bars) - len(missed)} of {len(bars)} met." + (f" Missed: {'; '.join(missed)}." if missed else ""))


def _find_commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


if __name__ == "__main__":
    main()
