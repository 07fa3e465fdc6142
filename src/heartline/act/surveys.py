"""Surveys: what an answer may be, which question comes next, and what the journal is told. All pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Area, Condition, Invitation, Question, QuestionKind, Response, ShowIf, Survey, SurveyText

MOST_QUESTIONS: Final = 30
MOST_CHOICES: Final = 20
MOST_ROWS: Final = 10
MOST_COLUMNS: Final = 7
LONGEST_WORDS: Final = 400
LONGEST_ANSWER: Final = 5_000
SCORED: Final = frozenset({QuestionKind.NPS, QuestionKind.CSAT, QuestionKind.CES, QuestionKind.STARS})
SCALES: Final = (QuestionKind.CHOICE, QuestionKind.CSAT, QuestionKind.CES)
"""What the rows of a matrix may be: one of its columns, or a score."""
TOPS: Final = {QuestionKind.NPS: 10, QuestionKind.CSAT: 5, QuestionKind.CES: 7, QuestionKind.STARS: 5}
LONG_SURVEY_S: Final = 120
"""Longer than two minutes, and people leave: the builder says so."""
_SECONDS: Final = {
    QuestionKind.NPS: 8,
    QuestionKind.CSAT: 6,
    QuestionKind.CES: 8,
    QuestionKind.STARS: 5,
    QuestionKind.CHOICE: 10,
    QuestionKind.TEXT: 30,
    QuestionKind.MATRIX: 5,
}
_ROW_S: Final = 5
_PIPE: Final = re.compile(r"\{(q[0-9a-z]{1,12}(?:\.[0-9]{1,2})?|[a-z][a-z0-9_]{0,30})\}")
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
Answers = Mapping[str, tuple[str, ...]]


def judge_survey(text: SurveyText) -> list[str]:
    """Say what keeps a survey from being published, a sentence each; nothing where it may be."""
    faults = []
    if not text.title.strip():
        faults.append(_("It has no title."))
    if not text.questions:
        faults.append(_("It asks nothing."))
    if len(text.questions) > MOST_QUESTIONS:
        faults.append(_("It asks more than {most} questions.").format(most=MOST_QUESTIONS))
    earlier: dict[str, Question] = {}
    for place, one in enumerate(text.questions, 1):
        if not one.words.strip():
            faults.append(_("Question {place} has no words.").format(place=place))
        if _offers_choices(one) and len(set(one.choices)) < 2:
            faults.append(_("Question {place} offers less than two choices.").format(place=place))
        if one.kind is QuestionKind.MATRIX and not one.rows:
            faults.append(_("Question {place} has no rows.").format(place=place))
        if one.show_if is not None and not _is_sound(one.show_if, earlier.get(one.show_if.question)):
            faults.append(_("Question {place} looks at an answer that cannot be.").format(place=place))
        earlier |= {part.key: part for part in one.parts}
    if text.area and text.area not in set(Area):
        faults.append(_("Its area is none."))
    return faults


def _offers_choices(question: Question) -> bool:
    kind = question.scale if question.kind is QuestionKind.MATRIX else question.kind
    return kind is QuestionKind.CHOICE


def _is_sound(rule: ShowIf, asked: Question | None) -> bool:
    if asked is None:
        return False
    if rule.condition in {Condition.AT_LEAST, Condition.AT_MOST}:
        return asked.kind in SCORED and rule.value.isdecimal() and int(rule.value) <= asked.top
    if rule.condition is Condition.IS and asked.kind is QuestionKind.CHOICE:
        return rule.value in asked.choices
    return True


def is_shown(question: Question, answers: Answers) -> bool:
    """Whether a question is asked, given what was answered before it."""
    rule = question.show_if
    if rule is None:
        return True
    said = answers.get(rule.question, ())
    if not said:
        return False
    if rule.condition is Condition.ANSWERED:
        return True
    if rule.condition is Condition.IS:
        return rule.value in said
    number = int(said[0]) if said[0].isdecimal() else 0
    return number >= int(rule.value or 0) if rule.condition is Condition.AT_LEAST else number <= int(rule.value or 0)


def shown(text: SurveyText, answers: Answers) -> list[Question]:
    """Return the questions that are asked, in order."""
    return [one for one in text.questions if is_shown(one, answers)]


def is_answered(question: Question, answers: Answers) -> bool:
    """Whether somebody has been past a question: each row of a matrix was answered, or left out."""
    return all(part.key in answers for part in question.parts)


def estimate_s(questions: Sequence[Question]) -> int:
    """Return how long questions take, in seconds: a few for a scale or a row of a matrix, half a minute for words."""
    return sum(_SECONDS[one.kind] + _ROW_S * len(one.rows) for one in questions)


def read_answer(question: Question, said: Sequence[str]) -> tuple[str, ...]:
    """Return an answer as it is kept: empty where none was given.

    Raises:
        Invalid: it is no answer to this question, or one is wanted.
    """
    given = tuple(one.strip() for one in said if one.strip())
    if question.kind in SCORED:
        given = given[:1]
        low = 0 if question.kind is QuestionKind.NPS else 1
        if given and not (given[0].isascii() and given[0].isdecimal() and low <= int(given[0][:4]) <= question.top):
            raise _unfit()
        given = tuple(str(int(one)) for one in given)
    elif question.kind is QuestionKind.CHOICE:
        if any(one not in question.choices for one in given):
            raise _unfit()
        given = tuple(one for one in question.choices if one in given)
        given = given if question.several else given[:1]
    else:
        given = (" ".join(given)[:LONGEST_ANSWER],) if given else ()
    if question.required and not given:
        raise Invalid("unanswered", _("This one needs an answer."), "")
    return given


def _unfit() -> Invalid:
    return Invalid("unfit", _("That is not one of the answers."), _("Choose one that is shown."))


def pipe(
    words: str, text: SurveyText, answers: Answers, hidden: Mapping[str, str], say: Callable[[str], str] = str
) -> str:
    """Return words with ``{q1}`` replaced by what was answered to that question, ``{name}`` by a hidden field.

    What is not known becomes “…”. Nothing else is looked at: this is no language of its own. A choice is told as
    ``say`` has it.
    """
    chosen = {part.key for one in text.questions for part in one.parts if part.kind is QuestionKind.CHOICE}
    known = {part.key for one in text.questions for part in (one, *one.parts)} | set(text.hidden)

    def fill(found: re.Match[str]) -> str:
        key = found.group(1)
        if key not in known:
            return found.group()
        said = answers.get(key, ())
        return ", ".join(say(one) if key in chosen else one for one in said) or hidden.get(key, "") or "…"

    return _PIPE.sub(fill, words)[: 2 * LONGEST_WORDS]


def read_hidden(text: SurveyText, query: Mapping[str, str]) -> dict[str, str]:
    """Return the hidden fields that an address carries: those the survey names, each one line."""
    return {name: " ".join(query[name].split())[:200] for name in text.hidden if query.get(name, "").strip()}


def read_hidden_names(told: str) -> tuple[str, ...]:
    """Return the names of hidden fields from a line with commas.

    Raises:
        Invalid: one is no name.
    """
    names = tuple(dict.fromkeys(one.strip() for one in told.split(",") if one.strip()))
    if len(names) > 10 or not all(NAME.fullmatch(one) for one in names):
        raise Invalid("bad_hidden", _("A hidden field is named in small letters: order, plan."), _("Ten at most."))
    return names


def tell_answers(
    survey: Survey, response: Response, *, at_us: int, who: Mapping[str, Any], invitation: Invitation | None
) -> list[dict[str, Any]]:
    """Return the events of one filling-in: one a question or row, words right after a score together with it.

    ``who`` is what names the customer (``userId``, ``anonymousId``, identifiers). Each has a message id of its own, so
    that telling it twice is telling it once.
    """
    text, answers = survey.text, response.answers
    asked = [(one, part) for one in shown(text, answers) for part in one.parts if answers.get(part.key)]
    events, taken = [], set[str]()
    for place, (question, part) in enumerate(asked):
        if part.key in taken:
            continue
        after = asked[place + 1][1] if place + 1 < len(asked) else None
        # Words after a matrix are about all of it, so they go with none of its rows.
        why = after if question.kind in SCORED and after is not None and after.kind is QuestionKind.TEXT else None
        if why is not None:
            taken.add(why.key)
        events.append(_tell(survey, response, (question, part), why, at_us, who, invitation))
    return events


def _tell(  # an event says all this
    survey: Survey,
    response: Response,
    asked: tuple[Question, Question],
    why: Question | None,
    at_us: int,
    who: Mapping[str, Any],
    invitation: Invitation | None,
) -> dict[str, Any]:
    question, part = asked
    text, said = survey.text, response.answers[part.key]
    block: dict[str, Any] = {
        "channel": "survey",
        "touchpoint": text.touchpoint or (invitation.touchpoint if invitation else "") or text.title,
        "area": text.area,
        "action": "answer",
        **({"place": invitation.place} if invitation and invitation.place else {}),
        **({"place": response.hidden["place"]} if response.hidden.get("place") else {}),
        **who.get("block", {}),
    }
    told: dict[str, Any] = {
        "survey": text.title,
        "survey_id": survey.survey_id,
        "question": question.words,
        "question_key": part.key,
        **({"row": part.words} if question.kind is QuestionKind.MATRIX else {}),
        "whole": response.whole,
        **{f"hidden_{name}": value for name, value in response.hidden.items()},
    }
    if invitation is not None and invitation.cause_seq:
        told["asked_about"] = invitation.cause_seq
    if part.kind in SCORED:
        top = {"top": part.top} if part.kind in {QuestionKind.CSAT, QuestionKind.CES} else {}
        block["score"] = {"kind": part.kind.value, "value": int(said[0]), **top}
    elif part.kind is QuestionKind.CHOICE:
        told["answer"] = list(said)
    else:
        block["text"] = said[0]
    if why is not None:
        block["text"] = response.answers[why.key][0]
        told["question_why"] = why.words
    return {
        "type": "track",
        "event": "Survey Answered",
        "messageId": f"survey:{response.response_id}:{part.key}",
        "timestamp": at_us,
        **{key: value for key, value in who.items() if key != "block"},
        "context": {"heartline": block},
        "properties": told,
    }


def strip_words(text: SurveyText, answers: Answers) -> dict[str, tuple[str, ...]]:
    """Return answers without what people wrote: that is in the journal now, and nowhere else. It was given: ``…``."""
    kinds = {one.key: one.kind for one in text.questions}
    return {k: ("…",) if said and kinds.get(k) is QuestionKind.TEXT else said for k, said in answers.items()}
