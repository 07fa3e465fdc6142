"""Where it hurts: what a figure counts is what its link lists, its file holds and the API tells; ranges drawn true."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from api_calls import Program, a_program
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import a_company

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Difference, Effort, Metric, OpportunityStatus, Role, Verdict
from heartline.understand import (
    Answered,
    ChannelGap,
    Claim,
    Contradiction,
    Evidence,
    Inconsistency,
    LetGo,
    Measure,
    Overlap,
    PackedLog,
    Pain,
    PainList,
    SignKind,
    Worth,
)
from heartline.web.charts.ranges import choose_scale, lay_out_gap, lay_out_range
from heartline.web.charts.ranges.layout import EDGE, GAP_WIDTH, WIDTH
from heartline.web.pages.pains import COLUMNS, pains_part
from heartline.web.pain_words import short_money, short_range
from heartline.web.parts import View

MONEY = st.floats(-1e7, 1e7, allow_nan=False)


def a_metric(value: float, n: int) -> Metric:
    return Metric(name="nps", value=value, low=value - 5, high=value + 5, n=n, customers=n, method="adjusted Wald")


def a_gap(n: int) -> Difference:
    return Difference(
        before=a_metric(41, n), now=a_metric(17, n), value=-24.0, low=-30.0, high=-18.0, p=1e-6, verdict=Verdict.LOWER
    )


def a_worth() -> Worth:
    return Worth(
        low=440_000,
        middle=610_000,
        high=780_000,
        units=310,
        known=250,
        spared=900,
        lost=0.11,
        lost_low=0.08,
        lost_high=0.14,
        baseline=0.73,
        each_minor=18_000,
        order_minor=4_900,
        follows=3.7,
        adjusted_for=("orders", "plan"),
        of_tries=False,
        pays=("Renewed",),
        p=1e-5,
        robustness=0.1,
        robustness_low=0.06,
        ranked=6e5,
    )


def a_pain(log: PackedLog, touchpoint: str, *, worth: Worth | None) -> Pain:
    rows = np.flatnonzero(log.codes["touchpoint"] == log.names["touchpoint"].index(touchpoint))
    half = rows[::2]
    sign = Evidence(
        kind=SignKind.SCORE, claim=Claim.GREW, name=touchpoint, measure=Measure.NPS, difference=a_gap(len(half)),
        limit_us=0, from_touchpoint="", seqs=log.seq[half],
    )  # fmt: skip
    owners = np.unique(log.row[rows])
    return Pain(
        key=f"score-grew-{touchpoint.lower()}", kind=SignKind.SCORE, claim=Claim.GREW, spot=touchpoint, stage="Buy",
        touchpoints=(touchpoint,), journey_id="way", owner="Logistics", field="", value="",
        since_us=int(log.ts_us[rows[0]]), first_us=int(log.ts_us[rows[0]]), last_us=int(log.ts_us[rows[-1]]),
        evidence=(sign,), people=len(owners), share=(0.3, 0.25, 0.35), passed=400, channel="", partner="", place="",
        coincidences=(), still=("South",), worth=worth, unpriced="" if worth else "No orders", weight=1.0, p=1e-6,
        customers=log.customers[owners], seqs=log.seq[rows],
    )  # fmt: skip


def a_list(log: PackedLog) -> PainList:
    seqs = log.seq[:7]
    pains = (a_pain(log, "Courier", worth=a_worth()), a_pain(log, "Checkout", worth=None))
    return PainList(
        pains=pains,
        overlaps=(Overlap(left=0, right=1, people=12),),
        let_go=(
            LetGo(name="Mill Lane", reason="within_chance", value=28, low=2, high=54, shrunken=34.0, n=31,
                  measure=Measure.NPS),
        ),
        contradictions=(
            Contradiction(
                key="leavers", title="leavers", field="employee", names=("Team B",), good=a_gap(60), bad=a_gap(60),
                people=len(np.unique(log.row[:7])), days=90, stretch=2.5, p=0.001,
                customers=log.customers[np.unique(log.row[:7])], seqs=seqs,
            ),
        ),
        tested=40,
        q=0.05,
        inconsistencies=(
            Inconsistency(
                key="answers-0-1-2", question="How long can I return a bag?",
                sides=(
                    Answered(channel="chat", fact="30", quote="Within 30 days.", share=1.0, n=18),
                    Answered(channel="café", fact="14", quote="14 days.", share=0.9, n=20),
                ),
                difference=a_share(0.0, 1.0, 20, 18), people=7, both=3, shrunken=-0.99, p=0.0005,
                customers=log.customers[:7], seqs=log.seq[log.row < 7],
            ),
        ),
        channel_gaps=(
            ChannelGap(
                key="from-messenger.example-language-2", host="messenger.example", field="trait:language", value="zh",
                difference=a_share(0.36, 0.06, 150, 1_700), shrunken=0.28, people=5, p=1e-9,
                customers=log.customers[:5], seqs=log.seq[log.row < 5],
            ),
        ),
    )  # fmt: skip


def a_share(now: float, before: float, n: int, others: int) -> Difference:
    sides = [
        Metric(name="share", value=one, low=max(one - 0.05, 0), high=min(one + 0.05, 1), n=many, customers=many,
               method="Wilson")
        for one, many in ((now, n), (before, others))
    ]  # fmt: skip
    return Difference(
        before=sides[1], now=sides[0], value=now - before, low=now - before - 0.07, high=now - before + 0.07, p=1e-9,
        verdict=Verdict.HIGHER if now > before else Verdict.LOWER,
    )  # fmt: skip


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        made = a_company(opened, seed=3, customers=120)
        with patch("heartline.web.paining.find_pains", lambda log, *_args, **_kept: a_list(log)):
            yield made


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@pytest.fixture(scope="module")
def program(company: Heartline) -> Iterator[Program]:
    with a_program(company) as opened:
        yield opened


def rows_in(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def test_the_page_the_list_the_file_and_the_api_count_the_same(
    company: Heartline, reader: Browser, program: Program
) -> None:
    wanted = a_list(company.log())
    page = reader.get("/pains/list").text
    told = program.read("/pains")
    assert told["ready"]
    assert [one["key"] for one in told["pains"]] == [pain.key for pain in wanted.pains]
    for pain, said in zip(wanted.pains, told["pains"], strict=True):
        assert said["customers"] == pain.people
        assert f">{pain.people}</a>" in page
        for of, seqs in (("touched", pain.seqs), ("0", pain.evidence[0].seqs)):
            listed = program.walk(f"/pains/{pain.key}/touches", of=of, limit=200)
            assert {one["interaction"] for one in listed} == set(seqs.tolist())
            file = rows_in(reader.get(f"/pains/{pain.key}/touches.csv?of={of}").content)
            assert {int(row["interaction"]) for row in file} == set(seqs.tolist())
            shown = reader.get(f"/pains/{pain.key}/touches?of={of}").text
            assert f"{len(seqs):,}\N{NO-BREAK SPACE}touches" in shown
        assert program.read(f"/pains/{pain.key}") == said


def test_the_file_holds_every_figure_of_the_list(company: Heartline, reader: Browser) -> None:
    wanted = a_list(company.log())
    rows = rows_in(reader.get("/pains.csv").content)
    assert list(rows[0]) == list(COLUMNS)
    assert [row["customers"] for row in rows] == [str(pain.people) for pain in wanted.pains]
    assert (rows[0]["money_low"], rows[0]["money_high"], rows[0]["money_ranked"]) == ("440000", "780000", "600000")
    assert rows[1]["money_low"] == ""
    assert rows[1]["unpriced"] == "No orders"


def test_money_is_a_range_and_never_a_sum(reader: Browser) -> None:
    page = reader.get("/pains/list").text
    assert "4.4–7.8k" in page
    assert "so do not add them" in page
    assert "6.1k" not in page
    assert "unknown" in page


def test_what_contradicts_itself_opens_its_people(company: Heartline, reader: Browser) -> None:
    assert "Top scores, then no orders" in reader.get("/pains/list").text
    wanted = a_list(company.log()).contradictions[0]
    file = rows_in(reader.get("/pains/contradiction-leavers/touches.csv").content)
    assert {int(row["interaction"]) for row in file} == set(wanted.seqs.tolist())


def test_two_answers_and_a_place_outside_stand_with_n_and_range_and_open_their_people(
    company: Heartline, reader: Browser, program: Program
) -> None:
    page, told, wanted = reader.get("/pains/list").text, program.read("/pains"), a_list(company.log())
    for words in (
        "One question, two answers: Chat and Café",
        "Chat says “30” in 100 % of 18 answers (“Within 30 days.”).",
        "A gap of 100 points (93 to 107)",
        "3 people were told both.",
        "They come from messenger.example, we are not there",
        "30 points more (23 to 37), 28 after shrinking",
    ):
        assert words in page, words
    cards: list[Inconsistency | ChannelGap] = [*wanted.inconsistencies, *wanted.channel_gaps]
    for card, said in zip(cards, (*told["inconsistencies"], *told["channel_gaps"]), strict=True):
        assert (said["key"], said["customers"]) == (card.key, card.people)
        assert said["change"]["value"] == card.difference.value
        path = f"/pains/contradiction-{card.key}/touches"
        assert f'href="{path}?of=touched"' in page
        file = rows_in(reader.get(f"{path}.csv").content)
        assert {int(row["interaction"]) for row in file} == set(card.seqs.tolist())
        assert len({row["customer"] for row in file}) == card.people
        assert {one["interaction"] for one in program.walk(path, of="touched", limit=200)} == set(card.seqs.tolist())


def test_comments_without_a_score_are_quoted_with_where_they_were_left(company: Heartline, reader: Browser) -> None:
    log = company.log()
    pain = a_list(log).pains[0]
    written = np.flatnonzero(log.has_text)
    heard = replace(
        pain.evidence[0], kind=SignKind.COMMENT, claim=Claim.MET, measure=None, difference=a_share(0.2, 0.1, 50, 90),
        places=(("Chat", 4), ("Phone", 1)), seqs=log.seq[written],
    )  # fmt: skip
    told = replace(a_list(log), pains=(replace(pain, evidence=(*pain.evidence, heard)),), overlaps=())
    with patch("heartline.web.paining.read_pains", return_value=told):
        page = reader.get(f"/pains/{pain.key}").text
        file = rows_in(reader.get(f"/pains/{pain.key}/touches.csv?of=1").content)
    assert f"Chat 4, Phone 1, elsewhere {len(written) - 5}." in page
    assert 'class="voice"' in page or "quote" in page
    assert "Wrote a comment without a score within seven days: 20 % of those who met it" in page
    assert {int(row["interaction"]) for row in file} == set(log.seq[written].tolist())


def test_one_pain_says_how_we_know_and_how_sure(reader: Browser) -> None:
    page = reader.get("/pains/score-grew-courier").text
    for words in ("How we know", "A hidden cause would have to explain", "Made comparable by", "South did not move"):
        assert words in page


def test_what_is_not_on_the_list_is_not_found(reader: Browser, program: Program) -> None:
    for path in ("/pains/nothing", "/pains/nothing/touches", "/pains/score-grew-courier/touches?of=9"):
        assert reader.get(path).status_code == 404
    assert program.call("/pains/nothing").status_code == 404


def test_whoever_may_see_nobody_is_offered_nobody(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, email="viewer@example.com", role=Role.VIEWER))
        page = browser.get("/pains/list").text
        assert browser.get("/pains.csv").status_code == 403
        assert 'href="/pains.csv' not in page


def test_a_list_that_is_not_ready_asks_for_itself(reader: Browser) -> None:
    with patch("heartline.web.handlers.pains.read_pains", return_value=None):
        page = reader.get("/pains").text
    assert 'hx-get="/pains/list"' in page


@given(st.lists(MONEY, min_size=1, max_size=9))
def test_a_scale_holds_every_end_with_few_round_ticks(highs: list[float]) -> None:
    scale = choose_scale(highs)
    assert 2 <= len(scale.ticks) <= 6
    assert scale.ticks[0] == 0
    assert scale.top >= max(*highs, 0) * (1 - 1e-9)


@given(MONEY, MONEY, MONEY, st.floats(1, 1e7))
def test_a_range_stays_inside_and_its_notch_on_the_bar(one: float, two: float, middle: float, top: float) -> None:
    scale = choose_scale([top])
    bar = lay_out_range(min(one, two), middle, max(one, two), scale)
    assert EDGE <= bar.x <= bar.notch <= bar.x + bar.width + 1e-6 <= WIDTH - EDGE + 1 + 1e-6
    assert bar.open is (min(one, two) < 0)


@given(st.floats(-90, 90), st.floats(0, 50), st.floats(1, 100))
def test_a_gap_keeps_its_order_and_its_side_of_nothing(middle: float, half: float, reach: float) -> None:
    gap = lay_out_gap(middle - half, middle, middle + half, reach)
    assert 0 <= gap.low <= gap.middle <= gap.high <= GAP_WIDTH
    assert gap.zero == GAP_WIDTH / 2
    assert (gap.middle >= gap.zero) is (middle >= 0) or abs(middle) < 1e-9


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(4_400_000, 7_800_000, "£44–78k"), (94_000, 120_000, "£0.9–1.2k"), (7_000, 26_800, "£70–268")],
)
def test_ranges_of_money_are_short(low: float, high: float, said: str) -> None:
    assert short_range(low, high, "GBP") == said


def test_money_is_short_and_keeps_its_sign() -> None:
    assert [short_money(value, "GBP") for value in (-101_300, 940_00, 500_000, 120_000_000)] == [
        "−£1k", "£940", "£5k", "£1.2m",
    ]  # fmt: skip


def test_an_opportunity_is_filed_with_what_the_pain_costs_and_changed(company: Heartline, reader: Browser) -> None:
    path = "/pains/score-grew-courier"
    reader.get(path)
    given = {"title": "  A second   courier ", "effort": "medium", "owner": "Owner", "due": "2027-03-01"}
    assert reader.post(f"{path}/opportunities", data=given).status_code == 303
    (filed,) = company.stores.kept.opportunities(pain="score-grew-courier")
    assert (filed.title, filed.gain_low, filed.gain_high) == ("A second courier", 440_000, 780_000)
    page = reader.get(path).text
    assert "A second courier" in page
    assert "4.4–7.8k a quarter, if it is the cause" in page
    change = {"status": "planned", "effort": "large", "owner": "", "was": "Owner", "cases": ""}
    assert reader.post(f"/opportunities/{filed.opportunity_id}", data=change).status_code == 303
    (changed,) = company.stores.kept.opportunities(pain="score-grew-courier")
    assert (changed.status, changed.effort, changed.owner) == (OpportunityStatus.PLANNED, Effort.LARGE, "")
    for wrong in ({"title": " "}, {"title": "x", "effort": "huge"}, {"title": "x", "owner": "Stranger"}):
        assert reader.post(f"{path}/opportunities", data=wrong).status_code == 400
    assert reader.post("/opportunities/1", data={**change, "cases": "12x"}).status_code == 400
    assert reader.post("/opportunities/1", data={**change, "status": "gone"}).status_code == 400


def test_a_filter_that_leaves_a_pain_out_says_so_and_leads_back(owner: Browser, heartline: Heartline) -> None:
    a_company(heartline)
    answer = owner.get("/pains/wait-stands-nowhere?by=place&is=North&range=all")
    assert answer.status_code == 200
    assert "Not on the list of those chosen" in answer.text
    assert 'href="/pains/wait-stands-nowhere?range=all"' in answer.text
    assert owner.get("/pains/wait-stands-nowhere?range=all").status_code == 404


def test_a_list_without_sure_money_says_so_and_of_which_quarter_it_is(company: Heartline, reader: Browser) -> None:
    log = company.log()
    none = replace(a_worth(), low=-5_000, high=7_000)
    old = int(log.ts_us.max()) - 300 * 86_400_000_000
    unsure = replace(a_list(log), pains=(a_pain(log, "Courier", worth=none),), overlaps=(), until_us=old)
    view = View(path="/pains", query={}, language="en", timezone="UTC", rights=frozenset())
    page = str(pains_part(view, unsure, currency="GBP", now_us=int(log.ts_us.max())))
    assert "One thing hurts; what it costs is not sure." in page
    assert "too few order again" in page
    assert "of the 91 days up to" in page
    assert "up to £70" in page
    assert "of=0" not in page, "who may not see customers is led to none"
    assert "the last 91 days" in reader.get("/pains/list").text
    assert f"/pains/{a_list(log).pains[0].key}/touches?of=0" in reader.get("/pains/list").text
