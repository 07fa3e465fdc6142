"""A survey as customers will see it, beside what it is made with; and what its translations lack."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.act import list_missing, list_phrases, list_tongues, pipe, speak_survey
from heartline.language import _, name_language, ngettext, speaking
from heartline.records import SurveyText
from heartline.web.pages.answering import say_length
from heartline.web.pages.survey_entries import draw_entry, ours, told
from heartline.web.parts import View, csrf_field, in_language
from heartline.web.parts.words import number


def draw_beside(preview: Element) -> Element:
    """The preview with what it may be shown on."""
    return h.aside(".preview", aria_label=_("Preview"))[
        h.fieldset(".preview-switch")[
            h.legend(".sr")[_("Preview on")],
            (
                h.label[h.input(type="radio", name="preview", value=value, checked=value == "phone"), h.span[words]]
                for value, words in (("phone", _("Phone")), ("desktop", _("Desktop")))
            ),
        ],
        preview,
    ]


def draw_bench(view: View, action: str, what: Node) -> Element:
    """The form that a survey is written or translated in. What is typed is kept as one goes on; only the preview is
    drawn again, lest the cursor be lost.
    """
    return h.form(
        "#bench-form.bench-form",
        method="post",
        action=action,
        hx_post=action,
        hx_target="#preview",
        hx_swap="outerHTML",
        hx_trigger="change delay:250ms",
        hx_sync="this:replace",
    )[
        csrf_field(view),
        # Enter in a field presses the first button of a form: it must be the harmless one.
        h.button(".sr", type="submit", name="do", value="save", tabindex="-1")[_("Save")],
        what,
    ]


def draw_device(view: View, text: SurveyText, tag: str) -> Element:
    """All screens in one language, one after the other; nothing in them answers."""
    tongue, label = speak_survey(text, tag), _("Preview")
    with speaking(tongue.tag):
        screens = [
            h.li(".screen")[
                draw_entry(one, pipe(tongue.say(one.words), text, {}, {}) or "…", tongue=tongue, inert=True)
            ]
            for one in text.questions
        ]
        length = say_length(text, len(text.questions))
    return h.div(".device", tabindex="0", role="group", aria_label=label)[
        h.div(**in_language(tongue.tag))[
            h.p(".guest-of")[h.bdi[view.workspace_name]],
            h.h2[told(tongue, text.title) if text.title else "…"],
            h.p(".note")[ours(tongue.tag, length)],
            h.ol(".screens")[screens],
        ]
    ]


def say_lacks(text: SurveyText) -> list[str]:
    """What each language lacks, a sentence each; nothing where all are whole."""
    return [say_lack(text, tag) for tag in list_tongues(text) if list_missing(text, tag)]


def say_lack(text: SurveyText, tag: str) -> str:
    """How much one language lacks, and what customers read instead."""
    lacks, total = len(list_missing(text, tag)), len(list_phrases(text))
    told = ngettext(
        "{language}: {n} text of {total} is missing, and shown in {main}.",
        "{language}: {n} texts of {total} are missing, and shown in {main}.",
        lacks,
    )
    return told.format(
        language=name_language(tag), n=number(lacks), total=number(total), main=name_language(text.language)
    )
