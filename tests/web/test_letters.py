"""Letters from the outbox to a relay: each once, held for who is away, kept from who wants none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from browsing import Browser, a_user
from mail_catcher import Catcher, catching

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Letter, LetterKind, LetterState
from heartline.web import Postman

HOUR_US = 3_600_000_000
NOON_US = 1_795_953_600_000_000


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


@pytest.fixture
def heartline(catcher: Catcher) -> Iterator[Heartline]:
    settings = Settings(smtp_url=catcher.url, mail_from="Care <care@example.org>", base_url="https://x.example")
    with open_twin(settings) as opened:
        opened.change_workspace(letters_from=0, letters_to=0)
        yield opened


def write(heartline: Heartline, key: str = "a", to: str = "mira@example.com", *, kind: str = "survey") -> int:
    letter = Letter(to=to, subject="How was it?", text="Tell us.", kind=LetterKind(kind), key=key)
    return heartline.stores.kept.queue_letter(letter).letter_id


def state(heartline: Heartline, letter_id: int = 1) -> LetterState:
    return heartline.stores.kept.letter(letter_id).state


def test_a_letter_is_sent_once_with_the_headers_of_a_list(heartline: Heartline, catcher: Catcher) -> None:
    write(heartline)
    write(heartline)
    postman = Postman(heartline)
    assert [postman.go_round() for _ in range(3)] == [1, 0, 0]
    assert (catcher.to, state(heartline)) == (["mira@example.com"], LetterState.SENT)
    (got,) = catcher.got
    assert (got["From"], got["To"], got["Subject"]) == ("Care <care@example.org>", "mira@example.com", "How was it?")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(got["List-Unsubscribe"]).startswith("<https://x.example/u/")
    assert str(got["Message-ID"]).endswith("@example.org>")


def test_a_relay_away_for_an_hour_loses_nothing_and_doubles_nothing(heartline: Heartline) -> None:
    with catching() as early:
        port = early.port
    object.__setattr__(heartline.settings, "smtp_url", f"smtp://127.0.0.1:{port}")
    now = [NOON_US * 2]
    for number in range(5):
        write(heartline, f"k{number}")
    postman = Postman(heartline, clock=lambda: now[0])
    tried = 0
    for _ in range(60):
        tried += bool(postman.go_round())
        now[0] += 60_000_000
    assert tried == 0
    kept = heartline.stores.kept
    assert {(one.state, one.attempts) for one in kept.letters(limit=9)} == {(LetterState.WAITING, 0)}
    with Browser(heartline, base="https://x.example") as browser:
        browser.sign_in(a_user(heartline))
        assert "The relay cannot be used" in browser.get("/settings/outbox").text
    with catching(port) as back:
        for _ in range(60):
            postman.go_round()
            now[0] += 60_000_000
        assert sorted(back.ids) == sorted(set(back.ids))
        assert len(back.ids) == 5
    assert {one.state for one in kept.letters(limit=9)} == {LetterState.SENT}
    assert kept.setting("relay_away") == ""


def test_what_the_relay_says_is_kept_and_later_means_later(heartline: Heartline, catcher: Catcher) -> None:
    for key in ("full", "nobody", "busy"):
        write(heartline, key)
    catcher.answers += ["451 try later", "rcpt 550 no such user", "250 taken"]
    postman = Postman(heartline)
    postman.go_round()
    stands = {one.letter.key: (one.state, one.status, one.told) for one in heartline.stores.kept.letters(limit=9)}
    assert stands == {
        "full": (LetterState.WAITING, 451, "try later"),
        "nobody": (LetterState.REFUSED, 550, "no such user"),
        "busy": (LetterState.SENT, 250, ""),
    }
    assert postman.go_round() == 0, "it is not due yet"


def test_a_conversation_that_ends_without_a_word_is_taken_up_again_under_the_same_id(
    heartline: Heartline, catcher: Catcher
) -> None:
    write(heartline)
    catcher.answers.append("hang up")
    now = [NOON_US * 2]
    postman = Postman(heartline, clock=lambda: now[0])
    assert (postman.go_round(), state(heartline)) == (0, LetterState.WAITING)
    now[0] += HOUR_US
    assert (postman.go_round(), state(heartline)) == (1, LetterState.SENT)
    assert len(set(catcher.ids)) == 1


def test_a_scanner_unsubscribes_nobody_and_one_click_does_at_once(heartline: Heartline, catcher: Catcher) -> None:
    write(heartline)
    write(heartline, "later")
    write(heartline, "answer", kind="reply")
    postman = Postman(heartline)
    postman.go_round()
    path = str(catcher.got[0]["List-Unsubscribe"]).strip("<>").removeprefix("https://x.example")
    handle = heartline.stores.kept.handle_of_address("MIRA@example.com")
    with Browser(heartline) as scanner:
        for _ in range(10):
            shown = scanner.get(path)
            assert shown.status_code == 200
            assert scanner.ask("HEAD", path).status_code == 200
        assert not heartline.stores.kept.is_unsubscribed(handle, LetterKind.SURVEY)
        assert scanner.cookies.get("heartline_session") is None
        body = "List-Unsubscribe=One-Click"
        kind = {"content-type": "application/x-www-form-urlencoded"}
        done = scanner.ask("POST", path, content=body, headers=kind)
        assert (done.status_code, "Done" in done.text) == (200, True)
        assert scanner.ask("POST", path, content=body, headers=kind).status_code == 200
        assert scanner.get(path[:-1] + "x").status_code == 404
    write(heartline, "after")
    write(heartline, "answer 2", kind="reply")
    postman.go_round()
    stands = {one.letter.key: one.state for one in heartline.stores.kept.letters(limit=9)}
    assert (stands["after"], stands["answer 2"]) == (LetterState.HELD_BACK, LetterState.SENT)


def test_letters_that_can_wait_keep_the_hours_and_answers_do_not(heartline: Heartline, catcher: Catcher) -> None:
    heartline.change_workspace(letters_from=9, letters_to=20, timezone="UTC")
    write(heartline, "survey")
    write(heartline, "reply", kind="reply")
    at = [NOON_US * 2 // (24 * HOUR_US) * 24 * HOUR_US + 22 * HOUR_US]
    postman = Postman(heartline, clock=lambda: at[0])
    postman.go_round()
    assert [one.letter.key for one in heartline.stores.kept.due_letters(now_us=at[0])] == ["survey"]
    at[0] += 11 * HOUR_US
    postman.go_round()
    assert len(catcher.got) == 2


def test_without_a_relay_letters_are_caught_to_be_read(owner_of_none: Browser) -> None:
    heartline = owner_of_none.heartline
    name = "<script>alert(1)</script>\r\nBcc: eve@evil.example"
    letter = Letter(to="mira@example.com", subject=name, text="See {link} now", kind=LetterKind.SURVEY, key="a")
    heartline.stores.kept.queue_letter(replace(letter, path="/s/"))
    Postman(heartline).go_round()
    assert state(heartline) is LetterState.CAUGHT
    shown = owner_of_none.get("/settings/outbox").text
    assert "No relay is set" in shown
    assert "Not sent: no relay" in shown
    assert "<script>alert" not in shown
    opened = unescape(owner_of_none.get("/settings/outbox/1").text)
    assert "/s/" in opened
    assert "/u/" in opened
    assert owner_of_none.post("/settings/outbox/test", {}).status_code == 303
    assert heartline.stores.kept.letter(2).letter.to == "owner@example.com"
    hours = {"letters_from": "8", "letters_to": "8"}
    assert owner_of_none.post("/settings/outbox/hours", hours).status_code == 303
    assert (heartline.workspace.letters_from, heartline.workspace.letters_to) == (8, 8)
    assert owner_of_none.post("/settings/outbox/hours", {"letters_from": "x"}).status_code == 400


@pytest.fixture
def owner_of_none() -> Iterator[Browser]:
    with open_twin() as opened, Browser(opened) as browser:
        opened.change_workspace(letters_from=0, letters_to=0)
        yield browser.sign_in(a_user(opened))
