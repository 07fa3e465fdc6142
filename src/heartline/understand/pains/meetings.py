"""Meetings: whether those who met something (a step, a long wait) ordered less than those it spared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from heartline.understand.log import Ints, Mask
from heartline.understand.pains.claims import FEWEST_CUSTOMERS
from heartline.understand.pains.money import (
    Units,
    estimate_worth,
    first_touches,
    pair_customers,
)
from heartline.understand.pains.nouns import QUARTER_US, SignKind, SignSeries, Worth
from heartline.understand.pains.orders import Orders, find_orders, value_order
from heartline.understand.pains.signs import Field
from heartline.understand.pains.tries import Tries

_USUAL = 0.6
"""What more of the tries meet is the way itself, not a detour."""
_DAY_US = 86_400_000_000
_MET = frozenset({SignKind.WAIT, SignKind.AGAIN, SignKind.SWITCH, SignKind.LOOP, SignKind.PROMISE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A claim of touched against spared. ``rows`` are the touches that may meet it, ``hit`` those that did; ``step`` is
    the touchpoint that was met, "" where the sign itself is. ``since_us`` is when a new step came in, else 0.
    """

    sign: SignSeries
    step: str
    since_us: int
    tries: Tries | None
    rows: Ints
    hit: Mask = field(repr=False)
    worth: Worth | None

    @property
    def p(self) -> float:
        """The chance of such a difference in orders without any."""
        return 1.0 if self.worth is None else self.worth.p

    @property
    def gap(self) -> float:
        """How many of one more order are lost: positive is worse."""
        return 0.0 if self.worth is None else self.worth.lost

    def without(self, ground: Field, taken: Mask) -> Meeting | None:
        """Return the same claim of the people whom no heavier pain has; None where too few are left."""
        left = ~taken[self.rows]
        hit, rows = self.hit[left], self.rows[left]
        if len(np.unique(ground.log.row[rows[hit]])) < FEWEST_CUSTOMERS:
            return None
        if bool(left.all()):
            return self
        return _measure(ground, self.sign, rows, hit, step=self.step, since_us=self.since_us, tries=self.tries)


def list_meetings(ground: Field, signs: Sequence[SignSeries]) -> Iterator[Meeting]:
    """Yield every claim that whoever met something ordered less."""
    for sign in signs:
        if sign.kind in _MET:
            yield _measure(ground, sign, sign.rows, sign.values > 0, tries=_find_tries(ground, sign))
    for tries in ground.tries:
        given_up = next((one for one in signs if one.kind is SignKind.GIVE_UP and one.name == tries.goal), None)
        if given_up is None:
            continue
        for place, step in enumerate(tries.way):
            met = tries.met[:, place] & (tries.at_us < ground.now_us - _DAY_US)
            since = _find_entrance(ground, tries, met)
            late = tries.at_us >= (since or ground.from_us)
            share = float(met[late].mean()) if late.any() else 0.0
            if len(np.unique(tries.customer[met])) >= FEWEST_CUSTOMERS and share <= _USUAL:
                yield _measure(ground, given_up, tries.first, met, step=step, since_us=since, tries=tries)


def _measure(
    ground: Field,
    sign: SignSeries,
    rows: Ints,
    hit: Mask,
    *,
    step: str = "",
    since_us: int = 0,
    tries: Tries | None = None,
) -> Meeting:
    worth = price_tries(ground, tries, rows[hit], rows) if tries else price(ground, sign.touchpoints, rows, hit)
    return Meeting(sign=sign, step=step, since_us=since_us, tries=tries, rows=rows, hit=hit, worth=worth)


def _find_tries(ground: Field, sign: SignSeries) -> Tries | None:
    if sign.kind is not SignKind.LOOP:
        return None
    return next((tries for tries in ground.tries if tries.goal == sign.name), None)


def _find_entrance(ground: Field, tries: Tries, met: Mask) -> int:
    """Return when a step came in, 0 where it was there from the beginning (of what the search looks at)."""
    if not met.any():
        return 0
    first = int(tries.at_us[met].min())
    return first if first > max(ground.from_us, int(tries.at_us.min())) + 14 * _DAY_US else 0


def price(ground: Field, touchpoints: Sequence[str], rows: Ints, hit: Mask, *, since_us: int = 0) -> Worth | None:
    """Price what happened to whoever has a row marked; None where no orders tell or too few are known."""
    orders = find_orders(ground.log, ground.journeys, touchpoints, now_us=ground.now_us)
    if orders is None:
        return None
    units = pair_customers(ground.log, rows, hit, orders, since_us=since_us, now_us=ground.now_us)
    return price_units(ground, units, orders)


def sum_orders(ground: Field, touchpoints: Sequence[str], rows: Ints) -> float | None:
    """Sum up the last orders before some touches, in minor units: what is at stake. None where no orders tell."""
    orders = find_orders(ground.log, ground.journeys, touchpoints, now_us=ground.now_us)
    if orders is None:
        return None
    return float(orders.sum_last(ground.log.row[rows].astype(np.int64), ground.log.ts_us[rows]).sum())


def price_units(ground: Field, units: Units, orders: Orders) -> Worth | None:
    """Price units; None where too few are known."""
    if not units.touched.any():
        return None
    touched = units.touched
    each = value_order(orders, units.customer[touched], units.at_us[touched], first_touches(ground.log, units))
    return estimate_worth(ground.log, units, orders, each=each)


def price_tries(ground: Field, tries: Tries, hit_rows: Ints, rows: Ints) -> Worth | None:
    """Price tries of a process: the outcome is the order itself, at once; ``rows`` are the tries looked at."""
    chosen = np.flatnonzero(np.isin(tries.first, rows) & (tries.at_us >= ground.from_us))
    customer, at = tries.customer[chosen], tries.at_us[chosen]
    touched = np.isin(tries.first[chosen], hit_rows)
    placed = tries.placed[chosen]
    units = Units(
        customer=customer,
        at_us=at,
        touched=touched,
        outcome=placed.astype(np.float64),
        counted=touched & (at >= ground.now_us - QUARTER_US),
        of_tries=True,
    )
    paid = np.flatnonzero(tries.placed)
    orders = Orders(
        pays=(tries.goal,),
        exits=(),
        customer=tries.customer[paid],
        at_us=tries.at_us[paid],
        paid=np.ones(len(paid), dtype=np.bool_),
        amount=tries.amount[paid],
        silence_us=_DAY_US,
        now_us=ground.now_us,
    )
    amount = tries.amount[paid].astype(np.float64)
    if not len(amount):
        return None
    order = float(amount.mean())
    kept, error = _follow(customer, placed)
    noise = float(np.hypot(amount.std() / np.sqrt(len(amount)) / max(order, 1e-9), error / (1 - kept)))
    return estimate_worth(ground.log, units, orders, each=(order, order / (1 - kept), noise))


def _follow(customer: Ints, placed: Mask) -> tuple[float, float]:
    """Return how much more often the next try is placed after one that was than after one that was not, within reason,
    and its standard error: what an order placed brings beyond itself.
    """
    same = customer[1:] == customer[:-1]
    after, before = placed[1:][same], placed[:-1][same]
    if min(before.sum(), (~before).sum()) < FEWEST_CUSTOMERS:
        return 0.0, 0.0
    shares = [float(after[side].mean()) for side in (before, ~before)]
    noise = sum(s * (1 - s) / n for s, n in zip(shares, (before.sum(), (~before).sum()), strict=True))
    gap, error = shares[0] - shares[1], float(np.sqrt(noise))
    return (float(np.clip(gap, 0.0, 0.9)), error) if gap > 2 * error else (0.0, 0.0)
