"""Versions of what metrics count are kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.records import Definition
from heartline.store import DefinitionBook, Stores, open_memory, open_stores


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_versions_are_numbered_by_metric_and_begin_in_their_time(stores: Stores) -> None:
    kept, book = stores.kept, DefinitionBook(stores.kept)
    assert kept.definitions() == book.begun(2**62) == ()
    first = book.add(metric="csat", boxes=1, from_us=-5, by="ines@example.com", why="Ää “so”")
    second = book.add(metric="csat", boxes=3, from_us=2**50, by="ines@example.com", why="")
    other = book.add(metric="ces", boxes=1, from_us=7, by="", why="")
    assert [one.version for one in (first, second, other)] == [2, 3, 2], "version 1 is built in"
    assert kept.definitions() == (other, first, second)
    assert first == Definition(
        metric="csat", version=2, boxes=1, from_us=-5, by="ines@example.com", why="Ää “so”", made_us=first.made_us
    )
    assert [one.from_us for one in book.begun(2**50 - 1)] == [7, -5]
    assert book.begun(2**50) == (other, first, second)
