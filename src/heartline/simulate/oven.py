"""Story 12, the oven: staff of one café report its queue eleven days before the guests' scores fall by 18.

Reports come from all cafés, about all sorts of things; a report is an interaction of who reports, no customer's.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, WEEK, write_iso
from heartline.simulate.ledger import SURVEYS, Block, Bools, Floats, Ints, Message, track
from heartline.simulate.scores import draw_nps
from heartline.simulate.speech import THEMES
from heartline.simulate.staff import BARISTAS
from heartline.simulate.stories import CAFE_NPS, CAFE_RAKED, CAFE_TRUTH, CAFES, OVEN_CAFE, OVEN_FALL, OVEN_WARNING_DAYS
from heartline.simulate.voices import EMOTIONS, OF_STAFF, draw_from, draw_texts, find_theme
from heartline.simulate.world import World

TOUCHPOINT: Final = "Staff report"
_WEEKS: Final = 30
_REPORTS: Final = 54
_OVEN_DAYS: Final = (OVEN_WARNING_DAYS, 8, 3, -6)
_ABOUT: Final = {"café queue": 3.0, "app": 3.0, "packaging": 3.0, "café staff": 3.0, "order": 2.0, "price": 1.0}


def lower_scores(world: World, at_us: Ints, *, cafe: Ints, age: Ints, scores: Ints) -> tuple[Ints, Bools]:
    """Draw anew what guests of that café say since the oven, 18 points lower; return all scores and which were drawn.

    Their number stays, and so does everything drawn for others.
    """
    rng = world.rng("oven")
    rows = (cafe == OVEN_CAFE) & (at_us >= world.dates.oven_us)
    told: Floats = np.array(CAFE_NPS)[age[rows]] + CAFE_RAKED - CAFE_TRUTH - OVEN_FALL
    lower = scores.copy()
    lower[rows] = draw_nps(rng, mood=rng.standard_normal(len(told)), nps=told)
    world.stories["12"] = {
        **world.stories.get("12", {}),
        "oven": {
            "cause": f"The oven at {CAFES[OVEN_CAFE][0]} is too slow, and the queue stands at the door",
            "where": {"touchpoint": "Café till", "place": CAFES[OVEN_CAFE][0], "score": "nps"},
            "at": write_iso(world.dates.oven_us),
            "reported_at": write_iso(world.dates.oven_us - OVEN_WARNING_DAYS * DAY),
            "reported_days_before": OVEN_WARNING_DAYS,
            "nps_difference": -OVEN_FALL,
            "answers_since": int(rows.sum()),
        },
    }
    return lower, rows


def plan_reports(world: World) -> None:
    """Write what staff report: about the oven at the one café, about anything at all of them."""
    rng, dates = world.rng("staff reports"), world.dates
    oven = np.array([dates.oven_us - day * DAY + 17 * HOUR for day in _OVEN_DAYS])
    first = max(dates.today_us - _WEEKS * WEEK, dates.start_us)
    other = first + (rng.random(_REPORTS) * (dates.today_us - DAY - first)).astype(np.int64)
    at = np.concatenate(
        [oven, other - other % DAY + (rng.normal(17.5, 1.0, _REPORTS).clip(8, 19) * HOUR).astype(np.int64)]
    )
    n = len(at)
    cafe = np.concatenate([np.full(len(oven), OVEN_CAFE), rng.integers(0, len(CAFES), _REPORTS)])
    theme = draw_from(rng, n, _ABOUT, THEMES)
    theme[: len(oven)] = find_theme("oven queue")
    texts = draw_texts(
        rng,
        language=np.full(n, OF_STAFF),
        theme=theme,
        emotion=draw_from(rng, n, {"worry": 4, "annoyance": 4, "disappointment": 3}, EMOTIONS),
        share=1.0,
    )
    place, by = cafe.tolist(), (2 * cafe + rng.integers(0, 2, n)).tolist()
    token = {number: f"staff-{world.seed:x}-{number:02d}" for number in sorted(set(by))}
    world.strangers += token.values()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Staff",
            "touchpoint": TOUCHPOINT,
            "area": "place",
            "place": CAFES[place[row]][0],
            "employee": BARISTAS[by[row]],
        }
        return track("Pain Point Reported", heartline, anonymous=token[by[row]], reported_by="employee")

    world.ledger.write(Block(tag="staff.report", source=SURVEYS, at_us=at, make=make, texts=texts))
