"""Surveys as their pages have them: listed, begun, built block by block, published, closed, copied, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.act import (
    LONG_SURVEY_S,
    SCALES,
    TOPS,
    carry_translations,
    estimate_s,
    judge_survey,
    new_question,
    read_hidden_names,
    read_survey,
    take_template,
    tidy,
)
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid
from heartline.language import TONGUES, _
from heartline.records import (
    Condition,
    Question,
    QuestionKind,
    ShowIf,
    Survey,
    SurveyStatus,
    SurveyText,
)
from heartline.web.privacy_retention import ANONYMOUS, IDENTIFIED, read_schedule
from heartline.web.visit import Visit

Form = Mapping[str, Sequence[str]]
FIRST_TOUCHPOINTS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLine:
    """A survey in the list: how many were asked, began, and came to the end."""

    survey: Survey
    asked: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """A survey being built. ``faults`` keep it from being published; ``touchpoints`` are where answers may stand,
    ``kept_days`` for how long touches are kept (0: for ever).
    """

    survey: Survey
    faults: Sequence[str]
    seconds: int
    touchpoints: Sequence[str]
    problem: str = ""
    kept_days: int = 0

    @property
    def promises_too_much(self) -> bool:
        """Whether customers are told that answers go sooner than anything removes them."""
        told = self.survey.text.keep_days
        return bool(told) and not 0 < self.kept_days <= told

    @property
    def long(self) -> bool:
        """Whether it takes longer than people stay."""
        return self.seconds > LONG_SURVEY_S


def list_surveys(heartline: Heartline) -> list[SurveyLine]:
    """Return all surveys, the latest first."""
    counts = heartline.stores.kept.survey_counts()
    return [
        SurveyLine(survey=one, asked=asked, began=began, ended=ended)
        for one in heartline.stores.kept.surveys()
        for asked, began, ended in [counts.get(one.survey_id, (0, 0, 0))]
    ]


def begin_survey(visit: Visit) -> Survey:
    """Begin a survey from a template, from a file that was pasted, or from nothing.

    Raises:
        Invalid: the file is none of ours.
    """
    told = visit.field("file")
    text = read_survey(told.encode()) if told else take_template(visit.field("template"), language=visit.language)
    return visit.heartline.stores.kept.add_survey(text, by=visit.require_user().email)


def open_workbench(visit: Visit, survey_id: int, *, problem: str = "") -> Workbench:
    """Read a survey to be built."""
    survey = visit.heartline.stores.kept.survey(survey_id)
    names = visit.whole_log.names.get("touchpoint", ())
    return Workbench(
        survey=survey,
        faults=judge_survey(survey.text),
        seconds=estimate_s(survey.text.questions),
        touchpoints=sorted(filter(None, names), key=str.casefold)[:FIRST_TOUCHPOINTS],
        problem=problem,
        kept_days=kept_days(visit.heartline),
    )


def kept_days(heartline: Heartline) -> int:
    """Return for how many days answers are kept at most, as retention has it (0: for ever)."""
    schedule = read_schedule(heartline)
    days = [schedule.get(name, 0) for name in (ANONYMOUS, IDENTIFIED)]
    return max(days) if all(days) else 0


def build(visit: Visit, survey_id: int) -> None:
    """Keep the builder's form, and do what its button says: add, up, down, copy or drop a block.

    Raises:
        Conflict: it is published, so its questions stay.
        Invalid: a hidden field's name is none.
    """
    kept = visit.heartline.stores.kept
    survey = kept.survey(survey_id)
    if survey.status is not SurveyStatus.DRAFT:
        raise Conflict(
            "survey_published",
            _("What is published keeps its questions, or its numbers would change their meaning."),
            _("Copy it, and change the copy."),
        )
    text = read_form(visit.form, survey.text)
    verb, _colon, about = visit.field("do").partition(":")
    text = tidy(replace(text, questions=_rearrange(text.questions, verb, about)))
    kept.set_survey(survey_id, text=carry_translations(survey.text, text))


def _rearrange(questions: Sequence[Question], verb: str, about: str) -> tuple[Question, ...]:
    found = list(questions)
    if verb == "add" and about in set(QuestionKind):
        return (*found, new_question(QuestionKind(about), found))
    place = next((place for place, one in enumerate(found) if one.key == about), None)
    if place is None:
        return tuple(found)
    if verb == "drop":
        del found[place]
    elif verb == "copy":
        fresh = new_question(found[place].kind, found)
        found.insert(place + 1, replace(found[place], key=fresh.key))
    elif verb in {"up", "down"}:
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(found):
            found[place], found[other] = found[other], found[place]
    return tuple(found)


def anchor_after(visit: Visit, survey_id: int) -> str:
    """Return the place of the page to go on at after a button: the block it was about, or made."""
    verb, _colon, about = visit.field("do").partition(":")
    questions = visit.heartline.stores.kept.survey(survey_id).text.questions
    if verb == "add" and questions:
        return f"#block-{questions[-1].key}"
    return f"#block-{about}" if verb in {"up", "down", "copy"} else ""


def read_form(form: Form, had: SurveyText) -> SurveyText:
    """Return the survey as the builder's form says it; what the form does not hold stays.

    Raises:
        Invalid: a hidden field's name is none.
    """

    def told(name: str, default: str = "") -> str:
        return next(iter(form.get(name, ())), default).strip()

    def whole(name: str) -> int:
        text = told(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0

    said = set(form.get("key", ()))
    language = told("language", had.language)
    return replace(
        had,
        title=told("title", had.title),
        why=told("why", had.why),
        thanks=told("thanks", had.thanks),
        touchpoint=told("touchpoint", had.touchpoint),
        area=told("area", had.area),
        language=language if language in TONGUES else had.language,
        keep_days=whole("keep_days"),
        quota=whole("quota"),
        ask_contact="ask_contact" in form,
        hidden=read_hidden_names(told("hidden")),
        # A form sent late, from before a block was added or moved, must not undo that: it fills in what it knows.
        questions=tuple(_read_question(form, one) if one.key in said else one for one in had.questions),
    )


def _read_question(form: Form, had: Question) -> Question:
    def told(name: str) -> str:
        return next(iter(form.get(f"{had.key}-{name}", ())), "").strip()

    top, scale = told("top"), told("scale")
    condition = told("if")
    rule = None
    if condition in set(Condition) and told("if_question"):
        rule = ShowIf(question=told("if_question"), condition=Condition(condition), value=told("if_value")[:200])
    return replace(
        had,
        words=told("words"),
        hint=told("hint"),
        low=told("low"),
        high=told("high"),
        required=f"{had.key}-required" in form,
        several=f"{had.key}-several" in form,
        choices=_read_lines(told("choices")),
        rows=_read_lines(told("rows")),
        scale=QuestionKind(scale) if scale in SCALES else had.scale,
        top=int(top) if top.isascii() and top.isdecimal() and len(top) < 3 else had.top or TOPS.get(had.kind, 0),
        show_if=rule,
    )


def _read_lines(told: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in told.splitlines() if line.strip())


def publish(visit: Visit, survey_id: int) -> None:
    """Take answers from now on.

    Raises:
        Invalid: something in it cannot be asked.
        Conflict: it was published before.
    """
    kept = visit.heartline.stores.kept
    survey = kept.survey(survey_id)
    if survey.status is SurveyStatus.PUBLISHED:
        raise Conflict("survey_published", _("It is published already."), "")
    faults = judge_survey(survey.text)
    if faults:
        raise Invalid("survey_faulty", " ".join(faults), _("Mend it, then publish it."))
    kept.set_survey(survey_id, status=SurveyStatus.PUBLISHED)


def copy_survey(visit: Visit, survey_id: int) -> Survey:
    """Begin a draft that asks the same."""
    kept = visit.heartline.stores.kept
    text = kept.survey(survey_id).text
    copy = replace(text, title=_("{title} (copy)").format(title=text.title)[:120])
    return kept.add_survey(copy, by=visit.require_user().email)


def drop_survey(visit: Visit, survey_id: int) -> None:
    """Forget a draft. What took answers is closed instead.

    Raises:
        Invalid: it is, or was, published.
    """
    survey = visit.heartline.stores.kept.survey(survey_id)
    if survey.published_us:
        raise Invalid("survey_used", _("It took answers, so it stays."), _("Close it."))
    visit.heartline.stores.kept.drop_survey(survey_id)


def public_link(visit: Visit, survey: Survey) -> str:
    """Return the address that anybody may answer a survey at."""
    return f"{visit.address}/s/{visit.heartline.stores.kept.survey_link(survey.survey_id)}"
