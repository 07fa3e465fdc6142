"""The planted truth, found again in the raw messages alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from raw_messages import nps, rows_of

from heartline.simulate import Simulation, simulate
from heartline.simulate.cafes import _draw_opinions
from heartline.simulate.dates import DAY, WEEK
from heartline.simulate.scores import draw_nps
from heartline.simulate.stories import (
    CAFE_AGE_SHARE,
    CAFE_RAKED,
    CAFE_RAW,
    CAFE_RESPONSE,
    CAFE_TRUTH,
    split_nps,
    split_renewal,
)

END_US = 1_795_352_400_000_000
Sent = list[tuple[str, dict[str, Any]]]
TODAY_US = END_US - END_US % DAY
SWITCH_US = TODAY_US - 12 * WEEK


def micros(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() * 1e6)


def once(sent: Sent) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each message once with its heartline block."""
    seen = set()
    for _, message in sent:
        if message["messageId"] not in seen and "context" in message:
            seen.add(message["messageId"])
            yield message, message["context"].get("heartline", {})


def clustered(answers: list[tuple[str, int]]) -> tuple[float, float]:
    """NPS and its standard error with the customer as the unit (linearised)."""
    value = nps([score for _, score in answers])
    residuals: dict[str, float] = defaultdict(float)
    for who, score in answers:
        residuals[who] += 100 * ((score >= 9) - (score <= 6)) - value
    return value, float(np.sqrt(sum(r * r for r in residuals.values()))) / len(answers)


def door_answers(made: Simulation, place: str) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    before, after = [], []
    for at_us, message in rows_of(made, "door.answer"):
        heartline = message["context"]["heartline"]
        if heartline["place"] == place and at_us >= SWITCH_US - 12 * WEEK:
            (after if at_us >= SWITCH_US else before).append((message["userId"], heartline["score"]["value"]))
    return before, after


def test_story_1_is_planted_exactly() -> None:
    punctual, late = split_nps()
    assert 0.94 * punctual + 0.06 * late == pytest.approx(41)
    assert 0.69 * punctual + 0.31 * late == pytest.approx(17)
    kept, lost = split_renewal()
    assert 0.94 * kept + 0.06 * lost == pytest.approx(0.73)
    assert 0.69 * kept + 0.31 * lost == pytest.approx(0.62)


@pytest.mark.parametrize("value", [46.76, -49.24, 20.0, 36.0, 47.0])
def test_scores_have_the_nps_they_were_drawn_for(value: float) -> None:
    rng = np.random.default_rng(11)
    mood = np.repeat(rng.standard_normal(100_000), 2)
    scores = draw_nps(rng, mood=mood, nps=np.full(200_000, value))
    assert nps(scores.tolist()) == pytest.approx(value, abs=1.0)


def test_story_1_over_twenty_companies(plans: list[Simulation]) -> None:
    losses, covered, calm = [], 0, []
    for made in plans:
        before, after = door_answers(made, "North")
        assert min(len(before), len(after)) >= 600
        (was, was_error), (now, now_error) = clustered(before), clustered(after)
        losses.append(now - was)
        covered += abs(now - was + 24) <= 1.96 * np.hypot(was_error, now_error)
        calm += [clustered(side)[0] for place in ("South", "West") for side in door_answers(made, place)]
    assert np.mean(losses) == pytest.approx(-24, abs=3 * 4.5 / np.sqrt(20))
    assert covered >= 17
    assert np.mean(calm) == pytest.approx(41, abs=2)


def test_no_answer_about_the_old_courier_falls_into_the_new_one_s_days(plans: list[Simulation]) -> None:
    for made in plans[:3]:
        for at_us, message in rows_of(made, "door.answer"):
            heartline = message["context"]["heartline"]
            if heartline["place"] == "North":
                assert (heartline["partner"] == "Northgate Parcels") == (at_us >= SWITCH_US + DAY)
                assert heartline["partner"] == "Northgate Parcels" or at_us < SWITCH_US


def test_late_boxes_and_renewals_follow_the_switch(plans: list[Simulation]) -> None:
    late: Counter[tuple[bool, bool]] = Counter()
    renewed: Counter[tuple[bool, bool]] = Counter()
    for made in plans:
        region = {p.user_id[i]: int(p.region[i]) for p in [made.world.people] for i in range(len(p))}
        for at_us, message in rows_of(made, "box.door"):
            if message["context"]["heartline"]["place"] == "North":
                late[at_us >= SWITCH_US, message["properties"]["late"]] += 1
        for at_us, message in rows_of(made, "term.decided"):
            if region[message["userId"]] == 0 and not SWITCH_US <= at_us < SWITCH_US + 2 * WEEK:
                renewed[at_us >= SWITCH_US, message["event"] == "Subscription Renewed"] += 1
    for rate, counts, after in ((0.06, late, False), (0.31, late, True), (0.73, renewed, False), (0.62, renewed, True)):
        share = counts[after, True] / (counts[after, True] + counts[after, False])
        assert share == pytest.approx(rate, abs=0.02)


def test_the_new_packaging_changes_no_score(plans: list[Simulation]) -> None:
    sides: tuple[list[int], list[int]] = ([], [])
    for made in plans:
        for at_us, message in rows_of(made, "box.opened"):
            if "score" in message["context"]["heartline"]:
                sides[at_us >= SWITCH_US].append(message["context"]["heartline"]["score"]["value"])
    assert np.mean(sides[0]) == pytest.approx(np.mean(sides[1]), abs=0.05)


def test_story_3_gives_up_on_iphones_only(sent: Sent) -> None:
    opened: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    phone: dict[str, str] = {}
    since = TODAY_US - 10 * WEEK
    messages = [(micros(m["timestamp"]), m, h) for m, h in once(sent)]
    tapped = {m["userId"] for _, m, h in messages if h.get("touchpoint") == "Order ahead: one tap"}
    for _, message, _ in messages:
        if message["type"] == "screen":
            phone[message["userId"]] = message["context"]["os"]["name"]
    for at_us, message, heartline in messages:
        touchpoint, user = heartline.get("touchpoint", ""), message.get("userId", "")
        if not touchpoint.startswith("Order ahead") or user in tapped:
            continue
        group = f"{phone[user]} {'since' if at_us >= since else 'before'}"
        if touchpoint == "Order ahead: placed":
            placed[group] += 1
        elif message["messageId"].split("-")[1] == "ahead.choose":
            opened[group] += 1
    lost = {group: 1 - placed[group] / opened[group] for group in opened}
    assert lost["iOS since"] == pytest.approx(0.34, abs=0.06)
    assert [lost[group] for group in ("iOS before", "Android before", "Android since")] == pytest.approx(
        [0.21] * 3, abs=0.06
    )


def test_story_3_truth_over_twenty_companies(plans: list[Simulation]) -> None:
    told = [made.truth["stories"]["3"] for made in plans]
    for group, rate in told[0]["abandonment"].items():
        tries, lost = (sum(story[key][group] for story in told) for key in ("tries", "given_up"))
        assert lost / tries == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / tries))


def test_story_5_the_happy_leave(plans: list[Simulation]) -> None:
    gone: Counter[tuple[bool, bool]] = Counter()
    for made in plans:
        people = made.world.people
        leavers = {people.user_id[p] for p in made.truth["stories"]["5"]["persons"]}
        orders: dict[str, list[int]] = defaultdict(list)
        for at_us, message in rows_of(made, "shop.order"):
            orders[message.get("userId", "")].append(at_us)
        for at_us, message in rows_of(made, "shop.survey"):
            if message["context"]["heartline"]["score"]["value"] >= 9:
                user = message["userId"]
                came = any(at_us < at <= at_us + 90 * DAY for at in orders[user])
                gone[user in leavers, not came] += 1
    assert gone[True, True] / (gone[True, True] + gone[True, False]) == pytest.approx(0.41, abs=0.05)
    assert gone[False, True] / (gone[False, True] + gone[False, False]) == pytest.approx(0.14, abs=0.03)


def test_story_5_team_b_is_rated_high_and_asked_again(plans: list[Simulation]) -> None:
    scores: dict[str, list[int]] = {"A": [], "B": []}
    first, again = Counter[str](), Counter[str]()
    for made in plans:
        for _, message in rows_of(made, "help.csat"):
            scores[message["properties"]["team"]].append(message["context"]["heartline"]["score"]["value"])
        first.update(message["properties"]["team"] for _, message in rows_of(made, "help.first"))
        again.update(message["properties"]["team"] for _, message in rows_of(made, "help.again"))
    assert np.mean(scores["B"]) == pytest.approx(4.6, abs=0.06)
    assert np.mean(scores["A"]) == pytest.approx(4.2, abs=0.06)
    assert again["B"] / first["B"] == pytest.approx(0.34, abs=0.02)
    assert again["A"] / first["A"] == pytest.approx(0.15, abs=0.02)


def test_story_6_sixty_one_complaints_in_forty_five_minutes(sent: Sent) -> None:
    start = TODAY_US - 5 * DAY + (10 * 60 + 5) * 60_000_000
    burnt = [(micros(m["timestamp"]), h["text"]) for m, h in once(sent) if "lot 217" in h.get("product", "")]
    assert len(burnt) == 61
    assert all(start <= at < start + 45 * 60_000_000 for at, _ in burnt)
    assert sum(at < start + 20 * 60_000_000 for at, _ in burnt) >= 15
    scripts = Counter(("zh" if re.search("[一-鿿]", t) else "ru" if re.search("[а-я]", t) else "en") for _, t in burnt)
    assert scripts == {"en": 41, "ru": 9, "zh": 11}


def test_story_11_raw_raked_and_true_are_as_told() -> None:
    rng = np.random.default_rng(5)
    n = 600_000
    age = rng.choice(3, n, p=CAFE_AGE_SHARE)
    scores, odds = _draw_opinions(rng, age)
    said = rng.random(n) < odds
    by_age = [nps(scores[said & (age == band)].tolist()) for band in range(3)]
    assert said.mean() == pytest.approx(CAFE_RESPONSE, abs=0.002)
    assert nps(scores.tolist()) == pytest.approx(CAFE_TRUTH, abs=0.5)
    assert nps(scores[said].tolist()) == pytest.approx(CAFE_RAW, abs=2)
    assert float(np.dot(by_age, CAFE_AGE_SHARE)) == pytest.approx(CAFE_RAKED, abs=2.5)


def test_story_11_mill_lane_rebounds_and_means_nothing(plans: list[Simulation]) -> None:
    raw: list[int] = []
    for made in plans:
        sides: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ([], [])
        for at_us, message in rows_of(made, "cafe.answer"):
            heartline = message["context"]["heartline"]
            raw.append(heartline["score"]["value"])
            if heartline["place"] == "Mill Lane" and at_us >= SWITCH_US - 12 * WEEK:
                who = heartline["identifiers"]["loyalty_card"]
                sides[at_us >= SWITCH_US].append((who, heartline["score"]["value"]))
        assert [len(side) for side in sides] == [31, 31]
        (was, was_error), (now, now_error) = clustered(sides[0]), clustered(sides[1])
        assert 12 <= now - was <= 28
        assert now - was < 1.96 * np.hypot(was_error, now_error)
    assert nps(raw) == pytest.approx(CAFE_RAW, abs=4)


def test_a_large_company_keeps_the_rates() -> None:
    made = simulate(seed=2, customers=20_000, end_us=END_US)
    story = made.truth["stories"]["1"]
    assert story["answer_share"] >= 0.34
    before, after = door_answers(made, "North")
    assert min(len(before), len(after)) >= 600
    assert made.truth["stories"]["11"]["mill_lane"]["answers"] == 31
