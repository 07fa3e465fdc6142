"""Drawing: a claim that holds becomes a pain, with where it lies, whom it touched, since when and what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from heartline.language import mark
from heartline.records import Difference
from heartline.understand.changes import HORIZON_WEEKS, WEEK_US, date_change
from heartline.understand.coincidences import Coincidence, find_coincidences, find_entrance
from heartline.understand.findings import Finding
from heartline.understand.intervals import find_interval
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.pains.claims import FEWEST_CUSTOMERS, Cell, measure, segment, split_time
from heartline.understand.pains.comments import hear_comments
from heartline.understand.pains.feelings import Feeling
from heartline.understand.pains.meetings import Meeting, price, price_tries, sum_orders
from heartline.understand.pains.nouns import QUARTER_US, Claim, Evidence, Pain, SignKind, SignSeries, Worth
from heartline.understand.pains.signs import Field, place_of
from heartline.understand.questions import Measure, compare_answers, mask_question
from heartline.understand.samples import Scale, gather
from heartline.understand.selection import TRAIT, mask_names, values_of
from heartline.understand.series import RANGES

DAY_US = 86_400_000_000
_FELT_US = 7 * DAY_US
_MOSTLY = 0.8
_SAME_TIME_US = 8 * WEEK_US
NO_ORDERS = mark("No orders go with this touchpoint, so what it costs is not known")
TOO_FEW = mark("Of too few is it known whether they ordered again")
SELDOM = mark("Hardly anybody orders again, so what it costs is not known")
A_TRAIT = mark("Who somebody is does not happen to them, so it is not priced")


def draw_finding(ground: Field, finding: Finding, cells: Sequence[Cell]) -> Pain:
    """Draw a score that fell since a date; signs that grew for the same people are its further evidence. The surest of
    all these dates it: who waits tells the day better than what is answered later by some.
    """
    log = ground.log
    like = _list_like(cells, finding.value, finding.touchpoints, finding.since_us)
    surest = min(like, key=lambda cell: cell.p, default=None)
    if surest is not None and surest.p < finding.p:
        since, first, last = _date(ground, surest, midnight_us=ground.midnight_us)
    else:
        since, (first, last) = finding.since_us, _bound(ground, finding)
    now, before = finding.now.during(since, ground.now_us), finding.before.during(ground.from_us, since)
    passed = _rows_at(log, finding.touchpoints, ground.from_us)
    hit = _in_segment(log, finding.field, finding.value, passed) & (log.ts_us[passed] >= since)
    main = Evidence(
        kind=SignKind.SCORE,
        claim=Claim.GREW,
        name=finding.spot,
        measure=finding.measure,
        difference=finding.claimed if since == finding.since_us else compare_answers(log, now, before),
        limit_us=0,
        from_touchpoint="",
        seqs=log.seq[mask_question(log, now)],
    )
    worth = price(ground, finding.touchpoints, passed, hit, since_us=since) if finding.touchpoints else None
    return _make(
        ground,
        kind=SignKind.SCORE,
        claim=Claim.GREW,
        spot=finding.spot,
        touchpoints=finding.touchpoints,
        segment_=(finding.field, finding.value),
        since=(since, first, last),
        evidence=(main, *_further(ground, like, since)),
        passed=passed,
        hit=hit,
        worth=worth,
        unpriced="" if worth else NO_ORDERS,
        still=tuple(other.value for other in finding.comparisons if other.still),
        weight=finding.weight,
        p=finding.p,
    )


def draw_cell(ground: Field, cell: Cell, *, midnight_us: int) -> Pain:
    """Draw what grew worse since a date, or is worse here than elsewhere."""
    log, sign = ground.log, cell.sign
    grew = cell.claim is Claim.GREW
    since, first, last = _date(ground, cell, midnight_us=midnight_us) if grew else (0, 0, 0)
    codes, _ = segment(log, cell.field, sign.rows)
    recent = log.ts_us[sign.rows] >= (since if grew else ground.now_us - QUARTER_US)
    now, before = split_time(log, cell, since) if grew else (recent & cell.inside, recent & ~cell.inside & (codes >= 0))
    gap, _ = measure(sign, now, before)
    passed = sign.rows
    hit = cell.inside & recent
    if sign.kind is not SignKind.SCORE:
        hit &= sign.values > 0
    worth, unpriced = None, A_TRAIT
    if grew or not cell.field.startswith(TRAIT):
        worth = _price_cell(ground, sign, hit, since_us=since)
        unpriced = "" if worth else NO_ORDERS
    width = RANGES[sign.measure] / (100 if sign.measure is Measure.NPS else 1) if sign.measure else 1.0
    people = len(np.unique(sign.customers[hit]))
    return _make(
        ground,
        kind=sign.kind,
        claim=cell.claim,
        spot=sign.name,
        touchpoints=sign.touchpoints,
        segment_=(cell.field, cell.value),
        since=(since, first, last) if grew else None,
        evidence=(_evidence(log, cell.claim, sign, gap, now),),
        passed=passed,
        hit=hit,
        worth=worth,
        unpriced=unpriced,
        still=(),
        weight=abs(cell.shrunken) / width * people**0.5,
        p=cell.p,
    )


def draw_met(ground: Field, meeting: Meeting) -> Pain:
    """Draw what those who met it ordered less after, or gave up at."""
    log, sign = ground.log, meeting.sign
    rows, hit = meeting.rows, meeting.hit
    at_us = _known_of(log, sign, rows)
    near = at_us >= ground.from_us
    spot = meeting.step or sign.name
    touchpoints = (meeting.step,) if meeting.step else sign.touchpoints
    gap = _compare_met(ground, meeting, near)
    seqs = log.seq[rows[hit & (at_us >= ground.now_us - QUARTER_US)]]
    main = Evidence(
        kind=sign.kind,
        claim=Claim.MET,
        name=spot,
        measure=None,
        difference=gap,
        limit_us=sign.limit_us,
        from_touchpoint=sign.from_touchpoint,
        seqs=seqs,
    )
    felt = _compare_felt(ground, rows[near], hit[near], sign.touchpoints)
    return _make(
        ground,
        kind=sign.kind,
        claim=Claim.MET,
        spot=spot,
        touchpoints=touchpoints,
        segment_=("", ""),
        since=(_midnight(meeting.since_us, ground), meeting.since_us, meeting.since_us) if meeting.since_us else None,
        evidence=(main,) if felt is None else (main, felt),
        passed=rows,
        at_us=at_us,
        hit=hit,
        worth=meeting.worth,
        unpriced="" if meeting.worth else TOO_FEW,
        still=(),
        weight=abs(meeting.gap) * float(hit.sum()) ** 0.5,
        p=meeting.p,
    )


def draw_feeling(ground: Field, feeling: Feeling, hit: Mask) -> Pain:
    """Draw what came late and was felt: known by how much lower those answered who met it, priced by their orders.
    ``hit`` marks the sign's rows that met it.
    """
    sign, answers = feeling.sign, feeling.answers
    main = _evidence(ground.log, Claim.MET, answers, feeling.difference, feeling.met)
    # What nobody does twice cannot be done less often: an interval about nothing would look like a sum.
    worth = price(ground, sign.touchpoints, sign.rows, hit)
    unpriced = NO_ORDERS if worth is None else "" if worth.reliable else SELDOM
    width = RANGES[answers.measure] / (100 if answers.measure is Measure.NPS else 1) if answers.measure else 1.0
    return _make(
        ground,
        kind=sign.kind,
        claim=Claim.MET,
        spot=sign.name,
        touchpoints=sign.touchpoints,
        segment_=("", ""),
        since=None,
        evidence=(replace(main, limit_us=sign.limit_us, from_touchpoint=sign.from_touchpoint),),
        passed=sign.rows,
        at_us=sign.known_us,
        hit=hit,
        worth=None if unpriced else worth,
        unpriced=unpriced,
        still=(),
        weight=abs(feeling.gap) / width * float(hit.sum()) ** 0.5,
        p=feeling.p,
    )


def _known_of(log: PackedLog, sign: SignSeries, rows: Ints) -> Ints:
    """Return when it was known of each of some of a sign's rows."""
    if sign.known_us is None:
        return log.ts_us[rows]
    return sign.known_us[np.searchsorted(sign.rows, rows)]


def _midnight(at_us: int, ground: Field) -> int:
    return at_us - (at_us - ground.midnight_us) % DAY_US


def _price_cell(ground: Field, sign: SignSeries, hit: Mask, *, since_us: int) -> Worth | None:
    if sign.kind in {SignKind.GIVE_UP, SignKind.LOOP}:
        tries = next((one for one in ground.tries if one.goal == sign.name), None)
        return price_tries(ground, tries, sign.rows[hit], sign.rows) if tries else None
    return price(ground, sign.touchpoints, sign.rows, hit, since_us=since_us)


def _make(  # noqa: PLR0913  # one place for all that a pain says
    ground: Field, *, kind: SignKind, claim: Claim, spot: str, touchpoints: tuple[str, ...], segment_: tuple[str, str],
    since: tuple[int, int, int] | None, evidence: tuple[Evidence, ...], passed: Ints, hit: Mask, worth: Worth | None,
    unpriced: str, still: tuple[str, ...], weight: float, p: float, at_us: Ints | None = None,
) -> Pain:  # fmt: skip
    log = ground.log
    recent = (log.ts_us[passed] if at_us is None else at_us) >= ground.now_us - QUARTER_US
    touched = passed[hit & recent]
    stage, journey_id, department = place_of(ground.journeys, touchpoints[0] if touchpoints else "")
    field, value = segment_
    share, people = _measure_share(log, passed[recent], hit[recent])
    when = since[0] if since else None
    missed = ground.sayings.missed.seq if kind is SignKind.PROMISE else ()
    at_stake = sum_orders(ground, touchpoints, touched) if unpriced else None
    customers = log.customers[np.unique(log.row[touched])]
    return Pain(
        key=_name(kind, claim, spot or "everywhere", value),
        kind=kind,
        claim=claim,
        spot=spot,
        stage=stage,
        touchpoints=touchpoints,
        journey_id=journey_id,
        owner=department,
        field=field,
        value=value,
        since_us=when,
        first_us=since[1] if since else None,
        last_us=since[2] if since else None,
        evidence=(*evidence, *hear_comments(log, passed[recent], hit[recent])),
        people=len(customers),
        share=share,
        passed=people,
        channel=_main(log, "channel", touched),
        partner=_main(log, "partner", touched),
        place=_main(log, "place", touched),
        coincidences=_find_came(ground, field, value, when),
        still=still,
        worth=worth,
        unpriced=TOO_FEW if unpriced == NO_ORDERS and at_stake is not None else unpriced,
        weight=weight,
        p=p,
        customers=customers,
        seqs=log.seq[touched],
        at_stake=at_stake,
        missed=int(np.isin(log.seq[touched], missed).sum()),
    )


def _find_came(ground: Field, field: str, value: str, since_us: int | None) -> tuple[Coincidence, ...]:
    if since_us is None:
        return ()
    return find_coincidences(
        ground.log, field=field, value=value, since_us=since_us, from_us=ground.from_us, to_us=ground.now_us
    )


def _measure_share(log: PackedLog, rows: Ints, hit: Mask) -> tuple[tuple[float, float, float], int]:
    """Return the share of those who came by whom it touched, with its interval, and how many came by."""
    _, place = np.unique(log.row[rows], return_inverse=True)
    met = np.bincount(place, weights=hit, minlength=int(place.max(initial=-1)) + 1) > 0
    sample = gather(met.astype(np.float64), np.arange(len(met)), scale=Scale.SHARE)
    low, high = find_interval(sample)
    return (float(sample.mean[0]), float(low[0]), float(high[0])), len(met)


def _evidence(log: PackedLog, claim: Claim, sign: SignSeries, gap: Difference, now: Mask) -> Evidence:
    return Evidence(
        kind=sign.kind,
        claim=claim,
        name=sign.name,
        measure=sign.measure,
        difference=gap,
        limit_us=sign.limit_us,
        from_touchpoint=sign.from_touchpoint,
        seqs=log.seq[sign.rows[now]],
    )


def _list_like(cells: Sequence[Cell], value: str, touchpoints: tuple[str, ...], since_us: int) -> list[Cell]:
    """List the signs that grew in the same segment and place at about the same time, each sign once, the surest."""
    found: dict[tuple[SignKind, str, str], Cell] = {}
    for cell in sorted(cells, key=lambda one: one.p):
        near = abs(cell.since_us - since_us) <= _SAME_TIME_US
        here = set(cell.sign.touchpoints) & set(touchpoints) or cell.sign.kind in {SignKind.AGAIN, SignKind.SWITCH}
        if cell.claim is Claim.GREW and near and cell.value == value and here:
            found.setdefault((cell.sign.kind, cell.sign.name, cell.sign.from_touchpoint), cell)
    return list(found.values())


def _further(ground: Field, cells: Sequence[Cell], since_us: int) -> tuple[Evidence, ...]:
    """Return these signs as evidence, all measured from one date."""
    log = ground.log
    told = []
    for cell in cells:
        now, before = split_time(log, cell, since_us)
        told.append(_evidence(log, Claim.GREW, cell.sign, measure(cell.sign, now, before)[0], now))
    return tuple(told)


def _compare_met(ground: Field, meeting: Meeting, near: Mask) -> Difference:
    """Compare what the sign says of those who met a step with the rest; of a sign itself, what followed."""
    rows, hit = meeting.rows[near], meeting.hit[near]
    values = np.isin(rows, meeting.sign.rows[meeting.sign.values > 0]).astype(np.float64)
    sign = replace(
        meeting.sign, rows=rows, customers=ground.log.row[rows].astype(np.int64), values=values, measure=None
    )
    return measure(sign, hit, ~hit)[0]


def _compare_felt(ground: Field, rows: Ints, hit: Mask, touchpoints: tuple[str, ...]) -> Evidence | None:
    """Compare how those who met it felt there within a week with those it spared; None where too few said."""
    log = ground.log
    scored = np.flatnonzero(mask_names(log, "touchpoint", touchpoints) & ~np.isnan(log.valence))
    if not len(scored) or not len(rows):
        return None
    place = np.searchsorted(rows, scored, side="right") - 1
    inside = np.maximum(place, 0)
    near = (
        (place >= 0)
        & (log.row[rows[inside]] == log.row[scored])
        & (log.ts_us[scored] - log.ts_us[rows[inside]] <= _FELT_US)
    )
    scored, met = scored[near], hit[inside[near]]
    if min(len(np.unique(log.row[scored[side]])) for side in (met, ~met)) < FEWEST_CUSTOMERS:
        return None
    sign = SignSeries(
        kind=SignKind.SCORE,
        name=touchpoints[0],
        stage="",
        touchpoints=touchpoints,
        journey_id="",
        owner="",
        scale=Scale.MEAN,
        worse=-1,
        rows=scored,
        customers=log.row[scored].astype(np.int64),
        values=log.valence[scored].astype(np.float64),
        until_us=ground.now_us,
        measure=Measure.VALENCE,
    )
    return _evidence(log, Claim.MET, sign, measure(sign, met, ~met)[0], met)


def _rows_at(log: PackedLog, touchpoints: Sequence[str], from_us: int) -> Ints:
    keep = log.ts_us >= from_us
    if touchpoints:
        keep &= mask_names(log, "touchpoint", touchpoints)
    return np.flatnonzero(keep)


def _in_segment(log: PackedLog, field: str, value: str, rows: Ints) -> Mask:
    if not field:
        return np.ones(len(rows), dtype=np.bool_)
    found = values_of(log, field)
    if found is None or value not in found[1]:
        return np.zeros(len(rows), dtype=np.bool_)
    return np.asarray(found[0][rows] == found[1].index(value))


def _bound(ground: Field, finding: Finding) -> tuple[int, int]:
    """Return the first and last plausible midnights of a finding's change."""
    asked = replace(finding.now, selection=replace(finding.now.selection, from_us=ground.from_us))
    rows = np.flatnonzero(mask_question(ground.log, asked))
    date = date_change(
        ground.log.valence[rows].astype(np.float64), ground.log.ts_us[rows], midnight_us=ground.midnight_us
    )
    return min(date.first_us, finding.since_us), max(date.last_us, finding.since_us)


def _date(ground: Field, cell: Cell, *, midnight_us: int) -> tuple[int, int, int]:
    """Date what grew: the day, and the first and last about as likely ones; what came in that week tells the hour."""
    log = ground.log
    rows = cell.sign.rows[cell.inside]
    date = date_change(cell.sign.values[cell.inside], log.ts_us[rows], midnight_us=midnight_us)
    entrance = find_entrance(
        log,
        field=cell.field,
        value=cell.value,
        from_us=midnight_us - HORIZON_WEEKS * WEEK_US,
        first_us=date.first_us - DAY_US,
        last_us=date.last_us + DAY_US,
    )
    best = date.best_us if entrance is None else entrance - (entrance - midnight_us) % DAY_US
    return best, min(date.first_us, best), max(date.last_us, best)


def _main(log: PackedLog, field: str, rows: Ints) -> str:
    """Return the value that most of some touches carry, "" where none has four of five of those that carry any."""
    if field not in log.codes or not len(rows):
        return ""
    counts = np.bincount(log.codes[field][rows].astype(np.int64), minlength=len(log.names[field]))
    counts[0] = 0
    best = int(counts.argmax())
    return log.names[field][best] if counts[best] >= max(_MOSTLY * counts.sum(), 1) else ""


def _name(kind: SignKind, claim: Claim, spot: str, value: str) -> str:
    words = "-".join(word for word in (kind.value, claim.value, spot, value) if word)
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-_")
