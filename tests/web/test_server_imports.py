from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Browser, a_user
from importing_by_page import bring, form_of, wait

from heartline.app import Heartline, open_heartline
from heartline.collect import ImportMapping, ImportTouch, TimeFormat, TimeOrigin, Value, When, Who, check_mapping
from heartline.config import Settings
from heartline.records import IdentifierKind
from heartline.web.roles import ROLES, change_roles, role_of
from heartline.web.uploads import folder_of, list_uploads

CSV = b"""customer_id,time,event,rating,comment
c1,2026-01-05 10:00:00,Order placed,5,lovely
c1,2026-01-07 10:00:00,Box delivered,2,it came late and <b>wet</b>
c2,2026-01-06 09:00:00,Order placed,4,
c2,2026-01-08 09:00:00,Box delivered,5,thanks
,2026-01-08 09:00:00,Box delivered,5,=HYPERLINK()
"""


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Heartline]:
    with open_heartline(Settings(data_dir=tmp_path / "data", import_cap_bytes=200_000)) as opened:
        yield opened


@pytest.fixture
def clerk(installed: Heartline) -> Iterator[Browser]:
    with Browser(installed) as browser:
        yield browser.sign_in(a_user(installed))


def import_file(browser: Browser, body: bytes, name: str = "orders.csv", **roles: str) -> str:
    here = bring(browser, body, name)
    identity = here.rsplit("/", 1)[1]
    form = form_of(browser.get(here).text)
    form["role"] = [roles.get(c, r) for c, r in zip(form["column"], form["role"], strict=True)]
    assert browser.post(f"{here}/dry", dict(form)).status_code == 303
    wait(browser.heartline, f"dry {identity}")
    dry = browser.get(f"{here}/dry").text
    assert browser.post(f"{here}/run").status_code == 303
    wait(browser.heartline, f"run {identity}")
    done = browser.get(f"{here}/run").text
    assert "touches handed over" in done or "touch handed over" in done, done[-1500:]
    return dry


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page).replace("\N{NO-BREAK SPACE}", " ")


def test_a_file_is_brought_looked_at_tried_dry_and_imported(clerk: Browser, installed: Heartline) -> None:
    here = bring(clerk, CSV)
    page = clerk.get(here).text
    form = form_of(page)
    assert form["column"] == ["customer_id", "time", "event", "rating", "comment"]
    assert form["role"] == ["who:user_id", "when:iso", "what", "score:stars", "text"]
    assert "&lt;b&gt;wet&lt;/b&gt;" in page, "samples are shown as text"
    assert "orders.csv" in clerk.get("/data/imports").text
    dry = import_file(clerk, CSV)
    assert "5 rows: 2 new people, 0 customers or orders found again, 1 refused." in words_of(dry)
    assert installed.account().balanced
    assert installed.account().stored == 4
    assert installed.stores.derived.customer_count() == 2
    jobs = clerk.get("/data/imports").text
    assert "4 stored" in jobs
    assert len(list_uploads(installed)) == 1, "the one imported is gone, the one looked at waits"


def test_importing_twice_changes_nothing(clerk: Browser, installed: Heartline) -> None:
    import_file(clerk, CSV)
    before = installed.account()
    dry = import_file(clerk, gzip.compress(CSV), "orders.csv.gz")
    assert "0 new people" in words_of(dry)
    after = installed.account()
    assert (after.stored, after.balanced) == (before.stored, True)


def test_people_change_what_a_column_means(clerk: Browser, installed: Heartline) -> None:
    import_file(clerk, CSV, rating="ignore", comment="property")
    entries = installed.stores.history.recent(limit=10)
    assert len(entries) == 4
    assert all(entry.score is None and entry.text is None for entry in entries)


def test_a_mapping_is_saved_taken_and_written_out(clerk: Browser, installed: Heartline) -> None:
    here = bring(clerk, CSV)
    form = form_of(clerk.get(here).text) | {"name": ["Café orders"], "save": ["1"]}
    assert clerk.post(f"{here}/dry", form).status_code == 303
    assert list(installed.stores.kept.mappings()) == ["Café orders"]
    other = bring(clerk, CSV, "more.csv")
    assert clerk.post(f"{other}/mapping", {"saved": "Café orders"}).status_code == 303
    assert "Café orders" in clerk.get(other).text
    for wrong in ({"mapping": "{"}, {"mapping": '{"name": "x", "surprise": 1}'}, {"saved": "Nothing"}):
        assert clerk.post(f"{other}/mapping", wrong).status_code == 400
    assert clerk.post(f"{other}/forget").status_code == 303
    assert clerk.get(other).status_code == 404


def test_a_file_without_our_token_first_is_not_kept(clerk: Browser, installed: Heartline) -> None:
    for token in ("", "x" * 88):
        assert bring(clerk, CSV, token=token) == "403"
    foreign = clerk.ask("POST", "/data/imports", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    late = {"file": ("a.csv", io.BytesIO(CSV)), "_csrf_token": (None, clerk.token("/account"))}
    assert clerk.ask("POST", "/data/imports", files=late).status_code == 403
    assert list_uploads(installed) == []
    assert list(folder_of(installed).iterdir()) == []


def test_a_file_over_the_cap_or_none_at_all_is_refused_and_leaves_nothing(clerk: Browser, installed: Heartline) -> None:
    assert bring(clerk, b"x" * 300_000) == "400"
    assert bring(clerk, b"") == "400"
    broken = clerk.ask(
        "POST",
        "/data/imports",
        content=b"--b\r\ncontent-dis",
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert broken.status_code == 400
    assert clerk.ask("POST", "/data/imports", content=b"x", headers={"content-type": "text/csv"}).status_code == 400
    assert list(folder_of(installed).iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "..\\..\\evil.csv", "/etc/passwd", ".", "…", "a\x07b.csv", "x" * 300, "客" * 100 + ".csv"],
)
def test_a_file_stays_in_its_own_folder_whatever_it_is_called(clerk: Browser, installed: Heartline, name: str) -> None:
    assert bring(clerk, CSV, name).startswith("/data/imports/")
    upload = list_uploads(installed)[0]
    assert upload.path.resolve().is_relative_to(folder_of(installed).resolve())
    assert upload.path.parent.name == "file"


@pytest.mark.parametrize("body", [b"\x00\x01\x02" * 50, b"PK\x03\x04zip", b"%PDF-1.7", b"only\n", b"\x1f\x8bbroken"])
def test_a_file_that_cannot_be_read_says_why(clerk: Browser, body: bytes) -> None:
    assert clerk.get(bring(clerk, body)).status_code in {200, 400}


def test_viewers_see_nothing_of_imports(viewer: Browser) -> None:
    assert viewer.get("/data/imports").status_code == 403
    assert "/data/imports" not in viewer.get("/data").text
    assert viewer.get("/data/imports/" + "0" * 24).status_code == 403
    assert bring(viewer, CSV, token=viewer.token("/account")) == "403"


def test_a_file_that_cannot_be_read_is_not_kept_for_ever(owner: Browser) -> None:
    path = bring(owner, b"id,\x00\xff\n1,2\n")
    assert owner.get(path).status_code == 400
    assert f'action="{path}/forget"' in owner.get("/data/imports").text
    assert owner.post(f"{path}/forget").status_code == 303
    assert owner.get(path).status_code == 404


def test_roles_turn_into_a_mapping_and_back() -> None:
    mapping = ImportMapping(
        name="M",
        who=(Who(column="a", kind=IdentifierKind.USER_ID),),
        touches=(ImportTouch(name=Value(constant="T"), when=When(column="b")),),
    )
    for choice in ROLES:
        changed = change_roles(mapping, {"z": choice.value})
        check_mapping(changed)
        assert role_of(changed, "z") == choice.value
        back = change_roles(changed, {"z": "ignore"})
        check_mapping(back)
        assert role_of(back, "z") == "ignore"
    assert change_roles(mapping, {"a": "who:user_id", "b": "when:iso"}) == mapping
    without = change_roles(mapping, {"a": "ignore", "b": "ignore"})
    check_mapping(without)
    assert without.unnamed_rows
    assert without.touches[0].when.origin is TimeOrigin.IMPORTED
    timed = change_roles(without, {"c": "when:day_first"})
    assert timed.touches[0].when == When(column="c", format=TimeFormat.DAY_FIRST)
