"""A full disk, by both ways that need no root: a bound on SQLite's pages, and a limit on the size of files.

The door says 503 with Retry-After and nothing acknowledged is lost; pages go on; all heals without a restart.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import httpx
import pytest
from upkeep_company import messages

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.records import Role
from heartline.store import DiskRoom, SqliteJournal

sys.path.append(str(Path(__file__).resolve().parents[1] / "web"))
from browsing import Browser, a_user  # shared by the tests of the web


@contextlib.contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size`` bytes; Python ignores the signal that comes with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def journal_pages_end(heartline: Heartline) -> Iterator[None]:
    journal = heartline.stores.journal
    assert isinstance(journal, SqliteJournal)
    journal.forget_wal()
    pages = journal._writer.execute("PRAGMA page_count").fetchone()[0]
    journal._writer.execute(f"PRAGMA max_page_count={pages + 1}")
    try:
        yield
    finally:
        journal._writer.execute("PRAGMA max_page_count=1073741823")


@contextlib.contextmanager
def journal_file_ends(heartline: Heartline) -> Iterator[None]:
    directory = heartline.stores.directory
    assert directory is not None
    log = directory.path / "journal.sqlite-wal"
    with files_up_to(log.stat().st_size + 4096):
        yield


@contextlib.contextmanager
def state_pages_end(heartline: Heartline) -> Iterator[None]:
    database = heartline.stores.database
    with database.read() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()

    def bound(pages: int) -> None:
        # The bound is each connection's own; one of the pool is at rest at a time, and it is always the same.
        with database.read() as db:
            db.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    bound(int(pages or 0) + 1)
    try:
        yield
    finally:
        bound(1_073_741_823)


@contextlib.contextmanager
def history_file_ends(heartline: Heartline) -> Iterator[None]:
    directory = heartline.stores.directory
    assert directory is not None
    # History's log is made the largest file, so that it alone is at its bound.
    ballast = "CREATE TABLE ballast AS SELECT repeat(n::VARCHAR, 12) AS word FROM range(60000) AS r(n)"
    heartline.stores.history._db.execute(ballast)  # type: ignore[attr-defined]
    size = Path(f"{directory.history}.wal").stat().st_size
    assert all(path.stat().st_size < size // 2 for path in directory.path.glob("*.sqlite*"))
    with files_up_to(size + 2048):
        yield


class Sender:
    """Sends batches as an SDK does, and remembers what was acknowledged."""

    def __init__(self, heartline: Heartline, browser: Browser) -> None:
        (source,) = heartline.stores.kept.sources()
        self._key = source.write_key
        self._browser = browser
        self._next = 10_000
        self.acknowledged = 0

    def send(self, n: int = 60) -> httpx.Response:
        batch = [m for m in messages(self._next, self._next + n) if m["timestamp"] != "not a time"]
        for message in batch:
            message["properties"] = {"comment": str(self._next) * 100}
        self._next += n
        answer = self._browser.ask("POST", "/v1/batch", content=json.dumps({"writeKey": self._key, "batch": batch}))
        if answer.status_code == 200:
            self.acknowledged += len(batch)
        return answer


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (journal_pages_end, "The journal cannot be written"),
        (journal_file_ends, "The journal cannot be written"),
        (state_pages_end, "State cannot be written"),
        (history_file_ends, "The history cannot be written"),
    ],
    ids=["journal's pages", "journal's file", "state's pages", "history's file"],
)
def test_a_full_disk_is_told_loses_nothing_and_heals(
    company: Path, ends: Callable[[Heartline], contextlib.AbstractContextManager[None]], says: str
) -> None:
    with open_heartline(Settings(data_dir=company)) as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline, role=Role.OWNER))
        sender = Sender(heartline, browser)
        assert sender.send().status_code == 200
        heartline.catch_up()
        assert browser.get("/health").json() == {"status": "ok"}
        with ends(heartline):
            for _ in range(400):
                answer = sender.send()
                if answer.status_code != 200:
                    break
                with contextlib.suppress(Unavailable):
                    while heartline.project():
                        pass
                if heartline.room.troubles:
                    break
            assert next(iter(heartline.room.troubles.values())).startswith(says)
            if "journal" in says:
                assert answer.status_code == 503
                assert int(answer.headers["retry-after"]) > 0
                assert answer.json()["code"] == "journal_full"
            health = browser.get("/health")
            assert health.status_code == 503
            assert "cannot be written" in health.json()["status"]
            assert browser.get("/customers").status_code == 200
            assert browser.get("/data/account").status_code == 200
        assert sender.send().status_code == 200
        heartline.catch_up()
        assert browser.get("/health").json() == {"status": "ok"}
        account = heartline.account()
        assert account.balanced
        assert account.pending == 0
        assert account.received == 400 + sender.acknowledged
    with open_heartline(Settings(data_dir=company)) as heartline:
        assert heartline.account() == account


def test_the_reserve_is_given_back_for_people_and_taken_again(tmp_path: Path) -> None:
    free = [100 * 2**20]
    room = DiskRoom(tmp_path, reserve_bytes=2**20, free=lambda _folder: free[0])
    room.keep()
    assert (tmp_path / "reserve").stat().st_size == 2**20
    room.check()

    def fail() -> None:
        with room.writing("journal"):
            raise Unavailable("journal_full", "No room.")

    with pytest.raises(Unavailable):
        fail()
    assert (tmp_path / "reserve").exists(), "a file was full, and the disk is not"
    free[0] = 1000
    with pytest.raises(Unavailable):
        fail()
    assert not (tmp_path / "reserve").exists()
    with pytest.raises(Unavailable) as refused:
        room.check()
    assert refused.value.code == "disk_full"
    assert refused.value.retry_after_s > 0
    free[0] = 100 * 2**20
    room.check()
    assert (tmp_path / "reserve").exists()
    with room.writing("journal"):
        pass
    assert room.troubles == {}


def test_on_a_full_disk_the_door_closes_and_people_still_sign_in(company: Path) -> None:
    with open_heartline(Settings(data_dir=company, reserve_bytes=2**20)) as heartline, Browser(heartline) as browser:
        user = a_user(heartline)
        heartline.room.keep()
        free = heartline.room._free
        heartline.room._free = lambda _folder: 1000
        with journal_pages_end(heartline):
            sender = Sender(heartline, browser)
            while sender.send().status_code == 200:
                pass
        assert not (company / "reserve").exists()
        # The journal itself could be written now: the room is people's, not the senders'.
        assert sender.send().json()["code"] == "disk_full"
        browser.sign_in(user)
        assert browser.get("/customers").status_code == 200
        heartline.room._free = free
        assert sender.send().status_code == 200
        assert (company / "reserve").exists()
        assert browser.get("/health").json() == {"status": "ok"}


def test_a_history_that_duckdb_gave_up_is_opened_again(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_heartline(Settings(data_dir=company)) as heartline:
        history, before = heartline.stores.history, heartline.stores.history.count()
        opened = history._db  # type: ignore[attr-defined]

        def give_up(_offset: int) -> None:
            raise duckdb.FatalException("the database has been invalidated")

        with monkeypatch.context() as broken:
            broken.setattr(history, "_move", give_up)
            with pytest.raises(Unavailable):
                history.append([], offset=99)
        history.append([], offset=history.offset())
        assert history._db is not opened  # type: ignore[attr-defined]
        assert history.count() == before
