"""One survey in several languages: read in any, answered the same, translated beside its own words."""

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
from mail_catcher import Catcher, catching
from test_surveys import begin, press, publish, touches
from test_surveys_invited import a_delivery, send

from heartline.act import (
    carry_translations,
    choose_tongue,
    list_missing,
    list_phrases,
    list_tongues,
    pipe,
    prune_translations,
    read_survey,
    speak_survey,
    tidy,
    write_survey,
)
from heartline.app import Heartline
from heartline.language import TONGUES, direction, name_itself
from heartline.records import Question, QuestionKind, Survey, SurveyStatus, SurveyText
from heartline.web import Postman
from heartline.web.translating import name_field

GERMAN = {
    "Your visit": "Ihr Besuch",
    "How were these?": "Wie war das?",
    "Speed": "Tempo",
    "Bad": "Schlecht",
    "Good": "Gut",
    "What did you drink?": "Was haben Sie getrunken?",
    "Tea": "Tee",
    "Coffee": "Kaffee",
    "Why {q2}?": "Warum {q2}?",
    "Bye": "Danke schön",
}
TEXT = SurveyText(
    title="Your visit",
    why="We want to know.",
    thanks="Bye",
    questions=(
        Question(
            key="q1", kind=QuestionKind.MATRIX, words="How were these?", rows=("Speed", "Care"), choices=("Bad", "Good")
        ),
        Question(key="q2", kind=QuestionKind.CHOICE, words="What did you drink?", choices=("Tea", "Coffee")),
        Question(key="q3", kind=QuestionKind.TEXT, words="Why {q2}?"),
    ),
    translations={"de": GERMAN, "ar": {"Your visit": "زيارتك"}},
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


def open_survey(heartline: Heartline, text: SurveyText = TEXT) -> tuple[Survey, str]:
    """Publish a survey; return it and the path of its link."""
    kept = heartline.stores.kept
    number = kept.add_survey(text, by="jo").survey_id
    kept.set_survey(number, status=SurveyStatus.PUBLISHED)
    return kept.survey(number), f"/s/{kept.survey_link(number)}"


def html_of(page: str) -> str:
    found = re.search(r"<html[^>]*>", page)
    assert found
    return found.group()


def test_half_in_one_language_and_half_in_the_other_is_one_answer(owner: Browser, heartline: Heartline) -> None:
    survey, path = open_survey(heartline)
    kept = heartline.stores.kept
    with Browser(heartline) as guest:
        first = guest.get(f"{path}?lang=de").text
        assert 'lang="de"' in html_of(first)
        for words in ("Ihr Besuch", "Wie war das?", "Tempo", "Gut", "Weiter", "Frage 1 von 3"):
            assert words in first
        assert '<span lang="en" dir="ltr">Care</span>' in first, "missing: told in the main language, and marked"
        # The switch takes along what was chosen on this screen, and keeps nothing.
        said = {"q": "q1", "a.1": "Good", "lang": "en"}
        turned = guest.ask("POST", f"{path}?lang=de", data=said)
        assert (turned.status_code, kept.responses(survey.survey_id)) == (200, [])
        assert re.search(r'name="a\.1" value="Good" checked', turned.text)
        assert ("How were these?" in turned.text, "Weiter" in turned.text) == (True, False)
        action = re.search(r'<form class="ask-form"[^>]*action="([^"]+)"', turned.text)
        assert action
        onward = guest.ask("POST", unescape(action.group(1)), data={"q": "q1", "a.1": "Good", "a.2": "Bad"})
        place = onward.headers["location"]
        assert urlsplit(place).query == "at=1&lang=en"
        german = guest.get(place.replace("lang=en", "lang=de")).text
        assert "Was haben Sie getrunken?" in german
        assert re.search(r'name="a" value="Tea"[^>]*><span>Tee</span>', german)
        onward = guest.ask("POST", place.replace("lang=en", "lang=de"), data={"q": "q2", "a": "Tea"})
        last = guest.get(onward.headers["location"]).text
        assert "Warum Tee?" in last, "what was answered in one language is piped in the other"
        done = guest.ask("POST", onward.headers["location"], data={"q": "q3", "a": "Darum."})
        assert "Danke schön" in guest.get(done.headers["location"]).text
    (response,) = kept.responses(survey.survey_id)
    assert response.answers == {"q1.1": ("Good",), "q1.2": ("Bad",), "q2": ("Tea",), "q3": ("…",)}
    assert touches(heartline) == 4
    told = owner.get(f"/api/v1/surveys/{survey.survey_id}").json()
    assert told["survey"]["languages"] == ["en", "de", "ar"]
    assert told["questions"][1]["counts"] == {"Tea": 1, "Coffee": 0}


def test_the_language_is_the_link_s_then_the_browser_s_then_the_main_one(heartline: Heartline) -> None:
    _survey, path = open_survey(heartline)
    with Browser(heartline) as guest:
        for query, accepted, lang in (
            ("?lang=de", "ar", "de"),
            ("?lang=de-AT", "", "de"),
            ("?lang=fr", "ar;q=0.5, de;q=0.9", "de"),
            ("", "fr, de;q=0.5", "de"),
            ("", "fr", "en"),
            ("", "", "en"),
        ):
            page = guest.get(path + query, headers={"accept-language": accepted}).text
            assert f'lang="{lang}"' in html_of(page), (query, accepted)
        arabic = guest.get(f"{path}?lang=ar").text
        assert 'dir="rtl"' in html_of(arabic)
        assert "زيارتك" in arabic
        # Heartline has no Arabic, and says that these words are English.
        assert re.search(r'<button class="btn main-act"[^>]*><span lang="en" dir="ltr">Next</span>', arabic)
        wrong = guest.ask("POST", f"{path}?lang=de", data={"q": "q2", "a": "Tee"})
        assert wrong.status_code == 400
        assert "Das ist keine der Antworten." in wrong.text


def test_hidden_fields_go_along_with_the_language_whatever_they_are_called(heartline: Heartline) -> None:
    survey, path = open_survey(heartline, replace(TEXT, hidden=("self", "query", "order")))
    with Browser(heartline) as guest:
        page = guest.get(f"{path}?lang=de&self=a&query=b&order=o-1").text
        action = re.search(r'<form class="ask-form"[^>]*action="([^"]+)"', page)
        assert action
        onward = guest.ask("POST", unescape(action.group(1)), data={"q": "q1", "a.1": "Good"}).headers["location"]
        assert urlsplit(onward).query == "at=1&lang=de"
    (response,) = heartline.stores.kept.responses(survey.survey_id)
    assert response.hidden == {"self": "a", "query": "b", "order": "o-1"}


def test_one_language_shows_no_switch_and_asks_no_browser(heartline: Heartline) -> None:
    _survey, path = open_survey(heartline, replace(TEXT, translations={}))
    with Browser(heartline) as guest:
        page = guest.get(f"{path}?lang=de", headers={"accept-language": "de"}).text
        assert 'lang="en"' in html_of(page)
        assert "tongues" not in page


def test_who_is_invited_is_asked_in_their_language(owner: Browser, heartline: Heartline) -> None:
    heartline.change_workspace(letters_from=0, letters_to=0, name="Harbour & Bean")
    people = {"mira": "de-AT", "bo": "", "cy": "zh"}
    for user, language in people.items():
        events = a_delivery(user, email=f"{user}@example.com")
        events[0]["traits"] = {"email": f"{user}@example.com", **({"language": language} if language else {})}
        send(heartline, *events)
    survey, _path = open_survey(heartline)
    form = owner.get(f"/surveys/{survey.survey_id}/invite").text
    assert "gets it in that one" in form
    subject = re.search(r'name="subject"[^>]*value="([^"]*)"', form)
    text = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    assert subject
    assert text
    letter = {"subject": unescape(subject.group(1)), "text": unescape(text.group(1)).replace("\n", "\r\n")}
    order = {"who": "touch", "touchpoint": "Delivery", "days": "7", "share": "100", "do": "send", **letter}
    assert owner.post(f"/surveys/{survey.survey_id}/invite", order).status_code == 303
    with catching() as catcher:
        object.__setattr__(heartline.settings, "smtp_url", catcher.url)
        Postman(heartline).go_round()
        german, english = (find_letter(catcher, who) for who in ("mira@example.com", "bo@example.com"))
        assert "Ihr Besuch" in german[0]
        assert "Guten Tag" in german[1] or "Hallo" in german[1]
        assert "Your visit" in english[0]
        assert find_letter(catcher, "cy@example.com")[0] == english[0], "the survey has no Chinese"
    with Browser(heartline) as mira:
        path = next(urlsplit(word).path for word in german[1].split() if "/s/" in word)
        assert 'lang="de"' in html_of(mira.get(path, headers={"accept-language": "ar"}).text)
        assert 'lang="ar"' in html_of(mira.get(f"{path}?lang=ar").text)


def find_letter(catcher: Catcher, to: str) -> tuple[str, str]:
    got = catcher.got[catcher.to.index(to)]
    return str(got["Subject"]), str(got.get_content())


def test_a_survey_is_translated_beside_its_words_and_what_is_missing_is_counted(
    owner: Browser, heartline: Heartline
) -> None:
    number = begin(owner, "contact")
    kept, here = heartline.stores.kept, f"/surveys/{number}/translate?lang=fr"
    page = owner.get(here).text
    total = len(list_phrases(kept.survey(number).text))
    assert f"French: {total} texts of {total} are missing" in page
    assert list_tongues(kept.survey(number).text) == ("en",), "looking begins nothing"
    fields = {name_field("Yes"): "Oui", name_field("No"): "Non", name_field("nothing of it"): "Rien"}
    assert owner.post(here, {**fields, "do": "save"}, form=here).status_code == 303
    assert kept.survey(number).text.translations == {"fr": {"Yes": "Oui", "No": "Non"}}
    assert f"French: {total - 2} texts of {total} are missing" in owner.get(f"/surveys/{number}/edit").text
    # As one types, the count and the preview come back alone.
    part = owner.post(here, {name_field("In part"): "En partie"}, form=here, headers={"hx-request": "true"})
    assert part.text.startswith('<div id="preview">')
    assert "En partie" in part.text
    path = publish(owner, number)
    assert f"{total - 3} texts are missing" in owner.get(f"/surveys/{number}").text
    # What is published keeps its questions, and may be translated.
    assert owner.post(here, {name_field("Yes"): "Ouais", "do": "save"}, form=here).status_code == 303
    with Browser(heartline) as guest:
        guest.ask("POST", f"{path}?lang=fr", data={"q": "q1", "a": "5"})
    assert kept.survey(number).text.translations["fr"]["Yes"] == "Ouais"
    assert owner.post(here, {"do": "drop"}, form=here).status_code == 303
    assert kept.survey(number).text.translations == {}
    for bad, status in (("en", 400), ("xx", 404), ("", 404)):
        assert owner.get(f"/surveys/{number}/translate?lang={bad}").status_code == status


def test_publishing_says_what_is_missing_and_does_not_refuse(owner: Browser, heartline: Heartline) -> None:
    number = begin(owner, "nps")
    here = f"/surveys/{number}/translate?lang=de"
    assert owner.post(here, {"do": "known"}, form=here).status_code == 303
    text = heartline.stores.kept.survey(number).text
    assert list_missing(text, "de") == [], "what comes from a template is known"
    assert speak_survey(text, "de").say("Extremely likely") != "Extremely likely"
    press(owner, number, "save", q2__hint="Something of our own")
    done = owner.post(f"/surveys/{number}/publish")
    assert done.status_code == 303
    assert "German: 1 text of " in owner.get(done.headers["location"]).text


def test_words_that_are_changed_keep_their_translation(owner: Browser, heartline: Heartline) -> None:
    kept = heartline.stores.kept
    number = kept.add_survey(TEXT, by="jo").survey_id
    press(owner, number, "save", q2__words="What did you drink today?", q2__choices="Coffee\nTea", title="Your stay")
    words = kept.survey(number).text.translations["de"]
    assert (words["What did you drink today?"], words["Your stay"]) == ("Was haben Sie getrunken?", "Ihr Besuch")
    assert (words["Tea"], words["Coffee"], "Your visit" in words) == ("Tee", "Kaffee", False)
    press(owner, number, "save", q2__choices="Cocoa\nCoffee\nTea")
    tongue = speak_survey(kept.survey(number).text, "de")
    assert [tongue.say(one) for one in ("Cocoa", "Coffee", "Tea")] == ["Cocoa", "Kaffee", "Tee"]
    press(owner, number, "copy:q2")
    press(owner, number, "drop:q1")
    words = kept.survey(number).text.translations["de"]
    assert ("Tempo" in words.values(), words["Tea"]) == (False, "Tee")


@given(pairs=st.dictionaries(WORDS, WORDS, max_size=6), tag=st.sampled_from(TONGUES), bad=st.text(max_size=5))
def test_any_translation_comes_back_from_a_file_the_same_and_names_no_words_but_its_own(
    pairs: dict[str, str], tag: str, bad: str
) -> None:
    question = replace(TEXT.questions[1], choices=tuple(pairs) or ("a", "b"))
    text = replace(TEXT, questions=(question,), translations={tag: {**pairs, "none of it": "x"}, bad: {"a": "b"}})
    read = read_survey(write_survey(text))
    known = {one.words for one in list_phrases(read)}
    assert set(read.translations) <= set(TONGUES)
    assert all(set(words) <= known and all(words.values()) for words in read.translations.values())
    assert read_survey(write_survey(read)) == read == prune_translations(tidy(read))
    assert carry_translations(read, read) == read
    for one in list_tongues(read):
        tongue = speak_survey(read, one)
        assert len([1 for phrase in list_phrases(read) if tongue.lacks(phrase.words)]) == len(list_missing(read, one))
        assert choose_tongue(read, wanted=[one], accepted="") == one


def test_a_file_without_translations_is_read_and_one_with_bad_ones_is_not() -> None:
    told = json.loads(write_survey(TEXT))
    assert read_survey(json.dumps(told).encode()) == TEXT
    del told["translations"]
    assert read_survey(json.dumps(told).encode()) == replace(TEXT, translations={})
    with pytest.raises(Exception, match="no survey of heartline"):
        read_survey(json.dumps({**told, "translations": {"de": ["x"]}}).encode())


def test_what_customers_wrote_is_piped_as_they_wrote_it() -> None:
    wrote = Question(key="q4", kind=QuestionKind.TEXT, words="?")
    text = replace(TEXT, questions=(*TEXT.questions, wrote))
    say = speak_survey(text, "de").say
    assert pipe("{q2} {q1.1} {q4}", text, {"q2": ("Tea",), "q1.1": ("Good",), "q4": ("Tea",)}, {}, say) == "Tee Gut Tea"


@pytest.mark.parametrize(
    "bad", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eevil", "ß" * 999]
)
def test_hostile_translations_stay_words(owner: Browser, heartline: Heartline, bad: str) -> None:
    words = dict.fromkeys((one.words for one in list_phrases(TEXT)), bad[:900])
    survey, path = open_survey(heartline, replace(TEXT, translations={"fr": words}))
    with Browser(heartline) as guest:
        page = guest.get(f"{path}?lang=fr").text
        turned = guest.ask("POST", f"{path}?lang={bad[:50]}", data={"q": "q2", "a": "Tea", "lang": bad})
        assert turned.status_code == 200
        page += turned.text
    for path in (f"/surveys/{survey.survey_id}", f"/surveys/{survey.survey_id}/translate?lang=fr"):
        page += owner.get(path).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_every_language_has_a_name_of_its_own_and_a_direction() -> None:
    names = [name_itself(tag) for tag in TONGUES]
    assert len(set(names)) == len(TONGUES)
    assert not set(names) & set(TONGUES)
    assert [tag for tag in TONGUES if direction(tag) == "rtl"] == ["ar", "fa", "he", "ur"]
