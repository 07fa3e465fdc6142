"""A survey as customers meet it: one question a screen, thanks, and that it is closed. It works without a script."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import htpy as h
from htpy import Element

from heartline.act import estimate_s, pipe
from heartline.language import _, ngettext
from heartline.records import SurveyText
from heartline.web.answering import Sheet, ask_contact_words
from heartline.web.pages.survey_entries import draw_entry
from heartline.web.parts import View, button, field, link_button
from heartline.web.parts.words import number

_MINUTE_S: Final = 60
_SHORT_S: Final = 50


def draw_question(view: View, sheet: Sheet) -> Element:
    """One question: how far one is, what is asked, the way on and back."""
    question, text = sheet.question, sheet.survey.text
    if question is None:
        return draw_closed(sheet)
    back = sheet.place > 0 and link_button(_("Back"), f"{sheet.base}?at={sheet.place - 1}", weight="plain")
    last = sheet.place + 1 == len(sheet.questions)
    words = pipe(question.words, text, sheet.answers, sheet.hidden)
    return h.div(".ask")[
        sheet.place == 0 and _opening(text, sheet),
        sheet.place > 0 and h.h1(".ask-title")[text.title],
        _progress(sheet),
        h.form(".ask-form", method="post", action=_action(sheet))[
            h.input(type="hidden", name="q", value=question.key),
            sheet.fresh and h.input(type="hidden", name="fresh", value=sheet.fresh),
            draw_entry(question, words, answers=sheet.answers, problem=sheet.problem),
            h.div(".acts.ask-acts")[
                button(_("Send") if last else _("Next"), weight="main"),
                not question.required and h.span(".note")[_("You may leave this one out.")],
                back,
            ],
        ],
        sheet.place == 0 and _promise(view, text),
    ]


def _action(sheet: Sheet) -> str:
    """The address an answer goes to; hidden fields go along until there is something they are kept with."""
    if sheet.response is not None or not sheet.hidden:
        return sheet.base
    return f"{sheet.base}?{urlencode(sheet.hidden)}"


def _opening(text: SurveyText, sheet: Sheet) -> Element:
    return h.header(".ask-head")[h.h1[text.title], h.p(".note")[say_length(text, len(sheet.questions))]]


def say_length(text: SurveyText, count: int) -> str:
    """How many questions and how long, honestly: the longest way that somebody may take."""
    seconds = estimate_s(text.questions)
    minutes = max(1, round(seconds / _MINUTE_S))
    takes = (
        _("less than a minute")
        if seconds < _SHORT_S
        else ngettext("about {n} minute", "about {n} minutes", minutes).format(n=number(minutes))
    )
    asked = ngettext("{n} question", "{n} questions", count).format(n=number(count))
    return f"{asked}, {takes}"


def _promise(view: View, text: SurveyText) -> Element:
    days = text.keep_days
    kept = (
        ngettext("Answers are kept for {n} day.", "Answers are kept for {n} days.", days).format(n=number(days))
        if days
        else _("Answers are kept as long as you are our customer; you may have them erased at any time.")
    )
    return h.aside(".ask-why")[
        h.h2[_("Who asks, and why")],
        h.p[h.bdi[view.workspace_name], text.why and [": ", text.why]],
        h.p[kept, " ", _("What you have answered is kept even if you do not finish.")],
    ]


def _progress(sheet: Sheet) -> Element:
    total, now = len(sheet.questions), sheet.place + 1
    said = _("Question {now} of {total}").format(now=number(now), total=number(total))
    return h.div(".ask-progress")[
        h.progress(max=str(total), value=str(sheet.place), aria_label=said), h.span(".note")[said]
    ]


def draw_thanks(sheet: Sheet, *, said: bool = False, problem: str = "") -> Element:
    """Thanks, and whether we may write to them."""
    text = sheet.survey.text
    return h.div(".ask")[
        h.h1[_("Thank you")],
        h.p[text.thanks or _("Your answers have reached us. A person will read them.")],
        said and h.p(".note", role="status")[_("We have kept your choice.")],
        text.ask_contact and not said and _contact(sheet, problem),
    ]


def _contact(sheet: Sheet, problem: str) -> Element:
    def choice(value: str, label: str) -> Element:
        again = bool(problem) and value == "yes"
        return h.label(".card")[
            h.input(type="radio", name="contact", value=value, required=True, checked=again), h.span[label]
        ]

    address = field(
        _("Your e-mail, if yes"), "email", kind="email", error=problem, autocomplete="email", maxlength="254"
    )
    return h.form(".ask-form", method="post", action=sheet.base)[
        h.input(type="hidden", name="do", value="contact"),
        h.fieldset(".ask-entry")[
            h.legend(".ask-words")[ask_contact_words()],
            h.div(".choices")[choice("yes", _("Yes")), choice("no", _("No"))],
        ],
        sheet.invitation is None and address,
        button(_("Keep my choice"), weight="main"),
    ]


def draw_closed(sheet: Sheet) -> Element:
    """Nothing is asked any more."""
    return h.div(".ask")[
        h.h1[sheet.survey.text.title], h.p[_("This survey is closed. Thank you for wanting to answer it.")]
    ]


def draw_crowded() -> Element:
    """Too many are at it just now. A page that was sent a form sends it again when it is loaded again."""
    return h.div(".ask")[
        h.h1[_("Many people answer just now")],
        h.p[_("Load this page again in a few seconds: what you chose is sent again with it, and counts once.")],
    ]
