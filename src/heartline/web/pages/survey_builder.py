"""The builder: blocks on one side, what customers will see on the other. Without a script a button sends the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import MOST_COLUMNS, MOST_ROWS, SCORED
from heartline.language import TONGUES, _, mark, name_language, ngettext
from heartline.records import Area, Condition, Question, QuestionKind, SurveyText
from heartline.web.pages.survey_preview import draw_bench, draw_beside, draw_device, say_lacks
from heartline.web.pages.survey_translating import draw_languages
from heartline.web.parts import (
    Choice,
    View,
    button,
    checkbox,
    error,
    field,
    form_row,
    lede,
    link_button,
    post_button,
    radios,
    select,
    stale,
)
from heartline.web.parts.words import number
from heartline.web.surveys import Workbench

PATH: Final = "/surveys"
KINDS: Final = {
    QuestionKind.NPS: mark("Recommendation (NPS)"),
    QuestionKind.CSAT: mark("Satisfaction (CSAT)"),
    QuestionKind.CES: mark("Ease (CES)"),
    QuestionKind.STARS: mark("Stars"),
    QuestionKind.CHOICE: mark("Choice"),
    QuestionKind.TEXT: mark("In their own words"),
    QuestionKind.MATRIX: mark("Matrix"),
}
_SCALES: Final = {
    QuestionKind.CHOICE: (mark("Words"), mark("Columns that you name.")),
    QuestionKind.CSAT: (mark("Satisfaction"), mark("Each row is a score.")),
    QuestionKind.CES: (mark("Ease"), mark("Each row is a score.")),
}
AREAS: Final = {
    Area.MARKETING: mark("Marketing"),
    Area.SALES: mark("Sales"),
    Area.SERVICE: mark("Service"),
    Area.PRODUCT: mark("Product"),
    Area.PLACE: mark("Place"),
}
CONDITIONS: Final = {
    Condition.ANSWERED: mark("was answered"),
    Condition.AT_LEAST: mark("is at least"),
    Condition.AT_MOST: mark("is at most"),
    Condition.IS: mark("is"),
}


def draw_builder(view: View, bench: Workbench) -> Element:
    """The whole page. The button that publishes belongs to the form, so that what was typed last is kept first."""
    here, text = f"{PATH}/{bench.survey.survey_id}", bench.survey.text
    publish = button(_("Publish"), weight="main", form="bench-form", name="do", value="publish")
    edit = f"{here}/edit"
    return h.div[
        lede(
            _("Build a survey"),
            under=_("Every change is kept as you go. Nobody sees it before you publish it."),
            do=publish,
        ),
        h.div(".bench")[
            h.div[
                draw_bench(
                    view,
                    edit,
                    [
                        bench.problem and error(bench.problem),
                        _head(text),
                        h.ol(".blocks")[
                            (_block(place, one, text.questions) for place, one in enumerate(text.questions))
                        ],
                        _adders(),
                        _foot(text, bench.touchpoints),
                        h.div(".acts")[
                            button(_("Save"), name="do", value="save"),
                            link_button(_("All surveys"), view.url(PATH), weight="plain"),
                        ],
                    ],
                ),
                draw_languages(view, bench.survey, heading=True),
            ],
            draw_beside(draw_preview(view, bench)),
        ],
        h.div(".acts")[post_button(view, _("Forget this draft"), f"{here}/drop", weight="danger")],
    ]


def _head(text: SurveyText) -> Element:
    return h.div(".stack")[
        field(_("Title"), "title", value=text.title, maxlength="120", required=True),
        field(
            _("Why you ask"),
            "why",
            value=text.why,
            lines=2,
            maxlength="1000",
            hint=_("Customers read it below the first question."),
        ),
    ]


def _adders() -> Element:
    return h.div(".adders", role="group", aria_label=_("Add a question"))[
        h.span(".note")[_("Add")],
        (
            button(_(words), name="do", value=f"add:{kind.value}", weight="plain", drawing="plus")
            for kind, words in KINDS.items()
        ),
    ]


def _block(place: int, one: Question, questions: Sequence[Question]) -> Element:
    nth = place + 1

    def act(verb: str, words: str, sign: str, *, off: bool = False) -> Element:
        label = _("{act}: question {number}").format(act=words, number=nth)
        return h.button(
            ".btn.plain",
            type="submit",
            name="do",
            value=f"{verb}:{one.key}",
            disabled=off,
            aria_label=label,
            title=words,
        )[h.span(aria_hidden="true")[sign]]

    return h.li(".block", id=f"block-{one.key}")[
        h.fieldset[
            h.legend[h.b[f"{nth}"], " ", _(KINDS[one.kind])],
            h.div(".block-acts")[
                act("up", _("Move up"), "↑", off=place == 0),
                act("down", _("Move down"), "↓", off=nth == len(questions)),
                act("copy", _("Copy"), "⧉"),
                act("drop", _("Remove"), "✕"),
            ],
            h.input(type="hidden", name="key", value=one.key),
            field(_("Question"), f"{one.key}-words", value=one.words, maxlength="400", required=False),
            _particulars(one),
            checkbox(_("It must be answered"), f"{one.key}-required", checked=one.required),
            _more(one, questions[:place]),
        ]
    ]


def _particulars(one: Question) -> Node:
    if one.kind in SCORED:
        return _ends(one, scaled=one.kind in {QuestionKind.CSAT, QuestionKind.CES})
    if one.kind is QuestionKind.CHOICE:
        return h.div(".stack")[
            _lines(one, "choices", _("Choices, one a line"), one.choices),
            checkbox(_("Several may hold"), f"{one.key}-several", checked=one.several),
        ]
    if one.kind is QuestionKind.MATRIX:
        scales = [(Choice(value=kind.value, label=_(words)), _(meaning)) for kind, (words, meaning) in _SCALES.items()]
        return h.div(".stack.of-matrix")[
            _lines(one, "rows", _("Rows, one a line; {most} at most").format(most=number(MOST_ROWS)), one.rows),
            radios(_("Each row is answered by"), f"{one.key}-scale", choices=scales, value=one.scale.value),
            h.div(".by-words")[
                _lines(
                    one,
                    "choices",
                    _("Columns, one a line; {most} at most").format(most=number(MOST_COLUMNS)),
                    one.choices,
                )
            ],
            h.div(".by-score")[_ends(one, scaled=True)],
        ]
    return None


def _lines(one: Question, name: str, label: str, lines: Sequence[str]) -> Element:
    return field(label, f"{one.key}-{name}", value="\n".join(lines), lines=max(3, len(lines)))


def _ends(one: Question, *, scaled: bool) -> Element:
    tops = [Choice(value=str(top), label=f"1–{top}") for top in (3, 4, 5, 6, 7, 10)]
    return form_row(
        field(_("Words at the low end"), f"{one.key}-low", value=one.low, maxlength="80"),
        field(_("Words at the high end"), f"{one.key}-high", value=one.high, maxlength="80"),
        scaled and select(_("Scale"), f"{one.key}-top", choices=tops, value=str(one.top or 5)),
    )


def _more(one: Question, earlier: Sequence[Question]) -> Element:
    rule = one.show_if
    asked = [
        Choice(value=part.key, label=f"{place}. {part.words[:60]}")
        for place, question in enumerate(earlier, 1)
        for part in question.parts
    ]
    conditions = [
        Choice(value="", label=_("always")),
        *(Choice(value=c.value, label=_(w)) for c, w in CONDITIONS.items()),
    ]
    return h.details(".block-more", open=rule is not None)[
        h.summary[_("Hint, and when it is shown")],
        field(_("Hint"), f"{one.key}-hint", value=one.hint, maxlength="400"),
        bool(asked)
        and form_row(
            select(
                _("Show it if the answer to"),
                f"{one.key}-if_question",
                choices=asked,
                value=rule.question if rule else asked[-1].value,
            ),
            select(_("condition"), f"{one.key}-if", choices=conditions, value=rule.condition.value if rule else ""),
            field(_("this"), f"{one.key}-if_value", value=rule.value if rule else "", maxlength="200"),
        ),
    ]


def _foot(text: SurveyText, touchpoints: Sequence[str]) -> Element:
    areas = [Choice(value=area.value, label=_(words)) for area, words in AREAS.items()]
    tongues = [Choice(value=tag, label=name_language(tag)) for tag in sorted(TONGUES, key=name_language)]
    return h.details(".bench-more")[
        h.summary[_("Where answers stand, thanks, language, limits")],
        h.div(".stack")[
            form_row(
                field(
                    _("Touchpoint"),
                    "touchpoint",
                    value=text.touchpoint,
                    maxlength="200",
                    list="touchpoints",
                    hint=_("Where answers stand on the map. Empty: at the touch it asks about, or under the title."),
                ),
                select(_("Area"), "area", choices=areas, value=text.area),
            ),
            h.datalist("#touchpoints")[(h.option(value=name) for name in touchpoints)],
            field(_("Thanks"), "thanks", value=text.thanks, lines=2, maxlength="1000"),
            checkbox(_("Ask at the end whether you may write to them"), "ask_contact", checked=text.ask_contact),
            form_row(
                select(_("Language"), "language", choices=tongues, value=text.language),
                field(
                    _("Days that answers are kept"),
                    "keep_days",
                    value=str(text.keep_days or ""),
                    hint=_("Said to customers."),
                    inputmode="numeric",
                    maxlength="5",
                ),
                field(
                    _("Close after so many answers"),
                    "quota",
                    value=str(text.quota or ""),
                    inputmode="numeric",
                    maxlength="6",
                ),
            ),
            field(
                _("Hidden fields"),
                "hidden",
                value=", ".join(text.hidden),
                hint=_("Names with commas: order, place. What a link carries under them is kept beside answers."),
            ),
            h.p(".note")[_("Write {q1} in a later question for the answer to question q1, or a hidden field’s name.")],
        ],
    ]


def draw_preview(view: View, bench: Workbench) -> Element:
    """What customers will see, and what is still wrong; as a fragment this alone is drawn again."""
    text = bench.survey.text
    screens_said = ngettext(
        "{n} screen, one after the other on a phone.",
        "{n} screens, one after the other on a phone.",
        len(text.questions),
    )
    return h.div("#preview")[
        bench.problem and error(bench.problem),
        h.ul(".faults")[(h.li[stale(fault)] for fault in bench.faults)] if bench.faults else None,
        bench.promises_too_much
        and stale(_("Customers are told that answers go, and nothing removes them: see Settings, Privacy.")),
        bench.long and stale(_("This takes longer than two minutes; many will leave.")),
        (stale(lack) for lack in say_lacks(text)),
        draw_device(view, text, text.language),
        h.p(".note")[screens_said.format(n=number(len(text.questions)))],
    ]
