"""Case rules over a running installation: each touch is judged once a rule, whatever dies or is built anew."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from browsing import a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline
from heartline.records import Bounds, Case, CaseRule, CaseStatus, Mend, Reading, Role, RuleAsks, TextKind
from heartline.web.case_rounds import RULES_WAIT_US, go_round

NOW = time.time()
NOW_US = int(NOW * 1_000_000)
DAY_US = 86_400_000_000
UNHAPPY = RuleAsks(score_kind="nps", score_low=0, score_high=6)


def a_rule(heartline: Heartline, asks: RuleAsks = UNHAPPY, **given: object) -> CaseRule:
    since_us = NOW_US - DAY_US
    rule = CaseRule(rule_id=0, name="Low scores", asks=asks, owner="Owner", since_us=since_us)
    return heartline.stores.kept.add_case_rule(replace(rule, **given))  # type: ignore[arg-type]


def give(
    heartline: Heartline, user: str, value: int, *, hours: float = 1, text: str = "", place: str = "North"
) -> None:
    block = {"channel": "app", "place": place, "score": {"kind": "nps", "value": value}}
    send(heartline, [a_touch(user, NOW - hours * 3_600, "Courier", **block, **({"text": text} if text else {}))])


def cases(heartline: Heartline) -> list[Case]:
    kept = heartline.stores.kept
    return [kept.case(case.case_id) for case in kept.cases(limit=99)]


def test_a_low_score_becomes_a_case_with_its_owner_and_a_high_one_does_not(heartline: Heartline) -> None:
    a_user(heartline)
    rule = a_rule(heartline)
    give(heartline, "ana", 6)
    give(heartline, "ben", 7)
    assert go_round(heartline, now_us=NOW_US) == 1
    (case,) = cases(heartline)
    assert (case.owner, case.status, case.opened_by) == ("Owner", CaseStatus.NEW, "Low scores")
    assert case.title == "Not quite pleased with Courier, North: 6 of 10"
    assert case.due_us > NOW_US
    assert heartline.stores.kept.rule_counts()[rule.rule_id] == (1, 1, 0)


def test_a_second_round_a_crash_and_a_rebuild_open_nothing_twice(heartline: Heartline) -> None:
    rule = a_rule(heartline)
    give(heartline, "ana", 2)
    assert go_round(heartline, now_us=NOW_US) == 1
    assert go_round(heartline, now_us=NOW_US) == 0
    # As if the process had died after the case was opened and before the rule moved on.
    heartline.stores.kept.set_case_rule(replace(rule, at_seq=-1))
    assert go_round(heartline, now_us=NOW_US) == 0
    assert len(cases(heartline)) == 1
    assert len(cases(heartline)[0].notes) == 1


def test_what_lies_before_the_rule_opens_nothing(heartline: Heartline) -> None:
    a_rule(heartline)
    give(heartline, "ana", 0, hours=30)
    assert go_round(heartline, now_us=NOW_US) == 0
    assert not cases(heartline)


def test_one_open_case_a_customer_and_rule_later_ones_join_it(heartline: Heartline) -> None:
    rule = a_rule(heartline)
    for hours in (5, 4, 3):
        give(heartline, "ana", 1, hours=hours)
    give(heartline, "ben", 1)
    assert go_round(heartline, now_us=NOW_US) == 2
    first = next(case for case in cases(heartline) if len(case.notes) == 3)
    assert [note.text for note in first.notes[1:]] == ["Again: Courier, North, 1/10."] * 2
    assert heartline.stores.kept.rule_counts()[rule.rule_id] == (4, 2, 0)


@pytest.mark.parametrize(("cooldown", "opened"), [(0, 1), (7, 0)])
def test_after_closing_a_new_one_opens_unless_the_rule_cools_down(
    heartline: Heartline, cooldown: int, opened: int
) -> None:
    a_rule(heartline, cooldown_days=cooldown)
    give(heartline, "ana", 1, hours=3)
    go_round(heartline, now_us=NOW_US)
    kept = heartline.stores.kept
    kept.change_case(cases(heartline)[0].case_id, author="x", status=CaseStatus.CLOSED, reason="done")
    give(heartline, "ana", 1, hours=2)
    assert go_round(heartline, now_us=NOW_US) == opened


def test_a_customer_found_to_be_one_has_one_case(heartline: Heartline) -> None:
    a_rule(heartline)
    block = {"channel": "app", "score": {"kind": "nps", "value": 1}}
    anonymous = a_touch("", NOW - 7_200, "Courier", **block) | {"anonymousId": "tablet-7"}
    del anonymous["userId"]
    tie = {"type": "identify", "userId": "ana", "anonymousId": "tablet-7", "messageId": "tie"}
    send(heartline, [anonymous])
    assert go_round(heartline, now_us=NOW_US) == 1
    send(heartline, [tie])
    give(heartline, "ana", 0)
    assert go_round(heartline, now_us=NOW_US) == 0
    assert len(cases(heartline)) == 1


def a_reading(seq: int, negative: float, kind: TextKind = TextKind.COMPLAINT) -> Reading:
    told = {"effort": False, "urgency": False, "question": False, "personal": False}
    return Reading(seq=seq, version=0, language="en", negative=negative, positive=0, emotion=None, kind=kind, **told)


def test_a_rule_that_asks_the_reader_waits_for_it(heartline: Heartline) -> None:
    rule = a_rule(heartline, RuleAsks(negative=0.8))
    give(heartline, "ana", 9, text="Never again.", hours=3)
    give(heartline, "ben", 9, text="Fine.", hours=2)
    give(heartline, "cal", 9)
    assert go_round(heartline, now_us=NOW_US) == 0
    assert heartline.stores.kept.rule_counts()[rule.rule_id] == (0, 0, 2)
    said = {entry.text: entry.seq for entry in heartline.stores.history.recent(limit=9) if entry.text}
    heartline.stores.readings.shelve([a_reading(said["Never again."], 0.9)])
    assert go_round(heartline, now_us=NOW_US) == 1
    assert heartline.stores.kept.rule_counts()[rule.rule_id] == (1, 1, 1)
    heartline.stores.readings.shelve([a_reading(said["Fine."], 0.1)])
    assert go_round(heartline, now_us=NOW_US) == 0
    assert heartline.stores.kept.rule_counts()[rule.rule_id] == (1, 1, 0)


def test_what_nobody_reads_waits_three_days_and_no_longer(heartline: Heartline) -> None:
    rule = a_rule(heartline, RuleAsks(kind="complaint"))
    give(heartline, "ana", 9, text="Never again.")
    go_round(heartline, now_us=NOW_US)
    go_round(heartline, now_us=NOW_US + RULES_WAIT_US + 1)
    assert heartline.stores.kept.rule_counts().get(rule.rule_id, (0, 0, 0)) == (0, 0, 0)


def test_the_owner_of_the_place_has_it_else_the_rules_owner_else_the_deputy(heartline: Heartline) -> None:
    a_user(heartline)
    north = a_user(heartline, role=Role.AGENT, email="nora@example.com")
    heartline.stores.kept.set_bounds(north.user_id, Bounds(places=("North",)))
    a_rule(heartline, by_place=True)
    give(heartline, "ana", 1)
    give(heartline, "ben", 1, place="South")
    go_round(heartline, now_us=NOW_US)
    assert sorted(case.owner for case in cases(heartline)) == ["Nora", "Owner"]
    a_rule(heartline, owner="Gone", deputy="Nora", asks=replace(UNHAPPY, places=("west",)))
    give(heartline, "cal", 1, place="West")
    go_round(heartline, now_us=NOW_US)
    assert {case.owner for case in cases(heartline) if case.title.startswith("Unhappy with Courier, West")} >= {"Nora"}


def test_a_case_still_new_when_due_goes_to_the_deputy_once(heartline: Heartline) -> None:
    a_user(heartline)
    a_user(heartline, role=Role.AGENT, email="nora@example.com")
    a_rule(heartline, deputy="Nora")
    give(heartline, "ana", 1)
    go_round(heartline, now_us=NOW_US)
    later_us = cases(heartline)[0].due_us + 1
    go_round(heartline, now_us=later_us)
    assert cases(heartline)[0].owner == "Nora"
    heartline.stores.kept.change_case(cases(heartline)[0].case_id, author="x", owner="Owner")
    go_round(heartline, now_us=later_us)
    assert cases(heartline)[0].owner == "Owner"


def test_a_broken_promise_opens_one_and_a_kept_one_does_not(heartline: Heartline) -> None:
    a_rule(heartline, RuleAsks(broken_promise=True))
    for user, minutes in (("ana", 40), ("ben", 20)):
        touch = a_touch(user, NOW - DAY_S / 24, "Delivery", channel="app")
        send(heartline, [touch | {"properties": {"promised_minutes": 30, "minutes": minutes}}])
    assert go_round(heartline, now_us=NOW_US) == 1


def test_a_mended_event_is_judged_when_it_is_mended_and_what_was_judged_is_not_again(heartline: Heartline) -> None:
    a_user(heartline)
    rule = a_rule(heartline)
    good = a_touch("ana", NOW - 7_200, "Courier", channel="app", score={"kind": "nps", "value": 1})
    send(heartline, [{**good, "timestamp": "the other day"}])
    give(heartline, "ben", 1)
    assert go_round(heartline, now_us=NOW_US) == 1
    kept = heartline.stores.kept
    kept.change_case(cases(heartline)[0].case_id, author="x", status=CaseStatus.CLOSED, reason="done")
    (refused,) = heartline.stores.derived.refused(limit=9)
    heartline.act(Mend(events=((refused.seq, json.dumps(good)),)))
    assert go_round(heartline, now_us=NOW_US) == 1
    assert go_round(heartline, now_us=NOW_US) == 0
    assert kept.rule_counts()[rule.rule_id] == (2, 2, 0)


def test_a_history_made_anew_opens_nothing(heartline: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    a_rule(heartline)
    give(heartline, "ana", 1)
    assert go_round(heartline, now_us=NOW_US) == 1
    kept = heartline.stores.kept
    kept.change_case(cases(heartline)[0].case_id, author="x", status=CaseStatus.CLOSED, reason="done")
    monkeypatch.setattr(type(heartline.stores.history), "fingerprint", lambda _self: "anew")
    assert go_round(heartline, now_us=NOW_US) == 0
    assert len(cases(heartline)) == 1
