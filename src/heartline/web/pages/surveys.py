"""Surveys as a list, with the templates to begin from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import TEMPLATES
from heartline.language import _, mark, ngettext
from heartline.records import Right, SurveyStatus
from heartline.web.parts import (
    Column,
    Tone,
    View,
    button,
    csrf_field,
    empty,
    error,
    field,
    lede,
    link_button,
    section,
    table,
    tag,
)
from heartline.web.parts.words import moment, number
from heartline.web.surveys import SurveyLine

PATH: Final = "/surveys"
STATES: Final[dict[SurveyStatus, tuple[str, Tone]]] = {
    SurveyStatus.DRAFT: (mark("Draft"), "soft"),
    SurveyStatus.PUBLISHED: (mark("Open"), "better"),
    SurveyStatus.CLOSED: (mark("Closed"), "soft"),
}


def draw_surveys(view: View, lines: Sequence[SurveyLine], *, now_us: int) -> Element:
    """All surveys, the latest first."""
    begin = view.may(Right.ASK_CUSTOMERS) and link_button(
        _("New survey"), view.url(f"{PATH}/new"), weight="main", drawing="plus"
    )
    calendar = begin and link_button(_("Survey calendar"), view.url(f"{PATH}/calendar"))
    return h.div[
        lede(
            _("Surveys"),
            under=_("What you ask, whom, and how many answer."),
            do=[calendar, begin] if lines else None,
        ),
        _list(view, lines, now_us) if lines else empty(_("You have not asked anybody anything yet."), do=begin),
    ]


def _list(view: View, lines: Sequence[SurveyLine], now_us: int) -> Element:
    columns = (
        Column(words=_("Survey"), names=True),
        Column(words=_("State")),
        Column(words=_("Invited"), figures=True),
        Column(words=_("Began"), figures=True),
        Column(words=_("Finished"), figures=True),
        Column(words=_("Changed")),
    )
    rows: list[tuple[Node, ...]] = []
    for line in lines:
        survey = line.survey
        draft = survey.status is SurveyStatus.DRAFT and view.may(Right.ASK_CUSTOMERS)
        path = f"{PATH}/{survey.survey_id}" + ("/edit" if draft else "")
        words, tone = STATES[survey.status]
        rows.append(
            (
                h.a(href=view.url(path))[h.bdi[survey.text.title or _("Without a title")]],
                tag(_(words), tone=tone),
                number(line.asked),
                number(line.began),
                number(line.ended),
                moment(survey.changed_us, view.timezone, now_us=now_us),
            )
        )
    return table(columns, rows, caption=_("Surveys, the latest first"))


def draw_new(view: View, *, problem: str = "", said: str = "") -> Element:
    """What to begin from: a template, nothing, or a file."""
    return h.div[
        lede(_("New survey"), under=_("Begin from what others ask, and change every word of it.")),
        h.div(".templates")[
            (
                h.form(".template", method="post", action=PATH)[
                    csrf_field(view),
                    h.input(type="hidden", name="template", value=one.key),
                    h.h2[_(one.name)],
                    h.p(".note")[
                        _(one.about),
                        " ",
                        ngettext("{n} question.", "{n} questions.", len(one.text.questions)).format(
                            n=number(len(one.text.questions))
                        ),
                    ],
                    button([_("Begin"), h.span(".sr")[f": {_(one.name)}"]]),
                ]
                for one in TEMPLATES
            ),
            h.form(".template", method="post", action=PATH)[
                csrf_field(view),
                h.h2[_("From nothing")],
                h.p(".note")[_("An empty page.")],
                button([_("Begin"), h.span(".sr")[f": {_('From nothing')}"]]),
            ],
        ],
        section(
            _("From a file"),
            identity="file",
            body=h.form(".stack", method="post", action=PATH)[
                csrf_field(view),
                problem and error(problem),
                field(
                    _("What the file holds"),
                    "file",
                    value=said,
                    lines=4,
                    hint=_("A survey saved from any heartline, as JSON."),
                    required=True,
                ),
                button(_("Take it in")),
            ],
        ),
    ]
