"""The page says what the doctor says, and reads whole files when it is told to."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import text

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Role
from heartline.web.chores import find_chore
from heartline.web.wellbeing import EXAMINATION

sys.path.append(str(Path(__file__).resolve().parents[1] / "web"))
from browsing import Browser, a_user  # shared by the tests of the web

PATH = "/settings/wellbeing"


def test_the_page_tells_findings_and_what_to_do(company: Path) -> None:
    with open_heartline(Settings(data_dir=company)) as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline, role=Role.OWNER))
        shown = browser.get(PATH).text
        assert "Well, with something to look at" in shown
        assert "Run heartline backup" in shown
        assert "400 events were received" in shown
        with heartline.stores.database.write() as db:
            db.execute(text("UPDATE counts SET n = n + 1 WHERE what = 'duplicate'"))
        assert "Run heartline rebuild" in browser.get(PATH).text


def test_whole_files_are_read_when_asked(company: Path) -> None:
    with open_heartline(Settings(data_dir=company)) as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline, role=Role.OWNER))
        assert "Every column can be read" not in browser.get(PATH).text
        assert browser.post(PATH, form=PATH).status_code == 303
        chore = find_chore(heartline, EXAMINATION)
        assert chore is not None
        assert chore.thread is not None
        chore.thread.join()
        assert "Every column can be read" in browser.get(PATH).text


def test_only_who_may_change_the_workspace_sees_it(company: Path) -> None:
    with open_heartline(Settings(data_dir=company)) as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline, role=Role.ANALYST))
        assert browser.get(PATH).status_code == 403
