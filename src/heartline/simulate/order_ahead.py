"""Order ahead, and story 3: app 5.2 asks iPhones where to pick up, round and round, until a third give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, SECOND, WEEK
from heartline.simulate.ledger import APP, DESK, TILLS, Block, Bools, Ints, Message, track
from heartline.simulate.people import NEVER
from heartline.simulate.stories import (
    ABANDON,
    ABANDON_ONE_TAP,
    ABANDON_PICKUP_STEP,
    CAFES,
    PICKUP_LATE,
    SECONDS_ONE_TAP,
    SECONDS_PICKUP_STEP,
    TAPS_PICKUP_STEP,
)
from heartline.simulate.world import Purchases, World, name_order

SESSIONS_A_WEEK: Final = 0.19
OLD, PICKUP, ONE_TAP = 0, 1, 2
_ABANDON: Final = np.array([ABANDON, ABANDON_PICKUP_STEP, ABANDON_ONE_TAP])
_SECONDS: Final = np.array([41, SECONDS_PICKUP_STEP, SECONDS_ONE_TAP])
_STEPS: Final = ("Order ahead: choose", "Order ahead: pickup step", "Order ahead: pay", "Order ahead: one tap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """One row a try to order ahead. ``flow``: the way of app 5.1, the pickup step, or one tap."""

    person: Ints
    at_us: Ints
    flow: Ints
    placed: Bools
    spent_us: Ints


def plan_order_ahead(world: World) -> None:
    """Story 3: the tries to order ahead, step by step."""
    rng = world.rng("order ahead")
    sessions = _draw_sessions(world, rng)
    n = len(sessions.person)
    old, pickup, tap = (sessions.flow == flow for flow in (OLD, PICKUP, ONE_TAP))
    late_leaver = ~sessions.placed & (rng.random(n) < 0.5)
    everyone = np.zeros(n, dtype=np.int64)
    spent = sessions.spent_us
    _write_screen(world, "ahead.choose", sessions, old | pickup, everyone, step=0)
    _write_screen(world, "ahead.pay", sessions, old & (sessions.placed | late_leaver), spent // 2, step=2)
    _write_screen(world, "ahead.pickup", sessions, pickup, spent // 5, step=1)
    loops = rng.geometric(0.55, n) - 1 + (late_leaver & pickup)
    for turn in (1, 2, 3):
        again = pickup & (loops >= turn)
        share = spent * (2 * turn) // 8
        _write_screen(world, f"ahead.choose{turn}", sessions, again, share, step=0)
        _write_screen(world, f"ahead.pickup{turn}", sessions, again, share + spent // 9, step=1)
    _write_screen(world, "ahead.tap", sessions, tap, everyone, step=3)
    _write_placed(world, rng, sessions)
    world.stories["3"] = _tell(world, sessions)


def _draw_sessions(world: World, rng: np.random.Generator) -> Sessions:
    people, dates = world.people, world.dates
    users = np.flatnonzero(people.app_us < NEVER)
    since = np.maximum(people.app_us[users], dates.order_ahead_us) + HOUR
    weeks = np.maximum(dates.end_us - since, 0) / WEEK
    count = rng.poisson(SESSIONS_A_WEEK * rng.gamma(1.4, 1 / 1.4, len(users)) * weeks)
    person = np.repeat(users, count)
    start = np.repeat(since, count)
    at = start + (rng.random(len(person)) * (dates.end_us - start)).astype(np.int64)
    at = at - at % DAY + (rng.normal(9.2, 2.4, len(at)).clip(7.2, 17.5) * HOUR).astype(np.int64)
    there = (at > start) & (at < dates.end_us - HOUR)
    person, at = person[there], at[there]
    ios = people.ios[person]
    in_test = (rng.random(len(people)) < 0.5)[person]
    flow = np.where(ios & (at >= dates.pickup_step_us), PICKUP, OLD)
    flow = np.where(ios & in_test & (at >= dates.one_tap_us), ONE_TAP, flow)
    placed = rng.random(len(at)) >= _ABANDON[flow]
    spent = _SECONDS[flow] * rng.lognormal(-0.045, 0.3, len(at)) * SECOND
    return Sessions(person=person, at_us=at, flow=flow, placed=placed, spent_us=spent.astype(np.int64))


def _write_screen(world: World, tag: str, sessions: Sessions, rows: Bools, wait_us: Ints, *, step: int) -> None:
    people, dates = world.people, world.dates
    picked = np.flatnonzero(rows)
    at = sessions.at_us[picked] + wait_us[picked]
    who, flow = sessions.person[picked].tolist(), sessions.flow[picked].tolist()
    new = (sessions.at_us[picked] >= dates.pickup_step_us).tolist()
    touchpoint = _STEPS[step]

    def make(row: int) -> Message:
        person = who[row]
        heartline = {"channel": "App", "touchpoint": touchpoint, "area": "sales"}
        return {
            "type": "screen",
            "name": touchpoint,
            "userId": people.user_id[person],
            "anonymousId": people.app_id[person],
            "properties": {"taps": (3, TAPS_PICKUP_STEP, 1)[flow[row]], "one_tap": flow[row] == ONE_TAP},
            "context": {
                "app": {"name": "Harbour & Bean", "version": "5.2" if new[row] else "5.1"},
                "os": {"name": "iOS" if people.ios[person] else "Android"},
                "heartline": heartline,
            },
        }

    world.ledger.write(Block(tag=tag, source=APP, at_us=at, make=make))


def _write_placed(world: World, rng: np.random.Generator, sessions: Sessions) -> None:
    people = world.people
    picked = np.flatnonzero(sessions.placed)
    at = sessions.at_us[picked] + sessions.spent_us[picked]
    who = sessions.person[picked].tolist()
    orders_all = world.take_orders(sessions.person[picked])
    orders = orders_all.tolist()
    pounds = rng.choice((3.4, 3.9, 4.2, 7.6, 8.1), len(picked)).tolist()
    cafe = (people.region[sessions.person[picked]] * 4 + rng.integers(0, 4, len(picked))).tolist()
    minutes = world.rng("pickups, promised").choice((5, 6, 8, 10), len(picked))
    promised = minutes.tolist()

    def make(row: int) -> Message:
        name = name_order(orders[row])
        heartline = {
            "channel": "App",
            "touchpoint": "Order ahead: placed",
            "area": "sales",
            "place": CAFES[cafe[row]][0],
            "order": name,
            "amount": pounds[row],
            "currency": "GBP",
        }
        given = {"order_id": name, "total": pounds[row], "promised_minutes": promised[row]}
        return track("Order Completed", heartline, user=people.user_id[who[row]], **given)

    world.ledger.write(Block(tag="ahead.placed", source=DESK, at_us=at, make=make))
    world.purchases["ahead"] = Purchases(person=sessions.person[picked], at_us=at, order=orders_all)
    _write_pickups(world, at, orders, cafe, minutes)


def _write_pickups(world: World, placed_us: Ints, orders: list[int], cafe: list[int], minutes: Ints) -> None:
    """The counter knows nothing but the order. One pickup in ten is later than was said, everywhere and always."""
    rng = world.rng("pickups")
    n = len(placed_us)
    late = rng.random(n) < PICKUP_LATE
    took = np.where(late, minutes + 1 + rng.exponential(4, n).clip(0, 25), minutes * rng.uniform(0.5, 0.98, n))
    at = placed_us + (took * MINUTE).astype(np.int64)
    promised, waited, belated = minutes.tolist(), took.round(1).tolist(), late.tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Pickup counter",
            "area": "place",
            "place": CAFES[cafe[row]][0],
            "order": name_order(orders[row]),
        }
        given = {"promised_minutes": promised[row], "minutes": waited[row], "late": belated[row]}
        return track("Order Picked Up", heartline, **given)

    block = Block(tag="ahead.fetched", source=TILLS, at_us=at, make=make)
    world.ledger.write(block.only(np.flatnonzero(at < world.dates.end_us)))


def _tell(world: World, sessions: Sessions) -> dict[str, object]:
    ios = world.people.ios[sessions.person]
    since = sessions.at_us >= world.dates.pickup_step_us
    groups = {
        "ios_before": ios & ~since,
        "ios_pickup_step": sessions.flow == PICKUP,
        "ios_one_tap": sessions.flow == ONE_TAP,
        "android_before": ~ios & ~since,
        "android_since": ~ios & since,
    }
    return {
        "title": "App 5.2 pickup step",
        "cause": "Since app 5.2 iPhones ask where to pick up after the drink is chosen",
        "abandonment": {
            "ios_before": ABANDON,
            "ios_pickup_step": ABANDON_PICKUP_STEP,
            "ios_one_tap": ABANDON_ONE_TAP,
            "android_before": ABANDON,
            "android_since": ABANDON,
        },
        "taps": [TAPS_PICKUP_STEP, 1],
        "seconds": [SECONDS_PICKUP_STEP, SECONDS_ONE_TAP],
        "tries": {name: int(rows.sum()) for name, rows in groups.items()},
        "given_up": {name: int((rows & ~sessions.placed).sum()) for name, rows in groups.items()},
    }
