"""Story 8: a handwritten note in the third box, which brings people back, and a Christmas gift, which does not.

Both are drawn by lot, and both arms are marked on a touch that both have: the box's dispatch note, the Christmas card.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from heartline.simulate.bags import find_buyers, write_bags
from heartline.simulate.dates import DAY, HOUR, WEEK, write_iso
from heartline.simulate.ledger import COURIER, MAILINGS, Block, Ints, Message, track
from heartline.simulate.stories import (
    GIFT_POUNDS,
    GIFTS_AT_FULL_SIZE,
    NOTE_REPEAT,
    NOTES_AT_FULL_SIZE,
    REPEAT_DAYS,
    scale_count,
)
from heartline.simulate.subscriptions import Boxes
from heartline.simulate.trials import NOTE_WITH, NOTE_WITHOUT, TRIALS, mark
from heartline.simulate.world import Thirds, World, name_order

_FIRST_WEEKS, _LAST_WEEKS = 40, 9


def draw_notes(world: World, boxes: Boxes) -> Ints:
    """Draw the mark of each box shipped: a third box with the note, one without it, or 0."""
    rng, today = world.rng("notes"), world.dates.today_us
    third = np.flatnonzero((boxes.number == 2) & (boxes.term == 0) & (boxes.delivered_us < world.dates.end_us))
    came = boxes.delivered_us[third]
    fits = third[(came >= max(today - _FIRST_WEEKS * WEEK, world.dates.cards_us)) & (came < today - _LAST_WEEKS * WEEK)]
    wanted = 2 * scale_count(NOTES_AT_FULL_SIZE, customers=world.customers)
    chosen = rng.permutation(fits)[:wanted]
    marks = np.zeros(len(boxes.person), dtype=np.int64)
    marks[chosen] = NOTE_WITHOUT
    marks[chosen[: len(chosen) // 2]] = NOTE_WITH
    world.thirds.append(Thirds(person=boxes.person[third], at_us=came, mark=marks[third]))
    _write_notes(world, boxes, np.flatnonzero(marks == NOTE_WITH))
    return marks


def _write_notes(world: World, boxes: Boxes, rows: Ints) -> None:
    users, who, orders = world.people.user_id, boxes.person[rows].tolist(), boxes.order[rows].tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Courier",
            "touchpoint": "Handwritten note",
            "area": "product",
            "order": name_order(orders[row]),
        }
        return track("Note Enclosed", heartline, user=users[who[row]], **TRIALS[NOTE_WITH])

    at = boxes.delivered_us[rows] + HOUR // 4
    world.ledger.write(Block(tag="box.note", source=MAILINGS, at_us=at, make=make))


def plan_gestures(world: World) -> None:
    """Let people buy again after their third box, more of them after the note; then give the gift."""
    drawn = _buy_again(world)
    gift = _plan_gift(world)
    world.stories["8"] = {
        "title": "Handwritten note, Christmas gift",
        "note": {
            "where": {"touchpoint": "Handwritten note", "marked_at": "Dispatch note"},
            "experiment": "handwritten note",
            "repeat": f"anything bought within {REPEAT_DAYS} days of the third box, its renewal not counted",
            "repeat_rate": {"held out": NOTE_REPEAT[0], "note": NOTE_REPEAT[1]},
            "customers_at_full_size": NOTES_AT_FULL_SIZE,
            **drawn,
        },
        "gift": gift,
    }


def _buy_again(world: World) -> dict[str, object]:
    """Top up what people buy anyhow to 70 in a hundred after a third box, 76 with the note."""
    rng, thirds, end = world.rng("note, again"), world.thirds[0], world.dates.end_us
    known = np.flatnonzero(thirds.at_us >= world.dates.cards_us)
    person, at, marks = thirds.person[known], thirds.at_us[known], thirds.mark[known]
    bought = find_buyers(world, person, at, days=REPEAT_DAYS)
    enrolled = marks > 0
    anyhow = float(bought[enrolled].mean()) if enrolled.any() else 0.5
    rate = np.where(marks == NOTE_WITH, NOTE_REPEAT[1], NOTE_REPEAT[0])
    more = ~bought & (rng.random(len(person)) < (rate - anyhow) / (1 - anyhow))
    moment = at + (rng.uniform(2, REPEAT_DAYS - 2, len(person)) * DAY).astype(np.int64)
    more &= moment < end - HOUR
    write_bags(world, rng, person[more], moment[more], tag="again")
    arms = {"held out": marks == NOTE_WITHOUT, "note": marks == NOTE_WITH}
    return {
        "customers": {name: int(rows.sum()) for name, rows in arms.items()},
        "repeated": {name: int((rows & (bought | more)).sum()) for name, rows in arms.items()},
    }


def _plan_gift(world: World) -> dict[str, object]:
    """The gift goes out on 12 December, to half of those who get a card; whoever got one buys as they would have."""
    rng, dates, people = world.rng("gift"), world.dates, world.people
    at_us = _find_christmas(dates.end_us - (REPEAT_DAYS + 10) * DAY)
    able = people.with_account()
    able = able[people.joined_us[able] < at_us - 30 * DAY]
    wanted = 2 * scale_count(GIFTS_AT_FULL_SIZE, customers=world.customers)
    chosen = rng.permutation(able)[:wanted] if at_us > dates.start_us + 60 * DAY else able[:0]
    given, cards = chosen[: len(chosen) // 2].tolist(), chosen.tolist()
    arms = (mark("christmas gift", "gift"), mark("christmas gift", "held out"))

    def make_card(row: int) -> Message:
        heartline = {"channel": "Mail", "touchpoint": "Christmas card", "area": "marketing"}
        arm = arms[row >= len(given)]
        return track("Email Opened", heartline, user=people.user_id[cards[row]], **arm)

    def make_gift(row: int) -> Message:
        heartline = {"channel": "Courier", "touchpoint": "Christmas gift", "area": "product"}
        return track("Gift Delivered", heartline, user=people.user_id[given[row]], cost=GIFT_POUNDS, **arms[0])

    opened = at_us + (rng.uniform(8, 60, len(cards)) * HOUR).astype(np.int64)
    brought = at_us + 4 * DAY + (rng.uniform(8, 40, len(given)) * HOUR).astype(np.int64)
    world.ledger.write(Block(tag="gift.card", source=MAILINGS, at_us=opened, make=make_card))
    world.ledger.write(Block(tag="gift.given", source=COURIER, at_us=brought, make=make_gift))
    return {
        "where": {"touchpoint": "Christmas gift", "marked_at": "Christmas card"},
        "experiment": "christmas gift",
        "at": write_iso(at_us),
        "effect": 0.0,
        "pounds": round(GIFT_POUNDS * len(given)),
        "customers": {"gift": len(given), "held out": len(cards) - len(given)},
        "customers_at_full_size": GIFTS_AT_FULL_SIZE,
        "repeat": f"anything bought within {REPEAT_DAYS} days of the card",
    }


def _find_christmas(last_us: int) -> int:
    """The last 12 December before a moment, at midnight UTC."""
    last = datetime.fromtimestamp(last_us / 1e6, tz=UTC)
    year = last.year if (last.month, last.day) > (12, 12) else last.year - 1
    return int(datetime(year, 12, 12, tzinfo=UTC).timestamp()) * 1_000_000
