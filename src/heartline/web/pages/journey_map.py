"""A journey: its map, the same as a table, what lies behind a cell, where everybody is now, and the paths they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext, pgettext
from heartline.records import Journey, Metric, Right
from heartline.understand import BeliefGap, Count, JourneyMap, NextSteps, PathGraph, Variants, say_journey, say_stage
from heartline.web.cells import OF_STAGES, Lane
from heartline.web.charts.heartline import (
    Folded,
    MapGiven,
    draw_matrix,
    draw_tall,
    fold_map,
    lay_out,
    lay_out_tall,
    map_twin,
    say_folded,
)
from heartline.web.listing import PAGE, AnswerLine
from heartline.web.pages.ahead import draw_ahead, say_next
from heartline.web.pages.answers import answer_rows
from heartline.web.pages.journey_frame import frame_journey, say_nobody
from heartline.web.pages.journeys import say_segment
from heartline.web.pages.map_words import say_widest
from heartline.web.pages.variants import draw_variants
from heartline.web.parts import (
    Column,
    View,
    acts,
    channel_icon,
    download_button,
    empty,
    icon,
    lede,
    link_button,
    pagination,
    partial,
    post_button,
    section,
    shell,
    table,
    tabs,
)
from heartline.web.parts.sentences import begin_small, fill
from heartline.web.parts.words import Unit, ago, duration, iso, moment, number, percent, plural, value_with_margin

LANE_WORDS: Final = {
    Lane.PEOPLE: mark("People"),
    Lane.SAID: mark("What they say"),
    Lane.FELT: mark("How they feel"),
    Lane.DID: mark("What they do"),
    Lane.WAITED: mark("How long they wait"),
    Lane.LOST: mark("Lost here"),
    Lane.NOW: mark("Here now"),
}


def _path_columns() -> tuple[Column, ...]:
    return (
        Column(words=pgettext("step of a path", "From"), names=True),
        Column(words=pgettext("step of a path", "To")),
        Column(words=_("Times"), figures=True),
        Column(words=_("Of all that leave here"), figures=True),
        Column(words=_("Median time between"), figures=True),
        Column(words=_("90 % within"), figures=True),
    )


def map_page(
    view: View,
    measured: JourneyMap,
    given: MapGiven,
    *,
    elsewhere: Sequence[Count] = (),
    gaps: Sequence[BeliefGap] = (),
) -> Renderable:
    """The map itself, in two forms: a matrix for wide screens and paper, a line down the page for a phone. Below it
    stands ``elsewhere``, what its customers did at touchpoints that are not on it.
    """
    journey = measured.journey
    folded = fold_map(given)
    layout = lay_out(folded.given)
    drawn = [
        _say_folded(view, journey, folded),
        draw_matrix(layout),
        h.div(".map-tall")[_tall_story(given), draw_tall(lay_out_tall(layout))],
        _keys(view, measured),
        _elsewhere(view, journey, elsewhere),
    ]
    return frame_journey(
        view,
        journey,
        under=_under(view, measured),
        do=_tools(view, journey),
        wide=True,
        body=[
            journey.proposed and _proposal(view, journey),
            say_widest(gaps, _felt_at(view, journey)),
            drawn if measured.runs else say_nobody(view, journey),
        ],
    )


def _felt_at(view: View, journey: Journey) -> Callable[[str], str]:
    return lambda stage: view.url(f"/journeys/{journey.journey_id}/cell", stage=stage, lane="felt")


def _say_folded(view: View, journey: Journey, folded: Folded) -> Node:
    if not folded:
        return None
    table = view.url(f"/journeys/{journey.journey_id}/table")
    return h.p(".note.no-print")[say_folded(folded), " ", h.a(href=table)[_("Show the table")]]


def _elsewhere(view: View, journey: Journey, found: Sequence[Count]) -> Node:
    if not found:
        return None
    touches = plural(sum(one.count for one in found), "touch", "touches")
    words = ngettext(
        "Not on the map: {n} touchpoint, {touches}", "Not on the map: {n} touchpoints, {touches}", len(found)
    ).format(n=number(len(found)), touches=touches)
    heads = (Column(words=_("Touchpoint"), names=True), Column(words=_("Touches"), figures=True))
    rows = [(h.bdi[one.name], number(one.count)) for one in found]
    return h.details(".rest.no-print")[
        h.summary[words],
        h.p(".note")[
            _("Met by the customers of this journey in the time and filter chosen, in none of its stages."),
            " ",
            view.may(Right.CHANGE_JOURNEYS)
            and h.a(href=view.url(f"/journeys/{journey.journey_id}/edit"))[_("Put them into a stage")],
        ],
        table(heads, rows, caption=_("Touchpoints that are not on the map")),
    ]


def _tall_story(given: MapGiven) -> Node:
    story = given.story
    if story is None:
        return None
    return h.div(".map-story")[
        h.p(".say1")[story.first] if story.first else None,
        h.p(".say2")[story.second],
        (h.p(".note")[fact] for fact in story.facts),
    ]


def table_page(view: View, measured: JourneyMap, given: MapGiven, *, gaps: Sequence[BeliefGap] = ()) -> Renderable:
    """The map's figures as a table."""
    return frame_journey(
        view,
        measured.journey,
        under=_under(view, measured),
        do=acts(_csv(view, measured.journey)),
        body=[say_widest(gaps, _felt_at(view, measured.journey)), map_twin(lay_out(given))]
        if measured.runs
        else say_nobody(view, measured.journey),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellGiven:
    """What lies behind a cell: the lanes it has with their counts, and a page of lines of the one asked for."""

    journey: Journey
    stage: str
    touchpoint: str
    lane: Lane
    counts: tuple[tuple[Lane, int], ...]
    customers: int
    total: int
    page: int
    feeling: Metric | None
    lines: tuple[AnswerLine, ...]


def cell_page(view: View, given: CellGiven, *, now_us: int) -> Renderable:
    """The customers and comments behind a cell: exactly those the map counted."""
    path = f"/journeys/{given.journey.journey_id}"
    title = given.touchpoint or given.stage
    keys = {"stage": given.stage, "touchpoint": given.touchpoint}

    def href(lane: Lane, at: str = "cell") -> str:
        return view.url(f"{path}/{at}", **keys, lane=lane.value)

    return shell(
        view,
        title=title,
        crumbs=_crumbs(view, given),
        body=[
            lede(
                title,
                under=_cell_words(given),
                do=acts(download_button(view, "CSV", href(given.lane, "cell.csv"))),
            ),
            tabs(
                _("What lies behind"),
                [(href(lane), f"{_(LANE_WORDS[lane])} {number(count)}") for lane, count in given.counts],
                current=href(given.lane),
            ),
            given.lane in OF_STAGES and h.p(".note.lane-note")[_lane_note(given)],
            answer_rows(view, given.lines, now_us=now_us, journey_id=given.journey.journey_id)
            if given.lines
            else empty(_nothing_here(given.lane)),
            pagination(view, page=given.page, pages=-(-given.total // PAGE), total=given.total),
        ],
    )


def _crumbs(view: View, given: CellGiven) -> tuple[tuple[str, str], ...]:
    path = f"/journeys/{given.journey.journey_id}"
    if not given.touchpoint:
        return (("/journeys", _("Journeys")), (path, say_journey(given.journey.name)), ("", say_stage(given.stage)))
    return (
        ("/journeys", _("Journeys")),
        (path, say_journey(given.journey.name)),
        *([(view.url(f"{path}/cell", stage=given.stage), given.stage)] if given.stage else []),
        ("", given.touchpoint),
    )


def _cell_words(given: CellGiven) -> Node:
    listed = ngettext("{n} customer in this list.", "{n} customers in this list.", given.customers).format(
        n=number(given.customers)
    )
    if given.feeling is None or not given.feeling.n:
        return listed
    felt = fill(
        _("{value}, how they feel from −1 to +1, {answers}."),
        value=h.b[value_with_margin(given.feeling, unit=Unit.VALENCE)],
        answers=plural(given.feeling.n, "answer", "answers"),
    )
    return [*felt, " ", listed]


def _lane_note(given: CellGiven) -> str:
    if given.lane is Lane.NOW:
        return _("Under way and seen here last, whatever the time range. The filter holds.")
    if given.lane is Lane.LOST:
        days = given.journey.gap_days
        return ngettext(
            "Silent for {n} day after this stage, and never seen further.",
            "Silent for {n} days after this stage, and never seen further.",
            days,
        ).format(n=number(days))
    return _("From the first touch of this stage to the first of the next one, the longest wait first.")


def _nothing_here(lane: Lane) -> str:
    return {
        Lane.SAID: _("Nobody wrote anything here in the time and filter chosen."),
        Lane.FELT: _("Nobody was asked here, or nobody answered, in the time and filter chosen."),
        Lane.LOST: _("Nobody was lost here."),
        Lane.NOW: _("Nobody stands here now."),
        Lane.WAITED: _("Nobody has gone on from here yet."),
    }.get(lane, _("Nobody came by in the time and filter chosen."))


@dataclass(frozen=True, slots=True, kw_only=True)
class StageNow:
    """The open customers of one stage: how many, and those who have waited longest.

    ``standing`` says for each touchpoint at which they were seen last how many they are and what past runs did next.
    """

    name: str
    count: int
    lines: tuple[AnswerLine, ...]
    median_s: float | None
    standing: tuple[tuple[int, NextSteps], ...] = ()


def now_page(view: View, journey: Journey, stages: Sequence[StageNow], *, now_us: int) -> Renderable:
    """Where each open customer is now."""
    going = sum(stage.count for stage in stages)
    cell = f"/journeys/{journey.journey_id}/cell"
    return frame_journey(
        view,
        journey,
        under=_("{passages} under way. Silent for less than {days}; the longest first.").format(
            passages=plural(going, "passage", "passages"), days=plural(journey.gap_days, "day", "days")
        ),
        body=h.div(".now-grid")[
            (
                section(
                    say_stage(stage.name),
                    beside=_now_beside(view, stage, cell),
                    body=[
                        draw_ahead(stage.standing),
                        h.ul(".rows.now-rows")[(_now_row(view, stage, line, now_us=now_us) for line in stage.lines)],
                    ]
                    if stage.lines
                    else h.p(".small.quiet")[_("Nobody stands here now.")],
                )
                for stage in stages
            )
        ],
    )


def _now_beside(view: View, stage: StageNow, cell: str) -> Node:
    count = plural(stage.count, "customer", "customers")
    words: list[Node] = [count]
    if stage.median_s is not None:
        silent = _("{customers}, half of them silent for {time} or more")
        words = [silent.format(customers=count, time=duration(stage.median_s))]
    if stage.count > len(stage.lines):
        every = _("All {n}").format(n=number(stage.count))
        words += [" · ", h.a(href=view.url(cell, stage=stage.name, lane="now"))[every]]
    return words


def _now_row(view: View, stage: StageNow, line: AnswerLine, *, now_us: int) -> Element:
    who = line.customer
    name: Node = _("A customer who is gone")
    if who is not None:
        name = h.a(".strong", href=view.url(f"/customers/{who.ref}"), dir="auto")[who.title]
    return h.li(".now-row")[
        channel_icon(line.channel, small=True),
        h.div[name],
        h.div(".small.muted")[line.touchpoint, h.div(".note")[say_next(stage.standing, line.touchpoint)]],
        h.time(".small.muted.r", datetime=iso(line.ts_us, view.timezone), title=moment(line.ts_us, view.timezone))[
            ago(line.ts_us, now_us=now_us)
        ],
    ]


def paths_page(
    view: View, journey: Journey, graph: PathGraph, *, ways: Variants | None = None, most: int = 40
) -> Renderable:
    """The exact ways through, then which touchpoint follows which, how often, after how long."""
    leaving = [0] * len(graph.names)
    for source, count in zip(graph.source, graph.count, strict=True):
        leaving[int(source)] += int(count)
    rows = [
        (
            graph.names[int(graph.source[edge])],
            graph.names[int(graph.target[edge])],
            number(int(graph.count[edge])),
            percent(int(graph.count[edge]) / leaving[int(graph.source[edge])]),
            duration(float(graph.median_us[edge]) / 1e6),
            duration(float(graph.p90_us[edge]) / 1e6),
        )
        for edge in range(min(most, len(graph.count)))
    ]
    more = len(graph.count) - len(rows)
    return frame_journey(
        view,
        journey,
        under=_say_path(graph),
        body=[
            ways is not None and ways.runs > 0 and draw_variants(view, journey, ways),
            section(
                _("Steps"),
                body=table(
                    _path_columns(),
                    rows,
                    caption=_("Steps of {journey}, most frequent first").format(journey=say_journey(journey.name)),
                ),
            )
            if rows
            else not (ways and ways.runs) and say_nobody(view, journey),
            more > 0
            and h.p(".note")[
                ngettext(
                    "{n} rarer step not shown; all are in the CSV.",
                    "{n} rarer steps not shown; all are in the CSV.",
                    more,
                ).format(n=number(more))
            ],
        ],
        do=acts(download_button(view, "CSV", view.url(f"/journeys/{journey.journey_id}/paths.csv"))),
    )


def _say_path(graph: PathGraph) -> str:
    if not len(graph.count):
        return _("No step has been taken in the time and filter chosen.")
    first = f"{graph.names[int(graph.source[0])]} → {graph.names[int(graph.target[0])]}"
    n = int(graph.count[0])
    return ngettext(
        "The most frequent step: {step}, {n} time. Times between are exact medians.",
        "The most frequent step: {step}, {n} times. Times between are exact medians.",
        n,
    ).format(step=first, n=number(n))


def _under(view: View, measured: JourneyMap) -> str:
    journey = measured.journey
    who = [f"{say_segment(journey.where)}."] if journey.where else []
    narrowed = [f"{view.filter_label}."] if view.query.get("by") and "is" in view.query else []
    went = ngettext("{n} customer went this way, {range}.", "{n} customers went this way, {range}.", measured.customers)
    told = went.format(n=number(measured.customers), range=begin_small(view.range_label))
    return " ".join((*who, *narrowed, told))


def _tools(view: View, journey: Journey) -> Element:
    path = f"/journeys/{journey.journey_id}"
    return acts(
        link_button(_("Print, PDF"), view.url(f"{path}/paper", spot=view.query.get("spot")), drawing="print"),
        view.may(Right.EXPORT)
        and link_button(
            "PNG",
            view.url(f"{path}/map.svg", spot=view.query.get("spot")),
            drawing="download",
            data_png=f"{journey.name}.png",
            hidden=True,
        ),
        download_button(view, "SVG", view.url(f"{path}/map.svg", spot=view.query.get("spot"))),
        _csv(view, journey),
        # A proposal says below that it can be changed first; one way there is enough.
        view.may(Right.CHANGE_JOURNEYS)
        and not journey.proposed
        and link_button(_("Change"), view.url(f"{path}/edit"), drawing="pen", weight="main"),
    )


def _csv(view: View, journey: Journey) -> Element | None:
    return download_button(view, "CSV", view.url(f"/journeys/{journey.journey_id}/map.csv"))


def _proposal(view: View, journey: Journey) -> Node:
    words = _("These stages are proposed from the order in which people meet the touchpoints. Nothing is saved yet.")
    return h.div(".proposal.no-print")[
        partial(words),
        view.may(Right.CHANGE_JOURNEYS)
        and acts(
            post_button(view, _("Accept"), f"/journeys/{journey.journey_id}/accept", weight="main", drawing="check"),
            link_button(_("Change it first"), view.url(f"/journeys/{journey.journey_id}/edit"), drawing="pen"),
        ),
    ]


def _keys(view: View, measured: JourneyMap) -> Element:
    journey = measured.journey
    folded = [name for stage in measured.stages for name in stage.hidden]
    return h.p(".note.map-note.no-print")[
        icon("people", small=True),
        fill(
            _(
                "Open a stage, a touchpoint, a point of the line or a quote: behind each are its customers and "
                "comments. The arrow keys go from cell to cell. {now}."
            ),
            now=h.a(href=view.url(f"/journeys/{journey.journey_id}/now"))[_("Where each open customer is now")],
        ),
        bool(folded)
        and " " + _("Not drawn, but counted in their stages: {touchpoints}.").format(touchpoints=", ".join(folded)),
    ]
