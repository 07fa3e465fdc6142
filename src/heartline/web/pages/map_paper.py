"""The map on paper: sheets of A4 or A3 as they print, with what is said of them."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.understand import BeliefGap, JourneyMap, say_journey
from heartline.web.charts.heartline import Format, Sheet, draw_sheet
from heartline.web.pages.journey_frame import say_nobody
from heartline.web.pages.map_words import say_widest
from heartline.web.parts import View, acts, button, lede, shell, tabs
from heartline.web.parts.words import day, number, plural


def paper_page(
    view: View,
    measured: JourneyMap,
    sheets: Sequence[Sheet],
    *,
    form: Format,
    gaps: Sequence[BeliefGap] = (),
    now_us: int,
) -> Renderable:
    """The page: on screen the sheets stand below each other, printed each begins a page."""
    name = say_journey(measured.journey.name)
    path = f"/journeys/{measured.journey.journey_id}"
    return shell(
        view,
        title=_("{journey}, on paper").format(journey=name),
        crumbs=(("/journeys", _("Journeys")), (view.url(path), name), ("", _("On paper"))),
        wide=True,
        body=[
            h.div(".no-print")[
                lede(_("{journey}, on paper").format(journey=name), under=_say_sheets(sheets, form), do=_print()),
                tabs(
                    _("Size of paper"),
                    [(view.here(sheet=one), one.upper()) for one in ("a4", "a3")],
                    current=view.here(sheet=form.name),
                ),
            ],
            h.div(
                class_=["paper-sheets", form.name], role="region", tabindex="0", aria_label=_("The sheets"), dir="ltr"
            )[(draw_sheet(sheet, told=_tell(view, measured, now_us), gap=_gap(gaps)) for sheet in sheets)]
            if measured.runs
            else say_nobody(view, measured.journey),
        ],
    )


def _print() -> Element:
    # With the focus, so that Enter prints at once.
    return acts(
        button(
            _("Print or save as PDF"),
            weight="main",
            drawing="print",
            kind="button",
            data_print=True,
            hidden=True,
            autofocus=True,
        )
    )


def _say_sheets(sheets: Sequence[Sheet], form: Format) -> str:
    told = ngettext(
        "{n} sheet of {size}, landscape. A sheet that is too full goes on overleaf, below its stages.",
        "{n} sheets of {size}, landscape, at one scale, cut between stages. A sheet that is too full goes on overleaf, "
        "below its stages.",
        len(sheets),
    )
    return told.format(n=number(len(sheets)), size=form.name.upper())


def _tell(view: View, measured: JourneyMap, now_us: int) -> str:
    """Period, filter, n and date: what a figure on paper is worth nothing without."""
    said = [
        view.range_label,
        view.filter_label or _("Everyone"),
        plural(measured.customers, "customer", "customers"),
        plural(measured.runs, "passage", "passages"),
        _("Data up to {time}").format(time=view.data_up_to) if view.data_up_to else "",
        _("made {day}").format(day=day(now_us, view.timezone)),
    ]
    return " · ".join(part for part in said if part)


def _gap(gaps: Sequence[BeliefGap]) -> Node:
    return say_widest(gaps)
