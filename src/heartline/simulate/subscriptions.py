"""Subscriptions, and story 1: the courier switch in the North, with its decoy, the new packaging everywhere.

A term is twelve weeks with three or six boxes; after its last box comes the renewal notice. Whether a box is late, what
is answered at the door and whether somebody renews are independent draws whose rates are the truth: late boxes alone
carry the effect of the switch, so the two delivery NPS and the two renewal rates fix what a late box does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK
from heartline.simulate.ledger import Bools, Ints
from heartline.simulate.people import SUBSCRIBER
from heartline.simulate.stories import LATE_AFTER, LATE_BEFORE, split_renewal
from heartline.simulate.world import World

TERM: Final = 12 * WEEK
NORTH: Final = 0
FAR: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """One row a box that was shipped before the end; ``delivered_us`` is ``FAR`` while it is on its way.

    ``switched``: carried by the new courier.
    """

    person: Ints
    term: Ints
    number: Ints
    shipped_us: Ints
    due_us: Ints
    delivered_us: Ints
    late: Bools
    switched: Bools
    order: Ints

    @property
    def promised(self) -> list[str]:
        """The day by which each box was promised, as ISO dates. A box of the depot's move, which goes out a week early,
        is promised for the day on which it comes, where it is not late.
        """
        come = np.where(self.delivered_us < FAR, self.delivered_us, self.due_us)
        days = np.where(self.late, self.due_us, np.maximum(self.due_us, come)) // DAY
        written: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
        return written

    def come(self, end_us: int) -> Boxes:
        """Only the boxes that were delivered before ``end_us``."""
        there = self.delivered_us < end_us
        return Boxes(**{f.name: getattr(self, f.name)[there] for f in fields(Boxes)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """One row a renewal that was decided before the end, after its last box."""

    person: Ints
    notice_us: Ints
    decided_us: Ints
    renewed: Bools
    last_late: Bools
    switched: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """What each subscriber bought, by person: boxes a term and pence a box."""

    boxes: Ints
    pence: Ints


def draw_plans(world: World) -> Plans:
    """Draw who gets a box every two weeks and who every four, and the size of the box."""
    rng = world.rng("plans")
    n = len(world.people)
    return Plans(
        boxes=np.where(rng.random(n) < 0.3, 6, 3).astype(np.int64),
        pence=np.where(rng.random(n) < 0.7, 1090, 1590).astype(np.int64),
    )


def draw_terms(world: World, plans: Plans) -> tuple[Boxes, Renewals]:
    """Live all subscriptions through, term by term."""
    rng = world.rng("terms")
    person = world.people.of(SUBSCRIBER)
    start = world.people.joined_us[person]
    boxes: list[Boxes] = []
    renewals: list[Renewals] = []
    punctual_rate, late_rate = split_renewal()
    term = 0
    while len(person):
        sent = _draw_boxes(world, rng, plans, person, start, term)
        boxes.append(sent)
        last = sent.number == plans.boxes[sent.person] - 1
        who, late = sent.person[last], sent.late[last]
        renewed = rng.random(len(who)) < np.where(late, late_rate, punctual_rate)
        notice = sent.delivered_us[last] + _draw_hours(rng, len(who), median=30.0, spread=0.35, cap=70.0)
        decided = notice + _draw_hours(rng, len(who), median=44.0, spread=0.6, cap=130.0)
        renewals.append(
            Renewals(
                person=who,
                notice_us=notice,
                decided_us=decided,
                renewed=renewed,
                last_late=late,
                switched=sent.switched[last],
            )
        )
        goes_on = renewed & (decided < world.dates.end_us)
        where = np.searchsorted(person, who[goes_on])
        person, start = who[goes_on], np.maximum(start[where] + TERM, decided[goes_on])
        term += 1
    return _join_boxes(world, boxes), _join_renewals(world, renewals)


def _draw_boxes(world: World, rng: np.random.Generator, plans: Plans, person: Ints, start: Ints, term: int) -> Boxes:
    """Draw one term of boxes for everybody in it. ``person`` is sorted; so are the rows that come back."""
    count = plans.boxes[person]
    who = np.repeat(np.arange(len(person)), count)
    number = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    every = np.where(plans.boxes[person[who]] == 3, 4 * WEEK, 2 * WEEK)
    due = start[who] + (3 + rng.integers(0, 2, len(who))) * DAY + number * every
    due -= due % DAY
    north = world.people.region[person[who]] == NORTH
    # The North depot moves at the switch: boxes of that week go out a week early, and none travels through the move.
    switch = world.dates.switch_us
    due = np.where(north & (due >= switch - 5 * DAY) & (due < switch + 2 * DAY), due - 7 * DAY, due)
    switched = north & (due >= switch)
    late = rng.random(len(who)) < np.where(switched, LATE_AFTER, LATE_BEFORE)
    slip = np.where(
        late, 1 + np.minimum(rng.geometric(0.45, len(who)) - 1, 3), np.where(rng.random(len(who)) < 0.3, -1, 0)
    )
    # The last round is due two days before the end and all of it has come by then: cut off in the middle, the days
    # before the end would hold the punctual boxes without the late ones.
    last = world.dates.today_us - 2 * DAY
    slip = np.minimum(slip, np.maximum((last + DAY - due) // DAY, 0))
    delivered = due + slip * DAY + (rng.normal(13.2, 2.4, len(who)).clip(8.5, 18.4) * HOUR).astype(np.int64)
    shipped = due - 2 * DAY + (rng.normal(16.0, 1.0, len(who)).clip(12.5, 19.0) * HOUR).astype(np.int64)
    shipped = np.minimum(shipped, delivered - 12 * HOUR)
    return Boxes(
        person=person[who],
        term=np.full(len(who), term),
        number=number,
        shipped_us=np.maximum(shipped, start[who] + 30 * MINUTE),
        due_us=due,
        delivered_us=np.where(due > last, FAR, np.maximum(delivered, start[who] + 12 * HOUR)),
        late=late,
        switched=switched,
        order=np.zeros(len(who), dtype=np.int64),
    )


def _draw_hours(rng: np.random.Generator, n: int, *, median: float, spread: float, cap: float) -> Ints:
    return (np.minimum(rng.lognormal(np.log(median), spread, n), cap) * HOUR).astype(np.int64)


def _join_boxes(world: World, terms: list[Boxes]) -> Boxes:
    joined = {f.name: np.concatenate([getattr(boxes, f.name) for boxes in terms]) for f in fields(Boxes)}
    there = joined["shipped_us"] < world.dates.end_us
    kept = {name: column[there] for name, column in joined.items()}
    kept["order"] = world.take_orders(kept["person"])
    return Boxes(**kept)


def _join_renewals(world: World, terms: list[Renewals]) -> Renewals:
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in terms]) for f in fields(Renewals)}
    there = joined["decided_us"] < world.dates.end_us
    return Renewals(**{name: column[there] for name, column in joined.items()})
