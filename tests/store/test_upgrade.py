"""Opening what an older heartline left: everything is kept, each step is taken once, and a newer one is refused."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import select

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict
from heartline.records import CaseStatus, Role
from heartline.store import Stores, migrations, open_directory, open_stores
from heartline.store.sqlite import connect_sqlite
from heartline.unify import dump_canonical
from heartline.web.passwords import is_password

OLDEST = Path(__file__).parent / "fixtures/oldest.tar.xz"
sys.path.append(str(OLDEST.parent))
from make_oldest import NAMES, PASSWORD  # noqa: E402  # the script that made the fixture


@pytest.fixture
def oldest(tmp_path: Path) -> Path:
    """A data directory as the first heartline left it; what it said of itself lies beside in ``told.json``."""
    with tarfile.open(OLDEST) as packed:
        # Debian 12's Python knows no filters yet; the archive is ours.
        packed.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return tmp_path / "data"


def said(heartline: Heartline, like: dict[str, Any]) -> dict[str, Any]:
    """Return the dump as JSON has it, with those fields of an interaction that the old one knew."""
    found: dict[str, Any] = json.loads(json.dumps(dump_canonical(heartline.stores.derived, heartline.stores.history)))
    known = {name for name, _ in like["interactions"][0]}
    rows = [[pair for pair in row if pair[0] in known] for row in found["interactions"]]
    return {**{name: found[name] for name in like}, "interactions": sorted(rows)}


def history_made_again(heartline: Heartline) -> None:
    while heartline.stores.history.offset() < heartline.stores.derived.offset():
        heartline.project()


def test_what_the_oldest_heartline_left_is_all_there(oldest: Path) -> None:
    told = json.loads((oldest.parent / "told.json").read_text())
    with open_heartline(Settings(data_dir=oldest)) as heartline:
        history_made_again(heartline)
        assert said(heartline, told["dump"]) == told["dump"]
        derived, kept = heartline.stores.derived, heartline.stores.kept
        assert sorted([p.name, p.ref] for p in derived.search("", limit=99)) == told["refs"]
        account = heartline.account()
        received, stored, duplicate, refused, pending = told["account"]
        assert account.balanced
        assert (account.received, account.stored, account.duplicate) == (received, stored, duplicate)
        assert (account.refused, account.pending) == (refused, pending)
        assert len(derived.refused(limit=99)) == refused
        assert [source.write_key for source in kept.sources()] == told["write_keys"]
        found = kept.user_by_email("owner@example.com")
        assert found is not None
        assert found[0].role is Role.OWNER
        assert is_password(PASSWORD, found[1])
        case = kept.case(1)
        assert (case.status, case.reason) == (CaseStatus.CLOSED, "Refunded")
        assert [c.title for c in kept.cases(open_only=True)] == ["Write to Bo"]
        assert kept.mappings() == {"tickets": '{"name":"tickets"}'}
        assert [j.name for j in kept.journeys()] == ["Buying"]
        assert [(job.status, job.rows_done) for job in kept.imports()] == [("done", 5)]
        assert kept.door_refusals() == {(0, "bad_json"): 3}
        assert (heartline.workspace.name, heartline.workspace.timezone) == ("Harbour & Bean", "Europe/Lisbon")
        # What PostgreSQL could not hold reads the same from now on wherever State lives.
        assert {user.name for user in kept.users()} == {"Olu", "Ag\ufffdnes"}
        assert "She was out.\ufffd" in [note.text for note in case.notes]


def test_what_was_still_waiting_is_projected_and_nothing_twice(oldest: Path) -> None:
    told = json.loads((oldest.parent / "told.json").read_text())
    with open_heartline(Settings(data_dir=oldest)) as heartline:
        heartline.catch_up()
        account = heartline.account()
        assert account.balanced
        assert account.pending == 0
        assert account.stored > told["account"][1]
        assert {p.name for p in heartline.stores.derived.search("", limit=99)} == set(NAMES)
        once = said(heartline, told["dump"])
    with open_heartline(Settings(data_dir=oldest)) as heartline:
        heartline.catch_up()
        assert said(heartline, told["dump"]) == once
        assert heartline.account() == account


def taken(stores: Stores) -> list[tuple[int, str]]:
    steps = migrations.steps_taken
    with stores.database.read() as db:
        return [tuple(row) for row in db.execute(select(steps.c.version, steps.c.name).order_by(steps.c.version))]


def test_each_step_is_written_down_and_a_new_state_needs_none(oldest: Path, tmp_path: Path, state_url: str) -> None:
    names = [(step.version, step.name) for step in migrations.STEPS]
    assert [version for version, _ in names] == list(range(1, len(names) + 1))
    for data, url in ((oldest, ""), (tmp_path / "new", ""), (tmp_path / "served", state_url)):
        for _ in range(2):
            stores = open_stores(data, state_url=url)
            assert taken(stores) == names
            stores.close()


def test_a_step_that_dies_in_the_middle_is_taken_again_from_its_beginning(
    oldest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def add_column(db: Any) -> None:
        ran.append("add")
        db.exec_driver_sql("ALTER TABLE cases ADD COLUMN weight INTEGER NOT NULL DEFAULT 7")

    def die(_db: Any) -> None:
        ran.append("die")
        if ran.count("die") == 1:
            raise RuntimeError("stop")

    last = migrations.SCHEMA_VERSION
    more = [migrations.Step(version=last + n, name=run.__name__, run=run) for n, run in enumerate((add_column, die), 1)]
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, *more))
    monkeypatch.setattr(migrations, "SCHEMA_VERSION", last + 2)
    with pytest.raises(RuntimeError, match="stop"):
        open_stores(oldest)
    stores = open_stores(oldest)
    with stores.database.read() as db:
        assert db.exec_driver_sql("SELECT DISTINCT weight FROM cases").scalars().all() == [7]
    assert [version for version, _ in taken(stores)] == list(range(1, last + 3))
    stores.close()
    open_stores(oldest).close()
    assert ran == ["add", "die", "add", "die"], "all of an upgrade, or nothing of it, and then never again"


def of_state(data: Path, url: str) -> None:
    stores = open_stores(data, state_url=url)
    with stores.database.write() as db:
        db.execute(migrations.steps_taken.insert().values(version=99, name="from the future", taken_us=1))
    stores.close()


def of_journal(data: Path, _url: str) -> None:
    open_stores(data).close()
    journal = connect_sqlite(data / "journal.sqlite", synchronous="FULL")
    journal.execute("PRAGMA user_version=99")
    journal.close()


def of_history(data: Path, _url: str) -> None:
    open_stores(data).close()
    with duckdb.connect(str(data / "history.duckdb")) as history:
        history.execute("UPDATE layout SET version = 99")


@pytest.mark.parametrize(
    ("age", "served", "what"),
    [
        (of_state, False, "State"),
        (of_state, True, "State"),
        (of_journal, False, "journal"),
        (of_history, False, "History"),
    ],
)
def test_what_a_newer_heartline_wrote_is_refused_and_left_as_it_is(
    age: Callable[[Path, str], None], what: str, tmp_path: Path, request: pytest.FixtureRequest, *, served: bool
) -> None:
    url = request.getfixturevalue("state_url") if served else ""
    data = tmp_path / "data"
    age(data, url)
    for _ in range(2):
        with pytest.raises(Conflict, match=what) as told:
            open_stores(data, state_url=url)
        assert told.value.code == "newer_schema"
        assert "has version 99" in told.value.message
    # Whoever refuses lets go of everything.
    open_directory(data).release()


def test_an_older_history_is_made_again_even_if_that_is_cut_short(
    oldest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads((oldest.parent / "told.json").read_text())
    received, stored, _, _, pending = told["account"]
    with open_heartline(Settings(data_dir=oldest)) as heartline:
        account = heartline.account()
        assert account.balanced, "also while it is made"
        assert (account.received, account.stored, account.pending) == (received, 0, stored + pending)
        monkeypatch.setattr(heartline.projector, "_batch_events", 1)
        heartline.project()
        assert 0 < heartline.stores.history.offset() < heartline.stores.derived.offset()
        assert heartline.account().balanced
    with open_heartline(Settings(data_dir=oldest)) as heartline:
        history_made_again(heartline)
        assert said(heartline, told["dump"]) == told["dump"]
