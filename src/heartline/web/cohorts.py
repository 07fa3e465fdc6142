"""Cohorts as their page asks for them: who began in a week, and who came back in the weeks after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.understand import CohortPlan, Cohorts, draw_cohorts
from heartline.web.exports import Cell
from heartline.web.mapping import narrow
from heartline.web.parts.words import iso
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

FEWEST: Final = 5
"""Of fewer who began nothing is said."""
COLUMNS: Final = (
    "week", "began", "weeks_after", "came_back", "share", "share_low", "share_high",
    "came_back_later_too", "later_share", "later_low", "later_high",
)  # fmt: skip
_MOST_OFFERED: Final = 200
_MONDAY_US: Final = 4 * 86_400_000_000
"""The first Monday of 1970."""


def read_cohorts(visit: Visit) -> Cohorts:
    """Draw the cohorts of the customers the filter chooses, over all their touches; the range chooses which weeks of
    beginning are kept. ``start`` and ``back`` of the URL name touchpoints.
    """
    offset = datetime.fromtimestamp(visit.now_us / 1e6, UTC).astimezone(ZoneInfo(visit.zone)).utcoffset()
    origin = _MONDAY_US - int(offset.total_seconds() if offset else 0) * 1_000_000
    start, back = (visit.query.get(name, "")[:200] for name in ("start", "back"))
    plan = CohortPlan(start=(start,) if start else (), back=(back,) if back else (), origin_us=origin)
    always = replace(visit.selection, from_us=None, to_us=None)
    whole = recall_of(visit.heartline).of(
        visit.whole_log,
        ("cohorts", always, plan, visit.now_us // 3_600_000_000),
        lambda: draw_cohorts(narrow(visit.whole_log, always), plan, now_us=visit.now_us),
        patience_s=5,
    )
    keep = np.ones(len(whole.begin_us), dtype=np.bool_)
    if visit.selection.from_us is not None:
        keep &= whole.begin_us + plan.period_us > visit.selection.from_us
    if visit.selection.to_us is not None:
        keep &= whole.begin_us < visit.selection.to_us
    return replace(
        whole,
        begin_us=whole.begin_us[keep],
        people=whole.people[keep],
        back=whole.back[keep],
        rolling=whole.rolling[keep],
        known=whole.known[keep],
    )


def offer_touchpoints(visit: Visit) -> tuple[str, ...]:
    """Return the touchpoints to choose from, the most frequent first."""
    log = visit.whole_log
    names = log.names.get("touchpoint", ())
    counts = np.bincount(log.codes["touchpoint"], minlength=len(names)) if len(log) else np.zeros(len(names), dtype=int)
    ranked = [names[int(code)] for code in np.argsort(-counts, kind="stable") if counts[code] and names[int(code)]]
    return tuple(ranked[:_MOST_OFFERED])


def cohort_rows(found: Cohorts, zone: str) -> Iterator[tuple[Cell, ...]]:
    """Every known cell as a row under ``COLUMNS``; of too few no share is told."""
    for place, begin_us in enumerate(found.begin_us.tolist()):
        for period in range(found.known.shape[1]):
            if found.known[place, period]:
                yield (iso(begin_us, zone)[:10], int(found.people[place]), period, *_cells(found, place, period))


def _cells(found: Cohorts, place: int, period: int) -> Iterator[Cell]:
    for counts, rolling in ((found.back, False), (found.rolling, True)):
        yield int(counts[place, period])
        share = found.share(place, period, rolling=rolling)
        few = found.people[place] < FEWEST
        yield from (None if few or value is None else round(value, 6) for value in (share.value, share.low, share.high))
