"""Themes: found in what customers say, in one piece over languages, put right by people, told when they surge."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browsing import Browser, a_user
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score
from small_company import send
from test_voice_pages import Beside, words_of

from heartline.app import Heartline, open_twin
from heartline.listener import Listener
from heartline.records import NO_THEME, Role, Theme
from heartline.web.theming import arrange, family_of
from tries import some

OPENINGS = (
    "Hello.",
    "Honestly.",
    "Well,",
    "Just so you know:",
    "Good morning.",
    "To whom it may concern:",
    "Hi there,",
    "",
)
ENDINGS = ("Thanks.", "Please look into it.", "That is all.", "I thought you should know.", "Best, a customer.", "")
TALK = {
    "parcel": (
        "my parcel came three days late",
        "the courier delivered the parcel too late",
        "where is my parcel, it is late",
        "the delivery of my parcel is overdue",
        "still waiting for the late parcel",
        "the parcel arrived late again",
    ),
    "app": (
        "the app crashes when I log in",
        "your app crashed at the login today",
        "I cannot log into the app, it crashes",
        "the app freezes on the login page",
        "login in the app does not work, it crashes",
        "the new app crashes at login",
    ),
    "staff": (
        "the staff were so friendly",
        "such a friendly barista, what a smile",
        "your friendly staff made my day",
        "lovely friendly staff at the counter",
        "the staff are always friendly",
        "thank the friendly staff for me",
    ),
    "price": (
        "the price of beans went up again",
        "the beans got too expensive",
        "the price is too high for a bag of beans",
        "why did the price of the beans rise",
        "prices of beans rose again",
        "the beans are not worth that price",
    ),
}
BURNT = (
    "the coffee tastes burnt",
    "these coffee beans are burnt",
    "the coffee has a burnt taste",
    "my coffee was burnt, undrinkable",
    "кофе горелый на вкус",
    "у кофе горелый вкус",
    "咖啡有烧焦的味道",
    "这咖啡烧焦了",
)
START_US = 1_793_009_100_000_000
"""26 October 2026, 10:05 UTC."""


def said(number: int, text: str, when: str, score: int | None = None) -> dict[str, Any]:
    block: dict[str, Any] = {"touchpoint": "Chat", "text": text, "place": "Mill Lane" if number % 2 else "Harbour"}
    if score is not None:
        block["score"] = {"kind": "nps", "value": score}
    return {
        "type": "track", "event": "Chat", "userId": f"u{number}", "messageId": f"m{number}:{when}",
        "timestamp": when, "context": {"heartline": block},
    }  # fmt: skip


def a_month() -> list[dict[str, Any]]:
    """Four topics for four weeks; on the 26th, from 10:05 on, sixty say in three languages that it is burnt."""
    draw = np.random.default_rng(3)
    made: list[dict[str, Any]] = []

    def say(topic: tuple[str, ...], when: str, score: int | None = None) -> None:
        text = f"{draw.choice(OPENINGS)} {draw.choice(topic)}. {draw.choice(ENDINGS)}".strip()
        made.append(said(len(made), text, when, score))

    for day in range(1, 27):
        hours = draw.integers(8, 20, 20)
        for place, (name, lines) in enumerate(TALK.items()):
            for turn in range(3):
                score = {"staff": 10, "parcel": 2}.get(name, 7) if draw.random() < 0.6 else None
                say(lines, f"2026-10-{day:02}T{hours[place * 3 + turn]:02}:{draw.integers(0, 60):02}:00Z", score)
        say(BURNT, f"2026-10-{day:02}T{hours[-1]:02}:30:00Z")
    for place in range(60):
        say(BURNT, f"2026-10-26T10:{5 + place * 45 // 60:02}:{place * 45 % 60:02}Z")
    say(TALK["app"], "2026-10-26T21:00:00Z")
    return made


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        send(opened, a_month())
        opened.listener = Listener(opened.stores, log=opened.log, hold=opened.hold, hire=Beside)
        opened.listener.catch_up()
        yield opened


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        browser.sign_in(a_user(company))
        yield browser


def rows_of(browser: Browser) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get("/voice/themes.csv?range=all").text.removeprefix("\ufeff"))))


def topic_of(text: str) -> str:
    return next((name for name, lines in {**TALK, "burnt": BURNT}.items() if any(line in text for line in lines)), "")


def topics_of(company: Heartline, number: int) -> dict[str, int]:
    """How many texts of each planted topic a theme holds."""
    columns = company.stores.placings.placing_columns()
    entries = company.stores.history.entries(columns.seq[columns.theme == number].tolist())
    return dict(Counter(topic_of(entry.text or "") for entry in entries))


def main_theme(company: Heartline, topic: str) -> Theme:
    return max(company.stores.kept.themes(), key=lambda one: topics_of(company, one.number).get(topic, 0))


def test_each_planted_topic_is_a_theme_and_the_burnt_one_is_one_in_three_languages(company: Heartline) -> None:
    columns = company.stores.placings.placing_columns()
    texts = {one.seq: one.text or "" for one in company.stores.history.entries(columns.seq.tolist())}
    placed = [
        (topic_of(texts[seq]), theme) for seq, theme in zip(columns.seq.tolist(), columns.theme.tolist(), strict=True)
    ]
    assert len(placed) == int(company.log().has_text.sum())
    assert normalized_mutual_info_score(*zip(*placed, strict=True)) > 0.5
    for topic in (*TALK, "burnt"):
        told = topics_of(company, main_theme(company, topic).number)
        assert told[topic] / sum(told.values()) > 0.9
    entries = company.stores.history.entries(columns.seq[columns.theme == main_theme(company, "burnt").number].tolist())
    burnt = {entry.text[-30:] for entry in entries if entry.text}
    assert any("burnt" in one for one in burnt)


def test_the_surge_is_told_within_twenty_minutes_of_its_start(company: Heartline, owner: Browser) -> None:
    alerts = company.stores.kept.theme_alerts()
    assert alerts
    assert {topic for one in alerts for topic in topics_of(company, one.theme)} == {"burnt"}
    assert min(one.seen_us for one in alerts) - START_US <= 20 * 60_000_000
    page = words_of(owner.get("/voice/themes?range=all").text)
    assert "Surged" in page
    assert "Surged" in words_of(owner.get("/voice?range=all").text)
    assert re.search(r"\d+\s*customers spoke of it within \d+ minutes", page)


def test_a_theme_has_the_figures_that_its_comments_have(company: Heartline, owner: Browser) -> None:
    rows = {int(row["theme"]): row for row in rows_of(owner)}
    log, columns = company.log(), company.stores.placings.placing_columns()
    texts = int(log.has_text.sum())
    # Another test may have put themes into or under others already: what stands over them counts them too.
    themes = company.stores.kept.themes()
    for number, row in rows.items():
        below = [one.number for one in themes if number in {one.merged_into, one.parent}]
        n = int(np.isin(columns.theme, [number, *below]).sum())
        assert int(row["comments"]) == n
        assert float(row["share_low"]) <= n / texts <= float(row["share_high"])
        assert float(row["share"]) == pytest.approx(n / texts, abs=1e-4)
        listed = owner.get(f"/voice?range=all&theme={number}").text.replace("\xa0", " ")
        assert re.search(rf'id="comments".*?{n} comments?<', listed, re.DOTALL)
    staff, parcel = (rows[main_theme(company, topic).number] for topic in ("staff", "parcel"))
    assert (staff["score_verdict"], parcel["score_verdict"]) == ("higher", "lower")
    assert float(staff["feeling"]) > 0 > float(parcel["feeling"])
    assert "friendly" in staff["terms"]
    page = owner.get("/voice/themes?range=all").text
    assert "goes with scores" in page
    assert len(re.findall(r"<tr", page)) == len(rows) + 1


def test_what_people_put_right_is_shown_and_survives_that_themes_are_found_anew(
    company: Heartline, owner: Browser
) -> None:
    kept = company.stores.kept
    late, dear, app = (main_theme(company, topic).number for topic in ("parcel", "price", "app"))
    before = {int(row["theme"]): int(row["comments"]) for row in rows_of(owner)}
    page = "/voice/themes?range=all"
    owner.post(f"/voice/themes/{late}", {"name": "<b>Late</b> parcels"}, form=page)
    owner.post(f"/voice/themes/{dear}", {"parent": str(late)}, form=page)
    owner.post(f"/voice/themes/{app}", {"into": str(late)}, form=page)
    rows = {int(row["theme"]): row for row in rows_of(owner)}
    assert rows[late]["name"] == "<b>Late</b> parcels"
    assert "<b>Late</b>" not in owner.get(page).text
    assert app not in rows
    assert int(rows[late]["comments"]) == before[late] + before[dear] + before[app]
    assert rows[dear]["under"] == str(late)
    for wrong in ({"parent": str(dear)}, {"into": str(late)}, {"parent": "424242"}):
        assert owner.post(f"/voice/themes/{late}", wrong, form=page).status_code == 400
    assert owner.post("/voice/themes/424242", {"name": "x"}, form=page).status_code == 404
    owner.post("/voice/themes", {}, form=page)
    assert kept.setting("themes.wanted") == "1"
    company.listener.catch_up()
    round_ = kept.theme_round()
    assert round_ is not None
    assert (round_.version, kept.setting("themes.wanted")) == (2, "")
    again = {one.number: one for one in kept.themes()}
    assert (again[late].name, again[dear].parent, again[app].merged_into) == ("<b>Late</b> parcels", late, late)
    assert {int(row["theme"]): int(row["comments"]) for row in rows_of(owner)}[late] == pytest.approx(
        before[late] + before[dear] + before[app], rel=0.1
    )
    owner.post(f"/voice/themes/{late}", {"name": "Late parcels", "hidden": "1"}, form=page)
    assert late not in {int(row["theme"]) for row in rows_of(owner)}
    assert "Show again" in owner.get(page).text
    owner.post(f"/voice/themes/{late}", {"name": "Late parcels"}, form=page)
    assert late in {int(row["theme"]) for row in rows_of(owner)}


def test_who_only_looks_changes_nothing(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        page = browser.get("/voice/themes?range=all").text
        assert "Put right" not in page
        number = company.stores.kept.themes()[0].number
        assert browser.post(f"/voice/themes/{number}", {"name": "x"}, form="/account").status_code == 403
        assert browser.post("/voice/themes", {}, form="/account").status_code == 403


def test_without_texts_the_page_says_what_it_waits_for() -> None:
    with open_twin() as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        assert "150 different comments" in browser.get("/voice/themes").text


def a_theme(number: int, **more: Any) -> Theme:
    return Theme(number=number, terms=(str(number),), size=1, stability=1.0, stable=True, found_us=0, **more)


@settings(max_examples=some(100))
@given(st.data())
def test_whatever_stands_under_what_every_theme_is_shown_once_or_counted_in_one(data: st.DataObject) -> None:
    numbers = list(range(1, data.draw(st.integers(1, 7)) + 1))
    pick = st.sampled_from([NO_THEME, *numbers, 99])
    every = tuple(
        a_theme(one, parent=data.draw(pick), merged_into=data.draw(pick), hidden=data.draw(st.booleans()))
        for one in numbers
    )
    tree = arrange(every)
    shown = [one.number for under in tree.values() for one in under]
    assert len(shown) == len(set(shown))
    assert set(shown) == {one.number for one in every if not one.hidden and one.merged_into not in numbers}
    assert all(above == NO_THEME or above in numbers for above in tree)
    for one in every:
        assert one.number in family_of(every, one.number)
