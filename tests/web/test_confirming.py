"""Double opt-in: an address from an open form is asked once, confirmed by a button, and gets no survey before that."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from browsing import Browser, a_user
from mail_catcher import Catcher, catching
from test_survey_tongues import open_survey
from test_surveys import answer, begin, press, publish
from test_surveys_invited import a_delivery, invite, published
from test_surveys_invited import send as send_trusted
from test_voice_pages import words_of

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import (
    Body,
    BounceKind,
    BounceNotice,
    ConsentState,
    Letter,
    LetterKind,
    LetterState,
    Question,
    QuestionKind,
    SurveyText,
    Trust,
    is_address,
)
from heartline.web import Postman
from heartline.web.confirming import AGAIN_DAYS, CONFIRM_DAYS, MOST_AN_HOUR, ask_first, find_question
from heartline.web.inviting import REST_DAYS
from heartline.web.privacy_desk import words_of_customer

DAY_US = 86_400_000_000
ADA = "ada@example.com"
NOW_US = time.time_ns() // 1_000


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


@pytest.fixture
def heartline(catcher: Catcher) -> Iterator[Heartline]:
    with open_twin(
        Settings(smtp_url=catcher.url, mail_from="care@example.org", base_url="http://heartline.test")
    ) as opened:
        opened.change_workspace(letters_from=0, letters_to=0, name="Harbour & Bean", confirm_first=True)
        yield opened


def ask(heartline: Heartline, address: str = ADA, *, cause: str = "survey:1", now_us: int = NOW_US) -> bool:
    return ask_first(heartline, address, purpose="reply", cause=cause, language="en", title="Coffee", now_us=now_us)


def handle_of(heartline: Heartline, address: str = ADA) -> str:
    return heartline.stores.kept.handle_of_address(address)


def link_in(catcher: Catcher) -> str:
    """The one link of the newest letter: it has no other, and no way out, for it is no list."""
    text = catcher.got[-1].get_content()
    (link,) = [word for word in text.split() if "://" in word]
    return urlsplit(link).path


def fill_in(heartline: Heartline, path: str, address: str, *, n: int = 1) -> str:
    """Somebody answers a public survey and leaves an address. Returns the page they see then."""
    with Browser(heartline) as guest:
        onward = answer(guest, answer(guest, path, "5"), "Yes")
        for _again in range(n):
            done = guest.ask("POST", onward, data={"do": "contact", "contact": "yes", "email": address})
        return done.text


def a_public_survey(heartline: Heartline) -> str:
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        number = begin(owner, "contact")
        press(owner, number, "save")
        return publish(owner, number)


def test_an_address_left_in_an_open_form_gets_one_letter_and_a_scanner_confirms_nothing(
    heartline: Heartline, catcher: Catcher
) -> None:
    path = a_public_survey(heartline)
    fill_in(heartline, path, ADA, n=3)
    fill_in(heartline, path, ADA.upper())
    postman = Postman(heartline)
    postman.go_round()
    assert catcher.to == [ADA]
    (letter,) = catcher.got
    assert letter["List-Unsubscribe"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    link, kept = link_in(catcher), heartline.stores.kept
    with Browser(heartline) as scanner:
        for _time in range(10):
            shown = scanner.get(link)
            assert (shown.status_code, "Is this your address?" in shown.text) == (200, True)
            assert scanner.ask("HEAD", link).status_code == 200
        assert shown.headers["referrer-policy"] == "same-origin", "no other host sees the link"
        heartline.catch_up()
        asked = kept.confirmation_of(handle_of(heartline))
        assert asked is not None
        assert asked.confirmed_us == 0
        assert heartline.stores.derived.customer_of_handle(handle_of(heartline)) is None
        before = time.time_ns() // 1_000
        for _time in range(3):
            done = scanner.ask("POST", link)
            assert (done.status_code, "Your address is confirmed" in done.text) == (200, True)
        heartline.catch_up()
    confirmed = kept.confirmation_of(handle_of(heartline))
    assert confirmed is not None
    assert before <= confirmed.confirmed_us
    # The word is kept once, in the very words of the page, with its time and where it came from.
    customer_id = heartline.stores.derived.customer_of_handle(handle_of(heartline))
    assert customer_id is not None
    (word,) = words_of_customer(heartline, customer_id)
    assert word.state is ConsentState.GIVEN
    assert word.wording == "Yes, this is my address, and Harbour & Bean may write to me there about what I said."
    assert word.wording in words_of(shown.text)
    assert (word.purpose, word.channel) == ("reply", "email")
    assert word.how.startswith("double opt-in, survey:")
    assert abs(word.at_us - confirmed.confirmed_us) < 2_000_000
    assert heartline.sources.by_id()[word.source_id].trust is Trust.TRUSTED
    assert [line.what for line in kept.audit(limit=99)].count("letter.confirmed") == 1


def test_who_answered_in_german_is_asked_in_german(heartline: Heartline, catcher: Catcher) -> None:
    question = Question(key="q1", kind=QuestionKind.CHOICE, words="Tea?", choices=("Yes", "No"))
    german = {"de": {"Your visit": "Ihr Besuch"}}
    _survey, path = open_survey(heartline, SurveyText(title="Your visit", questions=(question,), translations=german))
    with Browser(heartline) as guest:
        onward = answer(guest, f"{path}?lang=de", "Yes")
        guest.ask("POST", onward, data={"do": "contact", "contact": "yes", "email": ADA})
    Postman(heartline).go_round()
    (letter,) = catcher.got
    assert "Ihr Besuch" in letter.get_content()
    assert "Is this your address?" not in letter["Subject"] + letter.get_content()


def test_until_it_is_confirmed_no_survey_goes_there_and_then_it_does(heartline: Heartline, catcher: Catcher) -> None:
    assert ask(heartline)
    postman, kept = Postman(heartline), heartline.stores.kept
    postman.go_round()

    def write(key: str, kind: LetterKind) -> LetterState:
        letter = Letter(to=ADA, subject="How was it?", text="Tell us.", kind=kind, key=key)
        number = kept.queue_letter(letter).letter_id
        postman.go_round()
        return kept.letter(number).state

    assert write("a", LetterKind.SURVEY) is LetterState.HELD_BACK
    assert kept.letters(limit=1)[0].told == "unconfirmed"
    assert write("b", LetterKind.REPLY) is LetterState.SENT, "an answer to what they wrote is no survey"
    heartline.change_workspace(confirm_first=False)
    assert write("c", LetterKind.SURVEY) is LetterState.SENT
    heartline.change_workspace(confirm_first=True)
    with Browser(heartline) as guest:
        path = next(urlsplit(w).path for w in catcher.got[0].get_content().split() if "/y/" in w)
        guest.ask("POST", path)
    assert write("d", LetterKind.SURVEY) is LetterState.SENT


def test_at_most_one_letter_in_thirty_days_and_none_to_who_must_not_get_one(heartline: Heartline) -> None:
    kept = heartline.stores.kept
    assert ask(heartline)
    assert not ask(heartline, cause="survey:2", now_us=NOW_US + (AGAIN_DAYS * DAY_US) - 1)
    assert ask(heartline, cause="survey:3", now_us=NOW_US + AGAIN_DAYS * DAY_US + 1)
    for address, bad in (
        ("gone@example.com", BounceKind.HARD),
        ("angry@example.com", BounceKind.COMPLAINT),
    ):
        notice = BounceNotice(handle=handle_of(heartline, address), kind=bad, at_us=1)
        kept.note_bounce(notice)
        assert not ask(heartline, address, cause=f"survey:{address}")
    kept.unsubscribe(handle_of(heartline, "quiet@example.com"), LetterKind.SURVEY, now_us=1)
    assert not ask(heartline, "quiet@example.com", cause="survey:5")
    assert not ask(heartline, "no address", cause="survey:6")
    heartline.change_workspace(confirm_first=False)
    assert not ask(heartline, "new@example.com", cause="survey:7")
    assert {one.letter.to for one in kept.letters(limit=99)} == {ADA}


def test_who_was_erased_is_not_asked(heartline: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(heartline.stores.derived), "is_suppressed", lambda _self, _handle: True)
    assert not ask(heartline)
    assert heartline.stores.kept.letters(limit=9) == []


def test_a_known_customer_is_not_asked(heartline: Heartline) -> None:
    send_trusted(heartline, *a_delivery("ada", email=ADA))
    assert not ask(heartline)


def test_a_script_cannot_make_us_write_to_strangers_without_end(heartline: Heartline) -> None:
    asked = sum(ask(heartline, f"p{n}@example.com", cause=f"survey:{n}") for n in range(MOST_AN_HOUR + 20))
    assert asked == MOST_AN_HOUR
    assert ask(heartline, "later@example.com", cause="survey:later", now_us=NOW_US + 3_700_000_000)


def test_a_link_ends_and_a_guess_leads_nowhere(heartline: Heartline, catcher: Catcher) -> None:
    old_us = NOW_US - (CONFIRM_DAYS + 1) * DAY_US
    ask(heartline, now_us=old_us)
    Postman(heartline).go_round()
    link = link_in(catcher)
    with Browser(heartline) as guest:
        for path in (link, link[:-1] + "x", "/y/" + "a" * 24, "/y/x"):
            assert guest.get(path).status_code == 404, path
            assert guest.ask("POST", path).status_code == 404, path
    token = link.rpartition("/")[2]
    assert find_question(heartline, token, now_us=old_us + CONFIRM_DAYS * DAY_US).address == ADA
    # What is kept of the token is its hash.
    assert token not in f"{heartline.stores.kept.confirmation_of(handle_of(heartline))}"


def test_an_address_on_file_from_a_form_is_asked_before_its_first_invitation(
    heartline: Heartline, catcher: Catcher
) -> None:
    """A browser's key let somebody claim an address; a trusted source knows another's."""
    send_trusted(heartline, *a_delivery("bo", email="bo@example.com"))
    source = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
    heartline.sources.reload()
    block = {"heartline": {"touchpoint": "Delivery", "channel": "web"}}
    said = [
        {"type": "identify", "anonymousId": "v1", "messageId": "i1", "traits": {"email": ADA}},
        {"type": "track", "event": "Delivered", "anonymousId": "v1", "messageId": "d1", "context": block},
    ]
    payload = json.dumps({"batch": said}).encode()
    body = Body(source_id=source.source_id, received_us=NOW_US, payload=payload, events=2)
    heartline.intake.submit(body)
    heartline.catch_up()
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        number = published(owner)
        looked = words_of(invite(owner, number, "look"))
        assert "1 person would be asked." in looked
        assert "asked first whether the address is theirs" in looked
        assert heartline.stores.kept.letters(limit=9) == []
        invite(owner, number)
    kinds = {one.letter.to: one.letter.kind for one in heartline.stores.kept.letters(limit=9)}
    assert kinds == {ADA: LetterKind.CONFIRM, "bo@example.com": LetterKind.SURVEY}
    Postman(heartline).go_round()
    with Browser(heartline) as guest:
        text = next(one for one in catcher.got if one["To"] == ADA).get_content()
        page = guest.ask("POST", next(urlsplit(w).path for w in text.split() if "/y/" in w))
        assert page.status_code == 200
    heartline.catch_up()
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline, email="two@example.com"))
        assert "asked first" not in words_of(invite(owner, number, "look"))
    assert AGAIN_DAYS >= REST_DAYS


def test_the_letter_that_went_is_not_sent_again_by_hand(heartline: Heartline, catcher: Catcher) -> None:
    ask(heartline)
    (letter,) = heartline.stores.kept.letters(limit=9)
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        path = f"/settings/outbox/{letter.letter_id}"
        Postman(heartline).go_round()
        assert "Send again" not in owner.get(path).text
        assert owner.post(f"{path}/again").status_code == 409
    Postman(heartline).go_round()
    assert catcher.to == [ADA]


def test_the_setting_and_how_many_wait_stand_under_the_outbox(heartline: Heartline) -> None:
    heartline.change_workspace(confirm_first=False)
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        assert "Before the first survey" in owner.get("/settings/outbox").text
        assert owner.post("/settings/outbox/first", {"confirm_first": "1"}, form="/settings/outbox").status_code == 303
        assert heartline.workspace.confirm_first
        ask(heartline)
        page = words_of(owner.get("/settings/outbox").text)
        assert "Asked, no answer yet 1" in page
        assert "Confirmation" in page
        owner.post("/settings/outbox/first", {}, form="/settings/outbox")
        assert not heartline.workspace.confirm_first


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eevil\r\nBcc: eve@evil.example"])
def test_hostile_words_stay_words_on_the_page_and_in_the_letter(
    heartline: Heartline, catcher: Catcher, name: str
) -> None:
    heartline.change_workspace(name=name)
    given = {"purpose": "reply", "cause": "c", "language": "en", "title": name, "now_us": NOW_US}
    assert ask_first(heartline, ADA, **given)  # type: ignore[arg-type]
    Postman(heartline).go_round()
    assert catcher.to == [ADA]
    assert catcher.got[0]["Bcc"] is None
    with Browser(heartline) as guest:
        assert "<script>alert" not in guest.get(link_in(catcher)).text
    assert is_address(ADA)
    assert replace(heartline.workspace, name=name).name == name
