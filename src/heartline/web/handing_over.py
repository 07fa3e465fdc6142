"""What somebody said in a survey goes into the journal, by the door's own intake: at the end, or left off."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from heartline.act import is_answered, shown, strip_words, tell_answers
from heartline.app import Heartline
from heartline.language import _
from heartline.records import PRIORITY, Body, IdentifierKind, Invitation, Response, Source, Survey, Trust

TRUSTED_KIND: Final = "surveys"
PUBLIC_KIND: Final = "survey links"
LEFT_US: Final = 30 * 60 * 1_000_000
"""Who has not gone on for so long has left off: what they said until then is handed over."""


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
    submit(heartline, find_source(heartline, trusted=invitation is not None), events)
    stripped = strip_words(survey.text, response.answers)
    kept.set_response(replace(response, answers=stripped, done_us=now_us))


def submit(heartline: Heartline, source: Source, events: Sequence[dict[str, Any]]) -> None:
    """Put events into the journal."""
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


def settle_left(heartline: Heartline, *, now_us: int) -> int:
    """Hand over what those said who left off; return how many they were."""
    kept, done = heartline.stores.kept, 0
    for response in kept.open_responses(before_us=now_us - LEFT_US):
        survey = kept.survey(response.survey_id)
        # Who was at the end, and whose handing over was cut off by a crash, is told in the very same words again.
        whole = all(is_answered(one, response.answers) for one in shown(survey.text, response.answers))
        hand_over(heartline, survey, response, whole=whole)
        done += 1
    return done
