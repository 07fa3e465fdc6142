"""Rebuilding: equal to what was there, mends what is wrong, keeps what people made, and survives kills."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from upkeep_company import messages, send

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict
from heartline.records import Block
from heartline.unify import dump_canonical
from heartline.web import rebuild
from verb_nursery import Nursery


def quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def opened(path: Path) -> Heartline:
    return open_heartline(Settings(data_dir=path))


def dump(heartline: Heartline) -> object:
    return dump_canonical(heartline.stores.derived, heartline.stores.history)


def test_a_rebuild_is_equal_and_keeps_what_people_made(company: Path) -> None:
    with opened(company) as heartline:
        before, cases, account = dump(heartline), heartline.stores.kept.cases(), heartline.account()
        mark, log = heartline.logs.mark(), heartline.log()
        report = rebuild(heartline, tell=quiet)
        assert report.swapped
        assert report.comparison is not None
        assert report.comparison.equal
        assert report.comparison.identifiers > 30
        assert dump(heartline) == before
        assert heartline.logs.mark() != mark, "what was remembered of the files before must not be taken for true"
        assert heartline.log() is not log
        assert heartline.account() == account
        assert account.duplicate > 0
        assert account.refused > 0
    with opened(company) as heartline:
        assert dump(heartline) == before
        assert heartline.stores.kept.cases() == cases
        assert [user.email for user in heartline.stores.kept.users()] == ["ada@example.com"]
        assert [path.name for path in company.glob("state*.sqlite")] == ["state-1.sqlite"]


def test_a_rebuild_mends_what_was_wrong_and_says_what(company: Path) -> None:
    with opened(company) as heartline:
        before = dump(heartline)
        with heartline.stores.database.write() as db:
            db.execute(text("DELETE FROM profiles WHERE customer_id IN (SELECT customer_id FROM profiles LIMIT 2)"))
            db.execute(text("UPDATE counts SET n = n + 1 WHERE what = 'duplicate'"))
        seqs = [entry.seq for entry in heartline.stores.history.recent(limit=3)]
        heartline.stores.history.remove([(seq, seq) for seq in seqs], offset=heartline.stores.history.offset())
        checked = rebuild(heartline, tell=quiet, check_only=True).comparison
        assert checked is not None
        assert not checked.equal
        assert checked.differing["profiles"] == 2
        assert 1 <= checked.differing["interactions"] <= 3
        assert checked.differing["ownership"] == 0
        assert list(checked.counters) == ["duplicate"]
        assert not heartline.account().balanced, "a check changes nothing"
        mended = rebuild(heartline, tell=quiet)
        assert mended.comparison == checked
        assert dump(heartline) == before
        assert heartline.account().balanced


def test_what_staff_said_of_identity_is_compared_too(company: Path) -> None:
    with opened(company) as heartline:
        known = heartline.stores.derived.identifiers([1])[0]
        heartline.act(Block(handle=known.handle, by="Ada", at_us=1))
        before = dump(heartline)
        report = rebuild(heartline, tell=quiet)
        assert report.comparison is not None
        assert report.comparison.equal
        assert dump(heartline) == before
        with heartline.stores.database.write() as db:
            assert db.execute(text("DELETE FROM handle_marks")).rowcount == 1
        checked = rebuild(heartline, tell=quiet, check_only=True).comparison
        assert checked is not None
        assert checked.differing["marks"] == 1


def test_what_arrives_during_a_rebuild_is_in_it(company: Path) -> None:
    with opened(company) as heartline:
        heartline.start()
        source = heartline.stores.kept.sources()[0].source_id
        sending = threading.Thread(target=send, args=(heartline, source, messages(400, 900)), kwargs={"size": 5})
        sending.start()
        report = rebuild(heartline, tell=quiet)
        sending.join()
        heartline.catch_up()
        account = heartline.account()
        assert report.comparison is not None
        assert report.comparison.equal
        assert account.balanced
        assert account.pending == 0
        assert account.received == 900
        again = rebuild(heartline, tell=quiet, check_only=True)
        assert again.comparison is not None
        assert again.comparison.equal


def test_only_one_work_on_whole_files_runs_at_a_time(company: Path) -> None:
    with opened(company) as heartline, heartline.upkeep("an erasure"), pytest.raises(Conflict, match="an erasure"):
        rebuild(heartline, tell=quiet)


def test_a_broken_state_of_the_projector_is_mended_by_a_rebuild(company: Path) -> None:
    with opened(company) as heartline:
        before = dump(heartline)
        source = heartline.stores.kept.sources()[0].source_id
        with heartline.stores.database.write() as db:
            db.execute(text("DROP TABLE ownership"))
        send(heartline, source, messages(380, 400))
        report = rebuild(heartline, tell=quiet)
        assert report.swapped
        assert report.comparison is None
        assert "could not" in report.trouble
        assert dump(heartline) == before
        assert heartline.account().balanced


@pytest.mark.parametrize("point", ["rebuild_begun", "rebuild_made", "rebuild_swapping"])
def test_a_kill_leaves_the_old_or_the_new(company: Path, nursery: Nursery, point: str) -> None:
    with opened(company) as heartline:
        before = dump(heartline)
    ended, said = nursery.run("rebuild", data=company, fail_point=point)
    assert ended == -signal.SIGKILL, said
    assert (company / "state-1.sqlite").exists(), "it was killed with its new files lying there"
    with opened(company) as heartline:
        assert dump(heartline) == before
        assert heartline.account().balanced
        assert not (company / "state-1.sqlite").exists()
        assert rebuild(heartline, tell=quiet).swapped
        assert dump(heartline) == before
