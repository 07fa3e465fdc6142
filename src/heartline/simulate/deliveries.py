"""What a subscriber meets from the first dispatch note to the renewal: touches, answers and comments (story 1)."""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK
from heartline.simulate.gestures import draw_notes
from heartline.simulate.late_notice import draw_notices, plan_notices, spare
from heartline.simulate.ledger import COURIER, DESK, MAILINGS, SURVEYS, Block, Bools, Floats, Ints, Message, track
from heartline.simulate.people import NEVER
from heartline.simulate.scores import draw_mood, draw_nps, draw_steps, feel_of
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import ASKED_HELD_OUT, NEW_COURIER, OLD_COURIER, REGIONS, WANTED_ANSWERS, split_nps
from heartline.simulate.subscriptions import NORTH, Boxes, Plans, Renewals, draw_plans, draw_terms
from heartline.simulate.trials import TRIALS
from heartline.simulate.truth import tell_courier_switch
from heartline.simulate.voices import draw_from, draw_texts, find_theme
from heartline.simulate.world import Requests, World, name_order

DOOR: Final = "Courier at the door"
COFFEES: Final = (
    "Kenyan AA",
    "Yirgacheffe",
    "Huila",
    "Sumatra Gayo",
    "Antigua",
    "Harbour blend",
    "Tarrazú",
    "Decaf Santos",
)


def plan_deliveries(world: World) -> None:
    """Story 1: boxes, the answers at the door, brewing, asking for help, renewing."""
    plans = draw_plans(world)
    shipped, renewals = draw_terms(world, plans)
    notice, note = draw_notices(world, shipped), draw_notes(world, shipped)
    _write_dispatch(world, shipped, np.maximum(notice, note))
    boxes = shipped.come(world.dates.end_us)
    _write_door(world, boxes)
    answers = _write_answers(world, boxes)
    _write_brewing(world, boxes)
    _write_reviews(world, boxes)
    _write_renewals(world, plans, renewals)
    asked = _ask_for_help(world, boxes, notice[shipped.delivered_us < world.dates.end_us])
    plan_notices(world, shipped, notice, asked)
    world.stories["1"] = tell_courier_switch(world, boxes=boxes, renewals=renewals, plans=plans, answers=answers)


def _write_dispatch(world: World, boxes: Boxes, mark: Ints) -> None:
    """The note says by when the box is promised, and in which experiment it takes part."""
    users, marks = world.people.user_id, mark.tolist()
    who, orders = boxes.person.tolist(), boxes.order.tolist()
    due = boxes.promised

    def make(row: int) -> Message:
        heartline = {
            "channel": "Mail",
            "touchpoint": "Dispatch note",
            "area": "product",
            "order": name_order(orders[row]),
        }
        name, trial = name_order(orders[row]), TRIALS[marks[row]]
        return track("Order Shipped", heartline, user=users[who[row]], order_id=name, promised=due[row], **trial)

    world.ledger.write(Block(tag="box.shipped", source=DESK, at_us=boxes.shipped_us, make=make))


def _write_door(world: World, boxes: Boxes) -> None:
    """The courier knows nothing but the order."""
    region = world.people.region[boxes.person].tolist()
    orders, late, switched = boxes.order.tolist(), boxes.late.tolist(), boxes.switched.tolist()
    days = ((boxes.delivered_us - boxes.shipped_us) / DAY).round(1).tolist()
    due = boxes.promised

    def make(row: int) -> Message:
        heartline = {
            "channel": "Courier",
            "touchpoint": DOOR,
            "area": "product",
            "place": REGIONS[region[row]],
            "partner": NEW_COURIER if switched[row] else OLD_COURIER,
            "order": name_order(orders[row]),
        }
        given = {"days": days[row], "promised_days": 2, "promised": due[row], "late": late[row]}
        return track("Parcel Delivered", heartline, **given)

    world.ledger.write(Block(tag="box.door", source=COURIER, at_us=boxes.delivered_us, make=make))


def choose_share(world: World, boxes: Boxes) -> float:
    """The share of boxes whose question is answered: a third, or what a small company needs for enough answers.

    Whoever answers is drawn apart from how the box went, so the answers are a fair sample of the boxes.
    """
    north = world.people.region[boxes.person] == NORTH
    age = world.dates.switch_us - boxes.delivered_us
    before = int((north & ~boxes.switched & (age < 12 * WEEK)).sum())
    after = int((north & boxes.switched).sum())
    return min(max(0.34, WANTED_ANSWERS / max(min(before, after), 1)), 0.95)


def _write_answers(world: World, boxes: Boxes) -> dict[str, float]:
    rng = world.rng("door answers")
    people = world.people
    share = choose_share(world, boxes)
    wait = np.minimum(rng.lognormal(np.log(3.2), 0.9, len(boxes.person)), 26.0).clip(0.3) * HOUR
    at = boxes.delivered_us + wait.astype(np.int64)
    north = people.region[boxes.person] == NORTH
    at = np.where(north & ~boxes.switched, np.minimum(at, world.dates.switch_us - 10 * MINUTE), at)
    rows = np.flatnonzero((rng.random(len(boxes.person)) < share) & (at < world.dates.end_us))
    punctual, late_nps = split_nps()
    late = boxes.late[rows]
    mood = draw_mood(rng, len(people))[boxes.person[rows]]
    scores = draw_nps(rng, mood=mood, nps=np.where(late, late_nps, punctual))
    texts = draw_texts(
        rng,
        language=people.language[boxes.person[rows]],
        theme=_draw_door_themes(rng, late=late, happy=scores >= 9, new_box=at[rows] >= world.dates.switch_us),
        emotion=feel_of(rng, scores / 5 - 1),
        share=0.34,
    )
    who, region = boxes.person[rows].tolist(), people.region[boxes.person[rows]].tolist()
    switched, orders, values = boxes.switched[rows].tolist(), boxes.order[rows].tolist(), scores.tolist()
    channel = np.where(people.app_us[boxes.person[rows]] < NEVER, "App", "Mail").tolist()
    users = people.user_id

    def make(row: int) -> Message:
        heartline = {
            "channel": channel[row],
            "touchpoint": DOOR,
            "area": "product",
            "place": REGIONS[region[row]],
            "partner": NEW_COURIER if switched[row] else OLD_COURIER,
            "order": name_order(orders[row]),
            "score": {"kind": "nps", "value": values[row], "top": 10},
        }
        return track("Survey Answered", heartline, user=users[who[row]], survey="Delivery")

    world.ledger.write(Block(tag="door.answer", source=SURVEYS, at_us=at[rows], make=make, texts=texts))
    return {"share": share, "count": float(len(rows))}


def _draw_door_themes(rng: np.random.Generator, *, late: Bools, happy: Bools, new_box: Bools) -> Ints:
    """Late boxes are spoken of as late, the rest about anything; the new packaging is talked about, well and ill."""
    n = len(late)
    of_late = draw_from(rng, n, {"late delivery": 7, "courier": 3}, THEMES)
    glad = draw_from(rng, n, {"courier": 3, "taste": 4, "freshness": 2, "late delivery": 2, "subscription": 1}, THEMES)
    sour = draw_from(rng, n, {"courier": 2, "taste": 2, "price": 2, "delivery day": 3, "grind": 1}, THEMES)
    themes = np.where(late & ~happy, of_late, np.where(happy, glad, sour))
    packaging = rng.random(n) < np.where(new_box, 0.16, 0.04)
    return np.where(packaging, find_theme("packaging"), themes).astype(np.int64)


def _write_brewing(world: World, boxes: Boxes) -> None:
    """Opening the box (scored now and then; the new packaging changes nothing) and the first cup."""
    rng = world.rng("brewing")
    n = len(boxes.person)
    opened_at = boxes.delivered_us + (rng.lognormal(np.log(5.0), 1.1, n).clip(0.05, 60) * HOUR).astype(np.int64)
    opened = rng.random(n) < 0.28
    asked = opened & (rng.random(n) < 0.3)
    csat = draw_steps(rng, n, (0.03, 0.05, 0.12, 0.40, 0.40))
    _write_answer_block(
        world, rng, "box.opened", boxes, rows=opened, at_us=opened_at, touchpoint="Box opened",
        value=np.where(asked, csat, 0), kind="csat", weights={"packaging": 6, "freshness": 3, "taste": 1}, share=0.4,
    )  # fmt: skip
    cup_at = opened_at + (rng.lognormal(np.log(9.0), 1.0, n).clip(0.2, 120) * HOUR).astype(np.int64)
    stars = draw_steps(rng, n, (0.02, 0.03, 0.09, 0.30, 0.56))
    rated = rng.random(n) < 0.24
    _write_answer_block(
        world, rng, "box.cup", boxes, rows=rated, at_us=cup_at, touchpoint="First cup",
        value=stars, kind="stars", weights={"taste": 8, "freshness": 2, "grind": 1}, share=0.35,
    )  # fmt: skip


def _write_reviews(world: World, boxes: Boxes) -> None:
    """The mail that asks for a review goes out by the calendar, so some review a box that has not come."""
    rng = world.rng("reviews")
    n = len(boxes.person)
    at = boxes.due_us + 2 * DAY + (rng.lognormal(np.log(8.0), 0.9, n).clip(0.5, 200) * HOUR).astype(np.int64)
    before = at < boxes.delivered_us
    stars = np.where(
        before, draw_steps(rng, n, (0.45, 0.30, 0.15, 0.06, 0.04)), draw_steps(rng, n, (0.03, 0.05, 0.1, 0.27, 0.55))
    )
    _write_answer_block(
        world, rng, "box.review", boxes, rows=rng.random(n) < 0.035, at_us=at, touchpoint="Review", value=stars,
        kind="stars", weights={"taste": 6, "price": 2, "freshness": 2}, share=0.8,
        instead=np.where(before, find_theme("late delivery"), -1),
    )  # fmt: skip


def _write_answer_block(  # noqa: PLR0913  # one place for the four kinds of answers about a box
    world: World, rng: np.random.Generator, tag: str, boxes: Boxes, *, rows: Bools, at_us: Ints, touchpoint: str,
    value: Ints, kind: str, weights: dict[str, float], share: float, instead: Ints | None = None,
) -> None:  # fmt: skip
    people = world.people
    rows = rows & (at_us < world.dates.end_us)
    picked = np.flatnonzero(rows)
    person = boxes.person[picked]
    themes = draw_from(rng, len(picked), weights, THEMES)
    if instead is not None:
        themes = np.where(instead[picked] >= 0, instead[picked], themes)
    valence = (value[picked] - 3) / 2
    said: Floats = np.where(value[picked] > 0, share, 0.0)
    texts = draw_texts(rng, language=people.language[person], theme=themes, emotion=feel_of(rng, valence), share=said)
    in_app = (people.app_us[person] < at_us[picked]).tolist()
    who, orders, values = person.tolist(), boxes.order[picked].tolist(), value[picked].tolist()
    coffee = rng.integers(0, len(COFFEES), len(picked)).tolist()
    users = people.user_id

    def make(row: int) -> Message:
        heartline: Message = {
            "channel": "App" if in_app[row] else "Web",
            "touchpoint": touchpoint,
            "area": "product",
            "order": name_order(orders[row]),
            "product": COFFEES[coffee[row]],
        }
        if values[row]:
            heartline["score"] = {"kind": kind, "value": values[row], "top": 5}
        return track(_EVENTS[touchpoint], heartline, user=users[who[row]])

    world.ledger.write(Block(tag=tag, source=SURVEYS, at_us=at_us[picked], make=make, texts=texts))


_EVENTS: Final = {"Box opened": "Box Scanned", "First cup": "Coffee Rated", "Review": "Product Reviewed"}


def _write_renewals(world: World, plans: Plans, renewals: Renewals) -> None:
    rng = world.rng("renewals")
    users = world.people.user_id
    read = np.flatnonzero(rng.random(len(renewals.person)) < 0.78)
    readers = renewals.person[read].tolist()
    pounds = ((plans.boxes * plans.pence)[renewals.person] / 100).round(2).tolist()
    worth = [pounds[row] for row in read.tolist()]

    def make_notice(row: int) -> Message:
        heartline = {"channel": "Mail", "touchpoint": "Renewal notice", "area": "sales"}
        return track(
            "Email Opened", heartline, user=users[readers[row]], email_subject="Your next twelve weeks of coffee",
            term_value=worth[row],
        )  # fmt: skip

    who, renewed = renewals.person.tolist(), renewals.renewed.tolist()

    def make_decision(row: int) -> Message:
        heartline: Message = {"channel": "Web", "touchpoint": "Cancelled", "area": "sales"}
        if renewed[row]:
            heartline |= {"touchpoint": "Renewed", "amount": pounds[row], "currency": "GBP"}
        event = "Subscription Renewed" if renewed[row] else "Subscription Cancelled"
        return track(event, heartline, user=users[who[row]], term_value=pounds[row])

    decided = Block(tag="term.decided", source=DESK, at_us=renewals.decided_us, make=make_decision)
    world.ledger.write(Block(tag="term.notice", source=MAILINGS, at_us=renewals.notice_us[read], make=make_notice))
    world.ledger.write(decided)


def _ask_for_help(world: World, boxes: Boxes, notice: Ints) -> Requests:
    """Some ask: where the late box is, unless the notice told them (story 2), or anything else once they brew."""
    rng = world.rng("help")
    n = len(boxes.person)
    asks = rng.random(n) < np.where(boxes.late, ASKED_HELD_OUT, 0.035)
    wait = np.where(boxes.late, rng.uniform(0.3, 1.4, n), 5.0 + rng.exponential(2.0, n).clip(0, 9)) * DAY
    at = np.where(boxes.late, boxes.due_us + 12 * HOUR, boxes.delivered_us - 4 * DAY) + wait.astype(np.int64)
    other = draw_from(rng, n, {"grind": 4, "delivery day": 3, "subscription": 4, "taste": 2, "packaging": 1}, THEMES)
    rows = np.flatnonzero(asks & (at < world.dates.end_us - 3 * HOUR))
    theme = np.where(boxes.late, find_theme("late delivery"), other)
    requests = Requests(
        person=boxes.person[rows],
        at_us=at[rows],
        theme=theme[rows],
        order=boxes.order[rows],
        team=np.full(len(rows), -1),
        spared=boxes.late[rows] & spare(world, notice[rows]),
    )
    world.requests.append(requests)
    return requests
