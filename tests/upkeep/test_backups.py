"""Backups: of one moment, beside a server under load too, whole or absent; restored they hold the same."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path

import pytest
from upkeep_company import START_US, messages, send

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict, HeartlineError, Invalid, Missing
from heartline.records import Trust
from heartline.unify import dump_canonical
from heartline.web import back_up, check_backup, compact, rebuild, restore
from heartline.web.privacy import erase_customers
from verb_nursery import Nursery


def quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def opened(path: Path) -> Heartline:
    return open_heartline(Settings(data_dir=path))


def dump(heartline: Heartline) -> object:
    return dump_canonical(heartline.stores.derived, heartline.stores.history)


def kept(heartline: Heartline) -> object:
    stores = heartline.stores.kept
    people = [(user.email, user.role, user.created_us) for user in stores.users()]
    return people, stores.sources(), stores.cases(), stores.workspace(), heartline.stores.database.secret()


@pytest.mark.parametrize(("name", "whole"), [("folder", False), ("one.tar.zst", False), ("folder", True)])
def test_what_is_restored_is_what_was_there(company: Path, tmp_path: Path, name: str, *, whole: bool) -> None:
    with opened(company) as heartline:
        compact(heartline, tell=quiet)
        send(heartline, 1, messages(400, 450))
        heartline.catch_up()
        before, were = dump(heartline), kept(heartline)
        report = back_up(heartline, tmp_path / name, tell=quiet, whole=whole)
        assert report.events == 450
        assert check_backup(tmp_path / name, tell=quiet) == report
    done = restore(tmp_path / name, Settings(data_dir=tmp_path / "new"), tell=quiet)
    assert (done.events, done.erasures, done.set_aside) == (450, 0, "")
    with opened(tmp_path / "new") as heartline:
        assert dump(heartline) == before
        assert kept(heartline) == were
        assert heartline.account().balanced
        assert heartline.account().pending == 0
        send(heartline, 1, messages(450, 500))
        heartline.catch_up()
        assert heartline.account().received == 500
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"data", name, "new"}] == []
    assert [path for path in (tmp_path / "new").iterdir() if path.stat().st_mode & 0o077] == []


def test_a_backup_under_load_is_of_one_moment(company: Path, tmp_path: Path) -> None:
    with opened(company) as heartline:
        heartline.start()
        going = threading.Event()
        stop = threading.Event()

        def load() -> None:
            for turn in range(10_000):
                source = heartline.stores.kept.add_source(name=f"Late {turn}", trust=Trust.TRUSTED)
                heartline.sources.reload()
                send(heartline, source.source_id, messages(1000 + turn * 10, 1010 + turn * 10))
                entry = heartline.stores.history.recent(limit=1)[0]
                heartline.stores.kept.open_case(
                    title="Late", handle="00" * 16, seq=entry.seq, owner="", due_us=START_US, opened_by=""
                )
                going.set()
                if stop.is_set():
                    return

        loading = threading.Thread(target=load)
        loading.start()
        reports = []
        for n in range(3):
            going.clear()
            assert going.wait(120), "the load goes on between any two"
            reports.append(back_up(heartline, tmp_path / f"b{n}", tell=quiet, whole=n == 1))
        stop.set()
        loading.join()
    assert reports[0].head < reports[2].head
    for number in range(3):
        restore(tmp_path / f"b{number}", Settings(data_dir=tmp_path / f"new{number}"), tell=quiet)
        with opened(tmp_path / f"new{number}") as heartline:
            assert heartline.account().balanced
            known = {entry.seq for entry in heartline.stores.history.recent(limit=10**6)}
            cases = heartline.stores.kept.cases()
            assert len(cases) > 1
            assert {case.seq for case in cases} <= known, "no case is about what the backup does not hold"


def test_a_damaged_backup_is_refused_and_nothing_changes(company: Path, tmp_path: Path) -> None:
    with opened(company) as heartline:
        back_up(heartline, tmp_path / "b", tell=quiet)
        back_up(heartline, tmp_path / "b.tar.zst", tell=quiet)

    def refused(path: Path, kind: type[HeartlineError]) -> None:
        for attempt in (
            lambda: check_backup(path, tell=quiet),
            lambda: restore(path, Settings(data_dir=tmp_path / "new"), tell=quiet),
        ):
            with pytest.raises(kind):
                attempt()
        assert not (tmp_path / "new").exists()

    kept_users = tmp_path / "b/kept/users.jsonl.zst"
    sound = kept_users.read_bytes()
    kept_users.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    refused(tmp_path / "b", Invalid)
    kept_users.unlink()
    refused(tmp_path / "b", Invalid)
    kept_users.write_bytes(sound)
    (tmp_path / "b/manifest.json").rename(tmp_path / "aside")
    refused(tmp_path / "b", Invalid)
    newer = (tmp_path / "aside").read_text().replace('"schema_version": ', '"schema_version": 9')
    (tmp_path / "b/manifest.json").write_text(newer)
    refused(tmp_path / "b", Conflict)
    packed = (tmp_path / "b.tar.zst").read_bytes()
    (tmp_path / "b.tar.zst").write_bytes(packed[: len(packed) // 2])
    refused(tmp_path / "b.tar.zst", Invalid)
    refused(tmp_path / "nowhere", Missing)


def test_a_folder_in_use_or_not_empty_is_not_restored_into(company: Path, tmp_path: Path) -> None:
    with opened(company) as heartline:
        back_up(heartline, tmp_path / "b", tell=quiet)
        with pytest.raises(Conflict, match="there already"):
            back_up(heartline, tmp_path / "b.tar.zst", tell=quiet) and back_up(
                heartline, tmp_path / "b.tar.zst", tell=quiet
            )
        with pytest.raises(Conflict, match="not empty"):
            restore(tmp_path / "b", Settings(data_dir=company), tell=quiet)
        with pytest.raises(Conflict, match="in use"):
            restore(tmp_path / "b", Settings(data_dir=company), tell=quiet, set_aside=True)
    done = restore(tmp_path / "b", Settings(data_dir=company), tell=quiet, set_aside=True)
    with opened(Path(done.set_aside)) as before, opened(company) as now:
        assert dump(now) == dump(before)


def test_a_ledger_of_erasures_is_replayed(company: Path, tmp_path: Path) -> None:
    """Which erasures a ledger lists is the privacy tests' matter; here it is that the right ledger reaches them."""
    asked: list[str] = []

    def replay(heartline: Heartline, path: Path) -> list[str]:
        assert heartline.account().pending == 0, "erasures come when all is projected"
        asked.append(path.read_text())
        return ["one"]

    with opened(company) as heartline:
        (company / "erasures.jsonl").write_text("of the backup\n")
        back_up(heartline, tmp_path / "b", tell=quiet)
    (company / "erasures.jsonl").write_text("of the folder\n")
    (tmp_path / "given").write_text("given\n")
    restore(tmp_path / "b", Settings(data_dir=tmp_path / "n1"), tell=quiet, replay=replay)
    restore(tmp_path / "b", Settings(data_dir=tmp_path / "n2"), tell=quiet, replay=replay, erasures=tmp_path / "given")
    done = restore(tmp_path / "b", Settings(data_dir=company), tell=quiet, replay=replay, set_aside=True)
    assert asked == ["of the backup\n", "given\nof the backup\n", "of the folder\nof the backup\n"]
    assert done.erasures == 1
    assert (company / "erasures.jsonl").read_text() == asked[2], "the next restore must know them too"
    with pytest.raises(Missing):
        restore(tmp_path / "b", Settings(data_dir=tmp_path / "n3"), tell=quiet, erasures=tmp_path / "not there")


def test_who_was_erased_after_the_backup_stays_erased(company: Path, tmp_path: Path) -> None:
    settings, canary = Settings(data_dir=company), "u3@example.com"

    def holding() -> list[str]:
        return [path.name for path in company.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]

    with opened(company) as heartline:
        back_up(heartline, tmp_path / "b", tell=quiet)
        (found,) = heartline.stores.derived.search(canary, limit=2)
    assert holding(), "the control: this finds the canary while it is there"
    with opened(company) as heartline:
        erase_customers(heartline, [found.ref], by="Ada", reason="asked for it")
        again = rebuild(heartline, tell=quiet).comparison
        assert again is not None
        assert again.equal
        after = dump(heartline)
    done = restore(tmp_path / "b", settings, tell=quiet, set_aside=True)
    assert done.erasures == 1
    assert holding() == []
    with opened(company) as heartline:
        assert heartline.stores.derived.search(canary, limit=2) == []
        assert dump(heartline) == after
        assert heartline.account().balanced


@pytest.mark.parametrize("point", ["restore_filled", "restore_followed"])
def test_a_killed_restore_changes_nothing_and_is_given_again(
    company: Path, tmp_path: Path, nursery: Nursery, point: str
) -> None:
    with opened(company) as heartline:
        before = dump(heartline)
        back_up(heartline, tmp_path / "b", tell=quiet)
    ended, said = nursery.run("restore", str(tmp_path / "b"), data=tmp_path / "new", fail_point=point)
    assert ended == -signal.SIGKILL, said
    assert not (tmp_path / "new").exists()
    ended, said = nursery.run("restore", str(tmp_path / "b"), data=tmp_path / "new")
    assert ended == 0, said
    assert "400 events" in said
    with opened(tmp_path / "new") as heartline:
        assert dump(heartline) == before


@pytest.mark.parametrize(("point", "target"), [("backup_copied", "b"), ("backup_written", "b.tar.zst")])
def test_a_killed_backup_leaves_nothing_that_looks_whole(
    company: Path, tmp_path: Path, nursery: Nursery, point: str, target: str
) -> None:
    ended, said = nursery.run("backup", str(tmp_path / target), data=company, fail_point=point)
    assert ended == -signal.SIGKILL, said
    assert not (tmp_path / target).exists()
    (left,) = tmp_path.glob("b*")
    with pytest.raises(HeartlineError) if point == "backup_copied" else contextlib.nullcontext():
        check_backup(left, tell=quiet)
    with opened(company) as heartline:
        back_up(heartline, tmp_path / target, tell=quiet)
    assert [path.name for path in tmp_path.glob("b*")] == [target]


def test_each_verb_works_beside_a_server(served: Path, tmp_path: Path, nursery: Nursery) -> None:
    target = tmp_path / "b.tar.zst"
    code, said = nursery.run("rebuild", data=served)
    assert code == 0, said
    assert "Equal to what was there" in said
    assert nursery.run("backup", str(target), data=served)[0] == 0
    code, said = nursery.run("compact", data=served)
    assert code == 0, said
    assert "only without a server" in said
    code, said = nursery.run("doctor", "--json", data=served)
    assert code == 1, "many events of this company are refused"
    assert '"backup","level":"sound"' in said
    assert nursery.run("rebuild", "--check", data=served)[0] == 0
    assert check_backup(target, tell=quiet).events == 400
