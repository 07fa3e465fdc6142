"""A file as people really have it: every row is counted once, what is not taken is explained, its cells are kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heartline.app import Heartline, open_twin
from heartline.collect import (
    ImportMapping,
    ImportTouch,
    ScoreRule,
    TimeFormat,
    TimeOrigin,
    Trait,
    Value,
    When,
    Who,
)
from heartline.errors import Conflict, Missing
from heartline.records import IdentifierKind, ScoreKind, Trust
from heartline.web import Desk

TICKETS = ImportMapping(
    name="Tickets",
    key=("ticket",),
    who=(Who(column="email", kind=IdentifierKind.EMAIL),),
    touches=(
        ImportTouch(name=Value(constant="Ticket opened"), when=When(column="opened", format=TimeFormat.DAY_FIRST)),
    ),
    fields={"text": Value(column="comment")},
    score=ScoreRule(column="stars", kind=ScoreKind.STARS),
    traits=(Trait(name="plan", column="plan"),),
)
ROWS = [
    "1,mei@example.com,03.04.2026 10:00,Größe passt,5,gold".encode(),
    "2,ana@example.com,04.04.2026 11:00,schön,4,basic".encode("cp1252"),
    "3,bob@example.com,05.04.2026 12:00,“smart” quotes,3,basic".encode("cp1252"),
    b"1,mei@example.com,03.04.2026 10:00,Gr\xc3\xb6\xc3\x9fe passt,5,gold",
    b"1,mei@example.com,03.04.2026 10:00,on second thought: too small,2,gold",
    b"4,cem@example.com,31.02.2026 10:00,no such day,5,gold",
    b"5,dee@example.com,soon,no time at all,5,gold",
    b"6,dee@example.com,,,5,gold",
    b"7,guest,06.04.2026,nobody in particular,5,gold",
    b"8,,06.04.2026,nobody,5,gold",
    b"9,eve@example.com,06.04.2026,six of five,6,gold",
    b"10,eve@example.com,06.04.2026,too,many,cells,here",
    b"11,eve@example.com,06.04.2026",
    b"12,eve@example.com,06.04.2026 09:30,,,silver",
]
TAKEN = 4
REFUSED = {"bad_time": 3, "junk_identity": 1, "no_identity": 1, "unreadable_row": 3}
MENDED = 2


@pytest.fixture
def heartline() -> Iterator[Heartline]:
    with open_twin() as heartline:
        yield heartline


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_bytes(b"ticket,email,opened,comment,stars,plan\r\n" + b"\r\n".join(ROWS) + b"\r\n")
    return path


def test_every_row_is_counted_and_explained(heartline: Heartline, dirty: Path) -> None:
    desk = Desk(heartline)
    plan = desk.plan(dirty, TICKETS, source="Tickets")
    assert (plan.rows, plan.touches, plan.duplicate, plan.changed) == (len(ROWS), TAKEN, 1, 1)
    assert (dict(plan.refused), plan.mended) == (REFUSED, MENDED)
    assert heartline.account().received == 0
    assert heartline.stores.kept.sources() == []
    report = desk.run(dirty, TICKETS, source="Tickets")
    assert (report.rows, report.messages, report.mended, dict(report.refused)) == (14, 14, MENDED, REFUSED)
    assert (report.stored, report.duplicate, report.aside) == (TAKEN, 1, 1 + sum(REFUSED.values()))
    account = heartline.account()
    assert (account.received, account.stored, account.duplicate, account.refused) == (14, TAKEN, 1, 9)
    assert account.balanced
    texts = {entry.text for entry in heartline.stores.history.recent(limit=50)}
    assert texts == {"Größe passt", "schön", "“smart” quotes", None}


def test_what_was_not_taken_is_kept_with_its_cells_and_its_reason(heartline: Heartline, dirty: Path) -> None:
    Desk(heartline).run(dirty, TICKETS, source="Tickets")
    refused = heartline.stores.derived.refused(limit=50)
    assert Counter(event.reason for event in refused) == {**REFUSED, "changed": 1}
    said = {event.detail for event in refused}
    assert "opened is '31.02.2026 10:00', which is no time in the expected form" in said
    assert "stars is '6', which is not on 1 to 5" in said
    rows = {}
    for event in refused:
        message = json.loads(event.raw)
        if event.reason == "changed":
            assert message["context"]["heartline"]["text"] == "on second thought: too small"
            assert message["context"]["heartline"]["score"]["value"] == 2
        else:
            rows[message["properties"]["row"]] = message["properties"]["cells"]
    assert sorted(rows) == [6, 7, 8, 9, 10, 11, 12, 13]
    assert rows[6]["opened"] == "31.02.2026 10:00"
    assert rows[9]["email"] == "guest"
    assert rows[11]["comment"] == "six of five"
    assert all(any(rows[n].values()) for n in rows)


def test_importing_it_again_changes_nothing(heartline: Heartline, dirty: Path) -> None:
    desk = Desk(heartline)
    desk.run(dirty, TICKETS, source="Tickets")
    before = heartline.stores.history.recent(limit=50), heartline.stores.derived.ownership()
    again = desk.run(dirty, TICKETS, source="Tickets")
    assert again.stored == 0
    assert again.duplicate + again.aside == again.messages == len(ROWS)
    assert again.duplicate >= TAKEN + 1
    after = heartline.stores.history.recent(limit=50), heartline.stores.derived.ownership()
    assert after[0] == before[0]
    assert np.array_equal(after[1].customer_id, before[1].customer_id)
    assert after[1].identity_seq == before[1].identity_seq
    assert heartline.account().balanced
    assert [(job.status, job.rows_done, busy) for job, busy in desk.imports()] == [("done", 14, False)] * 2


def test_traits_reach_the_profile_and_a_source_is_made_once(heartline: Heartline, dirty: Path) -> None:
    desk = Desk(heartline)
    desk.run(dirty, TICKETS, source="Tickets", file_name="tickets from the help desk.csv")
    desk.run(dirty, TICKETS, source="Tickets")
    (source,) = heartline.stores.kept.sources()
    assert (source.name, source.kind, source.trust) == ("Tickets", "import", Trust.TRUSTED)
    assert desk.imports()[1][0].file_name == "tickets from the help desk.csv"
    customers, plans = heartline.stores.derived.trait_values("plan")
    assert sorted(plans) == ["basic", "basic", "gold", "silver"]
    assert len(customers) == heartline.stores.derived.customer_count() == 4


def test_a_time_is_borrowed_from_the_touch_that_carried_the_order(heartline: Heartline, tmp_path: Path) -> None:
    orders, payments = tmp_path / "orders.csv", tmp_path / "payments.csv"
    orders.write_text(
        "who,order,at\nmei,o1,2026-03-01T10:00:00Z\nmei,o2,2026-03-05T10:00:00Z\nana,o3,2026-03-07T10:00:00Z\n"
    )
    payments.write_text("order,paid\no1,10\no2,20\no3,30\no4,40\n")
    order = Who(column="order", kind=IdentifierKind.EXTERNAL, external="order")
    buying = ImportMapping(
        name="Orders",
        who=(Who(column="who", kind=IdentifierKind.USER_ID), order),
        touches=(ImportTouch(name=Value(constant="Ordered"), when=When(column="at")),),
    )
    known = replace(buying, name="People", touches=())
    paying = ImportMapping(
        name="Payments",
        key=("order",),
        who=(order,),
        touches=(ImportTouch(name=Value(constant="Paid"), when=When(origin=TimeOrigin.BORROWED, column="order")),),
        fields={"amount": Value(column="paid"), "order": Value(column="order")},
    )
    desk = Desk(heartline)
    desk.run(orders, known, source="People")
    early = desk.run(payments, paying, source="Payments")
    assert (early.stored, dict(early.refused)) == (0, {"bad_time": 4}), "only touches lend their time"
    desk.run(orders, buying, source="Orders")
    late = desk.run(payments, paying, source="Payments")
    assert (late.stored, dict(late.refused)) == (3, {"bad_time": 1})
    entries = [entry for entry in heartline.stores.history.recent(limit=50) if entry.touch]
    ordered = {entry.ts_us for entry in entries if entry.touchpoint == "Ordered"}
    paid = {entry.order: entry.ts_us for entry in entries if entry.touchpoint == "Paid"}
    assert set(paid.values()) == ordered
    assert paid["o1"] < paid["o2"] < paid["o3"]
    assert heartline.stores.derived.customer_count() == 2
    again = desk.run(payments, paying, source="Payments")
    assert again.stored == 0


def test_a_switched_off_source_and_a_missing_file_are_refused(heartline: Heartline, dirty: Path) -> None:
    desk = Desk(heartline)
    desk.run(dirty, TICKETS, source="Tickets")
    heartline.stores.kept.set_source(1, enabled=False)
    heartline.sources.reload()
    with pytest.raises(Conflict) as off:
        desk.run(dirty, TICKETS, source="Tickets")
    assert off.value.code == "source_off"
    with pytest.raises(Missing):
        desk.run(dirty.with_name("nowhere.csv"), TICKETS, source="Other")
    assert len(heartline.stores.kept.sources()) == 1


def test_the_same_import_runs_once_at_a_time(heartline: Heartline, dirty: Path) -> None:
    desk, met = Desk(heartline), []

    def tell(stage: str, _done: int, _total: int) -> None:
        if stage == "reading" and not met:
            met.append(desk.imports()[0][1])
            with pytest.raises(Conflict) as running:
                desk.run(dirty, TICKETS, source="Tickets")
            assert running.value.code == "import_running"

    desk.run(dirty, TICKETS, source="Tickets", tell=tell)
    assert met == [True]


def test_an_import_that_nobody_follows_stops_and_goes_on(heartline: Heartline, dirty: Path) -> None:
    desk = Desk(heartline)

    def leave(_stage: str, _done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        desk.run(dirty, TICKETS, source="Tickets", tell=leave)
    assert [(job.status, busy) for job, busy in desk.imports()] == [("running", False)]
    assert desk.run(dirty, TICKETS, source="Tickets").settled
    assert [(job.status, busy) for job, busy in desk.imports()] == [("done", False)]
    assert heartline.account().stored == TAKEN
