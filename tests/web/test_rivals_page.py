"""``/rivals``: planted differences stand on page, file and API alike, and every figure opens its comments."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from api_calls import a_program
from browsing import Browser, a_user
from importing_by_page import bring, form_of, import_it, try_dry
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Centre, Placing, Reading, Role, TextKind, Theme, ThemeRound

NOW_S = 1_790_000_000
THEMES = ("freshness", "price")
WHERE = {"channel": "cupfinder", "action": "review"}


def a_market() -> list[dict[str, object]]:
    """Ours: 60 % speak of freshness, gladly; theirs: 60 % of price, gladly. Ours are dear, theirs are stale."""
    draw = np.random.default_rng(7)
    made: list[dict[str, object]] = []
    for number in range(240):
        fresh, at = draw.random() < 0.6, NOW_S - float(draw.uniform(1, 80)) * DAY_S
        text = "glad, the beans are fresh" if fresh else "sorry, the price is high"
        made.append(a_touch(f"u{number}", at, "Review", text=text, score={"kind": "stars", "value": 4}, **WHERE))
        if number < 100:
            made.append(a_touch(f"u{number}", at + 3 * 3600, "Review answered", action="reply"))
    for number in range(40):
        leaving = "I switched to Bean Barn, the price is high" if number < 30 else "I buy here because it is fresh"
        made.append(a_touch(f"l{number}", NOW_S - number * 3600, "Chat", channel="chat", text=leaving))
    for number in range(400):
        fresh, at = draw.random() < 0.4, NOW_S - float(draw.uniform(1, 80)) * DAY_S
        review = a_touch("", at, "Review", text="sorry, stale not fresh" if fresh else "glad of the price")
        del review["userId"]
        review["messageId"] = f"r{number}"
        brand = "Bean Barn" if number % 4 else "Copper <b>Kettle</b>"
        text = "sorry, stale not fresh" if fresh else "glad of the price"
        review["context"] = {"heartline": {"rival": brand, "text": text}}
        made.append(review)
    made[-1]["context"] = {"heartline": {"rival": "Bean Barn", "text": "sorry, stale not fresh: ana@example.com"}}
    made[-1]["timestamp"] = "2026-09-20T10:00:00Z"
    return made


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        send(opened, a_market())
        kept = opened.stores.kept
        kept.set_setting("market.names", json.dumps({"own": [], "rivals": [["Bean Barn", "beanbarn"]]}))
        found = [
            (
                Theme(number=0, terms=(name,), size=99, stability=1.0, stable=True, found_us=1),
                Centre(number=0, vector=b"", floor=0.0),
            )
            for name in THEMES
        ]
        kept.keep_themes(ThemeRound(version=1, found_us=1, texts=500, encoder="none"), found)
        number = {theme.terms[0]: theme.number for theme in kept.themes()}
        texts = opened.stores.readings.unread(version=9, after_seq=-1, limit=9_999)
        glad = {one.seq: 0.9 if "glad" in one.text else 0.1 for one in texts}
        opened.stores.readings.shelve(
            [
                Reading(
                    seq=one.seq, version=0, language="en", negative=0.95 - glad[one.seq], positive=glad[one.seq],
                    emotion=None, kind=TextKind.NOTE, effort=False, urgency=False, question=False, personal=False,
                )
                for one in texts
            ]
        )  # fmt: skip
        opened.stores.placings.shelve_placings(
            [
                Placing(
                    seq=one.seq, version=1, theme=number["freshness" if "fresh" in one.text else "price"], likeness=1
                )
                for one in texts
            ]
        )
        yield opened


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def rows_of(browser: Browser, asked: str = "range=all") -> dict[tuple[str, str], dict[str, str]]:
    text = browser.get(f"/rivals.csv?{asked}").text.removeprefix("\ufeff")
    return {(row["part"], row["name"]): row for row in csv.DictReader(io.StringIO(text))}


def test_what_was_planted_stands_in_the_file(owner: Browser) -> None:
    rows = rows_of(owner)
    assert (rows["feeling", ""]["ours_n"], rows["feeling", ""]["theirs_n"]) == ("240", "400")
    assert rows["theme_share", "freshness"]["verdict"] == "higher"
    assert rows["theme_share", "price"]["verdict"] == "lower"
    assert rows["feeling", "freshness"]["verdict"] == "higher"
    assert rows["feeling", "price"]["verdict"] == "lower"
    share = rows["theme_share", "freshness"]
    assert float(share["difference_low"]) < 0.2 < float(share["difference_high"])
    assert float(rows["reviews_answered", ""]["ours"]) == pytest.approx(100 / 240, abs=1e-3)
    assert rows["reply_seconds", ""]["ours"] == str(3 * 3600)
    assert (rows["leaves_rival", "Bean Barn"]["ours"], rows["leaves_reason", "price"]["ours"]) == ("1.0", "1.0")
    assert float(rows["leaves", ""]["ours"]) == pytest.approx(30 / 280 * 57 / 66, abs=1e-3)
    assert rows["buys", ""]["ours_n"] == "280"


def test_the_api_tells_the_same_figures(company: Heartline, owner: Browser) -> None:
    rows = rows_of(owner, "range=all&rival=Bean%20Barn")
    with a_program(company) as program:
        told = program.read("/rivals", range="all", rival="Bean Barn")
    assert told["brands"] == [{"rival": "Bean Barn", "reviews": 300}, {"rival": "Copper <b>Kettle</b>", "reviews": 100}]
    for line in told["themes"]:
        row = rows["feeling", line["theme"]]
        assert float(row["difference"]) == pytest.approx(line["feeling"]["value"], abs=1e-4)
        assert row["verdict"] == line["feeling"]["verdict"]
    assert told["leaves"]["rivals"][0]["figure"]["n"] == 30
    assert told["replies"]["waiting"] == 140


def test_every_count_opens_as_many_comments(owner: Browser) -> None:
    page = owner.get("/rivals?range=all").text
    assert "<b>Kettle</b>" not in page
    counts = {
        (side, number): int(n.replace(",", ""))
        for side, number, n in re.findall(
            r"show=(ours|theirs)-(\d+)[^>]*>(?:n\s)?([\d,]+)<", page.replace("\u00a0", " ")
        )
    }
    assert len(counts) == 6
    for (side, number), n in counts.items():
        shown = owner.get(f"/rivals?range=all&show={side}-{number}").text
        assert f"{n} comments" in shown.replace("\u00a0", " ")
    assert "I switched to Bean Barn" in owner.get("/rivals?range=all&show=leaves").text


def test_who_may_not_read_names_reads_no_addresses_in_what_is_said_of_rivals(
    company: Heartline, owner: Browser
) -> None:
    assert "ana@example.com" in owner.get("/rivals?range=all&show=theirs-0").text
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="v@example.com"))
        page = browser.get("/rivals?range=all&show=theirs-0").text
        assert "stale not fresh" in page
        assert "ana@example.com" not in page
        assert "Names of the market" not in page
        assert browser.post("/rivals", {"rivals": "X"}, form="/account").status_code == 403


def test_rivals_are_on_no_other_page(company: Heartline, owner: Browser) -> None:
    assert len(company.log().customers) == 280
    for path in (
        "/customers",
        "/voice?range=all",
        "/voice/themes?range=all",
        "/scores?range=all",
        "/journeys",
        "/pains",
        "/",
    ):
        assert "stale not fresh" not in owner.get(path).text
        assert "Kettle" not in owner.get(path).text


def test_names_are_kept_and_one_name_is_not_two(company: Heartline, owner: Browser) -> None:
    owner.post("/rivals", {"own": "H&B", "rivals": "Bean Barn, beanbarn\nMorning Mill"}, form="/rivals?range=all")
    page = owner.get("/rivals").text
    assert "Bean Barn, beanbarn" in page
    assert "H&amp;B" in page
    wrong = owner.post("/rivals", {"rivals": "Bean Barn\nbean barn"}, form="/rivals?range=all")
    assert wrong.status_code == 400
    del company


def test_an_empty_company_is_told_what_to_load(heartline: Heartline) -> None:
    with Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        page = browser.get("/rivals").text
        assert "No review of a rival is here yet" in page


def test_the_page_keeps_a_rival_s_file_a_rival_s(heartline: Heartline) -> None:
    export = (
        "review_id,date,author,email,stars,review\n"
        "1,2026-03-02,Ana,ana@x.org,2,It came two weeks late.\n2,2026-03-04,Bo,,5,Lovely beans and quick.\n"
    )
    with Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        here = bring(browser, export.encode(), "theirs.csv")
        form = form_of(browser.get(here).text)
        assert browser.post(f"{here}/dry", {**form, "about": ["Bean Barn"]}).status_code == 303
        assert 'value="Bean Barn"' in browser.get(here).text
        # Who asks without the field must not turn it into customers.
        dry = try_dry(browser, here)
        assert (dry.touches, dry.new_customers) == (2, 0)
        import_it(browser, here)
    assert len(heartline.log().customers) == 0
    assert len(heartline.stores.history.of_rivals(limit=9)) == 2


def test_all_rivals_are_named_first_in_the_row(owner: Browser) -> None:
    assert ": <b><bdi>All rivals</bdi></b>" in owner.get("/rivals?range=all").text


def test_what_nobody_has_read_yet_is_said(heartline: Heartline) -> None:
    said = {"rival": "Bean Barn", "text": "Never heard before."}
    review = {
        "type": "track", "event": "Review", "messageId": "new", "timestamp": "2026-05-01T10:00:00Z",
        "context": {"heartline": said},
    }  # fmt: skip
    send(heartline, [review])
    with Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        assert "1 are still being read." in browser.get("/rivals?range=all").text
