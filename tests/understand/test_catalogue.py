"""The catalogue against naive counts: areas sum their touchpoints, and what is missing is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import PackedLog, Selection, find_gaps, list_touchpoints

Builder = Callable[..., PackedLog]
AREAS = ["marketing", "sales", "service", "product", "place", ""]
TOUCHES = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.integers(0, 20),
        st.sampled_from(["Ad", "Shop", "Pay", ""]),
        st.sampled_from(AREAS),
        st.sampled_from(["web", "app", ""]),
        st.none() | st.integers(1, 5),
    ),
    max_size=50,
)
WAY = Journey(
    journey_id="j",
    name="J",
    stages=(Stage(name="Look", touchpoints=("Ad", "Shop")), Stage(name="Buy", touchpoints=("Pay", "Nowhere"))),
)


def rows_of(touches: list[Any]) -> list[dict[str, Any]]:
    return [
        {"customer": c, "ts_us": ts, "seq": seq, "touchpoint": name, "area": area, "channel": channel}
        | ({"kind": "stars", "score": stars, "top": 5} if stars else {})
        for seq, (c, ts, name, area, channel, stars) in enumerate(touches)
    ]


@given(TOUCHES, st.none() | st.integers(0, 20))
@settings(deadline=None)
def test_every_figure_equals_the_naive_count(build_rows: Builder, touches: list[Any], from_us: int | None) -> None:
    rows = rows_of(touches)
    found = list_touchpoints(build_rows(rows), selection=Selection(from_us=from_us), journeys=[WAY])
    within = [row for row in rows if from_us is None or row["ts_us"] >= from_us]
    assert (found.touches, found.customers) == (len(within), len({row["customer"] for row in within}))
    assert [line.area for line in found.areas] == AREAS
    for line in found.areas:
        mine = [row for row in within if row["area"] == line.area]
        scores = [(row["score"] - 1) / 2 - 1 for row in mine if "score" in row]
        assert (line.touches, line.reach) == (len(mine), len({row["customer"] for row in mine}))
        assert (line.touches, line.heart.n) == (
            sum(point.touches for point in line.points),
            sum(point.heart.n for point in line.points),
        )
        assert line.heart.n == len(scores)
        assert line.heart.value == (pytest.approx(sum(scores) / len(scores), abs=1e-6) if scores else None)
        assert {point.name for point in line.points} == {row["touchpoint"] for row in mine}
        for point in line.points:
            ever = [row for row in rows if (row["area"], row["touchpoint"]) == (line.area, point.name)]
            here = [row for row in mine if row["touchpoint"] == point.name]
            assert (point.touches, point.reach) == (len(here), len({row["customer"] for row in here}))
            assert (point.asked, point.first_us) == (
                any("score" in row for row in ever),
                min(row["ts_us"] for row in ever),
            )
            assert sum(one.count for one in point.channels) == sum(bool(row["channel"]) for row in here)
            stage = {"Ad": "Look", "Shop": "Look", "Pay": "Buy"}.get(point.name)
            assert [spot.stage for spot in point.spots] == ([stage] if stage else [])


def test_a_stage_without_touchpoints_or_scores_is_flagged(build: Builder) -> None:
    way = Journey(
        journey_id="j",
        name="J",
        stages=(
            Stage(name="Asked", touchpoints=("Ad", "Shop")),
            Stage(name="Silent", touchpoints=("Pay",)),
            Stage(name="Nowhere", touchpoints=("Moon",)),
            Stage(name="Bare", touchpoints=()),
        ),
    )
    log = build([
        {"customer": 1, "touchpoint": "Ad"},
        {"customer": 1, "touchpoint": "Shop", "kind": "nps", "score": 9, "top": 10},
        {"customer": 2, "touchpoint": "Pay"},
    ])  # fmt: skip
    gaps = find_gaps(log, [way])
    assert [(gap.stage, gap.met) for gap in gaps] == [("Silent", True), ("Nowhere", False), ("Bare", False)]
    assert [gap.met for gap in find_gaps(build([]), [way])] == [False] * 4
