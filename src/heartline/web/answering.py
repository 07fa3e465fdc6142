"""Answering a survey: which screen comes, what is kept of an answer, and what the journal is told at the end.

Opening an address keeps nothing, whoever does: mail scanners open every link. An answer is kept by a POST alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from heartline.act import (
    Tongue,
    choose_tongue,
    is_answered,
    is_shown,
    list_tongues,
    read_answer,
    read_hidden,
    shown,
    speak_survey,
)
from heartline.app import Heartline
from heartline.errors import Invalid, Missing, Unavailable
from heartline.language import _, primary_tag
from heartline.records import (
    Invitation,
    Question,
    QuestionKind,
    Response,
    Survey,
    hash_token,
    is_address,
)
from heartline.web.confirming import REPLY, ask_first
from heartline.web.handing_over import find_source, hand_over, name_respondent, submit
from heartline.web.visit import Visit

_TOKEN_BYTES: Final = 18
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where somebody is in a survey. ``base`` is the path of their screens; ``place`` counts the questions shown to
    them from 0, and is their number where all are answered; ``problem`` is what was wrong with the answer before.
    ``fresh`` names the filling-in that the first screen begins: a form that is sent twice begins one. ``drafted`` is
    what they chose on this screen and have not sent. ``language`` is the one they read; ``fixed`` says that their
    address names it.
    """

    survey: Survey
    base: str
    token: str
    response: Response | None
    invitation: Invitation | None
    questions: Sequence[Question]
    place: int
    hidden: dict[str, str]
    over: bool
    fresh: str = ""
    problem: str = ""
    drafted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str = "en"
    fixed: bool = False

    @property
    def question(self) -> Question | None:
        """The question of this screen."""
        return self.questions[self.place] if self.place < len(self.questions) else None

    @property
    def tongue(self) -> Tongue:
        """The survey's words in the language they read."""
        return speak_survey(self.survey.text, self.language)

    def address(self, query: Mapping[str, str] | None = None) -> str:
        """Return the path of their screens with a query, and with the language where the address has it."""
        asked = {**(query or {}), **({"lang": self.language} if self.fixed else {})}
        return f"{self.base}?{urlencode(asked)}" if asked else self.base

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        """What was answered so far."""
        return {**(self.response.answers if self.response is not None else {}), **self.drafted}


def find_sheet(visit: Visit, token: str, mine: str = "") -> Sheet:
    """Find where somebody is, by the address they opened.

    Raises:
        Missing: no survey has this address.
    """
    kept = visit.heartline.stores.kept
    invitation = kept.invitation_by_link(hash_token(token)) if not mine else None
    if invitation is not None:
        survey, response = kept.survey(invitation.survey_id), kept.response_by_link(hash_token(token))
    else:
        found = kept.survey_by_link(hash_token(token))
        response = kept.response_by_link(hash_token(mine)) if mine else None
        if found is None or (mine and (response is None or response.survey_id != found.survey_id)):
            raise Missing("no_survey", _("This link leads to no survey."), _("It may have been closed or removed."))
        survey = found
    answers = response.answers if response is not None else {}
    questions = shown(survey.text, answers)
    hidden = dict(response.hidden) if response is not None else read_hidden(survey.text, visit.query)
    over = response is not None and response.done_us > 0
    language, fixed = _read_language(visit, survey, invitation)
    return Sheet(
        survey=survey,
        base=f"/s/{token}/{mine}" if mine else f"/s/{token}",
        token=token,
        response=response,
        invitation=invitation,
        questions=questions,
        place=_read_place(visit, questions, answers),
        hidden=hidden,
        over=over,
        fresh=_read_fresh(visit) if response is None and invitation is None else "",
        language=language,
        fixed=fixed,
    )


def _read_language(visit: Visit, survey: Survey, invitation: Invitation | None) -> tuple[str, bool]:
    """The language that the form or the address asks for, else the customer's or the browser's; and whether it was
    asked for.
    """
    tongues = list_tongues(survey.text)
    if len(tongues) == 1:
        return tongues[0], False
    asked = [visit.field("lang"), visit.query.get("lang", "")]
    known = language_of(visit.heartline, invitation.person or invitation.handle) if invitation is not None else ""
    accepted = visit.asked.headers.get("accept-language", "")
    found = choose_tongue(survey.text, wanted=[*asked, known], accepted=accepted)
    return found, any(primary_tag(one) in tongues for one in asked)


def language_of(heartline: Heartline, handle: str) -> str:
    """Return the language that a customer wants to be spoken to in; empty where nothing is known."""
    derived = heartline.stores.derived
    customer_id = derived.customer_of_handle(handle) if handle else None
    profile = derived.profiles([customer_id]).get(customer_id) if customer_id is not None else None
    return "" if profile is None else profile.language


def _read_fresh(visit: Visit) -> str:
    """The name that a first screen brought, or one of chance."""
    told = visit.field("fresh")
    return told if _TOKEN.fullmatch(told) else secrets.token_urlsafe(_TOKEN_BYTES)


def choose_turn(visit: Visit, token: str, mine: str) -> str:
    """Return by what answers to one filling-in are told from others: those come one after the other."""
    return mine or visit.field("fresh") or token


def _read_place(visit: Visit, questions: Sequence[Question], answers: Mapping[str, tuple[str, ...]]) -> int:
    """The screen asked for; without one the first that is not answered: who comes back goes on."""
    told = visit.query.get("at", "")
    if told.isascii() and told.isdecimal() and len(told) < 4:
        return min(int(told), max(len(questions) - 1, 0))
    return next(
        (place for place, one in enumerate(questions) if not is_answered(one, answers)), max(len(questions) - 1, 0)
    )


def is_full(heartline: Heartline, survey: Survey) -> bool:
    """Whether a survey has as many answers as it wanted."""
    if not survey.text.quota:
        return False
    return heartline.stores.kept.count_ended(survey.survey_id) >= survey.text.quota


def take_answer(visit: Visit, sheet: Sheet) -> tuple[Sheet, str]:
    """Keep one answer; return where they are now, and the path of the next screen (nothing: this one again).

    Raises:
        Unavailable: the journal takes nothing just now, or too many begin from one address. What they said before is
            kept.
    """
    question = _read_question(visit, sheet)
    if question is None or sheet.over:
        return sheet, sheet.address()
    sheet = replace(sheet, place=list(sheet.questions).index(question))
    said, problem = _read_said(visit, question)
    if problem and not any(said.values()):
        return replace(sheet, problem=problem), ""
    response, base = sheet.response, sheet.base
    if response is None:
        response, base = _begin(visit, sheet)
        sheet = replace(sheet, base=base)
        if response.done_us:
            return sheet, sheet.address()
    answers = {**response.answers, **said}
    # An answer that is asked for no more, because an earlier one changed, was never given.
    for one in sheet.survey.text.questions:
        if not is_shown(one, answers):
            answers = {key: value for key, value in answers.items() if key not in {part.key for part in one.parts}}
    response = replace(response, answers=answers, changed_us=visit.now_us)
    visit.heartline.stores.kept.set_response(response)
    if problem:
        return replace(sheet, response=response, fresh="", problem=problem), ""
    asked = shown(sheet.survey.text, answers)
    onward = [one.key for one in asked].index(question.key) + 1
    if onward < len(asked):
        return sheet, sheet.address({"at": f"{onward}"})
    hand_over(visit.heartline, sheet.survey, response, whole=True)
    return sheet, sheet.address()


def turn_language(visit: Visit, sheet: Sheet) -> Sheet:
    """Return the same screen in another language, with what was chosen there and not sent. Nothing is kept."""
    question = _read_question(visit, sheet)
    if question is None or sheet.over:
        return sheet
    drafted = {}
    for part in question.parts:
        try:
            drafted[part.key] = read_answer(replace(part, required=False), visit.form.get(name_entry(part), []))
        except Invalid:
            continue
    return replace(sheet, place=list(sheet.questions).index(question), drafted=drafted)


def _read_question(visit: Visit, sheet: Sheet) -> Question | None:
    key = visit.field("q")
    return next((one for one in sheet.questions if one.key == key), None)


def _read_said(visit: Visit, question: Question) -> tuple[dict[str, tuple[str, ...]], str]:
    """What the form says to each part of a question, and what is wrong with it. Rows of a matrix that are answered
    count where others are not.
    """
    said: dict[str, tuple[str, ...]] = {}
    problem = ""
    for part in question.parts:
        try:
            said[part.key] = read_answer(part, visit.form.get(name_entry(part), []))
        except Invalid as error:
            many = error.code == "unanswered" and question.kind is QuestionKind.MATRIX
            problem = _("Some rows have no answer yet.") if many else error.message
    return said, problem


def name_entry(part: Question) -> str:
    """Return the name of the field that answers a question, or a row of a matrix: ``a``, or ``a.2``."""
    _key, dot, nth = part.key.partition(".")
    return f"a{dot}{nth}"


def _begin(visit: Visit, sheet: Sheet) -> tuple[Response, str]:
    kept, invitation = visit.heartline.stores.kept, sheet.invitation
    wait_s = visit.shared.fillings.take(visit.asked.address) if invitation is None else 0
    if wait_s:
        raise Unavailable(
            "too_many_answers",
            _("Too many answers come from one address just now."),
            _("Try again in a minute."),
            retry_after_s=wait_s,
        )
    mine = sheet.fresh
    had = kept.response_by_link(hash_token(mine)) if mine else None
    if had is not None and had.survey_id != sheet.survey.survey_id:
        mine = secrets.token_urlsafe(_TOKEN_BYTES)
    response = kept.begin_response(
        survey_id=sheet.survey.survey_id,
        invitation_id=0 if invitation is None else invitation.invitation_id,
        handle="" if invitation is None else invitation.person or invitation.handle,
        token_hash=hash_token(mine or sheet.token),
        hidden=sheet.hidden,
    )
    return response, f"/s/{sheet.token}/{mine}" if mine else sheet.base


def take_contact(visit: Visit, sheet: Sheet) -> None:
    """Keep whether we may write to somebody about what they said: a word of consent, in the words they were shown.

    By a public link they may leave an address. Anybody can write anybody's, so it makes nobody known by it.

    Raises:
        Invalid: the address is none.
    """
    response = sheet.response
    if response is None or not sheet.over or not sheet.survey.text.ask_contact:
        return
    yes, address = visit.field("contact") == "yes", visit.field("email")[:254]
    if yes and sheet.invitation is None and not is_address(address):
        raise Invalid("bad_address", _("Write your address as name@example.com."), "")
    who = name_respondent(visit.heartline, response, sheet.invitation)
    block = who.pop("block", None)
    context = {"context": {"heartline": block}} if block else {}
    told = {"purpose": "reply", "channel": "email", "how": "survey", "wording": ask_contact_words(), "version": ""}
    events: list[dict[str, Any]] = [
        {
            "type": "track",
            "event": "Consent Given" if yes else "Consent Withdrawn",
            "messageId": f"survey:{response.response_id}:contact",
            "timestamp": visit.now_us,
            "properties": told,
            **context,
            **who,
        }
    ]
    if yes and sheet.invitation is None:
        identity = {"type": "identify", "messageId": f"survey:{response.response_id}:who", "traits": {"email": address}}
        events.append({**identity, **who})
    submit(visit.heartline, find_source(visit.heartline, trusted=sheet.invitation is not None), events)
    if yes and sheet.invitation is None:
        cause = f"survey:{response.survey_id}:{response.response_id}"
        told = {"cause": cause, "title": sheet.tongue.say(sheet.survey.text.title), "language": sheet.language}
        ask_first(visit.heartline, address, purpose=REPLY, now_us=visit.now_us, **told)


def ask_contact_words() -> str:
    """The question after the last one."""
    return _("May we write to you about what you said?")
