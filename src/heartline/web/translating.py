"""A survey's words in another language, as the page that translates has them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from heartline.act import (
    Phrase,
    Tongue,
    drop_tongue,
    list_missing,
    list_phrases,
    list_tongues,
    set_translations,
    speak_survey,
)
from heartline.errors import Invalid, Missing
from heartline.language import LANGUAGES, TONGUES, _, primary_tag, speaking
from heartline.records import Survey, SurveyText
from heartline.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Translating:
    """A survey being translated. ``known`` is how many of the missing texts heartline's own catalogs hold."""

    survey: Survey
    tag: str
    phrases: Sequence[Phrase]
    tongue: Tongue
    missing: int
    known: int

    @property
    def begun(self) -> bool:
        """Whether the survey has this language."""
        return self.tag in list_tongues(self.survey.text)


def open_translating(visit: Visit, survey_id: int) -> Translating:
    """Read a survey to be translated to the language of the address.

    Raises:
        Missing: there is no such language.
        Invalid: it is the one the survey is written in.
    """
    survey, tag = visit.heartline.stores.kept.survey(survey_id), read_tag(visit)
    text = survey.text
    if tag == text.language:
        raise Invalid("same_language", _("The survey is written in this language."), _("Choose another one."))
    # Of a language that the survey has not yet, everything is missing.
    shown = text if tag in text.translations else set_translations(text, tag, {})
    return Translating(
        survey=survey,
        tag=tag,
        phrases=list_phrases(text),
        tongue=speak_survey(shown, tag),
        missing=len(list_missing(shown, tag)),
        known=len(find_known(shown, tag)),
    )


def read_tag(visit: Visit) -> str:
    """Return the language that an address names.

    Raises:
        Missing: there is no such language.
    """
    tag = primary_tag(visit.query.get("lang", ""))
    if tag not in TONGUES:
        raise Missing("no_language", _("There is no such language."), _("Choose one from the list."))
    return tag


def name_field(words: str) -> str:
    """Return the name of the field that translates words: a form sent late fills in no others."""
    return "w-" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:20]


def translate(visit: Visit, survey_id: int) -> bool:
    """Keep the form, and do what its button says; return whether the survey has the language still.

    What is published may be translated too: it asks the same, and its answers are the same ones.

    Raises:
        Missing: there is no such language.
        Invalid: it is the one the survey is written in.
    """
    kept, at = visit.heartline.stores.kept, open_translating(visit, survey_id)
    text, does = at.survey.text, visit.field("do")
    if does == "drop":
        kept.set_survey(survey_id, text=drop_tongue(text, at.tag))
        return False
    fields = {one.words: name_field(one.words) for one in at.phrases}
    said = {words: visit.form[name][0] for words, name in fields.items() if visit.form.get(name)}
    text = set_translations(text, at.tag, said)
    if does == "known":
        text = set_translations(text, at.tag, find_known(text, at.tag))
    kept.set_survey(survey_id, text=text)
    return True


def find_known(text: SurveyText, tag: str) -> dict[str, str]:
    """Return what heartline's own catalog says for missing texts, as where they come from a template."""
    if text.language != "en" or tag not in LANGUAGES:
        return {}
    with speaking(tag):
        told = {one.words: _(one.words) for one in list_missing(text, tag)}
    return {words: said for words, said in told.items() if said != words}
