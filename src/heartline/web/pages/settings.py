"""Settings: the workspace, the people, the look, the sample; and each reader's own page."""

from __future__ import annotations

from collections.abc import Callable

import htpy as h
from htpy import Element

from heartline.language import _, mark
from heartline.records import Right, Workspace
from heartline.web.pages.sign import currency_field, zone_field
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    csrf_field,
    field,
    form_row,
    key_values,
    lede,
    section,
    select,
    tabs,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.shell import THEMES

WEEKDAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
PAGES = (
    ("/settings", mark("Workspace"), Right.SIGN_IN),
    ("/settings/people", mark("People"), Right.MANAGE_PEOPLE),
    ("/settings/places", mark("Places"), Right.SEE_ARRIVALS),
    ("/settings/definitions", mark("Definitions"), Right.CHANGE_WORKSPACE),
    ("/settings/rules", mark("Case rules"), Right.CHANGE_WORKSPACE),
    ("/settings/audit", mark("Audit"), Right.SEE_AUDIT),
    ("/settings/privacy", mark("Privacy"), Right.ERASE),
    ("/settings/shares", mark("Shared links"), Right.CHANGE_WORKSPACE),
    ("/settings/webhooks", mark("Webhooks"), Right.CHANGE_WORKSPACE),
    ("/settings/outbox", mark("Outbox"), Right.CHANGE_WORKSPACE),
    ("/settings/wellbeing", mark("Wellbeing"), Right.CHANGE_WORKSPACE),
)
"""The pages of settings: path, words (translated where they are drawn), the right each wants."""


def settings_tabs(view: View, current: str) -> Element:
    """The pages of settings that the reader may see."""
    open_to = [(view.url(path), _(words)) for path, words, right in PAGES if view.may(right)]
    return tabs(_("Settings"), open_to, current=view.url(current))


def draw_settings(view: View, workspace: Workspace, *, problem: tuple[str, str] = ("", "")) -> Element:
    """The whole page. ``problem`` is (field, sentence) of a form that was refused."""
    return h.div[
        lede(_("Settings"), under=_("How {company} is measured, and who may look.").format(company=workspace.name)),
        settings_tabs(view, "/settings"),
        section(_("Workspace"), body=_workspace(view, workspace, problem), identity="workspace"),
        section(_("Look"), body=draw_themes(view), identity="look"),
        workspace.sample and section(_("Sample data"), body=_sample(), identity="sample"),
    ]


def _workspace(view: View, workspace: Workspace, problem: tuple[str, str]) -> Element:
    if not view.may(Right.CHANGE_WORKSPACE):
        return key_values(
            (
                (_("Name"), workspace.name),
                (_("Time zone"), workspace.timezone),
                (_("Currency"), workspace.currency),
                (_("First day of the week"), _(WEEKDAYS[workspace.first_weekday])),
                (_("Languages"), ", ".join(workspace.languages)),
            )
        )

    def told(name: str) -> str:
        return problem[1] if problem[0] == name else ""

    return h.form(".stack", method="post", action="/settings/workspace")[
        csrf_field(view),
        form_row(
            field(_("Name"), "name", value=workspace.name, error=told("name"), required=True, maxlength="120"),
            zone_field(workspace.timezone, error=told("timezone")),
        ),
        _money_and_days(workspace, told),
        _tongues(workspace, told),
        field(
            _("Public address"),
            "base_url",
            value=workspace.base_url,
            error=told("base_url"),
            hint=_(
                "What a browser writes to reach heartline, for snippets and links. Empty takes it from the request."
            ),
            placeholder="https://heartline.example.com",
        ),
        button(_("Save"), weight="main"),
    ]


def _money_and_days(workspace: Workspace, told: Callable[[str], str]) -> Element:
    weekdays = [Choice(value=str(number), label=_(name)) for number, name in enumerate(WEEKDAYS)]
    return form_row(
        currency_field(workspace.currency, error=told("currency")),
        select(_("The week begins on"), "first_weekday", choices=weekdays, value=str(workspace.first_weekday)),
    )


def _tongues(workspace: Workspace, told: Callable[[str], str]) -> Element:
    return form_row(
        field(
            _("Languages your customers write"),
            "languages",
            value=", ".join(workspace.languages),
            error=told("languages"),
            hint=_("Codes with commas between: en, de, zh."),
        ),
        field(
            _("Country of phone numbers"),
            "phone_region",
            value=workspace.phone_region,
            error=told("phone_region"),
            hint=_("Two letters. Numbers written without a country code are read as from here; empty reads none."),
            maxlength="2",
        ),
    )


def draw_themes(view: View) -> Element:
    """Light, dark, or as the system has it."""
    return h.form(".themes", method="post", action="/theme", data_themes=True)[
        csrf_field(view),
        h.input(type="hidden", name="back", value=view.here()),
        acts(
            *(
                h.button(".btn", name="theme", value=name, aria_pressed=str(view.theme == name).lower())[_(words)]
                for name, _drawing, words in THEMES
            )
        ),
    ]


def _sample() -> Element:
    return h.div(".stack")[
        h.p[_("Everything here was made up by the simulator: customers, comments, money.")],
        h.p[
            fill(
                _(
                    "Your own data begins in a folder of its own: stop heartline, then run {command}. "
                    "This sample goes away with its folder; nothing of it is kept anywhere else."
                ),
                command=h.code["heartline serve --data your-folder"],
            )
        ],
    ]
