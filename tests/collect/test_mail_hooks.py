"""What comes back of e-mail: bounces are told from policies, and what a server wrote beside them is not kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mail_calls import (
    BOUNCED,
    NOW_S,
    REPORT,
    a_bounce,
    kept_secret,
    sign_mailgun,
    sign_resend,
    sign_sendgrid,
    sign_standard,
)
from test_hooks import a_call, ask, judge

from heartline.collect import BOUNCE_MARK, MAIL_HOOKS
from heartline.collect.hooks.mail import MAILGUN_PATIENCE_S, SENDGRID_PATIENCE_S
from heartline.records import Source, SourceRules

SENDGRID = BOUNCED["sendgrid"]


def mailgun(**given: object) -> dict[str, Any]:
    return {"event-data": {**BOUNCED["mailgun"]["event-data"], **given}}


def sendgrid(**given: object) -> list[dict[str, Any]]:
    return [{**BOUNCED["sendgrid"][0], **given}]


def resend(kind: str = "email.bounced", **given: object) -> dict[str, Any]:
    data = BOUNCED["resend"]["data"]
    return {**BOUNCED["resend"], "type": kind, "data": {**data, "bounce": {**data["bounce"], **given}}}


@pytest.mark.parametrize(
    ("shape", "said", "told"),
    [
        ("mailgun", mailgun(), "hard 5.1.1"),
        ("mailgun", mailgun(severity="temporary"), "soft 5.1.1"),
        ("mailgun", mailgun(**{"delivery-status": {"code": 550, "enhanced-code": "5.7.1"}}), "soft 5.7.1"),
        ("mailgun", mailgun(**{"delivery-status": {"code": 605}}), "hard "),
        ("mailgun", mailgun(event="complained"), "complaint "),
        ("mailgun", mailgun(event="delivered"), None),
        ("sendgrid", sendgrid(), "hard 5.1.1"),
        ("sendgrid", sendgrid(type="blocked"), "soft 5.1.1"),
        ("sendgrid", sendgrid(status="5.2.2"), "soft 5.2.2"),
        ("sendgrid", sendgrid(status="5.0.0", bounce_classification="Invalid Address"), "hard 5.0.0"),
        ("sendgrid", sendgrid(event="dropped", reason="Bounced Address"), "hard "),
        ("sendgrid", sendgrid(event="dropped", reason="Unsubscribed Address"), None),
        ("sendgrid", sendgrid(event="spamreport"), "complaint "),
        ("sendgrid", sendgrid(event="open"), None),
        ("resend", resend(), "hard 5.1.1"),
        ("resend", resend(type="Transient"), "soft 5.1.1"),
        ("resend", resend(message="550 5.7.26 not authenticated"), "soft 5.7.26"),
        ("resend", resend("email.complained"), "complaint "),
        ("resend", resend("email.delivered"), None),
        ("report", REPORT, "hard 5.1.1"),
        ("report", REPORT.replace(b"5.1.1", b"5.2.2"), "soft 5.2.2"),
        ("report", REPORT.replace(b"failed", b"delivered"), None),
        ("report", b"not a report at all", None),
    ],
)
def test_a_bounce_is_told_from_a_policy_and_from_what_is_none(
    doorstep: Any, trusted: Source, shape: str, said: object, told: str | None
) -> None:
    assert ask(doorstep, shape, *a_bounce(shape, said)).status == 200
    if told is None:
        assert doorstep.bodies == []
        return
    (touch,) = judge(doorstep, trusted)
    properties = json.loads(touch.properties)
    assert f"{properties[BOUNCE_MARK]} {properties['status']}" == told
    assert (touch.subject.value, touch.channel, touch.action) == ("ada@example.com", "email", "fail")
    # What a server wrote beside it, and the letter that came back with it, are not kept.
    for words in (b"no ada", b"Hello", b"secret words"):
        assert words not in doorstep.bodies[-1].payload


def test_a_complaint_is_read_from_a_feedback_report(doorstep: Any, trusted: Source) -> None:
    body = (
        b"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n"
        b"Original-Rcpt-To: <ada@example.com>\n\n--b--\n"
    )
    assert ask(doorstep, "report", *a_bounce("report", body)).status == 200
    (touch,) = judge(doorstep, trusted)
    assert (touch.touchpoint, touch.subject.value) == ("E-mail called unwanted", "ada@example.com")


@pytest.mark.parametrize(("shape", "patience_s"), [("mailgun", MAILGUN_PATIENCE_S), ("sendgrid", SENDGRID_PATIENCE_S)])
def test_a_notice_is_no_older_than_its_service_tries(doorstep: Any, shape: str, patience_s: int) -> None:
    for off_s, status in ((patience_s, 200), (patience_s + 1, 401), (-patience_s - 1, 401)):
        stamp = NOW_S - off_s
        body = json.dumps(SENDGRID).encode()
        call = (
            (sign_mailgun(mailgun(), stamp=stamp), {})
            if shape == "mailgun"
            else (body, sign_sendgrid(body, stamp=stamp))
        )
        assert ask(doorstep, shape, *call).status == status


@pytest.mark.parametrize("key", ["", "AAAA", "not base64!", kept_secret("sendgrid")[:-8]])
def test_a_key_that_is_none_proves_nothing(doorstep: Any, key: str) -> None:
    doorstep.asked[2] = SourceRules(hook="sendgrid", hook_secrets=(key,))
    assert ask(doorstep, "sendgrid", *a_call("sendgrid")).status == 401


@pytest.mark.parametrize("shape", sorted(MAIL_HOOKS - {"report"}))
@pytest.mark.parametrize("said", [None, 7, "x", [], [[]], [None], {"event-data": []}, {"data": {"to": [None, 7, {}]}}])
def test_odd_shapes_do_no_harm(doorstep: Any, shape: str, said: Any) -> None:
    body = json.dumps(said).encode()
    headers = {}
    if shape == "mailgun":
        body = sign_mailgun(said if isinstance(said, dict) else {"event-data": said})
    else:
        headers = {"sendgrid": sign_sendgrid, "resend": sign_resend}[shape](body)
    assert ask(doorstep, shape, body, headers).status in {200, 400}


@pytest.mark.parametrize("cut", range(0, len(REPORT), 97))
def test_a_torn_report_does_no_harm(doorstep: Any, cut: int) -> None:
    for body in (REPORT[:cut], REPORT[cut:], REPORT[:cut] + bytes(range(256)) + REPORT[cut:]):
        assert ask(doorstep, "report", body, sign_standard(body)).status in {200, 400}
