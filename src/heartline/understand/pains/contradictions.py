"""Contradictions: figures that say all is well beside figures that say otherwise, of the same people.

Two are looked for. Staff, places and partners whose scores are higher while their customers come again sooner (closing
fast is not solving); and people who gave the best scores after a contact and then ordered no more, against others who
gave them too. All claims share one false-discovery budget; whom it concerns is chosen by one figure and tested by the
other, so choosing does not flatter the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heartline.records import Difference, Verdict
from heartline.understand.differences import compare, spend_budget
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.pains.nouns import Contradiction, SignKind, SignSeries
from heartline.understand.pains.orders import find_orders
from heartline.understand.pains.signs import SERVICE, Field
from heartline.understand.quantiles import Z95
from heartline.understand.samples import Scale, gather
from heartline.understand.selection import mask_names

DAY_US = 86_400_000_000
GONE_DAYS = 90
"""Whoever orders nothing for so many days is called gone."""
_BEFORE_US = 30 * DAY_US
_TOP = 0.79
_FIELDS = ("employee", "place", "partner", "channel")
_LEAST_SIDE = 30
_SHUFFLES = 499


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Second contacts and scores of the service, each with the code of a field's value per row (0: none)."""

    field: str
    again: SignSeries
    asked: Ints
    scored: Ints
    values: Floats
    owner: Ints
    rated: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Values of a field whose scores are higher and whose customers come again sooner than the others'."""

    field: str
    codes: tuple[int, ...]
    names: tuple[str, ...]
    p: float


def find_contradictions(ground: Field, signs: Sequence[SignSeries], *, q: float) -> tuple[Contradiction, ...]:
    """Find what contradicts itself, the surest first."""
    again = next((sign for sign in signs if sign.kind is SignKind.AGAIN), None)
    found: list[Contradiction | None] = []
    groups: list[_Group] = []
    for name in _FIELDS if again is not None else ():
        sides = _take_sides(ground, again, name) if again else None
        group = _find_group(ground.log, sides) if sides else None
        if sides and group:
            groups.append(group)
            found.append(_tell_closing(ground.log, sides, group))
    found += [one for group in [*groups, None] for one in _list_leavers(ground, signs, group)]
    claims = [one for one in found if one is not None]
    if not claims:
        return ()
    passed = spend_budget(np.array([one.p for one in claims]), q=q).passed
    kept: dict[str, Contradiction] = {}
    for one in sorted((one for one, good in zip(claims, passed, strict=True) if good), key=lambda one: one.p):
        if one.bad.verdict is Verdict.HIGHER:
            kept.setdefault(one.title, one)
    return tuple(kept.values())


def _take_sides(ground: Field, again: SignSeries, field: str) -> _Sides | None:
    log = ground.log
    if field not in log.codes:
        return None
    scored = np.flatnonzero(
        mask_names(log, "touchpoint", again.touchpoints) & ~np.isnan(log.valence) & (log.ts_us >= ground.from_us)
    )
    codes = log.codes[field].astype(np.int64)
    asked, rated = codes[again.rows], codes[scored]
    enough = [
        code for code in np.unique(asked) if code and min((asked == code).sum(), (rated == code).sum()) >= _LEAST_SIDE
    ]
    if len(enough) < 2:
        return None
    return _Sides(
        field=field,
        again=again,
        asked=np.where(np.isin(asked, enough), asked, 0),
        scored=scored,
        values=log.valence[scored].astype(np.float64),
        owner=log.row[scored].astype(np.int64),
        rated=np.where(np.isin(rated, enough), rated, 0),
    )


def _find_group(log: PackedLog, sides: _Sides) -> _Group | None:
    """Find the values that lie above the mean in both figures, and how often chance puts such a group together: the
    same choice is made of shuffled values, so that choosing does not flatter it.
    """
    chosen, seen = _choose(sides, sides.asked, sides.rated)
    if seen < Z95:
        return None
    rng = np.random.default_rng(0)
    extreme = 0
    for _ in range(_SHUFFLES):
        asked, rated = sides.asked.copy(), sides.rated.copy()
        asked[asked > 0] = rng.permutation(asked[asked > 0])
        rated[rated > 0] = rng.permutation(rated[rated > 0])
        extreme += _choose(sides, asked, rated)[1] >= seen
    names = log.names[sides.field]
    return _Group(
        field=sides.field,
        codes=chosen,
        names=tuple(names[code] for code in chosen),
        p=(1 + extreme) / (_SHUFFLES + 1),
    )


def _choose(sides: _Sides, asked: Ints, rated: Ints) -> tuple[tuple[int, ...], float]:
    """Return the values above the mean in both figures, and by how many standard errors their weaker difference lies
    above nothing.
    """
    width = int(max(asked.max(initial=0), rated.max(initial=0))) + 1
    high = np.ones(width, dtype=np.bool_)
    for codes, values in ((asked, sides.again.values), (rated, sides.values)):
        known = codes > 0
        count = np.bincount(codes[known], minlength=width)
        mean = np.bincount(codes[known], weights=values[known], minlength=width) / np.maximum(count, 1)
        high &= (count > 0) & (mean > values[known].mean())
    chosen = tuple(np.flatnonzero(high).tolist())
    if not chosen or high[asked[asked > 0]].all():
        return (), 0.0
    scores = [
        _far(values, owner, high[codes], codes > 0)
        for codes, values, owner in (
            (asked, sides.again.values, sides.again.customers),
            (rated, sides.values, sides.owner),
        )
    ]
    return chosen, min(scores)


def _far(values: Floats, owner: Ints, mine: Mask, known: Mask) -> float:
    one, other = (gather(values[side], owner[side], scale=Scale.MEAN) for side in (mine & known, ~mine & known))
    noise = float(np.sqrt(one.variance[0] + other.variance[0]))
    return float(one.mean[0] - other.mean[0]) / noise if noise > 0 else 0.0


def _tell_closing(log: PackedLog, sides: _Sides, group: _Group) -> Contradiction | None:
    """Tell a group's scores beside its second contacts."""
    mine, again = np.isin(sides.asked, group.codes), sides.again
    liked = np.isin(sides.rated, group.codes)
    good = _compare(log, sides.scored, sides.values, liked, (sides.rated > 0) & ~liked, Scale.MEAN, "valence")
    bad = _compare(log, again.rows, again.values, mine, (sides.asked > 0) & ~mine, Scale.SHARE, SignKind.AGAIN.value)
    if good is None or bad is None:
        return None
    rows = again.rows[mine & (again.values > 0)]
    return Contradiction(
        key="closing",
        title="closing",
        field=group.field,
        names=group.names,
        good=good,
        bad=bad,
        people=len(np.unique(log.row[rows])),
        days=7,
        stretch=None,
        p=group.p,
        customers=log.customers[np.unique(log.row[rows])],
        seqs=log.seq[rows],
    )


def _list_leavers(ground: Field, signs: Sequence[SignSeries], group: _Group | None) -> list[Contradiction | None]:
    """Look, at every touchpoint with scores, at those who gave the best ones: did they order again?"""
    return [
        _compare_leavers(ground, sign, group)
        for sign in signs
        if sign.kind is SignKind.SCORE and SERVICE not in _area(ground.log, sign)
    ]


def _compare_leavers(ground: Field, sign: SignSeries, group: _Group | None) -> Contradiction | None:
    log = ground.log
    orders = find_orders(log, ground.journeys, sign.touchpoints, now_us=ground.now_us)
    if orders is None or orders.exits:
        return None
    paid = orders.paid
    heard = np.flatnonzero(mask_names(log, "touchpoint", sign.touchpoints) & ~np.isnan(log.valence))
    old = log.ts_us[heard] < ground.now_us - GONE_DAYS * DAY_US
    rows = heard[(log.valence[heard] >= _TOP) & old]
    owner, at = log.row[rows].astype(np.int64), log.ts_us[rows]
    before, _, _ = orders.look_back(owner, at)
    rows, owner, at = rows[before >= 1], owner[before >= 1], at[before >= 1]
    met = _met_before(log, rows, group)
    gone = ~_ordered_within(orders.customer[paid], orders.at_us[paid], owner, at)
    bad = _compare(log, rows, gone.astype(np.float64), met, ~met, Scale.SHARE, "gone")
    all_met = _met_before(log, heard, group)
    good = _compare(log, heard, log.valence[heard].astype(np.float64), all_met, ~all_met, Scale.MEAN, "valence")
    if bad is None or good is None or good.verdict is Verdict.LOWER:
        return None
    return Contradiction(
        key="leavers",
        title="leavers",
        field=group.field if group else "",
        names=group.names if group else (),
        good=good,
        bad=bad,
        people=len(np.unique(owner[met])),
        days=GONE_DAYS,
        stretch=_stretch(orders.customer[paid], orders.at_us[paid], owner[met], at[met]),
        p=bad.p or 1.0,
        customers=log.customers[np.unique(owner[met])],
        seqs=log.seq[rows[met]],
    )


def _met_before(log: PackedLog, rows: Ints, group: _Group | None) -> Mask:
    """Tell who had turned to the service (to the group, where one is given) in the thirty days before a touch."""
    contact = mask_names(log, "area", (SERVICE,)) & np.isnan(log.valence)
    if group is not None:
        contact &= mask_names(log, group.field, group.names)
    at = np.flatnonzero(contact)
    if not len(at):
        return np.zeros(len(rows), dtype=np.bool_)
    last = np.searchsorted(at, rows, side="left") - 1
    inside = np.maximum(last, 0)
    near = (log.row[at[inside]] == log.row[rows]) & (log.ts_us[rows] - log.ts_us[at[inside]] <= _BEFORE_US)
    met: Mask = (last >= 0) & near
    return met


def _ordered_within(customer: Ints, at_us: Ints, owner: Ints, after_us: Ints) -> Mask:
    """Tell who ordered within the days after which one counts as gone."""
    hit = np.zeros(len(owner), dtype=np.bool_)
    for place, (who, when) in enumerate(zip(owner.tolist(), after_us.tolist(), strict=True)):
        first, last = np.searchsorted(customer, (who, who + 1))
        own = at_us[first:last]
        hit[place] = bool(((own > when) & (own <= when + GONE_DAYS * DAY_US)).any())
    return hit


def _stretch(customer: Ints, at_us: Ints, owner: Ints, after_us: Ints) -> float | None:
    """Return the median of how many times longer the pauses between orders are since, among who ordered twice since."""
    ratios = []
    for who, when in zip(owner.tolist(), after_us.tolist(), strict=True):
        first, last = np.searchsorted(customer, (who, who + 1))
        own = at_us[first:last]
        then, since = np.diff(own[own <= when]), np.diff(own[own > when])
        if len(then) and len(since) and np.median(then) > 0:
            ratios.append(float(since.mean() / np.median(then)))
    return float(np.median(ratios)) if len(ratios) >= _LEAST_SIDE // 3 else None


def _compare(  # two sides of one thing
    log: PackedLog, rows: Ints, values: Floats, one: Mask, other: Mask, scale: Scale, name: str
) -> Difference | None:
    owner = log.row[rows].astype(np.int64)
    if min(len(np.unique(owner[side])) for side in (one, other)) < _LEAST_SIDE:
        return None
    sides = [gather(values[side], owner[side], scale=scale) for side in (one, other)]
    return compare(sides[0], sides[1], name)


def _area(log: PackedLog, sign: SignSeries) -> set[str]:
    if "area" not in log.codes or not len(sign.rows):
        return set()
    return {log.names["area"][code] for code in np.unique(log.codes["area"][sign.rows])}
