"""What the tests of upkeep share: a small company, and a server."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from upkeep_company import make_company

from verb_nursery import Nursery


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company as it was made, which nobody opens."""
    return make_company(tmp_path_factory.mktemp("pattern") / "data")


@pytest.fixture
def company(pattern: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pattern, tmp_path / "data"))


@pytest.fixture
def served(company: Path, nursery: Nursery) -> Iterator[Path]:
    """A company that a server runs, beside which verbs are given."""
    process = nursery.serve(company)
    yield company
    os.kill(process, signal.SIGTERM)
