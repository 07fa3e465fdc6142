"""One Harbour & Bean for the whole run, whoever of the workers is first to want it; a server of its own for each."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from visiting import Served, Visitor, Watch, open_browser, settle, start_chromium

from verb_nursery import Nursery

CUSTOMERS = 5_000
READ = 600
"""Comments that are read: enough for every page, a fraction of the work."""


@pytest.fixture(scope="session")
def brewed(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Path:
    """The sample's data directory, made once a run by the product's own command and then only copied.

    Who writes such tests sets HARBOUR to a directory that ``heartline demo`` made before, and waits no minute.
    """
    if "HARBOUR" in os.environ:
        return Path(os.environ["HARBOUR"])
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    data, done = shared / "harbour", shared / "harbour.done"
    with (shared / "harbour.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(data, ignore_errors=True)
            Served(nursery, "demo", data, "--customers", str(CUSTOMERS)).close()
            assert nursery.run("read", "--most", str(READ), data=data)[0] == 0
            done.touch()
    return data


@pytest.fixture(scope="session")
def pour(brewed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A way to a fresh copy of the sample."""

    def copy() -> Path:
        data = tmp_path_factory.mktemp("cup") / "data"
        shutil.copytree(brewed, data, ignore=shutil.ignore_patterns("*.sock", "lock"))
        return data

    return copy


@pytest.fixture(scope="session")
def harbour(pour: Callable[[], Path], nursery: Nursery) -> Iterator[Served]:
    """The sample, served for reading. Who changes something serves a copy of their own."""
    with Served(nursery, "demo", pour()) as served:
        yield served


@pytest.fixture(scope="session")
def visitor(harbour: Served) -> Iterator[Visitor]:
    """Signed in to the sample as its owner."""
    with Visitor(harbour.opening) as entered:
        yield entered


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def window(chromium: Browser, visitor: Visitor) -> Iterator[tuple[Page, Watch]]:
    """One profile in which many pages are opened one after another: what they share is read once, as people do."""
    with open_browser(chromium, visitor.site, cookies=visitor.cookies) as opened:
        yield opened


@pytest.fixture
def glance(window: tuple[Page, Watch]) -> Iterator[Callable[..., Page]]:
    """Turn the window to a page of the sample; the test fails where anything goes wrong in it."""
    page, watch = window
    watch.complaints.clear()

    def turn(path: str, *, expected: set[int] | None = None) -> Page:
        watch.expected = expected or set()
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
        return _go(page, watch, path)

    yield turn
    page.goto("about:blank")
    assert not watch.complaints, "\n".join(watch.complaints)


@pytest.fixture
def look(chromium: Browser, visitor: Visitor) -> Iterator[Callable[..., Page]]:
    """Open a page of the sample as its owner; the test fails where anything goes wrong in it."""
    with ExitStack() as opened:

        def start(path: str, *, expected: set[int] | None = None, **given: Any) -> Page:
            cookies = visitor.cookies
            page, watch = opened.enter_context(open_browser(chromium, visitor.site, cookies=cookies, **given))
            watch.expected |= expected or set()
            return _go(page, watch, path)

        yield start


def _go(page: Page, watch: Watch, path: str) -> Page:
    answer = page.goto(watch.site + path)
    assert answer is not None
    assert answer.status == 200 or answer.status in watch.expected, f"{path}: {answer.status}"
    settle(page)
    return page
