"""A PostgreSQL that goes away and comes back: what is collected stays collected, and nobody restarts anything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict, Invalid, Unavailable
from heartline.records import Body, Trust
from heartline.store import Stores, open_stores
from heartline.store import postgres as adapter
from real_postgres import RealPostgres


@pytest.fixture(scope="module")
def frail() -> Iterator[RealPostgres]:
    """A server that these tests may stop."""
    with RealPostgres() as server:
        yield server


@pytest.fixture
def opened(tmp_path: Path, frail: RealPostgres) -> Iterator[tuple[Stores, str]]:
    url = frail.make_database()
    stores = open_stores(tmp_path / "data", state_url=url)
    yield stores, url
    stores.close()


def database_of(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rsplit("/", maxsplit=1)[1]


def cut(frail: RealPostgres, url: str) -> None:
    """End every connection to a database, as an operator or a failover does, and wait until each is gone."""
    name = database_of(url)
    ended = frail.tell(
        "postgres", f"SELECT pg_terminate_backend(pid, 120000) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    assert all(gone for (gone,) in ended)


def await_free(frail: RealPostgres, url: str) -> None:
    """Wait until the server has seen that whoever held the lock is gone: it does so a moment after they left."""
    deadline = time.monotonic() + 120
    held = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{database_of(url)}' AND application_name <> 'heartline'"
    while frail.tell("postgres", held):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def a_page(source_id: int, number: int) -> Body:
    page = {"type": "page", "userId": "ana", "name": "Home", "messageId": f"m{number}"}
    payload = json.dumps({"batch": [page]}).encode()
    return Body(source_id=source_id, received_us=1_790_000_000_000_000, payload=payload, events=1)


def test_while_state_is_away_collecting_goes_on_and_then_all_is_caught_up(tmp_path: Path, frail: RealPostgres) -> None:
    settings = Settings(data_dir=tmp_path / "data", state_url=frail.make_database())
    with open_heartline(settings) as heartline:
        source = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC).source_id
        heartline.sources.reload()
        heartline.start()
        heartline.stores.journal.append([a_page(source, 1)])
        await_stored(heartline, 1)
        frail.stop()
        try:
            heartline.sources.refused_at_door("bad_json", source)
            heartline.stores.journal.append([a_page(source, 2)])
            for ask in (heartline.stores.kept.users, heartline.account, heartline.stores.derived.offset):
                with pytest.raises(Unavailable) as told:
                    ask()
                assert told.value.code == "state_unreachable"
                assert told.value.retry_after_s >= 1
            for write in (heartline.sources.write_refusals, lambda: heartline.stores.kept.set_setting("a", "1")):
                with pytest.raises(Unavailable):
                    write()
        finally:
            frail.start()
        await_stored(heartline, 2)
        assert heartline.account().balanced
        assert heartline.projector_error == ""
        deadline = time.monotonic() + 120
        while heartline.stores.kept.door_refusals() != {(source, "bad_json"): 1}:
            assert time.monotonic() < deadline, "what was refused meanwhile is counted, once"
            time.sleep(0.05)


def await_stored(heartline: Heartline, events: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            if heartline.account().stored == events:
                return
        except Unavailable:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_batch_whose_connection_is_cut_leaves_nothing_behind(opened: tuple[Stores, str], frail: RealPostgres) -> None:
    stores, url = opened
    with pytest.raises(Unavailable), stores.derived.batch(5) as batch:
        batch.add_messages({b"k" * 16: (5, b"d" * 8)})
        cut(frail, url)
        batch.add_messages({b"l" * 16: (5, b"d" * 8)})
    with stores.derived.batch(6) as batch:
        assert dict(batch.known_messages([b"k" * 16, b"l" * 16])) == {}
    assert stores.derived.offset() == 6


def test_cut_connections_that_nobody_was_using_are_replaced_unnoticed(
    opened: tuple[Stores, str], frail: RealPostgres
) -> None:
    stores, url = opened
    with stores.database.read() as one, stores.database.read() as two, stores.database.read() as three:
        for held in (one, two, three):
            held.exec_driver_sql("SELECT 1")
    for _ in range(2):
        cut(frail, url)
        assert [stores.kept.users() for _ in range(5)] == [[]] * 5
        stores.kept.set_setting("a", "1")


def test_who_lost_the_lock_with_the_connection_may_not_write_before_having_it_again(
    opened: tuple[Stores, str], frail: RealPostgres
) -> None:
    stores, url = opened
    cut(frail, url)
    with psycopg.connect(frail.address(database_of(url)), autocommit=True) as other:
        assert other.execute(adapter._LOCK.encode()).fetchone() == (True,), "as another heartline would take it"
        for _ in range(3):
            with pytest.raises(Unavailable):
                stores.kept.set_setting("a", "written without the right to")
    await_free(frail, url)
    stores.kept.set_setting("a", "written with it")
    assert stores.kept.setting("a") == "written with it"


def test_one_heartline_a_database(opened: tuple[Stores, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores, url = opened
    monkeypatch.setattr(adapter, "PATIENCE_S", 0.1)
    with pytest.raises(Conflict) as told:
        open_stores(tmp_path / "other", state_url=url)
    assert told.value.code == "state_busy"
    stores.kept.set_setting("still", "mine")


def test_a_reading_block_is_of_one_moment_and_writes_nothing(opened: tuple[Stores, str]) -> None:
    stores, _ = opened
    count = "SELECT count(*) FROM users"
    with stores.database.read() as db:
        before = db.exec_driver_sql(count).scalar_one()
        with stores.database.write() as writing:
            writing.exec_driver_sql("INSERT INTO settings (name, value) VALUES ('b', '2')")
        assert db.exec_driver_sql(count).scalar_one() == before
        assert stores.kept.setting("b") == "2"
        assert db.exec_driver_sql("SELECT count(*) FROM settings WHERE name = 'b'").scalar_one() == 0
    with pytest.raises(Unavailable), stores.database.read() as db:
        db.exec_driver_sql("DELETE FROM settings")
    assert stores.kept.setting("b") == "2"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "bad_state_url"),
        ("mysql://x/y", "bad_state_url"),
        ("postgresql://host", "bad_state_url"),
        ("sqlite:///state.sqlite", "bad_state_url"),
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(Invalid) as told:
        open_stores(tmp_path / "data", state_url=url)
    assert told.value.code == code
    open_stores(tmp_path / "data").close()


def test_a_database_that_cannot_hold_every_name_is_refused(tmp_path: Path, frail: RealPostgres) -> None:
    with pytest.raises(Invalid) as told:
        open_stores(tmp_path / "data", state_url=frail.make_database(encoding="LATIN1"))
    assert told.value.code == "bad_encoding"


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/db"
    with pytest.raises(Unavailable) as told:
        open_stores(tmp_path / "data", state_url=url)
    assert told.value.code == "state_unreachable"
    assert "hunter2" not in str(told.value)
    assert "hunter2" not in (tmp_path / "data/state.json").read_text()
