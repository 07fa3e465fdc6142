"""The ack bar: what an answer costs beside a bare uvicorn + SQLite append that decodes the same body.

python bench/ack.py [--rounds 3]

Three servers run side by side: the rival, heartline with its projector paused, and heartline whole. They are asked in
turn, and a ratio is that of one turn; what is told is the median over the turns. The figure of merit is the server's
CPU time a request; requests a second are told beside it, for the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from bars import Bar, write_table
from machine import thread_seconds, wait_until_idle
from servers import HERE, Server, add_source, serve, serve_bare, serve_heartline

SIZES = {1: 8000, 20: 3000, 100: 1000}
"""Events a request, and how many requests a turn has."""
CONNECTIONS = 32
LEAST_RATIO = 0.6
numbers = count(start=1, step=1_000_000)


def load(
    server: Server, key: str, *, events: int, requests: int, rate: float = 0, connections: int = CONNECTIONS
) -> dict[str, Any]:
    """Send requests to a server, and say what it cost: the load's own figures and ``cpu_us`` a request."""
    command = [sys.executable, str(HERE / "load.py"), str(server.port), "--key", key, "--events", str(events)]
    command += ["--requests", str(requests), "--connections", str(connections), "--rate", str(rate)]
    command += ["--first", str(next(numbers))]
    began = thread_seconds(server.pid)
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(ended.stdout)
    told["cpu_us"] = (thread_seconds(server.pid) - began) / requests * 1e6
    told["rate"] = requests / told["seconds"]
    if told["failures"]:
        raise SystemExit(f"The server refused: {told['failures']}")
    return told


def measure_ack(rounds: int) -> list[Bar]:
    """Ask the three servers in turn; return the bars."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heartline-ack-")))
        keys = {name: add_source(folder / name) for name in ("paused", "running")}
        servers = {
            "bare": stack.enter_context(serve(serve_bare(folder))),
            "paused": stack.enter_context(serve(serve_heartline(folder / "paused"), env={"HEARTLINE_PROJECT": "0"})),
            "running": stack.enter_context(serve(serve_heartline(folder / "running"))),
        }
        for name, server in servers.items():
            load(server, keys.get(name, ""), events=1, requests=500)
        bars = []
        for events, requests in SIZES.items():
            turns: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
            for _ in range(rounds):
                for name, server in servers.items():
                    turns[name].append(load(server, keys.get(name, ""), events=events, requests=requests))
                    wait_until_idle(server.pid)
            bars.append(_compare(turns, "paused", "cpu_us", events))
            bars.append(_compare(turns, "running", "rate", events))
    return bars


def _compare(turns: dict[str, list[dict[str, Any]]], ours: str, what: str, events: int) -> Bar:
    pairs = [(mine[what], bare[what]) for mine, bare in zip(turns[ours], turns["bare"], strict=True)]
    mine, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    cheap = what == "cpu_us"
    unit = "CPU-µs" if cheap else "req/s"
    return Bar(
        name=f"ack, {events} a request, projector {ours}",
        figure=statistics.median(b / m if cheap else m / b for m, b in pairs),
        bound=LEAST_RATIO,
        unit="of bare",
        floor=True,
        ours=f"{mine:,.0f} {unit}",
        rival=f"{bare:,.0f} {unit}",
        note=f"p99 {statistics.median(t['p99_ms'] for t in turns[ours]):.0f} ms at full load"
        f" ({statistics.median(t['p99_ms'] for t in turns['bare']):.0f} bare)",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    print(write_table(measure_ack(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
