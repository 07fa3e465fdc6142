"""A tile, the list behind it and its export are one question (done-line 4), over any measure, filter and time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import DAY_S, PLACES, WAY, a_company

from heartline.app import Heartline, open_twin
from heartline.errors import Invalid, Missing
from heartline.understand import Measure, Selection, answer, behind
from heartline.web.drilldown import SORTS, Drill, read_drill
from heartline.web.listing import find_rows, list_answers, stream_lines
from heartline.web.parts import View
from heartline.web.scoring import read_scores
from heartline.web.sessions import now_us

MEASURES = [Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS, Measure.VALENCE, Measure.COMMENTS, Measure.TOUCHES]
TOUCHPOINTS = [name for name, _, _ in WAY]
SOME_WHERE = st.lists(
    st.sampled_from([("place", place) for place in PLACES] + [("channel", "web"), ("channel", "app"), ("nothing", "")]),
    max_size=3,
    unique=True,
).map(tuple)
SOME_TIME = st.none() | st.integers(0, 200).map(lambda days: now_us() - days * DAY_S * 1_000_000)
DRILLS = st.builds(
    Drill,
    measure=st.sampled_from(MEASURES),
    touchpoints=st.lists(st.sampled_from([*TOUCHPOINTS, "nowhere", "a\nb&c=d"]), max_size=3, unique=True).map(tuple),
    where=SOME_WHERE,
    since_us=SOME_TIME,
    until_us=SOME_TIME,
    said=st.booleans(),
    sort=st.sampled_from(SORTS),
)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=4)


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@given(drill=DRILLS)
def test_a_question_is_the_same_after_its_way_through_the_url(drill: Drill) -> None:
    assert read_drill(drill.query()) == drill


@given(drill=DRILLS, where=SOME_WHERE, since=SOME_TIME)
def test_tile_list_and_export_count_the_same(
    company: Heartline, drill: Drill, where: tuple[tuple[str, str], ...], since: int | None
) -> None:
    log, selection = company.log(), Selection(where=where, from_us=since)
    tile = answer(log, drill.ask(selection))
    listed = list_answers(company, log, drill, selection)
    exported = list(stream_lines(company, log, find_rows(log, drill, selection)))
    assert len({line.seq for line in exported}) == len(exported) == listed.total
    assert len({line.customer.ref for line in exported if line.customer}) == listed.customers
    assert [line.seq for line in listed.lines] == [line.seq for line in exported[:50]]
    if drill.said and drill.measure is not Measure.COMMENTS:
        assert all(line.text for line in exported)
        assert listed.total <= tile.n
    else:
        assert sorted(line.seq for line in exported) == sorted(behind(log, drill.ask(selection)))
        assert (tile.n, tile.customers) == (listed.total, listed.customers)


@given(drill=DRILLS)
def test_the_order_is_the_one_asked_for(company: Heartline, drill: Drill) -> None:
    log = company.log()
    lines = list(stream_lines(company, log, find_rows(log, drill, Selection())))
    felt = [line.feeling for line in lines if line.feeling is not None]
    if drill.sort == "newest":
        assert [line.ts_us for line in lines] == sorted((line.ts_us for line in lines), reverse=True)
    else:
        assert felt == sorted(felt, reverse=drill.sort == "highest")
        assert all(line.feeling is None for line in lines[len(felt) :])


@pytest.mark.parametrize("query", ["measure=nps", "measure=comments&by=place&is=North", "measure=valence&said=1"])
def test_the_page_and_the_file_hold_the_same(reader: Browser, query: str) -> None:
    page = reader.get(f"/answers?range=all&{query}")
    text = reader.get(f"/answers.csv?range=all&{query}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert page.status_code == 200
    assert f"{len(rows)} in this list" in page.text
    assert page.text.count("/cases/new?") == min(50, len(rows)) > 0


def test_a_comment_that_looks_like_a_formula_is_none_in_the_file(reader: Browser) -> None:
    text = reader.get("/answers.csv?range=all&measure=comments").content.decode("utf-8-sig")
    comments = {row["comment"] for row in csv.DictReader(io.StringIO(text))}
    assert "'=1+1" in comments
    assert not any(comment.startswith("=") for comment in comments)


def test_a_score_of_zero_is_a_value_in_the_file(reader: Browser, company: Heartline) -> None:
    lines = csv.DictReader(io.StringIO(reader.get("/answers.csv?range=all&measure=nps").content.decode("utf-8-sig")))
    scores = [row["score"] for row in lines]
    assert "" not in scores
    assert min(float(score) for score in scores) == min(company.log().score[company.log().score_kind == 1])


@pytest.mark.parametrize(
    "query",
    ["measure=money", "sort=oldest", "since=yesterday", "since=99999999999999999999", "where=" + "a=b%26" * 300],
)
def test_a_question_nobody_can_answer_is_refused_and_not_broken(reader: Browser, query: str) -> None:
    assert reader.get(f"/answers?{query}").status_code == 400


def test_a_stage_that_is_gone_is_said_to_be_gone(reader: Browser) -> None:
    assert reader.get("/answers?journey=x&stage=Nowhere").status_code == 404
    with pytest.raises(Missing):
        read_drill({"stage": "Nowhere"})
    with pytest.raises(Invalid):
        read_drill({"measure": "x"})


def test_a_link_carries_range_and_filter_along() -> None:
    view = View(query={"range": "4w", "by": "place", "is": "North & West", "page": "3"})
    assert Drill(measure=Measure.NPS).url(view) == "/answers?range=4w&by=place&is=North%20%26%20West&measure=nps"


def test_one_touchpoint_s_scores_by_type_are_the_questions_own(company: Heartline, reader: Browser) -> None:
    """Each type of customer at one touchpoint: the line's figure is what its drill-down answers."""
    asked = {"measure": "nps", "touchpoint": "Courier"}
    found = read_scores(company, company.log(), asked, Selection(), now_us=now_us())
    assert found.metric == answer(company.log(), Drill(measure=Measure.NPS, touchpoints=("Courier",)).ask(Selection()))
    (by_place,) = [table for table in found.tables if table.head == "Place"]
    assert {line.name for line in by_place.lines} == set(PLACES)
    for line in by_place.lines:
        assert line.drill.touchpoints == ("Courier",)
        assert line.metric == answer(company.log(), line.drill.ask(Selection()))
    assert sum(line.metric.n for line in by_place.lines) == found.metric.n
    page = reader.get("/scores?measure=nps&touchpoint=Courier&range=all").text
    assert "Would recommend us, Courier" in page
    assert "All touchpoints" in page
    assert "touchpoint=Courier" in reader.get("/touchpoints?range=all").text
