"""What came of a survey: five tiles, a card a question, who was invited, and the ways to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import list_tongues
from heartline.language import _, mark, ngettext
from heartline.records import LetterState, QuestionKind, Right, SurveyStatus
from heartline.web.inviting import Order
from heartline.web.pages.survey_builder import KINDS
from heartline.web.pages.survey_spread import draw_bars, draw_figure, draw_rows
from heartline.web.pages.survey_translating import draw_languages
from heartline.web.pages.surveys import PATH, STATES
from heartline.web.parts import (
    Column,
    View,
    acts,
    code,
    count_tile,
    download_button,
    empty,
    key_values,
    lede,
    link_button,
    partial,
    post_button,
    section,
    table,
    tag,
    tile,
    tiles,
)
from heartline.web.parts.codes import qr_code
from heartline.web.parts.words import Unit, duration, moment, number, percent
from heartline.web.survey_figures import QuestionFigures, SurveyReport

REASONS: Final = {
    "no_address": mark("no e-mail is known"),
    "bad_address": mark("the address is none"),
    "asked_lately": mark("asked something in the last 30 days"),
    "unsubscribed": mark("wants no surveys by e-mail"),
    "withdrawn": mark("withdrew consent"),
    "bounces": mark("the address bounces"),
    "unconfirmed": mark("asked first whether the address is theirs"),
    "erased": mark("was erased"),
    "twice": mark("named twice"),
    "not_sampled": mark("left out by the share you chose"),
}
_HOW: Final = {
    "": mark("not yet"),
    "began": mark("began"),
    "left": mark("left off"),
    "answered": mark("answered"),
}
SHOWN: Final = 30
_LETTERS: Final = {
    LetterState.WAITING: mark("waits to be sent"),
    LetterState.SENT: mark("sent"),
    LetterState.CAUGHT: mark("not sent: no relay"),
    LetterState.HELD_BACK: mark("held back"),
    LetterState.REFUSED: mark("refused by the relay"),
    LetterState.GIVEN_UP: mark("given up"),
}


def draw_report(view: View, report: SurveyReport, *, now_us: int) -> Element:
    """The whole page."""
    survey, here = report.survey, f"{PATH}/{report.survey.survey_id}"
    words, tone = STATES[survey.status]
    may = view.may(Right.ASK_CUSTOMERS)
    invite = (
        may and survey.is_open and link_button(_("Invite"), view.url(f"{here}/invite"), weight="main", drawing="plus")
    )
    return h.div[
        lede(h.bdi[survey.text.title], under=tag(_(words), tone=tone), do=invite),
        _tiles(report),
        report.under_way > 0
        and partial(
            ngettext(
                "{n} person is answering just now; it counts when they finish, or half an hour after they stopped.",
                "{n} people are answering just now; they count when they finish, or half an hour after they stopped.",
                report.under_way,
            ).format(n=number(report.under_way))
        ),
        report.standing is not None and _standing(view, report, report.standing),
        section(_("Answers"), identity="answers", body=_cards(view, report)),
        survey.is_open and section(_("Ways to it"), identity="ways", body=_ways(report)),
        may and section(_("Languages"), identity="languages", body=draw_languages(view, survey, heading=False)),
        bool(report.invitations or report.reasons)
        and section(_("Invitations"), identity="invitations", body=_invited(view, report, now_us)),
        acts(
            may and survey.status is SurveyStatus.PUBLISHED and post_button(view, _("Close it"), f"{here}/close"),
            may and survey.status is SurveyStatus.CLOSED and post_button(view, _("Open it again"), f"{here}/publish"),
            may and post_button(view, _("Copy to a new draft"), f"{here}/copy", weight="plain"),
            download_button(view, _("Survey as a file"), view.url(f"{here}/survey.json")),
        ),
    ]


def _standing(view: View, report: SurveyReport, order: Order) -> Element:
    share = percent(order.share / 100)
    said = _("Asks by itself: who meets {touchpoint}, {hours} h later, {share} of them.").format(
        touchpoint=order.touchpoint, hours=number(order.hours), share=share
    )
    stop = post_button(view, _("Stop asking"), f"{PATH}/{report.survey.survey_id}/standing/stop")
    return h.div(".acts")[h.span(".small")[said], view.may(Right.ASK_CUSTOMERS) and stop]


def _tiles(report: SurveyReport) -> Element:
    seconds = report.seconds
    took = "–" if seconds.value is None else duration(seconds.value)
    spread = (
        _("the middle one; {low} to {high}, n = {n}").format(
            low=duration(seconds.low), high=duration(seconds.high), n=number(seconds.n)
        )
        if seconds.low is not None and seconds.high is not None
        else _("nobody has finished yet")
    )
    return tiles(
        tile(
            _("Response rate"),
            report.rate,
            href="#invitations",
            unit=Unit.PERCENT,
            note=_("Of those invited, to the end"),
            definition=_("Those who came to the last question, of all who were sent an invitation."),
        ),
        count_tile(_("Began"), number(report.began), href="#answers", note=_("by any way to it")),
        count_tile(_("Finished"), number(report.ended), href="#answers", note=_("came to the last question")),
        count_tile(_("Left off"), number(report.left), href="#answers", note=_("what they said is kept")),
        count_tile(_("Time taken"), took, href="#answers", note=spread),
    )


def _cards(view: View, report: SurveyReport) -> Node:
    if not report.began:
        return empty(
            _("Nobody has answered yet. Send the link to yourself and answer it: that is a test of everything."),
            do=report.survey.is_open
            and link_button(_("Answer it yourself"), report.path, target="_blank", rel="noopener"),
        )
    return h.ol(".figures")[(_card(view, report, one) for one in report.questions)]


def _card(view: View, report: SurveyReport, one: QuestionFigures) -> Element:
    question = one.question
    said = ngettext("{n} answer", "{n} answers", one.n).format(n=number(one.n))
    body: Node
    if question.kind is QuestionKind.MATRIX:
        body = draw_rows(one)
    elif question.kind is QuestionKind.TEXT:
        address = view.url("/answers", measure="comments", at=report.stands_at, where="channel=survey", range="all")
        body = h.p[h.a(href=address)[_("Read what they wrote")]]
    else:
        body = draw_bars(one)
    return h.li(class_=["figure-card", question.kind is QuestionKind.MATRIX and "figure-matrix"])[
        h.h3[question.words],
        h.p(".note")[f"{_(KINDS[question.kind])} · {said}"],
        draw_figure(one),
        body,
    ]


def _ways(report: SurveyReport) -> Element:
    return h.div(".ways")[
        h.div(".stack")[
            code(report.link, label=_("Public link")),
            h.p(".note")[_("Anybody with it may answer, as nobody in particular. Opening it records nothing.")],
            len(list_tongues(report.survey.text)) > 1
            and h.p(".note")[
                _("With ?lang={tag} it speaks that language, without as their browser asks.").format(
                    tag=list_tongues(report.survey.text)[1]
                )
            ],
            code(write_snippet(report.link), label=_("For a site of yours")),
            h.p(".note")[_("It offers the survey in a corner, after so many seconds, to a share of visitors, once.")],
            h.p[link_button(_("Open it"), report.path, target="_blank", rel="noopener")],
        ],
        qr_code(report.link, label=_("The link as a QR code")),
    ]


def write_snippet(link: str) -> str:
    """Return what a site puts into its pages to ask its visitors."""
    base, _path, token = link.rpartition("/s/")
    return (
        f'<script async src="{base}/embed/survey.js" data-survey="{token}" data-after="20" data-share="100"></script>'
    )


def _invited(view: View, report: SurveyReport, now_us: int) -> Element:
    columns: Sequence[Column] = (
        Column(words=_("Asked"), names=True),
        Column(words=_("About")),
        Column(words=_("Letter")),
        Column(words=_("Answer")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            h.a(href=view.url(f"/customers/{one.person}"))[moment(one.asked_us, view.timezone, now_us=now_us)]
            if one.person
            else moment(one.asked_us, view.timezone, now_us=now_us),
            h.bdi[one.touchpoint or "–"],
            _(_LETTERS[letter]) if letter is not None else "–",
            _(_HOW[how]),
        )
        for one, letter, how in report.invitations[:SHOWN]
    ]
    more = (
        report.invited > SHOWN
        and h.p(".note")[_("{shown} of {n} shown, the latest.").format(shown=number(SHOWN), n=number(report.invited))]
    )
    left: list[tuple[Node, Node]] = [(_(REASONS.get(why, why)), number(n)) for why, n in report.reasons.items() if n]
    return h.div(".stack")[
        bool(rows) and table(columns, rows, caption=_("Invitations, the latest first")),
        more,
        h.div[h.h3[_("Not asked, and why")], key_values(left)] if left else None,
    ]
