"""Surveys to begin with, and empty questions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.act.surveys import TOPS
from heartline.language import _, mark
from heartline.records import Condition, Question, QuestionKind, ShowIf, SurveyText


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A survey to begin with. Its words are translated when it is taken."""

    key: str
    name: str
    about: str
    text: SurveyText


def _ask(  # noqa: PLR0913  # a question is all this
    key: str,
    kind: QuestionKind,
    words: str,
    low: str = "",
    high: str = "",
    *,
    required: bool = False,
    choices: tuple[str, ...] = (),
    several: bool = False,
    show_if: ShowIf | None = None,
    rows: tuple[str, ...] = (),
    scale: QuestionKind = QuestionKind.CHOICE,
) -> Question:
    return Question(
        key=key,
        kind=kind,
        words=words,
        low=low,
        high=high,
        top=TOPS.get(scale if rows else kind, 0),
        required=required,
        choices=choices,
        several=several,
        show_if=show_if,
        rows=rows,
        scale=scale,
    )


_UNLIKELY: Final = (mark("Not at all likely"), mark("Extremely likely"))
_HARD: Final = (mark("Very hard"), mark("Very easy"))
_UNHAPPY: Final = (mark("Very dissatisfied"), mark("Very satisfied"))
_AGREE: Final = (
    mark("Strongly disagree"),
    mark("Disagree"),
    mark("Neither"),
    mark("Agree"),
    mark("Strongly agree"),
)
_FRIEND: Final = mark("How likely is it that you would recommend us to a friend?")
_WHY: Final = mark("We ask so that we learn what to mend first. A person reads every answer.")
TEMPLATES: Final = (
    Template(
        key="nps",
        name=mark("Would you recommend us?"),
        about=mark("NPS, and why."),
        text=SurveyText(
            title=mark("How are we doing?"),
            why=_WHY,
            questions=(
                _ask("q1", QuestionKind.NPS, _FRIEND, *_UNLIKELY,
                     required=True),
                _ask("q2", QuestionKind.TEXT, mark("What is the main reason for your score?")),
            ),
        ),
    ),
    Template(
        key="contact",
        name=mark("After a contact"),
        about=mark("Satisfaction with an answer, and whether it solved the matter."),
        text=SurveyText(
            title=mark("Your contact with us"),
            why=_WHY,
            questions=(
                _ask("q1", QuestionKind.CSAT, mark("How satisfied are you with how we helped you?"), *_UNHAPPY,
                     required=True),
                _ask("q2", QuestionKind.TEXT, mark("What should we have done better?"),
                     show_if=ShowIf(question="q1", condition=Condition.AT_MOST, value="3")),
                _ask("q3", QuestionKind.CHOICE, mark("Is your matter settled?"),
                     choices=(mark("Yes"), mark("In part"), mark("No"))),
            ),
        ),
    ),
    Template(
        key="parts",
        name=mark("Each part of a visit"),
        about=mark("A matrix: how satisfied they are with one thing after the other, and what matters most."),
        text=SurveyText(
            title=mark("Your visit in detail"),
            why=_WHY,
            area="place",
            questions=(
                _ask("q1", QuestionKind.MATRIX, mark("How satisfied are you with each of these?"), *_UNHAPPY,
                     scale=QuestionKind.CSAT,
                     rows=(mark("How long you waited"), mark("How friendly we were"), mark("What you bought"),
                           mark("How clean it was"), mark("What it cost"))),
                _ask("q2", QuestionKind.TEXT, mark("Which one should we mend first, and how?")),
            ),
        ),
    ),
    Template(
        key="effort",
        name=mark("After a task"),
        about=mark("How easy it was, and what stood in the way."),
        text=SurveyText(
            title=mark("How easy was it?"),
            why=_WHY,
            area="product",
            questions=(
                _ask("q1", QuestionKind.CES, mark("How easy was it to do what you came for?"), *_HARD, required=True),
                _ask("q2", QuestionKind.TEXT, mark("What stood in your way?")),
            ),
        ),
    ),
    Template(
        key="leaving",
        name=mark("Why they leave"),
        about=mark("The reason in one choice, and in their words."),
        text=SurveyText(
            title=mark("Before you go"),
            why=_WHY,
            questions=(
                _ask("q1", QuestionKind.CHOICE, mark("What is the main reason you are leaving?"), required=True,
                     choices=(mark("The price"), mark("The quality"), mark("The service"), mark("Another provider"),
                              mark("I no longer need it"))),
                _ask("q2", QuestionKind.TEXT, mark("What would have kept you?")),
            ),
        ),
    ),
    Template(
        key="beginning",
        name=mark("The first weeks"),
        about=mark("How the beginning went."),
        text=SurveyText(
            title=mark("Your first weeks with us"),
            why=_WHY,
            area="product",
            questions=(
                _ask("q1", QuestionKind.CES, mark("How easy was it to get started?"), *_HARD, required=True),
                _ask("q2", QuestionKind.CHOICE, mark("What was hard?"), several=True,
                     choices=(mark("Signing up"), mark("Finding my way"), mark("Paying"), mark("Nothing"))),
                _ask("q3", QuestionKind.TEXT, mark("What did you miss?")),
            ),
        ),
    ),
    Template(
        key="delivery",
        name=mark("After a delivery"),
        about=mark("Stars, what went wrong, and recommendation."),
        text=SurveyText(
            title=mark("Your delivery"),
            why=_WHY,
            questions=(
                _ask("q1", QuestionKind.STARS, mark("How was your delivery?"), mark("Poor"), mark("Excellent"),
                     required=True),
                _ask("q2", QuestionKind.CHOICE, mark("What went wrong?"), several=True,
                     choices=(mark("It was late"), mark("It was damaged"), mark("Something was missing"),
                              mark("The courier"), mark("Something else")),
                     show_if=ShowIf(question="q1", condition=Condition.AT_MOST, value="3")),
                _ask("q3", QuestionKind.NPS, _FRIEND, *_UNLIKELY),
                _ask("q4", QuestionKind.TEXT, mark("Anything else you want to tell us?")),
            ),
        ),
    ),
)  # fmt: skip
"""What people begin with (spec/ux.md §8)."""


def take_template(key: str, *, language: str) -> SurveyText:
    """Return a template's survey in the language spoken now; an unknown key gives an empty one."""
    found = next((one.text for one in TEMPLATES if one.key == key), None)
    if found is None:
        return SurveyText(title=_("New survey"), why=_(_WHY), language=language)
    questions = tuple(
        replace(
            one,
            words=_(one.words),
            low=_(one.low) if one.low else "",
            high=_(one.high) if one.high else "",
            choices=tuple(_(choice) for choice in one.choices),
            rows=tuple(_(row) for row in one.rows),
        )
        for one in found.questions
    )
    return replace(found, title=_(found.title), why=_(found.why), questions=questions, language=language)


def new_question(kind: QuestionKind, taken: Sequence[Question]) -> Question:
    """Return an empty question of a kind, with a key that none has."""
    number = max((int(one.key[1:]) for one in taken if one.key[1:].isdecimal()), default=0) + 1
    ends = {QuestionKind.NPS: _UNLIKELY, QuestionKind.CSAT: _UNHAPPY, QuestionKind.CES: _HARD}.get(kind, ("", ""))
    offered = {QuestionKind.CHOICE: (_("Yes"), _("No")), QuestionKind.MATRIX: tuple(_(one) for one in _AGREE)}
    choices = offered.get(kind, ())
    low, high = (_(one) if one else "" for one in ends)
    return Question(key=f"q{number}", kind=kind, low=low, high=high, top=TOPS.get(kind, 0), choices=choices)
