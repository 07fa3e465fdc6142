"""What the cases say together, read: how loops close, which causes come again, and a cause made an opportunity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.act import CauseLine, LoopFigures, list_causes, measure_loops
from heartline.errors import Missing
from heartline.language import _
from heartline.records import Case, Effort, Opportunity
from heartline.understand import PackedLog
from heartline.web.loops import list_stages, name_me
from heartline.web.visit import Visit

CAUSE_KEY: Final = "cause:"
"""How the opportunity of a cause names what it is about, where others name a pain."""
_MOST: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Figures and causes of the ``cases`` opened last. ``steps`` say a stage in words; ``filed`` are opportunities by
    the cause they are about.
    """

    cases: int
    figures: LoopFigures
    causes: tuple[CauseLine, ...]
    steps: Mapping[tuple[str, str], str]
    filed: Mapping[str, Opportunity]


def read_learned(visit: Visit) -> Learned:
    """Read what the cases that the reader sees say together."""
    kept = visit.heartline.stores.kept
    cases, loops = kept.whole_cases(limit=_MOST), kept.case_loops()
    later = compare_later(visit.whole_log, cases, find_owners(visit, cases))
    filed = {one.pain.removeprefix(CAUSE_KEY): one for one in kept.opportunities() if one.pain.startswith(CAUSE_KEY)}
    return Learned(
        cases=len(cases),
        figures=measure_loops(cases, loops, later=later, now_us=visit.now_us),
        causes=list_causes(cases, loops),
        steps={(journey, stage): words for journey, stage, words in list_stages(visit.heartline, visit.whole_log)},
        filed=filed,
    )


def find_owners(visit: Visit, cases: Sequence[Case]) -> dict[str, int]:
    """Return the customers of some cases by the handle each names."""
    handles = {case.handle for case in cases if case.handle and case.closed_us is not None}
    found = {handle: visit.heartline.stores.derived.customer_of_handle(handle) for handle in handles}
    return {handle: owner for handle, owner in found.items() if owner is not None}


def compare_later(log: PackedLog, cases: Sequence[Case], owners: Mapping[str, int]) -> dict[int, bool]:
    """Return of each closed case whose customer scored again whether the first score after closing is higher, on the
    one scale that all kinds share, than the score behind the case.
    """
    found: dict[int, bool] = {}
    for case in cases:
        owner = owners.get(case.handle)
        if case.closed_us is None or owner is None or not case.seq:
            continue
        place = int(np.searchsorted(log.customers, owner))
        if place == len(log.customers) or log.customers[place] != owner:
            continue
        rows = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
        valence, scored = log.valence[rows], ~np.isnan(log.valence[rows])
        first = valence[(log.seq[rows] == case.seq) & scored]
        after = valence[(log.ts_us[rows] > case.closed_us) & scored]
        if len(first) and len(after):
            found[case.case_id] = bool(after[0] > first[0])
    return found


def file_cause(visit: Visit) -> Opportunity:
    """File the opportunity of the recurring cause that was posted, with all its cases linked; once a cause.

    Raises:
        Missing: no case has that cause any more.
    """
    kept, asked = visit.heartline.stores.kept, visit.field("cause")
    learned = read_learned(visit)
    line = next((line for line in learned.causes if line.cause == asked), None)
    if line is None:
        raise Missing("no_cause", _("No case has that cause."), _("Look at the list of causes."))
    if line.cause in learned.filed:
        return learned.filed[line.cause]
    filed = kept.file_opportunity(
        pain=f"{CAUSE_KEY}{line.cause}",
        title=_("Mend what causes it: {cause}").format(cause=line.cause),
        gain=None,
        effort=Effort.UNKNOWN,
        owner=name_me(visit),
        due_us=None,
        filed_by=name_me(visit),
    )
    visit.note("opportunity.filed", f"{filed.opportunity_id} {CAUSE_KEY}"[:500])
    return kept.change_opportunity(filed.opportunity_id, cases=line.cases)
