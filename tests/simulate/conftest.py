from __future__ import annotations

from typing import Any

import pytest

from heartline.simulate import Simulation, simulate

END_US = 1_795_352_400_000_000  # 22 November 2026, 13:00 UTC
SEEDS = (1, 2, 3)


@pytest.fixture(scope="session")
def small() -> Simulation:
    return simulate(seed=1, end_us=END_US)


@pytest.fixture(scope="session")
def sent(small: Simulation) -> list[tuple[str, dict[str, Any]]]:
    return list(small.messages())


@pytest.fixture(scope="session")
def plans() -> list[Simulation]:
    """Twenty companies, planned and not streamed."""
    return [simulate(seed=100 + seed, end_us=END_US) for seed in range(20)]
