"""The twelve cafés and story 11: few answer, the content and the old more than others, so the raw NPS flatters.

What a guest would say is drawn for every visit; who says it is drawn after, by age and by what they would say. Mill
Lane rebounds in the last twelve weeks and nothing has changed there: its two samples are fair draws of the same thing,
kept only when they happen to look like a rebound that a careful reader would not believe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK
from heartline.simulate.ledger import SURVEYS, TILLS, WEB, Block, Bools, Floats, Ints, Message, track
from heartline.simulate.oven import lower_scores
from heartline.simulate.people import NEVER
from heartline.simulate.scores import draw_nps, feel_of, split_shares
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    AGE_BANDS,
    CAFE_AGE_SHARE,
    CAFE_ANSWER_SHARE,
    CAFE_NPS,
    CAFE_RAKED,
    CAFE_RAW,
    CAFE_RESPONSE,
    CAFE_TRUTH,
    CAFES,
    LANGUAGES,
    MILL_LANE_ANSWERS,
    RESEARCH_SHARE,
    UNSERVED_HOST,
)
from heartline.simulate.voices import draw_from, draw_texts, find_theme
from heartline.simulate.world import Purchases, World

MILL_LANE: Final = 0
VISITS_A_WEEK: Final = 0.24
BEANS_SHARE: Final = 0.14
_DRINKS: Final = ("Flat white", "Cortado", "Oat latte", "Espresso", "Cappuccino", "Filter", "Chai", "Hot chocolate")
_LIFT: Final = CAFE_RAKED - CAFE_TRUTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One row a visit with the card: who, when, which café, beans or a drink."""

    person: Ints
    at_us: Ints
    cafe: Ints
    beans: Bools


def plan_cafes(world: World) -> None:
    """Story 11, and the café half of story 10: research on the web before beans are bought in a café."""
    rng = world.rng("cafes")
    visits = _draw_visits(world, rng)
    _write_tills(world, rng, visits)
    researched = _write_research(world, rng, visits)
    answers, oven = _feel_the_oven(world, visits, _choose_answers(world, rng, visits))
    world.purchases["till"] = Purchases(person=visits.person, at_us=visits.at_us, order=np.full(len(visits.person), -1))
    _write_answers(world, rng, visits, answers, oven)
    world.stories["11"] = _tell(world, visits, answers)
    world.stories["10"] = {
        "title": "Mei",
        "research_share": RESEARCH_SHARE,
        "bean_sales": int(visits.beans.sum()),
        "bean_sales_researched": researched,
        "come_by_messenger": int(world.people.unserved.sum()),
        "channel_gap": _tell_gap(world),
    }


def _tell_gap(world: World) -> dict[str, object]:
    """Tell who comes by the messenger: its host, and of a hundred who could how many do, by language."""
    people = world.people
    cookie = np.array([bool(one) for one in people.cookie]) & np.array([bool(one) for one in people.user_id])
    able = cookie & (people.card_us < NEVER)
    chinese = people.language == LANGUAGES.index("zh")
    sides = [people.unserved[able & side] for side in (chinese, ~chinese)]
    shares = [float(side.mean()) if len(side) else 0.0 for side in sides]
    return {
        "host": UNSERVED_HOST,
        "where": {"trait": "language", "value": "zh"},
        "share": {"zh": round(shares[0], 4), "others": round(shares[1], 4)},
    }


def _draw_visits(world: World, rng: np.random.Generator) -> Visits:
    people, end = world.people, world.dates.end_us
    holders = np.flatnonzero(people.card_us < NEVER)
    weeks = (end - people.card_us[holders]) / WEEK
    count = rng.poisson(VISITS_A_WEEK * rng.gamma(1.6, 1 / 1.6, len(holders)) * weeks)
    person = np.repeat(holders, count)
    card = people.card_us[person]
    at = card + DAY + (rng.random(len(person)) * (end - card - DAY)).astype(np.int64)
    hours = np.where(rng.random(len(at)) < 0.55, rng.normal(8.7, 0.9, len(at)), rng.normal(13.6, 1.9, len(at)))
    at = at - at % DAY + (hours.clip(7.5, 17.9) * HOUR).astype(np.int64)
    there = (at > card + HOUR) & (at < end - 2 * HOUR)
    person, at = person[there], at[there]
    return Visits(
        person=person, at_us=at, cafe=_choose_cafes(world, rng, person), beans=_choose_beans(world, rng, person)
    )


def _choose_cafes(world: World, rng: np.random.Generator, person: Ints) -> Ints:
    """Everybody has a café of their own. Mill Lane is as large as 31 answers of 4 % need it to be."""
    people = world.people
    holders = int((people.card_us < NEVER).sum())
    wanted = MILL_LANE_ANSWERS / CAFE_RESPONSE / max(holders * VISITS_A_WEEK * 12, 1)
    north = max(float((people.region[people.card_us < NEVER] == 0).mean()), 0.1)
    share = min(wanted / north, 0.75)
    home = people.region * 4 + rng.integers(0, 4, len(people))
    in_north = people.region == 0
    home[in_north] = np.where(
        rng.random(int(in_north.sum())) < share, MILL_LANE, rng.integers(1, 4, int(in_north.sum()))
    )
    away = rng.random(len(person)) < 0.1
    elsewhere = people.region[person] * 4 + rng.integers(1, 4, len(person))
    return np.where(away, elsewhere, home[person]).astype(np.int64)


def _choose_beans(world: World, rng: np.random.Generator, person: Ints) -> Bools:
    known = np.array([bool(cookie) for cookie in world.people.cookie])
    beans: Bools = (rng.random(len(person)) < BEANS_SHARE) & known[person]
    return beans


def _write_tills(world: World, rng: np.random.Generator, visits: Visits) -> None:
    cards, who, cafe = world.people.card, visits.person.tolist(), visits.cafe.tolist()
    drink, beans = rng.integers(0, len(_DRINKS), len(who)).tolist(), visits.beans.tolist()
    pounds = np.where(visits.beans, 9.8, rng.choice((2.9, 3.4, 3.9, 4.2, 7.6), len(who))).tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Café till",
            "area": "place",
            "place": CAFES[cafe[row]][0],
            "amount": pounds[row],
            "currency": "GBP",
            "product": "Beans" if beans[row] else _DRINKS[drink[row]],
            "identifiers": {"loyalty_card": cards[who[row]]},
        }
        return track("Order Completed", heartline)

    world.ledger.write(Block(tag="till.sale", source=TILLS, at_us=visits.at_us, make=make))


def _write_research(world: World, rng: np.random.Generator, visits: Visits) -> int:
    rows = np.flatnonzero(visits.beans & (rng.random(len(visits.person)) < RESEARCH_SHARE))
    at = visits.at_us[rows] - (rng.uniform(12, 150, len(rows)) * MINUTE).astype(np.int64)
    who, people = visits.person[rows].tolist(), world.people

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Coffee page", "area": "product", "product": "Yirgacheffe"}
        host = UNSERVED_HOST if people.unserved[who[row]] else "search.example"
        given: Message = {"name": "Yirgacheffe", "price": 9.8, "referrer": f"https://{host}/"}
        message = track("Product Viewed", heartline, anonymous=people.cookie[who[row]], **given)
        message["context"]["page"] = {"path": "/coffee/yirgacheffe", "referrer": f"https://{host}/"}
        return message

    world.ledger.write(Block(tag="web.research", source=WEB, at_us=at, make=make))
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    rows: Ints
    scores: Ints
    mill_lane: tuple[float, float]


def _choose_answers(world: World, rng: np.random.Generator, visits: Visits) -> _Answers:
    """Everywhere each visit answers or not; at Mill Lane exactly 31 in each of the two windows that are compared."""
    age = world.people.age[visits.person]
    scores, odds = _draw_opinions(rng, age)
    today = world.dates.today_us
    before = (visits.at_us >= today - 24 * WEEK + DAY) & (visits.at_us < today - 12 * WEEK - DAY)
    now = visits.at_us >= today - 12 * WEEK + 2 * DAY
    mill = visits.cafe == MILL_LANE
    answered = rng.random(len(age)) < odds
    edge = mill & (visits.at_us >= today - 24 * WEEK)
    answered &= ~edge
    pair = (np.flatnonzero(mill & before), np.flatnonzero(mill & now))
    if min(len(rows) for rows in pair) < 4 * MILL_LANE_ANSWERS:
        return _Answers(rows=np.flatnonzero(answered), scores=scores, mill_lane=(0.0, 0.0))
    for _ in range(4000):
        chosen = []
        for rows in pair:
            scores[rows], weight = _draw_opinions(rng, age[rows])
            chosen.append(rng.choice(rows, MILL_LANE_ANSWERS, replace=False, p=weight / weight.sum()))
        was, is_now = (_nps(scores[rows]) for rows in chosen)
        if 34 <= is_now <= 54 and 12 <= is_now - was <= 28:
            break
    answered[np.concatenate(chosen)] = True
    return _Answers(rows=np.flatnonzero(answered), scores=scores, mill_lane=(was, is_now))


def _nps(scores: Ints) -> float:
    return 100 * float((scores >= 9).mean() - (scores <= 6).mean())


def _draw_opinions(rng: np.random.Generator, age: Ints) -> tuple[Ints, Floats]:
    """What each visitor would answer, and the odds that they do."""
    nps = np.array(CAFE_NPS)[age]
    scores = draw_nps(rng, mood=rng.standard_normal(len(age)), nps=nps)
    by_age = CAFE_RESPONSE * np.array(CAFE_ANSWER_SHARE) / np.array(CAFE_AGE_SHARE)
    lean = np.array([_lean(value) for value in CAFE_NPS])[age]
    voice = 1 + lean * np.where(scores >= 9, 1, np.where(scores <= 6, -1, 0))
    return scores, by_age[age] * voice / (1 + lean * nps / 100)


def _lean(nps: float) -> float:
    """How much likelier promoters answer, so that the answers of one age lie ``_LIFT`` above its truth."""
    promoters, detractors = split_shares(nps)
    told = (nps + _LIFT) / 100
    return (told - nps / 100) / (promoters + detractors - told * nps / 100)


def _feel_the_oven(world: World, visits: Visits, answers: _Answers) -> tuple[_Answers, Bools]:
    """Story 12: one café's guests are less content since its oven is too slow."""
    rows = answers.rows
    given = {"cafe": visits.cafe[rows], "age": world.people.age[visits.person[rows]], "scores": answers.scores[rows]}
    lower, oven = lower_scores(world, visits.at_us[rows], **given)
    scores = answers.scores.copy()
    scores[rows] = lower
    return replace(answers, scores=scores), oven


def _write_answers(world: World, rng: np.random.Generator, visits: Visits, answers: _Answers, oven: Bools) -> None:
    people, rows = world.people, answers.rows
    person, scores = visits.person[rows], answers.scores[rows]
    themes = {"café staff": 5.0, "taste": 4.0, "café queue": 3.0}
    texts = draw_texts(
        rng,
        language=people.language[person],
        theme=np.where(oven & (scores < 9), find_theme("café queue"), draw_from(rng, len(rows), themes, THEMES)).astype(
            np.int64
        ),
        emotion=feel_of(rng, scores / 5 - 1),
        share=0.45,
    )
    at = visits.at_us[rows] + (rng.uniform(4, 90, len(rows)) * MINUTE).astype(np.int64)
    who, cafe, values = person.tolist(), visits.cafe[rows].tolist(), scores.tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Café till",
            "area": "place",
            "place": CAFES[cafe[row]][0],
            "score": {"kind": "nps", "value": values[row], "top": 10},
            "identifiers": {"loyalty_card": people.card[who[row]]},
        }
        return track("Survey Answered", heartline, survey="Café receipt")

    world.ledger.write(Block(tag="cafe.answer", source=SURVEYS, at_us=at, make=make, texts=texts))


def _tell(world: World, visits: Visits, answers: _Answers) -> dict[str, object]:
    asked, told = len(visits.person), len(answers.rows)
    was, is_now = answers.mill_lane
    return {
        "title": "Silence",
        "where": {"touchpoint": "Café till", "score": "nps"},
        "response": CAFE_RESPONSE,
        "asked": asked,
        "answered": told,
        "nps": {"raw": CAFE_RAW, "raked_by_age": CAFE_RAKED, "truth": CAFE_TRUTH},
        "ages": dict(zip(AGE_BANDS, CAFE_AGE_SHARE, strict=True)),
        "mill_lane": {
            "answers": MILL_LANE_ANSWERS if was else 0,
            "raw_before": round(was, 1),
            "raw_now": round(is_now, 1),
            "true_change": 0,
            "say": "No reliable change",
        },
        "windows_us": [world.dates.today_us - 24 * WEEK, world.dates.today_us - 12 * WEEK, world.dates.end_us],
    }
