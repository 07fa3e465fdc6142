"""Home: it says what changed where something did, says so honestly where nothing did, and each tile is its list."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import pairwise

import numpy as np
import pytest
from browsing import Browser, a_user
from small_company import a_company

from heartline.app import Heartline, open_twin
from heartline.records import Verdict
from heartline.understand import PackedLog, Question, Selection
from heartline.web.listing import list_answers
from heartline.web.opening import drill_of, find_all, read_opening
from heartline.web.pages.home import opening_part
from heartline.web.parts import View
from heartline.web.recall import Recall, recall_of
from heartline.web.sessions import now_us
from heartline.web.tiles import before, choose_drills, judge_together
from heartline.web.weeks import DAY_US, WEEK_US, cut_around, cut_range, find_end, last_midnight, list_midnights


@pytest.fixture(scope="module")
def fallen() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=3, customers=2_000, fall=True)


def test_home_opens_with_what_fell_and_each_tile_is_its_list(fallen: Heartline) -> None:
    with Browser(fallen) as browser:
        browser.sign_in(a_user(fallen))
        page = browser.get("/opening")
        headline = re.search(r'id="say"[^>]*>([^<]+)<', page.text)
        assert headline
        assert "in the North lost" in unescape(headline[1])
        assert "How we know" in page.text
        assert "Hear them" in page.text
        tiles = re.findall(r'<a class="tile" href="([^"]+)".*?n\xa0([\d,]+)', page.text, flags=re.DOTALL)
        assert len(tiles) == 6
        for href, n in tiles:
            assert f"{n} in this list" in unescape(browser.get(unescape(href)).text), href
        told = browser.get("/opening?by=place&is=South").text
        assert "lost" not in unescape(re.findall(r'id="say"[^>]*>([^<]+)<', told)[0])


def test_the_finding_and_its_drill_down_count_the_same(fallen: Heartline) -> None:
    log = fallen.log()
    opening = read_opening(fallen, log, View(), Selection(), now_us=now_us())
    finding = opening.finding
    assert finding
    assert opening.proof
    drill = drill_of(finding)
    found = list_answers(fallen, log, drill, Selection())
    assert (found.total, found.metric.value) == (finding.difference.now.n, finding.difference.now.value)
    weeks = opening.proof.main.weeks
    assert opening.proof.change
    assert 0 < opening.proof.change.week < len(weeks)
    assert len(opening.voices.lines) == 3
    assert len({line.customer.ref for line in opening.voices.lines if line.customer}) == 3


def test_under_a_filter_the_proof_is_of_those_chosen_and_says_nothing_of_everyone(fallen: Heartline) -> None:
    north = Selection(where=(("place", "North"),))
    opening = read_opening(fallen, fallen.log(), View(), north, now_us=now_us())
    assert opening.proof
    assert opening.proof.main.name == "North"
    assert opening.proof.change
    assert "everywhere" not in opening.proof.change.note


def test_where_nothing_moved_home_says_so() -> None:
    with open_twin() as heartline, Browser(a_company(heartline, seed=5)) as browser:
        browser.sign_in(a_user(heartline))
        page = unescape(browser.get("/opening").text)
        assert re.search(r"Nothing reliably changed\.|Too few answers to compare yet\.", page)
        assert "▾" not in page
        assert "▴" not in page


def test_tiles_share_one_budget() -> None:
    with open_twin() as heartline:
        log = a_company(heartline, seed=6, customers=300).log()
        selection = Selection(from_us=now_us() - 84 * DAY_US, to_us=now_us())
        pairs: list[tuple[Question, Question | None]] = []
        for drill in choose_drills(log, selection):
            question = drill.ask(selection)
            pairs.append((question, before(question)))
        together = judge_together(log, pairs * 8)
        alone = [judge_together(log, [pair])[0] for pair in pairs]
        told = {Verdict.HIGHER, Verdict.LOWER}
        for one, many in zip(alone, together, strict=False):
            assert one
            assert many
            assert not (many.verdict in told and one.verdict not in told)


def test_a_recall_is_bounded_keeps_what_is_fresh_and_forgets_what_is_stale() -> None:
    clock = [0.0]
    recall = Recall(most=2, clock=lambda: clock[0])
    with open_twin() as heartline:
        first = a_company(heartline, seed=7, customers=3).log()
        a_company(heartline, seed=8, customers=4)
        second = heartline.log()
        assert first is not second
        worked: list[str] = []

        def work(name: str, log: PackedLog, *, patience_s: float = 0.0) -> int:
            return recall.of(log, name, lambda: worked.append(name) or len(worked), patience_s=patience_s)

        assert [work("a", first), work("a", first)] == [1, 1]
        assert work("a", second, patience_s=60) == 1
        clock[0] = 61
        assert work("a", second, patience_s=60) == 2
        work("b", second)
        work("c", second)
        assert work("a", second) == 5
        assert recall_of(heartline) is recall_of(heartline)


def test_home_opens_at_once_and_asks_for_its_sentence_when_it_is_not_known() -> None:
    with open_twin() as heartline, Browser(a_company(heartline, seed=11)) as browser:
        browser.sign_in(a_user(heartline))
        log, view = heartline.log(), View()
        opening = read_opening(heartline, log, view, Selection(), now_us=now_us(), wait_s=0)
        drawn = str(opening_part(view, replace(opening, findings=None), now_us=now_us()))
        assert 'hx-get="/opening"' in drawn
        assert "hx-get" not in browser.get("/opening").text
        piece = browser.get("/opening", headers={"hx-request": "true"}).text
        assert piece.startswith('<div id="opening"')


def test_what_is_kept_is_shown_while_a_newer_answer_is_worked_out() -> None:
    recall = Recall(clock=lambda: 1e9)
    with open_twin() as heartline:
        first = a_company(heartline, seed=7, customers=3).log()
        a_company(heartline, seed=8, customers=4)
        second, may_go = heartline.log(), threading.Event()

        def slow() -> str:
            may_go.wait(120)
            return "new"

        assert recall.soon(first, "a", lambda: "old", patience_s=0, wait_s=120) == "old"
        assert recall.soon(second, "a", slow, patience_s=-1) == "old"
        may_go.set()
        assert recall.of(second, "a", slow) == "new"
        assert recall.soon(second, "b", lambda: 1 // 0, patience_s=0, wait_s=120) is None


def test_weeks_lie_between_local_midnights_over_a_change_of_clocks() -> None:
    # Europe/London leaves summer time on 25 October 2026.
    first, last = 1_791_500_400_000_000, 1_793_836_800_000_000
    edges = list_midnights(first, last, zone="Europe/London", days=7)
    assert {(later - earlier) // 3_600_000_000 for earlier, later in pairwise(edges)} == {168, 169}
    assert last_midnight(edges[0] + 5, "Europe/London") == edges[0]


def test_an_old_export_is_looked_at_as_it_stood_where_it_ends(fallen: Heartline) -> None:
    log = fallen.log()
    last = int(log.ts_us.max())
    assert find_end(log, last + 27 * DAY_US) == last + 27 * DAY_US
    assert find_end(log, last + 29 * DAY_US) == last + 1
    now, years_later = (find_all(fallen, log, (), Selection(), zone="UTC", now_us=at)
                        for at in (last + 1, last + 900 * DAY_US))  # fmt: skip
    assert now is not None
    assert years_later is not None
    assert now.found == years_later.found
    assert now.found


def test_edges_around_a_date_meet_it_and_never_go_before_the_data() -> None:
    now = 2_000 * WEEK_US
    since = now - 5 * WEEK_US - DAY_US
    edges = cut_around(since, now, first_us=since - 3 * WEEK_US)
    assert since in edges
    assert edges[-1] == now
    assert edges[0] >= since - 3 * WEEK_US
    assert np.all(np.diff(edges) > 3 * DAY_US)


def test_a_range_is_cut_into_few_buckets_that_hold_it_whole() -> None:
    with open_twin() as heartline:
        log = a_company(heartline, seed=9).log()
        for days in (7, 84, 364, 4_000):
            selection = Selection(from_us=now_us() - days * DAY_US, to_us=now_us())
            edges = cut_range(log, selection, zone="UTC", now_us=now_us())
            assert 2 <= len(edges) <= 32
            assert np.all(np.diff(edges) > 0)
