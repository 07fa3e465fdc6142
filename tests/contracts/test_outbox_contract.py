"""Webhooks and their outbox are kept alike in memory, on disk and on a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Conflict, Missing
from heartline.records import CaseStatus, Delivery, DeliveryState, Happening
from heartline.store import KeptState, Stores, open_memory, open_stores
from heartline.store.sql_outbox import MOST_ENDPOINTS, MOST_WAITING, SETTLED_KEPT

LATER_US = 2**60


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def add(kept: KeptState, *events: Happening) -> int:
    return kept.add_endpoint(url="https://a.example/x", events=events, secret="whsec_AAAA").endpoint_id


def kinds(kept: KeptState, endpoint_id: int) -> list[Happening]:
    return [one.kind for one in reversed(kept.deliveries(endpoint_id, limit=100))]


def done(delivery: Delivery, at_us: int = 5) -> Delivery:
    return replace(delivery, state=DeliveryState.DELIVERED, attempts=1, status=200, tried_us=at_us)


def test_a_case_tells_what_happened_to_it_and_nothing_that_staff_wrote(stores: Stores) -> None:
    kept = stores.kept
    all_of_it = add(kept, Happening.CASE_OPENED, Happening.CASE_CHANGED, Happening.CASE_CLOSED)
    closed_only = add(kept, Happening.CASE_CLOSED)
    case = kept.open_case(title="Call Mira", handle="ab12", seq=7, owner="Jo", due_us=0, opened_by="Ann")
    kept.change_case(case.case_id, author="Ann", note="Mira said no")
    kept.change_case(case.case_id, author="Ann")
    kept.change_case(case.case_id, author="Ann", status=CaseStatus.CLOSED, reason="Mira is content")
    assert kinds(kept, all_of_it) == [Happening.CASE_OPENED, Happening.CASE_CHANGED, Happening.CASE_CLOSED]
    assert kinds(kept, closed_only) == [Happening.CASE_CLOSED]
    told = kept.deliveries(all_of_it, limit=9)
    assert {one.subject for one in told} == {"ab12"}
    assert json.loads(told[-1].data)["customer"] == "ab12"
    assert not any(name in one.data for one in told for name in ("Mira", "Jo", "Ann"))
    assert len({one.message_id for one in told}) == 3


def test_an_import_tells_once_that_it_is_over_and_once_that_it_is_undone(stores: Stores) -> None:
    kept = stores.kept
    number = add(kept, Happening.IMPORT_FINISHED, Happening.IMPORT_UNDONE)
    job = kept.add_import(file_name="mira.csv", fingerprint="f", source_id=1, mapping="{}")
    for status in ("running", "done", "done", "undoing", "undone", "undone"):
        kept.set_import(job.import_id, status=status, rows_done=3, summary="{}")
    assert kinds(kept, number) == [Happening.IMPORT_FINISHED, Happening.IMPORT_UNDONE]
    assert json.loads(kept.deliveries(number, limit=1)[0].data) == {"import": job.import_id, "rows": 3}


def test_what_is_due_comes_first_in_first_out_and_one_for_each_endpoint(stores: Stores) -> None:
    kept = stores.kept
    left, right = add(kept, Happening.CASE_OPENED), add(kept, Happening.CASE_OPENED)
    for n in range(3):
        assert kept.queue_event(Happening.CASE_OPENED, {"n": n}) == 2
    due = kept.due_deliveries(now_us=LATER_US)
    assert [(one.endpoint_id, json.loads(one.data)["n"]) for one in due] == [(left, 0), (right, 0)]
    assert [one.endpoint_id for one in kept.due_deliveries(now_us=LATER_US, busy=[left])] == [right]
    assert [one.endpoint_id for one in kept.due_deliveries(now_us=LATER_US, only=left)] == [left]
    assert kept.due_deliveries(now_us=0) == []
    kept.note_attempt(done(due[0]), delivered=True, why_off="")
    assert json.loads(kept.due_deliveries(now_us=LATER_US, only=left)[0].data)["n"] == 1
    kept.set_endpoint(replace(kept.endpoint(left), enabled=False))
    assert [one.endpoint_id for one in kept.due_deliveries(now_us=LATER_US)] == [right]
    assert kept.queue_event(Happening.CASE_OPENED, {}) == 1, "nothing is queued for what is off"


def test_failing_is_remembered_from_the_first_time_and_forgotten_with_the_first_success(stores: Stores) -> None:
    kept = stores.kept
    number = add(kept, Happening.CASE_OPENED)
    kept.queue_event(Happening.CASE_OPENED, {})
    due = kept.due_deliveries(now_us=LATER_US)[0]
    for tried_us in (10, 20):
        kept.note_attempt(replace(due, attempts=1, tried_us=tried_us, told="too_slow"), delivered=False, why_off="")
        assert kept.endpoint(number).failing_us == 10
    kept.note_attempt(done(due), delivered=True, why_off="")
    assert (kept.endpoint(number).failing_us, kept.due_deliveries(now_us=LATER_US)) == (0, [])
    kept.replay_delivery(number, due.delivery_id, now_us=77)
    again = kept.due_deliveries(now_us=77)[0]
    assert (again.message_id, again.attempts, again.due_us) == (due.message_id, 0, 77)
    with pytest.raises(Missing):
        kept.replay_delivery(number + 1, due.delivery_id, now_us=77)
    kept.note_attempt(replace(again, state=DeliveryState.FAILED), delivered=False, why_off="gone")
    off = kept.endpoint(number)
    assert (off.enabled, off.why_off) == (False, "gone")


def test_the_outbox_is_bounded_and_what_is_over_is_forgotten(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_WAITING, SETTLED_KEPT) == (1_000, 200)
    monkeypatch.setattr("heartline.store.sql_outbox.MOST_WAITING", 4)
    monkeypatch.setattr("heartline.store.sql_outbox.SETTLED_KEPT", 2)
    kept = stores.kept
    number = add(kept, Happening.CASE_OPENED)
    assert [kept.queue_event(Happening.CASE_OPENED, {"n": n}) for n in range(6)] == [1, 1, 1, 1, 0, 0]
    assert kept.endpoint(number).dropped == 2
    kept.set_endpoint(replace(kept.endpoint(number), dropped=0))
    assert kept.endpoint(number).dropped == 2, "a form does not wipe out what was counted"
    for _ in range(4):
        kept.note_attempt(done(kept.due_deliveries(now_us=LATER_US)[0]), delivered=True, why_off="")
    assert [json.loads(one.data)["n"] for one in kept.deliveries(number, limit=9)] == [3, 2]


def test_endpoints_are_few_and_go_with_their_outbox(stores: Stores) -> None:
    kept = stores.kept
    numbers = [add(kept, Happening.CASE_OPENED) for _ in range(MOST_ENDPOINTS)]
    with pytest.raises(Conflict):
        add(kept)
    kept.queue_event(Happening.TEST, {}, only=numbers[0])
    assert len(kept.deliveries(numbers[0], limit=9)) == 1
    kept.drop_endpoint(numbers[0])
    assert (len(kept.endpoints()), kept.deliveries(numbers[0], limit=9)) == (MOST_ENDPOINTS - 1, [])
    with pytest.raises(Missing):
        kept.endpoint(numbers[0])


def test_an_erasure_takes_what_others_were_or_would_be_told_of_the_customer(stores: Stores) -> None:
    kept = stores.kept
    number = add(kept, Happening.CASE_OPENED)
    for handle in ("ab12", "cd34"):
        kept.open_case(title="Call", handle=handle, seq=0, owner="", due_us=0, opened_by="Jo")
    assert kept.empty_cases(["ab12"]) == 1
    left = kept.deliveries(number, limit=9)
    assert [one.subject for one in left] == ["cd34"]
    assert "ab12" not in left[0].data
