"""Questions: one definition behind a tile, its drill-down list, its export and the API.

``answer`` gives the metric, ``behind`` exactly the rows that it counted; both read the same mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from heartline.records import Definition, Difference, Journey, Metric
from heartline.understand.definitions import definition_at
from heartline.understand.differences import compare
from heartline.understand.dropoff import mask_known, mask_lost, mask_open, share_runs
from heartline.understand.intervals import find_quantile_interval, number, report_metrics
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.quantiles import Z95
from heartline.understand.runs import PackedRuns, RunState, find_runs
from heartline.understand.samples import correlate, count_people
from heartline.understand.scores import ScoreMeasure, gather_scores, mask_answers, value_answers
from heartline.understand.selection import EVERYTHING, Selection, mask_names, mask_rows, select
from heartline.understand.waits import find_onward


class Measure(StrEnum):
    """What is asked. The last six speak of runs and need a journey; all but ``OPEN`` and ``FINISHED`` need a stage."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    STARS = "stars"
    VALENCE = "valence"
    TOUCHES = "touches"
    PEOPLE = "people"
    COMMENTS = "comments"
    REACHED = "reached"
    LOST = "lost"
    OPEN = "open"
    FINISHED = "finished"
    WAIT = "wait"


SCORES = frozenset(Measure(kind.value) for kind in ScoreMeasure)
_NO_WAITS = (np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
OF_RUNS = frozenset({Measure.REACHED, Measure.LOST, Measure.OPEN, Measure.FINISHED, Measure.WAIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A measure of the rows a selection holds. ``touchpoints`` narrows scores and counts to some of them (a stage).

    Questions of runs cut ``journey`` out of the selection; ``stage`` is a stage's name, "" for all. ``now_us`` tells
    open runs from lapsed ones.
    """

    measure: Measure
    selection: Selection = field(default=EVERYTHING)
    touchpoints: tuple[str, ...] = ()
    journey: Journey | None = None
    stage: str = ""
    now_us: int | None = None

    def during(self, from_us: int | None, to_us: int | None) -> Question:
        """Return the same question of another time."""
        return replace(self, selection=self.selection.during(from_us, to_us))


def answer(log: PackedLog, question: Question) -> Metric:
    """Answer a question with its 95 % interval.

    Counts (touches, people, comments, open) are exact: their interval is the value. ``REACHED``, ``LOST`` and
    ``FINISHED`` are shares of runs; ``WAIT`` is the median time to the next stage in days. Scores are counted by the
    definition in force at the end of the question's time.
    """
    if question.measure in OF_RUNS:
        return _answer_runs(log, question)
    keep = mask_question(log, question)
    if question.measure in SCORES:
        by = find_definition(log, question)
        sample = gather_scores(log, ScoreMeasure(question.measure.value), keep, boxes=by.boxes)
        return report_metrics(sample, question.measure, version=by.version)[0]
    n, customers = int(keep.sum()), len(np.unique(log.row[keep]))
    return _count(question.measure, customers if question.measure is Measure.PEOPLE else n, n=n, customers=customers)


def behind(log: PackedLog, question: Question) -> Ints:
    """Return the seqs of the rows behind an answer, in the log's order.

    Scores and counts: the n rows counted. Runs: the last row of each run that hit (for ``REACHED`` the row that entered
    the stage, for ``WAIT`` the row that entered the next one), so their number is value × n.
    """
    if question.measure not in OF_RUNS:
        return log.seq[mask_question(log, question)]
    runs, stage = _cut_runs(log, question)
    if stage is None and question.stage:
        return np.zeros(0, dtype=np.int64)
    if question.measure is Measure.WAIT and stage is not None:
        _, _, moved = find_onward(runs, stage)
        return runs.log.seq[_first_rows_after(runs, moved, stage)]
    if question.measure is Measure.REACHED and stage is not None:
        return runs.log.seq[_entry_rows(runs, np.flatnonzero(runs.reached[:, stage]), stage)]
    return runs.log.seq[runs.last[_mask_runs(runs, question.measure, stage)]]


def people_behind(log: PackedLog, question: Question) -> Ints:
    """Return the ids of the customers behind an answer, ascending."""
    return log.customers[np.unique(log.row[np.isin(log.seq, behind(log, question))])]


def mask_question(log: PackedLog, question: Question) -> Mask:
    """Tell which rows a question of scores or counts is about: the one mask of tile, list and export."""
    keep = mask_rows(log, question.selection)
    if question.touchpoints:
        keep &= mask_names(log, "touchpoint", question.touchpoints)
    if question.measure in SCORES:
        keep &= mask_answers(log, ScoreMeasure(question.measure.value))
    if question.measure is Measure.COMMENTS:
        keep &= log.has_text
    return keep


def find_definition(log: PackedLog, *questions: Question) -> Definition:
    """Return the version that a question of a score is counted by; of several that are compared, the newest for all."""
    found = [definition_at(log, question.measure.value, question.selection.to_us) for question in questions]
    return max(found, key=lambda one: one.version)


def compare_answers(log: PackedLog, now: Question, before: Question, *, z: float = Z95) -> Difference:
    """Return the difference between two questions of one score measure, knowing who answered both.

    Both sides are counted by one definition, the newer of the two: what was called satisfied before is counted anew.
    """
    measure, by = ScoreMeasure(now.measure.value), find_definition(log, now, before)
    masks = mask_question(log, now), mask_question(log, before)
    sides = [
        (value_answers(log, measure, rows, boxes=by.boxes), log.row[rows].astype(np.int64))
        for rows in map(np.flatnonzero, masks)
    ]
    return compare(
        gather_scores(log, measure, masks[0], boxes=by.boxes),
        gather_scores(log, measure, masks[1], boxes=by.boxes),
        measure.value,
        rho=correlate(sides[0], sides[1]),
        z=z,
        version=by.version,
    )


def _answer_runs(log: PackedLog, question: Question) -> Metric:
    runs, stage = _cut_runs(log, question)
    everyone = np.ones(len(runs), dtype=np.bool_)
    if question.measure is Measure.WAIT:
        values, customer, _ = find_onward(runs, stage) if stage is not None else _NO_WAITS
        middle, low, high = find_quantile_interval(values / 86_400e6, customer)
        return Metric(
            name="wait",
            value=number(middle),
            low=number(low),
            high=number(high),
            n=len(values),
            customers=count_people(customer),
            method="Woodruff, clustered by customer",
        )
    hits = _mask_runs(runs, question.measure, stage)
    if question.measure is Measure.OPEN:
        customers = count_people(runs.customer[hits])
        return _count(question.measure, int(hits.sum()), n=int(hits.sum()), customers=customers)
    among = mask_known(runs, stage) if question.measure is Measure.LOST and stage is not None else everyone
    return share_runs(runs, hits, among, question.measure.value)


def _cut_runs(log: PackedLog, question: Question) -> tuple[PackedRuns, int | None]:
    """Return the runs of the question's journey and the index of its stage, None where it names none."""
    journey = question.journey or Journey(journey_id="", name="", stages=())
    names = [stage.name for stage in journey.stages]
    runs = find_runs(select(log, question.selection), journey, now_us=question.now_us)
    return runs, names.index(question.stage) if question.stage in names else None


def _mask_runs(runs: PackedRuns, measure: Measure, stage: int | None) -> Mask:
    if measure is Measure.REACHED:
        return runs.reached[:, stage] if stage is not None else np.ones(len(runs), dtype=np.bool_)
    if measure is Measure.LOST:
        return mask_lost(runs, stage) if stage is not None else runs.state == RunState.LAPSED
    if measure is Measure.OPEN:
        return mask_open(runs, stage) if stage is not None else runs.state == RunState.OPEN
    mask: Mask = runs.state == RunState.FINISHED
    return mask


def _entry_rows(runs: PackedRuns, chosen: Ints, stage: int) -> Ints:
    """Return the row at which each chosen run first met a stage."""
    entry = np.full(len(runs), len(runs.log), dtype=np.int64)
    at = np.flatnonzero(runs.stage == stage)
    np.minimum.at(entry, runs.run[at], runs.rows[at])
    return entry[chosen]


def _first_rows_after(runs: PackedRuns, chosen: Ints, stage: int) -> Ints:
    """Return the row at which each chosen run met the next stage after ``stage``."""
    since = runs.entered_us[:, stage]
    ts = runs.log.ts_us[runs.rows]
    at = np.flatnonzero((runs.stage > stage) & (since[runs.run] >= 0) & (ts > since[runs.run]))
    entry = np.full(len(runs), len(runs.log), dtype=np.int64)
    np.minimum.at(entry, runs.run[at], runs.rows[at])
    return entry[chosen]


def _count(measure: Measure, value: int, *, n: int, customers: int) -> Metric:
    return Metric(
        name=measure.value,
        value=float(value),
        low=float(value),
        high=float(value),
        n=n,
        customers=customers,
        method="count",
    )
