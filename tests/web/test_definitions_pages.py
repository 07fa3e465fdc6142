"""What counts as satisfied, changed in the browser: every number follows at once, and says by which version."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_calls import Program, a_program
from browsing import Browser, a_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_company import DAY_S, PLACES, a_company, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.keeper import LogKeeper
from heartline.records import Definition
from heartline.understand import Measure, Question, answer, definition_at
from heartline.web.definitions import tell_versions
from heartline.web.drilldown import Drill
from heartline.web.lenses import read_lens
from heartline.web.sessions import now_us
from heartline.web.tiles import read_tiles
from tries import some

PAGE = "/settings/definitions"
DAY_US = 86_400_000_000
QUIET = settings(
    deadline=None,
    max_examples=some(12),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CSAT = Question(measure=Measure.CSAT)


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def change(owner: Browser, boxes: int, *, days: int, why: str = "The board asked for it.") -> Any:
    return owner.post(PAGE, {"boxes": str(boxes), "from_day": days_ago(days), "why": why}, form=PAGE)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """A company whose definition changed 120 days ago, and twice in one week, 39 and 38 days ago.

    Neither is the first of its week, nor is it should midnight pass meanwhile.
    """
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        a_company(opened, seed=4, customers=150)
        for boxes, days in ((1, 120), (3, 39), (1, 38)):
            from_us = now_us() // DAY_US * DAY_US - days * DAY_US
            opened.definitions.add(metric="csat", boxes=boxes, from_us=from_us, by="ines@example.com", why="Asked.")
        yield opened


@pytest.fixture(scope="module")
def program(company: Heartline) -> Iterator[Program]:
    with a_program(company) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@QUIET
@given(
    range_=st.sampled_from(["all", "4w", "26w"])
    | st.tuples(st.integers(100, 190), st.integers(1, 99)).map(
        lambda days: f"{days_ago(days[0])}..{days_ago(days[1])}"
    ),
    narrowed=st.sampled_from([{}, {"by": "place", "is": PLACES[0]}]),
)
def test_tile_list_export_and_api_count_by_one_version(
    company: Heartline, program: Program, reader: Browser, range_: str, narrowed: dict[str, str]
) -> None:
    log, now, zone = company.log(), now_us(), company.workspace.timezone
    lens = read_lens({"range": range_, **narrowed}, zone=zone, now_us=now, last_us=None)
    drill = Drill(measure=Measure.CSAT)
    tile = read_tiles(log, [drill], lens.selection, zone=zone, now_us=now)[0]
    asked = {"measure": "csat", "range": range_, **narrowed}
    figures = [program.read(path, **asked)["figure"] for path in ("/metrics", "/answers", "/scores")]
    export = reader.get("/answers.csv", params={"range": range_, **narrowed, **drill.query()})
    lines = list(csv.DictReader(io.StringIO(export.content.decode("utf-8-sig"))))

    by = definition_at(log, "csat", lens.selection.to_us)
    assert tile.metric.version == by.version
    for figure in figures:
        assert (figure["value"], figure["version"], figure["n"]) == (tile.metric.value, by.version, tile.metric.n)
    assert {line["definition"] for line in lines} <= {str(by.version)}
    assert len(lines) == tile.metric.n
    # By hand, of the raw scores that the file holds: scales here have five answers.
    satisfied = sum(float(line["score"]) > 5 - min(by.boxes, 2) for line in lines)
    assert satisfied == sum(int(line["satisfied"]) for line in lines)
    if lines:
        assert tile.metric.value == pytest.approx(satisfied / len(lines))


def test_the_trend_breaks_where_the_definition_changed(program: Program, reader: Browser) -> None:
    shown = reader.get("/scores?measure=csat&range=26w").text
    weeks = program.read("/scores", measure="csat", range="26w")["weeks"]
    versions = [week["version"] for week in weeks]
    assert versions == sorted(versions)
    assert set(versions) == {1, 2, 4}, "the third was in force for a day, within a week"
    assert "the top box, after 3" in shown
    assert shown.count('class="inkl brk"') == 2 * 2, "two breaks, drawn wide and narrow"
    assert "share of answers in the top box (definition 4" in shown
    # As a class, for three letters alone may stand in any nonce.
    assert not re.search(r'class="[^"]*\bbrk\b', reader.get("/scores?measure=nps&range=26w").text)
    change = program.read("/scores", measure="csat", range="12w")["change"]
    assert change["before"]["version"] == change["now"]["version"] == 4


def test_the_api_lists_what_was_meant_when(program: Program) -> None:
    told = program.read("/definitions")
    assert [(one["version"], one["boxes"], one["state"]) for one in told] == [
        (4, 1, "in force"), (3, 3, "past"), (2, 1, "past"), (1, 2, "past"),
    ]  # fmt: skip
    assert [one["until"] for one in told[1:]] == [one["since"] for one in told[:-1]]
    assert told[0]["until"] is told[-1]["since"] is None
    assert "by" not in told[0], "who and why are for those who keep the workspace"


def test_a_change_counts_at_once_and_is_written_down(owner: Browser, heartline: Heartline) -> None:
    now_s = now_us() / 1e6
    scores = (5, 5, 4, 4, 4, 2)
    send(heartline, [
        a_touch(f"u{place}", now_s - place * DAY_S, "Checkout", score={"kind": "csat", "value": score, "top": 5})
        for place, score in enumerate(scores)
    ])  # fmt: skip
    assert "83\N{NO-BREAK SPACE}%" in owner.get("/scores?measure=csat&range=all").text
    before = owner.get(PAGE).text
    for share in ("33", "83"):
        assert f"{share}\N{NO-BREAK SPACE}%" in before, "what the figure would be, by each choice"
    assert "Counted by" not in before

    answered = change(owner, 1, days=3)
    assert (answered.status_code, answered.headers["location"]) == (303, PAGE)
    shown = owner.get("/scores?measure=csat&range=all").text
    assert "Satisfied: 33\N{NO-BREAK SPACE}%" in shown
    assert "definition 2" in shown
    assert "the top box (definition 2)" in owner.get("/answers?measure=csat&range=all").text
    page = owner.get(PAGE).text
    assert "owner@example.com" in page
    assert "The board asked for it." in page
    assert "definition_changed" in owner.get("/settings/audit").text


def test_what_cannot_be_is_refused_beside_its_field(owner: Browser, heartline: Heartline) -> None:
    good = {"boxes": "1", "from_day": days_ago(0), "why": "So."}
    for field, wrong, told in (
        ("boxes", "9", "nothing that may be called satisfied"),
        ("boxes", "2", "is what counts already"),
        ("from_day", "tomorrow", "is no day"),
        ("from_day", "9999-12-31", "too far away"),
        ("from_day", "0001-01-01", "too far away"),
        ("why", " ", "not changed without a reason"),
    ):
        refused = owner.post(PAGE, {**good, field: wrong}, form=PAGE)
        assert refused.status_code == 400
        assert told in refused.text
        assert f'id="e-{field}"' in refused.text
    assert heartline.stores.kept.definitions() == ()


def test_viewers_may_not(viewer: Browser, heartline: Heartline) -> None:
    assert viewer.get(PAGE).status_code == 403
    said = {"boxes": "1", "from_day": days_ago(0), "why": "So."}
    assert viewer.post(PAGE, said).status_code == 403
    assert heartline.stores.kept.definitions() == ()


def test_a_definition_to_come_begins_by_itself(heartline: Heartline) -> None:
    send(heartline, [a_touch("u", now_us() / 1e6, "Checkout", score={"kind": "csat", "value": 4, "top": 5})])
    clock = [now_us()]
    keeper = LogKeeper(heartline.stores, wall_us=lambda: clock[0])
    plain = keeper.current()
    keeper.definitions.add(metric="csat", boxes=1, from_us=clock[0] + DAY_US, by="x", why="y")
    assert keeper.current() is plain
    assert answer(plain, CSAT).value == 1
    clock[0] += DAY_US
    changed = keeper.current()
    assert (answer(changed, CSAT).value, answer(changed, CSAT).version) == (0, 2)
    assert changed.seq is not plain.seq, "what was worked out before is known by the array, and must not be known again"
    assert keeper.current() is changed


def test_the_history_says_what_became_of_each() -> None:
    made = [Definition(metric="csat", version=v, boxes=1, from_us=d, by="x") for v, d in ((2, 10), (3, 30), (4, 20))]
    told = [(one.definition.version, one.state, one.ends_us) for one in tell_versions(made, now_us=25)]
    assert told == [(4, "in force", None), (3, "outdone", None), (2, "past", 20), (1, "past", 10)]
    assert tell_versions(made[:2], now_us=25)[0].state == "to come"
    assert tell_versions((), now_us=25)[0].state == "in force"
