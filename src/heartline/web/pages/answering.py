"""A survey as customers meet it: one question a screen, thanks, and that it is closed. It works without a script."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import estimate_s, list_tongues, pipe
from heartline.language import _, name_itself, ngettext
from heartline.records import SurveyText
from heartline.web.answering import Sheet, ask_contact_words
from heartline.web.pages.survey_entries import draw_entry, in_ours, ours, told
from heartline.web.parts import View, button, field, in_language, link_button
from heartline.web.parts.words import number

_MINUTE_S: Final = 60
_SHORT_S: Final = 50
_FORM: Final = "ask"
_SHOWN_TONGUES: Final = 4
"""More languages than this are folded away."""


def draw_question(view: View, sheet: Sheet) -> Element:
    """One question: how far one is, what is asked, the way on and back."""
    question, text, tongue = sheet.question, sheet.survey.text, sheet.tongue
    if question is None:
        return draw_closed(sheet)
    tag = sheet.language
    back = sheet.place > 0 and link_button(
        ours(tag, _("Back")), sheet.address({"at": f"{sheet.place - 1}"}), weight="plain"
    )
    last = sheet.place + 1 == len(sheet.questions)
    words = pipe(tongue.say(question.words), text, sheet.answers, sheet.hidden, tongue.say)
    return h.div(".ask")[
        _languages(sheet, form=_FORM),
        sheet.place == 0 and _opening(sheet),
        sheet.place > 0 and h.h1(".ask-title")[told(tongue, text.title)],
        _progress(sheet),
        h.form(".ask-form", id=_FORM, method="post", action=_action(sheet))[
            h.input(type="hidden", name="q", value=question.key),
            sheet.fresh and h.input(type="hidden", name="fresh", value=sheet.fresh),
            draw_entry(question, words, tongue=tongue, answers=sheet.answers, problem=sheet.problem),
            h.div(".acts.ask-acts")[
                button(ours(tag, _("Send") if last else _("Next")), weight="main"),
                not question.required and h.span(".note")[ours(tag, _("You may leave this one out."))],
                back,
            ],
        ],
        sheet.place == 0 and _promise(view, sheet),
    ]


def _action(sheet: Sheet) -> str:
    """The address an answer goes to; hidden fields go along until there is something they are kept with."""
    return sheet.address({} if sheet.response is not None else sheet.hidden)


def _languages(sheet: Sheet, *, form: str = "") -> Node:
    """The survey's other languages. Beside a question they are buttons of its form, so that what was chosen there goes
    along; elsewhere links.
    """
    tongues = list_tongues(sheet.survey.text)
    if len(tongues) < 2:
        return None

    def way(tag: str) -> Element:
        name, said = name_itself(tag), in_language(tag)
        if tag == sheet.language:
            return h.span(aria_current="true", **said)[name]
        if form:
            return h.button(type="submit", form=form, name="lang", value=tag, formnovalidate=True, **said)[name]
        return h.a(href=f"{sheet.base}?lang={tag}", **said)[name]

    ways: Node = h.ul[(h.li[way(tag)] for tag in tongues)]
    if len(tongues) > _SHOWN_TONGUES:
        now = h.span(**in_language(sheet.language))[name_itself(sheet.language)]
        ways = h.details[h.summary[h.span(".sr")[_("Language"), ": "], now], ways]
    # Enter in a form presses its first button, and that must not be one of these.
    first = form and h.button(".sr", type="submit", form=form, tabindex="-1", aria_hidden="true")[_("Next")]
    return h.nav(".tongues", aria_label=_("Language"), lang=in_ours(sheet.language).get("lang"))[first, ways]


def _opening(sheet: Sheet) -> Element:
    return h.header(".ask-head")[
        h.h1[told(sheet.tongue, sheet.survey.text.title)],
        h.p(".note")[ours(sheet.language, say_length(sheet.survey.text, len(sheet.questions)))],
    ]


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


def _promise(view: View, sheet: Sheet) -> Element:
    text, tag = sheet.survey.text, sheet.language
    days = text.keep_days
    kept = (
        ngettext("Answers are kept for {n} day.", "Answers are kept for {n} days.", days).format(n=number(days))
        if days
        else _("Answers are kept as long as you are our customer; you may have them erased at any time.")
    )
    return h.aside(".ask-why")[
        h.h2[ours(tag, _("Who asks, and why"))],
        h.p[h.bdi[view.workspace_name], text.why and [": ", told(sheet.tongue, text.why)]],
        h.p[ours(tag, f"{kept} {_('What you have answered is kept even if you do not finish.')}")],
    ]


def _progress(sheet: Sheet) -> Element:
    total, now = len(sheet.questions), sheet.place + 1
    said = _("Question {now} of {total}").format(now=number(now), total=number(total))
    return h.div(".ask-progress")[
        h.progress(max=str(total), value=str(sheet.place), aria_label=said, lang=in_ours(sheet.language).get("lang")),
        h.span(".note")[ours(sheet.language, said)],
    ]


def draw_thanks(sheet: Sheet, *, said: bool = False, problem: str = "") -> Element:
    """Thanks, and whether we may write to them."""
    text, tag = sheet.survey.text, sheet.language
    usual = ours(tag, _("Your answers have reached us. A person will read them."))
    return h.div(".ask")[
        _languages(sheet),
        h.h1[ours(tag, _("Thank you"))],
        h.p[told(sheet.tongue, text.thanks) if text.thanks else usual],
        said and h.p(".note", role="status")[ours(tag, _("We have kept your choice."))],
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
    return h.form(".ask-form", method="post", action=sheet.address(), **in_ours(sheet.language))[
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
        _languages(sheet),
        h.h1[told(sheet.tongue, sheet.survey.text.title)],
        h.p[ours(sheet.language, _("This survey is closed. Thank you for wanting to answer it."))],
    ]


def draw_crowded() -> Element:
    """Too many are at it just now. A page that was sent a form sends it again when it is loaded again."""
    return h.div(".ask")[
        h.h1[_("Many people answer just now")],
        h.p[_("Load this page again in a few seconds: what you chose is sent again with it, and counts once.")],
    ]
