"""What the cases say together: how fast loops close, how well, which causes come again. Pure; one definition each.

Shares and medians are of customers who had cases, clustered by them, with 95 % intervals (docs/explanation/cases.md).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.act.cases import REASONS, date_steps
from heartline.records import Case, CaseLoop, CaseStatus, Metric
from heartline.understand import Scale, find_quantile_interval, gather, report_metrics

SOON_US: Final = 48 * 3_600_000_000
"""Within which a customer should have heard from us (spec/ux.md §10)."""
SETTLED_US: Final = 7 * 86_400_000_000
"""After so long closed a case counts as settled: who comes back by then was not helped the first time."""
HELPED: Final = REASONS[:2]
"""The reasons that say the customer was helped."""
RECURRING: Final = 3
"""From so many cases on a cause is called recurring."""
_CONTACT: Final = re.compile(r"[a-z ]+ → contacted\.|Replied by e-mail\.")
_ONE_US: Final = 1_000_000
"""A reply that moves a case on writes two lines within this: one contact."""
_HOUR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFigures:
    """How loops close. Shares are metrics on 0…1; durations in hours with their interval, on the cases that had them.

    ``soon``: of cases opened two days ago or longer, contacted within 48 hours. ``first``: of cases that were contacted
    and have been closed for a week, those closed as helped after one contact and never reopened. ``reopened``: of all
    ever closed. ``better``: of those whose customer gave a score after closing, where it is higher than the first one.
    """

    soon: Metric
    first: Metric
    reopened: Metric
    better: Metric
    to_contact: Metric
    to_close: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A root cause: the cases that have it, newest first, its share of all with a cause, and where it lies most."""

    cause: str
    cases: tuple[int, ...]
    customers: int
    open: int
    reopened: int
    share: Metric
    journey_id: str
    stage: str

    @property
    def recurs(self) -> bool:
        """Whether it came again, for more than one customer."""
        return len(self.cases) >= RECURRING and self.customers > 1


def measure_loops(
    cases: Sequence[Case], loops: Mapping[int, CaseLoop], *, later: Mapping[int, bool], now_us: int
) -> LoopFigures:
    """Measure how loops close. ``cases`` have their notes; ``later`` says of each case whose customer scored again
    whether that score is higher.
    """
    contacts = {case.case_id: list_contacts(case) for case in cases}
    due = [case for case in cases if case.opened_us <= now_us - SOON_US]
    settled = [
        case
        for case in cases
        if contacts[case.case_id] and case.closed_us is not None and case.closed_us <= now_us - SETTLED_US
    ]
    reopened = {case.case_id for case in cases if loops.get(case.case_id, _NONE).reopened}
    closed = [case for case in cases if case.closed_us is not None or case.case_id in reopened]
    asked = [case for case in cases if case.case_id in later]
    spoken = [case for case in cases if contacts[case.case_id]]
    ended = [case for case in cases if case.closed_us is not None]
    return LoopFigures(
        soon=_share("contacted_soon", due, [_is_soon(case, contacts[case.case_id]) for case in due]),
        first=_share("first_contact", settled, [_is_first(case, contacts, reopened) for case in settled]),
        reopened=_share("reopened", closed, [case.case_id in reopened for case in closed]),
        better=_share("better_later", asked, [later[case.case_id] for case in asked]),
        to_contact=_median("hours_to_contact", spoken, [contacts[case.case_id][0] for case in spoken]),
        to_close=_median("hours_to_close", ended, [case.closed_us or 0 for case in ended]),
    )


_NONE: Final = CaseLoop(case_id=0)


def list_contacts(case: Case) -> list[int]:
    """Return when the customer heard from us, read from the case's own history; a step that was taken back counts."""
    told = [note.at_us for note in case.notes if _CONTACT.match(note.text)]
    reached = date_steps(case).get(CaseStatus.CONTACTED)
    found = sorted({*told, *([] if reached is None else [reached])})
    return [at for at, before in zip(found, [-_ONE_US, *found], strict=False) if at - before >= _ONE_US]


def _is_soon(case: Case, contacts: Sequence[int]) -> bool:
    return bool(contacts) and contacts[0] - case.opened_us <= SOON_US


def _is_first(case: Case, contacts: Mapping[int, Sequence[int]], reopened: set[int]) -> bool:
    helped = case.reason.startswith(HELPED)
    return helped and len(contacts[case.case_id]) == 1 and case.case_id not in reopened


def _share(name: str, cases: Sequence[Case], held: Sequence[bool]) -> Metric:
    values = np.array(held, dtype=np.float64)
    return report_metrics(gather(values, _customers(cases), scale=Scale.SHARE), name)[0]


def _median(name: str, cases: Sequence[Case], ends: Sequence[int]) -> Metric:
    hours = np.array([(end - case.opened_us) / 1e6 / _HOUR_S for case, end in zip(cases, ends, strict=True)])
    customer = _customers(cases)
    middle, low, high = find_quantile_interval(hours, customer) if len(hours) else (None, None, None)
    return Metric(
        name=name,
        value=middle,
        low=low,
        high=high,
        n=len(hours),
        customers=len(set(customer.tolist())),
        method="Woodruff",
    )


def _customers(cases: Sequence[Case]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(case.handle or f"case {case.case_id}", len(codes)) for case in cases], np.int64)


def list_causes(cases: Sequence[Case], loops: Mapping[int, CaseLoop]) -> tuple[CauseLine, ...]:
    """Return the causes of cases, the most frequent first; those told apart only by case or white space are one."""
    told = [case for case in cases if loops.get(case.case_id, _NONE).cause]
    by_cause: defaultdict[str, list[Case]] = defaultdict(list)
    for case in told:
        by_cause[_fold(loops[case.case_id].cause)].append(case)
    lines = [_line(key, members, told, loops) for key, members in by_cause.items()]
    return tuple(sorted(lines, key=lambda line: (-len(line.cases), line.cause)))


def _fold(cause: str) -> str:
    return " ".join(cause.split()).casefold()


def _line(key: str, members: Sequence[Case], told: Sequence[Case], loops: Mapping[int, CaseLoop]) -> CauseLine:
    steps: defaultdict[tuple[str, str], int] = defaultdict(int)
    for case in members:
        steps[loops[case.case_id].journey_id, loops[case.case_id].stage] += 1
    steps.pop(("", ""), None)
    journey_id, stage = max(steps, key=lambda step: (steps[step], step)) if steps else ("", "")
    return CauseLine(
        cause=loops[members[0].case_id].cause,
        cases=tuple(case.case_id for case in members),
        customers=len({case.handle for case in members}),
        open=sum(case.status is not CaseStatus.CLOSED for case in members),
        reopened=sum(bool(loops[case.case_id].reopened) for case in members),
        share=_share("cause", told, [_fold(loops[case.case_id].cause) == key for case in told]),
        journey_id=journey_id,
        stage=stage,
    )
