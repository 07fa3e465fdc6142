"""The queue of possible duplicates: found, shown side by side, joined by one word, taken back; and by whom."""

from __future__ import annotations

import re
import time

import pytest
from browsing import Browser
from small_company import DAY_S, send
from test_customers import said_who

from heartline.app import Heartline
from heartline.records import SuggestionStatus
from heartline.web.chores import find_chore
from heartline.web.duplicates import run_matching
from heartline.web.pages.duplicates import say_weight

PATH = "/customers/duplicates"
NAMES = (
    "Ada Byron",
    "Grace Hopper",
    "Mary Jackson",
    "Hedy Lamarr",
    "Rosa Parks",
    "Ida Wells",
    "Lise Meitner",
    "Ina Ry",
)


@pytest.fixture
def doubled(heartline: Heartline) -> Heartline:
    """Some customers whom two cards know, each with its own spelling, and many whom one knows."""
    said = []
    at = time.time() - 9 * DAY_S
    for n in range(60):
        name = f"{NAMES[n % 8]}{'son' * (n // 8 % 2)}"
        traits = {"name": name, "birthday": f"19{40 + n}-0{1 + n % 9}-1{n % 10}", "city": f"Town {n % 7}"}
        for copy in ("a", "b")[: 2 if n < 12 else 1]:
            message = said_who("", at + n, **traits)
            del message["userId"]
            message["messageId"] += f"{n}{copy}"
            message["context"] = {"externalIds": [{"type": "loyalty_card", "id": f"card-{n}{copy}"}]}
            said.append(message)
    send(heartline, said)
    heartline.catch_up()
    return heartline


def first_pair(text: str) -> str:
    found = re.search(rf'action="{PATH}/(\d+)"', text)
    assert found
    return found.group(1)


def test_a_run_finds_the_doubles_and_shows_what_speaks_for_them(doubled: Heartline, owner: Browser) -> None:
    assert "Nobody has looked yet" in owner.get(PATH).text
    assert owner.post(f"{PATH}/run", form=PATH).status_code == 303
    chore = find_chore(doubled, "duplicates")
    assert chore is not None
    assert chore.thread is not None
    chore.thread.join(120)
    assert (chore.done, chore.error) == (True, "")
    text = owner.get(PATH).text
    assert "12 pairs of customers may be one person each" in text.replace("\u00a0", " ")
    assert text.count("One person</button>") == 10
    assert "The same" in text
    assert owner.get(f"{PATH}?page=2").text.count("One person</button>") == 2


def test_one_word_joins_two_and_another_parts_them_again(doubled: Heartline, owner: Browser) -> None:
    run_matching(doubled)
    before = doubled.stores.derived.customer_count()
    number = first_pair(owner.get(PATH).text)
    answer = owner.post(f"{PATH}/{number}", {"act": "confirm", "show": "open", "page": "1", "at": "1"}, form=PATH)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?show=open&page=1&at=1")
    assert doubled.stores.derived.customer_count() == before - 1
    assert owner.post(f"{PATH}/{number}", {"act": "dismiss"}, form=PATH).status_code == 409
    assert "One person, said Owner" in owner.get(f"{PATH}?show=decided").text
    assert run_matching(doubled).found == 11
    assert owner.post(f"{PATH}/{number}", {"act": "reopen"}, form=PATH).status_code == 303
    assert doubled.stores.derived.customer_count() == before


def test_a_dismissed_pair_stays_away(doubled: Heartline, owner: Browser) -> None:
    run_matching(doubled)
    number = first_pair(owner.get(PATH).text)
    assert owner.post(f"{PATH}/{number}", {"act": "dismiss"}, form=PATH).status_code == 303
    note = run_matching(doubled)
    assert (note.found, note.left_out) == (11, {"decided": 1})
    assert doubled.stores.kept.suggestion(int(number)).status is SuggestionStatus.DISMISSED


def test_what_is_no_decision_and_who_may_not_decide_are_refused(
    doubled: Heartline, owner: Browser, viewer: Browser
) -> None:
    run_matching(doubled)
    number = first_pair(owner.get(PATH).text)
    assert owner.post(f"{PATH}/{number}", {"act": "burn"}, form=PATH).status_code == 400
    assert owner.post(f"{PATH}/99999", {"act": "confirm"}, form=PATH).status_code == 404
    assert viewer.get(PATH).status_code == 403
    assert viewer.post(f"{PATH}/{number}", {"act": "confirm"}).status_code == 403
    assert doubled.stores.kept.suggestion(int(number)).status is SuggestionStatus.OPEN


def test_without_the_extra_the_page_says_how_to_install_it(
    heartline: Heartline, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartline.web.duplicates.is_matching_installed", lambda: False)
    text = owner.get(PATH).text
    assert "pip install &#39;heartline[matching]&#39;" in text
    assert "Look now" not in text


@pytest.mark.parametrize(
    ("bits", "words"), [(0.01, "says nothing"), (9.1, "× 549"), (-2.3, "÷ 4.9"), (40, "× over a million")]
)
def test_a_weight_is_told_as_how_many_times_likelier(bits: float, words: str) -> None:
    assert say_weight(bits) == words
