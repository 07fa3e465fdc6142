"""Drivers, as their page asks for them: what goes with a score, how that feels by itself, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.errors import Invalid
from heartline.language import _, mark
from heartline.listener import Listening
from heartline.records import NO_THEME, Journey, Metric
from heartline.understand import (
    INFLATED,
    Driver,
    DriverKind,
    Flag,
    Floats,
    Gathered,
    Measure,
    Quadrant,
    Question,
    ScoreMeasure,
    Weights,
    answer,
    gather_drivers,
    mask_blind,
    mask_names,
    mask_question,
    place_driver,
    say_stage,
    weigh,
)
from heartline.web.drilldown import Drill
from heartline.web.exports import Cell
from heartline.web.mapping import list_journeys, open_runs
from heartline.web.recall import recall_of
from heartline.web.theming import ThemeLine, find_seqs, mask_theme, read_readings, read_themes
from heartline.web.tiles import KINDS
from heartline.web.visit import Visit

WITHIN: Final = {"7d": 7, "30d": 30, "90d": 90}
"""How long before an answer something may have happened, in days."""
USUAL: Final = "30d"
COLUMNS: Final = (
    "score", "kind", "driver", "importance", "importance_low", "importance_high", "p", "sign", "shares_credit",
    "feeling", "feeling_low", "feeling_high", "feeling_n", "place", "n", "customers",
)  # fmt: skip
KINDS_OF_DRIVERS: Final = {
    DriverKind.FELT: mark("How {name} felt"),
    DriverKind.HEARD: mark("How {name} sounded"),
    DriverKind.WAIT: mark("Wait after {name}"),
    DriverKind.STAGE: mark("Reached {name}"),
    DriverKind.TOUCHPOINT: mark("Met {name}"),
    DriverKind.CHANNEL: mark("Used {name}"),
    DriverKind.PLACE: mark("Was at {name}"),
    DriverKind.PRODUCT: mark("Product {name}"),
    DriverKind.THEME: mark("Spoke of {name}"),
}
STAGES: Final = frozenset({DriverKind.WAIT, DriverKind.STAGE})
METHOD: Final = mark("Shapley share of R², bootstrap of customers")
_MOST_THEMES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverLine:
    """One driver. ``importance`` is its share of the differences between scores, 0…1; ``sign`` is 0 unless it
    ``passed``. ``feeling`` is how it feels there by itself, None where nobody was asked. ``drill`` lists what is behind
    that, and ``theme`` is the theme's number; ``shared`` says that others account for most of it.
    """

    driver: Driver
    label: str
    importance: Metric
    p: float
    passed: bool
    sign: int
    shared: bool
    feeling: Metric | None
    quadrant: Quadrant
    drill: Drill | None
    theme: int = NO_THEME


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverReading:
    """The page. ``lines`` have those that passed first, by importance; the rest by name, for they have no rank.
    ``even`` is what each would have if all mattered alike, ``middle`` how everything feels together. ``alike`` are
    pairs that share credit, with their correlation; ``twins`` were left out beside the one they equal.
    """

    measure: Measure
    asked: tuple[Measure, ...]
    within: str
    score: Metric
    lines: tuple[DriverLine, ...]
    r2: float
    n: int
    customers: int
    tested: int
    even: float
    middle: Metric
    alike: tuple[tuple[str, str, float], ...]
    twins: tuple[tuple[str, str], ...]
    more: int

    @property
    def passed(self) -> tuple[DriverLine, ...]:
        """Those that go with the score."""
        return tuple(line for line in self.lines if line.passed)


def read_drivers(visit: Visit, query: Mapping[str, str] | None = None) -> DriverReading:
    """Weigh what the URL (or ``query``) asks: ``measure`` (default: the first that somebody answered) and ``within``.

    Raises:
        Invalid: there is no such score.
    """
    query = visit.query if query is None else query
    wanted, within = query.get("measure", ""), query.get("within", USUAL)
    if wanted not in {"", *(kind.value for kind in KINDS)}:
        raise Invalid(
            "bad_measure",
            _("“{wanted}” is no score.").format(wanted=wanted[:40]),
            _("Choose one on the page of drivers."),
        )
    within = within if within in WITHIN else USUAL
    log, selection = visit.whole_log, visit.selection
    asked = tuple(m for m in KINDS if mask_question(log, Question(measure=m, selection=selection)).any())
    measure = Measure(wanted) if wanted else (asked[0] if asked else Measure.NPS)
    journeys = list_journeys(visit.heartline, log)[:1]
    themes = tuple(line for line in read_themes(visit).lines if not line.depth)[:_MOST_THEMES] if asked else ()
    status = visit.heartline.listener.status()
    told = _Asked(measure=measure, asked=asked, within=within, journeys=journeys, themes=themes, status=status)
    figures = tuple((one.theme, one.figures.score.now) for one in themes)
    whole = status.read == status.texts
    key = ("drivers", status.reader, whole, measure, within, selection, journeys, figures)
    return recall_of(visit.heartline).of(log, key, lambda: _read(visit, told), patience_s=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked, and what there is to ask it of."""

    measure: Measure
    asked: tuple[Measure, ...]
    within: str
    journeys: tuple[Journey, ...]
    themes: tuple[ThemeLine, ...]
    status: Listening

    def label(self, driver: Driver) -> str:
        """What a driver is called."""
        if driver.kind is DriverKind.THEME:
            return next((one.theme.label for one in self.themes if str(one.theme.number) == driver.name), driver.name)
        return say_stage(driver.name) if driver.kind in STAGES else driver.name


def _read(visit: Visit, asked: _Asked) -> DriverReading:
    log, selection = visit.whole_log, visit.selection
    gathered = _gather(visit, asked)
    weights = weigh(gathered.observed)
    middle = answer(log, Question(measure=Measure.VALENCE, selection=selection))
    lines = [] if weights is None else _list_lines(visit, asked, gathered, weights, middle)
    names = [name_driver(driver.kind, asked.label(driver)) for driver in gathered.drivers]
    return DriverReading(
        measure=asked.measure,
        asked=asked.asked,
        within=asked.within,
        score=answer(log, Question(measure=asked.measure, selection=selection)),
        lines=tuple(sorted(lines, key=_rank)),
        r2=weights.r2 if weights else 0.0,
        n=len(gathered.observed.score),
        customers=weights.customers if weights else 0,
        tested=weights.tested if weights else 0,
        even=_even(weights),
        middle=middle,
        alike=tuple((names[one], names[other], r) for one, other, r in weights.alike) if weights else (),
        twins=tuple(
            (name_driver(one.kind, asked.label(one)), name_driver(other.kind, asked.label(other)))
            for one, other in gathered.twins
        ),
        more=gathered.more,
    )


def _gather(visit: Visit, asked: _Asked) -> Gathered:
    log = visit.whole_log
    flags = [
        Flag(kind=DriverKind.STAGE, name=stage.name, rows=mask_names(log, "touchpoint", stage.touchpoints))
        for journey in asked.journeys
        for stage in journey.stages
        if len(stage.touchpoints) > 1
    ]
    texts = np.flatnonzero(log.has_text)
    for line in asked.themes:
        rows = np.zeros(len(log), dtype=np.bool_)
        rows[texts] = mask_theme(visit, log.seq[texts], line.theme.number)
        flags.append(Flag(kind=DriverKind.THEME, name=str(line.theme.number), rows=rows))
    runs = None
    if asked.journeys:
        runs = open_runs(visit.heartline, log, asked.journeys[0], visit.selection, now_us=visit.now_us)
    measure, days = ScoreMeasure(asked.measure.value), WITHIN[asked.within]
    return gather_drivers(
        log, measure, visit.selection, days=days, runs=runs, flags=flags, heard=_hear(visit, asked.status)
    )


def _hear(visit: Visit, status: Listening) -> Floats:
    """Return how each row's text sounds, −1…+1, NaN where it has none or a score of its customer taught who read it."""
    log, columns = visit.whole_log, read_readings(visit)
    rows = np.flatnonzero(log.has_text & mask_blind(log, status.reader))
    place, inside = find_seqs(columns.seq, log.seq[rows])
    heard = np.full(len(log), np.nan)
    place = place[inside]
    heard[rows[inside]] = columns.positive[place].astype(np.float64) - columns.negative[place]
    return heard


def _list_lines(visit: Visit, asked: _Asked, gathered: Gathered, weights: Weights, middle: Metric) -> list[DriverLine]:
    lines = []
    for place, driver in enumerate(gathered.drivers):
        drill = _drill(driver, asked.journeys)
        feeling = _feel_theme(driver, asked) if drill is None else answer(visit.whole_log, drill.ask(visit.selection))
        lines.append(
            DriverLine(
                driver=driver,
                label=asked.label(driver),
                importance=_importance(weights, place),
                p=float(weights.p[place]),
                passed=bool(weights.passed[place]),
                sign=int(weights.sign[place]),
                shared=bool(weights.inflation[place] >= INFLATED),
                feeling=feeling if feeling is not None and feeling.n else None,
                quadrant=Quadrant.UNDECIDED
                if feeling is None
                else place_driver(
                    (float(weights.share[place]), float(weights.high[place])),
                    kind=driver.kind,
                    sign=int(weights.sign[place]),
                    even=_even(weights),
                    performance=feeling,
                    middle=middle.value or 0.0,
                ),
                drill=drill,
                theme=int(driver.name) if drill is None else NO_THEME,
            )
        )
    return lines


def _importance(weights: Weights, place: int) -> Metric:
    return Metric(
        name="importance",
        value=float(weights.share[place]),
        low=float(weights.low[place]),
        high=float(weights.high[place]),
        n=weights.n,
        customers=weights.customers,
        method=METHOD,
    )


def _even(weights: Weights | None) -> float:
    return weights.r2 / len(weights.share) if weights else 0.0


def _rank(line: DriverLine) -> tuple[bool, float, str]:
    """Those that passed by importance; the others have no rank and stand by name."""
    return (not line.passed, -(line.importance.value or 0.0) if line.passed else 0.0, line.label)


def _drill(driver: Driver, journeys: Sequence[Journey]) -> Drill | None:
    """How it feels there: the answers of its own touchpoint, stage, channel, place or product. None of a theme."""
    if driver.kind is DriverKind.THEME:
        return None
    if driver.kind in {DriverKind.CHANNEL, DriverKind.PLACE, DriverKind.PRODUCT}:
        return Drill(where=((driver.kind.value, driver.name),))
    if driver.kind in STAGES:
        for journey in journeys:
            for stage in journey.stages:
                if stage.name == driver.name:
                    return Drill(stage=(journey.journey_id, stage.name), touchpoints=stage.touchpoints)
    return Drill(touchpoints=(driver.name,))


def _feel_theme(driver: Driver, asked: _Asked) -> Metric | None:
    """The feeling of the scores that came with a theme: the figure of the page of themes."""
    found = (one.figures.score.now for one in asked.themes if str(one.theme.number) == driver.name)
    return next(found, None)


def name_driver(kind: DriverKind, label: str) -> str:
    """“How Courier felt”, “Wait after Choose”, “Spoke of parcel, late”."""
    return _(KINDS_OF_DRIVERS[kind]).format(name=label)


def driver_rows(found: DriverReading) -> Iterator[tuple[Cell, ...]]:
    """Every driver as a row under ``COLUMNS``."""
    for line in found.lines:
        importance = [_round(end) for end in (line.importance.value, line.importance.low, line.importance.high)]
        felt = line.feeling
        feeling = [_round(end) for end in (felt.value, felt.low, felt.high)] if felt else [None] * 3
        yield (
            found.measure.value, line.driver.kind.value, line.label, *importance, _round(line.p), line.sign,
            int(line.shared), *feeling, felt.n if felt else 0, line.quadrant.value, line.driver.n,
            line.driver.customers,
        )  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
