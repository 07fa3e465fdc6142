"""Refused rows come back mended: they move from refused to stored, the account adds up, and nothing comes twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.app import Heartline, open_twin
from heartline.collect import (
    ImportMapping,
    ImportTouch,
    TimeFormat,
    TimeOrigin,
    Value,
    When,
    Who,
    read_corrections,
)
from heartline.errors import Conflict, Invalid
from heartline.records import IdentifierKind
from heartline.unify import dump_canonical
from heartline.web import Desk
from heartline.web.amending import Correction, mend_events, mend_rows, replay
from heartline.web.refusals import write_refused_rows
from heartline.web.undoing import undo_import

ORDERED = When(column="ordered", format=TimeFormat.ISO)
DELIVERED = When(column="delivered", format=TimeFormat.ISO)
MAPPING = ImportMapping(
    name="Orders",
    who=(Who(column="email", kind=IdentifierKind.EMAIL),),
    touches=(
        ImportTouch(name=Value(constant="Order"), when=ORDERED),
        ImportTouch(name=Value(constant="Delivery"), when=DELIVERED),
    ),
    fields={"amount": Value(column="paid"), "text": Value(column="said")},
)
HEAD = "email,ordered,delivered,paid,said\n"
GOOD = "ada@x.org,2026-03-01T10:00:00Z,2026-03-02T10:00:00Z,1.50,fine\n"
ONE_BAD_TIME = "bo@x.org,2026-03-03T10:00:00Z,the day after,2.50,=1+1\n"
NOBODY = ",2026-03-05T10:00:00Z,2026-03-06T10:00:00Z,3.50,-- never again\n"
TOO_WIDE = "cy@x.org,2026-03-07T10:00:00Z,,4.50,so,wide\n"


@pytest.fixture
def heartline() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield opened


def bring(heartline: Heartline, path: Path, text: str, mapping: ImportMapping = MAPPING) -> int:
    path.write_text(text, encoding="utf-8")
    desk = Desk(heartline)
    desk.run(path, mapping, source="Shop")
    return desk.imports()[0][0].import_id


def sheet(heartline: Heartline, number: int) -> list[dict[str, str]]:
    """Download the refused rows and read them as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(write_refused_rows(heartline, number).decode("utf-8-sig"), newline="")))


def send_back(heartline: Heartline, number: int, rows: list[dict[str, str]], path: Path) -> object:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    corrections = (Correction(seq, cells, dressed=True) for seq, cells in read_corrections(path))
    return mend_rows(heartline, number, corrections, by="owner@x.org")


def test_refused_rows_come_back_mended_and_are_as_if_they_had_come_right(heartline: Heartline, tmp_path: Path) -> None:
    number = bring(heartline, tmp_path / "dirty.csv", HEAD + GOOD + ONE_BAD_TIME + NOBODY + TOO_WIDE)
    account = heartline.account()
    assert (account.received, account.stored, account.refused) == (6, 3, 3)
    rows = sheet(heartline, number)
    assert list(rows[0]) == [*HEAD.strip().split(","), "heartline_row", "heartline_refused_seq", "heartline_reason",
                             "heartline_detail"]  # fmt: skip
    assert [row["heartline_reason"] for row in rows] == ["bad_time", "no_identity", "unreadable_row"]
    assert [row["said"] for row in rows] == ["'=1+1", "'-- never again", ""]
    assert rows[2]["heartline_row"] == TOO_WIDE.strip()
    rows[0]["delivered"] = "2026-03-04T10:00:00Z"
    rows[1]["email"] = "dee@x.org"
    outcome = send_back(heartline, number, rows, tmp_path / "mended.csv")
    assert (outcome.given, outcome.gone, dict(outcome.still)) == (3, 2, {"unreadable_row": 1})  # type: ignore[attr-defined]
    # The row of nobody gave two touches: the second came as a body of the same import.
    account = heartline.account()
    assert (account.received, account.stored, account.refused, account.balanced) == (7, 6, 1, True)
    rows = sheet(heartline, number)
    rows[0].update(email="cy@x.org", ordered="2026-03-07T10:00:00Z", paid="4.50", said="so,wide")
    outcome = send_back(heartline, number, rows, tmp_path / "mended.csv")
    assert outcome.gone == 1  # type: ignore[attr-defined]
    assert heartline.account().refused == 0
    right = open_twin()
    mended = TOO_WIDE.replace("so,wide", '"so,wide"')
    bring(right, tmp_path / "right.csv", HEAD + GOOD + ONE_BAD_TIME.replace("the day after", "2026-03-04T10:00:00Z")
          + "dee@x.org" + NOBODY + mended)  # fmt: skip
    assert told(heartline) == told(right)
    right.close()
    undo_import(heartline, number, by="owner@x.org")
    account = heartline.account()
    assert (account.stored, account.refused, account.undone, account.balanced) == (0, 0, 7, True)
    with pytest.raises(Conflict, match="is undone"):
        mend_rows(heartline, number, [], by="owner@x.org")


def told(heartline: Heartline) -> list[tuple[object, ...]]:
    """What is known, without seqs, times of receipt and message ids."""
    history, derived = heartline.stores.history, heartline.stores.derived
    entries = history.recent(limit=1_000)
    known = {one.identifier_id: one.identifier for one in derived.identifiers({e.subject_id for e in entries})}
    return sorted((e.touchpoint, e.ts_us, known[e.subject_id].value, e.text, e.amount_minor) for e in entries)


def test_a_corrected_file_may_be_dropped_twice_and_a_foreign_one_is_refused(
    heartline: Heartline, tmp_path: Path
) -> None:
    number = bring(heartline, tmp_path / "dirty.csv", HEAD + NOBODY)
    rows = sheet(heartline, number)
    rows[0]["email"] = "dee@x.org"
    send_back(heartline, number, rows, tmp_path / "mended.csv")
    before = dump_canonical(heartline.stores.derived, heartline.stores.history)
    again = send_back(heartline, number, rows, tmp_path / "mended.csv")
    assert (again.gone, again.unknown) == (0, 1)  # type: ignore[attr-defined]
    assert dump_canonical(heartline.stores.derived, heartline.stores.history) == before
    other = tmp_path / "other.csv"
    other.write_text(HEAD + GOOD)
    with pytest.raises(Invalid, match="heartline_refused_seq"):
        list(read_corrections(other))
    elsewhere = bring(heartline, tmp_path / "second.csv", HEAD + NOBODY.replace("3.50", "9.50"))
    strange = [Correction(int(sheet(heartline, elsewhere)[0]["heartline_refused_seq"]), {"email": "x@x.org"})]
    assert mend_rows(heartline, number, strange, by="o").unknown == 1, "a refused row of another import"


def test_all_of_a_reason_is_tried_again_once_its_order_is_known(heartline: Heartline, tmp_path: Path) -> None:
    paid = ImportMapping(
        name="Payments",
        who=(Who(column="order", kind=IdentifierKind.EXTERNAL, external="order"),),
        touches=(ImportTouch(name=Value(constant="Paid"), when=When(origin=TimeOrigin.BORROWED, column="order")),),
    )
    orders = ImportMapping(
        name="Orders",
        who=(paid.who[0], Who(column="user", kind=IdentifierKind.USER_ID)),
        touches=(ImportTouch(name=Value(constant="Order"), when=When(column="at")),),
    )
    bring(heartline, tmp_path / "paid.csv", "order\nA1\nA2\n", paid)
    assert heartline.account().refused == 2
    bring(heartline, tmp_path / "orders.csv", "order,user,at\nA1,u1,2026-03-01T10:00:00Z\n", orders)
    outcome = replay(heartline, reason="bad_time", source_id=None, by="owner@x.org")
    assert (outcome.given, outcome.gone, dict(outcome.still)) == (2, 1, {"bad_time": 1})
    account = heartline.account()
    assert (account.stored, account.refused, account.balanced) == (2, 1, True)


def test_one_event_is_mended_as_json_or_stays(heartline: Heartline, tmp_path: Path) -> None:
    number = bring(heartline, tmp_path / "dirty.csv", HEAD + NOBODY)
    seq = int(sheet(heartline, number)[0]["heartline_refused_seq"])
    with pytest.raises(Invalid, match="is no JSON"):
        mend_events(heartline, {seq: "{"}, by="o")
    assert mend_events(heartline, {seq: '{"type":"track"}'}, by="o").still == {"no_identity": 1}
    right = '{"type":"track","event":"Visit","userId":"u1","messageId":"m","timestamp":"2026-03-01T10:00:00Z"}'
    assert mend_events(heartline, {seq: right, seq + 5: right}, by="o").gone == 1
    assert heartline.account().balanced
    assert heartline.account().stored == 1


CELLS = {"email": ["", "n/a", "u1@x.org", "u2@x.org"], "ordered": ["", "soon", "2026-01-01"],
         "delivered": ["", "late", "2026-01-02"], "paid": ["", "much", "1.5"], "said": ["", "=1", "ok"]}  # fmt: skip
rows_drawn = st.lists(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CELLS.items()}),
                      min_size=1, max_size=5)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(rows=rows_drawn, draw=st.randoms(use_true_random=False))
def test_whatever_is_mended_the_account_adds_up_and_undo_takes_all(
    rows: list[dict[str, str]], draw: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    with open_twin() as opened:
        lines = "".join(",".join(row.values()) + "\n" for row in rows)
        number = bring(opened, folder / "dirty.csv", HEAD + lines)
        for _ in range(2):
            refused = sheet(opened, number)
            for row in refused:
                row.update({name: draw.choice(values) for name, values in CELLS.items()})  # type: ignore[attr-defined]
            if refused:
                outcome = send_back(opened, number, refused, folder / "mended.csv")
                assert outcome.gone + sum(outcome.still.values()) == outcome.given  # type: ignore[attr-defined]
            account = opened.account()
            assert account.balanced
        undo_import(opened, number, by="o")
        account = opened.account()
        assert (account.stored, account.refused, account.duplicate) == (0, 0, 0)
        assert account.undone == account.received
        assert account.balanced
