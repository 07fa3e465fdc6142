"""What the sample's people would have set up by now: a survey with answers, two case rules, an alert.

Invitations, answers, cases and the firing come by the functions that make them everywhere; only their times are told.
Nothing leaves: the letters count as sent the moment they are written, and the postman sends nothing to made-up people.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from heartline.app import Heartline
from heartline.language import _, speaking
from heartline.records import (
    LINK_MARK,
    Alert,
    CaseRule,
    Condition,
    Invitation,
    LetterState,
    Question,
    QuestionKind,
    RuleAsks,
    ShowIf,
    Survey,
    SurveyStatus,
    SurveyText,
    hash_token,
)
from heartline.web.alert_rounds import take_looks
from heartline.web.case_rounds import go_round, last_seq
from heartline.web.handing_over import LEFT_US, hand_over
from heartline.web.inviting import Order, send_invitations
from heartline.web.standing import keep_standing

DOOR: Final = "Courier at the door"
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_TEN_O_CLOCK_US: Final = 10 * _HOUR_US
ROUNDS: Final = (13, 11, 9, 7, 5, 3)
"""How many days ago people were asked, each time those of most of a day."""
_ANSWER: Final = 0.38
_LEAVE: Final = 0.07
_LATE: Final = {"North": 0.31}
_LATE_ELSEWHERE: Final = 0.07
_LATE_SCORES: Final = (1, 2, 3, 4, 5, 6, 6, 7, 8)
_OTHER_SCORES: Final = (6, 7, 8, 8, 9, 9, 9, 10, 10, 10)
WRONG: Final = ("It came late", "Nobody told me when", "It was damaged", "Something was missing")
_SAID_OF_LATE: Final = (
    "Two days late, and not a word from anybody.",
    "I stayed at home for it twice.",
    "The tracking page said “on its way” for three days.",
    "Late again. The coffee is good, the courier is not.",
    "I had to ask the neighbours where my box was.",
    "Third late box in a row. I am thinking of cancelling.",
    "It came after the weekend it was meant for.",
    "Please go back to the courier you had before.",
    "Nobody rang. The box stood in the rain.",
    "The box was late and the beans are fine, so a six.",
)
_SAID_ELSE: Final = (
    "Always there before the last bag is empty.",
    "The driver knows my name by now.",
    "On the day, at the hour. That is all I want.",
    "I like that I can choose the day.",
    "Beautifully packed.",
    "It fits through the letterbox, so I need not be in.",
    "The note in the box made me smile.",
    "Good coffee, on time.",
    "I would like an earlier slot, otherwise fine.",
    "Quick, and the box can be recycled.",
    "Nothing to complain of.",
    "Came a day early, which was a nice surprise.",
    "Would recommend, and have.",
    "A little dear, but it always comes.",
)


def furnish_sample(heartline: Heartline, *, seed: int, now_us: int | None = None) -> None:
    """Set up what a team would have by now, over a sample that was filled in."""
    now_us = now_us or time.time_ns() // 1_000
    with speaking("en"):
        _watch(heartline, since_us=now_us - ROUNDS[0] * _DAY_US)
        _ask_customers(heartline, seed=seed, now_us=now_us)
    heartline.catch_up()
    go_round(heartline, now_us=now_us)
    take_looks(heartline, now_us=now_us)


def _watch(heartline: Heartline, *, since_us: int) -> None:
    """Two rules, which judge what comes from here on, and an alert; nobody is written to."""
    kept, seq = heartline.stores.kept, last_seq(heartline)
    low = RuleAsks(score_kind="nps", score_low=0, score_high=5, touchpoints=(DOOR,), channels=("survey",))
    untold = replace(low, score_low=6, score_high=10, words=("late", "not a word", "nobody", "neighbours"))
    rules = (
        CaseRule(rule_id=0, name="Unhappy with a delivery", asks=low, due_hours=8),
        CaseRule(rule_id=0, name="Kind, and let down", asks=untold, due_hours=24, title="Kind words about a late box"),
    )
    for rule in rules:
        kept.add_case_rule(replace(rule, cooldown_days=14, since_us=since_us, from_seq=seq, at_seq=seq))
    kept.add_alert(
        Alert(
            alert_id=0,
            name="Deliveries in the North",
            measure="nps",
            bound=40.0,
            touchpoint=DOOR,
            field="place",
            value="North",
            window_days=28,
            cooldown_days=7,
            by_mail=False,
        )
    )


def write_sample_survey() -> SurveyText:
    """Return the survey that the sample has."""
    unhappy = ShowIf(question="q1", condition=Condition.AT_MOST, value="6")
    return SurveyText(
        title="Your delivery",
        why=_("We ask so that we learn what to mend first. A person reads every answer."),
        touchpoint=DOOR,
        area="product",
        keep_days=0,
        questions=(
            Question(
                key="q1",
                kind=QuestionKind.NPS,
                words="After this delivery: how likely is it that you would recommend us to a friend?",
                low="Not at all likely",
                high="Extremely likely",
                top=10,
                required=True,
            ),
            Question(key="q2", kind=QuestionKind.TEXT, words="What is the main reason for your number?"),
            Question(
                key="q3",
                kind=QuestionKind.CHOICE,
                words="What went wrong?",
                choices=WRONG,
                several=True,
                show_if=unhappy,
            ),
        ),
    )


def _ask_customers(heartline: Heartline, *, seed: int, now_us: int) -> None:
    kept = heartline.stores.kept
    survey = kept.add_survey(write_sample_survey(), by="you@example.com")
    kept.set_survey(survey.survey_id, status=SurveyStatus.PUBLISHED)
    survey = kept.survey(survey.survey_id)
    text = f"Hello,\n\nyour box has come. How was it? It takes less than a minute.\n\n{LINK_MARK}\n\nHarbour & Bean"
    order = Order(who="touch", touchpoint=DOOR, subject="How was your delivery?", text=text)
    for days in ROUNDS:
        asked_us = now_us // _DAY_US * _DAY_US - days * _DAY_US + _TEN_O_CLOCK_US
        whom = replace(order, since_us=asked_us - 20 * _HOUR_US, until_us=asked_us - 6 * _HOUR_US)
        send_invitations(heartline, survey, whom, now_us=asked_us)
    by_itself = replace(order, hours=20, share=50)
    keep_standing(heartline, survey, by_itself, now_us=now_us)
    left = {True: list(_SAID_OF_LATE), False: list(_SAID_ELSE)}
    for invitation in reversed(kept.invitations(survey.survey_id)):
        posted = kept.letter_of_key(invitation.key)
        if posted is None:
            continue
        sent = replace(posted, state=LetterState.SENT, told="made_up", tried_us=invitation.asked_us)
        kept.note_letter(sent)
        draw = random.Random(f"{seed} {posted.letter.to}")  # noqa: S311  # a story, not a secret
        _answer(heartline, survey, invitation, draw, left, now_us)


def _answer(  # all that an answer hangs on
    heartline: Heartline,
    survey: Survey,
    asked: Invitation,
    draw: random.Random,
    left: Mapping[bool, list[str]],
    now_us: int,
) -> None:
    """Answer as somebody would: whole, in part, or not at all. What was said once is said by nobody else."""
    does = draw.random()
    began_us = asked.asked_us + int(draw.lognormvariate(1.2, 1.0) * _HOUR_US)
    took_us = int(draw.uniform(20, 110) * 1_000_000)
    if does > _ANSWER + _LEAVE or began_us + LEFT_US > now_us:
        return
    late = draw.random() < _LATE.get(asked.place, _LATE_ELSEWHERE)
    score = draw.choice(_LATE_SCORES if late else _OTHER_SCORES)
    whole = does < _ANSWER
    answers: dict[str, tuple[str, ...]] = {"q1": (str(score),)}
    if whole:
        wrote = draw.random() < 0.7 and bool(left[late])
        answers["q2"] = (left[late].pop(draw.randrange(len(left[late]))),) if wrote else ()
        if score <= 6:
            answers["q3"] = WRONG[:1] if late else (draw.choice(WRONG[1:]),)
    kept = heartline.stores.kept
    response = kept.begin_response(
        survey_id=survey.survey_id,
        invitation_id=asked.invitation_id,
        handle=asked.person or asked.handle,
        token_hash=hash_token(f"sample {asked.key}"),
        hidden={},
        at_us=began_us,
    )
    response = replace(response, answers=answers, changed_us=began_us + took_us)
    hand_over(heartline, survey, response, whole=whole, at_us=began_us + took_us + (0 if whole else LEFT_US))
