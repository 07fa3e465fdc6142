"""The map's data: nobody counted twice, quotes from the right place, at most fourteen touchpoints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Journey, Stage, Verdict
from heartline.understand import JourneyMap, PackedLog, Selection, draw_map, find_runs

Builder = Callable[..., PackedLog]
Company = Callable[[int], PackedLog]
JOURNEY = Journey(
    journey_id="j", name="J", gap_days=400,
    stages=(Stage(name="Look", touchpoints=("a", "b")), Stage(name="Ask", touchpoints=("c",)),
            Stage(name="Use", touchpoints=("d", "e"))),
)  # fmt: skip


def heard(point: str, score: float, customer: int, ts_us: int) -> dict[str, object]:
    return {"customer": customer, "ts_us": ts_us, "touchpoint": point, "kind": "stars", "score": score, "top": 5,
            "text": True, "channel": "Web"}  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 30), st.sampled_from("abcdef")), max_size=50),
    st.integers(3, 6),
)
def test_reach_never_exceeds_the_customers_and_nothing_is_lost(
    build_rows: Builder, touches: list[tuple[int, int, str]], most: int
) -> None:
    log = build_rows([{"customer": c, "ts_us": ts, "touchpoint": name} for c, ts, name in touches])
    drawn = draw_map(log, JOURNEY, most=most)
    assert drawn.runs == drawn.open_runs + drawn.finished_runs + drawn.lapsed_runs
    assert all(0 < point.reach <= drawn.customers <= len(log.customers) for point in drawn.touchpoints)
    assert len(drawn.touchpoints) <= most
    on_map = sum(point.touches for point in drawn.touchpoints) + sum(stage.hidden_touches for stage in drawn.stages)
    assert on_map == sum(name in JOURNEY.touchpoints for _, _, name in touches)
    assert sum(stage.flow.open_runs for stage in drawn.stages) == drawn.open_runs
    shown = sum(point.open_now for point in drawn.touchpoints)
    assert shown <= drawn.open_runs


def test_the_heartline_quotes_waits_and_names_of_a_hand_made_log(build: Builder) -> None:
    log = build([
        heard("a", 5, 1, 0), heard("a", 1, 2, 0), heard("a", 3, 3, 0), heard("d", 5, 1, 60), heard("d", 4, 2, 120),
    ])  # fmt: skip
    drawn = draw_map(log, JOURNEY)
    first, last = drawn.touchpoints
    assert (first.name, first.stage, first.reach, first.share) == ("a", 0, 3, 1.0)
    assert (last.name, last.stage, last.reach) == ("d", 2, 2)
    assert first.heart.value == pytest.approx(0.0)
    assert last.heart.value == pytest.approx(0.75)
    assert first.heart.few
    assert first.quotes[0] == 2  # the three stars lie at the mean
    assert first.worst[0] == 1
    assert [count.name for count in first.channels] == ["Web"]
    assert (last.wait.median_us, last.wait.n) == (90.0, 2)
    assert (first.wait.median_us, first.wait.n) == (None, 0)


def test_a_stage_that_few_pass_is_a_detour(build: Builder) -> None:
    rows = []
    for customer in range(60):
        rows += [
            {"customer": customer, "ts_us": 0, "touchpoint": "a"},
            {"customer": customer, "ts_us": 9, "touchpoint": "d"},
        ]
        if customer < 12:
            rows.append({"customer": customer, "ts_us": 5, "touchpoint": "c"})
    drawn = draw_map(build(rows), JOURNEY)
    assert [stage.detour for stage in drawn.stages] == [False, True, False]
    assert drawn.stages[1].passed.value == pytest.approx(0.2)


def test_the_story_is_the_largest_reliable_fall(build: Builder) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for customer in range(200):
        for ts, (point, share) in enumerate((("a", 0.5), ("b", 0.8), ("c", 0.75), ("d", 0.2))):
            rows.append(heard(point, 5.0 if rng.random() < share else 1.0, customer, ts))
    story = draw_map(build(rows), JOURNEY).story
    assert story is not None
    assert (story.before, story.at) == ("c", "d")
    assert story.difference.verdict is Verdict.LOWER


def test_where_nothing_falls_there_is_no_story(build: Builder) -> None:
    """Over 200 maps of five like touchpoints, a story is told in at most about one in twenty."""
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(200):
        rows = [heard(p, float(rng.integers(1, 6)), c, t) for c in range(40) for t, p in enumerate("abcde")]
        told += draw_map(build(rows), JOURNEY).story is not None
    assert told <= 18


def test_a_map_of_a_selection_and_of_nothing(company: Company) -> None:
    log = company(3)
    journey = Journey(journey_id="j", name="J", stages=(Stage(name="Door", touchpoints=("Courier at the door",)),))
    north = draw_map(log, journey, selection=Selection(where=(("trait:region", "North"),)))
    assert 0 < north.customers < draw_map(log, journey).customers
    nothing = draw_map(log, journey, selection=Selection(where=(("trait:region", "East"),)))
    assert isinstance(nothing, JourneyMap)
    assert (nothing.runs, nothing.touchpoints, nothing.story) == (0, (), None)


def test_open_customers_stand_at_their_last_touchpoint(build: Builder) -> None:
    log = build([{"customer": 1, "ts_us": 0, "touchpoint": "a"}, {"customer": 1, "ts_us": 1, "touchpoint": "d"},
                 {"customer": 2, "ts_us": 1, "touchpoint": "a"}])  # fmt: skip
    drawn = draw_map(log, JOURNEY)
    assert {point.name: point.open_now for point in drawn.touchpoints} == {"a": 1, "d": 1}
    assert len(find_runs(log, JOURNEY)) == 2
