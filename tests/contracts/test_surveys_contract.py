"""Surveys, invitations and fillings-in are kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Missing
from heartline.records import (
    Condition,
    Invitation,
    Letter,
    LetterKind,
    Question,
    QuestionKind,
    ShowIf,
    SurveyStatus,
    SurveyText,
    hash_token,
    make_token,
)
from heartline.store import Stores, open_memory, open_stores

TEXT = SurveyText(
    title="Your ☕️ delivery",
    questions=(
        Question(key="q1", kind=QuestionKind.CSAT, words="How?", top=5, required=True),
        Question(
            key="q2",
            kind=QuestionKind.CHOICE,
            words="What?",
            choices=("a", "b"),
            show_if=ShowIf(question="q1", condition=Condition.AT_MOST, value="3"),
        ),
        Question(
            key="q3",
            kind=QuestionKind.MATRIX,
            words="Each?",
            rows=("Tempo ☕️", "Care"),
            scale=QuestionKind.CES,
            top=7,
            show_if=ShowIf(question="q1", condition=Condition.ANSWERED),
        ),
    ),
    hidden=("order",),
    translations={"de": {"How?": "Wie?", "Care": "Sorgfalt"}, "ar": {}},
)


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_a_survey_is_kept_whole_and_found_by_its_link_alone(stores: Stores) -> None:
    kept = stores.kept
    first, second = kept.add_survey(TEXT, by="jo"), kept.add_survey(replace(TEXT, title="-"), by="jo")
    assert (first.text, first.status, first.is_open) == (TEXT, SurveyStatus.DRAFT, False)
    assert [one.survey_id for one in kept.surveys()] == [second.survey_id, first.survey_id]
    kept.set_survey(first.survey_id, status=SurveyStatus.PUBLISHED)
    token = kept.survey_link(first.survey_id)
    found = kept.survey_by_link(hash_token(token))
    assert found is not None
    assert (found.survey_id, found.is_open, found.published_us > 0) == (first.survey_id, True, True)
    assert kept.survey_by_link(token) is None
    kept.set_survey(first.survey_id, text=replace(TEXT, title="New"))
    assert kept.survey(first.survey_id).text.title == "New"
    kept.drop_survey(second.survey_id)
    with pytest.raises(Missing):
        kept.survey(second.survey_id)


def test_who_was_asked_what_they_said_and_how_it_is_forgotten(stores: Stores) -> None:
    kept = stores.kept
    number = kept.add_survey(TEXT, by="jo").survey_id
    for key, to, person, at_us in (("a", "mira@example.com", "ab12", 100), ("b", "bo@example.com", "", 200)):
        asked = Invitation(
            invitation_id=0,
            survey_id=number,
            handle="",
            person=person,
            asked_us=at_us,
            cause_seq=7,
            touchpoint="Delivery",
        )
        letter = Letter(to=to, subject="-", text="-", kind=LetterKind.SURVEY, key=key)
        assert [kept.invite(asked, letter) for _ in range(2)] == [True, False]
    assert len(kept.letters(limit=9)) == 2
    mira, bo = kept.handle_of_address("mira@example.com"), kept.handle_of_address("bo@example.com")
    assert (kept.asked_since(150), kept.asked_since(0)) == ({bo}, {mira, bo, "ab12"})
    link = hash_token(make_token(stores.database.secret(), "survey", "a"))
    invitation = kept.invitation_by_link(link)
    assert invitation is not None
    assert kept.invitation(invitation.invitation_id) == invitation
    assert (invitation.handle, invitation.key, invitation.cause_seq) == (mira, "a", 7)
    begun = {"survey_id": number, "invitation_id": invitation.invitation_id, "handle": "ab12", "token_hash": link}
    response = kept.begin_response(**begun, hidden={"order": "o-1"})
    assert kept.begin_response(**begun, hidden={}) == response
    later = replace(response, answers={"q1": ("2",), "q2": (), "q3.1": ("7",)}, changed_us=response.changed_us + 10)
    kept.set_response(later)
    assert kept.response_by_link(link) == later
    assert kept.open_responses(before_us=later.changed_us) == []
    assert kept.open_responses(before_us=later.changed_us + 1) == [later]
    kept.set_response(replace(later, done_us=later.changed_us, whole=True))
    kept.begin_response(survey_id=number, invitation_id=0, handle="", token_hash="x", hidden={})
    assert kept.survey_counts() == {number: (2, 2, 1)}
    asked_of, filled = kept.survey_traces(["ab12"])
    assert ([one.key for one in asked_of], len(filled)) == (["a"], 1)
    assert kept.forget_surveyed(["ab12"]) == 2
    assert ([one.key for one in kept.invitations(number)], len(kept.responses(number))) == (["b"], 1)
    assert kept.count_responses(before_us=2**60) == 1
    assert kept.drop_responses(before_us=2**60) == 2
