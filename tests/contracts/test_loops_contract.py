"""The loop is kept alike in memory, on disk and on a server: rules, causes, replies, alerts, links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Missing
from heartline.records import Alert, CaseRule, CaseStatus, Metric, ReplyState, RuleAsks, Share
from heartline.store import Stores, open_memory, open_stores

RULE = CaseRule(rule_id=0, name="„Zu spät“", asks=RuleAsks(words=("迟到",), negative=0.8), deputy="Nora", team_id=3)
OPENING = {"title": "Late", "handle": "ab" * 16, "owner": "Ines", "due_us": 50, "now_us": 40}
ALERT = Alert(alert_id=0, name="Fall", measure="nps", bound=-12.5)
METRIC = Metric(name="nps", value=-30.0, low=-40.0, high=-20.0, n=80, customers=70, method="alert")


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_a_rule_opens_once_joins_and_waits(stores: Stores) -> None:
    kept = stores.kept
    rule = kept.add_case_rule(RULE)
    assert kept.case_rules() == (rule,)
    kept.wait_by_rule(rule.rule_id, [7, 8], now_us=30)
    assert kept.waits_of_rule(rule.rule_id, limit=9) == {7: 30, 8: 30}
    case = kept.open_by_rule(rule, 7, **OPENING)  # type: ignore[arg-type]
    assert case is not None
    assert (case.title, case.seq, case.opened_by, case.owner) == ("Late", 7, rule.name, "Ines")
    assert kept.open_by_rule(rule, 7, **OPENING) is None  # type: ignore[arg-type]
    assert kept.join_by_rule(rule.rule_id, 9, case_id=case.case_id, note="Again: x.", now_us=41)
    assert not kept.join_by_rule(rule.rule_id, 9, case_id=case.case_id, note="Again: x.", now_us=41)
    assert kept.rule_counts() == {rule.rule_id: (2, 1, 1)}
    kept.drop_waits(rule.rule_id, [8])
    assert kept.waits_of_rule(rule.rule_id, limit=9) == {}
    assert kept.case_teams() == {case.case_id: 3}
    assert kept.cases_for_deputies(now_us=51) == {case.case_id: "Nora"}
    kept.note_escalated(case.case_id)
    assert kept.cases_for_deputies(now_us=51) == {}
    kept.advance_case_rule(rule.rule_id, at_seq=9)
    kept.advance_case_rule(rule.rule_id, at_seq=4)
    assert kept.case_rule(rule.rule_id) == replace(rule, at_seq=9)
    kept.drop_case_rule(rule.rule_id)
    with pytest.raises(Missing):
        kept.case_rule(rule.rule_id)


def test_a_loop_follows_its_case_and_goes_with_an_erasure(stores: Stores) -> None:
    kept = stores.kept
    case = kept.open_case(title="x", handle="cd" * 16, seq=1, owner="", due_us=1, opened_by="Tom")
    assert kept.case_loop(case.case_id).cause == ""
    kept.set_cause(case.case_id, cause="Late courier", journey_id="j", stage="Door", author="Tom")
    kept.change_case(case.case_id, author="Tom", status=CaseStatus.CLOSED, reason="done")
    assert kept.case_loop(case.case_id).recheck_us > 0
    kept.change_case(case.case_id, author="Tom", status=CaseStatus.CONTACTED)
    loop = kept.case_loops()[case.case_id]
    assert (loop.cause, loop.stage, loop.reopened, loop.recheck_us) == ("Late courier", "Door", 1, 0)
    draft = kept.keep_draft(case.case_id, author="Tom", subject="s", text="Dear Ana", now_us=5)
    kept.hold_reply(draft.reply_id, address="ana@example.com", now_us=6, send_us=16)
    assert kept.replies_due(now_us=15) == []
    assert [one.address for one in kept.replies_due(now_us=16)] == ["ana@example.com"]
    kept.finish_reply(draft.reply_id)
    assert not kept.take_back(draft.reply_id)
    assert [one.state for one in kept.replies(case.case_id)] == [ReplyState.SENT]
    assert len(kept.whole_cases(limit=9)[0].notes) == len(kept.case(case.case_id).notes) >= 4
    kept.empty_cases(["cd" * 16])
    assert kept.replies(case.case_id) == []
    assert kept.case_loop(case.case_id).cause == ""


def test_an_alert_fires_once_a_look_and_is_grouped_by_cause(stores: Stores) -> None:
    kept, look = stores.kept, 10**15
    first, second = kept.add_alert(ALERT), kept.add_alert(replace(ALERT, name="Same"))
    for alert in (first, first, second):
        kept.note_look(alert, look, METRIC)
    one, other = sorted(kept.firings(limit=9), key=lambda firing: firing.firing_id)
    assert (one.value, one.low, one.high, one.n, one.grouped, other.grouped) == (-30, -40, -20, 80, False, True)
    assert kept.untold_firings() == [one]
    kept.note_told([one.firing_id], [{"text": "x"}], now_us=look + 1)
    assert kept.untold_firings() == []
    assert [firing.firing_id for firing in kept.unanswered_firings(told_before_us=look + 1)] == [one.firing_id]
    kept.note_seen(one.firing_id, by="Ines", now_us=look + 2)
    assert kept.unanswered_firings(told_before_us=look + 9) == []
    assert kept.alert(first.alert_id).looked_us == look
    kept.drop_alert(first.alert_id)
    assert [firing.alert_id for firing in kept.firings(limit=9)] == [second.alert_id]


def test_a_link_opens_while_it_lives_and_counts(stores: Stores) -> None:
    kept = stores.kept
    share = Share(share_id=0, name="x", by="place", columns=("nps",), days=28, made_by="Tom", made_us=1, expires_us=100)
    made = kept.add_share(share, token_hash="ff")
    assert kept.open_share("ee", now_us=5) is None
    assert kept.open_share("ff", now_us=100) is None
    assert kept.open_share("ff", now_us=99) == replace(made, views=1)
    kept.drop_share(made.share_id)
    with pytest.raises(Missing):
        kept.drop_share(made.share_id)
