"""Stories 2, 4 and 12: asking, calling, complaining. The planted rates, found again in the raw messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from raw_messages import heartline_of, nps, rows_of

from heartline.simulate import Simulation
from heartline.simulate.dates import DAY, HOUR
from heartline.simulate.oven import lower_scores
from heartline.simulate.scores import draw_nps
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import CAFE_NPS, CAFES, OVEN_CAFE
from heartline.simulate.world import World


def near(rate: float, n: int) -> float:
    """Return four standard errors of a share of ``n``: one test in 16,000 fails by chance."""
    return 4 * float(np.sqrt(rate * (1 - rate) / n))


def test_story_2_fewer_ask_who_are_told(plans: list[Simulation]) -> None:
    asked: Counter[tuple[str, bool]] = Counter()
    late: Counter[tuple[str, bool]] = Counter()
    for made in plans:
        given = [
            (m["properties"]["arm"], heartline_of(m)["order"], m["userId"])
            for _, m in rows_of(made, "box.shipped")
            if m["properties"].get("experiment") == "late notice"
        ]
        assert len({user for _, _, user in given}) == len(given)
        chased = {
            heartline_of(m)["order"]
            for _, m in rows_of(made, "help.first", "more.first")
            if m["properties"].get("reason") == "where is my order"
        }
        was_late = {heartline_of(m)["order"]: m["properties"]["late"] for _, m in rows_of(made, "box.door")}
        for arm, order, _ in given:
            asked[arm, order in chased] += 1
            late[arm, was_late[order]] += 1
    for arm, rate in (("held out", 0.22), ("told", 0.09)):
        n = asked[arm, True] + asked[arm, False]
        assert n > 2500
        assert asked[arm, True] / n == pytest.approx(rate, abs=near(rate, n))
    shares = [late[arm, True] / (late[arm, True] + late[arm, False]) for arm in ("held out", "told")]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)  # the lot, not the box, made the difference


def test_story_2_is_told_before_the_box_is_due_and_only_to_the_told(plans: list[Simulation]) -> None:
    for made in plans[:4]:
        arm = {heartline_of(m)["order"]: m["properties"].get("arm") for _, m in rows_of(made, "box.shipped")}
        shipped = {heartline_of(m)["order"]: at for at, m in rows_of(made, "box.shipped")}
        came = {heartline_of(m)["order"]: at for at, m in rows_of(made, "box.door")}
        told = {heartline_of(m)["order"]: at for at, m in rows_of(made, "notice.told")}
        assert {order for order, name in arm.items() if name == "told"} == set(told)
        assert all(shipped[order] < at < came[order] for order, at in told.items())
        assert min(told.values()) >= made.world.dates.notice_us - DAY


def test_story_4_the_call_that_knows_the_chat_asks_less_again(plans: list[Simulation]) -> None:
    again: Counter[tuple[str, bool]] = Counter()
    ease: dict[bool, list[int]] = {False: [], True: []}
    for made in plans:
        since = made.world.dates.handoff_us
        chats = {m["properties"]["conversation"]: at for at, m in rows_of(made, "handoff.chat")}
        for at, message in rows_of(made, "handoff.call"):
            given = message["properties"]
            assert 0 < at - chats[given["conversation"]] < HOUR
            assert (given["handoff"] == "with context") == (chats[given["conversation"]] >= since)
            again[given["handoff"], given["repeated_question"]] += 1
        for at, message in rows_of(made, "handoff.ease"):
            score = heartline_of(message)["score"]
            assert (score["kind"], score["top"]) == ("ces", 7)
            ease[at >= since].append(score["value"])
    for handoff, rate in (("none", 0.38), ("with context", 0.07)):
        n = again[handoff, True] + again[handoff, False]
        assert again[handoff, True] / n == pytest.approx(rate, abs=near(rate, n))
    for side, mean in ((False, 3.1), (True, 5.2)):
        assert np.mean(ease[side]) == pytest.approx(mean, abs=4 * 1.6 / np.sqrt(len(ease[side])))


def test_story_4_who_is_asked_again_says_so(plans: list[Simulation]) -> None:
    block = next(block for block in plans[0].world.ledger.blocks if block.tag == "handoff.call")
    assert block.texts is not None
    for row in range(len(block.at_us)):
        said = THEMES[block.texts.theme[row]]
        assert (said == "repeated question") == block.make(row)["properties"]["repeated_question"]


def test_story_12_the_refund_limit_settles_more_at_once(plans: list[Simulation]) -> None:
    settled: Counter[tuple[bool, bool]] = Counter()
    spent = 0.0
    for made in plans:
        places = made.truth["stories"]["12"]["refund_limit"]["at"]
        assert sum(since is None for since in places.values()) == 2
        visits: dict[str, list[int]] = defaultdict(list)
        for at, message in rows_of(made, "counter.first", "counter.again"):
            visits[heartline_of(message)["identifiers"]["loyalty_card"]].append(at)
        for at, message in rows_of(made, "counter.first"):
            card, may = (
                heartline_of(message)["identifiers"]["loyalty_card"],
                message["properties"]["refund_limit"] == 20,
            )
            if at < made.world.dates.end_us - 8 * DAY:
                came_again = any(at < other <= at + 7 * DAY for other in visits[card])
                settled[may, not came_again] += 1
        for at, message in rows_of(made, "counter.refund"):
            heartline = heartline_of(message)
            assert -20 <= heartline["amount"] < 0
            assert at >= made.world.dates.today_us - 6 * 7 * DAY
            assert places[heartline["place"]] is not None
            spent += -heartline["amount"] if at >= made.world.dates.today_us - 30 * DAY else 0.0
    for may, rate in ((False, 0.52), (True, 0.81)):
        n = settled[may, True] + settled[may, False]
        assert settled[may, True] / n == pytest.approx(rate, abs=near(rate, n))
    assert spent / len(plans) * 12 == pytest.approx(1_900, rel=0.25)  # a twelfth of the full size each


def test_story_12_the_oven_lowers_what_is_said_by_eighteen() -> None:
    rng = np.random.default_rng(8)
    n = 400_000
    age, cafe = rng.choice(3, n, p=(0.17, 0.31, 0.52)), rng.integers(0, 12, n)
    at = rng.integers(0, 2, n)
    scores = draw_nps(rng, mood=rng.standard_normal(n), nps=np.array(CAFE_NPS)[age] + 5)
    world = SimpleNamespace(rng=lambda _name: rng, dates=SimpleNamespace(oven_us=1), stories={})
    lower, moved = lower_scores(cast("World", world), at, cafe=cafe, age=age, scores=scores)
    assert np.array_equal(moved, (cafe == OVEN_CAFE) & (at == 1))
    assert np.array_equal(lower[~moved], scores[~moved])
    assert nps(lower[moved]) - nps(scores[moved]) == pytest.approx(-18, abs=3)


def test_story_12_staff_reported_the_oven_eleven_days_before(plans: list[Simulation]) -> None:
    for made in plans[:5]:
        block = next(block for block in made.world.ledger.blocks if block.tag == "staff.report")
        assert block.texts is not None
        ovens = [row for row in range(len(block.at_us)) if THEMES[block.texts.theme[row]] == "oven queue"]
        assert {heartline_of(block.make(row))["place"] for row in ovens} == {CAFES[OVEN_CAFE][0]}
        first = min(int(block.at_us[row]) for row in ovens)
        assert 10 < (made.world.dates.oven_us - first) / DAY <= 11
        handles = {block.make(row)["anonymousId"] for row in range(len(block.at_us))}
        assert not handles & {token for p in (made.world.people,) for token in (*p.cookie, *p.app_id, *p.second_cookie)}


def test_story_12_the_bot_and_the_cafes_answer_differently(plans: list[Simulation]) -> None:
    for made in plans[:5]:
        chats = [m["properties"] for _, m in rows_of(made, "returns.chat")]
        counter = [m["properties"] for _, m in rows_of(made, "returns.counter")]
        assert len(chats) == len(counter) == 18  # 212 at full size
        assert {given["question"] for given in chats} == {given["question"] for given in counter}
        assert all("30 days" in given["answer"] and given["answered_by"] == "bot" for given in chats)
        assert all("14 days" in given["answer"] and given["answered_by"] == "staff" for given in counter)
