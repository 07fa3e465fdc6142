"""The search: signs become claims, claims that hold become pains, each change told once, ranked by shrunken money.

The steps are: list what may be claimed, hold it to one false-discovery budget, tell each thing once (what disappears
with the people of a heavier pain is that pain's further evidence), price what is left, shrink, rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from heartline.records import Journey, Verdict
from heartline.understand.changes import DAY_US
from heartline.understand.differences import FEWEST, spend_budget
from heartline.understand.findings import Finding, Findings, find_changes
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.pains.claims import (
    Cell,
    holds_by_chance,
    is_explained,
    list_grown,
    list_worse,
    stands_apart,
)
from heartline.understand.pains.contradictions import find_contradictions
from heartline.understand.pains.drawing import draw_cell, draw_feeling, draw_finding, draw_met
from heartline.understand.pains.feelings import Feeling, list_feelings
from heartline.understand.pains.gaps import find_gaps
from heartline.understand.pains.letting import list_let_go
from heartline.understand.pains.meetings import Meeting, list_meetings
from heartline.understand.pains.nouns import Claim, Overlap, Pain, PainList, SignKind, SignSeries
from heartline.understand.pains.signs import Field, list_signs, prepare
from heartline.understand.quantiles import Z95
from heartline.understand.questions import mask_question
from heartline.understand.sayings import NOTHING_SAID, Sayings
from heartline.understand.series import choose_dims
from heartline.understand.shrinkage import shrink_around_zero, shrink_effects

MOST = 24
"""A list of more pains is none."""
_LEFT = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Everything claimed, before and after the budget: ``findings`` of scores that fell, cells, meetings, feelings."""

    findings: tuple[Finding, ...]
    cells: tuple[Cell, ...]
    meetings: tuple[Meeting, ...]
    feelings: tuple[Feeling, ...]
    tested: int


@dataclass(slots=True, kw_only=True)
class _Taken:
    """Which rows of the log belong to the people of pains told already (their touches since it began)."""

    rows: Mask
    pains: list[Pain] = field(default_factory=list)

    def add(self, log: PackedLog, pain: Pain, *, met: Ints | None = None) -> None:
        """Take a pain's people, and those who met it (their indices) before the quarter for which it is told."""
        hit = np.isin(log.customers, pain.customers)
        if met is not None:
            hit[met] = True
        self.rows |= hit[log.row] & (log.ts_us >= (pain.since_us or 0))
        self.pains.append(pain)


def find_pains(
    log: PackedLog,
    journeys: Sequence[Journey] = (),
    *,
    now_us: int | None = None,
    midnight_us: int | None = None,
    findings: Findings | None = None,
    sayings: Sayings = NOTHING_SAID,
    q: float = 0.05,
) -> PainList:
    """Find what hurts, with its evidence, size, place, and what it costs a quarter.

    ``now_us`` and ``midnight_us`` are as for ``find_changes``, whose answer may be given as ``findings`` where it is
    known already. ``sayings`` are what touches say beside the log's columns. ``q`` is the false discovery rate of the
    whole list. Cost: a few CPU seconds a million touches.
    """
    end = (int(log.ts_us.max()) + 1 if len(log) else 0) if now_us is None else now_us
    midnight = end - end % DAY_US if midnight_us is None else midnight_us
    if findings is None:
        findings = find_changes(log, journeys, now_us=end, midnight_us=midnight)
    ground = prepare(log, journeys, now_us=end, midnight_us=midnight, sayings=sayings)
    signs = list_signs(ground)
    dims = choose_dims(log)
    claims = _hold(_list_claims(ground, signs, dims, findings, midnight_us=midnight), q=q)
    taken = _tell_once(ground, claims, midnight_us=midnight)
    pains = _rank(taken.pains)
    contradictions = find_contradictions(ground, signs, q=q)
    inconsistencies, channel_gaps = find_gaps(ground, q=q)
    return PainList(
        pains=pains,
        overlaps=_find_overlaps(pains),
        let_go=list_let_go(ground, signs, pains),
        contradictions=contradictions,
        inconsistencies=inconsistencies,
        channel_gaps=channel_gaps,
        tested=claims.tested,
        q=q,
        until_us=end,
        quiet="" if pains else "Too few touches to compare yet" if not claims.tested else "Nothing reliably hurts",
    )


def _list_claims(
    ground: Field, signs: Sequence[SignSeries], dims: Sequence[str], findings: Findings, *, midnight_us: int
) -> Claims:
    told = [sign.told() for sign in signs]
    behaviour = [sign for sign in told if sign.kind is not SignKind.SCORE]
    cells = (
        *list_grown(ground.log, behaviour, dims, midnight_us=midnight_us),
        *list_worse(ground.log, told, dims, now_us=ground.now_us),
    )
    meetings = tuple(list_meetings(ground, signs))
    fell = tuple(one for one in findings.found if (one.difference.value or 0.0) < 0)
    worths = {
        place: one.worth for place, sign in enumerate(signs) for one in meetings if one.sign is sign and not one.step
    }
    feelings = tuple(list_feelings(ground, signs, worths))
    tested = findings.tested + len(cells) + len(meetings) + len(feelings)
    return Claims(findings=fell, cells=cells, meetings=meetings, feelings=feelings, tested=tested)


def _hold(claims: Claims, *, q: float) -> Claims:
    """Hold everything claimed to one budget; what was tested without being claimed counts as p = 1."""
    parts = (claims.findings, claims.cells, claims.meetings, claims.feelings)
    p = [one.p for part in parts for one in part]
    rest = max(claims.tested - len(p), 0)
    passed = spend_budget(np.array([*p, *([1.0] * rest)]), q=q).passed
    first, second, third = np.cumsum([len(part) for part in parts[:3]])
    cells = [cell for cell, good in zip(claims.cells, passed[first:second], strict=True) if good and cell.gap > 0]
    gaps = np.array([cell.gap for cell in cells])
    errors = np.array([cell.error for cell in cells])
    shrunken = shrink_effects(gaps, errors) if cells else gaps
    return replace(
        claims,
        findings=tuple(one for one, good in zip(claims.findings, passed[:first], strict=True) if good),
        cells=tuple(replace(cell, shrunken=float(size)) for cell, size in zip(cells, shrunken, strict=True)),
        meetings=tuple(
            one for one, good in zip(claims.meetings, passed[second:third], strict=True) if good and one.gap > 0
        ),
        feelings=tuple(
            one
            for one, good in zip(claims.feelings, passed[third : third + len(claims.feelings)], strict=True)
            if good and one.gap > 0
        ),
    )


def _tell_once(ground: Field, claims: Claims, *, midnight_us: int) -> _Taken:
    """Turn claims into pains, the best told first: scores that fell, what grew, what was met, what is worse here."""
    log = ground.log
    taken = _Taken(rows=np.zeros(len(log), dtype=np.bool_))
    for finding in claims.findings:
        rows = mask_question(log, finding.now) & ~taken.rows
        if rows.sum() >= 0.5 * mask_question(log, finding.now).sum():
            taken.add(log, draw_finding(ground, finding, claims.cells))
    for meeting in sorted((one for one in claims.meetings if one.since_us), key=lambda one: one.p):
        _tell_met(ground, taken, meeting)
    grown = [cell for cell in claims.cells if cell.claim is Claim.GREW]
    apart = {id(cell): stands_apart(log, cell, cell.since_us) for cell in grown}
    for cell in sorted(grown, key=lambda cell: (-apart[id(cell)], cell.p)):
        if cell.field and apart[id(cell)] <= Z95:
            continue
        if is_explained(log, cell, taken.rows[cell.sign.rows], now_us=ground.now_us):
            continue
        if holds_by_chance(log, cell, midnight_us=midnight_us):
            continue
        pain = draw_cell(ground, cell, midnight_us=midnight_us)
        if pain.main.difference.verdict in {Verdict.HIGHER, Verdict.LOWER}:  # and at the day it is dated to
            taken.add(log, pain)
    for meeting in sorted((one for one in claims.meetings if not one.since_us), key=lambda one: one.p):
        _tell_met(ground, taken, meeting)
    for feeling in sorted(claims.feelings, key=lambda one: (one.sign.kind is not SignKind.PROMISE, one.p)):
        _tell_felt(ground, taken, feeling)
    _tell_worse(ground, taken, claims.cells, midnight_us=midnight_us)
    return taken


def _tell_worse(ground: Field, taken: _Taken, cells: Sequence[Cell], *, midnight_us: int) -> None:
    worse = [cell for cell in cells if cell.claim is Claim.WORSE_HERE]
    for cell in sorted(worse, key=lambda cell: cell.p):
        if not is_explained(ground.log, cell, taken.rows[cell.sign.rows], now_us=ground.now_us):
            taken.add(ground.log, draw_cell(ground, cell, midnight_us=midnight_us))


def _tell_met(ground: Field, taken: _Taken, meeting: Meeting) -> None:
    """Tell what was met, where something reliable is left of it without the people of pains told already."""
    left = meeting.without(ground, taken.rows)
    if left is None or left.p > _LEFT or left.gap <= 0:
        return
    pain = draw_met(ground, left)
    if pain.people:  # what nobody met in the quarter hurts nobody now
        taken.add(ground.log, pain, met=ground.log.row[left.rows[left.hit]].astype(np.int64))


def _tell_felt(ground: Field, taken: _Taken, feeling: Feeling) -> None:
    """Tell what came late and was felt, where something reliable is left without the people of pains told already."""
    left = feeling.without(taken.rows)
    if left is None or left.p > _LEFT or left.gap <= 0:
        return
    hit = (feeling.sign.values > 0) & ~taken.rows[feeling.sign.rows]
    pain = draw_feeling(ground, left, hit)
    if pain.people >= FEWEST:
        taken.add(ground.log, pain, met=ground.log.row[feeling.sign.rows[hit]].astype(np.int64))


def _rank(pains: Sequence[Pain]) -> tuple[Pain, ...]:
    """Rank by the shrunken middle of the money, then what cannot be priced by how many it hurts how much; all by the
    latter where nothing reliably costs money.
    """
    priced = [pain for pain in pains if pain.worth is not None]
    lost = np.array([pain.worth.lost for pain in priced if pain.worth])
    error = np.array([(pain.worth.lost_high - pain.worth.lost_low) / (2 * Z95) for pain in priced if pain.worth])
    shrunken = shrink_around_zero(lost, error)
    known = [
        replace(pain, worth=replace(pain.worth, ranked=pain.worth.units * float(size) * pain.worth.each_minor))
        for pain, size in zip(priced, shrunken, strict=True)
        if pain.worth
    ]
    if not any(pain.worth is not None and pain.worth.reliable for pain in pains):
        rest = [pain for pain in pains if pain.worth is None]
        return _name_apart(sorted([*known, *rest], key=lambda pain: -pain.weight)[:MOST])
    known.sort(key=lambda pain: (-(pain.worth.ranked if pain.worth else 0.0), -pain.weight))
    rest = sorted((pain for pain in pains if pain.worth is None), key=lambda pain: -pain.weight)
    return _name_apart([*known, *rest][:MOST])


def _name_apart(pains: Sequence[Pain]) -> tuple[Pain, ...]:
    """Give pains that would share a key a number each."""
    seen: dict[str, int] = {}
    named = []
    for pain in pains:
        seen[pain.key] = seen.get(pain.key, 0) + 1
        named.append(pain if seen[pain.key] == 1 else replace(pain, key=f"{pain.key}-{seen[pain.key]}"))
    return tuple(named)


def _find_overlaps(pains: Sequence[Pain]) -> tuple[Overlap, ...]:
    """Count the people that each two pains share; pairs without any are left out."""
    found = []
    for left, one in enumerate(pains):
        for right in range(left + 1, len(pains)):
            people = len(np.intersect1d(one.customers, pains[right].customers))
            if people:
                found.append(Overlap(left=left, right=right, people=people))
    return tuple(sorted(found, key=lambda pair: -pair.people))
