"""The map for a phone: stages down the page, the line running down beside them. Geometry and drawing of its own.

Feeling runs from −1 at the left to +1 at the right of a narrow field; words stand beside. The curve is the wide map's,
turned: x is the way down, y the feeling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.web.charts.curve import join, path_of
from heartline.web.charts.heartline.draw import draw_band, draw_line, say_point, say_seen, say_wait, tell
from heartline.web.charts.heartline.layout import MapLayout, StageSpan, TouchSpot, strands_of
from heartline.web.charts.heartline.matrix import say_people
from heartline.web.charts.lettering import wrap
from heartline.web.parts import svg
from heartline.web.parts.icons import DRAWINGS, channel_icon_name
from heartline.web.parts.svg import num
from heartline.web.parts.voices import guess_language, quoted
from heartline.web.parts.words import number

WIDE: Final = 358.0
LEFT: Final = 12.0
RIGHT: Final = 128.0
WORDS: Final = 150.0
ROOM: Final = WIDE - WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of words: where, in which class, at which size."""

    x: float
    y: float
    words: str
    style: str
    size: float
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TallRow:
    """A touchpoint on its way down: the height of its point and the words beside it."""

    spot: TouchSpot
    y: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TallStage:
    """A stage: where its rule lies, where it ends, its words."""

    span: StageSpan
    top: float
    bottom: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TallLayout:
    """The geometry of the narrow map."""

    wide: MapLayout
    height: float
    stages: tuple[TallStage, ...]
    rows: tuple[TallRow, ...]


def across(value: float) -> float:
    """Where a feeling on −1…+1 lies across the field."""
    return LEFT + (max(-1.0, min(1.0, value)) + 1) / 2 * (RIGHT - LEFT)


def lay_out_tall(layout: MapLayout) -> TallLayout:
    """The geometry of the narrow map, from the wide one's."""
    y = 26.0
    stages: list[TallStage] = []
    rows: list[TallRow] = []
    for span in layout.stages:
        top = y
        texts, y = _head(layout, span, top)
        for spot in layout.spots:
            if spot.stage == span.place:
                row = _row(spot, y)
                rows.append(row)
                y = row.texts[-1].y + 24
        under, y = _foot(layout, span, y)
        stages.append(TallStage(span=span, top=top, bottom=y, texts=(*texts, *under)))
    return TallLayout(wide=layout, height=y + 6, stages=tuple(stages), rows=tuple(rows))


def _head(layout: MapLayout, span: StageSpan, top: float) -> tuple[list[Text], float]:
    y = top + 26
    texts = []
    for words in wrap(span.stage.name, ROOM, 19, strong=True):
        texts.append(Text(x=WORDS, y=y, words=words, style="b", size=19))
        y += 23
    for words in wrap(f"{say_people(layout, span)} {say_seen(span.stage.seen)}", ROOM, 14):
        texts.append(Text(x=WORDS, y=y - 3, words=words, style="", size=14))
        y += 18
    return texts, y + 12


def _row(spot: TouchSpot, y: float) -> TallRow:
    texts = [
        Text(x=WORDS + 24, y=y + 18 * nth, words=words, style="k", size=15)
        for nth, words in enumerate(wrap(spot.touch.name, ROOM - 24, 15))
    ]
    last = texts[-1].y if texts else y
    feeling = spot.touch.feeling
    if feeling is None or feeling.value is None:
        words = _("too few answers") if feeling and feeling.n else _("not asked")
        texts.append(Text(x=WORDS + 24, y=last + 18, words=words, style="n", size=14))
    else:
        margin = f" ± {number(feeling.margin, digits=2)}" if feeling.margin is not None else ""
        value = number(feeling.value, digits=2, signed=True) + margin
        tail = (_("n {n}, too few to say") if spot.few else _("n {n}")).format(n=number(feeling.n))
        style = "n" if spot.few else "p b" if spot.hot else "b"
        texts.append(Text(x=WORDS + 24, y=last + 18, words=value, style=style, size=14))
        for nth, words in enumerate(wrap(f"{tail} {say_seen(spot.touch.felt)}", ROOM - 24, 14)):
            texts.append(Text(x=WORDS + 24, y=last + 35 + 17 * nth, words=words, style="n", size=14))
    return TallRow(spot=spot, y=y - 5, texts=tuple(texts))


def _foot(layout: MapLayout, span: StageSpan, y: float) -> tuple[list[Text], float]:
    stage, texts, given = span.stage, [], layout.given
    if stage.voice is not None and given.shows("voice"):
        language = stage.voice.language or guess_language(stage.voice.text)
        for words in wrap(quoted(stage.voice.text, language=language), ROOM, 16, lines=4):
            texts.append(Text(x=WORDS, y=y, words=words, style="voice-words", size=16, language=language))
            y += 22
        y += 2
    facts = []
    if stage.wait is not None and given.shows("wait"):
        facts.append(_("Wait {wait}").format(wait=say_wait(span)))
    if stage.here_now is not None and given.shows("now"):
        here = ngettext("{n} person here now", "{n} people here now", stage.here_now)
        facts.append(here.format(n=number(stage.here_now)))
    if stage.believed is not None:
        facts.append(_("Believed {value}").format(value=number(stage.believed, digits=2, signed=True)))
    facts += [f"{lane.label}: {lane.at(span.place)}" for lane in given.told if lane.at(span.place)]
    for fact in facts:
        for words in wrap(fact, ROOM, 14, lines=4):
            texts.append(Text(x=WORDS, y=y, words=words, style="", size=14))
            y += 18
    return texts, y + 4


def draw_tall(tall: TallLayout) -> Element:
    """The narrow map as one drawing."""
    layout = tall.wide
    return svg.svg(".tall", viewBox=svg.box(WIDE, tall.height), role="group", aria_label=tell(layout))[
        [
            svg.rect(".hot", x="0", y=num(stage.top), width=num(WIDE), height=num(stage.bottom - stage.top))
            for stage in tall.stages
            if stage.span.hot
        ],
        svg.text(x="0", y="16")[_("−1 upset")],
        svg.text(".end", x=num(RIGHT + 12), y="16")[_("+1 delighted")],
        svg.path(".ax", d=f"M{num(LEFT)} 26V{num(tall.height)}M{num(RIGHT)} 26V{num(tall.height)}"),
        svg.path(".zero", d=f"M{num(across(0))} 26V{num(tall.height)}"),
        [svg.path(".tall-rule", d=f"M0 {num(stage.top)}H{num(WIDE)}") for stage in tall.stages],
        _lines(tall),
        [_point(row) for row in tall.rows],
        [[_text(text) for text in stage.texts] for stage in tall.stages],
        [_beside(row) for row in tall.rows],
    ]


def _lines(tall: TallLayout) -> Node:
    """Bands below, then the believed line, then the line with its branches."""
    down = {row.spot.place: row.y for row in tall.rows}
    strands = strands_of([row.spot for row in tall.rows], at=lambda spot: down[spot.place], level=across)
    believed = [(row.y, across(row.spot.touch.believed)) for row in tall.rows if row.spot.touch.believed is not None]
    believed += [
        ((stage.top + stage.bottom) / 2, across(stage.span.stage.believed))
        for stage in tall.stages
        if stage.span.stage.believed is not None
    ]
    believed = sorted(dict(believed).items())
    return [
        [draw_band(strand, turned=True) for strand in strands],
        len(believed) > 1 and svg.path(".bel", d=path_of(join(believed), turned=True)),
        [draw_line(strand, turned=True) for strand in sorted(strands, key=lambda strand: not strand.branch)],
    ]


def _point(row: TallRow) -> Node:
    feeling = row.spot.touch.feeling
    if feeling is None or feeling.value is None:
        return None
    radius = 8.0 if row.spot.hot else 4.5 if row.spot.detour else 5.5
    return svg.circle(
        class_=["pt", row.spot.few and "few"], cx=num(across(feeling.value)), cy=num(row.y), r=num(radius)
    )


def _beside(row: TallRow) -> Element:
    """The words of a touchpoint with its channel's icon: one large target."""
    drawing = svg.svg(
        ".ic", x=num(WORDS), y=num(row.y - 9), width="18", height="18", viewBox="0 0 24 24", aria_hidden="true"
    )[svg.path(d=DRAWINGS[channel_icon_name(row.spot.touch.channel)])]
    bottom = row.texts[-1].y + 8
    near = svg.rect(".near", x=num(WORDS - 6), y=num(row.y - 14), width=num(ROOM + 6), height=num(bottom - row.y + 14))
    inner: list[Node] = [near, drawing, [_text(text) for text in row.texts]]
    href = row.spot.touch.href
    label = say_point(row.spot)
    return svg.a(".step", href=href, aria_label=label)[inner] if href else svg.g(role="img", aria_label=label)[inner]


def _text(text: Text) -> Element:
    return svg.text(
        class_=[text.style, f"s{text.size:.0f}"],
        x=num(text.x),
        y=num(text.y),
        lang=text.language or None,
    )[text.words]
