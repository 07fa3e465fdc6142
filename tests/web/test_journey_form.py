"""The journey's form: nothing typed is lost, no touchpoint disappears, every move has its way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.errors import Invalid
from heartline.records import Journey, Stage
from heartline.web.journey_form import apply_act, read_form, read_where, write_where

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=12)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    names = draw(st.lists(WORDS, unique=True, max_size=10))
    count = draw(st.integers(1, 5))
    homes = draw(st.lists(st.integers(0, count - 1), min_size=len(names), max_size=len(names)))
    stages = tuple(
        Stage(
            name=draw(WORDS),
            touchpoints=tuple(name for name, home in zip(names, homes, strict=True) if home == place),
            locked=draw(st.booleans()),
            owner=draw(st.just("") | WORDS),
        )
        for place in range(count)
    )
    return Journey(
        journey_id="j", name=draw(WORDS), stages=stages, starts=tuple(names[:1]), ends=tuple(names[-1:]), gap_days=33
    )


def write_form(journey: Journey) -> dict[str, list[str]]:
    pairs = [(name, str(place)) for place, stage in enumerate(journey.stages) for name in stage.touchpoints]
    return {
        "name": [journey.name],
        "gap_days": [str(journey.gap_days)],
        "stage": [stage.name for stage in journey.stages],
        "owner": [stage.owner for stage in journey.stages],
        "locked": [str(place) for place, stage in enumerate(journey.stages) if stage.locked],
        "touch": [name for name, _ in pairs],
        "in": [place for _, place in pairs],
        "starts": list(journey.starts),
        "ends": list(journey.ends),
    }


ACTS = st.sampled_from(["add", "remove:0", "stage-up:1", "stage-down:0", "lock:1", "save", "nonsense", "remove:99", ""])


@given(journey=journeys())
def test_what_is_posted_is_what_is_read(journey: Journey) -> None:
    assert read_form(write_form(journey), journey) == journey


@given(journey=journeys(), data=st.data())
def test_moving_keeps_every_touchpoint_and_can_be_undone(journey: Journey, data: st.DataObject) -> None:
    if not journey.touchpoints:
        return
    name = data.draw(st.sampled_from(journey.touchpoints))
    moved = apply_act(journey, f"down:{name}")
    assert sorted(moved.touchpoints) == sorted(journey.touchpoints)
    assert moved == journey or apply_act(moved, f"up:{name}") == journey


@given(journey=journeys(), acts=st.lists(ACTS, max_size=8))
def test_no_act_doubles_a_touchpoint_or_breaks(journey: Journey, acts: list[str]) -> None:
    for act in acts:
        journey = apply_act(journey, act)
    assert len(set(journey.touchpoints)) == len(journey.touchpoints)


def test_a_touchpoint_named_twice_stands_once_and_one_without_a_stage_is_off_the_map() -> None:
    before = Journey(journey_id="j", name="J", stages=())
    form = {"name": ["J"], "stage": ["A", "B"], "touch": ["x", "x", "y"], "in": ["0", "1", ""]}
    assert [stage.touchpoints for stage in read_form(form, before).stages] == [("x",), ()]


@pytest.mark.parametrize("days", ["0", "-3", "1e9", "4000", "x", "٣x"])
def test_silent_days_that_are_none_are_refused(days: str) -> None:
    with pytest.raises(Invalid):
        read_form({"name": ["J"], "gap_days": [days]}, Journey(journey_id="j", name="J", stages=()))


def test_a_journey_needs_a_name() -> None:
    with pytest.raises(Invalid):
        read_form({"name": ["  "]}, Journey(journey_id="j", name="J", stages=()))


def test_where_lines_go_there_and_back() -> None:
    where = (("place", "North"), ("trait:plan", "a=b"))
    assert read_where(write_where(where)) == where
    assert read_where("no sign\n=empty\n") == ()
