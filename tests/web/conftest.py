from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Browser, a_user

from heartline.app import Heartline, open_twin
from heartline.records import Role


@pytest.fixture
def heartline() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield opened


@pytest.fixture
def stranger(heartline: Heartline) -> Iterator[Browser]:
    with Browser(heartline) as browser:
        yield browser


@pytest.fixture
def owner(heartline: Heartline) -> Iterator[Browser]:
    with Browser(heartline) as browser:
        yield browser.sign_in(a_user(heartline))


@pytest.fixture
def viewer(heartline: Heartline) -> Iterator[Browser]:
    with Browser(heartline) as browser:
        yield browser.sign_in(a_user(heartline, role=Role.VIEWER, email="viewer@example.com"))
