"""Home's sentence: finds what was planted, at its date, at the nominal rate; says nothing where nothing was."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest

from heartline.records import Difference, Journey, Stage, Verdict
from heartline.understand import (
    Finding,
    Findings,
    Measure,
    PackedLog,
    answer,
    behind,
    find_changes,
    write_quiet,
    write_sentence,
)
from heartline.understand.changes import check_change, count_weeks, date_change

Builder = Callable[..., PackedLog]
Company = Callable[[int], PackedLog]
Found = Callable[[int], Findings]
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
NOW_US = 1_763_769_600_000_000 - 1_763_769_600_000_000 % DAY_US
SINCE_US = NOW_US - 12 * WEEK_US
DOOR = "Courier at the door"
JOURNEY = Journey(
    journey_id="boxes", name="Boxes",
    stages=(Stage(name="Buy", touchpoints=("Checkout",)), Stage(name="Delivery", touchpoints=(DOOR,))),
)  # fmt: skip
SEEDS = range(20)


@pytest.fixture(scope="module")
def found(company: Company) -> Callable[[int], Findings]:
    return lru_cache(maxsize=None)(lambda seed: find_changes(company(seed), (JOURNEY,), now_us=NOW_US))


def span(gap: Difference) -> tuple[float, float]:
    assert gap.low is not None
    assert gap.high is not None
    return gap.low, gap.high


def is_story(finding: Finding) -> bool:
    return (finding.spot, finding.field, finding.value) == ("Delivery", "trait:region", "North")


def test_the_courier_switch_opens_home_in_nineteen_of_twenty(found: Found) -> None:
    opened = [bool(found(seed).found) and is_story(found(seed).found[0]) for seed in SEEDS]
    assert sum(opened) >= 19


def test_nothing_else_is_blamed(found: Found) -> None:
    """A false discovery rate of 5 %: over 20 seeds with about 20 true findings, at most three false ones."""
    others = [one for seed in SEEDS for one in found(seed).found if not is_story(one)]
    assert len(others) <= 3
    assert all(one.value != "Mill Lane" for one in others)


def test_it_is_dated_to_the_day_the_courier_came(found: Found) -> None:
    late = [abs(found(seed).found[0].since_us - SINCE_US) / DAY_US for seed in SEEDS if found(seed).found]
    assert np.median(late) == 0
    assert np.mean(np.array(late) <= 7) >= 0.9


def test_the_loss_lies_in_its_interval_at_the_nominal_rate(found: Found) -> None:
    """The truth is −24. Of 20 seeds at 95 %, 17 or more hold it (fewer has a chance of 1.6 %)."""
    stories = [one for seed in SEEDS for one in found(seed).found[:1] if is_story(one)]
    inside = [span(one.difference)[0] <= -24 <= span(one.difference)[1] for one in stories]
    assert sum(inside) >= len(stories) - 3
    assert all(one.difference.now.n >= 600 for one in stories)
    assert np.mean([one.difference.value for one in stories]) == pytest.approx(-24, abs=2.5)


def test_claimed_intervals_are_wider_and_ranking_is_shrunk(found: Found) -> None:
    one = found(0).found[0]
    assert span(one.claimed)[0] < span(one.difference)[0]
    assert span(one.claimed)[1] > span(one.difference)[1]
    assert abs(one.shrunken) < abs(one.difference.value or 0)
    assert one.claimed.verdict is Verdict.LOWER


def test_the_new_courier_goes_with_it_and_the_new_boxes_do_not(found: Found) -> None:
    one = found(0).found[0]
    first = one.coincidences[0]
    assert (first.field, first.value, first.alone) == ("partner", "Northgate", True)
    boxes = next(c for c in one.coincidences if c.value == "New box")
    assert not boxes.alone
    assert {other.value for other in one.comparisons if other.still} == {"South", "West"}


def test_a_finding_opens_into_the_answers_behind_it(found: Found, company: Company) -> None:
    log, one = company(0), found(0).found[0]
    assert answer(log, one.now) == one.difference.now
    assert answer(log, one.before) == one.difference.before
    assert len(behind(log, one.now)) == one.difference.now.n
    assert one.people >= one.difference.now.customers


def test_the_sentence_says_it_plainly(found: Found) -> None:
    one = found(0).found[0]
    words = write_sentence(one)
    lost = round(-(one.difference.value or 0))
    assert words.headline == f"Delivery in the North lost {lost} points when Northgate took over."
    assert "→" in words.figures
    assert words.figures.endswith(f"n = {one.difference.now.n:,}")
    assert "South and West did not move" in words.contrast or "West and South did not move" in words.contrast
    assert "New box came there too" in words.contrast
    assert "cause" in words.caveat


def make_noise(build: Builder, seed: int) -> PackedLog:
    """Make 2,000 answers in which nothing moved: 500 unlike customers in 4 places, 3 plans, 2 touchpoints."""
    rng = np.random.default_rng(seed)
    nature, place, plan = rng.normal(0, 1.5, 500), rng.integers(0, 4, 500), rng.integers(0, 3, 500)
    rows = []
    for customer in rng.integers(0, 500, 2_000).tolist():
        score = float(np.clip(np.round(7.5 + nature[customer] + rng.normal(0, 1.5)), 0, 10))
        rows.append({"customer": customer, "ts_us": NOW_US - 1 - int(rng.integers(0, 50 * WEEK_US)), "kind": "nps",
                     "score": score, "top": 10, "touchpoint": ("Shop", "Door")[int(rng.integers(0, 2))],
                     "place": f"place {place[customer]}"})  # fmt: skip
    return build(rows, traits={"plan": {c: f"plan {plan[c]}" for c in range(500)}})


def test_false_alarms_on_noise_stay_under_the_stated_rate(build: Builder) -> None:
    """The page's budget is 5 %: of 100 quiet companies at most 10 hear something (more has a chance of about 1 %)."""
    pages = [find_changes(make_noise(build, seed), now_us=NOW_US) for seed in range(100)]
    assert sum(bool(page.found) for page in pages) <= 10
    assert all(page.tested >= 5 for page in pages)
    quiet = next(page for page in pages if not page.found)
    assert quiet.quiet == "Nothing reliably changed"
    assert write_quiet(quiet).headline == "Nothing reliably changed."


def test_an_empty_log_has_too_few_answers(build: Builder) -> None:
    page = find_changes(build([]))
    assert (page.found, page.tested) == ((), 0)
    assert page.quiet == "Too few answers to compare yet"


def test_everyone_s_change_is_told_of_everyone(build: Builder) -> None:
    """When all places move alike, no place is blamed."""
    rng = np.random.default_rng(3)
    rows = []
    for customer in range(1_600):
        ago = int(rng.integers(0, 40 * WEEK_US))
        up = rng.random() < (0.35 if ago < 8 * WEEK_US else 0.7)
        rows.append({"customer": customer, "ts_us": NOW_US - 1 - ago, "kind": "csat", "score": 5.0 if up else 2.0,
                     "top": 5, "touchpoint": "Shop", "place": f"place {customer % 4}"})  # fmt: skip
    page = find_changes(build(rows), now_us=NOW_US)
    assert [(one.measure, one.field, one.spot) for one in page.found] == [(Measure.CSAT, "", "Shop")]
    words = write_sentence(page.found[0])
    assert words.headline.startswith("Shop lost ")
    assert "%" in words.figures


def test_a_gain_is_told_after_every_loss(build: Builder) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(4_000):
        ago, shop = int(rng.integers(0, 40 * WEEK_US)), customer % 2 == 0
        recent = ago < 8 * WEEK_US
        share = (0.9 if recent else 0.4) if shop else (0.45 if recent else 0.75)
        rows.append({"customer": customer, "ts_us": NOW_US - 1 - ago, "kind": "csat", "top": 5,
                     "score": 5.0 if rng.random() < share else 2.0,
                     "touchpoint": "Shop" if shop else "Door"})  # fmt: skip
    page = find_changes(build(rows), now_us=NOW_US)
    assert [one.spot for one in page.found] == ["Door", "Shop"]
    assert write_sentence(page.found[1]).headline.startswith("Shop gained ")


def test_a_date_is_found_in_scores_alone() -> None:
    rng = np.random.default_rng(2)
    ts = NOW_US - 1 - rng.integers(0, 50 * WEEK_US, 3_000)
    values = rng.normal(0, 1, 3_000) - (ts >= NOW_US - 9 * WEEK_US)
    date = date_change(values, ts, midnight_us=NOW_US)
    assert abs(date.best_us - (NOW_US - 9 * WEEK_US)) <= 3 * DAY_US
    assert date.first_us <= date.best_us <= date.last_us


def test_chance_is_uniform_where_customers_repeat_and_nothing_moved() -> None:
    """200 series of 60 customers who answer ten times, alike: the flipped-signs check keeps its level."""
    rng = np.random.default_rng(9)
    chances = []
    for seed in range(200):
        who = np.repeat(np.arange(60), 10)
        values = rng.normal(0, 1, 60)[who] + rng.normal(0, 1, 600)
        start = NOW_US - rng.integers(5, 48, 60) * WEEK_US
        ts = start[who] + rng.integers(0, 4 * WEEK_US, 600)
        chances.append(check_change(values, count_weeks(ts, midnight_us=NOW_US), who, seed=seed))
    assert np.mean(np.array(chances) <= 0.05) <= 0.1
