"""A survey as customers meet it: one question a screen, thanks, and that it is closed. It works without a script."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import htpy as h
from htpy import Element, Node, VoidElement

from heartline.act import SCORED, estimate_s, pipe
from heartline.language import _, ngettext
from heartline.records import Question, QuestionKind, SurveyText
from heartline.web.answering import Sheet, ask_contact_words
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
            draw_entry(question, words, said=sheet.answers.get(question.key, ()), problem=sheet.problem),
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


def draw_entry(
    question: Question, words: str, *, said: tuple[str, ...] = (), problem: str = "", inert: bool = False
) -> Element:
    """A question with what answers it, tied together for every reader. ``inert`` is the builder's preview."""
    name = "" if inert else "a"
    ident = f"{'p' if inert else 'a'}-{question.key}"
    if question.kind is QuestionKind.TEXT:
        return h.div(".ask-entry")[
            h.h2(".ask-words")[h.label(for_=ident)[words]],
            question.hint and h.p(".note", id=f"{ident}-hint")[question.hint],
            _problem(problem),
            h.textarea(
                ".field",
                id=ident,
                name=name or None,
                rows="4",
                maxlength="5000",
                required=question.required and not inert,
                readonly=inert,
                aria_describedby=f"{ident}-hint" if question.hint else None,
            )[said[0] if said else ""],
        ]
    return h.fieldset(".ask-entry")[
        h.legend(".ask-words")[words],
        question.hint and h.p(".note")[question.hint],
        _problem(problem),
        _scale(question, said, name, ident, inert=inert) if question.kind in SCORED else _choices(question, said, name),
    ]


def _problem(problem: str) -> Node:
    return problem and h.p(".field-error", role="alert")[problem]


def _scale(question: Question, said: tuple[str, ...], name: str, ident: str, *, inert: bool) -> list[Node]:
    low = 0 if question.kind is QuestionKind.NPS else 1
    stars = question.kind is QuestionKind.STARS

    def point(value: int) -> Element:
        shown: Node = number(value)
        if stars:
            words = ngettext("{n} star", "{n} stars", value).format(n=number(value))
            shown = [h.span(".sr")[words], h.span(aria_hidden="true")["★" * value]]
        return h.label(".point")[
            _radio(name, str(value), said, required=question.required and not inert), h.span[shown]
        ]

    ends = bool(question.low or question.high)
    return [
        h.div(class_=["scale", f"scale-{question.kind.value}"], id=ident)[
            (point(value) for value in range(low, question.top + 1))
        ],
        ends
        and h.p(".scale-ends")[
            h.span[question.low and f"{number(low)}: {question.low}"],
            h.span[question.high and f"{number(question.top)}: {question.high}"],
        ],
    ]


def _radio(name: str, value: str, said: tuple[str, ...], *, required: bool) -> VoidElement:
    return h.input(type="radio", name=name or None, value=value, checked=value in said, required=required)


def _choices(question: Question, said: tuple[str, ...], name: str) -> list[Node]:
    kind = "checkbox" if question.several else "radio"
    required = question.required and not question.several and bool(name)
    return [
        question.several and h.p(".note")[_("Choose as many as hold.")],
        h.div(".choices")[
            (
                h.label(".card")[
                    h.input(
                        type=kind, name=name or None, value=choice, checked=choice in said, required=required or None
                    ),
                    h.span[choice],
                ]
                for choice in question.choices
            )
        ],
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
