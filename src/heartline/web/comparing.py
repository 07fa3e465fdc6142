"""Two groups or two periods held against each other along a journey, as the page asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from heartline.records import Journey
from heartline.understand import (
    ComparisonPlan,
    PathComparison,
    Selection,
    compare_paths,
    mask_names,
    take_customers,
    take_rows,
)
from heartline.web.exports import Cell
from heartline.web.lenses import REGION, TRAIT
from heartline.web.mapping import narrow
from heartline.web.months import list_months, month_range
from heartline.web.parts import FilterField
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

TIME: Final = "time"
"""The split by time: the range chosen against as long a time before it."""
MONTHS: Final = "months"
"""The split by calendar month: one whole month against another, whatever range is chosen."""
COLUMNS: Final = (
    "from", "to", "share", "share_low", "share_high", "n", "customers", "other_share", "other_low", "other_high",
    "other_n", "other_customers", "difference", "difference_low", "difference_high", "p", "q", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is held against what: by ``split`` (a field, ``MONTHS`` or ``TIME``; "" where nothing can be compared), the
    value ``a`` against ``b`` ("" for all other values of a field). ``fields`` and ``months`` may be chosen.
    """

    split: str
    a: str
    b: str
    fields: tuple[FilterField, ...]
    months: tuple[str, ...] = ()

    def values(self) -> tuple[str, ...]:
        """The values of the field, or the months."""
        if self.split == MONTHS:
            return self.months
        return next((tuple(one.value for one in field.values) for field in self.fields if field.name == self.split), ())


def ask_sides(visit: Visit) -> Sides:
    """Read the sides from the URL; what is not known asks for the first field (traits before fields of touches) and its
    first value against the others.
    """
    fields = sorted(
        (field for field in visit.view.filter_options if field.name != REGION),
        key=lambda field: not field.name.startswith(TRAIT),
    )
    months = _months(visit)
    names = [field.name for field in fields]
    names += [MONTHS] if len(months) > 1 else []
    names += [TIME] if visit.selection.from_us is not None else []
    asked = visit.query.get("split", "")
    split = asked if asked in names else next(iter(names), "")
    sides = Sides(split=split, a="", b="", fields=tuple(fields), months=months)
    values = sides.values()
    a = visit.query.get("a", "")
    a = a if a in values else next(iter(values), "")
    b = visit.query.get("b", "")
    b = b if b in values and b != a else ""
    if split == MONTHS and not b:
        # The month before it; before the first there is none, so the one after.
        b = values[values.index(a) + 1] if a != values[-1] else values[-2]
    return replace(sides, a=a, b=b)


def _months(visit: Visit) -> tuple[str, ...]:
    log = visit.whole_log
    return list_months(int(log.ts_us.min()), visit.now_us, zone=visit.zone) if len(log) else ()


def read_comparison(visit: Visit, journey: Journey, sides: Sides) -> PathComparison | None:
    """Compare the touches of this journey on both sides; None where there is nothing to compare by."""
    if not sides.split:
        return None
    plan = _plan(visit, sides)
    always = replace(visit.selection, from_us=None, to_us=None)

    def compare() -> PathComparison:
        log = take_customers(narrow(visit.whole_log, always), journey.where)
        return compare_paths(take_rows(log, mask_names(log, "touchpoint", journey.touchpoints)), plan)

    key = ("comparison", journey, always, plan)
    return recall_of(visit.heartline).of(visit.whole_log, key, compare, patience_s=60)


def _plan(visit: Visit, sides: Sides) -> ComparisonPlan:
    since, until = visit.selection.from_us, visit.selection.to_us
    if sides.split == MONTHS:
        now, before = (
            Selection(from_us=first, to_us=last)
            for first, last in (month_range(month, zone=visit.zone) for month in (sides.a, sides.b))
        )
        return ComparisonPlan(now=now, before=before)
    if sides.split == TIME and since is not None:
        end = visit.now_us if until is None else until
        return ComparisonPlan(
            now=Selection(from_us=since, to_us=end), before=Selection(from_us=2 * since - end, to_us=since)
        )
    rest = (sides.b,) if sides.b else tuple(value for value in sides.values() if value != sides.a)
    return ComparisonPlan(
        now=Selection(from_us=since, to_us=until, where=((sides.split, sides.a),)),
        before=Selection(from_us=since, to_us=until, where=tuple((sides.split, value) for value in rest)),
    )


def comparison_rows(found: PathComparison | None) -> Iterator[tuple[Cell, ...]]:
    """Every step and touchpoint tested as a row under ``COLUMNS``; ``to`` is empty for a touchpoint."""
    if found is None:
        return
    for shift, q in zip(found.shifts, found.adjust(), strict=True):
        gap = shift.difference
        sides = [
            cell for side in (gap.now, gap.before) for cell in (side.value, side.low, side.high, side.n, side.customers)
        ]
        yield (shift.source, shift.target, *sides, gap.value, gap.low, gap.high, gap.p, q, gap.verdict.value)
