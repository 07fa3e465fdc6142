"""Series: every score × spot × segment that may have changed, tested and held to one false-discovery budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from heartline.records import Difference, Journey
from heartline.understand.changes import (
    HORIZON_WEEKS,
    SPLITS,
    WEEK_US,
    count_weeks,
    scan_splits,
    sum_weeks,
)
from heartline.understand.definitions import definition_at
from heartline.understand.differences import spend_budget
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.quantiles import Z95, find_p
from heartline.understand.questions import Measure, Question, compare_answers, mask_question
from heartline.understand.scores import ScoreMeasure, mask_answers, value_answers
from heartline.understand.selection import TRAIT, Selection, mask_names, values_of
from heartline.understand.shrinkage import shrink_effects

KINDS = (Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS)
RANGES = {Measure.NPS: 200.0, Measure.CSAT: 1.0, Measure.CES: 6.0, Measure.STARS: 4.0}
"""How far each score can move, so that unlike ones can be ranked together."""
FEWEST_CUSTOMERS = 100
"""A side needs so many customers before Home speaks of it (a café with 31 answers is too few)."""
_MOST_VALUES = 24
_ALIVE = 2.0
_MOST_CHECKED = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a score is given: a stage, a touchpoint, or "" for everywhere (then without touchpoints)."""

    name: str
    stage: str
    touchpoints: tuple[str, ...]
    journey_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series under test, with what is known of it so far (effects on the values' own scale)."""

    measure: Measure
    spot: Spot
    field: str
    value: str
    weeks: int
    gap: float
    error: float
    p: float
    shrunken: float = 0.0
    weight: float = 0.0
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all steps read: the log, its scored rows of the horizon (``answers``), the journeys, the fields to split by,
    and the weekly grid.
    """

    log: PackedLog
    answers: PackedLog
    journeys: Sequence[Journey]
    dims: tuple[str, ...]
    now_us: int
    midnight_us: int
    q: float
    cells: tuple[Series, ...] = ()
    level: float = 0.95
    tested: int = 0

    @property
    def horizon_us(self) -> int:
        """From where on answers are looked at."""
        return self.midnight_us - HORIZON_WEEKS * WEEK_US

    def value(self, measure: Measure, rows: Ints) -> Floats:
        """Return what answers count as: over the whole horizon by the one definition in force at its end."""
        by = definition_at(self.answers, measure.value, self.now_us)
        return value_answers(self.answers, ScoreMeasure(measure.value), rows, boxes=by.boxes)


def choose_dims(log: PackedLog) -> tuple[str, ...]:
    """Return the fields by which segments are made: those with 2 to 24 values in use."""
    fields = [name for name in ("place", "channel", "partner") if 2 <= len(log.names.get(name, ())) - 1 <= _MOST_VALUES]
    traits = [TRAIT + name for name, (_, names) in log.traits.items() if 2 <= len(names) - 1 <= _MOST_VALUES]
    return (*fields, *traits)


def list_series(ground: Ground) -> Ground:
    """Make a series of every score × spot × segment that has answers enough, each with its best split."""
    cells: list[Series] = []
    for measure in KINDS:
        rows = np.flatnonzero(mask_answers(ground.answers, ScoreMeasure(measure.value)))
        if len(rows) < 2 * FEWEST_CUSTOMERS:
            continue
        values = ground.value(measure, rows)
        week = count_weeks(ground.answers.ts_us[rows], midnight_us=ground.midnight_us)
        spots = _list_spots(ground, rows)
        for name in ("", *ground.dims):
            segments, names = _segment(ground.answers, name, rows)
            for spot, inside in spots:
                if name and not spot.touchpoints and len(spots) > 1:
                    continue  # a segment's mix of touchpoints moves by itself
                weekly = sum_weeks(values, week, np.where(inside, segments, -1), cells=len(names))
                scan = scan_splits(weekly)
                cells.extend(
                    Series(
                        measure=measure,
                        spot=spot,
                        field=name,
                        value=names[code],
                        weeks=int(scan.weeks[code]),
                        gap=float(scan.gap[code]),
                        error=float(scan.error[code]),
                        p=min(1.0, len(SPLITS) * float(find_p(scan.t[code : code + 1])[0])),
                    )
                    for code in np.flatnonzero(scan.weeks)
                )
    return replace(ground, cells=tuple(cells), tested=len(cells))


def weigh_series(ground: Ground) -> Ground:
    """Test every series that looks alive with intervals clustered by customer; the others keep their weaker p."""
    tested = []
    for cell in ground.cells:
        if abs(cell.gap) < _ALIVE * cell.error:
            tested.append(cell)
            continue
        gap = compare_series(ground, cell, ground.midnight_us - cell.weeks * WEEK_US)
        if gap.p is None or min(gap.now.customers, gap.before.customers) < FEWEST_CUSTOMERS:
            tested.append(replace(cell, p=1.0))
            continue
        scale = RANGES[cell.measure] / 2 if cell.measure is Measure.NPS else 1.0
        error = max((gap.high or 0.0) - (gap.low or 0.0), 1e-9) / (2 * Z95) / scale
        tested.append(replace(cell, p=min(1.0, len(SPLITS) * gap.p), error=error))
    return replace(ground, cells=tuple(tested))


def spend_series(ground: Ground) -> Ground:
    """Keep what passes the page's false-discovery budget, with shrunken effect, people touched and weight."""
    if not ground.cells:
        return ground
    budget = spend_budget(np.array([cell.p for cell in ground.cells]), q=ground.q)
    width = np.array([RANGES[cell.measure] / (100 if cell.measure is Measure.NPS else 1) for cell in ground.cells])
    gaps = np.array([cell.gap for cell in ground.cells]) / width
    shrunken = shrink_effects(gaps, np.array([cell.error for cell in ground.cells]) / width)
    kept = []
    for index in np.flatnonzero(budget.passed):
        cell = ground.cells[index]
        people = count_touched(ground, cell, ground.midnight_us - cell.weeks * WEEK_US)
        weight = abs(float(shrunken[index])) * people**0.5
        kept.append(replace(cell, shrunken=float(shrunken[index] * width[index]), people=people, weight=weight))
    kept.sort(key=lambda cell: (cell.gap > 0, -cell.weight))
    return replace(ground, cells=tuple(kept[:_MOST_CHECKED]), level=budget.level)


def _list_spots(ground: Ground, rows: Ints) -> list[tuple[Spot, Mask]]:
    """List everywhere, stages and touchpoints with the mask of their answers; no two with the same answers."""
    log = ground.answers
    spots: list[tuple[Spot, Mask]] = []
    seen: set[bytes] = set()
    homes: dict[str, tuple[str, str]] = {}
    wanted = []
    for journey in ground.journeys:
        for stage in journey.stages:
            for name in stage.touchpoints:
                homes.setdefault(name, (stage.name, journey.journey_id))
            wanted.append(Spot(name=stage.name, stage=stage.name, touchpoints=stage.touchpoints,
                                journey_id=journey.journey_id))  # fmt: skip
    for code in np.unique(log.codes["touchpoint"][rows]):
        name = log.names["touchpoint"][code]
        stage_name, journey_id = homes.get(name, ("", ""))
        if name:
            wanted.append(Spot(name=name, stage=stage_name, touchpoints=(name,), journey_id=journey_id))
    wanted.append(Spot(name="", stage="", touchpoints=(), journey_id=""))
    for spot in wanted:
        inside = mask_names(log, "touchpoint", spot.touchpoints)[rows] if spot.touchpoints else np.ones(len(rows), bool)
        key = np.packbits(inside).tobytes()
        if inside.sum() >= 2 * FEWEST_CUSTOMERS and key not in seen:
            seen.add(key)
            spots.append((spot, inside))
    return spots


def _segment(log: PackedLog, name: str, rows: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Return the segment's code of each answer (−1: none) and the names, for one dimension; "" is everyone."""
    if not name:
        return np.zeros(len(rows), dtype=np.int64), ("",)
    found = values_of(log, name)
    if found is None:
        return np.full(len(rows), -1, dtype=np.int64), ("",)
    codes = found[0][rows].astype(np.int64)
    return np.where(codes == 0, -1, codes), found[1]


def ask_series(cell: Series, from_us: int, to_us: int, *, value: str | None = None) -> Question:
    """Put a series as a question of some time; ``value`` asks it of another segment of the same field."""
    value = cell.value if value is None else value
    where = ((cell.field, value),) if cell.field else ()
    selection = Selection(from_us=from_us, to_us=to_us, where=where)
    return Question(measure=cell.measure, selection=selection, touchpoints=cell.spot.touchpoints)


def compare_series(ground: Ground, cell: Series, since: int, *, z: float = Z95, value: str | None = None) -> Difference:
    """Compare a series before and after a date, customers in both sides known."""
    now = ask_series(cell, since, ground.now_us, value=value)
    return compare_answers(ground.answers, now, ask_series(cell, ground.horizon_us, since, value=value), z=z)


def count_touched(ground: Ground, cell: Series, since: int) -> int:
    """Count the customers of the segment with any touch at the spot since a date."""
    question = replace(ask_series(cell, since, ground.now_us), measure=Measure.PEOPLE)
    return len(np.unique(ground.log.row[mask_question(ground.log, question)]))
