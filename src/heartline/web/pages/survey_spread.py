"""How answers to a question spread: its score, a bar an answer, and the rows of a matrix as a table."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import QuestionKind
from heartline.web.parts import Column, figure_of, svg, table
from heartline.web.parts.words import number, percent, percent_range
from heartline.web.survey_figures import Adjusted, QuestionFigures


def draw_rows(one: QuestionFigures) -> Element:
    """A matrix: a line a row, with its score where it is one, how many answered, and how they spread."""
    scored = any(row.metric is not None for row in one.rows)
    answers = list(dict.fromkeys(answer for row in one.rows for answer in row.counts))
    columns = [
        Column(words=_("Row"), names=True),
        *([Column(words=_("Score"))] if scored else []),
        Column(words=_("Answers"), figures=True),
        *(Column(words=answer) for answer in answers),
    ]
    rows = [
        (
            row.question.words,
            *([draw_figure(row)] if scored else []),
            number(row.n),
            *(_cell(row, answer) for answer in answers),
        )
        for row in one.rows
    ]
    return h.div(".spread")[table(columns, rows, caption=one.question.words)]


def _cell(row: QuestionFigures, answer: str) -> Element:
    """How many gave one answer, as a part of all who answered this row."""
    count = row.counts.get(answer, 0)
    share = (row.shares or {}).get(answer)
    told: Node = None
    if share is not None and share.value is not None and share.low is not None and share.high is not None:
        told = h.span(".note")[f" · {percent(share.value)} ({percent_range(share.low, share.high)})"]
    return h.div(".spread-cell")[h.span(".num")[number(count), told], _bar(count / (row.n or 1))]


def _bar(part: float) -> Element:
    return svg.svg(".bar-line", viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")[
        svg.rect(width=svg.num(100 * part), height="10")
    ]


def draw_figure(one: QuestionFigures) -> list[Node]:
    """A score with its interval, and below it the one adjusted to all who were invited."""
    top = one.question.top if one.question.kind in {QuestionKind.CES, QuestionKind.STARS} else None
    figure: Node = None
    if one.metric is not None and one.metric.value is not None:
        figure = h.p(".card-figure")[
            figure_of(one.metric, top=top), one.metric.few and h.span(".note")[" · ", _("Too few to say")]
        ]
    return [figure, _adjusted(one.adjusted, top=top) if one.adjusted else None]


def _adjusted(one: Adjusted, *, top: int | None) -> Element:
    """The estimate of all who were invited, beside the raw one, with what it cannot know."""
    worth = _("{n} answers, worth {worth}.").format(n=number(one.metric.n), worth=number(one.effective))
    missed = _("{share} were invited at places of which nobody answered.").format(share=percent(one.unreached))
    return h.details(".adjusted")[
        h.summary[_("Adjusted to all who were invited"), " ", figure_of(one.metric, top=top)],
        h.p(".note")[
            _("By place, so that a place where few answer counts as much as it should."),
            f" {worth} ",
            one.unreached > 0 and f"{missed} ",
            _("How those feel who keep silent because of what they would say, it cannot know."),
        ],
    ]


def draw_bars(one: QuestionFigures) -> Element:
    """How many gave each answer, a bar each; of choices the share of each with its interval."""
    most = max(one.counts.values(), default=0) or 1

    def row(name: str, count: int) -> Element:
        share = (one.shares or {}).get(name)
        told: Node = number(count)
        if share is not None and share.value is not None and share.low is not None and share.high is not None:
            part = f" · {percent(share.value)} ({percent_range(share.low, share.high)})"
            told = [number(count), h.span(".note")[part]]
        return h.li[h.span(".bar-name")[name, h.span(".sr")[": "]], _bar(count / most), h.span(".num")[told]]

    return h.ul(class_=["bars", one.question.kind is QuestionKind.CHOICE and "bars-words"])[
        (row(name, count) for name, count in one.counts.items())
    ]
