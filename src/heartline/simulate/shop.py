"""Beans from the web shop, and story 5: the happy leavers, who scored 9 or 10 and went.

Each buyer has a rhythm. After the quarterly survey the leavers' orders come at 2.5 times their gap, and 41 % order no
more within 90 days, against 14 % of others who scored as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.simulate.bags import write_bags
from heartline.simulate.dates import DAY, HOUR
from heartline.simulate.ledger import SURVEYS, Block, Bools, Floats, Ints, Message, track
from heartline.simulate.people import BUYER
from heartline.simulate.prices import keep_orders
from heartline.simulate.scores import feel_of
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    CSAT_A,
    CSAT_B,
    GAP_STRETCH,
    GONE_LEAVERS,
    GONE_MATCHED,
    HAPPY_LEAVERS_AT_FULL_SIZE,
    RECONTACT_A,
    RECONTACT_B,
    scale_count,
)
from heartline.simulate.voices import draw_from, draw_texts, find_theme
from heartline.simulate.world import Requests, World

LONGEST_GAP: Final = 85 * DAY
QUIET: Final = 90 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The quarterly survey, by buyer: when they answered (0: never), the score, who is a leaver, who is gone."""

    at_us: Ints
    score: Ints
    leaver: Bools
    gone: Bools


def plan_shop(world: World) -> None:
    """Story 5: orders, and the survey after which some went quiet."""
    rng = world.rng("shop")
    buyers = world.people.of(BUYER)
    survey = _draw_survey(world, rng, buyers)
    person, at = _draw_orders(world, rng, buyers, survey)
    promised = _find_promised(person, at, buyers, survey)
    write_bags(world, rng, person, at, tag="shop", kept=keep_orders(world, person, at, promised=promised))
    _write_survey(world, rng, buyers, survey)
    _ask_for_help(world, rng, buyers, survey)
    glad = (survey.at_us > 0) & (survey.score >= 9)
    matched = glad & ~survey.leaver
    world.stories["5"] = {
        "title": "Happy leavers",
        "where": {"touchpoint": "Quarterly survey", "score": "nps"},
        "cause": "Team B closes fast and badly: the leavers had asked it for help before they were surveyed",
        "leavers": int(survey.leaver.sum()),
        "matched": int(matched.sum()),
        "gap_stretch": GAP_STRETCH,
        "gone_in_90_days": {"leavers": GONE_LEAVERS, "matched": GONE_MATCHED},
        "gone_drawn": {"leavers": int(survey.gone[survey.leaver].sum()), "matched": int(survey.gone[matched].sum())},
        "persons": buyers[survey.leaver].tolist(),
        "csat_of_teams": {"A": CSAT_A, "B": CSAT_B},
        "asked_again": {"A": RECONTACT_A, "B": RECONTACT_B},
    }


def _draw_survey(world: World, rng: np.random.Generator, buyers: Ints) -> Survey:
    people, today = world.people, world.dates.today_us
    n = len(buyers)
    at = today - (rng.uniform(100, 290, n) * DAY).astype(np.int64)
    account = np.array([bool(people.user_id[p]) for p in buyers.tolist()], dtype=np.bool_)
    able = np.flatnonzero(account & (people.joined_us[buyers] < at - 70 * DAY))
    leaver = np.zeros(n, dtype=np.bool_)
    wanted = min(scale_count(HAPPY_LEAVERS_AT_FULL_SIZE, customers=world.customers), len(able) // 2)
    leaver[rng.choice(able, wanted, replace=False)] = True
    answers = np.zeros(n, dtype=np.bool_)
    answers[able] = True
    high, low = rng.integers(9, 11, n), rng.choice((3, 5, 6, 7, 8), n, p=(0.1, 0.14, 0.2, 0.26, 0.3))
    score = np.where(leaver | (rng.random(n) < 0.62), high, low).astype(np.int64)
    gone = answers & (rng.random(n) < np.where(leaver, GONE_LEAVERS, GONE_MATCHED))
    return Survey(at_us=np.where(answers, at, 0), score=score, leaver=leaver, gone=gone)


def _draw_orders(world: World, rng: np.random.Generator, buyers: Ints, survey: Survey) -> tuple[Ints, Ints]:
    """Live all rhythms at once: each round everybody still there orders once more."""
    end = world.dates.end_us
    gap = rng.lognormal(np.log(31 * DAY), 0.3, len(buyers))
    stays = np.where(survey.at_us > 0, 40, rng.geometric(0.16, len(buyers)))
    at = world.people.joined_us[buyers] + HOUR
    row = np.arange(len(buyers))
    persons, times = [], []
    for turn in range(40):
        persons.append(buyers[row])
        times.append(at)
        after = at > survey.at_us[row]
        stretch = np.where(survey.leaver[row] & after & (survey.at_us[row] > 0), GAP_STRETCH, 1.0)
        step = gap[row] * rng.lognormal(0, 0.18, len(row)) * stretch
        nxt = at + _keep_promise(step, at, survey, row)
        nxt = nxt - nxt % DAY + (rng.normal(15, 3.5, len(row)).clip(7, 22.5) * HOUR).astype(np.int64)
        left = survey.gone[row] & (nxt >= survey.at_us[row])
        going = (nxt < end - 3 * HOUR) & (turn + 1 < stays[row]) & ~left
        row, at = row[going], nxt[going]
        if not len(row):
            break
    person, at = np.concatenate(persons), np.concatenate(times)
    return person, at


def _keep_promise(step: Floats, at: Ints, survey: Survey, row: Ints) -> Ints:
    """Who is not gone orders within 90 days of the survey; gaps never run longer than 85 days."""
    asked = survey.at_us[row]
    bound = np.where((asked > at) & (asked > 0), np.maximum(asked - at, 0) + LONGEST_GAP, LONGEST_GAP)
    return np.minimum(step, bound).astype(np.int64)


def _find_promised(person: Ints, at: Ints, buyers: Ints, survey: Survey) -> Bools:
    """Name the orders that no price takes away: each buyer's first, which says who they are, and the first after the
    survey, by which who is not gone is known.
    """
    asked = survey.at_us[np.searchsorted(buyers, person)]
    promised = np.zeros(len(person), dtype=np.bool_)
    for rows in (np.arange(len(person)), np.flatnonzero((at > asked) & (asked > 0))):
        ordered = rows[np.lexsort((at[rows], person[rows]))]
        _, first = np.unique(person[ordered], return_index=True)
        promised[ordered[first]] = True
    return promised


def _write_survey(world: World, rng: np.random.Generator, buyers: Ints, survey: Survey) -> None:
    rows = np.flatnonzero(survey.at_us > 0)
    person, users = buyers[rows], world.people.user_id
    texts = draw_texts(
        rng,
        language=world.people.language[person],
        theme=draw_from(rng, len(rows), {"taste": 5, "freshness": 3, "order": 2, "price": 2}, THEMES),
        emotion=feel_of(rng, survey.score[rows] / 5 - 1),
        share=0.5,
    )
    who, values = person.tolist(), survey.score[rows].tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Mail",
            "touchpoint": "Quarterly survey",
            "area": "product",
            "score": {"kind": "nps", "value": values[row], "top": 10},
        }
        return track("Survey Answered", heartline, user=users[who[row]], survey="Quarterly")

    world.ledger.write(Block(tag="shop.survey", source=SURVEYS, at_us=survey.at_us[rows], make=make, texts=texts))


def _ask_for_help(world: World, rng: np.random.Generator, buyers: Ints, survey: Survey) -> None:
    """Every leaver asked team B for help in the fortnight before; some of the others asked anybody."""
    asks = (survey.at_us > 0) & (survey.leaver | (rng.random(len(buyers)) < 0.3))
    rows = np.flatnonzero(asks)
    at = survey.at_us[rows] - (rng.uniform(2, 13, len(rows)) * DAY).astype(np.int64)
    world.requests.append(
        Requests(
            person=buyers[rows],
            at_us=at,
            theme=np.full(len(rows), find_theme("order")),
            order=np.full(len(rows), -1),
            team=np.where(survey.leaver[rows], 1, np.where(rng.random(len(rows)) < 0.25, 1, 0)),
            spared=np.zeros(len(rows), dtype=np.bool_),
        )
    )
