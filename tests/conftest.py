"""What holds for the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from real_postgres import RealPostgres
from tries import some
from verb_nursery import Nursery

# The machines that run this are shared: a property is judged by what it finds, never by the clock. Where more is tried
# than each developer waits for, tests/tries.py says how much.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=some(100),
)
settings.load_profile("house")

HERE = Path(__file__).parent
TOGETHER = "browser"
"""These tests share one sample, one server and one Chromium: one worker does them, and begins with them."""
LONGEST = (
    "import/test_import_real_data.py",
    "sdks/test_server_sdks.py",
    "sdks/test_browser_sdk.py",
    "sdks/test_kiosk_sdks.py",
    "web/test_server_hostile.py",
    "web/test_access_matrix.py",
    "web/test_api_fuzz.py",
    "web/test_home.py",
    "unify/test_suggestions_real.py",
    "torture/test_kills.py",
    "simulate",
    "understand/test_findings.py",
    "understand/test_intervals.py",
)
"""The other worker begins with these. Whichever of them came last would be waited for alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest at the heads of the shares that the workers begin with; the rest stays as it was shuffled.

    What is left at the end is short, and is shared out by stealing.
    """
    places = {item: _place_of(item) for item in items}
    together = [item for item in items if places[item] == TOGETHER]
    longest = [item for name in LONGEST for item in items if places[item] == name]
    rest = [item for item in items if not places[item]]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "2"))
    first = max(0, len(items) // workers - len(together))
    items[:] = [*together, *rest[:first], *longest, *rest[first:]]


def _place_of(item: pytest.Item) -> str:
    path = item.path.relative_to(HERE).as_posix()
    return next((name for name in (TOGETHER, *LONGEST) if path.startswith(name)), "")


@pytest.fixture(scope="session")
def postgres() -> Iterator[RealPostgres]:
    """One real PostgreSQL for all tests of a process. Who stops it starts one of their own instead."""
    with RealPostgres() as server:
        yield server


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """What runs the verbs of the command line, each in a process of its own."""
    made = Nursery(tmp_path_factory.mktemp("said"))
    yield made
    made.end()


@pytest.fixture
def state_url(postgres: RealPostgres) -> str:
    """The address of a fresh, empty database."""
    return postgres.make_database()
