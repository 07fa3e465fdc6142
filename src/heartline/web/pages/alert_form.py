"""The form of an alert: what it watches, when it fires, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import TRIED_DAYS
from heartline.language import _, mark
from heartline.web.alert_words import word_measure
from heartline.web.alerting import FIELDS, WATCHED, AlertSheet
from heartline.web.pages.answering_for import draw_owners
from heartline.web.pages.touchpoints import name_area
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    checkbox,
    csrf_field,
    error,
    field,
    form_row,
    section,
    select,
)

PATH: Final = "/alerts"
_FIELD_WORDS: Final = {
    "place": mark("Place"),
    "channel": mark("Channel"),
    "area": mark("Area"),
    "partner": mark("Partner"),
    "product": mark("Product"),
}
_TIMES: Final = (
    (mark("Of the last days"), "window_days"),
    (mark("At least so many answers"), "least_n"),
    (mark("Days between two alarms"), "cooldown_days"),
)


def alert_form(view: View, sheet: AlertSheet, problem: tuple[str, str]) -> Element:
    """The form of an alert; ``problem`` is (field, sentence) of one that was refused."""
    alert = sheet.alert
    known = {"name", "bound", "least_n", "theme"}
    return section(
        _("What it watches"),
        identity="form",
        body=h.form(".stack", method="post", action=f"{PATH}/{alert.alert_id}" if alert.alert_id else PATH)[
            csrf_field(view),
            bool(problem[1]) and problem[0] not in known and error(problem[1]),
            field(
                _("Name"),
                "name",
                value=sheet.said.get("name", ""),
                error=_told(problem, "name"),
                required=True,
                maxlength="80",
                dir="auto",
            ),
            _watches(sheet, problem),
            _when(sheet.said, problem),
            _tells(sheet),
            acts(
                button(_("Keep the alert"), weight="main", name="act", value="keep"),
                button(_("Try it on the last {n} days").format(n=TRIED_DAYS), name="act", value="try", drawing="play"),
            ),
        ],
    )


def _told(problem: tuple[str, str], name: str) -> str:
    return problem[1] if problem[0] == name else ""


def _watches(sheet: AlertSheet, problem: tuple[str, str]) -> list[Node]:
    said = sheet.said
    measures = [Choice(value=one, label=word_measure(one)) for one in WATCHED]
    themes = [Choice(value="", label=_("None")), *_themes(sheet)]
    points = [Choice(value="", label=_("Everywhere")), *(Choice(value=one, label=one) for one in sheet.touchpoints)]
    wheres = [Choice(value="", label=_("No matter"))] + [
        Choice(
            value=f"{name}={value}", label=f"{_(_FIELD_WORDS[name])}: {name_area(value) if name == 'area' else value}"
        )
        for name in FIELDS
        for one, value in sheet.values
        if one == name
    ]
    ways = [Choice(value="below", label=_("is below")), Choice(value="above", label=_("is above"))]
    theme = bool(themes[1:]) and select(
        _("Theme"),
        "theme",
        choices=themes,
        value=said.get("theme", ""),
        hint=_("Where a theme is watched."),
        error=_told(problem, "theme"),
    )
    return [
        form_row(select(_("Figure"), "measure", choices=measures, value=said.get("measure", "")), theme),
        form_row(
            select(_("Reliably"), "way", choices=ways, value=said.get("way", "")),
            field(
                _("Bound"),
                "bound",
                value=said.get("bound", ""),
                error=_told(problem, "bound"),
                hint=_("On its own scale; a share in per cent."),
                inputmode="decimal",
                size="6",
            ),
        ),
        form_row(
            select(_("At touchpoint"), "touchpoint", choices=points, value=said.get("touchpoint", "")),
            select(_("Only of"), "where", choices=wheres, value=said.get("where", "")),
        ),
    ]


def _themes(sheet: AlertSheet) -> list[Choice]:
    """The themes that can be watched, and the one that is, if it is none of them any more."""
    offered = [Choice(value=str(number), label=label) for number, label in sheet.offered.items()]
    mine = sheet.alert.theme
    if mine and mine not in sheet.offered:
        label = sheet.themes.get(mine) or _("theme {number}").format(number=mine)
        offered.append(Choice(value=str(mine), label=label))
    return offered


def _when(said: Mapping[str, str], problem: tuple[str, str]) -> Element:
    return form_row(
        *(
            field(_(words), name, value=said.get(name, ""), error=_told(problem, name), inputmode="numeric", size="5")
            for words, name in _TIMES
        )
    )


def _tells(sheet: AlertSheet) -> list[Node]:
    said = sheet.said
    return [
        form_row(
            *draw_owners(sheet.owners, said),
            field(
                _("Told after so many hours"),
                "escalate_hours",
                value=said.get("escalate_hours", ""),
                hint=_("When nobody has looked; 0: never."),
                inputmode="numeric",
                size="5",
            ),
        ),
        checkbox(
            _("Write to the owner by e-mail"),
            "by_mail",
            checked=said.get("by_mail") == "1",
            hint=_("At a decent hour. Webhooks are told where they ask for it."),
        ),
    ]
