"""Replying from a case: drafts kept, the second of two told before sending, ten seconds to take back, sent once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send
from test_cases import open_one
from test_customers import HOSTILE, said_who

from heartline.app import Heartline
from heartline.records import CaseStatus, LetterKind, ReplyState, Role
from heartline.web.case_replies import UNDO_S, post_replies

NOW = time.time()
LATER_US = int((NOW + 3_600) * 1e6)


@pytest.fixture
def case_id(heartline: Heartline, owner: Browser) -> int:
    block = {"channel": "app", "score": {"kind": "nps", "value": 1}}
    send(heartline, [said_who("ana", NOW - DAY_S, name="Ana Ruiz", email="ana@example.com")])
    send(heartline, [a_touch("ana", NOW - DAY_S + 5, "Courier", **block)])
    seq = max(entry.seq for entry in heartline.stores.history.recent(limit=9))
    return open_one(owner, seq).case_id


@pytest.fixture
def tom(heartline: Heartline) -> Iterator[Browser]:
    with Browser(heartline) as browser:
        yield browser.sign_in(a_user(heartline, role=Role.AGENT, email="tom@example.com"))


def reply(browser: Browser, case_id: int, text: str, act: str = "send", **given: str) -> int:
    path = f"/cases/{case_id}"
    return browser.post(f"{path}/reply", {"act": act, "text": text, "subject": "", **given}, form=path).status_code


def test_a_reply_goes_once_after_its_seconds_and_the_case_is_contacted(
    heartline: Heartline, owner: Browser, case_id: int
) -> None:
    kept = heartline.stores.kept
    assert reply(owner, case_id, "Dear Ana,\na new box is under way.") == 303
    assert "Take it back" in owner.get(f"/cases/{case_id}").text
    assert post_replies(heartline, now_us=time.time_ns() // 1_000) == 0
    for _time in range(2):
        post_replies(heartline, now_us=LATER_US)
    (posted,) = kept.letters(limit=9)
    assert (posted.letter.to, posted.letter.kind) == ("ana@example.com", LetterKind.REPLY)
    assert posted.letter.text == "Dear Ana,\na new box is under way."
    case = kept.case(case_id)
    assert case.status is CaseStatus.CONTACTED
    assert case.notes[-1].text == "Replied by e-mail.\nDear Ana,\na new box is under way."
    assert [one.state for one in kept.replies(case_id)] == [ReplyState.SENT]


def test_a_death_between_letter_and_case_sends_nothing_twice(
    heartline: Heartline, owner: Browser, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply(owner, case_id, "Hello")
    with monkeypatch.context() as broken:
        broken.setattr(type(heartline.stores.kept), "finish_reply", _die)
        with pytest.raises(RuntimeError):
            post_replies(heartline, now_us=LATER_US)
    assert post_replies(heartline, now_us=LATER_US) == 1
    assert len(heartline.stores.kept.letters(limit=9)) == 1


def _die(*_args: object) -> None:
    raise RuntimeError


def test_it_can_be_taken_back_for_ten_seconds(heartline: Heartline, owner: Browser, case_id: int) -> None:
    reply(owner, case_id, "Too hasty")
    (waiting,) = heartline.stores.kept.replies(case_id)
    assert abs(waiting.send_us - waiting.at_us - UNDO_S * 1_000_000) < 1_000
    assert reply(owner, case_id, "", act="undo") == 303
    assert post_replies(heartline, now_us=LATER_US) == 0
    assert "Too hasty" in owner.get(f"/cases/{case_id}").text
    assert heartline.stores.kept.case(case_id).status is CaseStatus.NEW


def test_the_second_of_two_who_write_is_told_before_it_goes(
    heartline: Heartline, owner: Browser, tom: Browser, case_id: int
) -> None:
    reply(owner, case_id, "I begin", act="draft")
    path = f"/cases/{case_id}"
    assert "Owner is writing to this customer at this moment." in tom.get(path).text
    first = tom.post(f"{path}/reply", {"act": "send", "text": "Me too", "gone": "0"}, form=path)
    assert first.status_code == 409
    assert "Me too" in first.text
    assert not [one for one in heartline.stores.kept.replies(case_id) if one.state is ReplyState.WAITING]
    assert reply(tom, case_id, "Me too", gone="0", nevertheless="1") == 303
    late = owner.post(f"{path}/reply", {"act": "send", "text": "I begin", "gone": "0"}, form=path)
    assert late.status_code == 409
    assert "Tom has just replied to this customer." in late.text
    assert reply(owner, case_id, "I begin", gone="1") == 303


def test_a_draft_is_kept_for_its_author_alone_and_an_empty_one_is_none(
    heartline: Heartline, owner: Browser, tom: Browser, case_id: int
) -> None:
    path = f"/cases/{case_id}"
    answer = owner.post(f"{path}/reply", {"act": "draft", "text": HOSTILE}, form=path, headers={"hx-request": "true"})
    assert "Draft kept at" in answer.text
    assert "<script>alert" not in owner.get(path).text
    assert HOSTILE[:8] not in tom.get(path).text or "<textarea" in tom.get(path).text
    assert len(heartline.stores.kept.replies(case_id)) == 1
    reply(owner, case_id, "  ", act="draft")
    assert not heartline.stores.kept.replies(case_id)


def test_nothing_and_nobody_to_write_to_are_refused(heartline: Heartline, owner: Browser, case_id: int) -> None:
    assert reply(owner, case_id, " ") == 400
    send(heartline, [a_touch("ben", NOW - 60, "Courier", score={"kind": "nps", "value": 1})])
    seq = max(entry.seq for entry in heartline.stores.history.recent(limit=9))
    other = open_one(owner, seq, title="No address").case_id
    assert "no address is known" in owner.get(f"/cases/{other}").text
    assert reply(owner, other, "Hello") == 400
