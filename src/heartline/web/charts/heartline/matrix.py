"""The map as a matrix: a real table, stages across and lanes down, with the drawn lanes as its widest cells."""

from __future__ import annotations

from collections.abc import Callable

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.web.charts.heartline.callouts import place_callouts
from heartline.web.charts.heartline.draw import draw_heart, draw_stream, draw_waits, key, say_wait
from heartline.web.charts.heartline.given import CellLine, Evidence, LaneGiven, MapGiven
from heartline.web.charts.heartline.layout import UNIT, MapLayout, StageSpan, TouchSpot
from heartline.web.parts.icons import channel_icon
from heartline.web.parts.sentences import fill
from heartline.web.parts.svg import num
from heartline.web.parts.tables import Column, table
from heartline.web.parts.voices import guess_language, quoted
from heartline.web.parts.words import duration, number, percent


def draw_matrix(layout: MapLayout, *, identity: str = "map") -> Element:
    """The wide map: for screens from a tablet up, and for paper."""
    told = place_callouts(layout)[1]
    least = layout.unit if layout.columns <= 14 else UNIT
    story = layout.given.story
    return h.div(".map-wide")[
        story is not None
        and not told
        and h.div(".map-story")[
            story.first and h.p(".say1")[story.first],
            h.p(".say2")[story.second],
            (h.p(".note")[fact] for fact in story.facts),
        ],
        h.div(
            ".map-scroll",
            role="region",
            aria_label=_("Journey map: {journey}").format(journey=layout.given.name),
            tabindex="0",
        )[
            h.table(".map")[
                h.caption(".sr")[
                    _("Journey map of {journey}: stages across, lanes down").format(journey=layout.given.name)
                ],
                h.colgroup[
                    h.col(".map-lab", width="112"), (h.col(width=num(least)) for _column in range(layout.columns))
                ],
                h.thead[map_head(layout)],
                h.tbody[map_lanes(layout, identity)],
            ]
        ],
        key(layout),
    ]


def map_head(layout: MapLayout) -> Element:
    """The row of the stages: their names, and how many people reached them."""

    def stage(span: StageSpan) -> Element:
        name: Node = span.stage.name
        return h.th(class_=["st", span.hot and "hot"], scope="colgroup", colspan=str(span.span))[
            h.span(".stage-name")[h.a(href=span.stage.href)[name] if span.stage.href else name],
            h.span(".note")[say_people(layout, span), _seen("measured", span.stage.seen)],
        ]

    return h.tr(".rule")[
        h.th(".lane", scope="row")[_break(_("Stage\nand people"))], (stage(span) for span in layout.stages)
    ]


def say_people(layout: MapLayout, span: StageSpan) -> str:
    """“7,260 · −36 %”; a detour says of how many."""
    stage = span.stage
    if stage.people is None:
        return _("not counted")
    if stage.detour:
        before = next((other.people for other in reversed(layout.given.stages[: span.place]) if other.people), 0)
        if before and stage.people <= before:
            told = ngettext("{n} passes here, {share}", "{n} pass here, {share}", stage.people)
            return told.format(n=number(stage.people), share=percent(stage.people / before))
        return ngettext("{n} passes here", "{n} pass here", stage.people).format(n=number(stage.people))
    if stage.lost:
        return f"{number(stage.people)} · −{percent(stage.lost)}"
    return ngettext("{n} person", "{n} people", stage.people).format(n=number(stage.people))


def _break(words: str) -> list[Node]:
    """Words in the lines they were written in."""
    lines: list[Node] = []
    for line in words.split("\n"):
        lines += [h.br, line] if lines else [line]
    return lines


def map_lanes(layout: MapLayout, identity: str) -> list[Node]:
    """Every lane that has something to say of any stage, top to bottom."""
    drawn: dict[str, Callable[[str], Node]] = {
        "people": lambda label: _people_lane(layout, identity, label),
        "touchpoint": lambda label: h.tr(".touch-lane")[
            h.th(".lane", scope="row")[label or _("Touchpoint")],
            (_touch_cells(layout, span) for span in layout.stages),
        ],
        "does": lambda label: (
            any(stage.does for stage in layout.given.stages)
            and _words_lane(layout, label or _("What they do"), _does, levels=True)
        ),
        "voice": lambda label: (
            any(stage.voice for stage in layout.given.stages)
            and _words_lane(layout, label or _("What they say"), _voice)
        ),
        "feeling": lambda label: _heart_lane(layout, identity, label),
        "wait": lambda label: _wait_lane(layout, identity, label),
        "now": lambda label: (
            any(stage.here_now is not None for stage in layout.given.stages)
            and _words_lane(layout, label or _("Here now"), _here)
        ),
        "owner": lambda label: (
            any(stage.owner for stage in layout.given.stages) and _words_lane(layout, label or _("Owner"), _owner)
        ),
    }
    return [
        drawn[lane.key](lane.label) if lane.key in drawn else _told_lane(layout, lane, identity)
        for lane in layout.given.lanes
    ]


def _people_lane(layout: MapLayout, identity: str, label: str) -> Node:
    if not any(stage.people for stage in layout.given.stages):
        return None
    return h.tr(".drawn.stream-lane")[
        h.th(".lane", scope="row")[label or h.span(".sr")[_("People, to scale")]],
        h.td(colspan=str(layout.columns))[draw_stream(layout, identity=identity)],
    ]


def _heart_lane(layout: MapLayout, identity: str, label: str) -> Node:
    return h.tr(".drawn.rule.heart-lane")[
        h.th(".lane", scope="row")[
            h.span(".y1")[_("+1 delighted")],
            h.span(".y0")[label or _break(_("How\nthey feel"))],
            h.span(".y2")[_("−1 upset")],
        ],
        h.td(colspan=str(layout.columns))[h.heart_line[draw_heart(layout, identity=identity)]],
    ]


def _wait_lane(layout: MapLayout, identity: str, label: str) -> Node:
    if not any(stage.wait for stage in layout.given.stages):
        return None
    return h.tr(".drawn")[
        h.th(".lane", scope="row")[label or _break(_("How long\nthey wait"))],
        h.td(colspan=str(layout.columns))[draw_waits(layout, identity=identity)],
    ]


def _told_lane(layout: MapLayout, lane: LaneGiven, identity: str) -> Node:
    """A lane of lines; nothing where it says nothing of any stage."""
    if lane not in layout.given.told:
        return None
    row = _words_lane(layout, lane.label, lambda span: [_line(line) for line in lane.lines(span.place)])
    name = f"{identity}-lane-{lane.key}"
    if not lane.again:
        return row(id=name)
    # It asks for the whole map again and takes its own row of it, until that waits no more.
    return row(id=name, hx_get=lane.again, hx_trigger="load delay:1s", hx_select=f"#{name}", hx_swap="outerHTML")


def _line(line: CellLine) -> Element:
    words: Node = h.a(href=line.href, dir="auto")[line.words] if line.href else h.span(dir="auto")[line.words]
    return h.p(".cell-line")[
        not line.seen and level_mark(line.level),
        words,
        (line.note or line.seen) and h.span(".note")[line.note, _seen(line.level, line.seen)],
    ]


def level_mark(level: Evidence) -> Element:
    """The sign of how something is known: filled measured, empty reported, dashed assumed."""
    words = {"measured": _("measured"), "reported": _("reported"), "assumed": _("assumed")}[level]
    kind = {"measured": "m", "reported": "", "assumed": "a"}[level]
    return h.i(class_=["ev", kind], aria_label=words, role="img")


def _seen(level: Evidence, day: str) -> Node:
    """How a cell is known, and the day of its last evidence."""
    # A wide space before it hangs over the end of a line, where a margin would shift the next.
    return day and ["\N{EN SPACE}", _day(day, level)]


def _day(day: str, level: Evidence = "measured") -> Element:
    return h.span(".seen")[level_mark(level), day]


def _does(span: StageSpan) -> Node:
    stage = span.stage
    return stage.does and [
        h.a(href=stage.does_href)[stage.does] if stage.does_href else stage.does,
        _seen("measured", stage.seen),
    ]


def _touch_cells(layout: MapLayout, span: StageSpan) -> Node:
    spots = [spot for spot in layout.spots if spot.stage == span.place]

    def cell(nth: int, spot: TouchSpot) -> Element:
        touch = spot.touch
        words = h.a(href=touch.href)[touch.name] if touch.href else h.span[touch.name]
        return h.td(class_=["touch", span.hot and "hot", nth == 0 and "edge"], colspan=str(spot.span))[
            h.div[channel_icon(touch.channel), words, touch.seen and _day(touch.seen)]
        ]

    if not spots:
        return h.td(class_=["touch", "edge", span.hot and "hot"], colspan=str(span.span))[
            h.span(".quiet")[_("no touchpoint bound")]
        ]
    return [cell(nth, spot) for nth, spot in enumerate(spots)]


def _words_lane(layout: MapLayout, label: str, say: Callable[[StageSpan], Node], *, levels: bool = False) -> Element:
    """A lane of words; ``levels`` marks what is only reported or assumed."""

    def cell(span: StageSpan) -> Element:
        level = span.stage.evidence if levels else ""
        return h.td(class_=["cell", "edge", span.hot and "hot"], colspan=str(span.span))[
            level == "reported" and h.i(".ev", aria_label=_("reported"), role="img"),
            level == "assumed" and h.i(".ev.a", aria_label=_("assumed"), role="img"),
            say(span),
        ]

    return h.tr[h.th(".lane", scope="row")[label], (cell(span) for span in layout.stages)]


def _voice(span: StageSpan) -> Node:
    voice = span.stage.voice
    if voice is None:
        return h.span(".quiet")[_("No comment yet")]
    language = voice.language or guess_language(voice.text)
    short = voice.text if len(voice.text) <= 140 else voice.text[:139].rstrip() + "…"
    words = quoted(short, language=language)
    return [
        h.blockquote(".quote", lang=language or None, dir="auto")[h.a(href=voice.href)[words] if voice.href else words],
        h.p(".note")[level_mark("reported"), voice.by],
    ]


def _here(span: StageSpan) -> Node:
    stage = span.stage
    if stage.here_now is None:
        return None
    told = fill(ngettext("{n} person", "{n} people", stage.here_now), n=h.b[number(stage.here_now)])
    return [
        h.a(".here", href=stage.here_href)[told] if stage.here_href else told,
        _seen("measured", stage.seen),
    ]


def _owner(span: StageSpan) -> Node:
    owner = span.stage.owner
    return h.span(dir="auto")[owner] if owner else h.span(".quiet")[_("Nobody yet")]


def map_columns(given: MapGiven | None = None) -> tuple[Column, ...]:
    """The columns of the table twin, and of a CSV; with the lanes of words that a map has."""
    return (
        Column(words=_("Stage"), names=True),
        Column(words=_("Touchpoint")),
        Column(words=_("Channel")),
        Column(words=_("Feeling, −1 to +1"), figures=True),
        Column(words=_("95 % interval"), figures=True),
        Column(words="n", figures=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Believed"), figures=True),
        Column(words=_("People"), figures=True),
        Column(words=_("Lost"), figures=True),
        Column(words=_("Wait, median"), figures=True),
        Column(words=_("Wait, 90th"), figures=True),
        Column(words=_("Here now"), figures=True),
        *(Column(words=words) for words, _texts in _worded(given)),
    )


def _worded(given: MapGiven | None) -> list[tuple[str, tuple[str, ...]]]:
    """The columns of words: (name, one text a stage). Owners are told where lanes of words are."""
    if given is None or not given.told:
        return []
    owners = tuple(stage.owner for stage in given.stages)
    found = [(_("Owner"), owners)] if any(owners) and given.shows("owner") else []
    return found + [(lane.label, tuple(lane.at(place) for place in range(len(given.stages)))) for lane in given.told]


def map_rows(layout: MapLayout) -> list[tuple[str, ...]]:
    """The map as rows of words under ``map_columns(layout.given)``: for the table twin, and for a CSV. A stage's own
    figures stand in its first row; a stage without a touchpoint keeps one row.
    """
    rows: list[tuple[str, ...]] = []
    worded = _worded(layout.given)
    for span in layout.stages:
        stage, spots = span.stage, [spot for spot in layout.spots if spot.stage == span.place]
        believed = "" if stage.believed is None else number(stage.believed, digits=2, signed=True)
        own = (
            "" if stage.people is None else number(stage.people),
            "" if stage.lost is None else percent(stage.lost),
            duration(stage.wait.median_s) if stage.wait else "",
            duration(stage.wait.p90_s) if stage.wait else "",
            "" if stage.here_now is None else number(stage.here_now),
            *(texts[span.place] if span.place < len(texts) else "" for _words, texts in worded),
        )
        if not spots:
            rows.append((stage.name, *[""] * 6, believed, *own))
        for nth, spot in enumerate(spots):
            *touch, told = _touch_words(spot)
            first = nth == 0
            rows.append((stage.name, *touch, told or (believed if first else ""), *(own if first else [""] * len(own))))
    return rows


def _touch_words(spot: TouchSpot) -> tuple[str, ...]:
    touch, feeling = spot.touch, spot.touch.feeling
    believed = "" if touch.believed is None else number(touch.believed, digits=2, signed=True)
    if feeling is None:
        return touch.name, touch.channel, _("not asked"), "", "", "", believed
    if feeling.value is None:
        return touch.name, touch.channel, _("too few") if feeling.n else _("no answers"), "", "", "", believed
    ends = ""
    if feeling.low is not None and feeling.high is not None:
        ends = _("{low} to {high}").format(
            low=number(feeling.low, digits=2, signed=True), high=number(feeling.high, digits=2, signed=True)
        )
    value = number(feeling.value, digits=2, signed=True)
    return touch.name, touch.channel, value, ends, number(feeling.n), number(feeling.customers), believed


def map_twin(layout: MapLayout) -> Element:
    """The map as a table: the same figures, for reading and for screen readers."""
    return table(
        map_columns(layout.given),
        map_rows(layout),
        caption=_("{journey}, as a table").format(journey=layout.given.name),
    )


__all__ = [
    "draw_matrix",
    "level_mark",
    "map_columns",
    "map_head",
    "map_lanes",
    "map_rows",
    "map_twin",
    "say_people",
    "say_wait",
]
