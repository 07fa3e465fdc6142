"""Start the servers that are measured, and stop them again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heartline.app import open_heartline
from heartline.config import read_settings
from heartline.records import Trust

HERE = Path(__file__).parent
START_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server on loopback. ``link`` is the address it printed."""

    pid: int
    port: int
    link: str


@contextmanager
def serve(command: list[str], *, env: dict[str, str] | None = None) -> Iterator[Server]:
    """Run a server until the block ends; it is ready once it has printed its address."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "HEARTLINE_LOG_LEVEL": "error", **(env or {})}
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"ready: (http://127\.0\.0\.1:(\d+)\S*)", line)
            if found:
                yield Server(pid=process.pid, port=int(found[2]), link=found[1])
                break
        else:
            raise SystemExit(f"{' '.join(command)} ended before it was ready.")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve_heartline(data_dir: Path) -> list[str]:
    """Return the command that serves a data directory on any free port."""
    return [str(Path(sys.executable).parent / "heartline"), "serve", "--data", str(data_dir), "--port", "0"]


def serve_bare(folder: Path) -> list[str]:
    """Return the command that runs the rival of the ack bar."""
    return [sys.executable, str(HERE / "bare.py"), str(folder)]


def add_source(data_dir: Path) -> str:
    """Give a data directory a public source; return its write key."""
    with open_heartline(read_settings(data_dir=data_dir)) as heartline:
        return heartline.stores.kept.add_source(name="Bench", trust=Trust.PUBLIC).write_key
