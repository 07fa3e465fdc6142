"""Claims: what the signs may say, each with a p-value; all of one page are held by one false-discovery budget."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from heartline.records import Difference
from heartline.understand.changes import (
    HORIZON_WEEKS,
    SPLITS,
    WEEK_US,
    check_change,
    count_weeks,
    scan_splits,
    sum_weeks,
)
from heartline.understand.differences import FEWEST, compare
from heartline.understand.intervals import FACTOR
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.pains.nouns import QUARTER_US, Claim, SignSeries
from heartline.understand.quantiles import Z95, find_p
from heartline.understand.samples import Sample, correlate, gather
from heartline.understand.selection import values_of

FEWEST_CUSTOMERS = 100
"""A side needs so many customers before the list speaks of it, as on Home."""
_ALIVE = 2.0
_CHANCE = 0.01
_FAR = Z95


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A claim under test. ``field`` and ``value`` name the segment ("" both: everyone); ``since_us`` splits what is
    claimed to have grown. ``gap`` (worse is positive) and ``error`` are on the values' own scale.
    """

    sign: SignSeries
    claim: Claim
    field: str
    value: str
    since_us: int
    gap: float
    error: float
    p: float
    shrunken: float = 0.0
    inside: Mask = dataclasses.field(repr=False, compare=False)


def list_grown(log: PackedLog, signs: Sequence[SignSeries], dims: Sequence[str], *, midnight_us: int) -> Iterator[Cell]:
    """Yield for every sign × segment whether it grew worse at one of ten dates, the price of ten dates paid."""
    for sign in signs:
        week = count_weeks(log.ts_us[sign.rows], midnight_us=midnight_us)
        values = sign.values * sign.worse
        for name in ("", *dims):
            codes, names = segment(log, name, sign.rows)
            scan = scan_splits(sum_weeks(values, week, codes, cells=len(names)))
            for code in np.flatnonzero(scan.weeks):
                since = midnight_us - int(scan.weeks[code]) * WEEK_US
                inside = codes == code
                cell = Cell(
                    sign=sign,
                    claim=Claim.GREW,
                    field=name,
                    value=names[code],
                    since_us=since,
                    gap=float(scan.gap[code]),
                    error=float(scan.error[code]),
                    p=min(1.0, len(SPLITS) * float(find_p(scan.t[code : code + 1])[0])),
                    inside=inside,
                )
                alive = cell.gap >= _ALIVE * cell.error
                yield weigh(cell, *split_time(log, cell, since), tries=len(SPLITS)) if alive else cell


def list_worse(log: PackedLog, signs: Sequence[SignSeries], dims: Sequence[str], *, now_us: int) -> Iterator[Cell]:
    """Yield for every sign × segment whether the last quarter was worse there than in the rest of its dimension."""
    for sign in signs:
        recent = log.ts_us[sign.rows] >= now_us - QUARTER_US
        values = sign.values * sign.worse
        for name in dims:
            codes, names = segment(log, name, sign.rows)
            known = recent & (codes >= 0)
            here, t = _scan_rest(values[known], codes[known], len(names))
            for code in np.flatnonzero((here >= FEWEST) & (known.sum() - here >= FEWEST)):
                inside = codes == code
                cell = Cell(
                    sign=sign,
                    claim=Claim.WORSE_HERE,
                    field=name,
                    value=names[code],
                    since_us=0,
                    gap=0.0,
                    error=np.nan,
                    p=float(find_p(t[code : code + 1])[0]),
                    inside=inside,
                )
                yield weigh(cell, known & inside, known & ~inside) if t[code] >= _ALIVE else cell


def _scan_rest(values: Floats, codes: Ints, width: int) -> tuple[Ints, Floats]:
    """Return each value's number of rows, and by how many standard errors it lies over the rest as if every row were a
    customer of its own (the exact test comes after, for what looks alive).
    """
    n = np.bincount(codes, minlength=width)
    total = np.bincount(codes, weights=values, minlength=width)
    square = np.bincount(codes, weights=values**2, minlength=width)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [(n, total, square), (n.sum() - n, total.sum() - total, square.sum() - square)]
        (mean, noise), (rest, other) = (
            (part / count, (squared / count - (part / count) ** 2) / count) for count, part, squared in parts
        )
        t = (mean - rest) / np.sqrt(noise + other)
    return n, np.where(np.isfinite(t), t, 0.0)


def weigh(cell: Cell, now: Mask, before: Mask, *, tries: int = 1) -> Cell:
    """Test a claim of two sides of its sign's rows, customers in both known."""
    sign = cell.sign
    gap, sides = measure(sign, now, before)
    if min(side.customers[0] for side in sides) < FEWEST_CUSTOMERS or gap.p is None:
        return replace(cell, p=1.0)
    factor = FACTOR[sign.scale]
    error = max((gap.high or 0.0) - (gap.low or 0.0), 1e-9) / (2 * Z95) / factor
    value = (gap.value or 0.0) / factor * sign.worse
    return replace(cell, gap=value, error=error, p=min(1.0, tries * gap.p))


def measure(sign: SignSeries, now: Mask, before: Mask, *, z: float = Z95) -> tuple[Difference, tuple[Sample, Sample]]:
    """Return the difference between two sides of a sign's rows, on the metric's scale, and both samples."""
    owner = sign.customers
    sides = [(sign.values[side], owner[side]) for side in (now, before)]
    first, second = (gather(values, who, scale=sign.scale) for values, who in sides)
    rho = correlate(sides[0], sides[1]) if now.any() and before.any() else 0.0
    name = sign.measure.value if sign.measure else sign.kind.value
    return compare(first, second, name, rho=rho, z=z), (first, second)


def split_time(log: PackedLog, cell: Cell, since: int, *, without: Mask | None = None) -> tuple[Mask, Mask]:
    """Return a cell's rows since a date and before it, within the horizon; ``without`` marks rows left out."""
    ts = log.ts_us[cell.sign.rows]
    near = cell.inside & (ts >= since - (HORIZON_WEEKS * WEEK_US))
    if without is not None:
        near &= ~without
    return near & (ts >= since), near & (ts < since)


def stands_apart(log: PackedLog, cell: Cell, since: int) -> float:
    """Return how many standard errors a segment's growth lies over that of the rest of its dimension; 0 where the rest
    is too small to tell.
    """
    if not cell.field:
        return 0.0
    codes, _ = segment(log, cell.field, cell.sign.rows)
    rest = (codes >= 0) & ~cell.inside
    ts = log.ts_us[cell.sign.rows]
    own, _ = measure(cell.sign, *split_time(log, cell, since))
    other, sides = measure(cell.sign, rest & (ts >= since), rest & (ts < since))
    if min(side.customers[0] for side in sides) < FEWEST_CUSTOMERS or own.value is None or other.value is None:
        return 0.0
    noise = float(np.hypot(spread(own), spread(other)))
    return cell.sign.worse * (own.value - other.value) / max(noise, 1e-12)


def is_explained(log: PackedLog, cell: Cell, taken: Mask, *, now_us: int) -> bool:
    """Tell whether nothing reliable remains of a claim without the rows of heavier pains."""
    if cell.claim is Claim.GREW:
        now, before = split_time(log, cell, cell.since_us, without=taken)
    else:
        recent = (log.ts_us[cell.sign.rows] >= now_us - QUARTER_US) & ~taken
        codes, _ = segment(log, cell.field, cell.sign.rows)
        now, before = recent & cell.inside, recent & ~cell.inside & (codes >= 0)
    left = weigh(cell, now, before)
    return left.p > 0.05 / len(SPLITS) or left.gap <= 0


def holds_by_chance(log: PackedLog, cell: Cell, *, midnight_us: int) -> bool:
    """Tell whether pure chance, customers kept whole, gives as large a growth more often than once in a hundred."""
    sign = cell.sign
    week = count_weeks(log.ts_us[sign.rows[cell.inside]], midnight_us=midnight_us)
    return check_change(sign.values[cell.inside], week, sign.customers[cell.inside]) > _CHANCE


def segment(log: PackedLog, name: str, rows: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Return the segment's code of each row (−1: none) and the names, for one dimension; "" is everyone."""
    if not name:
        return np.zeros(len(rows), dtype=np.int64), ("",)
    found = values_of(log, name)
    if found is None:
        return np.full(len(rows), -1, dtype=np.int64), ("",)
    codes = found[0][rows].astype(np.int64)
    return np.where(codes == 0, -1, codes), found[1]


def spread(gap: Difference) -> float:
    """Return the standard error that a difference's interval tells."""
    return max((gap.high or 0.0) - (gap.low or 0.0), 1e-9) / (2 * Z95)
