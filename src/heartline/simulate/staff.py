"""Story 12, the counter: whoever serves may refund up to £20 on the spot, in some cafés earlier than in others.

Without the limit 52 complaints in a hundred are settled at once, with it 81; who is not helped comes back within the
week. The cafés get it in groups, by lot; two still wait, so there is somebody to compare with.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK, write_iso
from heartline.simulate.ledger import TILLS, Block, Bools, Floats, Ints, Message, track
from heartline.simulate.people import BY_HAND, NEVER
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    CAFES,
    COMPLAINTS_AT_FULL_SIZE,
    FIXED,
    REFUND_LIMIT,
    REFUND_POUNDS_A_MONTH,
    REFUND_WEEKS,
    scale_count,
)
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts
from heartline.simulate.world import World

BARISTAS: Final = (
    *(
        "Jess Hall",
        "Mo Hussain",
        "Kasia Nowak",
        "Tadhg O'Brien",
        "Priya Shah",
        "Luca Rossi",
        "Efua Mensah",
        "Sam Green",
    ),
    *("Ewan Stewart", "Ngozi Okafor", "Chiara Ferrari", "Rhys Evans", "Leila Ahmadi", "Finlay Campbell", "Ana Silva"),
    *("Bilal Khan", "Zofia Kowalska", "Harpreet Kaur", "Callum Wood", "Yuki Sato", "Omar Haddad", "Freya Wright"),
    *("Minh Nguyễn", "Ioana Popescu"),
)
"""Two a café, in the order of the cafés."""

TOUCHPOINT: Final = "Complaint at the counter"
_WEEKS: Final = 26
_REFUNDED: Final = 0.45
_POUNDS: Final = (2.9, 3.4, 3.9, 4.2, 7.6, 9.8, 12.0, 15.9, 20.0)


def plan_counters(world: World) -> None:
    """Write complaints, the refunds on the spot, and who had to come again."""
    rng, people, dates = world.rng("counters"), world.people, world.dates
    weeks = [REFUND_WEEKS[place] for place in rng.permutation(len(CAFES)).tolist()]
    start = np.array([NEVER if week is None else dates.today_us - week * WEEK for week in weeks])
    first = max(dates.today_us - _WEEKS * WEEK, dates.cards_us)
    able = np.flatnonzero((people.card_us < dates.today_us - 3 * DAY) & (people.kind != BY_HAND))
    person = rng.permutation(able)[: scale_count(COMPLAINTS_AT_FULL_SIZE, customers=world.customers)]
    n = len(person)
    since = np.maximum(people.card_us[person] + DAY, first)
    at = since + (rng.random(n) * (dates.today_us - DAY - since)).astype(np.int64)
    at = at - at % DAY + (rng.normal(12.5, 2.6, n).clip(8, 17.5) * HOUR).astype(np.int64)
    at = np.maximum(at, since)
    cafe = people.region[person] * 4 + rng.integers(0, 4, n)
    may = at >= start[cafe]
    fixed = rng.random(n) < np.where(may, FIXED[1], FIXED[0])
    pounds = np.where(may & fixed & (rng.random(n) < _REFUNDED), rng.choice(_POUNDS, n), 0.0)
    by = 2 * cafe + rng.integers(0, 2, n)
    _write_complaints(world, rng, "counter.first", person, at, cafe, by, may=may, fixed=fixed)
    _write_refunds(world, person, at, cafe, by, pounds)
    back = at + (rng.uniform(0.8, 6.5, n) * DAY).astype(np.int64)
    again = ~fixed & (back < dates.end_us - HOUR)
    _write_complaints(
        world, rng, "counter.again", person[again], back[again], cafe[again], by[again],
        may=may[again], fixed=np.ones(int(again.sum()), dtype=np.bool_),
    )  # fmt: skip
    month = at >= dates.today_us - 30 * DAY
    scale = world.customers / 60_000
    world.stories["12"] = {
        **world.stories.get("12", {}),
        "title": "Staff",
        "refund_limit": {
            "cause": f"Whoever serves may refund up to £{REFUND_LIMIT} on the spot",
            "where": {"touchpoint": TOUCHPOINT, "refunds": "Refund at the counter"},
            "at": {CAFES[c][0]: None if weeks[c] is None else write_iso(int(start[c])) for c in range(len(CAFES))},
            "fixed_at_once_rate": {"without": FIXED[0], "with": FIXED[1]},
            "complaints": {"without": int((~may).sum()), "with": int(may.sum())},
            "fixed_at_once": {"without": int((fixed & ~may).sum()), "with": int((fixed & may).sum())},
            "counts": "whether the same customer complains again within seven days",
            "pounds_last_month": round(float(pounds[month].sum()), 2),
            "pounds_a_month": round(REFUND_POUNDS_A_MONTH * scale),
            "pounds_a_month_at_full_size": REFUND_POUNDS_A_MONTH,
        },
    }


def _write_complaints(  # noqa: PLR0913  # one complaint is all this
    world: World,
    rng: np.random.Generator,
    tag: str,
    person: Ints,
    at_us: Ints,
    cafe: Ints,
    by: Ints,
    *,
    may: Bools,
    fixed: Bools,
) -> None:
    people, n = world.people, len(person)
    texts = draw_texts(
        rng,
        language=people.language[person],
        theme=draw_from(rng, n, {"taste": 4, "café queue": 3, "café staff": 3, "freshness": 2, "price": 1}, THEMES),
        emotion=draw_from(rng, n, {"annoyance": 5, "disappointment": 5, "anger": 2}, EMOTIONS),
        share=1.0,
    )
    who, place, server = person.tolist(), cafe.tolist(), by.tolist()
    limit, done = may.tolist(), fixed.tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": TOUCHPOINT,
            "area": "service",
            "place": CAFES[place[row]][0],
            "employee": BARISTAS[server[row]],
            "identifiers": {"loyalty_card": people.card[who[row]]},
        }
        return track("Complaint Raised", heartline, refund_limit=REFUND_LIMIT if limit[row] else 0, settled=done[row])

    world.ledger.write(Block(tag=tag, source=TILLS, at_us=at_us, make=make, texts=texts))


def _write_refunds(  # one refund is all this
    world: World, person: Ints, at_us: Ints, cafe: Ints, by: Ints, pounds: Floats
) -> None:
    rows = np.flatnonzero(pounds > 0)
    who, place, server, given = (column[rows].tolist() for column in (person, cafe, by, pounds))

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Refund at the counter",
            "area": "service",
            "place": CAFES[place[row]][0],
            "employee": BARISTAS[server[row]],
            "amount": -given[row],
            "currency": "GBP",
            "identifiers": {"loyalty_card": world.people.card[who[row]]},
        }
        return track("Order Refunded", heartline)

    world.ledger.write(Block(tag="counter.refund", source=TILLS, at_us=at_us[rows] + 4 * MINUTE, make=make))
