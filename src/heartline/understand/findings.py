"""Findings: what changed and can be relied on, for the sentence that opens Home.

The steps are ``STEPS``. What is claimed is held by one false-discovery budget over every series looked at; what is
ranked is shrunk; what is shown is the unshrunken difference with its interval. Method and papers: numbers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from heartline.records import Difference, Journey, Verdict
from heartline.understand.changes import DAY_US, HORIZON_WEEKS, SPLITS, WEEK_US, check_change, count_weeks, date_change
from heartline.understand.coincidences import Coincidence, find_coincidences, find_entrance
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.quantiles import Z95, find_p, find_z
from heartline.understand.questions import Measure, Question, compare_answers, mask_question
from heartline.understand.samples import Scale, gather
from heartline.understand.selection import Selection, mask_rows, take_rows, values_of
from heartline.understand.series import (
    FEWEST_CUSTOMERS,
    Ground,
    Series,
    ask_series,
    choose_dims,
    compare_series,
    count_touched,
    list_series,
    spend_series,
    weigh_series,
)

_GATE = 0.05
_NARROWER = 0.8
_FAR = Z95
TOO_FEW_ANSWERS, NOTHING_CHANGED = "Too few answers to compare yet", "Nothing reliably changed"
"""Why nothing can be said."""
STEPS = (list_series, weigh_series, spend_series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same score, before and after the same date, in a segment that is not the one found."""

    field: str
    value: str
    difference: Difference

    @property
    def still(self) -> bool:
        """Whether it did not reliably move."""
        return self.difference.verdict is Verdict.NO_RELIABLE_CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reliable change. ``difference`` is unshrunken with its plain 95 % interval; ``claimed`` the same with the wider
    interval of the page's budget, ``shrunken`` what it was ranked by, on the metric's scale.

    ``spot`` names where: a stage, a touchpoint, or "" for everywhere; ``field`` and ``value`` the segment, both "" for
    everyone. ``people`` are the customers touched there since ``since_us``. ``now`` and ``before`` are questions: asked
    of the same log they give the metrics and the rows behind.
    """

    measure: Measure
    spot: str
    stage: str
    touchpoints: tuple[str, ...]
    journey_id: str
    field: str
    value: str
    since_us: int
    difference: Difference
    claimed: Difference
    shrunken: float
    p: float
    chance: float
    people: int
    weight: float
    comparisons: tuple[Comparison, ...]
    coincidences: tuple[Coincidence, ...]
    now: Question
    before: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What Home may say, heaviest first. ``quiet`` is the reason when nothing can be said, else ""; it is
    English, and said in the reader's language by ``write_quiet``.
    """

    found: tuple[Finding, ...]
    tested: int
    budget: float
    quiet: str = ""


def find_changes(
    log: PackedLog,
    journeys: Sequence[Journey] = (),
    *,
    dims: Sequence[str] | None = None,
    now_us: int | None = None,
    midnight_us: int | None = None,
    q: float = 0.05,
) -> Findings:
    """Find what changed reliably in the scores, over stages and touchpoints × segments.

    ``dims`` are fields or "trait:<name>" (default: place, channel, partner and every trait with few values).
    ``now_us`` ends the data (exclusive; default: just after the last touch); ``midnight_us`` is the workspace's last
    midnight, by which weeks are counted back (default: UTC). ``q`` is the false discovery rate of the page.
    """
    end = (int(log.ts_us.max()) + 1 if len(log) else 0) if now_us is None else now_us
    midnight = end - end % DAY_US if midnight_us is None else midnight_us
    horizon = Selection(from_us=midnight - HORIZON_WEEKS * WEEK_US, to_us=end)
    ground = Ground(
        log=log,
        answers=take_rows(log, mask_rows(log, horizon) & ~np.isnan(log.valence)),
        journeys=journeys,
        dims=tuple(choose_dims(log) if dims is None else dims),
        now_us=end,
        midnight_us=midnight,
        q=q,
    )
    for step in STEPS:
        ground = step(ground)
    found = tell_apart(ground)
    return Findings(found=found, tested=ground.tested, budget=q, quiet=_explain_quiet(ground, found))


def tell_apart(ground: Ground) -> tuple[Finding, ...]:
    """Turn series into findings, heaviest first: dated, checked, told from the rest, and not said twice."""
    found: list[Finding] = []
    taken = np.zeros(len(ground.answers), dtype=np.bool_)
    for wide in ground.cells:
        cell = _sharpen(ground, wide)
        mask = mask_question(ground.answers, ask_series(cell, ground.horizon_us, ground.now_us))
        if taken[mask].any() and _is_explained(ground, cell, mask & ~taken):
            continue
        finding = _describe(ground, cell, mask)
        if finding is not None:
            found.append(finding)
            taken |= mask
    return _hold_budget(ground, found)


def _hold_budget(ground: Ground, found: list[Finding]) -> tuple[Finding, ...]:
    """Hold the budget again for what is left once each change is told once: many series that show one change must not
    buy room for a false one. The intervals claimed follow.
    """
    found.sort(key=lambda finding: finding.p)
    while found and found[-1].p > ground.q * len(found) / ground.tested:
        found.pop()
    z = find_z(1 - ground.q * max(len(found), 1) / max(ground.tested, 1))
    held = [replace(one, claimed=compare_answers(ground.answers, one.now, one.before, z=z)) for one in found]
    held = [one for one in held if one.claimed.verdict in {Verdict.HIGHER, Verdict.LOWER}]
    return tuple(sorted(held, key=lambda one: ((one.difference.value or 0.0) > 0, -one.weight)))


def _describe(ground: Ground, cell: Series, mask: Mask) -> Finding | None:
    """Date a change, check it against chance and the other segments; None where it does not hold."""
    log, rows = ground.answers, np.flatnonzero(mask)
    values = ground.value(cell.measure, rows)
    since = _date(ground, cell, values, log.ts_us[rows])
    week = count_weeks(log.ts_us[rows], midnight_us=ground.midnight_us)
    chance = check_change(values, week, log.row[rows].astype(np.int64))
    plain = compare_series(ground, cell, since)
    claimed = compare_series(ground, cell, since, z=find_z(ground.level))
    holds = claimed.verdict in {Verdict.HIGHER, Verdict.LOWER}
    apart = not cell.field or _measure_apart(ground, cell, since) > _FAR
    if not holds or chance > 0.01 or not apart:
        return None
    factor = 100.0 if cell.measure is Measure.NPS else 1.0
    return Finding(
        measure=cell.measure,
        spot=cell.spot.name,
        stage=cell.spot.stage,
        touchpoints=cell.spot.touchpoints,
        journey_id=cell.spot.journey_id,
        field=cell.field,
        value=cell.value,
        since_us=since,
        difference=plain,
        claimed=claimed,
        shrunken=cell.shrunken * factor,
        p=cell.p,
        chance=chance,
        people=count_touched(ground, cell, since),
        weight=cell.weight,
        comparisons=_compare_others(ground, cell, since),
        coincidences=find_coincidences(
            ground.log,
            field=cell.field,
            value=cell.value,
            since_us=since,
            from_us=ground.horizon_us,
            to_us=ground.now_us,
        ),
        now=ask_series(cell, since, ground.now_us),
        before=ask_series(cell, ground.horizon_us, since),
    )


def _date(ground: Ground, cell: Series, values: Floats, ts_us: Ints) -> int:
    """Date a change by its scores; where something came in at a date about as likely, by that day's midnight."""
    date = date_change(values, ts_us, midnight_us=ground.midnight_us)
    entrance = find_entrance(
        ground.log,
        field=cell.field,
        value=cell.value,
        from_us=ground.horizon_us,
        first_us=date.first_us - DAY_US,
        last_us=date.last_us + DAY_US,
    )
    return date.best_us if entrance is None else entrance - (entrance - ground.midnight_us) % DAY_US


def _sharpen(ground: Ground, cell: Series) -> Series:
    """Return the series that explains a change best: the door and not everything, the North and not everyone who speaks
    English. Each step goes to one that leaves nothing reliable of the change when its rows are taken away, and that is
    a narrower spot of the same segment or a segment which stands further apart from its rest.
    """
    seen = [cell]
    while True:
        better = next((other for other in _list_rivals(ground, cell) if other not in seen), None)
        if better is None:
            return cell
        cell = better
        seen.append(cell)


def _list_rivals(ground: Ground, cell: Series) -> Iterator[Series]:
    whole = mask_question(ground.answers, ask_series(cell, ground.horizon_us, ground.now_us))
    apart = _measure_apart(ground, cell)
    for other in sorted(ground.cells, key=lambda other: -other.weight):
        same_segment = (other.field, other.value) == (cell.field, cell.value)
        least = _NARROWER if same_segment else 1.0
        if other is cell or other.measure is not cell.measure or abs(other.gap) < least * abs(cell.gap):
            continue
        part = mask_question(ground.answers, ask_series(other, ground.horizon_us, ground.now_us))
        if same_segment:
            equal = part.sum() == whole.sum()
            named = bool(other.spot.touchpoints) and not cell.spot.touchpoints
            better = not (part & ~whole).any() and (named or not equal)
        else:
            better = _measure_apart(ground, other) > max(apart, _FAR)
        if better and _is_explained(ground, cell, whole & ~part):
            yield other


def _others(ground: Ground, cell: Series) -> list[str]:
    found = values_of(ground.answers, cell.field) if cell.field else None
    return [] if found is None else [name for name in found[1] if name and name != cell.value]


def _measure_apart(ground: Ground, cell: Series, since_us: int | None = None) -> float:
    """Return how many standard errors a segment's change lies from that of the rest of its dimension; 0 for everyone
    and where the rest is too small to tell.
    """
    if not cell.field:
        return 0.0
    since = ground.midnight_us - cell.weeks * WEEK_US if since_us is None else since_us
    own = compare_series(ground, cell, since)
    where = tuple((cell.field, name) for name in _others(ground, cell))
    now = ask_series(cell, since, ground.now_us)
    rest_now = replace(now, selection=Selection(from_us=since, to_us=ground.now_us, where=where))
    rest = compare_answers(ground.answers, rest_now, rest_now.during(ground.horizon_us, since))
    if not where or min(rest.now.customers, rest.before.customers) < FEWEST_CUSTOMERS:
        return 0.0
    return abs((own.value or 0.0) - (rest.value or 0.0)) / float(np.hypot(_error(own), _error(rest)))


def _is_explained(ground: Ground, cell: Series, left: Mask) -> bool:
    """Tell whether nothing reliable remains once the rows of heavier findings are taken away."""
    rows = np.flatnonzero(left)
    values = ground.value(cell.measure, rows)
    late = ground.answers.ts_us[rows] >= ground.midnight_us - cell.weeks * WEEK_US
    sides = [_moments(values[side], ground.answers.row[rows[side]].astype(np.int64)) for side in (late, ~late)]
    if min(n for _, _, n in sides) < FEWEST_CUSTOMERS:
        return True
    gap = sides[0][0] - sides[1][0]
    error = float(np.hypot(sides[0][1], sides[1][1]))
    same = np.sign(gap) == np.sign(cell.gap)
    return not (same and float(find_p(np.array([gap / max(error, 1e-12)]))[0]) <= _GATE / len(SPLITS))


def _moments(values: Floats, customer: Ints) -> tuple[float, float, int]:
    sample = gather(values, customer, scale=Scale.MEAN)
    return float(sample.mean[0]), float(np.sqrt(sample.variance[0])), int(sample.customers[0])


def _compare_others(ground: Ground, cell: Series, since: int, *, most: int = 3) -> tuple[Comparison, ...]:
    """Compare the largest other values of the dimension over the same dates."""
    others = []
    for name in _others(ground, cell):
        gap = compare_series(ground, cell, since, value=name)
        if min(gap.now.customers, gap.before.customers) >= FEWEST_CUSTOMERS:
            others.append(Comparison(field=cell.field, value=name, difference=gap))
    others.sort(key=lambda other: -other.difference.now.n)
    return tuple(others[:most])


def _error(gap: Difference) -> float:
    return max((gap.high or 0.0) - (gap.low or 0.0), 1e-9) / (2 * Z95)


def _explain_quiet(ground: Ground, found: tuple[Finding, ...]) -> str:
    if found:
        return ""
    if not ground.tested:
        return TOO_FEW_ANSWERS
    return NOTHING_CHANGED
