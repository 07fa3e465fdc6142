"""What they say: shares with the reader's error, the comments behind them, corrections, and how good the reader is."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from html import unescape
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from browsing import Browser, a_user
from small_company import a_company, a_touch, send
from test_customers import links_of
from two_places import NORTH, SOUTH, open_two_places

from heartline.app import Heartline, open_twin
from heartline.listener import Listener
from heartline.records import Polarity, ReaderVersion, Role
from heartline.understand import share_heard
from heartline.web.hearing import mask_polarity
from heartline.web.mapping import list_journeys


class Beside(Executor):
    """Does the work at once, where it is asked."""

    def submit(self, fn: Any, /, *given: Any, **named: Any) -> Future[Any]:
        told: Future[Any] = Future()
        told.set_result(fn(*given, **named))
        return told


def read_all(heartline: Heartline) -> None:
    heartline.listener = Listener(heartline.stores, log=heartline.log, hold=heartline.hold, hire=Beside)
    heartline.listener.catch_up()


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        a_company(opened, seed=4)
        read_all(opened)
        yield opened


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        browser.sign_in(a_user(company))
        yield browser


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_the_page_says_how_much_sounds_how_with_an_interval(company: Heartline, owner: Browser) -> None:
    page = words_of(owner.get("/voice?range=all").text)
    comments = int(company.log().has_text.sum())
    assert f"{comments} comments" in page.replace("\xa0", " ")
    assert re.search(r"About \d+ % of comments sound negative", page.replace("\xa0", " "))
    for name in ("Negative", "Neutral", "Positive", "Gratitude", "Complaint", "Late again.", "«Кофе отличный»"):
        assert name in page


@pytest.mark.parametrize(
    "asked", ["sounds=positive", "kind=complaint", "language=ru", "emotion=gratitude", "sounds=unsure"]
)
def test_a_figure_opens_exactly_its_comments_and_the_file_holds_the_same(owner: Browser, asked: str) -> None:
    page = owner.get(f"/voice?range=all&{asked}").text
    total = int(re.search(r'id="comments".*?(\d+)\s*comments?<', page.replace("\xa0", " "), re.DOTALL)[1])  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/voice.csv?range=all&{asked}").text.removeprefix("\ufeff"))))
    assert len(rows) == total
    name, value = asked.split("=")
    assert {row[name] for row in rows} <= {value}
    shown = re.findall(r'action="/voice/(\d+)"', page)
    assert shown == [row["interaction"] for row in rows[: len(shown)]]


def test_counts_of_kinds_are_what_their_lists_hold(owner: Browser) -> None:
    page = owner.get("/voice?range=all").text
    found = re.findall(
        r'href="(/voice\?[^"]*(?:kind|emotion)=\w+)#comments">[^<]+</a>.*?<td[^>]*>(\d+)', page, re.DOTALL
    )
    assert len(found) >= 2
    for href, count in found:
        listed = owner.get(unescape(href)).text.replace("\xa0", " ")
        assert re.search(rf'id="comments".*?{count} comments?<', listed, re.DOTALL), href


def some_talk() -> list[dict[str, Any]]:
    """Who scores praises; of those who only write, the ones in the chat are let down."""
    said = {
        "email": ("Lovely coffee, thank you", "Quick and kind"),
        "chat": ("Late again, awful", "Nobody answers, rude"),
    }
    now = time.time()
    return [
        a_touch(
            f"{channel}{number}", now - 3_600 - number, "Survey", channel=channel, text=f"{words[number % 2]} {number}",
            **({"score": {"kind": "nps", "value": 10 if number % 2 else 9}} if number < 30 else {}),
        )
        for channel, words in said.items()
        for number in range(60 if channel == "email" else 150)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def quiet() -> Iterator[tuple[Heartline, Browser]]:
    with open_twin() as opened:
        send(opened, some_talk())
        read_all(opened)
        with Browser(opened) as browser:
            browser.sign_in(a_user(opened))
            yield opened, browser


def test_the_silent_stand_beside_those_who_scored_and_each_figure_opens_its_comments(
    quiet: tuple[Heartline, Browser],
) -> None:
    company, owner = quiet
    log = company.log()
    page = words_of(owner.get("/voice/silent?range=all&split=channel").text).replace("\xa0", " ")
    silent = log.has_text & np.isnan(log.valence)
    assert f"{int(silent.sum())} comments of {len(np.unique(log.row[silent]))} customers came without a score" in page
    rows = list(csv.DictReader(io.StringIO(
        owner.get("/voice/silent.csv?range=all&split=channel").text.removeprefix("\ufeff"))))  # fmt: skip
    assert int(rows[0]["silent_comments"]) == int(silent.sum())
    assert int(rows[0]["scored_answers"]) == int((~np.isnan(log.valence)).sum())
    groups = {row["group"]: int(row["silent_comments"]) for row in rows[1:]}
    assert groups == {"chat": 120, "email": 30}
    for name, count in groups.items():
        of_group = silent & (log.codes["channel"] == log.names["channel"].index(name))
        assert count == int(of_group.sum())
        listed = owner.get(f"/voice?range=all&by=channel&is={name}&silent=1").text.replace("\xa0", " ")
        assert re.search(rf'id="comments".*?{count} comments?<', listed, re.DOTALL), name
    # Too few to say anything: the figure is not given, in the file as on the page.
    assert [row["silent_feel"] for row in rows if row["sure"] == "0"] == [""] * sum(row["sure"] == "0" for row in rows)
    assert owner.get("/voice/silent?range=all&split=no-such-field").status_code == 200


def test_a_stage_of_the_map_says_how_it_sounds_and_opens_its_comments(company: Heartline, owner: Browser) -> None:
    journey = list_journeys(company, company.log())[0]
    page = unescape(owner.get(f"/journeys/{journey.journey_id}?range=all").text).replace("\xa0", " ")
    assert "How it sounds" in page
    found = set(re.findall(rf'href="(/voice\?[^"]*journey={journey.journey_id}[^"#]*)#comments"', page))
    assert found
    counted = {}
    for href in found:
        listed = owner.get(href).text.replace("\xa0", " ")
        assert "At the stage" in listed
        counted[href] = int(re.search(r'id="comments".*?(\d+) comments?<', listed, re.DOTALL)[1])  # type: ignore[index]
    log = company.log()
    for stage in journey.stages:
        codes = [log.names["touchpoint"].index(name) for name in stage.touchpoints if name in log.names["touchpoint"]]
        n = int((log.has_text & np.isin(log.codes["touchpoint"], codes)).sum())
        asked = [one for href, one in counted.items() if f"stage={quote(stage.name)}" in href and "emotion" not in href]
        assert asked == ([n] if n else []), stage.name
        assert not n or f"{n} comment" in page
    nowhere = owner.get(f"/voice?range=all&journey={journey.journey_id}&stage=Nowhere").text
    assert "At the stage" not in nowhere


def test_a_correction_is_noted_shown_and_undone_by_another(company: Heartline, owner: Browser) -> None:
    log = company.log()
    said = np.flatnonzero(log.has_text)
    seq = int(log.seq[said[np.lexsort((-log.seq[said], -log.ts_us[said]))[0]]])
    answer = owner.post(f"/voice/{seq}", {"sounds": "negative", "back": "/voice?range=all"}, form="/voice?range=all")
    assert answer.status_code in {302, 303, 200}
    assert company.stores.kept.corrections()[seq] is Polarity.NEGATIVE
    assert "put right by your people" in owner.get("/voice?range=all").text
    owner.post(f"/voice/{seq}", {"sounds": "unsure", "back": "//evil.example"}, form="/voice?range=all")
    assert company.stores.kept.corrections()[seq] is Polarity.UNSURE
    for bad in ({"sounds": "furious"}, {"sounds": ""}):
        assert owner.post(f"/voice/{seq}", bad, form="/voice?range=all").status_code == 404
    assert owner.post("/voice/77", {"sounds": "neutral"}, form="/voice?range=all").status_code == 404


def test_who_only_looks_may_not_correct(company: Heartline) -> None:
    seq = int(company.log().seq[company.log().has_text][0])
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        assert "Heard wrong?" not in browser.get("/voice?range=all").text
        assert browser.post(f"/voice/{seq}", {"sounds": "neutral"}, form="/account").status_code == 403


def test_the_reader_says_how_good_it_is(company: Heartline, owner: Browser) -> None:
    page = words_of(owner.get("/voice/reader").text)
    (reader, *_rest) = company.stores.kept.readers()
    assert f"Taught by {reader.labels} scored comments of yours" in page.replace("\xa0", " ")
    assert f"{reader.f1:.2f}" in page
    assert "What it does not know" in page


def test_every_link_of_the_pages_leads_somewhere(owner: Browser) -> None:
    for page in ("/voice?range=all", "/voice/reader"):
        for href in links_of(owner.get(page).text):
            assert owner.get(href).status_code < 400, href


def test_a_file_takes_no_addresses_out_of_the_house() -> None:
    with open_twin() as opened:
        block = {
            "channel": "web",
            "text": "Awful and rude, never again! Write to jo@example.com or ring +49 30 1234567.",
        }
        send(opened, [a_touch("u1", time.time() - 90, "Survey", **block)])
        read_all(opened)
        with Browser(opened) as browser:
            browser.sign_in(a_user(opened))
            assert "jo@example.com" in browser.get("/voice?range=all").text, "the control: the page shows it"
            body = browser.get("/voice.csv?range=all").text
        (row,) = csv.DictReader(io.StringIO(body.removeprefix("\ufeff")))
        assert row["comment"] == "Awful and rude, never again! Write to [e-mail] or ring [phone]."
        assert (row["sounds"], row["touchpoint"], row["language"]) == ("negative", "Survey", "en")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", row["time"])


def test_before_anything_is_read_the_page_says_so() -> None:
    with open_twin() as opened, Browser(opened) as browser:
        browser.sign_in(a_user(opened))
        assert "Nobody has said anything yet" in browser.get("/voice").text
        a_company(opened, seed=5, customers=20)
        assert "The comments are being read" in browser.get("/voice?range=all").text
        assert "Nobody knows yet" in browser.get("/voice/reader").text


def test_who_is_bound_to_a_place_reads_its_comments_alone() -> None:
    two = open_two_places()
    with two.heartline:
        read_all(two.heartline)
        with Browser(two.heartline) as browser:
            browser.sign_in(two.users["north"])
            page = browser.get("/voice?range=all").text
            assert f"Words{NORTH}" in page
            assert f"Words{SOUTH}" not in page
            log = two.heartline.log()
            places = [log.names["place"][code] for code in log.codes["place"]]
            there = zip(log.seq, places, log.has_text, strict=True)
            south = next(int(seq) for seq, place, said in there if said and place == SOUTH)
            assert browser.post(f"/voice/{south}", {"sounds": "neutral"}, form="/voice?range=all").status_code == 404


def test_the_reader_s_error_moves_the_share_and_widens_it() -> None:
    draw = np.random.default_rng(1)
    negative, positive = draw.uniform(0, 0.5, 400), draw.uniform(0, 0.5, 400)
    customer = draw.integers(0, 200, 400)
    plain = share_heard(negative, positive, customer, reader=None)
    reader = ReaderVersion(
        version=1, taught_us=1, labels=100, customers=80, f1=0.7, error=0.02, prior_f1=0.5, prior_error=0.1,
        bias=(0.1, -0.1, 0.0), doubt=(0.03, 0.03, 0.03),
    )  # fmt: skip
    right = share_heard(negative, positive, customer, reader=reader)
    one, other = plain.share(Polarity.NEGATIVE), right.share(Polarity.NEGATIVE)
    assert one.value is not None
    assert other.value == pytest.approx(one.value + 0.1)
    assert (other.margin or 0) > 1.2 * (one.margin or 1)
    assert (plain.corrected, right.corrected) == (False, True)
    assert sum(share.value or 0 for share in right.shares) == pytest.approx(1)
    assert share_heard(negative[:0], positive[:0], customer[:0], reader=reader).feeling.value is None


def test_the_scores_of_a_group_tell_its_own_error_and_shares_still_sum_to_one() -> None:
    draw = np.random.default_rng(1)
    negative, positive, customer = draw.uniform(0, 0.5, 400), draw.uniform(0, 0.5, 400), np.arange(400)
    reader = ReaderVersion(
        version=1, taught_us=1, labels=100, customers=80, f1=0.7, error=0.02, prior_f1=0.5, prior_error=0.1,
        bias=(0.1, -0.1, 0.0), doubt=(0.03, 0.03, 0.03), spread=(0.06, 0.04, 0.05), told=(0.25, 0.5, 0.25),
    )  # fmt: skip
    silent = share_heard(negative, positive, customer, reader=reader)
    none, sounds = np.full(400, -1), np.full(400, -1)
    sounds[:100] = 0  # a hundred scores, all of them low
    scored = share_heard(negative, positive, customer, reader=reader, sounds=sounds)
    few = share_heard(negative, positive, customer, reader=reader, sounds=np.where(np.arange(400) < 3, 0, none))
    low, middle, high = (one.share(Polarity.NEGATIVE).value or 0 for one in (silent, few, scored))
    assert low < middle < high
    assert (scored.share(Polarity.NEGATIVE).margin or 1) < (silent.share(Polarity.NEGATIVE).margin or 0)
    for one in (silent, few, scored):
        negative_share, _neutral, positive_share = (share.value or 0 for share in one.shares)
        assert sum(share.value or 0 for share in one.shares) == pytest.approx(1)
        assert one.feeling.value == pytest.approx(positive_share - negative_share)


def test_a_verdict_of_one_is_the_verdict_of_many(company: Heartline) -> None:
    columns = company.stores.readings.reading_columns()
    held = company.stores.readings.readings([int(seq) for seq in columns.seq])
    for polarity in Polarity:
        told = {int(seq) for seq in columns.seq[mask_polarity(columns, polarity)]}
        assert told == {seq for seq, reading in held.items() if reading.polarity is polarity}
