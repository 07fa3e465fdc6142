"""Tiles: a figure, its interval, what may be said of its change, its n."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import Difference, Metric
from heartline.web.parts.words import Change, Unit, say_change, say_metric


def verdict(change: Change) -> Element:
    """An arrow, a colour and a word where the difference is reliable; grey words where it is not."""
    return h.span(class_=["verdict", change.tone])[
        change.arrow and h.span(aria_hidden="true")[change.arrow, " "], change.words
    ]


def figure_of(metric: Metric, *, unit: Unit | None = None, top: int | None = None) -> Element:
    """The figure with its interval beside it, smaller."""
    said = say_metric(metric, unit=unit, top=top)
    return h.span(".figure")[h.b[said.value], said.spread and [" ", h.span[said.spread]]]


def tile(  # noqa: PLR0913  # a tile says all this
    label: str,
    metric: Metric,
    *,
    href: str,
    change: Difference | None = None,
    unit: Unit | None = None,
    top: int | None = None,
    note: str = "",
    picture: Node = None,
    definition: str = "",
    higher_is_better: bool = True,
) -> Element:
    """A key figure that opens what stands behind it. ``picture`` is a spark; ``definition`` its title on hover."""
    said = say_metric(metric, unit=unit, top=top)
    told = say_change(change, unit=unit, higher_is_better=higher_is_better) if change else None
    if metric.value is not None and metric.few and not told:
        told = Change(words=_("Too few to say"), arrow="", tone="quiet")
    return h.a(".tile", href=href, title=definition or None)[
        h.span(".tile-label")[label],
        figure_of(metric, unit=unit, top=top),
        (told or picture) and h.span(".tile-verdict")[verdict(told) if told else None],
        picture,
        h.span(".note")[f"{said.n}. {note}" if note else said.n],
    ]


def count_tile(label: str, value: str, *, href: str, note: str = "", tone: str = "") -> Element:
    """A plain count (open cases, people here now): a whole number has no interval."""
    return h.a(".tile", href=href)[
        h.span(".tile-label")[label],
        h.span(".figure")[h.b[value]],
        note and h.span(class_=["small", tone or "muted"])[note],
    ]


def tiles(*items: Node) -> Element:
    """Tiles in a row, wrapping."""
    return h.div(".tiles")[items]
