"""Settings → Case rules: tried over the last month as it is judged live, kept from now on, switched, forgotten."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from browsing import Browser
from small_company import a_company, a_touch, send
from test_customers import HOSTILE

from heartline.app import Heartline
from heartline.records import CaseRule, RuleAsks
from heartline.web.case_rounds import go_round
from heartline.web.case_rules import try_rule, write_form

NOW = time.time()
FORM = {"name": "Low", "score_kind": "nps", "score_low": "0", "score_high": "6", "owner": "Owner", "act": "keep"}


def test_what_it_would_have_opened_is_what_it_then_opens(heartline: Heartline) -> None:
    a_company(heartline, seed=4, customers=120, days=29, fall=True)
    now_us = time.time_ns() // 1_000
    rule = CaseRule(rule_id=0, name="Low", asks=RuleAsks(score_kind="any"), due_hours=400)
    tried = try_rule(heartline, rule, now_us=now_us)
    assert tried.meant > tried.cases > 5
    kept = heartline.stores.kept
    # Had it stood there a month ago, with nobody closing a case before it is due.
    made = kept.add_case_rule(replace(rule, since_us=now_us - 30 * 86_400_000_000, at_seq=-1))
    assert go_round(heartline, now_us=now_us) == tried.cases
    assert kept.rule_counts()[made.rule_id] == (tried.meant, tried.cases, 0)


def test_a_rule_is_made_tried_switched_and_forgotten(heartline: Heartline, owner: Browser) -> None:
    text = owner.get("/settings/rules").text
    assert "No case opens by itself yet" in text
    send(heartline, [a_touch("ana", NOW - 60, "Courier", channel="app", score={"kind": "nps", "value": 3})])
    assert "Would have opened 1 case" in owner.get("/settings/rules/new").text
    tried = owner.post("/settings/rules", {**FORM, "score_high": "2", "act": "try"}, form="/settings/rules/new")
    assert "Would have opened 0 cases" in tried.text
    assert not heartline.stores.kept.case_rules()
    kept = owner.post("/settings/rules", FORM, form="/settings/rules/new")
    assert kept.status_code == 303
    (rule,) = heartline.stores.kept.case_rules()
    assert rule.asks == RuleAsks(score_kind="nps", score_low=0, score_high=6)
    assert go_round(heartline, now_us=time.time_ns() // 1_000) == 0
    path = f"/settings/rules/{rule.rule_id}"
    owner.post(path, {**FORM, "name": "Lower"}, form=path)
    assert heartline.stores.kept.case_rule(rule.rule_id).since_us == rule.since_us
    owner.post(path, FORM | {"score_high": "9"}, form=path)
    assert heartline.stores.kept.case_rule(rule.rule_id).since_us > rule.since_us
    owner.post(path, FORM, form=path)
    assert "Would recommend (NPS): 0–6" in owner.get("/settings/rules").text
    owner.post(f"{path}/switch", {"on": "0"}, form=path)
    assert not heartline.stores.kept.case_rule(rule.rule_id).enabled
    owner.post(f"{path}/drop", {}, form=path)
    assert not heartline.stores.kept.case_rules()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "A rule has a name."),
        ({"score_kind": ""}, "would open a case of every touch"),
        ({"score_high": "11"}, "No score lies within these bounds."),
        ({"score_low": "nan"}, "No score lies within these bounds."),
        ({"negative": "101"}, "is no number that fits here"),
        ({"due_hours": "0"}, "is no number that fits here"),
        ({"owner": "Mallory"}, "Nobody here has that name."),
        ({"words": "\n".join(map(str, range(101)))}, "That is more than 100 lines."),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_its_reason(owner: Browser, wrong: dict[str, str], words: str) -> None:
    answer = owner.post("/settings/rules", {**FORM, **wrong}, form="/settings/rules/new")
    assert answer.status_code == 400
    assert words in answer.text


def test_a_hostile_rule_stays_text_and_comes_back_as_it_was_written(heartline: Heartline, owner: Browser) -> None:
    said = {**FORM, "name": HOSTILE[:80], "words": HOSTILE.replace(",", " "), "title": HOSTILE, "places": "<b>x</b>"}
    assert owner.post("/settings/rules", said, form="/settings/rules/new").status_code == 303
    (rule,) = heartline.stores.kept.case_rules()
    for path in ("/settings/rules", f"/settings/rules/{rule.rule_id}"):
        assert "<b>x</b>" not in owner.get(path).text
        assert "<script>alert" not in owner.get(path).text
    assert write_form(rule)["places"] == "<b>x</b>"


def test_only_who_may_change_the_workspace_sees_the_rules(viewer: Browser) -> None:
    assert viewer.get("/settings/rules").status_code == 403
