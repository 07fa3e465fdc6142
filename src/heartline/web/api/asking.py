"""What a call asks: time range, filter and question, read strictly. A page takes what it cannot read as not asked; a
program gets told, with the names that are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from litestar.di import Provide
from litestar.params import QueryParameter

from heartline.errors import Invalid, Missing
from heartline.records import Metric
from heartline.understand import OF_RUNS, TRAIT, Measure, PackedLog, Question, Selection, answer
from heartline.web.drilldown import Drill, read_drill
from heartline.web.itinerary import find_journey
from heartline.web.lenses import FILTERS, REGION, is_range
from heartline.web.mapping import list_journeys, narrow
from heartline.web.visit import Visit

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
_STAGED: Final = frozenset({Measure.REACHED, Measure.LOST, Measure.WAIT})

RangeAsked = Annotated[
    str,
    QueryParameter(
        name="range",
        max_length=30,
        description="The time: 4w, 12w, 26w or 52w (weeks that end today), all, or two days with two dots between, "
        "2026-01-01..2026-02-01. Days begin at midnight in the workspace's zone. Without it the last 12 weeks are "
        "meant, or all time where nothing happened in them.",
    ),
]
ByAsked = Annotated[
    str,
    QueryParameter(
        name="by",
        max_length=100,
        description="The field to filter by: channel, place, partner, area, product, region, or trait:<name>. "
        "GET /filters lists them.",
    ),
]
IsAsked = Annotated[
    str,
    QueryParameter(name="is", max_length=400, description="The value of the field “by”; empty means without a value."),
]
MeasureAsked = Annotated[
    Measure, QueryParameter(name="measure", description="What is asked. GET /measures says what each means.")
]
TouchpointsAsked = Annotated[
    list[str] | None,
    QueryParameter(
        name="touchpoint",
        max_items=50,
        description="Only at these touchpoints; may be given several times.",
    ),
]
WhereAsked = Annotated[
    str,
    QueryParameter(
        name="where",
        max_length=2_000,
        description="More fields at once, as pairs, URL-encoded once more: place=North&channel=web. The same field "
        "twice means either value.",
    ),
]
JourneyAsked = Annotated[
    str, QueryParameter(name="journey", max_length=200, description="The id of the journey that “stage” is of.")
]
StageAsked = Annotated[
    str, QueryParameter(name="stage", max_length=200, description="The name of a stage of “journey”.")
]
SinceAsked = Annotated[
    str,
    QueryParameter(
        name="since",
        max_length=40,
        description="From this time on, instead of the range’s start, e.g. 2026-11-22T08:00:00Z.",
    ),
]
UntilAsked = Annotated[
    str,
    QueryParameter(name="until", max_length=40, description="Before this time, instead of the range’s end."),
]


def check_query(raw: bytes, known: frozenset[str]) -> None:
    """Refuse a query that names something not taken here, or the same thing twice.

    Raises:
        Invalid: ``unknown_name`` lists those known; ``named_twice``.
    """
    seen: set[str] = set()
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Invalid("bad_query", "The query names too much.", "Name each thing once.") from None
    for name, _ in pairs:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise Invalid("unknown_name", f"“{name[:60]}” is not taken here.", f"Known names: {listed}.")
        if name in seen and name != "touchpoint":
            raise Invalid("named_twice", f"“{name[:60]}” is named twice.", "Name it once.")
        seen.add(name)


def hold_lens(visit: Visit, range_: RangeAsked = "", by: ByAsked = "", is_: IsAsked = "") -> Visit:
    """Return the visit, once its range and filter are known to mean something.

    Raises:
        Invalid: ``bad_range`` or ``unknown_filter``; the hint lists what is known.
    """
    if range_ and not is_range(range_, zone=visit.zone, now_us=visit.now_us):
        raise Invalid("bad_range", f"“{range_[:30]}” is no time range.", "Use 4w, 12w, 26w, 52w, all or day..day.")
    if is_ and not by:
        raise Invalid("no_filter", "“is” says a value, but “by” names no field.", "Name the field by “by”.")
    if by and "is" not in visit.query:
        raise Invalid("no_filter", "“by” names a field, but “is” says no value.", "Say the value by “is”.")
    check_fields(visit, [by] if by else [])
    return visit


def check_fields(visit: Visit, fields: Iterable[str]) -> None:
    """Refuse a field that nothing is filtered by.

    Raises:
        Invalid: ``unknown_filter``; the hint lists those known.
    """
    known = list_fields(visit)
    for field in fields:
        if field not in known:
            told = f"There is no field “{field[:60]}” to filter by."
            raise Invalid("unknown_filter", told, f"Known fields: {', '.join(known)}.")


def list_fields(visit: Visit) -> tuple[str, ...]:
    """Return the fields that one may filter by."""
    return (*FILTERS, REGION, *(TRAIT + name for name in visit.whole_log.traits))


def ask_anew(visit: Visit, *, query: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> Visit:
    """Return the same visit with another query or form: what a page reads there, a call may say in its own way."""
    asked = replace(
        visit.asked,
        query=visit.asked.query if query is None else query,
        form=visit.asked.form if form is None else {name: [value] for name, value in form.items()},
    )
    return Visit(
        visit.heartline, visit.shared, asked, session=visit.session, nonce=visit.nonce, identity=visit.identity
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A question a call asks, and the log it is asked of. ``selection`` is what range and filter mean; ``drill`` is the
    question as a drill-down (None: it is of runs).
    """

    question: Question
    log: PackedLog
    selection: Selection
    drill: Drill | None

    @property
    def metric(self) -> Metric:
        """The answer."""
        return answer(self.log, self.question)


def read_wanted(  # noqa: PLR0913, PLR0917  # each is a name in the query
    lens: Visit,
    measure: MeasureAsked,
    touchpoint: TouchpointsAsked = None,
    where: WhereAsked = "",
    journey: JourneyAsked = "",
    stage: StageAsked = "",
    since: SinceAsked = "",
    until: UntilAsked = "",
) -> Wanted:
    """Read a question. One of runs is asked of the customers that the filter chooses, as a journey's map is.

    Raises:
        Invalid: what was named makes no question; the hint says why.
        Missing: there is no such journey or stage.
    """
    if measure in OF_RUNS:
        if touchpoint or where or since or until:
            hint = "Leave out touchpoint, where, since and until, or ask for another measure."
            raise Invalid("not_of_runs", f"“{measure.value}” is asked of a whole journey.", hint)
        return _read_runs(lens, measure, journey=journey, stage=stage)
    drill = replace(
        read_drill(
            {
                "measure": Measure.TOUCHES.value,
                "journey": journey,
                "stage": stage,
                "at": urlencode([("t", name) for name in touchpoint or ()]),
                "where": where,
                "since": _read_moment("since", since),
                "until": _read_moment("until", until),
            },
            list_journeys(lens.heartline, lens.whole_log),
        ),
        measure=measure,
    )
    check_fields(lens, [field for field, _ in drill.where])
    return Wanted(question=drill.ask(lens.selection), log=lens.whole_log, selection=lens.selection, drill=drill)


def _read_runs(lens: Visit, measure: Measure, *, journey: str, stage: str) -> Wanted:
    if not journey:
        raise Invalid("no_journey", f"“{measure.value}” is asked of a journey.", "Name its id by “journey”.")
    found = find_journey(lens, journey)
    if measure in _STAGED and not stage:
        raise Invalid("no_stage", f"“{measure.value}” is asked of a stage.", "Name it by “stage”.")
    if stage and stage not in [one.name for one in found.stages]:
        raise Missing("no_stage", f"There is no stage “{stage[:80]}” in that journey.", "See GET /journeys/{id}.")
    question = Question(measure=measure, journey=found, stage=stage, now_us=lens.now_us)
    log = narrow(lens.whole_log, lens.selection)
    return Wanted(question=question, log=log, selection=lens.selection, drill=None)


def _read_moment(name: str, text: str) -> str:
    if not text:
        return ""
    try:
        # A plus sign that nobody encoded arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
        told = (at - EPOCH) // _US if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        told = None
    if told is None:
        raise Invalid("bad_time", f"“{name}” is no time.", "Write it like 2026-11-22T08:00:00Z.")
    return str(told)


LENS: Final = {"lens": Provide(hold_lens, sync_to_thread=True)}
WANTED: Final = {**LENS, "wanted": Provide(read_wanted, sync_to_thread=True)}
