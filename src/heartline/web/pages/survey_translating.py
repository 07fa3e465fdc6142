"""Translating a survey: each text beside its field, how many are missing, and what customers will see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import Phrase, PhraseKind, list_missing, list_tongues, set_translations
from heartline.language import TONGUES, _, mark, name_language, ngettext
from heartline.records import Survey, SurveyStatus
from heartline.web.pages.survey_preview import draw_bench, draw_beside, draw_device, say_lack
from heartline.web.pages.surveys import PATH
from heartline.web.parts import View, button, in_language, lede, link_button, stale, tag
from heartline.web.parts.words import number
from heartline.web.translating import Translating, name_field

KINDS: Final = {
    PhraseKind.TITLE: mark("Title"),
    PhraseKind.WHY: mark("Why you ask"),
    PhraseKind.QUESTION: mark("Question"),
    PhraseKind.HINT: mark("Hint"),
    PhraseKind.LOW: mark("Words at the low end"),
    PhraseKind.HIGH: mark("Words at the high end"),
    PhraseKind.CHOICE: mark("Choice"),
    PhraseKind.COLUMN: mark("Column"),
    PhraseKind.ROW: mark("Row"),
    PhraseKind.THANKS: mark("Thanks"),
}
_LONG: Final = 60


def draw_translating(view: View, at: Translating) -> Element:
    """The whole page."""
    here = f"{PATH}/{at.survey.survey_id}"
    action = f"{here}/translate?lang={at.tag}"
    draft = at.survey.status is SurveyStatus.DRAFT
    known = ngettext("Fill in {n} text that heartline knows", "Fill in {n} texts that heartline knows", at.known)
    return h.div[
        lede(
            _("Translate to {language}").format(language=name_language(at.tag)),
            under=_("What you leave empty is shown in {main}. An answer is the same one in every language.").format(
                main=name_language(at.survey.text.language)
            ),
        ),
        h.div(".bench")[
            draw_bench(
                view,
                action,
                [
                    at.known > 0 and button(known.format(n=number(at.known)), name="do", value="known"),
                    (_group(at, place, list(found)) for place, found in groupby(at.phrases, key=lambda one: one.place)),
                    h.div(".acts")[
                        button(_("Save"), weight="main", name="do", value="save"),
                        link_button(
                            _("Back to the survey"), view.url(f"{here}/edit" if draft else here), weight="plain"
                        ),
                        at.begun and button(_("Remove this language"), weight="danger", name="do", value="drop"),
                    ],
                ],
            ),
            draw_beside(draw_translated(view, at)),
        ],
    ]


def _group(at: Translating, place: int, phrases: Sequence[Phrase]) -> Element:
    name = _("Question {place}").format(place=number(place)) if place else _("Around the questions")
    return h.section(".phrases", aria_label=name)[h.h2[name], (_pair(at, one) for one in phrases)]


def _pair(at: Translating, one: Phrase) -> Element:
    ident = name_field(one.words)
    said = at.tongue.words.get(one.words, "")
    lines = one.kind in {PhraseKind.WHY, PhraseKind.THANKS} or len(one.words) > _LONG
    given = {"id": ident, "name": ident, "maxlength": "1000", "placeholder": " ", **in_language(at.tag)}
    entry: Node = (
        h.textarea(".field", rows="2", **given)[said] if lines else h.input(".field", type="text", value=said, **given)
    )
    return h.div(".phrase")[
        h.label(for_=ident)[
            h.span(".note")[_(KINDS[one.kind])],
            h.span(".phrase-words", **in_language(at.survey.text.language))[one.words],
        ],
        entry,
    ]


def draw_translated(view: View, at: Translating) -> Element:
    """What is missing, and what customers will see; as a fragment this alone is drawn again."""
    text = at.survey.text if at.begun else set_translations(at.survey.text, at.tag, {})
    return h.div("#preview")[
        stale(say_lack(text, at.tag)) if at.missing else h.p(".note", role="status")[_("Nothing is missing.")],
        draw_device(view, text, at.tag),
    ]


def draw_languages(view: View, survey: Survey, *, heading: bool) -> Element:
    """The languages a survey may be read in, with the way to another one."""
    text, here = survey.text, f"{PATH}/{survey.survey_id}/translate"

    def line(one: str) -> Iterator[Node]:
        name = name_language(one)
        if one == text.language:
            yield from (h.span[name], tag(_("written in this language"), tone="soft"))
            return
        lacks = len(list_missing(text, one))
        said = ngettext("{n} text is missing", "{n} texts are missing", lacks).format(n=number(lacks))
        yield h.a(href=view.url(here, lang=one))[name]
        yield tag(said, tone="late") if lacks else tag(_("complete"), tone="better")

    offered = [one for one in sorted(TONGUES, key=name_language) if one not in list_tongues(text)]
    return h.div(".tongue-list")[
        heading and h.h2[_("Languages")],
        h.ul[(h.li[line(one)] for one in list_tongues(text))],
        h.form(".form-row", method="get", action=here)[
            h.div(".labelled")[
                h.label(for_="f-lang")[_("Translate to")],
                h.select("#f-lang.field", name="lang")[(h.option(value=one)[name_language(one)] for one in offered)],
            ],
            button(_("Translate")),
        ],
    ]
