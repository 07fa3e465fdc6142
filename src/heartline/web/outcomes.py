"""What came of an opportunity: how customers felt where its cases were, before it was done and since.

An honest sentence, and no more: what else changed then is not known. Where the interval holds no change, it says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.records import Difference, Opportunity, OpportunityStatus
from heartline.understand import Measure, PackedLog, Question, Selection, compare_answers

LONGEST_US: Final = 91 * 86_400_000_000
SHORTEST_US: Final = 7 * 86_400_000_000
"""So long must have gone by, or nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it felt at a touchpoint after an opportunity was done, against as long a time before."""

    touchpoint: str
    days: int
    difference: Difference


def judge_outcome(heartline: Heartline, log: PackedLog, one: Opportunity, *, now_us: int) -> Outcome | None:
    """Judge an opportunity that is done and has cases; None where it is not, has none, or is too fresh."""
    length_us = min(now_us - one.changed_us, LONGEST_US)
    if one.status is not OpportunityStatus.DONE or not one.cases or length_us < SHORTEST_US:
        return None
    touchpoint = find_touchpoint(heartline, one)
    if not touchpoint:
        return None
    done = one.changed_us
    before, after = (
        Question(
            measure=Measure.VALENCE,
            selection=Selection(from_us=first, to_us=first + length_us),
            touchpoints=(touchpoint,),
        )
        for first in (done - length_us, done)
    )
    return Outcome(
        touchpoint=touchpoint,
        days=length_us // 86_400_000_000,
        difference=compare_answers(log, after, before),
    )


def find_touchpoint(heartline: Heartline, one: Opportunity) -> str:
    """Return the touchpoint most of an opportunity's cases are about; "" where none says."""
    linked = set(one.cases)
    seqs = [case.seq for case in heartline.stores.kept.cases(limit=5_000) if case.case_id in linked and case.seq]
    named = Counter(entry.touchpoint for entry in heartline.stores.history.entries(seqs) if entry.touchpoint)
    return min(named, key=lambda name: (-named[name], name), default="")
