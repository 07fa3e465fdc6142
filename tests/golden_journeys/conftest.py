"""Each real log, packed once, with its golden figures."""

from __future__ import annotations

import pytest
from real_logs import READINGS, SHARED, Golden, pack_file, read_golden

NAMES = [
    pytest.param(name, marks=pytest.mark.slow) if name == "journey-bpic2012" else name for name in sorted(READINGS)
]


@pytest.fixture(scope="session", params=NAMES)
def golden(request: pytest.FixtureRequest) -> Golden:
    said = read_golden(request.param)
    return Golden(log=pack_file(SHARED / said["file"], READINGS[request.param]), said=said)
