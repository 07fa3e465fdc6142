"""A tile, its list, its export and the API are one definition: the same numbers, whatever is asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from api_calls import Program, a_program
from browsing import Browser, a_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_company import PLACES, WAY, a_company, send, some_touches

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Metric
from heartline.understand import EVERYTHING, Measure, Question, answer
from heartline.web.drilldown import Drill
from heartline.web.lenses import read_lens
from heartline.web.mapping import list_journeys, read_map
from heartline.web.sessions import now_us
from heartline.web.tiles import read_tiles
from tries import some

SCORES = [Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS, Measure.VALENCE]
FILTERS = st.sampled_from([{}, *({"by": "place", "is": place} for place in PLACES), {"by": "channel", "is": "app"}])
RANGES = st.sampled_from(["all", "52w", "12w", "2026-07-01..2026-10-15"])
SPOTS = st.lists(st.sampled_from([name for name, _, _ in WAY]), max_size=2, unique=True)
QUIET = settings(
    deadline=None,
    max_examples=some(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        yield a_company(opened, seed=9)


@pytest.fixture(scope="module")
def program(company: Heartline) -> Iterator[Program]:
    with a_program(company) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def told(figure: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(figure[name] for name in ("value", "low", "high", "n", "customers", "few", "method", "version"))


def kept(metric: Metric) -> tuple[Any, ...]:
    return metric.value, metric.low, metric.high, metric.n, metric.customers, metric.few, metric.method, metric.version


@QUIET
@given(measure=st.sampled_from(SCORES), narrowed=FILTERS, range_=RANGES, spots=SPOTS, said=st.booleans())
def test_tile_list_export_and_api_say_the_same(  # noqa: PLR0917
    company: Heartline,
    program: Program,
    reader: Browser,
    measure: Measure,
    narrowed: dict[str, str],
    range_: str,
    spots: list[str],
    said: bool,  # noqa: FBT001
) -> None:
    log, now, zone = company.log(), now_us(), company.workspace.timezone
    lens = read_lens({"range": range_, **narrowed}, zone=zone, now_us=now, last_us=None)
    drill = Drill(measure=measure, touchpoints=tuple(spots), said=said)
    tile = read_tiles(log, [drill], lens.selection, zone=zone, now_us=now)[0]
    asked = {"measure": measure.value, "range": range_, "touchpoint": spots, **narrowed}
    listing = {**asked, "said": said, "limit": 17}

    assert told(program.read("/metrics", **asked)["figure"]) == kept(tile.metric)
    page = program.read("/answers", **listing)
    items = program.walk("/answers", **listing)
    export = reader.get("/answers.csv", params={"range": range_, **narrowed, **drill.query()})
    lines = list(csv.DictReader(io.StringIO(export.content.decode("utf-8-sig"))))
    assert told(page["figure"]) == kept(tile.metric)
    assert [str(item["interaction"]) for item in items] == [line["interaction"] for line in lines]
    assert page["total"] == len(items)
    if not said:
        assert (page["total"], page["customers"]) == (tile.metric.n, tile.metric.customers)


@pytest.mark.parametrize("narrowed", [{}, {"by": "place", "is": "North"}])
def test_questions_of_runs_say_what_the_map_says(
    company: Heartline, program: Program, narrowed: dict[str, str]
) -> None:
    log, now = company.log(), now_us()
    journey = list_journeys(company, log)[0]
    lens = read_lens({"range": "all", **narrowed}, zone="UTC", now_us=now, last_us=None)
    reading = read_map(company, log, journey, lens.selection, now_us=now)
    drawn = program.read(f"/journeys/{journey.journey_id}/map", range="all", **narrowed)
    assert (drawn["runs"], drawn["customers"]) == (reading.measured.runs, reading.measured.customers)
    for stage, shown in zip(reading.measured.stages, drawn["stages"], strict=True):
        asked = {"journey": journey.journey_id, "stage": stage.name, "range": "all", **narrowed}
        for measure, metric in (("reached", stage.flow.reached), ("lost", stage.flow.lost)):
            assert told(shown[measure]) == kept(metric)
            assert told(program.read("/metrics", measure=measure, **asked)["figure"]) == kept(metric)
        behind = program.walk("/answers", measure="lost", **asked, limit=50)
        assert len(behind) == stage.flow.lost_runs
        waited = program.read("/metrics", measure="wait", **asked)["figure"]
        assert waited["n"] == stage.time.onward.n
        if stage.time.onward.median_us is not None:
            assert waited["value"] == pytest.approx(stage.time.onward.median_us / 86_400e6)


def test_counts_are_those_of_the_log(company: Heartline, program: Program) -> None:
    log = company.log()
    for measure in ("touches", "people", "comments"):
        metric = answer(log, Question(measure=Measure(measure), selection=EVERYTHING))
        assert told(program.read("/metrics", measure=measure, range="all")["figure"]) == kept(metric)
    listed = program.walk("/customers", list="latest", range="all", limit=40)
    assert len({line["ref"] for line in listed}) == len(listed) == len(log.customers)


def test_home_and_scores_hold_the_figures_of_their_questions(program: Program) -> None:
    for tile in program.read("/home", range="all")["tiles"]:
        question = tile["question"]
        where = "&".join(f"{pair['field']}={pair['value']}" for pair in question["where"])
        asked = {"measure": question["measure"], "touchpoint": question["touchpoints"], "where": where}
        assert program.read("/metrics", range="all", **asked)["figure"] == tile["figure"]
    scores = program.read("/scores", measure="nps", range="all")
    assert scores["figure"] == program.read("/metrics", measure="nps", range="all")["figure"]
    for line in next(table for table in scores["by"] if table["title"] == "By place")["items"]:
        asked = {"by": "place", "is": line["name"]}
        assert program.read("/metrics", measure="nps", range="all", **asked)["figure"] == line["figure"]


@pytest.mark.parametrize("sort", ["newest", "lowest", "highest"])
def test_a_walk_over_pages_neither_skips_nor_repeats_while_answers_arrive(sort: str) -> None:
    with open_twin() as company, a_program(a_company(company, seed=5, customers=60)) as program:
        asked = {"measure": "nps", "range": "all", "sort": sort, "limit": 5}
        before = [item["interaction"] for item in program.walk("/answers", **asked)]
        found, after, pages = [], "", 0
        while after is not None:
            page = program.read("/answers", **asked, after=after)
            found += [item["interaction"] for item in page["items"]]
            after, pages = page["next"], pages + 1
            if pages == 2:
                send(company, some_touches(seed=77, customers=30))
        assert pages > 3
        assert len(set(found)) == len(found)
        assert [seq for seq in found if seq in before] == before
