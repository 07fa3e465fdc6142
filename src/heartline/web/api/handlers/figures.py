"""Figures: any question, what opens Home, the scores by what they are split by, and the answers behind a figure."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.asking import LENS, WANTED, Wanted
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.rows import list_behind
from heartline.web.api.shapes.answers import AnswerPage, tell_line
from heartline.web.api.shapes.drivers import DriversTold, tell_drivers
from heartline.web.api.shapes.figures import (
    Answered,
    DefinitionTold,
    MeasureMeant,
    list_measures,
    tell_metric,
    tell_version,
    tell_wanted,
)
from heartline.web.api.shapes.moves import MovesTold, tell_moves
from heartline.web.api.shapes.tiles import Home, Scores, tell_home, tell_scores
from heartline.web.definitions import list_versions
from heartline.web.drilldown import SORTS
from heartline.web.drivers import WITHIN, read_drivers
from heartline.web.listing import read_lines
from heartline.web.moves import read_moves
from heartline.web.opening import read_opening
from heartline.web.scoring import MEASURES, read_scores
from heartline.web.tiles import KINDS
from heartline.web.visit import Visit

WAIT_S: Final = 1.0
"""How long a call waits for a sentence that is not known yet."""

ask = partial(get, tags=["Figures"], opt={"right": Right.SEE_FIGURES}, responses=PROBLEMS, sync_to_thread=True)

SortAsked = Annotated[
    str, QueryParameter(name="sort", pattern=rf"^({'|'.join(SORTS)})\Z", description="newest, lowest or highest first.")
]
SaidAsked = Annotated[bool, QueryParameter(name="said", description="Only answers with words.")]
ScoreAsked = Annotated[
    str,
    QueryParameter(
        name="measure",
        pattern=rf"^({'|'.join(measure.value for measure in MEASURES)})?\Z",
        description="nps, csat, ces, stars or valence; without it the first that somebody answered.",
    ),
]
DrivenAsked = Annotated[
    str,
    QueryParameter(
        name="measure",
        pattern=rf"^({'|'.join(measure.value for measure in KINDS)})?\Z",
        description="nps, csat, ces or stars; without it the first that somebody answered.",
    ),
]
WithinAsked = Annotated[
    str,
    QueryParameter(
        name="within",
        pattern=rf"^({'|'.join(WITHIN)})?\Z",
        description="How long before an answer something may have happened; 30d without it.",
    ),
]
TraitAsked = Annotated[
    str, QueryParameter(name="trait", max_length=100, description="The trait to split by; “traits” lists them.")
]


@ask("/measures", summary="What can be asked")
def list_what_can_be_asked() -> list[MeasureMeant]:
    """List every measure with what it means and the scale its value is on."""
    return list_measures()


@ask("/definitions", summary="What scores count, version by version")
def list_definitions(visit: Visit) -> list[DefinitionTold]:
    """List every version of what counts as satisfied, the newest first: a figure names its own."""
    return [tell_version(line) for line in list_versions(visit.heartline, now_us=visit.now_us)]


@ask("/metrics", summary="Answer a question", dependencies=WANTED)
def answer_question(wanted: Wanted) -> Answered:
    """Answer one question: the same value, n and interval that a tile, its list and its export have."""
    return Answered(question=tell_wanted(wanted), figure=tell_metric(wanted.metric))


@ask("/home", summary="What opens Home", dependencies=LENS)
def show_home(lens: Visit) -> Home:
    """Show the sentence that matters with what is behind it, the tiles with their weeks, the cases that wait, and three
    voices. The sentence looks back over its own horizon, whatever the range.
    """
    return tell_home(
        lens,
        read_opening(lens.heartline, lens.whole_log, lens.view, lens.selection, now_us=lens.now_us, wait_s=WAIT_S),
    )


@ask("/moves", summary="What moved in a year, and odd days", dependencies=LENS)
def list_moves(lens: Visit) -> MovesTold:
    """List every measure that is watched over 52 weeks, with its steps and odd days; the range does not matter."""
    return tell_moves(read_moves(lens))


@ask("/scores", summary="A score, by time and by what it is split by", dependencies=LENS)
def show_scores(lens: Visit, measure: ScoreAsked = "", trait: TraitAsked = "") -> Scores:
    """Show a score by week, stage, channel, place and one trait, all judged under one budget."""
    asked = {"measure": measure, "trait": trait}
    return tell_scores(lens, read_scores(lens.heartline, lens.whole_log, asked, lens.selection, now_us=lens.now_us))


@ask("/drivers", summary="What goes with a score", dependencies=LENS)
def list_drivers(lens: Visit, measure: DrivenAsked = "", within: WithinAsked = "") -> DriversTold:
    """List what goes with a score, with importance, sign and feeling: the page's own figures. None is a cause."""
    return tell_drivers(lens, read_drivers(lens, {"measure": measure, "within": within}))


@get(
    "/answers",
    tags=["Answers"],
    opt={"right": Right.SEE_CUSTOMERS},
    responses=PROBLEMS,
    sync_to_thread=True,
    summary="What stands behind a figure",
    dependencies={**WANTED, **PAGING},
)
def list_answers_behind(
    lens: Visit,
    wanted: Wanted,
    paging: Paging,
    sort: SortAsked = "newest",
    said: SaidAsked = False,  # noqa: FBT002  # a name in the query
) -> AnswerPage:
    """List the answers, comments or touches behind a figure: exactly the rows it counted, one page after the other."""
    found = list_behind(wanted, paging, sort=sort, said=said)
    return AnswerPage(
        question=tell_wanted(wanted),
        figure=tell_metric(wanted.metric),
        total=found.total,
        customers=found.customers,
        items=[tell_line(line) for line in read_lines(lens.heartline, found.log, found.rows)],
        next=found.onward,
    )


routes: Final[list[HTTPRouteHandler]] = [
    list_what_can_be_asked,
    list_definitions,
    answer_question,
    show_home,
    show_scores,
    list_moves,
    list_drivers,
    list_answers_behind,
]
