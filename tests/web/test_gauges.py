"""The figures for Prometheus: its own parser reads them, and they are those of the account."""

from __future__ import annotations

import time

from browsing import Browser, a_user
from prometheus_client.parser import text_string_to_metric_families

from heartline.app import Heartline, open_twin
from heartline.records import Body, Right, Trust
from heartline.web.tokens import make_token


def with_three_events() -> Heartline:
    heartline = open_twin()
    source = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
    heartline.sources.reload()
    view = b'{"type":"page","anonymousId":"a","messageId":"%s","name":"Home"}'
    payload = b'{"batch":[' + b",".join([view % b"1", view % b"1", b'{"type":"nonsense"}']) + b"]}"
    received_us = time.time_ns() // 1000
    heartline.intake.submit(Body(source_id=source.source_id, received_us=received_us, payload=payload, events=3))
    heartline.catch_up()
    return heartline


def test_figures_are_the_accounts_and_a_token_opens_them() -> None:
    with with_three_events() as heartline, Browser(heartline) as browser:
        owner = a_user(heartline)
        assert browser.get("/metrics").status_code == 401
        assert browser.get("/metrics", headers={"authorization": "Bearer hl_nothing"}).status_code == 401
        weak, _ = make_token(heartline, owner, name="w", rights=frozenset({Right.SEE_FIGURES}), days=1)
        assert browser.get("/metrics", headers={"authorization": f"Bearer {weak}"}).status_code == 403
        token, _ = make_token(heartline, owner, name="p", rights=frozenset({Right.SEE_ARRIVALS}), days=1)
        answer = browser.get("/metrics", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        told = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }
        account = heartline.account()
    assert told["heartline_events_received_total",] == account.received == 3
    assert [told["heartline_events", term] for term in ("stored", "duplicate", "refused")] == [1, 1, 1]
    assert told["heartline_account_balanced",] == told["heartline_projector_up",] == 1
    assert told["heartline_journal_seq", "history"] == told["heartline_journal_seq", "journal"] == 1
    assert told["heartline_source_events_total", "1", "stored"] == 1
