"""What the tests of passes share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from random_logs import MINUTE_US, lay_log

from heartline.understand import PackedLog


@pytest.fixture(scope="session")
def lay(build_rows: Callable[..., PackedLog]) -> Callable[..., PackedLog]:
    """``lay_log``, with the builder in place."""

    def build(touches: list[tuple[int, int, str, int]], *, unit_us: int = 10 * MINUTE_US) -> PackedLog:
        return lay_log(build_rows, touches, unit_us=unit_us)

    return build
