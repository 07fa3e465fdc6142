"""Proposed stages: in order, contiguous, plainly named, and locked ones untouched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from heartline.records import Journey, Stage
from heartline.understand import (
    PackedLog,
    draw_map,
    find_companions,
    order_touchpoints,
    propose_journey,
    propose_stages,
)
from heartline.understand.wording import name_stage, spell

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
BOXES = ("Plan finder", "Checkout", "Welcome mail", "Dispatch note", "Courier at the door", "Box opened", "First cup",
         "Renewal notice", "Renewed")  # fmt: skip


def make_subscribers(build: Builder, *, strangers: int = 0) -> PackedLog:
    """Make 300 subscribers who meet BOXES in order, each skipping a third and some asking in chat."""
    rng = np.random.default_rng(6)
    rows = []
    for customer in range(300):
        day = 0
        for name in BOXES:
            day += int(rng.integers(1, 6))
            if rng.random() < 0.7:
                rows.append({"customer": customer, "ts_us": day * DAY_US, "touchpoint": name})
            if name == "Courier at the door" and rng.random() < 0.3:
                rows.append({"customer": customer, "ts_us": day * DAY_US + 9, "touchpoint": "Chat"})
    for customer in range(1_000, 1_000 + strangers):
        rows += [
            {"customer": customer, "ts_us": t, "touchpoint": name} for t, name in enumerate(("Café till", "Café app"))
        ]
    return build(rows)


def test_touchpoints_are_ordered_as_most_people_meet_them(build: Builder) -> None:
    names = [name for name in order_touchpoints(make_subscribers(build)).names if name != "Chat"]
    assert tuple(names) == BOXES


def make_orders(build: Builder) -> PackedLog:
    """Make 50 customers of a shop who meet seven touchpoints of three meanings, in order."""
    names = ("Order purchase", "Order payments", "Order placed", "Handed to courier", "Delivered", "Review asked",
             "Review answered")  # fmt: skip
    return build(
        [
            {"customer": customer, "ts_us": day * DAY_US, "touchpoint": name}
            for customer in range(50)
            for day, name in enumerate(names)
        ]
    )


def test_few_plain_touchpoints_are_as_many_stages_as_they_mean(build: Builder) -> None:
    stages = propose_stages(make_orders(build))
    assert [(stage.name, len(stage.touchpoints)) for stage in stages] == [("Buy", 3), ("Delivery", 2), ("Recommend", 2)]
    # A stage that a person locked is one more.
    locked = Stage(name="Ours", touchpoints=("Delivered",), locked=True)
    kept = propose_stages(make_orders(build), locked=(locked,))
    assert [stage.name for stage in kept] == ["Buy", "Delivery", "Ours", "Recommend"]
    assert len(propose_stages(make_orders(build), stages=5)) == 5


def test_stages_are_contiguous_and_plainly_named(build: Builder) -> None:
    log = make_subscribers(build)
    stages = propose_stages(log)
    assert 5 <= len(stages) <= 7
    assert [name for stage in stages for name in stage.touchpoints] == list(order_touchpoints(log).names)
    names = [stage.name for stage in stages]
    assert names[0] == "Discover"
    assert "Delivery" in names
    assert names[-1] == "Renew"
    assert len(set(names)) == len(names)


def test_locked_stages_are_kept_as_they_are(build: Builder) -> None:
    log = make_subscribers(build)
    locked = Stage(name="The doorstep", touchpoints=("Courier at the door", "Chat"), locked=True, owner="Aisha")
    before = Journey(journey_id="boxes", name="Boxes", stages=(locked,), gap_days=33, version=4)
    after = propose_journey(log, previous=before)
    assert locked in after.stages
    assert (after.journey_id, after.name, after.gap_days, after.version) == ("boxes", "Boxes", 33, 5)
    touchpoints = [name for stage in after.stages for name in stage.touchpoints]
    assert sorted(touchpoints) == sorted((*BOXES, "Chat"))
    place = [stage.name for stage in after.stages].index("The doorstep")
    assert 0 < place < len(after.stages) - 1


def test_other_businesses_stay_out_of_a_journey(build: Builder) -> None:
    log = make_subscribers(build, strangers=400)
    assert sorted(find_companions(log, "First cup")) == sorted((*BOXES, "Chat"))
    assert "Café till" not in propose_journey(log, around="First cup").touchpoints
    assert find_companions(log, "Nowhere") == ()


def test_an_empty_log_proposes_an_empty_journey(build: Builder) -> None:
    journey = propose_journey(build([]))
    assert (journey.stages, journey.gap_days) == ((), 180)
    assert draw_map(build([]), journey).runs == 0


def test_names_are_unique_and_spelled_for_people() -> None:
    assert spell("A_PARTLY_SUBMITTED") == "Partly submitted"
    assert spell("First cup") == "First cup"
    assert name_stage(("Qz",), reach=(5,), areas=("",), used=frozenset({"Qz"})) == "Qz 2"
    assert name_stage(("Qz",), reach=(5,), areas=("marketing",), used=frozenset()) == "Discover"
