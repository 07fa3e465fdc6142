"""What answers a question, tied to its words for every reader: words, a scale, choices, and rows of a matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node, VoidElement

from heartline.act import SCORED, Tongue
from heartline.language import LANGUAGES, _, ngettext
from heartline.records import Question, QuestionKind
from heartline.web.answering import name_entry
from heartline.web.parts import in_language
from heartline.web.parts.words import number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is drawn. ``inert`` is the builder's preview: it has no names, and wants nothing."""

    tongue: Tongue
    answers: Mapping[str, tuple[str, ...]]
    problem: str
    inert: bool

    def ours(self, words: str) -> Node:
        return ours(self.tongue.tag, words)

    def said(self, question: Question) -> tuple[str, ...]:
        return self.answers.get(question.key, ())

    def name(self, question: Question) -> str | None:
        return None if self.inert else name_entry(question)

    def wants(self, question: Question) -> bool:
        return question.required and not self.inert

    def lacks(self, question: Question) -> bool:
        """Whether this is what is wrong."""
        return bool(self.problem) and question.required and not self.said(question)


def in_ours(tag: str) -> dict[str, str]:
    """Return the attributes of heartline's own words on a page in a language: none where the screens speak it."""
    return {} if tag in LANGUAGES else in_language("en")


def ours(tag: str, words: str) -> Node:
    """Heartline's own words on a page in a language: marked where they are in another one."""
    return words if tag in LANGUAGES else h.span(**in_language("en"))[words]


def told(tongue: Tongue, words: str, shown: str = "") -> Node:
    """Words of a survey as somebody reads them (``shown``: what became of them), marked where their language lacks
    them.
    """
    shown = shown or tongue.say(words)
    return h.span(**in_language(tongue.main))[shown] if tongue.lacks(words) else shown


def draw_entry(
    question: Question,
    words: str,
    *,
    tongue: Tongue,
    answers: Mapping[str, tuple[str, ...]] | None = None,
    problem: str = "",
    inert: bool = False,
) -> Element:
    """A question with what answers it. ``words`` are what is asked, in its language and with what was piped into it;
    ``answers`` are by the keys of questions and rows.
    """
    entry = _Entry(tongue=tongue, answers=answers or {}, problem=problem, inert=inert)
    if question.kind is QuestionKind.TEXT:
        return _draw_text(entry, question, words)
    body = _draw_rows(entry, question) if question.kind is QuestionKind.MATRIX else _draw_steps(entry, question)
    return h.fieldset(".ask-entry")[
        h.legend(".ask-words")[told(tongue, question.words, words)],
        question.hint and h.p(".note")[told(tongue, question.hint)],
        _problem(entry),
        body,
    ]


def _draw_text(entry: _Entry, question: Question, words: str) -> Element:
    ident = f"{'p' if entry.inert else 'a'}-{question.key}"
    return h.div(".ask-entry")[
        h.h2(".ask-words")[h.label(for_=ident)[told(entry.tongue, question.words, words)]],
        question.hint and h.p(".note", id=f"{ident}-hint")[told(entry.tongue, question.hint)],
        _problem(entry),
        h.textarea(
            ".field",
            id=ident,
            name=entry.name(question),
            rows="4",
            maxlength="5000",
            required=entry.wants(question),
            readonly=entry.inert,
            aria_describedby=f"{ident}-hint" if question.hint else None,
        )["".join(entry.said(question)[:1])],
    ]


def _problem(entry: _Entry) -> Node:
    return entry.problem and h.p(".field-error", role="alert")[entry.ours(entry.problem)]


def _draw_steps(entry: _Entry, question: Question) -> Node:
    if question.kind not in SCORED:
        return _choices(entry, question)
    ends = bool(question.low or question.high)
    return [_scale(entry, question), ends and _ends(entry, question)]


def _scale(entry: _Entry, question: Question) -> Element:
    low = 0 if question.kind is QuestionKind.NPS else 1
    stars = question.kind is QuestionKind.STARS

    def point(value: int) -> Element:
        shown: Node = number(value)
        if stars:
            words = ngettext("{n} star", "{n} stars", value).format(n=number(value))
            shown = [h.span(".sr")[entry.ours(words)], h.span(aria_hidden="true")["★" * value]]
        return h.label(".point")[_radio(entry, question, str(value)), h.span[shown]]

    steps = [point(value) for value in range(low, question.top + 1)]
    return h.div(class_=["scale", f"scale-{question.kind.value}", len(steps) > 7 and "scale-long"])[steps]


def _ends(entry: _Entry, question: Question) -> Element:
    low = 0 if question.kind is QuestionKind.NPS else 1
    return h.p(".scale-ends")[
        h.span[question.low and [f"{number(low)}: ", told(entry.tongue, question.low)]],
        h.span[question.high and [f"{number(question.top)}: ", told(entry.tongue, question.high)]],
    ]


def _radio(entry: _Entry, question: Question, value: str) -> VoidElement:
    return h.input(
        type="radio",
        name=entry.name(question),
        value=value,
        checked=value in entry.said(question),
        required=entry.wants(question),
    )


def _choices(entry: _Entry, question: Question) -> Node:
    def tick(choice: str) -> VoidElement:
        if not question.several:
            return _radio(entry, question, choice)
        return h.input(type="checkbox", name=entry.name(question), value=choice, checked=choice in entry.said(question))

    return [
        question.several and h.p(".note")[entry.ours(_("Choose as many as hold."))],
        h.div(".choices")[
            (h.label(".card")[tick(choice), h.span[told(entry.tongue, choice)]] for choice in question.choices)
        ],
    ]


def _draw_rows(entry: _Entry, question: Question) -> Element:
    """A matrix: each row a group with its own name. What stands above the columns on a wide screen is said again by
    each field, so who hears the page misses nothing by not hearing that line.
    """
    scored = question.scale in SCORED
    head: Node
    if scored:
        head = (question.low or question.high) and h.div(".ask-heads")[_ends(entry, question)]
    else:
        head = _columns(entry, question.choices)
    return h.div(class_=["ask-rows", "ask-by-score" if scored else "ask-by-words"])[
        head, (_row(entry, row, scored=scored) for row in question.parts)
    ]


def _columns(entry: _Entry, choices: Sequence[str]) -> Element:
    return h.div(".ask-heads", aria_hidden="true")[
        h.div(".ask-cells")[(h.span[told(entry.tongue, choice)] for choice in choices)]
    ]


def _row(entry: _Entry, row: Question, *, scored: bool) -> Element:
    def cell(choice: str) -> Element:
        return h.label(".ask-cell")[_radio(entry, row, choice), h.span[told(entry.tongue, choice)]]

    return h.fieldset(".ask-row")[
        h.legend[
            h.span(".ask-row-name")[told(entry.tongue, row.words)],
            entry.lacks(row) and h.span(".field-error")[entry.ours(_("This one needs an answer."))],
        ],
        _scale(entry, row) if scored else h.div(".ask-cells")[(cell(choice) for choice in row.choices)],
    ]
