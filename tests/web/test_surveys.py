"""Surveys: built by buttons alone, answered without a script, kept by POST alone, told to the journal once."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from browsing import Browser, a_user

from heartline.app import Heartline
from heartline.errors import Unavailable
from heartline.records import Response, Role, SurveyStatus
from heartline.web.handing_over import LEFT_US, settle_left
from heartline.web.visit import FILLINGS_A_MINUTE


def begin(owner: Browser, template: str = "nps") -> int:
    """Begin a survey and return its number."""
    answer = owner.post("/surveys", {"template": template})
    assert answer.status_code == 303
    return int(answer.headers["location"].split("/")[2])


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the builder's form as it stands."""
    form = page.split('class="bench-form"', 1)[1].split("</form>", 1)[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and not (kind and kind.group(1) in {"checkbox", "radio"} and " checked" not in tag):
            found.setdefault(unescape(name.group(1)), []).append(unescape(value.group(1)) if value else "1")
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found.setdefault(unescape(name), []).append(unescape(text))
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found.setdefault(unescape(name), []).append(unescape(chosen.group(1)) if chosen else "")
    return found


def press(owner: Browser, number: int, do: str, **changed: str) -> None:
    """Press a button of the builder, with some fields written over."""
    path = f"/surveys/{number}/edit"
    fields = {**fields_of(owner.get(path).text), **{name.replace("__", "-"): [text] for name, text in changed.items()}}
    fields.pop("_csrf_token", None)
    answer = owner.post(path, {**fields, "do": do})
    assert answer.status_code == 303, answer.text[:2000]


def publish(owner: Browser, number: int) -> str:
    """Publish a survey and return the path of its public link."""
    assert owner.post(f"/surveys/{number}/publish").status_code == 303
    link = re.search(r"http://heartline\.test(/s/[\w-]+)", owner.get(f"/surveys/{number}").text)
    assert link
    return link.group(1)


def answer(guest: Browser, path: str, *said: str) -> str:
    """Answer the question that a path shows; return where one is sent."""
    shown = guest.get(path)
    assert shown.status_code == 200, shown.text[:500]
    key = re.search(r'name="q" value="(\w+)"', shown.text)
    assert key, shown.text[:3000]
    done = guest.ask("POST", path, data={"q": key.group(1), "a": list(said)})
    assert done.status_code == 303, done.text[:3000]
    return str(done.headers["location"])


def touches(heartline: Heartline) -> int:
    heartline.catch_up()
    return heartline.stores.history.count()


def test_a_survey_is_built_with_buttons_alone(owner: Browser) -> None:
    number = begin(owner)
    press(owner, number, "add:choice", title="After the visit", q1__words="Would you come again?")
    press(owner, number, "save", q3__words="What did you come for?", q3__choices="Coffee\nCake\nCoffee\n")
    press(owner, number, "up:q3")
    press(owner, number, "copy:q1")
    press(owner, number, "down:q3")
    press(owner, number, "drop:q2")
    text = owner.heartline.stores.kept.survey(number).text
    assert text.title == "After the visit"
    assert [(one.key, one.words) for one in text.questions] == [
        ("q1", "Would you come again?"),
        ("q4", "Would you come again?"),
        ("q3", "What did you come for?"),
    ]
    assert text.questions[2].choices == ("Coffee", "Cake")
    page = owner.get(f"/surveys/{number}/edit").text
    assert page.count('class="screen"') == 3


def test_what_is_published_keeps_its_questions_and_only_what_is_whole_is_published(owner: Browser) -> None:
    number = begin(owner, "")
    refused = owner.post(f"/surveys/{number}/publish")
    assert (refused.status_code, "It asks nothing." in refused.text) == (400, True)
    press(owner, number, "add:nps")
    press(owner, number, "save", q1__words="Likely?")
    publish(owner, number)
    kept = owner.heartline.stores.kept
    late = owner.post(f"/surveys/{number}/edit", {"title": "Other", "do": "save"})
    assert (late.status_code, kept.survey(number).text.title) == (409, "New survey")
    assert owner.post(f"/surveys/{number}/drop").status_code == 400
    copy = owner.post(f"/surveys/{number}/copy").headers["location"]
    assert kept.survey(int(copy.split("/")[2])).status is SurveyStatus.DRAFT
    assert owner.post(f"/surveys/{number}/close").status_code == 303
    with Browser(owner.heartline) as guest:
        path = f"/s/{kept.survey_link(number)}"
        assert "This survey is closed" in guest.get(path).text
        assert guest.ask("POST", path, data={"q": "q1", "a": "9"}).status_code == 409


def test_answers_are_kept_by_post_alone_and_told_as_score_with_words(owner: Browser, heartline: Heartline) -> None:
    path = publish(owner, begin(owner))
    kept = heartline.stores.kept
    with Browser(heartline) as guest:
        for _ in range(10):
            first = guest.get(path)
            assert first.headers["cache-control"] == "no-store"
        assert (kept.responses(1), touches(heartline), list(guest.cookies)) == ([], 0, [])
        assert first.text.count('type="radio"') == 11
        onward = answer(guest, path, "3")
        assert urlsplit(onward).path.startswith(path + "/")
        for _ in range(10):
            guest.get(onward)
        assert (len(kept.responses(1)), touches(heartline)) == (1, 0)
        back = guest.get(urlsplit(onward).path + "?at=0").text
        assert re.search(r'value="3" checked', back)
        done = answer(guest, onward, "The box was <b>wet</b>.")
        thanks = guest.get(done).text
        assert "Thank you" in thanks
        assert touches(heartline) == 1
        again = guest.ask("POST", urlsplit(onward).path, data={"q": "q1", "a": "10"})
        assert again.status_code == 303
        assert touches(heartline) == 1
    log = heartline.log()
    assert [log.names["touchpoint"][code] for code in log.codes["touchpoint"]] == ["How are we doing?"]
    assert [log.names["channel"][code] for code in log.codes["channel"]] == ["survey"]
    assert (log.score.tolist(), log.has_text.tolist()) == ([3.0], [True])
    (response,) = kept.responses(1)
    assert response.answers == {"q1": ("3",), "q2": ("…",)}
    report = owner.get("/surveys/1").text
    assert "The box was" not in report
    said = owner.get("/answers?measure=comments&range=all").text
    assert "The box was &lt;b&gt;wet&lt;/b&gt;." in said


def test_what_is_no_answer_is_refused_with_the_screen_again(owner: Browser, heartline: Heartline) -> None:
    path = publish(owner, begin(owner))
    with Browser(heartline) as guest:
        for bad in ("11", "-1", "nine", "", "１", "1e1"):
            refused = guest.ask("POST", path, data={"q": "q1", "a": bad})
            assert refused.status_code == 400, bad
            assert 'role="alert"' in refused.text
        assert guest.ask("POST", path, data={"q": "q99", "a": "1"}).status_code == 303
        assert guest.get(path[:-1]).status_code == 404
        gone = guest.get(f"{path}/nobody")
        assert (gone.status_code, "Go home" in gone.text, "leads to no survey" in gone.text) == (404, False, True)
        assert heartline.stores.kept.responses(1) == []


def test_who_leaves_off_has_said_what_they_said(owner: Browser, heartline: Heartline) -> None:
    path = publish(owner, begin(owner))
    with Browser(heartline) as guest:
        answer(guest, path, "9")
    (response,) = heartline.stores.kept.responses(1)
    assert settle_left(heartline, now_us=response.changed_us + LEFT_US) == 0
    assert settle_left(heartline, now_us=response.changed_us + LEFT_US + 1) == 1
    assert settle_left(heartline, now_us=response.changed_us + 2 * LEFT_US) == 0
    assert touches(heartline) == 1
    (response,) = heartline.stores.kept.responses(1)
    assert (response.whole, response.done_us > 0) == (False, True)


def test_a_crash_between_telling_and_marking_tells_nothing_twice(
    owner: Browser, heartline: Heartline, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = publish(owner, begin(owner))
    kept = heartline.stores.kept
    with Browser(heartline) as guest:
        onward = answer(guest, path, "9")
        keep = type(kept).set_response

        def crash(self: object, response: Response) -> None:
            if response.done_us:
                raise Unavailable("full", "full")
            keep(self, response)  # type: ignore[arg-type]  # it is what it was taken from

        monkeypatch.setattr(type(kept), "set_response", crash)
        assert guest.ask("POST", onward, data={"q": "q2", "a": "Fine."}).status_code == 503
        monkeypatch.undo()
    assert touches(heartline) == 1
    (response,) = kept.responses(1)
    assert settle_left(heartline, now_us=response.changed_us + 2 * LEFT_US) == 1
    assert touches(heartline) == 1
    account = heartline.account()
    assert (account.duplicate, account.refused, account.balanced) == (1, 0, True)
    assert kept.responses(1)[0].whole


def test_logic_shows_a_question_only_where_it_holds_and_forgets_what_is_asked_no_more(
    owner: Browser, heartline: Heartline
) -> None:
    path = publish(owner, begin(owner, "delivery"))
    with Browser(heartline) as guest:
        onward = answer(guest, path, "2")
        assert "What went wrong?" in guest.get(onward).text
        onward = answer(guest, onward, "It was late", "The courier")
        back = urlsplit(onward).path + "?at=0"
        onward = answer(guest, back, "5")
        assert "What went wrong?" not in guest.get(onward).text
        onward = answer(guest, answer(guest, onward, "10"), "")
    heartline.catch_up()
    assert heartline.log().score.tolist() == [5.0, 10.0]
    (response,) = heartline.stores.kept.responses(1)
    assert {key: value for key, value in response.answers.items() if value} == {"q1": ("5",), "q3": ("10",)}


def test_a_survey_travels_as_a_file(owner: Browser) -> None:
    number = begin(owner, "contact")
    taken = owner.get(f"/surveys/{number}/survey.json")
    assert json.loads(taken.text)["heartline_survey"] == 1
    made = owner.post("/surveys", {"file": taken.text}).headers["location"]
    kept = owner.heartline.stores.kept
    assert kept.survey(int(made.split("/")[2])).text == kept.survey(number).text
    for bad in ("{}", "[]", '{"heartline_survey": 2, "title": "x"}', '{"heartline_survey": 1}', "[" * 500):
        refused = owner.post("/surveys", {"file": bad})
        assert (refused.status_code, "no survey of heartline" in unescape(refused.text)) == (400, True)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eevil", "a" * 3_000, "☕️ 咖啡"])
def test_hostile_words_stay_words(owner: Browser, heartline: Heartline, name: str) -> None:
    heartline.change_workspace(name=name)
    number = begin(owner)
    press(owner, number, "add:choice", title=name, q1__words=name, q1__low=name, why=name)
    press(owner, number, "save", q3__words=name, q3__choices=f"{name}\nNo")
    path = publish(owner, number)
    with Browser(heartline) as guest:
        shown = guest.get(path)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text
    for page in ("/surveys", f"/surveys/{number}"):
        assert "<script>alert" not in owner.get(page).text


def test_a_site_may_frame_a_survey_and_nothing_else(owner: Browser, heartline: Heartline) -> None:
    path = publish(owner, begin(owner))
    with Browser(heartline) as guest:
        framed = guest.get(path).headers
        assert "frame-ancestors *" in framed["content-security-policy"]
        assert "x-frame-options" not in framed
        assert framed["referrer-policy"] == "no-referrer"
        for other in ("/sign-in", "/u/x", "/surveys"):
            kept = guest.get(other).headers
            assert "frame-ancestors 'none'" in kept["content-security-policy"]
            assert kept["x-frame-options"] == "DENY"
        script = guest.get("/embed/survey.js")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert len(script.content) < 6 * 1024
    assert "/embed/survey.js" in owner.get("/surveys/1").text


def test_a_script_that_fills_the_house_is_told_to_wait(owner: Browser, heartline: Heartline) -> None:
    path = publish(owner, begin(owner))
    with Browser(heartline) as guest:
        told = [guest.ask("POST", path, data={"q": "q1", "a": "0"}) for _ in range(FILLINGS_A_MINUTE + 20)]
    assert told[0].status_code == 303
    late = [one for one in told if one.status_code == 503]
    assert late
    assert int(late[-1].headers["retry-after"]) >= 1
    assert len(heartline.stores.kept.responses(1)) == len(told) - len(late)


def test_who_may_not_ask_sees_and_cannot(owner: Browser, heartline: Heartline) -> None:
    number = begin(owner)
    with Browser(heartline) as analyst:
        analyst.sign_in(a_user(heartline, role=Role.ANALYST, email="ana@example.com"))
        assert analyst.get("/surveys").status_code == 200
        assert "New survey" not in analyst.get("/surveys").text
        assert analyst.get(f"/surveys/{number}/edit").status_code == 403
        assert analyst.post(f"/surveys/{number}/publish").status_code == 403
