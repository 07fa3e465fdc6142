"""The page of an import that was done: what it did, and undoing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Browser, a_user
from importing_by_page import wait

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.records import Role
from heartline.web import Desk

HEAD = "id,email,when,event,amount\n"
ORDERS = HEAD + "".join(f"{n},p{n % 6}@x.org,2026-03-{n:02} 10:00,Order,{n}.50\n" for n in range(1, 25))


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Heartline]:
    with open_heartline(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
def clerk(installed: Heartline) -> Iterator[Browser]:
    with Browser(installed) as browser:
        yield browser.sign_in(a_user(installed))


def bring(heartline: Heartline, folder: Path, text: str, name: str = "orders.csv") -> int:
    """Import a file; return the number of the import."""
    like, path = folder / "like.csv", folder / name
    like.write_text(ORDERS, encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    desk = Desk(heartline)
    desk.run(path, desk.guess(like).mapping, source="Shop")
    return desk.imports()[0][0].import_id


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " "))


def test_an_import_is_weighed_undone_and_says_so(clerk: Browser, installed: Heartline, tmp_path: Path) -> None:
    number = bring(installed, tmp_path, ORDERS)
    more = "".join(f"{n + 100},p{n}@x.org,2026-04-{n:02} 10:00,Order,1\n" for n in range(5, 9))
    bring(installed, tmp_path, ORDERS + more, "again.csv")
    here = f"/data/imported/{number}"
    assert f'href="{here}"' in clerk.get("/data/imports").text
    page = words_of(clerk.get(here).text)
    assert "Rows read 24" in page
    assert "Stored now 24" in page
    assert clerk.post(f"{here}/weigh").headers["location"] == f"{here}/undo"
    wait(installed, f"weigh {number}")
    weighed = words_of(clerk.get(f"{here}/undo").text)
    assert "24 events would be taken back" in weighed
    assert "Customers touched 6" in weighed
    assert "Customers with nothing else 5" in weighed, "p5 came again with other rows"
    assert "again.csv: 24 rows" in weighed
    assert clerk.post(f"{here}/undo").status_code == 303
    wait(installed, f"undo {number}")
    assert clerk.get(f"{here}/undo").headers["location"] == here
    assert "24 events taken back, 24 of them stored" in words_of(clerk.get(here).text)
    assert installed.account().balanced
    assert installed.account().undone == 24
    assert "import_undone" in [line.what for line in installed.stores.kept.audit(limit=5)]


def test_an_import_under_way_is_not_undone(clerk: Browser, installed: Heartline, tmp_path: Path) -> None:
    number = bring(installed, tmp_path, ORDERS)
    here = f"/data/imported/{number}"
    installed.importing[number] = object()
    assert "once it has ended" in clerk.get(here).text
    assert clerk.post(f"{here}/weigh").status_code == 303
    wait(installed, f"weigh {number}")
    assert "orders.csv is under way." in clerk.get(f"{here}/undo").text
    clerk.post(f"{here}/undo")
    wait(installed, f"undo {number}")
    del installed.importing[number]
    assert installed.account().undone == 0
    assert clerk.get("/data/imported/99").status_code == 404


def test_who_may_not_import_may_not_undo(installed: Heartline, tmp_path: Path) -> None:
    number = bring(installed, tmp_path, ORDERS)
    with Browser(installed) as browser:
        viewer = browser.sign_in(a_user(installed, role=Role.VIEWER))
        for path in (f"/data/imported/{number}", f"/data/imported/{number}/undo"):
            assert viewer.get(path).status_code == 403
            assert viewer.post(path).status_code in {403, 405}
    assert installed.account().undone == 0


DIRTY = HEAD + (
    "1, Ada@X.org ,2026-03-01 10:00,Order,1.50\n"
    "2,null,2026-03-02 10:00,Order,2.50\n"
    "3,bo@x.org,soon,Order,3.50\n"
    "4,cy@x.org,2026-03-04 10:00,=2+2,EUR 4.50\n"
)


def drop(clerk: Browser, path: str, body: bytes, *, page: str) -> int:
    boundary = "----sign"
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="_csrf_token"\r\n\r\n{clerk.token(page)}\r\n'
    part = f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="m.csv"\r\n\r\n'
    content = head.encode() + part.encode() + body + f"\r\n--{boundary}--\r\n".encode()
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    return clerk.ask("POST", path, content=content, headers=kind).status_code


def test_what_was_changed_and_refused_is_told_and_taken_away(
    clerk: Browser, installed: Heartline, tmp_path: Path
) -> None:
    number = bring(installed, tmp_path, DIRTY)
    here = f"/data/imported/{number}"
    page = words_of(clerk.get(here).text)
    assert "Identifiers trimmed, or written the way they are compared." in page
    assert "“ Ada@X.org ” → ada@x.org" in page
    assert "Times without a zone, read as" in page
    assert "Junk identity" in page
    report = clerk.get(f"{here}/report.json").json()
    assert (report["rows"], report["stored_now"]) == (4, 2)
    assert report["refused_by_reason"] == {"junk_identity": 1, "bad_time": 1}
    assert {change["kind"]: change["count"] for change in report["changes"]} == {
        "identifier": 1,
        "no_zone": 2,
        "number": 1,
    }
    assert [row["cells"]["id"] for row in report["refused"]] == ["2", "3"]
    told = clerk.get(f"{here}/report.csv")
    assert told.headers["content-disposition"].startswith("attachment")
    assert "refused,bad_time,,1" in told.text
    assert "=2+2" not in [cell for line in told.text.splitlines() for cell in line.split(",")]


def test_corrected_rows_are_dropped_and_what_is_right_is_stored(
    clerk: Browser, installed: Heartline, tmp_path: Path
) -> None:
    number = bring(installed, tmp_path, DIRTY)
    here = f"/data/imported/{number}"
    sheet = clerk.get(f"{here}/refused.csv").content.replace(b",soon,", b",2026-03-03 10:00,")
    assert drop(clerk, f"{here}/mended", sheet, page=here) == 303
    wait(installed, f"mend {number}")
    assert "1 event mended, 1 still refused." in words_of(clerk.get(here).text)
    assert installed.account().balanced
    assert (installed.account().stored, installed.account().refused) == (3, 1)
    assert drop(clerk, f"{here}/mended", b"a,b\n1,2\n", page=here) == 303
    wait(installed, f"mend {number}")
    assert "heartline_refused_seq" in clerk.get(here).text
    assert clerk.get("/data/imports").text.count("Waiting for you") == 0, "corrected files are not kept"


def test_one_refused_event_is_opened_corrected_and_sent_again(
    clerk: Browser, installed: Heartline, tmp_path: Path
) -> None:
    bring(installed, tmp_path, DIRTY)
    listed = clerk.get("/data/refused?reason=bad_time").text
    (link,) = re.findall(r"/data/refused/\d+", listed)
    page = clerk.get(link).text
    assert "soon" in page
    still = clerk.post(link, {"event": '{"email": "bo@x.org", "when": "later"}'})
    assert still.status_code == 400
    assert "which is no time" in still.text
    assert "It is still refused." in still.text
    assert "Write one object" in clerk.post(link, {"event": "[1]"}).text
    right = '{"id": "3", "email": "bo@x.org", "when": "2026-03-03 10:00", "event": "Order"}'
    assert clerk.post(link, {"event": right}).headers["location"] == "/data/refused"
    assert clerk.get(link).status_code == 404
    assert clerk.post("/data/refused/again", {"reason": "junk_identity"}).status_code == 303
    wait(installed, "refused again")
    assert "0 events mended, 1 still refused." in words_of(clerk.get("/data/refused/again").text)
    lines = clerk.get("/data/refused.jsonl?reason=junk_identity").text.splitlines()
    assert len(lines) == 1
    assert '"reason":"junk_identity"' in lines[0]
