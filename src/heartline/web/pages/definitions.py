"""What metrics count: what today's figure would be by each choice, the next version, and all versions so far."""

from __future__ import annotations

from collections.abc import Mapping

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.understand import BOXES
from heartline.web.definitions import Sheet, VersionLine
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    button,
    csrf_field,
    empty,
    field,
    form_row,
    lede,
    section,
    select,
    table,
    tag,
)
from heartline.web.parts.words import day, number, say_metric

Problems = Mapping[str, str]
"""What is wrong with the form, by its field."""


def draw_definitions(view: View, sheet: Sheet, said: Mapping[str, str], problems: Problems) -> Element:
    """The whole page. ``said`` is what stood in a form that was refused."""
    now = sheet.in_force
    return h.div[
        lede(_("Definitions"), under=_("What a number counts. A change starts a new line, and the break is drawn.")),
        settings_tabs(view, "/settings/definitions"),
        section(
            _("Satisfied"),
            beside=_("{counted}, definition {version}").format(
                counted=_begin_large(_(BOXES[now.boxes])), version=number(now.version)
            ),
            body=[_figures(sheet), h.p(".note")[_(_HALF)]],
            identity="satisfied",
        ),
        section(_("Change it"), body=_form(view, sheet, said, problems), identity="change"),
        section(_("Versions"), body=_versions(view, sheet), identity="versions"),
    ]


_HALF = mark(
    "Never more than half of a scale: the middle of five is no satisfaction, so the top three of five are its top two. "
    "What NPS, ease and stars count is fixed by what they are."
)


def _figures(sheet: Sheet) -> Node:
    if not any(metric.n for _boxes, metric in sheet.figures):
        return empty(_("Nobody has said yet whether they are satisfied."))
    heads = (
        Column(words=_("Called satisfied"), names=True),
        Column(words=sheet.asked, figures=True),
        Column(words=_("95 % interval"), figures=True),
        Column(words="n", figures=True),
    )
    rows = []
    for boxes, metric in sheet.figures:
        told = say_metric(metric)
        name = _begin_large(_(BOXES[boxes]))
        counts = boxes == sheet.in_force.boxes
        rows.append((
            [name, counts and [" ", tag(_("in force"), tone="soft")]],
            told.value,
            told.spread,
            number(metric.n),
        ))  # fmt: skip
    return table(heads, rows, caption=_("What the figure would be by each choice"))


def _begin_large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _form(view: View, sheet: Sheet, said: Mapping[str, str], problems: Problems) -> Element:
    choices = [Choice(value=str(boxes), label=_begin_large(_(words))) for boxes, words in BOXES.items()]
    return h.form(".stack", method="post", action="/settings/definitions")[
        csrf_field(view),
        form_row(
            select(
                _("Called satisfied from then on"),
                "boxes",
                choices=choices,
                value=said.get("boxes", str(sheet.in_force.boxes)),
                error=problems.get("boxes", ""),
            ),
            field(
                _("From which day"),
                "from_day",
                kind="date",
                value=said.get("from_day", sheet.today.isoformat()),
                error=problems.get("from_day", ""),
                required=True,
            ),
        ),
        field(
            _("Why"),
            "why",
            value=said.get("why", ""),
            lines=2,
            hint=_("Those who read the numbers next year will ask."),
            error=problems.get("why", ""),
            required=True,
            maxlength="500",
        ),
        h.p(".note")[
            _(
                "Answers are kept as they were given, so nothing is lost. A comparison counts both its sides by the "
                "newer definition; a trend draws a new line. It cannot be taken back, only followed by another."
            )
        ],
        h.div(".acts")[button(_("Change the definition"), weight="main")],
    ]


def _versions(view: View, sheet: Sheet) -> Element:
    heads = (
        Column(words=_("Version"), names=True),
        Column(words=_("Called satisfied")),
        Column(words=_("From")),
        Column(words=_("Until")),
        Column(words=_("By")),
        Column(words=_("Why")),
    )
    return table(heads, [_version(view, line) for line in sheet.lines], caption=_("Versions, the newest first"))


def _version(view: View, line: VersionLine) -> tuple[Node, ...]:
    one = line.definition
    built_in = not one.made_us
    begins = _("the beginning") if built_in else day(one.from_us, view.timezone)
    made = "" if built_in else day(one.made_us, view.timezone)
    by = _("{name}, decided {day}").format(name=one.by, day=made) if made else one.by
    state = {"outdone": _("outdone")}.get(line.state, line.state)
    return (
        [number(one.version), " ", tag(state, tone="soft" if state == _("in force") else "")],
        _(BOXES[one.boxes]),
        begins,
        "–" if line.ends_us is None else day(line.ends_us, view.timezone),
        h.span(dir="auto")[by] if one.by else "heartline",
        h.span(dir="auto")[one.why] if one.why else _("What most companies count."),
    )
