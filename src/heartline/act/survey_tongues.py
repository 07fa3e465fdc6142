"""The languages of a survey: all its words, what each is in another language, and which one somebody reads. All pure.

A translation is of words, not of places: what stands twice is translated once, and moving or copying a question takes
its translations along. Keys and answers are never translated, so an answer is the same one in any language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from heartline.act.surveys import SCORED
from heartline.language import TONGUES, choose_language, primary_tag
from heartline.records import Question, QuestionKind, SurveyText

LONGEST_PHRASE: Final = 1_000
_MOST_PHRASES: Final = 2_000


class PhraseKind(StrEnum):
    """What words of a survey are."""

    TITLE = "title"
    WHY = "why"
    QUESTION = "question"
    HINT = "hint"
    LOW = "low"
    HIGH = "high"
    CHOICE = "choice"
    COLUMN = "column"
    ROW = "row"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that customers read. ``place`` is the number of the question they belong to, from 1 (0: to none)."""

    kind: PhraseKind
    words: str
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A survey's words as one language has them; what it lacks is said in ``main``."""

    tag: str
    main: str
    words: Mapping[str, str]

    def say(self, words: str) -> str:
        """Return words in this language, or as they are."""
        return self.words.get(words) or words

    def lacks(self, words: str) -> bool:
        """Whether words are shown in the main language to who reads this one."""
        return bool(words) and self.tag != self.main and not self.words.get(words)


def list_phrases(text: SurveyText) -> list[Phrase]:
    """Return all that customers read of a survey, in their order, each once."""
    found: dict[str, Phrase] = {}
    for one in _read_phrases(text):
        if one.words.strip():
            found.setdefault(one.words, one)
    return list(found.values())


def _read_phrases(text: SurveyText) -> Iterator[Phrase]:
    yield Phrase(kind=PhraseKind.TITLE, words=text.title)
    yield Phrase(kind=PhraseKind.WHY, words=text.why)
    for place, one in enumerate(text.questions, 1):
        yield from _read_question(one, place)
    yield Phrase(kind=PhraseKind.THANKS, words=text.thanks)


def _read_question(one: Question, place: int) -> Iterator[Phrase]:
    is_matrix = one.kind is QuestionKind.MATRIX
    kind = one.scale if is_matrix else one.kind
    yield Phrase(kind=PhraseKind.QUESTION, words=one.words, place=place)
    yield Phrase(kind=PhraseKind.HINT, words=one.hint, place=place)
    for row in one.rows:
        yield Phrase(kind=PhraseKind.ROW, words=row, place=place)
    if kind in SCORED:
        yield Phrase(kind=PhraseKind.LOW, words=one.low, place=place)
        yield Phrase(kind=PhraseKind.HIGH, words=one.high, place=place)
    if kind is QuestionKind.CHOICE:
        for choice in one.choices:
            yield Phrase(kind=PhraseKind.COLUMN if is_matrix else PhraseKind.CHOICE, words=choice, place=place)


def list_tongues(text: SurveyText) -> tuple[str, ...]:
    """Return the languages a survey may be read in, the main one first."""
    return (text.language, *(tag for tag in text.translations if tag != text.language))


def speak_survey(text: SurveyText, tag: str) -> Tongue:
    """Return the words of one language; of one that the survey has not, the main one's."""
    if tag not in list_tongues(text):
        tag = text.language
    words = {} if tag == text.language else text.translations[tag]
    return Tongue(tag=tag, main=text.language, words=words)


def list_missing(text: SurveyText, tag: str) -> list[Phrase]:
    """Return what a language lacks, and is shown in the main one."""
    tongue = speak_survey(text, tag)
    return [one for one in list_phrases(text) if tongue.lacks(one.words)]


def choose_tongue(text: SurveyText, *, wanted: Sequence[str], accepted: str) -> str:
    """Return the language somebody reads: the first they ``wanted`` that the survey has, else what their browser likes
    best of those, else the main one.
    """
    tongues = list_tongues(text)
    for one in wanted:
        if (tag := primary_tag(one)) in tongues:
            return tag
    return choose_language(accepted, offered=tongues, otherwise=text.language)


def set_translations(text: SurveyText, tag: str, words: Mapping[str, str]) -> SurveyText:
    """Return a survey with what words are in one language; empty words are missing, others stay."""
    fresh = {**text.translations.get(tag, {}), **words}
    return prune_translations(replace(text, translations={**text.translations, tag: fresh}))


def drop_tongue(text: SurveyText, tag: str) -> SurveyText:
    """Return a survey without one language."""
    return replace(text, translations={one: words for one, words in text.translations.items() if one != tag})


def prune_translations(text: SurveyText) -> SurveyText:
    """Return a survey whose translations are of its own words, in languages that there are, and of some length."""
    known = [one.words for one in list_phrases(text)][:_MOST_PHRASES]
    kept: dict[str, dict[str, str]] = {}
    for tag, words in text.translations.items():
        if tag in TONGUES:
            told = {main: words[main].strip()[:LONGEST_PHRASE].strip() for main in known if main in words}
            kept[tag] = {main: word for main, word in told.items() if word}
    return replace(text, translations=kept)


def carry_translations(had: SurveyText, now: SurveyText) -> SurveyText:
    """Return a survey whose changed words keep the translations they had: a slip of the pen that is mended loses none.

    A line of choices or rows is known again by its place only where none was added or removed.
    """
    moved = [(old, new) for old, new in _pair(had, now) if old != new and old and new]
    carried: dict[str, dict[str, str]] = {}
    for tag, words in now.translations.items():
        fresh = dict(words)
        for old, new in moved:
            if old in words and new not in words:
                fresh[new] = words[old]
        carried[tag] = fresh
    return prune_translations(replace(now, translations=carried))


def _pair(had: SurveyText, now: SurveyText) -> Iterator[tuple[str, str]]:
    yield from ((had.title, now.title), (had.why, now.why), (had.thanks, now.thanks))
    before = {one.key: one for one in had.questions}
    for new in now.questions:
        old = before.get(new.key)
        if old is None:
            continue
        yield from ((old.words, new.words), (old.hint, new.hint), (old.low, new.low), (old.high, new.high))
        for was, are in ((old.choices, new.choices), (old.rows, new.rows)):
            if len(was) == len(are):
                yield from zip(was, are, strict=True)
