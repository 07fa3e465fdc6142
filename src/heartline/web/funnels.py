"""A funnel as its page asks for it: steps, window, order and breakdown from the URL; counted; whom a bar means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.errors import Missing
from heartline.language import _, mark
from heartline.records import Journey
from heartline.understand import (
    Funnel,
    FunnelCount,
    FunnelLine,
    FunnelPartial,
    FunnelStep,
    Ints,
    PackedLog,
    StepOrder,
    list_reached,
    plan_funnel,
    say_stage,
    take_customers,
)
from heartline.web.drilldown import read_page
from heartline.web.exports import Cell
from heartline.web.lenses import REGION
from heartline.web.listing import PAGE, AnswerLine, read_lines, stream_lines
from heartline.web.mapping import narrow
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

_DAY_US: Final = 86_400_000_000
STEPS: Final = 8
"""So many steps may be chosen."""
WINDOWS: Final = {"1d": 1, "7d": 7, "30d": 30}
"""The windows offered, in days; anything else means none."""
COLUMNS: Final = (
    "split", "step", "name", "people", "started", "of_start", "of_start_low", "of_start_high", "of_before",
    "of_before_low", "of_before_high", "median_seconds", "median_low", "median_high", "p90_seconds",
    "median_seconds_since_start",
)  # fmt: skip
ORDERS: Final = {
    StepOrder.ORDERED: mark("In order, others between"),
    StepOrder.STRICT: mark("Directly after each other"),
    StepOrder.ANY: mark("In any order"),
}
ASKED: Final = ("within", "order", "split", *(f"s{place}" for place in range(1, STEPS + 1)))
"""The query keys of a funnel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelReading:
    """A funnel counted, and each customer who began it."""

    count: FunnelCount
    partial: FunnelPartial


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPeople:
    """A page of those behind a bar: who reached ``step`` (1…), or with ``lost`` got no further; one line a customer,
    their last touch.
    """

    step: int
    name: str
    lost: bool
    value: str | None
    total: int
    page: int
    lines: tuple[AnswerLine, ...]


def ask_funnel(query: Mapping[str, str], journey: Journey, *, fields: Sequence[str]) -> Funnel:
    """Read a funnel from the URL. Without steps of its own the journey's stages are the steps; what is not known asks
    for the usual. ``fields`` may break it down.

    Raises:
        Invalid: a touchpoint is in two steps of a funnel of any order.
    """
    chosen = [query[f"s{place}"][:200] for place in range(1, STEPS + 1) if query.get(f"s{place}")]
    days = WINDOWS.get(query.get("within", ""))
    order = next((one for one in StepOrder if one.value == query.get("order")), StepOrder.ORDERED)
    split = query.get("split", "")
    return Funnel(
        steps=tuple(FunnelStep(name=name, touchpoints=(name,)) for name in chosen) or _take_stages(journey),
        window_us=None if days is None else days * _DAY_US,
        order=order,
        by=split if split in fields else "",
    )


def _take_stages(journey: Journey) -> tuple[FunnelStep, ...]:
    """Every stage as a step; a touchpoint of two stages is of the first, as on the map."""
    taken: set[str] = set()
    steps = []
    for stage in journey.stages:
        own = tuple(name for name in stage.touchpoints if name not in taken)
        taken.update(own)
        steps.append(FunnelStep(name=say_stage(stage.name), touchpoints=own))
    return tuple(steps)


def offer_splits(visit: Visit) -> tuple[str, ...]:
    """Return the fields that a funnel may be broken down by: those the filter offers, but regions."""
    return tuple(field.name for field in visit.view.filter_options if field.name != REGION)


def read_funnel(visit: Visit, journey: Journey) -> FunnelReading:
    """Count the funnel that the URL asks for, over the customers of the filter and the touches of the range.

    Raises:
        Invalid: as ``ask_funnel`` says, or the journey has no stages.
    """
    funnel = ask_funnel(visit.query, journey, fields=offer_splits(visit))

    def measure() -> FunnelReading:
        plan = plan_funnel(funnel)
        partial = plan.partial(_walk_ground(visit, journey))
        return FunnelReading(count=plan.finish(partial), partial=partial)

    key = ("funnel", journey, visit.selection, funnel)
    return recall_of(visit.heartline).of(visit.whole_log, key, measure, patience_s=5)


def _walk_ground(visit: Visit, journey: Journey) -> PackedLog:
    return take_customers(narrow(visit.whole_log, visit.selection), journey.where)


def read_funnel_people(visit: Visit, journey: Journey) -> FunnelPeople:
    """Read a page of the customers behind a bar.

    Raises:
        Missing: the funnel has no such step.
    """
    reading = read_funnel(visit, journey)
    step, lost, value = _ask_people(visit.query, reading)
    log, rows = _find_rows(visit, journey, reading)
    page = read_page(visit.query)
    return FunnelPeople(
        step=step,
        name=reading.count.funnel.steps[step - 1].name,
        lost=lost,
        value=value,
        total=len(rows),
        page=page,
        lines=read_lines(visit.heartline, log, rows[(page - 1) * PAGE : page * PAGE]),
    )


def stream_funnel_people(visit: Visit, journey: Journey) -> Iterator[AnswerLine]:
    """Read all customers behind a bar. Raises Missing as ``read_funnel_people`` does."""
    log, rows = _find_rows(visit, journey, read_funnel(visit, journey))
    return stream_lines(visit.heartline, log, rows)


def _find_rows(visit: Visit, journey: Journey, reading: FunnelReading) -> tuple[PackedLog, Ints]:
    """The last touch of each customer behind a bar, the latest first."""
    step, lost, value = _ask_people(visit.query, reading)
    log = _walk_ground(visit, journey)
    who = list_reached(reading.partial, step, dropped=lost, value=value)
    # A log that has grown since the count may miss nobody, but one whose customers were joined may.
    place = np.flatnonzero(np.isin(log.customers, who))
    rows = np.asarray(log.offsets[place + 1] - 1, dtype=np.int64)
    return log, rows[np.lexsort((-log.seq[rows], -log.ts_us[rows]))]


def _ask_people(query: Mapping[str, str], reading: FunnelReading) -> tuple[int, bool, str | None]:
    text = query.get("step", "")
    step = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if not 1 <= step <= len(reading.count.funnel.steps):
        raise Missing("no_step", _("This funnel has no such step."), _("Open the funnel and choose again."))
    return step, query.get("lost") == "1", query.get("value") if reading.count.funnel.by else None


def funnel_rows(count: FunnelCount) -> Iterator[tuple[Cell, ...]]:
    """Every step as a row under ``COLUMNS``: of all, then of each value of the breakdown."""
    for line in (count.all, *count.lines):
        yield from _line_rows(line, split="" if line is count.all else line.value or "(none)")


def _line_rows(line: FunnelLine, *, split: str) -> Iterator[tuple[Cell, ...]]:
    for place, step in enumerate(line.steps, start=1):
        shares = [(one.value, one.low, one.high) for one in (step.of_start, step.of_before)]
        wait = step.since_before
        times = (wait.median_us, wait.low_us, wait.high_us, wait.p90_us, step.since_start.median_us)
        yield (
            split, place, step.name, step.people, line.steps[0].people,
            *(None if value is None else round(value, 6) for share in shares for value in share),
            *(None if value is None else value / 1e6 for value in times),
        )  # fmt: skip
