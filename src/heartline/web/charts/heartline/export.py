"""The map as a file of its own: one SVG with every lane, light colours inside, no link, no font but generic ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from htpy import Element, Node
from markupsafe import Markup

from heartline.language import _, mark, ngettext, spoken
from heartline.web.charts.export import LIGHT_STYLE
from heartline.web.charts.heartline.callouts import Callout, place_callouts
from heartline.web.charts.heartline.draw import (
    SIGNS,
    WAITS,
    hatch_pattern,
    heart_marks,
    say_seen,
    stream_marks,
    tell,
    wait_marks,
)
from heartline.web.charts.heartline.given import LaneGiven
from heartline.web.charts.heartline.layout import HEIGHT, STREAM, MapLayout, StageSpan
from heartline.web.charts.heartline.matrix import say_people
from heartline.web.charts.lettering import wrap
from heartline.web.parts import svg
from heartline.web.parts.icons import DRAWINGS, channel_icon_name
from heartline.web.parts.svg import num
from heartline.web.parts.voices import guess_language, quoted
from heartline.web.parts.words import number

LABELS: Final = 120.0
EDGE: Final = 24.0
IDENTITY: Final = "export"
KEY_WORDS: Final = mark(
    "Crimson: feeling, measured, with its 95 % interval. Dashed: believed. Hollow: under 30 customers."
)

SIGN_WORDS: Final = mark(
    "{measured} measured, {reported} reported by customers, {assumed} assumed; a day is that of the last evidence."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Words in a lane: wrapped lines of (class, size, words)."""

    lines: tuple[tuple[str, float, str], ...]
    x: float
    middle: bool = False

    @property
    def height(self) -> float:
        """How tall the words are with their air."""
        return 18 + sum(size * 1.3 for _style, size, _words in self.lines)


Lane = tuple[tuple[str, ...], Node, float, bool]
"""Its label in lines, its marks, its height, and whether a strong rule opens it."""


def export_svg(layout: MapLayout, *, note: str = "") -> str:
    """A standalone SVG document of the map. ``note`` is set under it: range, filter, time, definitions."""
    drawn: list[Node] = []
    right = num(LABELS + layout.width)
    y = EDGE + 52
    for label, marks, height, strong in _lanes(layout):
        rule = svg.path(".ink" if strong else ".ax", d=f"M0 {num(y)}H{right}", stroke_width="2" if strong else "1")
        names = [
            svg.text(class_="b" if strong else "m", x="0", y=num(y + 22 + nth * 18))[words]
            for nth, words in enumerate(label)
        ]
        drawn += [rule, names, svg.g(transform=f"translate({num(LABELS)} {num(y)})")[marks]]
        y += height
    drawn.append(svg.path(".ink", d=f"M0 {num(y)}H{right}", stroke_width="2"))
    drawn.append(svg.text(x="0", y=num(y + 24))[note or _(KEY_WORDS)])
    drawn.append(svg.text(x="0", y=num(y + 43))[_(SIGN_WORDS).format(**SIGNS)])
    tall, wide = y + 63 + EDGE, LABELS + layout.width + 2 * EDGE
    title = svg.text(".title", x="0", y=num(EDGE + 26))[layout.given.name]
    document = svg.svg(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=svg.box(wide, tall),
        width=num(wide),
        height=num(tall),
        role="img",
        aria_label=tell(layout),
        lang=None if spoken() == "en" else spoken(),
    )[
        svg.title[layout.given.name],
        svg.style[Markup(LIGHT_STYLE)],  # noqa: S704  # a constant of ours
        svg.defs[hatch_pattern(IDENTITY)],
        svg.rect(width="100%", height="100%", fill="#ffffff"),
        svg.g(transform=f"translate({num(EDGE)} 0)")[title, drawn],
    ]
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', str(document)))


def _lanes(layout: MapLayout) -> list[Lane]:
    """Every lane that has something to say, top to bottom, as on the screen."""
    callouts, told = place_callouts(layout)
    story = layout.given.story
    lanes: list[Lane] = []
    if story is not None and not told:
        words = f"{story.first} {story.second}".strip()
        lanes.append((("",), svg.text(".say2", x="0", y="34")[words], 52.0, False))
    lanes.append((_label(_("Stage\nand people")), *_say(layout, _head), True))
    for given in layout.given.lanes:
        drawn = _draw_lane(layout, given, callouts)
        if drawn is not None:
            lanes.append(drawn)
    return lanes


def _draw_lane(layout: MapLayout, lane: LaneGiven, callouts: tuple[Callout, ...]) -> Lane | None:
    """A lane as on the screen; None where nothing is to be said."""
    stages = [span.stage for span in layout.stages]
    label = lane.label

    def named(words: str) -> tuple[str, ...]:
        return _label(label or words)

    if lane.key == "feeling":
        heart = heart_marks(layout, callouts=callouts, identity=IDENTITY, links=False)
        name = f"{label}\n" + _("+1 delighted\nto −1 upset") if label else _("How they feel\n+1 delighted\nto −1 upset")
        return (_label(name), heart, HEIGHT, True)
    if lane.key == "touchpoint":
        return (named(_("Touchpoint")), *_touches(layout), False)
    makers: dict[str, tuple[bool, Callable[[], Lane]]] = {
        "people": (
            any(stage.people for stage in stages),
            lambda: (_label(label) or ("",), stream_marks(layout, identity=IDENTITY), STREAM, False),
        ),
        "does": (
            any(stage.does for stage in stages),
            lambda: (named(_("What they do")), *_tell(layout, lambda span: span.stage.does, dated=True), False),
        ),
        "voice": (
            any(stage.voice for stage in stages),
            lambda: (named(_("What they say")), *_say(layout, _voice), False),
        ),
        "wait": (
            any(stage.wait for stage in stages),
            lambda: (named(_("How long\nthey wait")), wait_marks(layout, identity=IDENTITY), WAITS, False),
        ),
        "now": (
            any(stage.here_now is not None for stage in stages),
            lambda: (named(_("Here now")), *_say(layout, _here), False),
        ),
        "owner": (
            any(stage.owner for stage in stages),
            lambda: (named(_("Owner")), *_tell(layout, lambda span: span.stage.owner), False),
        ),
    }
    says, make = makers.get(
        lane.key,
        (
            lane in layout.given.told,
            lambda: (named(""), *_say(layout, lambda _layout, span: _lines(lane, span)), False),
        ),
    )
    return make() if says else None


def _tell(layout: MapLayout, words: Callable[[StageSpan], str], *, dated: bool = False) -> tuple[Node, float]:
    """A lane of one text a stage; ``dated`` says below it when its stage was seen last."""

    def texts(_layout: MapLayout, span: StageSpan) -> Texts:
        seen = say_seen(span.stage.seen) if dated and words(span) else ""
        return ("k", 14.0, words(span)), *((("n", 13.0, seen),) if seen else ())

    return _say(layout, texts)


def _label(words: str) -> tuple[str, ...]:
    """A lane's name in its lines: as it was broken by whoever wrote it, and again where a line is too long."""
    return tuple(line for part in words.split("\n") for line in wrap(part, LABELS - 8, 13))


Texts = tuple[tuple[str, float, str], ...]
"""Words of one cell as (class, size, words)."""


def _head(layout: MapLayout, span: StageSpan) -> Texts:
    return ("h", 21.0, span.stage.name), ("m", 13.0, f"{say_people(layout, span)} {say_seen(span.stage.seen)}".strip())


def _here(_layout: MapLayout, span: StageSpan) -> Texts:
    count = span.stage.here_now
    if count is None:
        return ()
    told = ("k", 14.0, ngettext("{n} person", "{n} people", count).format(n=number(count)))
    return told, *((("n", 13.0, say_seen(span.stage.seen)),) if span.stage.seen else ())


def _lines(lane: LaneGiven, span: StageSpan) -> Texts:
    """What a lane of lines says of a stage."""
    return tuple(
        text
        for line in lane.lines(span.place)
        for text in (
            ("k", 14.0, line.words),
            ("n", 13.0, " ".join(part for part in (line.note, say_seen(line.seen, line.level)) if part)),
        )
        if text[2]
    )


def _voice(_layout: MapLayout, span: StageSpan) -> Texts:
    voice = span.stage.voice
    if voice is None:
        return ()
    words = quoted(voice.text, language=voice.language or guess_language(voice.text))
    return ("voice-words", 15.0, words), ("m", 13.0, say_seen(voice.by, "reported"))


def _say(layout: MapLayout, words: Callable[[MapLayout, StageSpan], Texts]) -> tuple[Node, float]:
    """A lane of words: its cells, and its height, the tallest cell's."""
    cells = []
    for span in layout.stages:
        room = span.span * layout.unit - 20
        lines = tuple(
            (style, size, line)
            for style, size, text in words(layout, span)
            for line in wrap(text, room, size, lines=5, strong=style == "h")
        )
        cells.append(Cell(x=span.left + 12, lines=lines))
    return [_draw(cell, 10.0) for cell in cells], max((cell.height for cell in cells), default=30.0)


def _draw(cell: Cell, top: float) -> Element:
    y, drawn = top, []
    for style, size, words in cell.lines:
        y += size * 1.3
        classes = [style, f"s{size:.0f}", cell.middle and "mid"]
        drawn.append(svg.text(class_=classes, x=num(cell.x), y=num(y - size * 0.3))[words])
    return svg.g[drawn]


def _touches(layout: MapLayout) -> tuple[Node, float]:
    cells = [
        Cell(
            x=spot.x,
            middle=True,
            lines=(
                *(("k", 13.0, line) for line in wrap(spot.touch.name, spot.span * layout.unit - 6, 13, lines=4)),
                *((("n", 13.0, say_seen(spot.touch.seen)),) if spot.touch.seen else ()),
            ),
        )
        for spot in layout.spots
    ]
    drawn = [
        [
            svg.svg(".ic", x=num(spot.x - 10), y="10", width="20", height="20", viewBox="0 0 24 24")[
                svg.path(d=DRAWINGS[channel_icon_name(spot.touch.channel)])
            ],
            _draw(cell, 32.0),
        ]
        for spot, cell in zip(layout.spots, cells, strict=True)
    ]
    return drawn, max((cell.height for cell in cells), default=30.0) + 22
