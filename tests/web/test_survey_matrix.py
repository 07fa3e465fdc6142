"""A matrix: each row answered by itself, kept where others are not, and a score like any other where it is one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import pytest
from browsing import Browser
from hypothesis import given
from hypothesis import strategies as st
from test_surveys import begin, press, publish, touches

from heartline.act import estimate_s, is_answered, judge_survey, pipe, read_survey, tell_answers, tidy, write_survey
from heartline.app import Heartline
from heartline.records import (
    Condition,
    Question,
    QuestionKind,
    Response,
    ShowIf,
    Survey,
    SurveyStatus,
    SurveyText,
)
from heartline.understand import ScoreMeasure, score_metric
from heartline.web.handing_over import LEFT_US, settle_left

ROWS = ("How long you waited", "How friendly we were", "What you bought", "How clean it was", "What it cost")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=250)


def a_matrix(**given: object) -> Question:
    made: dict[str, object] = {"rows": ("Speed", "Care"), "scale": QuestionKind.CSAT, "top": 5, **given}
    return Question(key="q1", kind=QuestionKind.MATRIX, words="How were these?", **made)  # type: ignore[arg-type]


def fill(guest: Browser, path: str, rows: dict[int, str]) -> tuple[int, str, str]:
    """Send a matrix' form with some rows answered; return the status, the page and where one is sent."""
    said = {f"a.{row}": value for row, value in rows.items()}
    done = guest.ask("POST", path, data={"q": "q1", **said})
    return done.status_code, unescape(done.text), str(done.headers.get("location", ""))


def test_a_matrix_is_built_by_its_form_and_drawn_as_groups_of_labelled_fields(owner: Browser) -> None:
    number = begin(owner, "")
    press(owner, number, "add:matrix")
    assert "Question 1 has no rows." in owner.get(f"/surveys/{number}/edit").text
    press(owner, number, "save", q1__words="What of these?", q1__rows="Speed\n Care \n\nSpeed\nPrice")
    kept = owner.heartline.stores.kept
    (made,) = kept.survey(number).text.questions
    assert (made.rows, made.scale, len(made.choices), made.top) == (
        ("Speed", "Care", "Price"),
        QuestionKind.CHOICE,
        5,
        0,
    )
    press(owner, number, "save", q1__scale="ces", q1__top="7", q1__low="Hard", q1__required="1")
    (made,) = kept.survey(number).text.questions
    assert (made.scale, made.top, made.required, [one.key for one in made.parts]) == (
        QuestionKind.CES,
        7,
        True,
        ["q1.1", "q1.2", "q1.3"],
    )
    path = publish(owner, number)
    with Browser(owner.heartline) as guest:
        page = guest.get(path).text
    form = page.split("<form", 1)[1].split("</form>", 1)[0]
    assert form.count("<fieldset") == form.count("<legend") == 1 + 3
    for row in (1, 2, 3):
        fields = re.findall(rf'<label class="point"><input type="radio" name="a\.{row}" value="(\d)" required>', form)
        assert fields == [str(value) for value in range(1, 8)]


def test_rows_are_scores_like_any_other_joined_to_the_survey_s_touchpoint(owner: Browser, heartline: Heartline) -> None:
    number = begin(owner, "parts")
    press(owner, number, "save", touchpoint="Till")
    path = publish(owner, number)
    said = [(5, 4, 1), (4, 4, 2), (5, 5, 1), (1, 5, 2)]
    with Browser(heartline) as guest:
        for scores in said:
            status, _page, onward = fill(guest, path, {row: str(value) for row, value in enumerate(scores, 1)})
            assert status == 303
            done = guest.ask("POST", onward, data={"q": "q2", "a": "Nothing."})
            assert "Thank you" in guest.get(done.headers["location"]).text
    assert touches(heartline) == len(said) * 4, "three rows and the words, which belong to no row"
    log = heartline.log()
    assert {log.names["touchpoint"][code] for code in log.codes["touchpoint"]} == {"Till"}
    assert sorted(log.score[log.score == log.score].tolist()) == sorted(value for one in said for value in one)
    assert log.has_text.sum() == len(said)
    told = owner.get(f"/api/v1/surveys/{number}").json()
    asked = told["questions"][0]
    assert (asked["kind"], asked["scale"], asked["n"], asked["score"]) == ("matrix", "csat", 4, None)
    assert [(one["key"], one["words"], one["n"]) for one in asked["rows"]] == [
        (f"q1.{nth}", row, 4 if nth < 4 else 0) for nth, row in enumerate(ROWS, 1)
    ]
    first = asked["rows"][0]
    assert first["counts"] == {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2}
    assert (first["score"]["n"], first["score"]["value"]) == (4, 0.75)
    assert first["score"]["low"] < 0.75 < first["score"]["high"]
    page = owner.get(f"/surveys/{number}").text
    assert all(row in page for row in ROWS)
    assert page.count('class="spread-cell"') == 5 * 5
    whole = score_metric(log, ScoreMeasure.CSAT)
    assert (whole.n, whole.customers) == (12, 4), "rows of one customer are no customers more"


def test_a_row_without_an_answer_is_asked_for_and_the_others_are_kept(owner: Browser, heartline: Heartline) -> None:
    number = begin(owner, "parts")
    press(owner, number, "save", q1__required="1")
    path, kept = publish(owner, number), heartline.stores.kept
    with Browser(heartline) as guest:
        assert fill(guest, path, {})[0] == 400
        assert kept.responses(number) == [], "nothing was said"
        assert fill(guest, path, {1: "6"})[0] == 400
        status, page, _ = fill(guest, path, {1: "3", 4: "5"})
        assert (status, "Some rows have no answer yet." in page) == (400, True)
        assert page.count("This one needs an answer.") == 3
        assert re.findall(r'name="a\.(\d)" value="(\d)" checked', page) == [("1", "3"), ("4", "5")]
        assert 'name="fresh"' not in page
        action = re.search(r'action="([^"]+)"', page)
        assert action
        back = guest.get(action.group(1)).text
        assert re.findall(r'name="a\.(\d)" value="(\d)" checked', back) == [("1", "3"), ("4", "5")]
        (response,) = kept.responses(number)
        assert response.answers == {"q1.1": ("3",), "q1.4": ("5",)}
        # Who leaves off here has said two things.
        assert settle_left(heartline, now_us=response.changed_us + 2 * LEFT_US) == 1
    assert touches(heartline) == 2
    assert not kept.responses(number)[0].whole


def test_an_optional_matrix_may_be_left_out_and_what_is_no_answer_is_refused(
    owner: Browser, heartline: Heartline
) -> None:
    number = begin(owner, "parts")
    path = publish(owner, number)
    with Browser(heartline) as guest:
        for bad in ("0", "6", "x", "１"):
            status, page, _ = fill(guest, path, {2: bad})
            assert (status, "That is not one of the answers." in page) == (400, True), bad
        assert heartline.stores.kept.responses(number) == []
        status, _page, onward = fill(guest, path, {})
        assert (status, urlsplit(onward).query) == (303, "at=1")
    (response,) = heartline.stores.kept.responses(number)
    assert is_answered(heartline.stores.kept.survey(number).text.questions[0], response.answers)


def test_a_row_can_be_a_condition_and_is_piped() -> None:
    rule = ShowIf(question="q1.2", condition=Condition.AT_MOST, value="2")
    later = Question(
        key="q2", kind=QuestionKind.TEXT, words="You gave Care {q1.2} and Speed {q1.1}. Why?", show_if=rule
    )
    text = SurveyText(title="T", questions=(a_matrix(), later))
    assert judge_survey(text) == []
    for bad in ("q1", "q1.3", "q2"):
        assert judge_survey(replace(text, questions=(a_matrix(), replace(later, show_if=replace(rule, question=bad)))))
    assert pipe(later.words, text, {"q1.2": ("1",)}, {}) == "You gave Care 1 and Speed …. Why?"
    survey = Survey(survey_id=1, status=SurveyStatus.PUBLISHED, text=text, made_by="", created_us=0, changed_us=0)
    for care, asked in (("3", 2), ("2", 3)):
        said = {"q1.1": ("5",), "q1.2": (care,), "q2": ("Why not",)}
        response = Response(response_id=1, survey_id=1, invitation_id=0, handle="", answers=said)
        events = tell_answers(survey, response, at_us=1, who={}, invitation=None)
        assert len(events) == asked
        assert [one["properties"].get("row") for one in events[:2]] == ["Speed", "Care"]
        assert len({one["messageId"] for one in events}) == asked


@given(rows=st.lists(WORDS, max_size=14), columns=st.lists(WORDS, max_size=14), scale=st.sampled_from(QuestionKind))
def test_any_matrix_from_a_file_is_within_its_bounds_and_comes_back_the_same(
    rows: list[str], columns: list[str], scale: QuestionKind
) -> None:
    made = a_matrix(rows=tuple(rows), choices=tuple(columns), scale=scale, top=99)
    text = read_survey(write_survey(SurveyText(title="T", questions=(made,))))
    (one,) = text.questions
    assert len(one.rows) <= 10
    assert len(one.choices) <= 7
    assert one.scale in {QuestionKind.CHOICE, QuestionKind.CSAT, QuestionKind.CES}
    assert len({part.key for part in one.parts}) == len(one.rows)
    assert read_survey(write_survey(text)) == text == tidy(text)
    assert estimate_s(text.questions) == 5 + 5 * len(one.rows)


def test_a_file_from_before_matrices_is_read_as_it_was() -> None:
    told = {
        "heartline_survey": 1,
        "title": "Old",
        "questions": [{"key": "q1", "kind": "choice", "words": "?", "choices": ["a", "b"], "several": True}],
    }
    (one,) = read_survey(json.dumps(told).encode()).questions
    assert (one.choices, one.several, one.rows, one.parts) == (("a", "b"), True, (), (one,))


@pytest.mark.parametrize(
    "bad", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "ä" * 3_000, "\u202eevil"]
)
def test_hostile_rows_and_columns_stay_words_and_can_be_chosen(owner: Browser, heartline: Heartline, bad: str) -> None:
    number = begin(owner, "")
    press(owner, number, "add:matrix")
    press(owner, number, "save", q1__words="?", q1__rows=f"{bad}\nB", q1__choices=f"{bad}\nNo")
    path = publish(owner, number)
    with Browser(heartline) as guest:
        page = guest.get(path).text
        value = re.search(r'name="a\.1" value="([^"]*)"', page)
        assert value
        assert fill(guest, path, {1: unescape(value.group(1)), 2: "No"})[0] == 303
    pages = page + owner.get(f"/surveys/{number}").text + owner.get(f"/surveys/{number}/edit").text
    assert "<script>alert" not in pages
    assert "<img src=x" not in pages
    told = owner.get(f"/api/v1/surveys/{number}").json()["questions"][0]["rows"][0]
    assert (told["n"], sum(told["counts"].values())) == (1, 1)
    assert told["shares"][unescape(value.group(1))]["value"] == 1
