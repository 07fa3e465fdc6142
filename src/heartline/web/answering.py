"""Answering a survey: which screen comes, what is kept of an answer, and what the journal is told at the end.

Opening an address keeps nothing, whoever does: mail scanners open every link. An answer is kept by a POST alone.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from heartline.act import is_shown, read_answer, read_hidden, shown, strip_words, tell_answers
from heartline.app import Heartline
from heartline.errors import Invalid, Missing, Unavailable
from heartline.language import _
from heartline.records import (
    PRIORITY,
    Body,
    IdentifierKind,
    Invitation,
    Question,
    Response,
    Source,
    Survey,
    Trust,
    hash_token,
    is_address,
)
from heartline.web.confirming import REPLY, ask_first
from heartline.web.visit import Visit

TRUSTED_KIND: Final = "surveys"
PUBLIC_KIND: Final = "survey links"
LEFT_US: Final = 30 * 60 * 1_000_000
"""Who has not gone on for so long has left off: what they said until then is handed over."""
_TOKEN_BYTES: Final = 18
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where somebody is in a survey. ``base`` is the path of their screens; ``place`` counts the questions shown to
    them from 0, and is their number where all are answered; ``problem`` is what was wrong with the answer before.
    ``fresh`` names the filling-in that the first screen begins: a form that is sent twice begins one.
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

    @property
    def question(self) -> Question | None:
        """The question of this screen."""
        return self.questions[self.place] if self.place < len(self.questions) else None

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        """What was answered so far."""
        return dict(self.response.answers) if self.response is not None else {}


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
    )


def _read_fresh(visit: Visit) -> str:
    """The name that a first screen brought, or one of chance."""
    told = visit.field("fresh")
    return told if _TOKEN.fullmatch(told) else secrets.token_urlsafe(_TOKEN_BYTES)


def choose_turn(visit: Visit, token: str, mine: str) -> str:
    """Return by what answers to one filling-in are told from others: those come one after the other."""
    return mine or visit.field("fresh") or token


def _read_place(visit: Visit, questions: Sequence[Question], answers: Mapping[str, object]) -> int:
    """The screen asked for; without one the first that is not answered: who comes back goes on."""
    told = visit.query.get("at", "")
    if told.isascii() and told.isdecimal() and len(told) < 4:
        return min(int(told), max(len(questions) - 1, 0))
    return next((place for place, one in enumerate(questions) if one.key not in answers), max(len(questions) - 1, 0))


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
    key = visit.field("q")
    question = next((one for one in sheet.questions if one.key == key), None)
    if question is None or sheet.over:
        return sheet, sheet.base
    place = list(sheet.questions).index(question)
    try:
        said = read_answer(question, visit.form.get("a", []))
    except Invalid as error:
        return replace(sheet, place=place, problem=error.message), ""
    response, base = sheet.response, sheet.base
    if response is None:
        response, base = _begin(visit, sheet)
        if response.done_us:
            return sheet, base
    answers = {**response.answers, question.key: said}
    # An answer that is asked for no more, because an earlier one changed, was never given.
    for one in sheet.survey.text.questions:
        if one.key in answers and not is_shown(one, answers):
            del answers[one.key]
    response = replace(response, answers=answers, changed_us=visit.now_us)
    visit.heartline.stores.kept.set_response(response)
    asked = shown(sheet.survey.text, answers)
    onward = [one.key for one in asked].index(question.key) + 1
    if onward < len(asked):
        return sheet, f"{base}?at={onward}"
    hand_over(visit.heartline, sheet.survey, response, whole=True)
    return sheet, base


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


def hand_over(heartline: Heartline, survey: Survey, response: Response, *, whole: bool, at_us: int = 0) -> None:
    """Put what somebody said into the journal, by the door's own intake, then keep only that it was said (at 0: now).

    Done twice it is done once: each event has a message id of its own. Who left without a word said nothing.

    Raises:
        Unavailable: the journal takes nothing just now.
    """
    kept, now_us = heartline.stores.kept, at_us or time.time_ns() // 1_000
    response = replace(response, whole=whole)
    invitation = kept.invitation(response.invitation_id) if response.invitation_id else None
    who = name_respondent(heartline, response, invitation)
    events = tell_answers(survey, response, at_us=response.changed_us, who=who, invitation=invitation)
    _submit(heartline, find_source(heartline, trusted=invitation is not None), events)
    stripped = strip_words(survey.text, response.answers)
    kept.set_response(replace(response, answers=stripped, done_us=now_us))


def _submit(heartline: Heartline, source: Source, events: Sequence[dict[str, Any]]) -> None:
    if events:
        payload = json.dumps({"batch": list(events)}, ensure_ascii=False).encode("utf-8", "replace")
        received_us = time.time_ns() // 1_000
        body = Body(source_id=source.source_id, received_us=received_us, payload=payload, events=len(events))
        heartline.intake.submit(body)


def find_source(heartline: Heartline, *, trusted: bool) -> Source:
    """Return the source that answers come by: that of personal links, which say who it is, or that of public ones."""
    name = _("Surveys by invitation") if trusted else _("Surveys by link")
    kind, trust = (TRUSTED_KIND, Trust.TRUSTED) if trusted else (PUBLIC_KIND, Trust.PUBLIC)
    return heartline.sources.of_kind(kind, name=name, trust=trust)


def name_respondent(heartline: Heartline, response: Response, invitation: Invitation | None) -> dict[str, Any]:
    """Return what names a respondent in an event: the customer's highest identifier, the address they were asked at,
    or nobody in particular.
    """
    nobody = {"anonymousId": f"survey-{response.survey_id}-{response.response_id}-{response.started_us}"}
    if invitation is None:
        return nobody
    derived = heartline.stores.derived
    for handle in (invitation.person, invitation.handle):
        customer_id = derived.customer_of_handle(handle) if handle else None
        if customer_id is None:
            continue
        known = derived.identifiers({span.subject_id for span in derived.owned_by(customer_id)})
        best = min((one.identifier for one in known), key=lambda one: (PRIORITY[one.kind], one.value), default=None)
        if best is not None and best.kind in {
            IdentifierKind.USER_ID,
            IdentifierKind.LOYALTY_CARD,
            IdentifierKind.EMAIL,
        }:
            if best.kind is IdentifierKind.USER_ID:
                return {"userId": best.value}
            return {"block": {"identifiers": {best.kind.value: best.value}}}
    letter = heartline.stores.kept.letter_of_key(invitation.key)
    return {"block": {"identifiers": {"email": letter.letter.to}}} if letter is not None else nobody


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
    _submit(visit.heartline, find_source(visit.heartline, trusted=sheet.invitation is not None), events)
    if yes and sheet.invitation is None:
        text, cause = sheet.survey.text, f"survey:{response.survey_id}:{response.response_id}"
        told = {"cause": cause, "title": text.title, "language": text.language}
        ask_first(visit.heartline, address, purpose=REPLY, now_us=visit.now_us, **told)


def ask_contact_words() -> str:
    """The question after the last one."""
    return _("May we write to you about what you said?")


def settle_left(heartline: Heartline, *, now_us: int) -> int:
    """Hand over what those said who left off; return how many they were."""
    kept, done = heartline.stores.kept, 0
    for response in kept.open_responses(before_us=now_us - LEFT_US):
        survey = kept.survey(response.survey_id)
        # Who was at the end, and whose handing over was cut off by a crash, is told in the very same words again.
        whole = all(one.key in response.answers for one in shown(survey.text, response.answers))
        hand_over(heartline, survey, response, whole=whole)
        done += 1
    return done
