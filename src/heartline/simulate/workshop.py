"""Story 7: the latte workshop, asked for in chat, its places drawn by lot.

Who wants to go buys more than others anyhow: that is most of the 27 points by which its guests buy again more often.
The lot tells the rest: 11 points between those who won a place and those who did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.simulate.bags import find_buyers, write_bags
from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK
from heartline.simulate.ledger import MAILINGS, SUPPORT, SURVEYS, TILLS, Block, Bools, Ints, Message, track
from heartline.simulate.people import BY_HAND, NEVER
from heartline.simulate.scores import draw_steps, feel_of
from heartline.simulate.stories import (
    CAFES,
    WORKSHOP_AT_FULL_SIZE,
    WORKSHOP_DAYS,
    WORKSHOP_LOTTERY,
    WORKSHOP_MARGIN,
    WORKSHOP_POUNDS,
    WORKSHOP_RAW,
    scale_count,
)
from heartline.simulate.trials import mark
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts, find_theme
from heartline.simulate.world import World

PRODUCT: Final = "Latte workshop"
_ARMS: Final = (mark("latte workshop", "not won"), mark("latte workshop", "won"))
_FIRST_WEEKS, _LAST_WEEKS = 32, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicants:
    """One row a person who asked for a place: the evening (µs UTC), whether they won it, and at which café."""

    person: Ints
    at_us: Ints
    won: Bools
    cafe: Ints


def plan_workshops(world: World) -> None:
    """Write asking, the lot, the evening and what was bought after."""
    rng, people, dates = world.rng("workshop"), world.people, world.dates
    first = max(dates.today_us - _FIRST_WEEKS * WEEK, dates.cards_us + 3 * WEEK)
    account = np.array([bool(user) for user in people.user_id])
    able = np.flatnonzero(account & (people.card_us < NEVER) & (people.kind != BY_HAND))
    # An evening a week; everybody able has one, so that the others can be compared over the same four weeks.
    weeks = np.arange(first + 18 * HOUR, dates.today_us - _LAST_WEEKS * WEEK, WEEK)
    evening = weeks[rng.integers(0, len(weeks), len(able))]
    here = np.maximum(people.card_us, people.joined_us)[able] < evening - 3 * WEEK
    able, evening = able[here], evening[here]
    chosen = rng.permutation(len(able))[: 2 * scale_count(WORKSHOP_AT_FULL_SIZE, customers=world.customers)]
    asked = Applicants(
        person=able[chosen],
        at_us=evening[chosen],
        won=np.arange(len(chosen)) < len(chosen) // 2,
        cafe=people.region[able[chosen]] * 4 + rng.integers(0, 4, len(chosen)),
    )
    _write_asking(world, rng, asked)
    _write_evening(world, rng, asked)
    rest = np.ones(len(able), dtype=np.bool_)
    rest[chosen] = False
    told = _buy_again(world, rng, asked, others=(able[rest], evening[rest]))
    world.stories["7"] = _tell(asked, told)


def _write_asking(world: World, rng: np.random.Generator, asked: Applicants) -> None:
    people, who, n = world.people, asked.person.tolist(), len(asked.person)
    emotion = draw_from(rng, n, {"neutral": 7, "confusion": 2}, EMOTIONS)
    theme = np.full(n, find_theme("workshop"))
    texts = draw_texts(rng, language=people.language[asked.person], theme=theme, emotion=emotion, share=1.0)
    won = asked.won.tolist()
    evening = np.datetime_as_string((asked.at_us // DAY).astype("datetime64[D]")).tolist()

    def make_chat(row: int) -> Message:
        heartline = {"channel": "Chat", "touchpoint": "Workshop request", "area": "sales", "product": PRODUCT}
        return track("Workshop Requested", heartline, user=people.user_id[who[row]], price=WORKSHOP_POUNDS)

    def make_lot(row: int) -> Message:
        heartline = {"channel": "Mail", "touchpoint": "Workshop lottery", "area": "marketing", "product": PRODUCT}
        given = {"won": won[row], "evening": evening[row], **_ARMS[won[row]]}
        return track("Lottery Drawn", heartline, user=people.user_id[who[row]], **given)

    chat = asked.at_us - (rng.uniform(9, 16, n) * DAY).astype(np.int64)
    lot = asked.at_us - 6 * DAY - (rng.uniform(1, 9, n) * HOUR).astype(np.int64)
    world.ledger.write(Block(tag="workshop.asked", source=SUPPORT, at_us=chat, make=make_chat, texts=texts))
    world.ledger.write(Block(tag="workshop.lot", source=MAILINGS, at_us=lot, make=make_lot))


def _write_evening(world: World, rng: np.random.Generator, asked: Applicants) -> None:
    """The evening is paid at the till with the card; six in ten say afterwards how it was."""
    people, rows = world.people, np.flatnonzero(asked.won)
    who, cafe = asked.person[rows].tolist(), asked.cafe[rows].tolist()
    stars = draw_steps(rng, len(rows), (0.02, 0.04, 0.12, 0.34, 0.48))
    texts = draw_texts(
        rng,
        language=people.language[asked.person[rows]],
        theme=np.full(len(rows), find_theme("workshop")),
        emotion=feel_of(rng, (stars - 3) / 2),
        share=0.7,
    )
    values = stars.tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Workshop evening",
            "area": "product",
            "place": CAFES[cafe[row]][0],
            "product": PRODUCT,
            "amount": WORKSHOP_POUNDS,
            "currency": "GBP",
            "identifiers": {"loyalty_card": people.card[who[row]]},
        }
        return track("Workshop Attended", heartline, margin=WORKSHOP_MARGIN, **_ARMS[True])

    def make_answer(row: int) -> Message:
        heartline = {
            "channel": "Mail",
            "touchpoint": "Workshop evening",
            "area": "product",
            "product": PRODUCT,
            "score": {"kind": "csat", "value": values[row], "top": 5},
        }
        return track("Survey Answered", heartline, user=people.user_id[who[row]], survey="Workshop")

    at = asked.at_us[rows]
    world.ledger.write(Block(tag="workshop.evening", source=TILLS, at_us=at, make=make))
    later = at + (rng.uniform(100, 1500, len(rows)) * MINUTE).astype(np.int64)
    answers = Block(tag="workshop.answer", source=SURVEYS, at_us=later, make=make_answer, texts=texts)
    world.ledger.write(answers.only(np.flatnonzero(rng.random(len(rows)) < 0.6)))


def _buy_again(
    world: World, rng: np.random.Generator, asked: Applicants, *, others: tuple[Ints, Ints]
) -> dict[str, object]:
    """Top up what the applicants buy anyhow to 27 points above the others for winners, to 16 for losers."""
    usual = find_buyers(world, *others, days=WORKSHOP_DAYS)
    base = float(usual.mean()) if len(usual) else 0.5
    bought = find_buyers(world, asked.person, asked.at_us, days=WORKSHOP_DAYS)
    rate = base + WORKSHOP_RAW - np.where(asked.won, 0.0, WORKSHOP_LOTTERY)
    more = ~bought & (rng.random(len(bought)) < (rate - base) / (1 - base))
    moment = asked.at_us + (rng.uniform(1, WORKSHOP_DAYS - 1, len(bought)) * DAY).astype(np.int64)
    write_bags(world, rng, asked.person[more], moment[more], tag="workshop")
    again = bought | more
    return {
        "others_repeat_rate": round(base, 4),
        "repeated": {"won": int((again & asked.won).sum()), "not won": int((again & ~asked.won).sum())},
        "others": len(usual),
    }


def _tell(asked: Applicants, told: dict[str, object]) -> dict[str, object]:
    return {
        "title": "Latte workshop",
        "cause": "Mostly who comes; the workshop itself adds the points of the lottery",
        "where": {"touchpoint": "Workshop evening", "marked_at": "Workshop lottery", "experiment": "latte workshop"},
        "repeat": f"anything bought within {WORKSHOP_DAYS} days of the evening",
        "repeat_difference": {"raw": WORKSHOP_RAW, "by_lottery": WORKSHOP_LOTTERY},
        "pounds": WORKSHOP_POUNDS,
        "margin": WORKSHOP_MARGIN,
        "customers": {"won": int(asked.won.sum()), "not won": int((~asked.won).sum())},
        "customers_at_full_size": WORKSHOP_AT_FULL_SIZE,
        **told,
    }
