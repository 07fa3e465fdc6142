"""A relay in trouble for an hour: nothing is lost, nothing goes twice, and who says no in between gets nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from browsing import Browser
from mail_catcher import Catcher, catching
from test_letters import NOON_US, write

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import LetterKind, LetterState
from heartline.web import Postman, relaying

MINUTE_US = 60_000_000
LETTERS = 5


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


def go(postman: Postman, now: list[int], *, minutes: int, step: int = 1) -> None:
    """Let minutes go by, with a round at each step."""
    for _ in range(minutes // step):
        postman.go_round()
        now[0] += step * MINUTE_US


def states(heartline: Heartline) -> Counter[LetterState]:
    return Counter(one.state for one in heartline.stores.kept.letters(limit=99))


@pytest.mark.parametrize(
    "trouble",
    [
        "HELLO 421 down for an hour",
        "HELLO 554 no service",
        "hang",
        "drop",
        "MAIL 451 not just now",
        "MAIL 550 who are you",
        "RCPT 451 the list of people is away",
        "DATA 421 going down",
        "DATA 452 the disk is full",
    ],
)
def test_an_hour_of_any_trouble_loses_nothing_and_doubles_nothing(
    heartline: Heartline, catcher: Catcher, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(relaying, "_PATIENCE_S", 0.05 if trouble == "hang" else 5.0)
    now = [NOON_US * 2]
    postman = Postman(heartline, clock=lambda: now[0])
    for number in range(LETTERS):
        write(heartline, f"k{number}", f"p{number}@example.com")
    catcher.trouble = trouble
    go(postman, now, minutes=60)
    assert states(heartline) == {LetterState.WAITING: LETTERS}
    assert (catcher.got, 3 < catcher.connections <= 60) == ([], True)
    # Who would send to somebody while the relay is away, and is told to stop.
    handle = heartline.stores.kept.handle_of_address("p3@example.com")
    heartline.stores.kept.unsubscribe(handle, LetterKind.SURVEY, now_us=now[0])
    catcher.trouble = ""
    # Only who hangs is given up so soon: of a relay that is well but slow, a letter would go again.
    monkeypatch.setattr(relaying, "_PATIENCE_S", 5.0)
    go(postman, now, minutes=3 * 60, step=6)
    assert states(heartline) == {LetterState.SENT: LETTERS - 1, LetterState.HELD_BACK: 1}
    assert sorted(catcher.to) == [f"p{number}@example.com" for number in (0, 1, 2, 4)]
    assert len(set(catcher.ids)) == LETTERS - 1


def test_a_letter_that_breaks_every_conversation_holds_up_none_but_itself(
    heartline: Heartline, catcher: Catcher
) -> None:
    now = [NOON_US * 2]
    postman = Postman(heartline, clock=lambda: now[0])
    catcher.trouble = "drop evil"
    for number in range(LETTERS):
        write(heartline, f"k{number}", "evil@example.com" if number == 0 else f"p{number}@example.com")
    go(postman, now, minutes=10)
    assert sorted(catcher.to) == [f"p{number}@example.com" for number in range(1, LETTERS)]
    go(postman, now, minutes=5 * 24 * 60, step=60)
    assert states(heartline) == {LetterState.SENT: LETTERS - 1, LetterState.GIVEN_UP: 1}


def test_a_relay_that_takes_few_a_conversation_is_not_away(heartline: Heartline, catcher: Catcher) -> None:
    now = [NOON_US * 2]
    postman = Postman(heartline, clock=lambda: now[0])
    catcher.trouble = "few"
    for number in range(30):
        write(heartline, f"k{number}", f"p{number}@example.com")
    go(postman, now, minutes=17)
    assert (len(catcher.to), len(set(catcher.ids))) == (30, 30)


def test_a_letter_the_relay_finds_too_large_is_refused_alone(heartline: Heartline, catcher: Catcher) -> None:
    write(heartline)
    catcher.trouble = "MAIL 552 too large"
    Postman(heartline).go_round()
    assert states(heartline) == {LetterState.REFUSED: 1}


def test_who_unsubscribes_while_letters_go_gets_none_after(heartline: Heartline, catcher: Catcher) -> None:
    for number in range(LETTERS):
        write(heartline, f"k{number}")
    write(heartline, "other", "bo@example.com")

    def click() -> None:
        catcher.took = lambda: None
        path = str(catcher.got[0]["List-Unsubscribe"]).strip("<>").removeprefix("https://x.example")
        with Browser(heartline) as mail_program:
            assert mail_program.ask("POST", path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    catcher.took = click
    Postman(heartline).go_round()
    assert catcher.to == ["mira@example.com", "bo@example.com"]
    assert states(heartline) == {LetterState.SENT: 2, LetterState.HELD_BACK: LETTERS - 1}
