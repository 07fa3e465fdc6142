"""Cases: opened from a score, a comment or a customer; moved, handed over, closed with a reason; viewers look on."""

from __future__ import annotations

import re
import time

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send
from test_customers import HOSTILE, links_of, ref_of, said_who

from heartline.act import REASONS
from heartline.app import Heartline
from heartline.records import Case, CaseStatus, IdentifierKind, Role
from heartline.web.opening import read_loops

NOW = time.time()
HOUR_US = 3_600_000_000


@pytest.fixture
def unhappy(heartline: Heartline) -> int:
    """Ana gave a 2 and said why; return the seq of that."""
    at = NOW - 2 * DAY_S
    score = {"kind": "nps", "value": 2}
    send(
        heartline,
        [
            said_who("ana", at, name="Ana Ruiz"),
            a_touch("ana", at + 1, "Courier", channel="app", place="North", score=score, text="Третий раз поздно"),
        ],
    )
    return next(entry.seq for entry in heartline.stores.history.recent(limit=9) if entry.text)


def open_one(browser: Browser, seq: int, **given: str) -> Case:
    data = {"seq": str(seq), "title": "Third late box", "owner": "Owner", "due": "2026-11-24", "note": "", **given}
    answer = browser.post("/cases", data, form=f"/cases/new?seq={seq}")
    assert answer.status_code == 303, answer.text
    return browser.heartline.stores.kept.case(int(answer.headers["location"].rsplit("/", 1)[1]))


def test_the_form_proposes_title_owner_and_day(unhappy: int, owner: Browser) -> None:
    text = owner.get(f"/cases/new?seq={unhappy}").text
    assert 'value="Unhappy with Courier, North: 2 of 10"' in text
    assert '<option value="Owner" selected>' in text
    assert re.search(r'name="due" type="date" value="20\d\d-\d\d-\d\d"', text)
    assert "«Третий раз поздно»" in text
    assert 'lang="ru"' in text


def test_a_case_from_score_to_reason(heartline: Heartline, unhappy: int, owner: Browser) -> None:
    case = open_one(owner, unhappy, note="She is right.")
    assert (case.seq, case.owner, case.status) == (unhappy, "Owner", CaseStatus.NEW)
    assert case.handle == ref_of(heartline, IdentifierKind.USER_ID, "ana")
    path = f"/cases/{case.case_id}"
    text = owner.get(path).text
    for words in ("Third late box", "Ana Ruiz", "«Третий раз поздно»", "She is right.", "1 of 1 open", "2 of 10, NPS"):
        assert words in text, words
    assert owner.post(path, {"act": "step", "step": "contacted", "was": "new", "note": "Rang her."}).status_code == 303
    assert owner.post(path, {"act": "hand", "owner": "", "due": "2026-12-01"}).status_code == 303
    moved = heartline.stores.kept.case(case.case_id)
    assert (moved.status, moved.owner) == (CaseStatus.CONTACTED, "")
    refused = owner.post(path, {"act": "close", "reason": "", "words": ""})
    assert refused.status_code == 400
    assert "A case is closed with a reason." in refused.text
    assert heartline.stores.kept.case(case.case_id).status is CaseStatus.CONTACTED
    assert owner.post(path, {"act": "close", "reason": REASONS[0], "words": "new box"}).status_code == 303
    closed = heartline.stores.kept.case(case.case_id)
    assert (closed.status, closed.reason) == (CaseStatus.CLOSED, f"{REASONS[0]}: new box")
    assert "No case is open" in owner.get("/cases").text
    assert "Third late box" in owner.get("/cases?show=closed").text
    assert f"{REASONS[0]}: new box" in owner.get(path).text
    owner.post(path, {"act": "step", "step": "contacted"})
    assert heartline.stores.kept.case(case.case_id).closed_us is None


def test_something_else_needs_words_and_a_made_up_reason_is_none(unhappy: int, owner: Browser) -> None:
    path = f"/cases/{open_one(owner, unhappy).case_id}"
    for data in ({"reason": "Something else"}, {"reason": "made up", "words": "x"}):
        assert owner.post(path, {"act": "close", **data}).status_code == 400
    assert owner.post(path, {"act": "step", "step": "closed"}).status_code == 400


@pytest.mark.parametrize("wrong", [{"title": "  "}, {"due": "soon"}, {"due": ""}, {"owner": "Nobody We Know"}])
def test_a_wrong_form_opens_nothing(heartline: Heartline, unhappy: int, owner: Browser, wrong: dict[str, str]) -> None:
    data = {"seq": str(unhappy), "title": "Kept words", "owner": "Owner", "due": "2026-11-24", "note": "Kept note"}
    answer = owner.post("/cases", {**data, **wrong})
    assert answer.status_code == 400
    assert heartline.stores.kept.cases() == []
    if "owner" not in wrong:
        assert "Kept note" in answer.text


@pytest.mark.parametrize(
    "query",
    ["", "?seq=0", "?seq=99999999", "?seq=9999999999999999999999", "?handle=zz", "?seq=-1", "?handle=" + "0" * 32],
)
def test_a_case_about_nobody_is_refused_with_words(owner: Browser, query: str) -> None:
    assert owner.get(f"/cases/new{query}").status_code in {400, 404}


def test_who_moved_it_first_wins(unhappy: int, owner: Browser) -> None:
    path = f"/cases/{open_one(owner, unhappy).case_id}"
    owner.post(path, {"act": "step", "step": "mended", "was": "new"})
    late = owner.post(path, {"act": "step", "step": "contacted", "was": "new", "note": "I rang her"})
    assert late.status_code == 409
    assert "in the meantime" in late.text
    assert "I rang her</textarea>" in late.text, "what was written is not lost"
    assert "Now: mended" in late.text


def test_a_viewer_may_look_and_not_change(heartline: Heartline, unhappy: int, owner: Browser, viewer: Browser) -> None:
    case = open_one(owner, unhappy)
    page = viewer.get(f"/cases/{case.case_id}")
    assert page.status_code == 200
    assert "<textarea" not in page.text
    assert viewer.get("/cases").status_code == 200
    assert viewer.get(f"/cases/new?seq={unhappy}").status_code == 403
    assert viewer.post("/cases", {"seq": str(unhappy), "title": "x", "due": "2026-11-24"}).status_code == 403
    assert viewer.post(f"/cases/{case.case_id}", {"act": "note", "note": "x"}).status_code == 403
    assert heartline.stores.kept.case(case.case_id).notes == case.notes


def test_a_case_follows_its_customer_through_a_merge(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 3 * DAY_S
    visit = a_touch("laptop", at, "Chat", channel="chat", text="Hello?")
    del visit["userId"]
    send(heartline, [visit | {"anonymousId": "laptop"}])
    seq = heartline.stores.history.recent(limit=1)[0].seq
    case = open_one(owner, seq)
    assert "Customer " in owner.get(f"/cases/{case.case_id}").text
    send(heartline, [said_who("mei", at + DAY_S, anonymous="laptop", name="Mei Zhang")])
    assert "Mei Zhang" in owner.get(f"/cases/{case.case_id}").text
    mei = owner.get(f"/customers/{ref_of(heartline, IdentifierKind.USER_ID, 'mei')}").text
    assert f"/cases/{case.case_id}" in mei


def test_a_case_of_a_shared_tablet_is_about_who_had_it_then(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 9 * DAY_S
    visit = a_touch("tablet", at + 100, "Chat", channel="chat", text="Whose words?")
    del visit["userId"]
    logins = [said_who("mei", at, anonymous="tablet"), said_who("jonas", at + DAY_S, anonymous="tablet")]
    send(heartline, [*logins, visit | {"anonymousId": "tablet"}])
    seq = next(entry.seq for entry in heartline.stores.history.recent(limit=9) if entry.text)
    assert open_one(owner, seq).handle == ref_of(heartline, IdentifierKind.USER_ID, "mei")


def test_the_list_is_filtered_by_owner_and_overdue_leads(heartline: Heartline, unhappy: int, owner: Browser) -> None:
    a_user(heartline, email="tom@example.com")
    a_user(heartline, email="eve@example.com", role=Role.VIEWER)
    open_one(owner, unhappy, title="Mine in time", due="2199-01-05")
    open_one(owner, unhappy, title="Tom's, late", owner="Tom", due="2026-01-05")
    open_one(owner, unhappy, title="Nobody's", owner="", due="2199-01-04")
    text = owner.get("/cases").text
    assert "3 open, 1 overdue, 1 without an owner" in text
    assert text.index("Tom&#39;s, late") < text.index("Nobody&#39;s") < text.index("Mine in time")
    assert "Overdue" in text
    assert ">Eve<" not in owner.get(f"/cases/new?seq={unhappy}").text
    mine = owner.get("/cases?show=mine").text
    assert "Mine in time" in mine
    assert "Tom&#39;s, late" not in mine
    toms = owner.get("/cases?owner=Tom").text
    assert "Tom&#39;s, late" in toms
    assert "Mine in time" not in toms
    assert "Nobody&#39;s" in owner.get("/cases?owner=(nobody)").text
    assert owner.get("/cases?show=nonsense&page=x&owner=%00").status_code == 200


def test_hostile_words_in_a_case_are_only_words(unhappy: int, owner: Browser) -> None:
    case = open_one(owner, unhappy, title=HOSTILE, note=HOSTILE)
    for path in ("/cases", f"/cases/{case.case_id}", f"/cases/new?seq={unhappy}", "/"):
        page = owner.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "alert(1)" in page.text


def test_every_link_of_a_case_leads_somewhere(unhappy: int, owner: Browser) -> None:
    path = f"/cases/{open_one(owner, unhappy).case_id}"
    for page in (path, "/cases", "/cases?show=closed", f"/cases/new?seq={unhappy}"):
        for href in links_of(owner.get(page).text):
            assert owner.get(href).status_code in {200, 303}, f"{page} → {href}"


def test_a_case_that_never_was_is_missing(owner: Browser) -> None:
    assert owner.get("/cases/999").status_code == 404
    assert owner.get("/cases/99999999999999999999").status_code == 404
    assert owner.post("/cases/999", {"act": "note", "note": "x"}).status_code == 404


def test_a_note_alone_does_not_move_a_case(heartline: Heartline, owner: Browser) -> None:
    case = heartline.stores.kept.open_case(title="T", handle="ab", seq=0, owner="", due_us=1, opened_by="You")
    page = owner.get(f"/cases/{case.case_id}").text
    chosen = re.search(r"<input[^>]*name=\"step\"[^>]*checked[^>]*>", page)
    assert chosen is not None
    assert 'value="new"' in chosen[0]


def test_home_shows_what_is_overdue_then_the_readers_own_first(heartline: Heartline) -> None:
    kept, now_us = heartline.stores.kept, time.time_ns() // 1_000
    for number in range(8):
        kept.open_case(title=f"Theirs {number}", handle="", seq=0, owner="Bo", due_us=now_us + HOUR_US, opened_by="Bo")
    kept.open_case(title="Mine", handle="", seq=0, owner="Owner", due_us=now_us + 9 * HOUR_US, opened_by="Owner")
    kept.open_case(title="Late", handle="", seq=0, owner="Bo", due_us=now_us - HOUR_US, opened_by="Bo")
    loops = read_loops(heartline, me="Owner", now_us=now_us)
    assert [line.case.title for line in loops.lines][:3] == ["Late", "Mine", "Theirs 0"]
    assert (loops.total, loops.overdue) == (10, 1)
