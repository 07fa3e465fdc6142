"""Orders: what an order of a journey is, who orders again, and what one is worth with those that follow it.

Whoever pays again or leaves has decided. A touchpoint after which hardly anybody pays again is a way out (“Cancelled”);
where a journey has none, silence for longer than nine of ten pauses between two orders counts as leaving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heartline.records import Journey
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.proposals import find_companions
from heartline.understand.selection import mask_names

_DAY_US = 86_400_000_000
_LEAST_PAYS = 100
_LEAST_EXITS = 50
_GONE = 0.2
_MOST_KEPT = 0.95
_MOSTLY = 0.4
_LIFT = 1.5
_LONGEST_US = 91 * _DAY_US
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The decisions of a journey, sorted by customer and time: ``paid`` or left. ``silence_us`` is the pause after
    which one without a way out counts as gone, 0 where the journey has one.
    """

    pays: tuple[str, ...]
    exits: tuple[str, ...]
    customer: Ints
    at_us: Ints
    paid: Mask
    amount: Ints
    silence_us: int
    now_us: int

    def decide(self, customer: Ints, after_us: Ints) -> tuple[Floats, Ints]:
        """Return what each decided next after a time (1 paid, 0 left, NaN not known yet), and when that was known."""
        at = np.searchsorted(_key(self.customer, self.at_us), _key(customer, after_us), side="right")
        inside = np.minimum(at, max(len(self.at_us) - 1, 0))
        same = (at < len(self.at_us)) & (self.customer[inside] == customer) if len(self.at_us) else at < 0
        if not self.silence_us:
            when = np.where(same, self.at_us[inside], _NEVER)
            return np.where(same, self.paid[inside].astype(np.float64), np.nan), when
        until = after_us + self.silence_us
        soon = same & (self.at_us[inside] <= until)
        known = until <= self.now_us
        return np.where(known, soon.astype(np.float64), np.nan), np.where(known, until, _NEVER)

    def look_back(self, customer: Ints, before_us: Ints) -> tuple[Floats, Floats, Floats]:
        """Return, before a time, each one's number of orders, the last one's amount (0: none) and days since the first
        (0: none).
        """
        paid = np.flatnonzero(self.paid)
        own, at = self.customer[paid], self.at_us[paid]
        place = np.searchsorted(_key(own, at), _key(customer, before_us), side="right")
        first = np.searchsorted(own, customer, side="left")
        count = np.maximum(place - first, 0)
        last = np.clip(place - 1, 0, max(len(paid) - 1, 0))
        amount = np.where(count > 0, self.amount[paid][last] if len(paid) else 0, 0)
        begun = at[np.minimum(first, max(len(paid) - 1, 0))] if len(paid) else before_us
        tenure = np.where(count > 0, (before_us - begun) / _DAY_US, 0.0)
        return count.astype(np.float64), amount.astype(np.float64), tenure

    def sum_last(self, customer: Ints, before_us: Ints) -> Floats:
        """Return what each one's last order before a time came to, in minor units (0: none): all that was paid at that
        moment, for one order may be paid in parts.
        """
        key, wanted = _key(self.customer, self.at_us), _key(customer, before_us)
        paid = np.flatnonzero(self.paid)
        place = np.searchsorted(key[paid], wanted, side="right") - 1
        last = key[paid][np.maximum(place, 0)] if len(paid) else wanted
        known = (place >= 0) & (self.customer[paid][np.maximum(place, 0)] == customer) if len(paid) else wanted < 0
        total = np.concatenate(([0], np.cumsum(np.where(self.paid, self.amount, 0))))
        sums = total[np.searchsorted(key, last, side="right")] - total[np.searchsorted(key, last, side="left")]
        return np.where(known, sums, 0).astype(np.float64)

    def keep_rates(self, touched_us: Ints) -> tuple[float, float, float]:
        """Return the shares who pay next after paying and after leaving, and the standard error of their difference,
        without what was decided after somebody was touched (``touched_us`` by customer's index).
        """
        after, when = self.decide(self.customer, self.at_us)
        free = when <= touched_us[self.customer]
        paid = free & self.paid & ~np.isnan(after)
        left = ~self.paid & (self.at_us <= self.now_us - _LONGEST_US)
        back = (left & (after == 1)).sum() / max(int(left.sum()), 1)
        kept = float(after[paid].mean()) if paid.any() else 0.0
        noise = kept * (1 - kept) / max(int(paid.sum()), 1) + back * (1 - back) / max(int(left.sum()), 1)
        return kept, float(back), float(np.sqrt(noise))

    def spend(self, customer: Ints, after_us: Ints) -> Floats:
        """Return what each spent within the pause after a time, in minor units."""
        total = np.concatenate(([0], np.cumsum(self.amount)))
        mine = _key(self.customer, self.at_us)
        start = np.searchsorted(mine, _key(customer, after_us), side="right")
        end = np.searchsorted(mine, _key(customer, after_us + self.silence_us), side="right")
        return (total[end] - total[start]).astype(np.float64)


def _key(customer: Ints, at_us: Ints) -> Ints:
    # Microseconds to seconds: 33 bits of time beside 30 of customers.
    return customer.astype(np.int64) * (1 << 33) + np.maximum(at_us // 1_000_000, 0)


def find_orders(
    log: PackedLog, journeys: Sequence[Journey], touchpoints: Sequence[str], *, now_us: int
) -> Orders | None:
    """Find the orders that go with some touchpoints: those of their journey, else of what most who meet them meet.

    None where nothing there is paid for.
    """
    around: tuple[str, ...] = ()
    for journey in journeys:
        members = tuple(name for stage in journey.stages for name in stage.touchpoints)
        if set(touchpoints) & set(members):
            around = members
            break
    chosen = _find_paid(log, touchpoints, among=around) or _find_paid(log, touchpoints, among=log.names["touchpoint"])
    around = around or find_companions(log, chosen[0]) if chosen else around
    paid = mask_names(log, "touchpoint", chosen) & (log.amount_minor > 0)
    if paid.sum() < _LEAST_PAYS:
        return None
    names = log.names["touchpoint"]
    codes = log.codes["touchpoint"]
    pays = tuple(names[code] for code in np.unique(codes[paid]))
    pause = _find_pause(log, paid)
    exits = _find_exits(log, paid, around, pays, pause, now_us=now_us)
    rows = np.flatnonzero(paid | mask_names(log, "touchpoint", exits)) if exits else np.flatnonzero(paid)
    return Orders(
        pays=pays,
        exits=exits,
        customer=log.row[rows].astype(np.int64),
        at_us=log.ts_us[rows],
        paid=paid[rows],
        amount=log.amount_minor[rows],
        silence_us=0 if exits else pause,
        now_us=now_us,
    )


def _find_paid(log: PackedLog, touchpoints: Sequence[str], *, among: Sequence[str]) -> tuple[str, ...]:
    """Return where most of those who meet some touchpoints pay; of these, where any are, only the ones where they pay
    much more often than everybody: a subscriber's coffee in town is no renewal.
    """
    names, codes = log.names["touchpoint"], log.codes["touchpoint"]
    paid = mask_names(log, "touchpoint", among) & (log.amount_minor > 0)
    who = np.zeros(len(log.customers), dtype=np.bool_)
    who[log.row[mask_names(log, "touchpoint", touchpoints)]] = True
    found: list[tuple[str, float]] = []
    for code in np.unique(codes[paid]):
        payer = np.zeros(len(log.customers), dtype=np.bool_)
        payer[log.row[paid & (codes == code)]] = True
        share = float((payer & who).sum()) / max(int(who.sum()), 1)
        if share >= _MOSTLY:
            found.append((names[code], share / max(float(payer.mean()), 1e-9)))
    most = max((lift for _, lift in found), default=0.0)
    own = [name for name, lift in found if lift >= max(_LIFT, most / 2)]
    return tuple(own or [name for name, _ in found])


def _find_pause(log: PackedLog, paid: Mask) -> int:
    """Return how long nine of ten pauses between two orders of one customer last, at most a quarter."""
    rows = np.flatnonzero(paid)
    gaps = np.diff(log.ts_us[rows])[log.row[rows[1:]] == log.row[rows[:-1]]]
    return int(min(np.quantile(gaps, 0.9), _LONGEST_US)) if len(gaps) >= _LEAST_PAYS else _LONGEST_US


def _find_exits(
    log: PackedLog, paid: Mask, around: tuple[str, ...], pays: tuple[str, ...], pause: int, *, now_us: int
) -> tuple[str, ...]:
    """Find the touchpoints of a journey after which hardly anybody pays again within two pauses."""
    later = np.where(paid, np.arange(len(log)), len(log))
    following = np.minimum.accumulate(later[::-1])[::-1]
    following = np.append(following[1:], len(log))
    inside = np.minimum(following, len(log) - 1)
    same = (following < len(log)) & (log.row[inside] == log.row)
    again = same & (log.ts_us[inside] - log.ts_us <= 2 * pause)
    # Only who has paid can leave; whoever never did is somebody else's customer.
    before = np.maximum.accumulate(np.where(paid, np.arange(len(log)), -1))
    payer = (before >= 0) & (log.row[np.maximum(before, 0)] == log.row)
    known = payer & (log.ts_us < now_us - min(2 * pause, _LONGEST_US))
    names, codes = log.names["touchpoint"], log.codes["touchpoint"]
    member = mask_names(log, "touchpoint", [name for name in around if name not in pays])
    rows = np.flatnonzero(member & known)
    usual = float(again[np.flatnonzero(mask_names(log, "touchpoint", pays) & known)].mean()) if known.any() else 0.0
    exits = []
    for code in np.unique(codes[rows]):
        own = again[rows[codes[rows] == code]]
        if len(own) >= _LEAST_EXITS and own.mean() <= _GONE * usual:
            exits.append(names[code])
    return tuple(exits)


def value_order(orders: Orders, customer: Ints, at_us: Ints, touched_us: Ints) -> tuple[float, float, float]:
    """Return what an order of some touched customers is worth, in minor units: the order itself, with those that
    follow it, and the relative standard error of the latter.

    Who pays may pay again (share r), who leaves may come back (share c): an order kept is worth the order over
    1 − (r − c), for it keeps a part of all that follow. Without memory (r = c) it is worth itself alone. Where a
    journey has no way out nobody knows who is gone for good: then what they spend within the pause is all that counts.
    """
    if orders.silence_us:
        paid = np.flatnonzero(orders.paid)
        old = paid[orders.at_us[paid] + orders.silence_us <= orders.now_us]
        spent = orders.spend(orders.customer[old], orders.at_us[old])
        spent = spent[spent > 0]
        value = float(spent.mean()) if len(spent) else 0.0
        return value, value, float(spent.std() / np.sqrt(max(len(spent), 1))) / max(value, 1e-9) if len(spent) else 0.0
    _, last, _ = orders.look_back(customer, at_us)
    known = last[last > 0] if (last > 0).any() else orders.amount[orders.paid].astype(np.float64)
    order = float(known.mean())
    noise = float(known.std() / np.sqrt(len(known))) / max(order, 1e-9)
    kept, back, error = orders.keep_rates(touched_us)
    memory = float(np.clip(kept - back, 0.0, _MOST_KEPT))
    return order, order / (1 - memory), float(np.hypot(noise, error / (1 - memory)))
