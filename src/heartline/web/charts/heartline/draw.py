"""From geometry to SVG: the lanes of the map that are drawn. Classes only, so one drawing serves every theme."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.web.charts.curve import Piece, path_of, ribbon_of
from heartline.web.charts.heartline.callouts import Callout, place_callouts
from heartline.web.charts.heartline.given import Evidence
from heartline.web.charts.heartline.layout import (
    BOTTOM,
    HEIGHT,
    STREAM,
    TOP,
    MapLayout,
    StageSpan,
    Strand,
    TouchSpot,
    height_of,
)
from heartline.web.charts.lettering import width_of
from heartline.web.charts.placing import Box
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import NBSP, duration, number

WAITS = 68.0
SIGNS = {"measured": "\N{BLACK SMALL SQUARE}", "reported": "\N{WHITE SMALL SQUARE}", "assumed": "\N{DOTTED CIRCLE}"}
"""How something is known, as a sign in a drawing."""


def draw_heart(layout: MapLayout, *, identity: str = "map", links: bool = True) -> Element:
    """The lane of feeling: grid, tint, bands, believed line, the line, its points, values and words."""
    callouts = place_callouts(layout)[0]
    return svg.svg(".heart", viewBox=svg.box(layout.width, HEIGHT), role="group", aria_label=tell(layout))[
        _hatch(identity),
        heart_marks(layout, callouts=callouts, identity=identity, links=links),
    ]


def heart_marks(layout: MapLayout, *, callouts: tuple[Callout, ...], identity: str, links: bool) -> Node:
    """What ``draw_heart`` draws, without its frame."""
    return [
        _columns(layout, HEIGHT, keep_clear=tuple(callout.box for callout in callouts)),
        svg.path(".ax", d=f"M0 {num(TOP)}H{num(layout.width)}M0 {num(BOTTOM)}H{num(layout.width)}"),
        svg.path(".zero", d=f"M0 {num(height_of(0))}H{num(layout.width)}"),
        _tint(layout, identity),
        [draw_band(strand) for strand in layout.strands],
        bool(layout.believed) and svg.path(".bel", d=path_of(layout.believed)),
        _believed_marks(layout),
        _bracket(layout),
        [draw_line(strand) for strand in sorted(layout.strands, key=lambda strand: not strand.branch)],
        [_point(spot, links=links) for spot in layout.spots],
        [_values(spot) for spot in layout.spots],
        [_words(callout) for callout in callouts],
    ]


def tell(layout: MapLayout) -> str:
    """The line in words, for those who hear it."""
    felt = [spot for spot in layout.spots if spot.y is not None]
    if not felt:
        return _("The heartline of {journey}: no answers yet.").format(journey=layout.given.name)
    high, low = min(felt, key=lambda spot: spot.y or 0), max(felt, key=lambda spot: spot.y or 0)

    def said(spot: TouchSpot) -> str:
        feeling = spot.touch.feeling
        value = feeling.value if feeling and feeling.value is not None else 0.0
        return f"{spot.touch.name}, {number(value, digits=2, signed=True)}"

    return ngettext(
        "The heartline of {journey}: feeling from −1 to +1 at {n} touchpoint, with 95 % intervals. "
        "Highest at {highest}; lowest at {lowest}.",
        "The heartline of {journey}: feeling from −1 to +1 at {n} touchpoints, with 95 % intervals. "
        "Highest at {highest}; lowest at {lowest}.",
        len(felt),
    ).format(journey=layout.given.name, n=number(len(felt)), highest=said(high), lowest=said(low))


def draw_stream(layout: MapLayout, *, identity: str = "map") -> Element:
    """The people: a stream that thins to scale, a dark strip where some take a detour."""
    told = "; ".join(
        f"{span.stage.name} {number(span.stage.people)}" for span in layout.stages if span.stage.people is not None
    )
    return svg.svg(
        ".stream", viewBox=svg.box(layout.width, STREAM), role="img", aria_label=_("People: {told}").format(told=told)
    )[_columns(layout, STREAM, lines=False), stream_marks(layout, identity=identity)]


def stream_marks(layout: MapLayout, *, identity: str) -> Node:
    """What ``draw_stream`` draws, without its frame."""
    if not layout.stream:
        return None
    floor = f"L{num(layout.width)} 44L0 44Z"
    return [
        svg.path(".flow", d=path_of(layout.stream) + floor),
        [
            svg.path(fill=f"url(#{identity}-hatch)", d=f"M{num(span.left)} 44V4H{num(span.right)}V44z")
            for span in layout.stages
            if span.stage.evidence == "assumed"
        ],
        [
            svg.path(".detour", d=f"M{num(left)} 44V{num(44 - depth)}H{num(right)}V44z")
            for left, right, depth in layout.detours
        ],
    ]


def draw_waits(layout: MapLayout, *, identity: str = "map") -> Element:
    """Waits: the bar ends at the median, the whisker at the 90th percentile, the tick is the promise."""
    told = "; ".join(f"{span.stage.name} {say_wait(span)}" for span in layout.stages if span.stage.wait is not None)
    return svg.svg(
        ".waits", viewBox=svg.box(layout.width, WAITS), role="group", aria_label=_("Waits: {told}").format(told=told)
    )[_columns(layout, WAITS), wait_marks(layout, identity=identity, links=True)]


def wait_marks(layout: MapLayout, *, identity: str, links: bool = False) -> Node:
    """What ``draw_waits`` draws, without its frame. All bars share one scale: what is long takes longest."""
    waits = [stage.wait for stage in layout.given.stages if stage.wait is not None]
    longest = max((max(wait.p90_s, wait.promise_s or 0.0) for wait in waits), default=0.0)
    room = 2 * layout.unit - 26
    drawn = [(span, _wait(span, longest=longest, room=room, identity=identity)) for span in layout.stages]
    return [_open_wait(span, marks) if links and span.stage.wait is not None else marks for span, marks in drawn]


def _open_wait(span: StageSpan, marks: Node) -> Node:
    """A stage's wait as one target that leads to those who waited."""
    if not span.stage.wait_href:
        return marks
    near = svg.rect(".near", x=num(span.left), y="0", width=num(span.right - span.left), height=num(WAITS))
    label = f"{span.stage.name}: {say_wait(span)}"
    return svg.a(".step", href=span.stage.wait_href, aria_label=label)[near, marks]


def _wait(span: StageSpan, *, longest: float, room: float, identity: str) -> Node:
    wait, x = span.stage.wait, span.left + 12
    if wait is None:
        if span.stage.evidence != "assumed":
            return None
        return svg.path(
            fill=f"url(#{identity}-hatch)", d=f"M{num(span.left)} 0H{num(span.right)}V{num(WAITS)}H{num(span.left)}z"
        )
    said = say_wait(span)
    scale = room / longest if longest else 0.0
    median, p90 = x + max(2.0, wait.median_s * scale), x + max(2.0, wait.p90_s * scale)
    return [
        svg.text(".k", x=num(x), y="18")[said if width_of(said, 13) <= room + 8 else duration(wait.median_s)],
        p90 > median and svg.path(".whisker", d=f"M{num(median)} 36H{num(p90)}M{num(p90)} 32v8"),
        svg.rect(".wait", x=num(x), y="30", width=num(median - x), height="12"),
        wait.promise_s is not None and svg.path(".promise", d=f"M{num(x + wait.promise_s * scale)} 25v22"),
        bool(span.stage.seen) and svg.text(".n", x=num(x), y="61")[say_seen(span.stage.seen)],
    ]


def say_seen(day: str, level: Evidence = "measured") -> str:
    """“▪ 21 Nov”: how something is known, and the day of its last evidence; nothing without a day."""
    return f"{SIGNS[level]}{NBSP}{day.replace(' ', NBSP)}" if day else ""


def say_wait(span: StageSpan) -> str:
    """“3.4 d, 90 % by 8 d”, “3.4 d, promised 2 d”."""
    wait = span.stage.wait
    if wait is None:
        return ""
    if wait.promise_s is not None:
        return _("{median}, promised {promise}").format(
            median=duration(wait.median_s), promise=duration(wait.promise_s)
        )
    return _("{median}, 90 % by {most}").format(median=duration(wait.median_s), most=duration(wait.p90_s))


def _hatch(identity: str) -> Element:
    return svg.defs[hatch_pattern(identity)]


def hatch_pattern(identity: str) -> Element:
    """The hatch of what is assumed."""
    return svg.pattern(
        id=f"{identity}-hatch", width="6", height="6", patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )[svg.path(".hatch", d="M0 0v6")]


def _columns(layout: MapLayout, height: float, *, lines: bool = True, keep_clear: tuple[Box, ...] = ()) -> Node:
    """The tinted column of the story, and hairlines between stages, which stop short of words."""
    return [
        [
            svg.rect(".hot", x=num(span.left), y="0", width=num(span.right - span.left), height=num(height))
            for span in layout.stages
            if span.hot
        ],
        lines
        and svg.path(
            ".ax", d="".join(_hairline(span.left, height, keep_clear) for span in layout.stages if span.place)
        ),
    ]


def _hairline(x: float, height: float, keep_clear: tuple[Box, ...]) -> str:
    parts, y = [], 0.0
    for box in sorted((box for box in keep_clear if box.left < x < box.right), key=lambda box: box.top):
        if box.top > y:
            parts.append(f"M{num(x)} {num(y)}V{num(box.top)}")
        y = max(y, box.bottom)
    return "".join((*parts, f"M{num(x)} {num(y)}V{num(height)}" if y < height else ""))


def _tint(layout: MapLayout, identity: str) -> Node:
    """The space between believed and felt, fading where few were asked."""
    main = [piece for strand in layout.strands if not strand.branch for piece in strand.line]
    believed = [piece for piece in layout.believed if main and main[0].x0 <= piece.x0 and piece.x1 <= main[-1].x1]
    if not believed or len(layout.tint) < 2:
        return None
    left, right = layout.tint[0][0], layout.tint[-1][0]
    return [
        svg.defs[
            svg.linear_gradient(
                id=f"{identity}-tint", gradientUnits="userSpaceOnUse", x1=num(left), y1="0", x2=num(right), y2="0"
            )[
                (
                    svg.stop(
                        ".tint-stop",
                        offset=f"{(x - left) / (right - left):.3f}",
                        **{"stop-opacity": f"{0.075 * strength:.3f}"},
                    )
                    for x, strength in layout.tint
                )
            ]
        ],
        svg.path(fill=f"url(#{identity}-tint)", d=ribbon_of(believed, _under(main, believed))),
    ]


def _under(main: list[Piece], believed: list[Piece]) -> list[Piece]:
    first, last = believed[0].x0, believed[-1].x1
    return [piece for piece in main if first <= piece.x0 and piece.x1 <= last]


def draw_band(strand: Strand, *, turned: bool = False) -> Node:
    """The 95 % interval of a stretch; none over a bridge, where nothing was measured."""
    if strand.bridge:
        return None
    return svg.path(class_=["band", strand.branch and "branch"], d=ribbon_of(strand.upper, strand.lower, turned=turned))


def draw_line(strand: Strand, *, turned: bool = False) -> Node:
    """A stretch of the line itself."""
    if not strand.line:
        return None
    return svg.path(
        class_=["hl", strand.branch and "branch", strand.bridge and "bridge"],
        d=path_of(strand.line, turned=turned),
        pathLength=None if strand.bridge or strand.branch else "1",
    )


def _believed_marks(layout: MapLayout) -> Node:
    """A short stroke where a stage's belief lies: a lone one makes no line."""
    return [
        svg.path(".gap", d=f"M{num((span.left + span.right) / 2 - 9)} {num(height_of(span.stage.believed))}h18")
        for span in layout.stages
        if span.stage.believed is not None
    ]


def _bracket(layout: MapLayout) -> Node:
    gap = layout.gap
    if gap is None:
        return None
    return svg.path(".gap", d=f"M{num(gap.x - 6)} {num(gap.top)}h12M{num(gap.x)} {num(gap.top)}V{num(gap.bottom)}")


def say_point(spot: TouchSpot) -> str:
    """One point in words: name, value, interval, n, what was believed."""
    feeling, touch = spot.touch.feeling, spot.touch
    if feeling is None or (feeling.value is None and not feeling.n):
        return _("{touchpoint}: nobody is asked here").format(touchpoint=touch.name)
    if feeling.value is None:
        return _("{touchpoint}: too few answers to show").format(touchpoint=touch.name)
    margin = f" ± {number(feeling.margin, digits=2)}" if feeling.margin is not None else ""
    value = number(feeling.value, digits=2, signed=True) + margin
    words = _("{touchpoint}: {value}, n {n}").format(touchpoint=touch.name, value=value, n=number(feeling.n))
    if spot.few:
        words = ngettext(
            "{touchpoint}: {value}, n {n} from {customers} customer, too few to say",
            "{touchpoint}: {value}, n {n} from {customers} customers, too few to say",
            feeling.customers,
        ).format(touchpoint=touch.name, value=value, n=number(feeling.n), customers=number(feeling.customers))
    if touch.believed is not None:
        believed = number(touch.believed, digits=2, signed=True)
        return _("{felt}; believed {value}").format(felt=words, value=believed)
    return words


def _point(spot: TouchSpot, *, links: bool) -> Node:
    if spot.y is None:
        return None
    radius = 8.0 if spot.hot else 4.5 if spot.detour else 5.5
    dot = svg.circle(class_=["pt", spot.few and "few"], cx=num(spot.x), cy=num(spot.y), r=num(radius))
    if not links:
        return dot
    near = svg.circle(".near", cx=num(spot.x), cy=num(spot.y), r="16")
    inner = [svg.title[say_point(spot)], near, dot]
    if not spot.touch.href:
        return svg.g(".step", tabindex="0", role="img", aria_label=say_point(spot))[inner]
    return svg.a(".step", href=spot.touch.href, aria_label=say_point(spot))[inner]


def _values(spot: TouchSpot) -> Node:
    """Value ± and n under every point; nothing under the privacy floor but the word."""
    feeling, x = spot.touch.feeling, num(spot.x)
    if feeling is None or (feeling.value is None and not feeling.n):
        return svg.text(".mid.n", x=x, y="308")[_("not asked")]
    if feeling.value is None:
        return [
            svg.text(".mid.n", x=x, y=num(308 + 17 * nth))[words]
            for nth, words in enumerate(_("too few\nanswers").split("\n"))
        ]
    margin = f" ± {number(feeling.margin, digits=2)}" if feeling.margin is not None else ""
    return [
        svg.text(class_=["mid", "b" if spot.hot else "n" if spot.few else "k"], x=x, y="308")[
            number(feeling.value, digits=2, signed=True) + margin
        ],
        svg.text(".mid.n", x=x, y="325")[(_("n {n}, too few") if spot.few else _("n {n}")).format(n=number(feeling.n))],
        bool(spot.touch.felt) and svg.text(".mid.n", x=x, y="342")[say_seen(spot.touch.felt)],
    ]


def _words(callout: Callout) -> Element:
    anchor = {"start": "", "middle": "mid", "end": "end"}[callout.anchor]
    return svg.g(".words", aria_hidden="true")[
        (svg.text(class_=[anchor, line.style], x=num(callout.x), y=num(line.y))[line.words] for line in callout.lines)
    ]


def key(layout: MapLayout) -> Element:
    """What the marks mean; only what this map uses."""
    few = any(spot.few and spot.y is not None for spot in layout.spots)
    waits = any(span.stage.wait for span in layout.stages)
    promise = any(span.stage.wait and span.stage.wait.promise_s is not None for span in layout.stages)
    return h.ul(".key.note")[
        h.li[
            _swatch(34, svg.path(".band", d="M0 1h34v12H0z"), svg.path(".hl", d="M2 7h30")),
            _("measured, 95 % interval"),
        ],
        any_believed(layout) and h.li[_swatch(34, svg.path(".bel", d="M0 7h34")), _believed_by(layout)],
        bool(layout.detours)
        and h.li[_swatch(34, svg.path(".hl.branch", d="M2 7h30")), _("a detour: only some pass it")],
        any(strand.bridge for strand in layout.strands)
        and h.li[_swatch(34, svg.path(".hl.bridge", d="M2 7h30")), _("nobody is asked in between")],
        few and h.li[_swatch(14, svg.circle(".pt.few", cx="7", cy="7", r="5")), _("fewer than 30 customers")],
        waits
        and h.li[
            _swatch(
                34,
                svg.rect(".wait", x="0", y="2", width="18", height="10"),
                svg.path(".whisker", d="M18 7h14M32 4v6"),
            ),
            _("median wait, to the 90th percentile; mark = promise")
            if promise
            else _("median wait, to the 90th percentile"),
        ],
        any(span.stage.seen for span in layout.stages)
        and h.li[h.i(".ev.m"), _("measured, and the day of the last evidence")],
        any(span.stage.voice for span in layout.stages) and h.li[h.i(".ev"), _("reported by customers")],
        any(lane.written for lane in layout.given.told) and h.li[h.i(".ev.a"), _("assumed: written by the team")],
        any(span.stage.evidence == "assumed" for span in layout.stages)
        and h.li[h.i(".hatch-box.assumed"), _("assumed; the rest is measured")],
    ]


def any_believed(layout: MapLayout) -> bool:
    """Whether anything was believed."""
    return bool(layout.believed) or any(span.stage.believed is not None for span in layout.stages)


def _believed_by(layout: MapLayout) -> str:
    by = layout.given.believed_by
    return _("believed, {by}").format(by=by) if by else _("believed, by the team")


def _swatch(width: int, *marks: Node) -> Element:
    return svg.svg(viewBox=f"0 0 {width} 14", width=str(width), height="14", aria_hidden="true")[marks]
