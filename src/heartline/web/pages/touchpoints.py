"""``/touchpoints``: the catalogue by the five areas, with what is not asked, in no journey, or missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.understand import AreaLine, Catalogue, CataloguePoint, Measure, Spot, StageGap, say_journey, say_stage
from heartline.web.drilldown import Drill
from heartline.web.parts import (
    Column,
    View,
    acts,
    download_button,
    empty,
    lede,
    link_button,
    section,
    shell,
    table,
    tag,
    tile,
    tiles,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import Unit, day, iso, number, percent, plural, say_metric

COLUMNS: Final = (
    "area", "touchpoint", "channels", "customers", "touches", "feeling", "feeling_low", "feeling_high", "answers",
    "asked_ever", "first_seen", "journeys",
)  # fmt: skip
AREA_WORDS: Final = {
    "marketing": mark("Marketing"),
    "sales": mark("Sales"),
    "service": mark("Service"),
    "product": mark("Product"),
    "place": mark("Place"),
    "": mark("Unclassed"),
}


def _heads() -> tuple[Column, ...]:
    return (
        Column(words=_("Touchpoint"), names=True),
        Column(words=_("Channels")),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Touches"), figures=True),
        Column(words=_("How they feel"), figures=True),
        Column(words="n", figures=True),
        Column(words=_("First seen"), figures=True),
        Column(words=_("In journeys")),
    )


def touchpoints_page(view: View, found: Catalogue, *, new: Node = None) -> Renderable:
    """The catalogue; ``new`` stands first: what was never seen before."""
    if not found.touches:
        body: Node = [
            lede(_("No touchpoint yet"), under=_("Nobody was met in the time and filter chosen.")),
            new,
            _nothing(view),
        ]
    else:
        body = [
            lede(
                _title(found),
                under=_under(found),
                do=acts(download_button(view, "CSV", view.url("/touchpoints.csv"))),
            ),
            new,
            tiles(*(_tile(view, found, line) for line in found.areas if line.area or line.touches)),
            h.div(".catalogue")[(_area(view, found, line) for line in found.areas if line.points)],
            _missing(view, found),
        ]
    return shell(view, title=_("Touchpoints"), body=body)


def name_area(area: str) -> str:
    """An area in people's words."""
    return _(AREA_WORDS[area]) if area in AREA_WORDS else area.capitalize()


def drill_of(measure: Measure, area: str, *, touchpoint: str | None = None) -> Drill:
    """The question behind a figure of an area or, within it, of one touchpoint."""
    if measure is Measure.TOUCHES:
        title = _("Touches: {area}") if touchpoint is None else _("Touches at {touchpoint}")
    else:
        title = _("How people feel: {area}") if touchpoint is None else _("How people feel at {touchpoint}")
    return Drill(
        measure=measure,
        where=(("area", area),),
        touchpoints=() if touchpoint is None else (touchpoint,),
        title=title.format(area=name_area(area), touchpoint=touchpoint or _("(no name)")),
    )


def catalogue_rows(found: Catalogue, zone: str) -> Iterator[tuple[str | int | float | None, ...]]:
    """Every touchpoint as a row under ``COLUMNS``."""
    for point in found.points:
        yield (
            point.area,
            point.name,
            ", ".join(one.name for one in point.channels),
            point.reach,
            point.touches,
            *(None if value is None else round(value, 4) for value in _interval(point)),
            point.heart.n,
            "yes" if point.asked else "no",
            iso(point.first_us, zone),
            "; ".join(f"{say_journey(spot.journey)}: {say_stage(spot.stage)}" for spot in point.spots),
        )


def _interval(point: CataloguePoint) -> tuple[float | None, float | None, float | None]:
    return point.heart.value, point.heart.low, point.heart.high


def _title(found: Catalogue) -> str:
    mute = sum(not point.asked for point in found.points)
    count = plural(len(found.points), "touchpoint", "touchpoints")
    if mute:
        return _("{touchpoints}, and at {n} nobody was ever asked").format(touchpoints=count, n=number(mute))
    return _("{touchpoints}, each with a voice").format(touchpoints=count)


def _under(found: Catalogue) -> str:
    met = _("{customers} met, {touches}.").format(
        customers=plural(found.customers, "customer", "customers"), touches=plural(found.touches, "touch", "touches")
    )
    stray = sum(not point.spots for point in found.points)
    if not stray:
        return f"{met} {_('All are part of a journey.')}"
    alone = ngettext("{n} touchpoint in no journey.", "{n} touchpoints in no journey.", stray).format(n=number(stray))
    return f"{met} {alone}"


def _tile(view: View, found: Catalogue, line: AreaLine) -> Element:
    measure = Measure.VALENCE if line.heart.n else Measure.TOUCHES
    note = _("{share} of customers met; asked at {asked} of {touchpoints}").format(
        share=percent(line.reach / found.customers), asked=number(line.asked), touchpoints=number(len(line.points))
    )
    return tile(
        name_area(line.area),
        line.heart,
        href=drill_of(measure, line.area).url(view),
        unit=Unit.VALENCE,
        note=note if line.touches else _("No touchpoint here"),
        definition=_("How people feel from −1 to +1, with its 95 % interval"),
    )


def _area(view: View, found: Catalogue, line: AreaLine) -> Element:
    told = _("{n} of {customers} ({share}) · asked at {asked} of {touchpoints}").format(
        n=number(line.reach),
        customers=plural(found.customers, "customer", "customers"),
        share=percent(line.reach / found.customers),
        asked=number(line.asked),
        touchpoints=plural(len(line.points), "touchpoint", "touchpoints"),
    )
    return section(
        [name_area(line.area), not line.area and [" ", tag(_("No area"), tone="soft")]],
        identity=f"area-{line.area or 'none'}",
        beside=told,
        body=[
            not line.area
            and h.p(".note")[
                _("These touches name no area. A source says it with its mapping, or in context.heartline.")
            ],
            table(
                _heads(),
                [_row(view, point) for point in line.points],
                caption=_("Touchpoints: {area}").format(area=name_area(line.area)),
            ),
        ],
    )


def _row(view: View, point: CataloguePoint) -> tuple[Node, ...]:
    touches = drill_of(Measure.TOUCHES, point.area, touchpoint=point.name).url(view)
    return (
        h.a(href=touches)[h.bdi[point.name or _("(no name)")]],
        h.bdi[", ".join(one.name for one in point.channels) or "–"],
        number(point.reach),
        number(point.touches),
        _feeling(view, point),
        number(point.heart.n),
        day(point.first_us, view.timezone),
        _places(view, point),
    )


def _feeling(view: View, point: CataloguePoint) -> Node:
    if not point.asked:
        return tag(_("Not asked"), tone="soft")
    if not point.heart.n:
        return h.span(".quiet")[_("Not in this time")]
    said = say_metric(point.heart, unit=Unit.VALENCE)
    href = drill_of(Measure.VALENCE, point.area, touchpoint=point.name).url(view)
    spread = _("too few to say") if point.heart.few else said.spread
    split = view.url("/scores", measure=Measure.VALENCE.value, touchpoint=point.name)
    return [
        h.a(".score-cell", href=href)[h.b[said.value], " ", h.span(".note")[spread]],
        " ",
        h.a(".note", href=split)[_("split")],
    ]


def _places(view: View, point: CataloguePoint) -> Node:
    if not point.spots:
        return tag(_("In no journey"), tone="soft")
    return [[place > 0 and "; ", _spot(view, point, spot)] for place, spot in enumerate(point.spots)]


def _spot(view: View, point: CataloguePoint, spot: Spot) -> Element:
    href = view.url(f"/journeys/{spot.journey_id}/cell", touchpoint=point.name)
    return h.a(href=href)[h.bdi[f"{say_journey(spot.journey)}: {say_stage(spot.stage)}"]]


def _missing(view: View, found: Catalogue) -> Node:
    absent = [name_area(line.area) for line in found.areas if line.area and not line.points]
    if not absent and not found.gaps:
        return None
    return section(
        _("What is missing"),
        identity="missing",
        body=h.ul(".small")[
            (h.li[_("{area}: no touchpoint in the time and filter chosen.").format(area=name)] for name in absent),
            (_gap(view, gap) for gap in found.gaps),
        ],
    )


def _gap(view: View, gap: StageGap) -> Element:
    told = (
        _("{stage}, nobody was ever asked in this stage.")
        if gap.met
        else _("{stage}, no touchpoint of this stage is in the data.")
    )
    stage = h.a(href=view.url(f"/journeys/{gap.journey_id}"))[
        h.bdi[f"{say_journey(gap.journey)}: {say_stage(gap.stage)}"]
    ]
    return h.li[fill(told, stage=stage)]


def _nothing(view: View) -> Element:
    return empty(
        _("A touchpoint is listed with the first touch at it."),
        do=link_button(_("Look at all time"), view.url("/touchpoints", **{"range": "all", "by": None, "is": None})),
        sample=link_button(_("Choose how to begin"), "/begin"),
    )
