"""What opens Home, read: the finding and its proof, tiles, cases that wait, and three voices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.language import _
from heartline.records import Case, CaseStatus, Difference, Journey, Metric, Profile
from heartline.understand import (
    Finding,
    Findings,
    Ints,
    JourneyMap,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    find_changes,
    find_definition,
    mask_question,
    narrow_where,
    say_stage,
    score_by_time,
    select,
    write_sentence,
    write_value,
)
from heartline.web.charts.heartline import Story
from heartline.web.charts.trend import Change, Series, TrendGiven
from heartline.web.definitions import tell_counted
from heartline.web.drilldown import Drill
from heartline.web.listing import AnswerLine, read_lines
from heartline.web.mapping import list_journeys
from heartline.web.parts import View
from heartline.web.parts.voices import guess_language
from heartline.web.parts.words import day, say_metric
from heartline.web.recall import recall_of
from heartline.web.tiles import (
    MOST,
    TILE_WORDS,
    ScoreTile,
    choose_drills,
    name_drill,
    read_tiles,
    take_scored,
    widest_top,
)
from heartline.web.visit import Visit
from heartline.web.weeks import DAY_US, cut_around, fill_weeks, find_end, last_midnight

SHOWN_CASES: Final = 5
_PATIENCE_S: Final = 60.0
_LONGEST_WAIT_S: Final = 120.0
_CANDIDATES: Final = 60
_FITTING: Final = range(20, 221)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """An open case with its customer, who may be gone."""

    case: Case
    customer: Profile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """Open cases, the first due first, and how many there are."""

    lines: tuple[CaseLine, ...]
    total: int
    overdue: int
    closed_this_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Comments near the finding: a few of all, and the question that lists them."""

    lines: tuple[AnswerLine, ...]
    total: int
    drill: Drill


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Home's data. ``finding`` is None where nothing can be said; ``findings`` tells why, and is None while it is still
    being worked out. ``counted`` is what the finding's score counts where people changed it.
    """

    findings: Findings | None
    finding: Finding | None
    proof: TrendGiven | None
    map_id: str
    tiles: tuple[ScoreTile, ...]
    loops: Loops
    voices: Voices
    counted: str = ""


def read_opening(  # a page is all this
    heartline: Heartline,
    log: PackedLog,
    view: View,
    selection: Selection,
    *,
    now_us: int,
    wait_s: float | None = None,
) -> Opening:
    """Read Home. What takes long (the finding, the tiles) is kept for the log's watermark and the selection.

    The finding may take many seconds over a large log: ``wait_s`` bounds how long is waited for the first one (None:
    until it is there). A later one is worked out behind the scenes while the one before is shown.
    """
    journeys = list_journeys(heartline, log)
    findings = find_all(heartline, log, journeys, selection, zone=view.timezone, now_us=now_us, wait_s=wait_s)
    finding = findings.found[0] if findings is not None and findings.found else None
    recall, zone = recall_of(heartline), view.timezone
    key = (selection, zone)
    tiles = recall.of(
        log,
        ("tiles", key, finding.now if finding else None),
        lambda: _read_tiles(log, finding, selection, zone=zone, now_us=now_us),
        patience_s=10,
    )
    proof = None
    if finding is not None:
        proof = recall.of(
            log,
            ("proof", finding.now, selection.where),
            lambda: _prove(log, finding, selection, zone=zone),
            patience_s=10,
        )
    return Opening(
        findings=findings,
        finding=finding,
        proof=proof,
        map_id=_choose_map(journeys, finding),
        tiles=tiles,
        loops=read_loops(heartline, me=view.user_name, now_us=now_us),
        voices=read_voices(heartline, log, finding, selection),
        counted=tell_counted(log, finding.now, zone=zone, now_us=now_us) if finding is not None else "",
    )


def find_all(  # what is asked, and how long it may take
    heartline: Heartline,
    log: PackedLog,
    journeys: Sequence[Journey],
    selection: Selection,
    *,
    zone: str,
    now_us: int,
    wait_s: float | None = None,
) -> Findings | None:
    """Find what changed, in the filter chosen; the findings look back over their own horizon, whatever the range. None
    where they are not there within ``wait_s``.
    """
    where, now_us = Selection(where=selection.where), find_end(log, now_us)
    midnight = last_midnight(now_us, zone)

    def find() -> Findings:
        return find_changes(select(log, where), journeys, now_us=now_us, midnight_us=midnight)

    key = ("findings", where, tuple(journeys), midnight)
    wait_s = _LONGEST_WAIT_S if wait_s is None else wait_s
    return recall_of(heartline).soon(log, key, find, patience_s=_PATIENCE_S, wait_s=wait_s)


def drill_of(finding: Finding, *, measure: Measure | None = None) -> Drill:
    """The drill-down of a finding since it moved; ``measure`` asks something else of the same rows."""
    asked = finding.now
    of_stage = bool(finding.stage) and finding.spot == finding.stage
    return Drill(
        measure=measure or finding.measure,
        stage=(finding.journey_id, finding.stage) if of_stage else None,
        touchpoints=finding.touchpoints,
        where=asked.selection.where,
        since_us=asked.selection.from_us,
        until_us=asked.selection.to_us,
        sort="lowest" if measure is Measure.COMMENTS and _fell(finding) else "newest",
    )


def _read_tiles(
    log: PackedLog, finding: Finding | None, selection: Selection, *, zone: str, now_us: int
) -> tuple[ScoreTile, ...]:
    log = take_scored(log)
    drills = choose_drills(log, selection)
    tiles = read_tiles(log, drills, selection, zone=zone, now_us=now_us)
    if finding is None:
        return tiles
    own = drill_of(finding)
    edges = cut_around(finding.since_us, finding.now.selection.to_us or now_us, first_us=_first(log))
    of_finding = ScoreTile(
        label=name_drill(own),
        drill=own,
        metric=finding.difference.now,
        change=finding.claimed,
        weeks=fill_weeks(_weekly(log, finding.now, edges), edges, zone=zone, now_us=now_us),
        top=widest_top(log, finding.now),
        note=_("Since {day}").format(day=day(finding.since_us, zone, now_us=now_us)),
        counted=tell_counted(log, finding.now, zone=zone, now_us=now_us),
    )
    return (*tiles[:1], of_finding, *tiles[1 : MOST - 1])


def _prove(log: PackedLog, finding: Finding, selection: Selection, *, zone: str) -> TrendGiven:
    """The chart that proves a finding: its weeks before and after, and those who did not move."""
    log = take_scored(log)
    asked = replace(finding.now, selection=replace(finding.now.selection, where=_join(finding, selection)))
    now_us = asked.selection.to_us or int(log.ts_us.max()) + 1
    edges = cut_around(finding.since_us, now_us, first_us=_first(log))
    still = [other for other in finding.comparisons if other.still][:2]
    whom = finding.value or _name_chosen(selection)
    return TrendGiven(
        title=f"{_(TILE_WORDS[finding.measure])}, {say_stage(finding.spot) or _('everywhere')}",
        about=_("by week, 95 % interval"),
        main=_series(log, finding, asked, finding.difference, name=whom, edges=edges, zone=zone),
        others=tuple(
            _series(
                log,
                finding,
                replace(asked, selection=replace(asked.selection, where=((other.field, other.value),))),
                other.difference,
                name=other.value,
                edges=edges,
                zone=zone,
            )
            for other in still
        ),
        change=_mark(finding, edges, zone=zone, whole=not selection.where),
        signed=finding.measure is Measure.NPS,
        percent=finding.measure is Measure.CSAT,
    )


def _join(finding: Finding, selection: Selection) -> tuple[tuple[str, str], ...]:
    return narrow_where(selection.where, finding.now.selection.where)


def _series(  # a line is all this
    log: PackedLog, finding: Finding, asked: Question, gap: Difference, *, name: str, edges: Ints, zone: str
) -> Series:
    said = say_metric(gap.now)
    return Series(
        name=name,
        weeks=fill_weeks(_weekly(log, asked, edges), edges, zone=zone, now_us=int(edges[-1])),
        end=write_value(finding.measure, gap.now),
        summary=f"{said.spread}, {said.n}" if said.spread else said.n,
    )


def _weekly(log: PackedLog, asked: Question, edges: Ints) -> tuple[Metric, ...]:
    """The weeks of a comparison: all by the one definition that both its sides are counted by."""
    measure, by = ScoreMeasure(asked.measure.value), find_definition(log, asked)
    always = asked.selection.during(None, None)
    return score_by_time(log, measure, edges, always, touchpoints=asked.touchpoints, definition=by)


def _name_chosen(selection: Selection) -> str:
    """Whom a filter lets through, where a finding names nobody."""
    chosen = [value for _field, value in selection.where if value]
    return (chosen[0] if len(chosen) == 1 else _("Those chosen")) if selection.where else _("Everyone")


def _mark(finding: Finding, edges: Ints, *, zone: str, whole: bool) -> Change | None:
    place = int(np.searchsorted(edges, finding.since_us))
    if not 0 < place < len(edges) - 1:
        return None
    alone = [one for one in finding.coincidences if one.alone and one.now > one.before]
    shared = [one for one in finding.coincidences if not one.alone and one.now > one.before]
    date = day(finding.since_us, zone, now_us=int(edges[-1]))
    words = _("{date}: it moves")
    if alone:
        words = _("{date}: {what}, {whom} only") if finding.value else "{date}: {what}"
    also = _("{what} that day too, everywhere") if whole else _("{what} that day too")
    return Change(
        week=place,
        words=words.format(date=date, what=alone[0].value if alone else "", whom=finding.value),
        note=also.format(what=shared[0].value) if shared else "",
    )


def _first(log: PackedLog) -> int:
    return int(log.ts_us.min()) if len(log) else 0


def _choose_map(journeys: Sequence[Journey], finding: Finding | None) -> str:
    if finding is not None and finding.journey_id:
        return finding.journey_id
    return journeys[0].journey_id if journeys else ""


def tell_story(visit: Visit, measured: JourneyMap, *, spot: str) -> Story | None:
    """The finding about ``spot``, as the map's sentence; None where Home says nothing about it."""
    if not spot:
        return None
    log, journeys = visit.whole_log, list_journeys(visit.heartline, visit.whole_log)
    for selection in (Selection(), visit.selection):
        known = find_all(visit.heartline, log, journeys, selection, zone=visit.zone, now_us=visit.now_us, wait_s=0.5)
        finding = next(
            (one for one in (known.found if known else ()) if one.spot == spot and _is_seen(one, visit.selection)), None
        )
        if finding is not None:
            said = write_sentence(finding)
            since = _("Since {day}.").format(day=day(finding.since_us, visit.zone, now_us=visit.now_us))
            facts = (said.figures, f"{since} {said.contrast}")
            return Story(second=said.headline, facts=facts, touch=_find_touch(measured, finding))
    return None


def _is_seen(finding: Finding, selection: Selection) -> bool:
    """Whether the page looks at the segment that the finding is about."""
    return not finding.field or (finding.field, finding.value) in selection.where


def _find_touch(measured: JourneyMap, finding: Finding) -> int | None:
    """The touchpoint of the finding with the most answers, by its place on the map."""
    points = [(place, point) for place, point in enumerate(measured.touchpoints) if point.name in finding.touchpoints]
    return max(points, key=lambda pair: pair[1].heart.n)[0] if points else None


def read_loops(heartline: Heartline, *, now_us: int, me: str = "") -> Loops:
    """Read the cases that wait: those overdue, then the reader's own, then the others, each the first due first."""
    cases = heartline.stores.kept.cases(limit=1_000)
    waiting = [case for case in cases if case.status is not CaseStatus.CLOSED]
    shown = sorted(waiting, key=lambda case: (case.due_us >= now_us, not me or case.owner != me))[:SHOWN_CASES]
    owners = {case.handle: heartline.stores.derived.customer_of_handle(case.handle) for case in shown}
    profiles = heartline.stores.derived.profiles({owner for owner in owners.values() if owner is not None})
    week_ago = now_us - 7 * DAY_US
    return Loops(
        lines=tuple(CaseLine(case=case, customer=profiles.get(owners[case.handle] or -1)) for case in shown),
        total=len(waiting),
        overdue=sum(case.due_us < now_us for case in waiting),
        closed_this_week=sum(case.closed_us is not None and case.closed_us >= week_ago for case in cases),
    )


def read_voices(heartline: Heartline, log: PackedLog, finding: Finding | None, selection: Selection) -> Voices:
    """Read three comments near the finding, of different people: the least happy where it fell; else the newest."""
    drill = drill_of(finding, measure=Measure.COMMENTS) if finding else Drill(measure=Measure.COMMENTS)
    rows = np.flatnonzero(mask_question(log, drill.ask(selection)))
    felt = np.nan_to_num(log.valence[rows], nan=9.0 if _fell(finding) else -9.0)
    order = np.lexsort(
        (-log.ts_us[rows], np.zeros(len(rows)) if finding is None else felt if _fell(finding) else -felt)
    )
    rows_sorted = rows[order]
    _people, first = np.unique(log.row[rows_sorted], return_index=True)
    lines = read_lines(heartline, log, rows_sorted[np.sort(first)][:_CANDIDATES])
    fitting = [line for line in lines if len(line.text.strip()) in _FITTING] or list(lines)
    return Voices(lines=tuple(_spread_languages(fitting)[:3]), total=len(rows), drill=drill)


def _fell(finding: Finding | None) -> bool:
    return finding is not None and (finding.difference.value or 0.0) < 0


def _spread_languages(lines: Sequence[AnswerLine]) -> list[AnswerLine]:
    """The same lines, a new script or a new text first, so that three voices are not one voice thrice."""
    seen: set[str] = set()
    first: list[AnswerLine] = []
    later: list[AnswerLine] = []
    for line in lines:
        script = guess_language(line.text) or "latin"
        (later if script in seen else first).append(line)
        seen.add(script)
    latin = [line for line in later if not guess_language(line.text)]
    return [*first[:2], *latin, *[line for line in [*first[2:], *later] if line not in latin]]
