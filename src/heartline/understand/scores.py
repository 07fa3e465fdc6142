"""Scores as metrics: NPS, CSAT, CES, stars and the valence they share; by time, stage, channel, place or trait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from heartline.records import Definition, Journey, Metric
from heartline.understand.definitions import definition_at, definitions_at, is_satisfied
from heartline.understand.intervals import report_metrics
from heartline.understand.log import SCORE_KINDS, Floats, Ints, Mask, PackedLog
from heartline.understand.samples import Sample, Scale, gather
from heartline.understand.selection import EVERYTHING, Selection, mask_names, mask_rows, values_of


class ScoreMeasure(StrEnum):
    """What may be measured of scores. ``VALENCE`` is every kind scaled to −1…+1: the heartline."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    STARS = "stars"
    VALENCE = "valence"


SCALES = {
    ScoreMeasure.NPS: Scale.NPS,
    ScoreMeasure.CSAT: Scale.SHARE,
    ScoreMeasure.CES: Scale.MEAN,
    ScoreMeasure.STARS: Scale.MEAN,
    ScoreMeasure.VALENCE: Scale.MEAN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueScore:
    """The score of one value of a field, e.g. of one café. ``shrunken`` is what a league table ranks by."""

    field: str
    value: str
    metric: Metric
    shrunken: float | None = None


def mask_answers(log: PackedLog, measure: ScoreMeasure) -> Mask:
    """Tell which rows carry an answer of this measure."""
    if measure is ScoreMeasure.VALENCE:
        return ~np.isnan(log.valence)
    marked: Mask = (log.score_kind == SCORE_KINDS.index(measure.value)) & ~np.isnan(log.score)
    return marked


def value_answers(log: PackedLog, measure: ScoreMeasure, rows: Ints, *, boxes: Ints | int) -> Floats:
    """Return what each answer counts as: NPS −1, 0, 1; CSAT 0 or 1 (the best ``boxes``, one for all rows or one a row);
    means on their own scale.

    CES on mixed scales is brought to the widest one in use, so that a mean has a meaning.
    """
    if measure is ScoreMeasure.VALENCE:
        return log.valence[rows].astype(np.float64)
    score, top = log.score[rows].astype(np.float64), log.score_top[rows].astype(np.float64)
    if measure is ScoreMeasure.NPS:
        return (score >= 9).astype(np.float64) - (score <= 6).astype(np.float64)
    if measure is ScoreMeasure.CSAT:
        return is_satisfied(score, top, boxes).astype(np.float64)
    widest = float(top.max(initial=2.0))
    same = top == widest
    return np.where(same, score, 1 + (score - 1) * (widest - 1) / np.maximum(top - 1, 1))


def gather_scores(  # a cell is all this
    log: PackedLog, measure: ScoreMeasure, keep: Mask, *, boxes: Ints | int, cell: Ints | None = None, cells: int = 1
) -> Sample:
    """Sum up the answers among the rows kept; ``cell`` is a cell per row of the log, negative where in none. ``boxes``
    is what the definition counts, one for all or one a cell.
    """
    rows = np.flatnonzero(keep & mask_answers(log, measure))
    if cell is not None:
        rows = rows[(cell[rows] >= 0) & (cell[rows] < cells)]
    of_rows = boxes if isinstance(boxes, int) or cell is None else boxes[cell[rows]]
    return gather(
        value_answers(log, measure, rows, boxes=of_rows),
        log.row[rows].astype(np.int64),
        scale=SCALES[measure],
        cell=None if cell is None else cell[rows],
        cells=cells,
    )


def score_metric(
    log: PackedLog,
    measure: ScoreMeasure,
    selection: Selection = EVERYTHING,
    *,
    touchpoints: tuple[str, ...] = (),
    definition: Definition | None = None,
) -> Metric:
    """Return one score with its 95 % interval; ``touchpoints`` narrows to some of them (a stage).

    It is counted by ``definition``, or by the version in force at the selection's end.
    """
    by = definition or definition_at(log, measure.value, selection.to_us)
    sample = gather_scores(log, measure, _mask(log, selection, touchpoints), boxes=by.boxes)
    return report_metrics(sample, measure.value, version=by.version)[0]


def score_by_time(  # a trend is all this
    log: PackedLog,
    measure: ScoreMeasure,
    edges_us: Ints,
    selection: Selection = EVERYTHING,
    *,
    touchpoints: tuple[str, ...] = (),
    definition: Definition | None = None,
) -> tuple[Metric, ...]:
    """Return a score for each bucket ``edges_us[i] <= t < edges_us[i + 1]`` (weeks or months of the workspace).

    Each is counted by the version in force at its start, or all by ``definition``: then they may be compared.
    """
    buckets = len(edges_us) - 1
    by = (definition,) * buckets if definition else definitions_at(log, measure.value, edges_us[:-1])
    boxes = np.array([one.boxes for one in by], dtype=np.int64)
    cell = np.searchsorted(edges_us, log.ts_us, side="right") - 1
    sample = gather_scores(log, measure, _mask(log, selection, touchpoints), boxes=boxes, cell=cell, cells=buckets)
    metrics = report_metrics(sample, measure.value)
    return tuple(replace(metric, version=one.version) for metric, one in zip(metrics, by, strict=True))


def score_by_field(
    log: PackedLog,
    measure: ScoreMeasure,
    field: str,
    selection: Selection = EVERYTHING,
    *,
    touchpoints: tuple[str, ...] = (),
) -> tuple[ValueScore, ...]:
    """Return the score of each value of a field or "trait:<name>", most answers first; empty values are left out."""
    found = values_of(log, field)
    if found is None:
        return ()
    codes, names = found
    keep, by = _mask(log, selection, touchpoints), definition_at(log, measure.value, selection.to_us)
    sample = gather_scores(log, measure, keep, boxes=by.boxes, cell=codes.astype(np.int64), cells=len(names))
    metrics = report_metrics(sample, measure.value, version=by.version)
    order = sorted(range(1, len(names)), key=lambda code: (-metrics[code].n, names[code]))
    return tuple(ValueScore(field=field, value=names[code], metric=metrics[code]) for code in order if metrics[code].n)


def score_by_stage(
    log: PackedLog, measure: ScoreMeasure, journey: Journey, selection: Selection = EVERYTHING
) -> tuple[ValueScore, ...]:
    """Return the score of each stage of a journey, in stage order."""
    return tuple(
        ValueScore(
            field="stage",
            value=stage.name,
            metric=score_metric(log, measure, selection, touchpoints=stage.touchpoints),
        )
        for stage in journey.stages
    )


def _mask(log: PackedLog, selection: Selection, touchpoints: tuple[str, ...]) -> Mask:
    keep = mask_rows(log, selection)
    return keep & mask_names(log, "touchpoint", touchpoints) if touchpoints else keep
