"""An installation, a command line and a server to import into."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from import_machine import Machine

from verb_nursery import Nursery


@pytest.fixture
def machine(tmp_path: Path, nursery: Nursery) -> Iterator[Machine]:
    machine = Machine(tmp_path / "data", nursery)
    yield machine
    for server in machine.servers:
        server.send(signal.SIGKILL)
        server.wait()


@pytest.fixture
def write_visits(tmp_path: Path) -> Callable[[int], Path]:
    def write(rows: int) -> Path:
        path = tmp_path / "visits.csv"
        lines = (f"v{i},u{i % 97},2026-01-{1 + i % 28:02}T10:{i % 60:02}:00Z,Visit,note {i}\n" for i in range(rows))
        path.write_text("visit_no,user_id,at,event,note\n" + "".join(lines))
        return path

    return write
