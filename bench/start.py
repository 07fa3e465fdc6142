"""The start bar: CPU seconds from ``heartline demo`` to the first page, and how long ``import heartline`` takes.

python bench/start.py [--install]

``--install`` also makes a virtual environment and installs the pinned requirements, so that the figure is that of a
fresh clone after the download. What the package installer itself fetches from its cache is counted with it.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bars import Bar, write_table
from machine import cpu_seconds
from pages import Browser
from servers import HERE, serve

START_S = 90.0
IMPORT_S = 0.5


def measure_start(*, install: bool = False) -> list[Bar]:
    """Run the demo in a fresh folder and open its first page; return the bars."""
    with tempfile.TemporaryDirectory(prefix="heartline-start-") as folder:
        installed = _install(Path(folder) / "venv") if install else 0.0
        data = str(Path(folder) / "data")
        with serve([str(Path(sys.executable).parent / "heartline"), "demo", "--data", data, "--port", "0"]) as server:
            ready = cpu_seconds(server.pid)
            Browser(server).open("/")
            spent = cpu_seconds(server.pid)
    note = f"demo {ready:.1f}, first page {spent - ready:.1f}" + (f", install {installed:.1f}" if install else "")
    return [
        Bar(name="start, first picture", figure=installed + spent, bound=START_S, unit="CPU-s", note=note),
        Bar(name="start, import heartline", figure=_time_import("heartline"), bound=IMPORT_S, unit="CPU-s"),
        Bar(name="start, import heartline.cli", figure=_time_import("heartline.cli"), bound=IMPORT_S, unit="CPU-s"),
    ]


def _time_import(name: str) -> float:
    """Return the median CPU seconds of a Python that imports a module, less those of one that imports nothing."""
    return statistics.median(_run(f"import {name}") - _run("pass") for _ in range(5))


def _run(code: str) -> float:
    return _spend([sys.executable, "-c", code])


def _install(venv: Path) -> float:
    python = str(venv / "bin" / "python")
    pins = str(HERE.parent / "requirements" / "run.txt")
    return _spend([sys.executable, "-m", "venv", str(venv)]) + _spend(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", pins]
    )


def _spend(command: list[str]) -> float:
    """Return the CPU seconds that a command and its children took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true")
    print(write_table(measure_start(install=parser.parse_args().install)))


if __name__ == "__main__":
    main()
