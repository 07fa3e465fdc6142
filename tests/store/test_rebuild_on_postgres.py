"""A rebuild where State lives on a server: one commit swaps the derived half, and History follows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_moving import a_settled_company, move, read

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.store import DataDirectory, tables
from heartline.web import rebuild


@pytest.fixture
def served(tmp_path: Path, state_url: str) -> Path:
    """A company whose State was moved to a server, and then damaged by hand."""
    data = tmp_path / "data"
    a_settled_company(data)
    move(data, state_url)
    return data


def damage(data: Path) -> None:
    with open_heartline(Settings(data_dir=data)) as heartline, heartline.stores.database.write() as db:
        db.execute(tables.profiles.delete())


def say_nothing(_stage: str, _done: int, _total: int) -> None:
    pass


def files(data: Path) -> set[str]:
    return {path.name for path in data.iterdir() if path.name.startswith(("state", "history"))}


def test_what_was_damaged_is_made_again_and_what_is_kept_stays(served: Path) -> None:
    before = read(served)
    for turn in (1, 2):
        damage(served)
        assert read(served)["dump"] != before["dump"]
        with open_heartline(Settings(data_dir=served)) as heartline:
            report = rebuild(heartline, tell=say_nothing)
            assert report.swapped
            assert [p.name for p in heartline.stores.derived.search("ana", limit=9)] == ["ana"]
        assert read(served) == before
        assert files(served) == {"state.json", f"history-{turn}.duckdb"}
    # And the History of the rebuild goes along when State comes home.
    move(served, "")
    assert read(served) == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_killed_at_the_swap_both_are_old_or_both_new(served: Path, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(served)
    damage(served)

    def die(*_: object) -> None:
        raise Killed

    with open_heartline(Settings(data_dir=served)) as heartline:
        if when == "before the commit":
            heartline.reach = lambda point: die() if point == "rebuild_swapping" else None
        else:
            monkeypatch.setattr(DataDirectory, "turn_to", die)
        with pytest.raises(Killed):
            rebuild(heartline, tell=say_nothing)
        monkeypatch.undo()
    after = read(served)
    assert (after == before) == (when == "after the commit")
    assert after["account"] == before["account"]
    assert files(served) == {"state.json", "history-1.duckdb" if when == "after the commit" else "history.duckdb"}
