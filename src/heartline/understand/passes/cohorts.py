"""Cohorts as a pass: of those who began in a period, how many came back in the first, second … period after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.records import Metric
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.passes.shape import Pass, find_first, mask_codes, walk
from heartline.understand.passes.sums import Part, Sums, add_sums, count_keys, report_shares

WEEK_US = 7 * 86_400_000_000
_WIDE = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPlan:
    """What begins (``start``; none: any first touch), what counts as coming back (``back``; none: any touch), and the
    periods: ``period_us`` long from ``origin_us`` on, so many of them shown after the first.
    """

    start: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    period_us: int = WEEK_US
    origin_us: int = 0
    periods: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """Cohorts, oldest first: ``begin_us`` of their period, their ``people`` (customers), and per period after it (the
    columns 0…periods) who came ``back`` in it, and who did in it or later (``rolling``). ``known`` marks the cells
    whose period is over; others are not to be shown.
    """

    plan: CohortPlan
    now_us: int
    begin_us: Ints
    people: Ints
    back: Ints
    rolling: Ints
    known: Mask

    def share(self, cohort: int, period: int, *, rolling: bool = False) -> Metric:
        """Return the share of a cohort that came back in a period (or, ``rolling``, in it or later)."""
        return self._report(np.array([cohort]), period, rolling=rolling)

    def curve(self, *, rolling: bool = False) -> tuple[Metric, ...]:
        """Return the share of all cohorts together, period by period, of those for which the period is known."""
        return tuple(
            self._report(np.flatnonzero(self.known[:, period]), period, rolling=rolling)
            for period in range(self.known.shape[1])
        )

    def _report(self, cohorts: Ints, period: int, *, rolling: bool) -> Metric:
        cells = (self.rolling if rolling else self.back)[cohorts, period]
        n, hits = int(self.people[cohorts].sum()), int(cells.sum())
        table = np.zeros((1, len(Part)), dtype=np.int64)
        table[0, [Part.TRIALS, Part.PEOPLE, Part.TRIALS_SQUARED]] = n
        table[0, [Part.HITS, Part.HIT_PEOPLE, Part.HITS_SQUARED, Part.CROSSED]] = hits
        return report_shares(table, "retention")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPartial:
    """Customers by cohort, and by (cohort, period after) in which they came back, and by the last such; the keys are
    cohort × 2²⁴ + period, a cohort being its period's number from the origin.
    """

    latest_us: int
    people: Sums
    back: Sums
    last: Sums


def plan_cohorts(
    plan: CohortPlan | None = None, *, now_us: int | None = None
) -> Pass[PackedLog, CohortPartial, Cohorts]:
    """Return the pass that draws cohorts as they are known at ``now_us`` (None: at the last touch)."""
    plan = CohortPlan() if plan is None else plan
    return Pass(
        partial=bind(count_cohorts, plan=plan),
        merge=merge_cohorts,
        finish=bind(finish_cohorts, plan=plan, now_us=now_us),
    )


def draw_cohorts(log: PackedLog, plan: CohortPlan | None = None, *, now_us: int | None = None) -> Cohorts:
    """Draw the retention grid of a log."""
    return plan_cohorts(plan, now_us=now_us).run(log)


def count_cohorts(log: PackedLog, *, plan: CohortPlan) -> CohortPartial:
    """Count a part."""
    passages = walk(log)
    if plan.start:
        at, who = find_first(passages, mask_codes(passages.names, plan.start))
    else:
        at, who = passages.firsts, np.arange(len(passages), dtype=np.int64)
    cohort = np.zeros(len(passages), dtype=np.int64)
    cohort[who] = (log.ts_us[at] - plan.origin_us) // plan.period_us
    start = np.full(len(passages), len(log), dtype=np.int64)
    start[who] = at
    back = np.arange(len(log)) > start[log.row]
    if plan.back:
        back &= mask_codes(passages.names, plan.back)[passages.codes]
    rows = np.flatnonzero(back)
    period, owner = (log.ts_us[rows] - plan.origin_us) // plan.period_us, log.row[rows]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (period[1:] != period[:-1]) | (owner[1:] != owner[:-1])
    period, owner = period[fresh], owner[fresh]
    last = np.ones(len(owner), dtype=np.bool_)
    last[:-1] = owner[1:] != owner[:-1]
    after = period - cohort[owner]
    return CohortPartial(
        latest_us=int(log.ts_us.max()) if len(log) else 0,
        people=_count(cohort[who], np.zeros(len(who), dtype=np.int64)),
        back=_count(cohort[owner], after),
        last=_count(cohort[owner[last]], after[last]),
    )


def _count(cohort: Ints, period: Ints) -> Sums:
    if not len(cohort):
        return Sums(keys=cohort, table=np.zeros((0, 1), dtype=np.int64))
    low, wide = int(cohort.min()), int(period.max()) + 1
    found = count_keys((cohort - low) * wide + period, size=(int(cohort.max()) - low + 1) * wide)
    return Sums(keys=(found.keys // wide + low) * _WIDE + found.keys % wide, table=found.table)


def merge_cohorts(parts: Sequence[CohortPartial]) -> CohortPartial:
    """Add parts up."""
    return CohortPartial(
        latest_us=max(part.latest_us for part in parts),
        people=add_sums([part.people for part in parts]),
        back=add_sums([part.back for part in parts]),
        last=add_sums([part.last for part in parts]),
    )


def finish_cohorts(partial: CohortPartial, *, plan: CohortPlan, now_us: int | None) -> Cohorts:
    """Lay the grid out."""
    now_us = partial.latest_us if now_us is None else now_us
    cohorts = partial.people.keys // _WIDE
    columns = np.arange(plan.periods + 1)
    back = partial.back.at((cohorts[:, None] * _WIDE + columns).ravel()).reshape(len(cohorts), len(columns))
    rolling = np.zeros((len(cohorts), plan.periods + 1), dtype=np.int64)
    place = np.searchsorted(cohorts, partial.last.keys // _WIDE)
    reached = np.minimum(partial.last.keys % _WIDE, plan.periods)
    np.add.at(rolling, (place, reached), partial.last.table[:, 0])
    return Cohorts(
        plan=plan,
        now_us=now_us,
        begin_us=plan.origin_us + cohorts * plan.period_us,
        people=partial.people.table[:, 0],
        back=back,
        rolling=rolling[:, ::-1].cumsum(axis=1)[:, ::-1],
        known=cohorts[:, None] + columns + 1 <= (now_us - plan.origin_us) // plan.period_us,
    )
