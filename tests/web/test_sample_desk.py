"""What the sample's people have set up: it tells something, the same each time, and not one letter leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from mail_catcher import Catcher, catching
from test_surveys_invited import send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import LetterKind, LetterState
from heartline.web import Postman, furnish_sample
from heartline.web.sample_desk import DOOR, ROUNDS

NOW_US = time.time_ns() // 1_000
HOUR_US = 3_600_000_000
PEOPLE = 90


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


def furnished(catcher: Catcher) -> Heartline:
    """A small company with deliveries around the days on which people are asked, and unhappy scores in the North."""
    opened = open_twin(Settings(smtp_url=catcher.url, mail_from="Care <care@example.org>"))
    opened.change_workspace(letters_from=0, letters_to=0, sample=True)
    events: list[dict[str, object]] = []
    day_us = 24 * HOUR_US
    for number in range(PEOPLE):
        user, place = f"u{number}", "North" if number % 3 else "South"
        at_us = NOW_US // day_us * day_us - ROUNDS[number % len(ROUNDS)] * day_us
        block = {"touchpoint": DOOR, "channel": "courier", "place": place}
        who = {"userId": user, "type": "track", "event": "Parcel Delivered"}
        score = {"score": {"kind": "nps", "value": number % 5, "top": 10}, "channel": "app"}
        events += [
            {"type": "identify", "userId": user, "messageId": f"i{number}", "traits": {"email": f"{user}@example.org"}},
            {**who, "messageId": f"d{number}", "timestamp": at_us // 1_000, "context": {"heartline": block}},
            {
                **who,
                "messageId": f"s{number}",
                "timestamp": at_us // 1_000,
                "context": {"heartline": {**block, **score}},
            },
        ]
    send(opened, *events)
    furnish_sample(opened, seed=1, now_us=NOW_US)
    return opened


def test_the_sample_tells_something_and_not_one_letter_leaves(catcher: Catcher) -> None:
    with furnished(catcher) as heartline:
        kept = heartline.stores.kept
        asked, began, ended = kept.survey_counts()[1]
        assert asked == PEOPLE
        assert 0.2 * asked < ended < began < 0.8 * asked
        assert kept.survey(1).is_open
        assert [rule.name for rule in kept.case_rules()] == ["Unhappy with a delivery", "Kind, and let down"]
        cases = kept.cases(limit=99)
        assert 0 < len(cases) < 20
        assert len({case.handle for case in cases}) == len(cases), "no two cases of one answer"
        (firing,) = kept.firings(limit=9)
        assert (firing.alert_id, firing.high < 40) == (1, True)
        account = heartline.account()
        assert (account.balanced, account.duplicate, account.refused) == (True, 0, 0)
        assert kept.letter_states() == {LetterState.SENT: PEOPLE}
        # Whatever relay is set, and whoever presses a button: these people are nobody.
        first = kept.letter(1).letter
        kept.queue_letter(replace(first, key="again", kind=LetterKind.REPLY))
        Postman(heartline).go_round()
        assert (catcher.got, kept.letter_states()[LetterState.HELD_BACK]) == ([], 1)


def test_the_sample_is_the_same_each_time(catcher: Catcher) -> None:
    told = []
    for _ in range(2):
        with furnished(catcher) as heartline:
            kept = heartline.stores.kept
            place_of = {one.invitation_id: (one.place, one.asked_us) for one in kept.invitations(1)}
            answers = [(place_of[one.invitation_id], one.answers, one.started_us) for one in kept.responses(1)]
            told.append((sorted(answers, key=repr), sorted(case.title for case in kept.cases(limit=99))))
    assert told[0] == told[1]
