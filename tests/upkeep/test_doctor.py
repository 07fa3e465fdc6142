"""The doctor: sound is sound, each wound is found by itself with what to do, and no broken file ends it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from upkeep_company import messages, send

from heartline.app import Heartline, open_heartline
from heartline.cli import verbs
from heartline.config import Settings
from heartline.errors import Missing
from heartline.keeper import log_file
from heartline.web import Level, Wellbeing, examine


def quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def opened(path: Path) -> Heartline:
    return open_heartline(Settings(data_dir=path))


def ask(path: Path) -> tuple[int, dict[str, object]]:
    """Run the verb; return its exit code and what it says."""
    ran = CliRunner().invoke(verbs, ["doctor", "--json", "--data", str(path)])
    assert isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, json.loads(ran.output)


def told(found: dict[str, object], check: str) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = found["findings"]  # type: ignore[assignment]
    return [finding for finding in findings if finding["check"] == check]


def spoil(path: Path, *, at: float) -> None:
    """Overwrite some of a file's middle."""
    overwrite(path, int(path.stat().st_size * at))


def spoil_rows(path: Path) -> None:
    """Overwrite some of a block in which DuckDB keeps rows: others of its file may stand free, and harm nobody."""
    with duckdb.connect(str(path), read_only=True) as db:
        used = db.execute(
            "SELECT min(block_id) FROM pragma_storage_info('interactions') WHERE block_id >= 0"
        ).fetchone()
    assert used is not None
    overwrite(path, 3 * 4096 + used[0] * 256 * 1024 + 4096)


def overwrite(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xa5" * 4096)


def test_a_sound_installation_lacks_but_a_backup(company: Path) -> None:
    code, found = ask(company)
    assert code == 1
    wounded = [finding for finding in found["findings"] if finding["level"] != "sound"]  # type: ignore[attr-defined]
    assert sorted(finding["check"] for finding in wounded) == ["backup", "refused"]
    assert all(finding["do"] for finding in wounded)
    assert found["account"]["received"] == 400  # type: ignore[index]
    assert sum(found["refused"].values()) == found["account"]["refused"] > 0  # type: ignore[attr-defined, index]
    assert found["seqs"] == {"journal": 16, "state": 16, "history": 16}
    assert {"SQLite", "DuckDB", "heartline", "Python"} == set(found["versions"])  # type: ignore[call-overload]
    assert {"journal.sqlite", "state.sqlite"} < {file["name"] for file in found["files"]}  # type: ignore[attr-defined]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    ran = CliRunner().invoke(verbs, ["doctor", "--data", str(tmp_path / "nothing")])
    assert isinstance(ran.exception, Missing)
    assert not (tmp_path / "nothing").exists()


def test_an_account_that_does_not_add_up_is_broken(company: Path) -> None:
    with opened(company) as heartline, heartline.stores.database.write() as db:
        db.execute(text("UPDATE counts SET n = n + 3 WHERE what = 'duplicate'"))
    code, found = ask(company)
    (account,) = told(found, "account")
    assert code == 2
    assert account["level"] == "broken"
    assert "rebuild" in account["do"]


def test_each_broken_file_is_a_finding_and_the_others_are_still_examined(company: Path) -> None:
    with opened(company) as heartline:
        send(heartline, 1, messages(1000, 3000))
        heartline.catch_up()
    spoil_rows(company / "history.duckdb")
    code, found = ask(company)
    assert code == 2
    (history,) = told(found, "history")
    assert history["level"] == "broken"
    assert "rebuild" in history["do"]
    assert told(found, "journal")[0]["level"] == "sound"
    assert told(found, "state")[0]["level"] == "sound"
    spoil(company / "journal.sqlite", at=0.5)
    spoil(company / "state.sqlite", at=0.0)
    code, found = ask(company)
    assert code == 2
    assert [told(found, name)[0]["level"] for name in ("journal", "state", "history")] == ["broken"] * 3
    assert "restore" in told(found, "journal")[0]["do"]


def test_a_gap_in_the_journal_is_found(company: Path) -> None:
    with opened(company) as heartline:
        heartline.stores.journal._writer.execute("DELETE FROM commits WHERE first_seq = 5")  # type: ignore[attr-defined]
        found = examine(heartline, tell=quiet)
    (journal,) = [finding for finding in found.findings if finding.check == "journal"]
    assert journal.level is Level.BROKEN
    assert "Seq 5 is followed by 6" in journal.says


def test_an_import_that_was_cut_off_is_told(company: Path) -> None:
    with opened(company) as heartline:
        job = heartline.stores.kept.add_import(file_name="shop.csv", fingerprint="f", source_id=1, mapping="{}")
        heartline.stores.kept.set_import(job.import_id, status="running", rows_done=1234, summary="{}")
        with heartline.stores.database.write() as db:
            db.execute(text("UPDATE imports SET updated_us = 1"))
        found = examine(heartline, tell=quiet, deep=False)
    (cut,) = [finding for finding in found.findings if finding.check == "import"]
    assert "1,234 rows" in cut.says
    assert "again" in cut.do


def test_the_packed_log_is_looked_at_and_never_mended(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> dict[str, str]:
        _code, found = ask(company)
        (one,) = told(found, "packed log")
        return one

    assert find()["says"].startswith("None is on disk")
    monkeypatch.setattr(log_file, "LEAST_ROWS", 0)
    with opened(company) as heartline:
        touches = len(heartline.log())
    assert find()["says"].endswith(f"and holds {touches} touches. 0 interactions have come since.")
    with opened(company) as heartline:
        send(heartline, 1, messages(1000, 1003))
        heartline.catch_up()
    assert find()["says"].endswith("3 interactions have come since.")
    with opened(company) as heartline:
        heartline.stores.history.rewrite()
    assert find()["says"].endswith("The next start packs it anew.")
    spoil(company / "packed-log", at=0.4)
    wound = find()
    assert wound["level"] == "warning"
    assert "not as it was written" in wound["says"]
    assert "by itself" in wound["do"]


def test_a_check_that_fails_is_a_finding(company: Path) -> None:
    with opened(company) as heartline:
        with heartline.stores.database.write() as db:
            db.execute(text("DROP TABLE refused"))
        found: Wellbeing = examine(heartline, tell=quiet, deep=False)
    assert [finding.check for finding in found.findings if finding.level is Level.BROKEN] == ["refused"]
    assert found.account is not None
