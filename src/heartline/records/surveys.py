"""Surveys: what is asked, who was asked, and how far each answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class QuestionKind(StrEnum):
    """What a question asks for. The first four are scores, and more is always better."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    STARS = "stars"
    CHOICE = "choice"
    TEXT = "text"
    MATRIX = "matrix"


class Condition(StrEnum):
    """The closed grammar of logic: what an earlier answer must be for a question to be shown."""

    ANSWERED = "answered"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"


class SurveyStatus(StrEnum):
    """How a survey stands. What is published keeps its questions: a number must not change its meaning."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowIf:
    """Show a question only if the answer to an earlier one, by its key, is so. ``value`` is a number or a choice."""

    question: str
    condition: Condition
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. ``key`` stays the same wherever it is moved to; ``top`` is the end of the scale of CSAT and CES.

    ``low`` and ``high`` are the words at the ends of a scale; ``choices`` are those of a choice, of which one may be
    taken or, with ``several``, any. A matrix asks its ``rows`` one by one, each a question of the kind ``scale``: its
    columns are ``choices``, or a score's steps up to ``top``.
    """

    key: str
    kind: QuestionKind
    words: str = ""
    hint: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    several: bool = False
    top: int = 0
    low: str = ""
    high: str = ""
    show_if: ShowIf | None = None
    rows: tuple[str, ...] = ()
    scale: QuestionKind = QuestionKind.CHOICE

    @property
    def parts(self) -> tuple[Question, ...]:
        """What is answered by itself: the question, or each row of a matrix (``q3.1``, ``q3.2`` …)."""
        if self.kind is not QuestionKind.MATRIX:
            return (self,)
        return tuple(
            replace(self, key=f"{self.key}.{nth}", kind=self.scale, words=row, hint="", rows=(), show_if=None)
            for nth, row in enumerate(self.rows, 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyText:
    """A survey as people write it, and as a file carries it: no number, no address of this installation.

    ``touchpoint`` is where its answers stand on the map (empty: at the touch that caused the invitation, else under the
    title). ``why`` tells who is asked what it is for, ``keep_days`` for how long answers are kept (0: it is not said).
    ``quota`` closes it after so many answers (0: never). It is written in ``language``; ``translations`` are by
    language what its words are in that one, by the words themselves.
    """

    title: str
    questions: tuple[Question, ...] = ()
    touchpoint: str = ""
    area: str = "service"
    why: str = ""
    keep_days: int = 0
    thanks: str = ""
    language: str = "en"
    ask_contact: bool = True
    hidden: tuple[str, ...] = ()
    quota: int = 0
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey of this installation. Times are µs UTC, 0 where that has not happened."""

    survey_id: int
    status: SurveyStatus
    text: SurveyText
    made_by: str
    created_us: int
    changed_us: int
    published_us: int = 0
    closed_us: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it takes answers."""
        return self.status is SurveyStatus.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody was asked. ``handle`` is that of the address, ``person`` of the customer; no address is kept here.

    ``cause_seq`` is the touch that it is about (0: none), ``touchpoint`` and ``place`` are that touch's.
    """

    invitation_id: int
    survey_id: int
    handle: str
    person: str
    asked_us: int
    cause_seq: int = 0
    touchpoint: str = ""
    place: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One filling-in. ``answers`` are by the keys of questions and rows, texts only until it is handed to the journal
    (``done_us``).

    ``whole`` says that the last question was reached; what was left off is handed over too.
    """

    response_id: int
    survey_id: int
    invitation_id: int
    handle: str
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    started_us: int = 0
    changed_us: int = 0
    done_us: int = 0
    whole: bool = False
