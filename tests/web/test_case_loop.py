"""The way of a case to its end: cause and step, asked again after closing, causes that recur, praise that arrives."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from browsing import Browser
from small_company import DAY_S, a_touch, send
from test_cases import open_one
from test_customers import HOSTILE

from heartline.act import REASONS
from heartline.app import Heartline
from heartline.records import CaseStatus, Effort, OpportunityStatus, Reading, TextKind, Verdict
from heartline.web.outcomes import judge_outcome
from heartline.web.praise import is_praise

NOW = time.time()


def low_scores(heartline: Heartline, *users: str) -> list[int]:
    """Each of them gave a 1 five days ago; return the numbers of that."""
    block = {"channel": "app", "score": {"kind": "nps", "value": 1}}
    send(heartline, [a_touch(user, NOW - 5 * DAY_S + n, "Courier", **block) for n, user in enumerate(users)])
    return sorted(entry.seq for entry in heartline.stores.history.recent(limit=99))


def test_a_cause_is_kept_with_its_step_and_moves_the_case_on(heartline: Heartline, owner: Browser) -> None:
    (seq,) = low_scores(heartline, "ana")
    case = open_one(owner, seq)
    path = f"/cases/{case.case_id}"
    assert owner.post(path, {"act": "cause", "cause": "  Late   courier ", "stage": "x\ty"}).status_code == 303
    loop = heartline.stores.kept.case_loop(case.case_id)
    assert (loop.cause, loop.journey_id, loop.stage) == ("Late courier", "", "")
    moved = heartline.stores.kept.case(case.case_id)
    assert moved.status is CaseStatus.CAUSE_FOUND
    assert "Cause: Late courier." in [note.text for note in moved.notes]
    assert "Third late box" in owner.get("/cases?cause=late courier").text
    assert "Third late box" not in owner.get("/cases?cause=other").text


def test_a_recurring_cause_becomes_one_opportunity_with_its_cases(heartline: Heartline, owner: Browser) -> None:
    seqs = low_scores(heartline, "ana", "ben", "cal")
    cases = [open_one(owner, seq).case_id for seq in seqs]
    for number in cases:
        owner.post(f"/cases/{number}", {"act": "cause", "cause": "Late courier"})
    text = owner.get("/cases/loops").text
    for words in ("1 cause comes again and again", "Late courier", "Make it an opportunity"):
        assert words in text, words
    for _time in range(2):
        assert owner.post("/cases/causes", {"cause": "Late courier"}, form="/cases/loops").status_code == 303
    (filed,) = heartline.stores.kept.opportunities()
    assert sorted(filed.cases) == sorted(cases)
    assert "Its opportunity" in owner.get("/cases/loops").text
    assert "Cause: Late courier" in owner.get("/opportunities").text
    assert owner.post("/cases/causes", {"cause": "made up"}, form="/cases/loops").status_code == 404


def test_a_closed_case_asks_again_beside_the_later_score(heartline: Heartline, owner: Browser) -> None:
    (seq,) = low_scores(heartline, "ana")
    case = open_one(owner, seq)
    path = f"/cases/{case.case_id}"
    owner.post(path, {"act": "close", "reason": REASONS[0]})
    kept = heartline.stores.kept
    loop = kept.case_loop(case.case_id)
    assert abs(loop.recheck_us - (NOW + 14 * DAY_S) * 1e6) < 3_600e6
    assert "asks again" in owner.get(path).text
    send(heartline, [a_touch("ana", time.time() + 5, "Courier", score={"kind": "nps", "value": 9}, text="Better now")])
    assert "Better now" in owner.get(path).text
    assert "Scored higher afterwards" in owner.get("/cases/loops").text
    owner.post(path, {"act": "step", "step": "contacted"})
    owner.post(path, {"act": "close", "reason": REASONS[1]})
    assert kept.case_loop(case.case_id).reopened == 1
    assert "Opened again 1 time." in owner.get(path).text


def test_it_is_asked_once_the_day_has_come_and_until_somebody_looked(
    heartline: Heartline, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seq,) = low_scores(heartline, "ana")
    path = f"/cases/{open_one(owner, seq).case_id}"
    owner.post(path, {"act": "close", "reason": REASONS[0]})
    assert "Ask again 0" in owner.get("/cases").text
    monkeypatch.setattr("heartline.web.visit.now_us", lambda: int((NOW + 15 * DAY_S) * 1e6))
    assert "Ask again 1" in owner.get("/cases").text
    assert "Third late box" in owner.get("/cases?show=again").text
    assert owner.post(path, {"act": "again"}).status_code == 303
    assert "Ask again 0" in owner.get("/cases").text
    assert "Looked at again: it holds." in owner.get(path).text


def test_a_hostile_cause_stays_text(heartline: Heartline, owner: Browser) -> None:
    (seq,) = low_scores(heartline, "ana")
    path = f"/cases/{open_one(owner, seq).case_id}"
    owner.post(path, {"act": "cause", "cause": HOSTILE})
    for page in (path, "/cases/loops", "/cases"):
        assert "<script>alert" not in owner.get(page).text


def test_a_compliment_reaches_the_employee_it_names(heartline: Heartline, owner: Browser) -> None:
    touch = {"channel": "app", "employee": "owner", "score": {"kind": "stars", "value": 5}}
    send(heartline, [a_touch("ana", NOW - 60, "Chat", **touch, text="So kind, thank you")])
    send(heartline, [a_touch("ben", NOW - 50, "Chat", **{**touch, "employee": "Mo"}, text="Mo is the best")])
    text = owner.get("/account").text
    assert "1 compliment names you" in text
    assert "So kind, thank you" in text
    assert "Mo is the best" not in text


@pytest.mark.parametrize(
    ("valence", "positive", "negative", "kind", "praises"),
    [
        (1.0, 0.9, 0.0, TextKind.NOTE, True),
        (float("nan"), 0.1, 0.1, TextKind.COMPLIMENT, True),
        (-1.0, 0.9, 0.0, TextKind.COMPLIMENT, False),
        (1.0, 0.1, 0.8, TextKind.COMPLAINT, False),
        (float("nan"), 0.5, 0.2, TextKind.NOTE, False),
    ],
)
def test_praise_is_by_score_and_reading(
    valence: float, positive: float, negative: float, kind: TextKind, *, praises: bool
) -> None:
    told = {"effort": False, "urgency": False, "question": False, "personal": False, "emotion": None}
    reading = Reading(seq=1, version=0, language="en", negative=negative, positive=positive, kind=kind, **told)
    assert is_praise(valence, reading) is praises


@pytest.mark.parametrize(("after", "verdict"), [(10, Verdict.HIGHER), (1, Verdict.NO_RELIABLE_CHANGE)])
def test_what_came_of_an_opportunity_is_said_with_its_interval(
    heartline: Heartline, owner: Browser, after: int, verdict: Verdict
) -> None:
    block = {"channel": "app"}
    told = [
        a_touch(f"u{n}", NOW - (30 - n % 30) * DAY_S, "Courier", **block, score={"kind": "nps", "value": value})
        for n in range(240)
        for value in [(1, 3)[n % 2] if n % 30 < 15 else min(10, after + 2 * (n % 2))]
    ]
    send(heartline, told)
    seqs = sorted(entry.seq for entry in heartline.stores.history.recent(limit=3))
    cases = tuple(open_one(owner, seq).case_id for seq in seqs)
    kept = heartline.stores.kept
    filed = kept.file_opportunity(
        pain="cause:Late", title="t", gain=None, effort=Effort.UNKNOWN, owner="", due_us=None, filed_by="Owner"
    )
    kept.change_opportunity(filed.opportunity_id, cases=cases, status=OpportunityStatus.DONE)
    done = replace(kept.opportunities()[0], changed_us=int((NOW - 15 * DAY_S) * 1e6))
    log, now_us = heartline.log(), int(NOW * 1e6)
    outcome = judge_outcome(heartline, log, done, now_us=now_us)
    assert outcome is not None
    assert (outcome.touchpoint, outcome.days, outcome.difference.verdict) == ("Courier", 15, verdict)
    assert outcome.difference.before.n >= 100
    # Too fresh, not done, or about nothing: nothing is said.
    for other in (
        replace(done, changed_us=now_us - 86_400_000_000),
        replace(done, status=OpportunityStatus.UNDER_WAY),
        replace(done, cases=()),
    ):
        assert judge_outcome(heartline, log, other, now_us=now_us) is None
    assert "Cause: Late" in owner.get("/opportunities").text


def test_a_board_says_what_came_of_it(heartline: Heartline, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    low_scores(heartline, *(f"u{n}" for n in range(40)))
    kept = heartline.stores.kept
    case = open_one(owner, heartline.stores.history.recent(limit=1)[0].seq)
    filed = kept.file_opportunity(
        pain="cause:Late", title="t", gain=None, effort=Effort.UNKNOWN, owner="", due_us=None, filed_by="Owner"
    )
    kept.change_opportunity(filed.opportunity_id, cases=(case.case_id,), status=OpportunityStatus.DONE)
    monkeypatch.setattr("heartline.web.visit.now_us", lambda: int((NOW + 10.5 * DAY_S) * 1e6))
    text = owner.get("/opportunities").text
    assert "At Courier, 10 days before and since: too few to say." in text
    assert "n 40 before, 0 since. What else changed then is not known." in text
