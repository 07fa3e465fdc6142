"""Tiles: scores with their change against the time before; all verdicts of one page share one budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from heartline.language import _, mark
from heartline.records import Difference, Metric, Verdict
from heartline.understand import (
    Ints,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    answer,
    compare_answers,
    mask_question,
    say_stage,
    score_by_time,
    spend_budget,
    take_rows,
)
from heartline.web.charts.trend import Week
from heartline.web.definitions import tell_counted
from heartline.web.drilldown import Drill
from heartline.web.weeks import cut_range, fill_weeks

KINDS: Final = (Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS)
MOST: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTile:
    """A tile: the question behind it as a drill-down, its answer, its change, its weeks. ``top`` is the scale's end,
    ``counted`` what the answer counts where people changed it.
    """

    label: str
    drill: Drill
    metric: Metric
    change: Difference | None
    weeks: tuple[Week, ...]
    top: int | None = None
    note: str = ""
    counted: str = ""


def take_scored(log: PackedLog) -> PackedLog:
    """Return the rows that carry a score: all that scores need, where most touches carry none."""
    return take_rows(log, log.score_kind > 0)


def choose_drills(log: PackedLog, selection: Selection, *, most: int = MOST) -> tuple[Drill, ...]:
    """Choose what to show: every score asked for, then the busiest touchpoints and places; none twice."""
    chosen: list[Drill] = []
    seen: set[bytes] = set()
    counts: list[tuple[int, Drill]] = []
    for measure in KINDS:
        mask = mask_question(log, Question(measure=measure, selection=selection))
        if not mask.any():
            continue
        for field in ("touchpoint", "place"):
            codes, names = log.codes[field][mask], log.names[field]
            answered = np.bincount(codes, minlength=len(names))
            busiest = [int(code) for code in np.argsort(-answered, kind="stable")[:most] if code and answered[code]]
            counts += [(int(answered[code]), _spot(measure, field, names[code])) for code in busiest]
        counts.append((len(log) + 1, Drill(measure=measure)))
    for _weight, drill in sorted(counts, key=lambda pair: -pair[0]):
        key = np.packbits(mask_question(log, drill.ask(selection))).tobytes()
        if key not in seen and len(chosen) < most:
            seen.add(key)
            chosen.append(drill)
    return tuple(chosen)


def read_tiles(
    log: PackedLog, drills: Sequence[Drill], selection: Selection, *, zone: str, now_us: int
) -> tuple[ScoreTile, ...]:
    """Answer each question, compare it with as long a time before, and judge all together."""
    questions = [drill.ask(selection) for drill in drills]
    changes = judge_together(log, [(question, before(question)) for question in questions])
    edges = cut_range(log, selection, zone=zone, now_us=now_us)
    return tuple(
        ScoreTile(
            label=name_drill(drill),
            drill=drill,
            metric=answer(log, question),
            change=change,
            weeks=fill_weeks(_by_week(log, question, edges), edges, zone=zone, now_us=now_us) if len(edges) > 1 else (),
            top=widest_top(log, question),
            counted=tell_counted(log, question, zone=zone, now_us=now_us),
        )
        for drill, question, change in zip(drills, questions, changes, strict=True)
    )


def before(question: Question) -> Question | None:
    """The same question of as long a time just before; None where the time has no beginning or no end."""
    first, last = question.selection.from_us, question.selection.to_us
    return None if first is None or last is None else question.during(2 * first - last, first)


def judge_together(
    log: PackedLog, pairs: Sequence[tuple[Question, Question | None]], *, q: float = 0.05
) -> list[Difference | None]:
    """Compare each pair under one budget (Benjamini & Hochberg): what does not pass has no reliable change, and what
    does is shown with the interval that its verdict was reached by.
    """
    plain = [compare_answers(log, now, then) if then is not None else None for now, then in pairs]
    tested = [i for i, gap in enumerate(plain) if gap is not None and gap.verdict is not Verdict.TOO_FEW]
    if not tested:
        return plain
    p = np.array([gap.p if (gap := plain[i]) is not None and gap.p is not None else 1.0 for i in tested])
    budget = spend_budget(p, q=q)
    z = NormalDist().inv_cdf((1 + budget.level) / 2)
    judged = list(plain)
    for place, passed in zip(tested, budget.passed, strict=True):
        gap, (now, then) = plain[place], pairs[place]
        if gap is None or then is None:
            continue
        if passed:
            judged[place] = compare_answers(log, now, then, z=z)
        else:
            judged[place] = replace(gap, verdict=Verdict.NO_RELIABLE_CHANGE)
    return judged


def widest_top(log: PackedLog, question: Question) -> int | None:
    """The end of the scale of a mean (5.2 of 7); None for NPS and shares."""
    if question.measure not in {Measure.CES, Measure.STARS}:
        return None
    tops = log.score_top[mask_question(log, question)]
    return int(tops.max()) if len(tops) else None


TILE_WORDS: Final = {
    Measure.NPS: mark("Would recommend us"),
    Measure.CSAT: mark("Satisfied"),
    Measure.CES: mark("Found it easy"),
    Measure.STARS: mark("Stars"),
    Measure.VALENCE: mark("How they feel"),
}


def name_drill(drill: Drill) -> str:
    """What a tile is called: “Would recommend us”, “Satisfied, Chat”, “Stars, Mill Lane café”."""
    where = [
        *([say_stage(drill.stage[1])] if drill.stage else drill.touchpoints[:1]),
        *(value for _field, value in drill.where),
    ]
    return ", ".join([_(TILE_WORDS[drill.measure]), *where])


def _spot(measure: Measure, field: str, name: str) -> Drill:
    if field == "touchpoint":
        return Drill(measure=measure, touchpoints=(name,))
    return Drill(measure=measure, where=((field, name),))


def _by_week(log: PackedLog, question: Question, edges: Ints) -> tuple[Metric, ...]:
    measure = ScoreMeasure(question.measure.value)
    return score_by_time(log, measure, edges, question.selection, touchpoints=question.touchpoints)
