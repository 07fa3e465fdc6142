"""Imports from file to messages: ids that survive order and repetition, hostile files, ready mappings, resume."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.collect import (
    ImportMapping,
    ImportTouch,
    Layout,
    NothingKnown,
    Target,
    TimeOrigin,
    Value,
    When,
    Who,
    guess_mapping,
    plan_import,
    read_mapping,
    run_import,
    write_mapping,
)
from heartline.errors import Invalid, Unavailable
from heartline.records import Body, Identifier, IdentifierKind

SAMPLES = Path(__file__).parents[2] / "src/heartline/collect/importing/samples"
SHARED = Path(__file__).parents[3] / "shared/data"
NOW = 1_790_000_000_000_000

VISITS = ImportMapping(
    name="Visits",
    who=(Who(column="user_id", kind=IdentifierKind.USER_ID),),
    touches=(ImportTouch(name=Value(constant="Visit"), when=When(column="at")),),
    fields={"text": Value(column="note")},
)


class Memory(NothingKnown):
    """Remembers what was imported, as State and History would."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.times: dict[tuple[str, str], int] = {}
        self.people: set[tuple[str, str]] = set()

    def accept(self, body: Body) -> None:
        self.bodies.append(body)
        batch = json.loads(body.payload)["batch"]
        assert len(batch) == body.events
        for message in batch:
            self.messages.setdefault(message["messageId"], message)

    def known_messages(self, messages: Mapping[str, bytes], *, source_id: int) -> Mapping[str, bool]:
        return {i: self.messages[i] == json.loads(raw) for i, raw in messages.items() if i in self.messages}

    def known_identifiers(self, identifiers: Collection[Identifier]) -> set[tuple[str, str]]:
        return {i.key for i in identifiers} & self.people

    def times_of(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], int]:
        return {i.key: self.times[i.key] for i in identifiers if i.key in self.times}

    @property
    def target(self) -> Target:
        return Target(source_id=7, accept=self.accept, lookups=self, now_us=lambda: NOW, pause=lambda _s: None)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [message for body in self.bodies for message in json.loads(body.payload)["batch"]]

    @property
    def refusals(self) -> list[dict[str, str]]:
        blocks = [message["context"]["heartline"] for message in self.sent if "context" in message]
        return [block["refuse"] for block in blocks if "refuse" in block]


def write_csv(path: Path, columns: list[str], rows: list[dict[str, str]]) -> Path:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return path


def import_ids(path: Path, mapping: ImportMapping = VISITS) -> list[str]:
    memory = Memory()
    run_import(path, mapping, memory.target)
    return [message["messageId"] for message in memory.sent]


cells = st.text('ab\n",; é你', max_size=12)
visits = st.lists(
    st.fixed_dictionaries(
        {"user_id": st.sampled_from(["u1", "u2", "u3"]), "at": st.just("2026-01-02T03:04:05Z"), "note": cells}
    ),
    min_size=1,
    max_size=12,
)


@given(rows=visits, order=st.permutations(["user_id", "at", "note"]))
def test_message_ids_do_not_depend_on_column_order(
    rows: list[dict[str, str]], order: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("order")
    plain = import_ids(write_csv(folder / "a.csv", ["user_id", "at", "note"], rows))
    assert import_ids(write_csv(folder / "b.csv", order, rows)) == plain


@given(rows=visits)
def test_true_twins_survive_and_a_second_import_brings_nothing_new(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write_csv(tmp_path_factory.mktemp("twins") / "a.csv", ["user_id", "at", "note"], rows + rows)
    ids = import_ids(path)
    assert len(set(ids)) == len(ids) == 2 * len(rows)
    assert import_ids(path) == ids


@given(rows=visits)
def test_a_format_does_not_change_ids(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("format")
    lines = "\n".join(json.dumps({"note": r["note"], "at": r["at"], "user_id": r["user_id"]}) for r in rows)
    (folder / "a.jsonl").write_text(lines, encoding="utf-8")
    (folder / "b.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    ids = import_ids(write_csv(folder / "a.csv", ["user_id", "at", "note"], rows))
    assert import_ids(folder / "a.jsonl") == import_ids(folder / "b.json") == import_ids(folder / "c.jsonl.gz") == ids


def test_a_row_key_lists_other_content_as_changed_and_the_same_as_duplicate(tmp_path: Path) -> None:
    memory = Memory()
    keyed = replace(VISITS, key=("id",))
    path = tmp_path / "a.csv"
    path.write_text("id,user_id,at,note\n1,u1,2026-01-01,x\n1,u1,2026-01-01,x\n1,u1,2026-01-01,y\n2,u2,2026-01-01,z\n")
    plan = plan_import(path, keyed, memory.target)
    assert (plan.rows, plan.touches, plan.duplicate, plan.changed) == (4, 2, 1, 1)
    assert plan.warnings == ()
    run_import(path, keyed, memory.target)
    path.write_text("id,user_id,at,note\n2,u2,2026-01-01,corrected\n3,u3,2026-01-01,new\n")
    again = plan_import(path, keyed, memory.target)
    assert (again.touches, again.duplicate, again.changed) == (1, 0, 1)
    assert [example.reason for example in again.examples] == ["changed"]
    assert memory.messages[import_ids(path, keyed)[0]]["context"]["heartline"]["text"] == "z"


def test_a_plan_counts_what_a_run_does_and_a_second_plan_finds_only_duplicates(tmp_path: Path) -> None:
    memory = Memory()
    path = tmp_path / "a.csv"
    path.write_text(
        "user_id,at,note\nu1,2026-01-01,a\nu1,2026-01-01,a\nnull,2026-01-01,b\n,2026-01-01,c\nu2,soon,d\nu3,2026-01-02,e\n"
    )
    memory.people.add(("user_id", "u3"))
    plan = plan_import(path, VISITS, memory.target)
    assert plan.refused == {"junk_identity": 1, "no_identity": 1, "bad_time": 1}
    assert (plan.touches, plan.new_customers, plan.matched_customers) == (3, 1, 1)
    assert "row key" in plan.warnings[0]
    report = run_import(path, VISITS, memory.target)
    assert report.refused == plan.refused
    assert report.messages == plan.touches + 3
    assert [r["reason"] for r in memory.refusals] == ["junk_identity", "no_identity", "bad_time"]
    assert any(m["properties"]["cells"].get("at") == "soon" for m in memory.sent if m["event"] == "Import row")
    again = plan_import(path, VISITS, memory.target)
    assert (again.touches, again.duplicate) == (0, 3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"user_id,at,note\n", "no_rows"),
        (b"user_id,at,note,at\nu1,2026-01-01,x,y\n", "duplicate_columns"),
        (b"person,at\nu1,2026-01-01\n", "missing_columns"),
        (b"PK\x03\x04rest", "foreign_file"),
        (b"\x1f\x8b\x08\x00broken", "broken_gzip"),
        (gzip.compress(b"user_id,at,note\nu1,2026-01-01,x\n" * 50, mtime=0)[:-20], "broken_gzip"),
        (b"<!DOCTYPE log [<!ENTITY a 'b'>]><log>&a;</log>", "doctype"),
        (b"<?xml version='1.0'?><html></html>", "not_xes"),
        (b"<?xml version='1.0'?><log><trace>", "broken_xml"),
        (b'[{"user_id":"u1","at":"2026-01-01"},', "cut_off"),
        (b"PAR1nothing", "broken_parquet"),
    ],
)
def test_hopeless_files_say_what_to_do(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        run_import(path, VISITS, Memory().target)
    assert refused.value.code == code
    assert refused.value.hint


def test_bad_rows_never_stop_the_file(tmp_path: Path) -> None:
    good = b"u1,2026-01-01,fine\n"
    rows = [
        good,
        b"u1,2026-01-01,ragged,too,many\n",
        b"u1,2026-01-01\n",
        b"u1,2026-01-01,nul\x00byte\n",
        b'u1,2026-01-01,"' + b"long " * 200_000 + b'"\n',
        b'u1,2026-01-01,"line\nbreak, and ""quotes"""\n',
        b'u1,2026-01-01,"never closed\n',
        b'u2,2026-01-01,"closed"\n',
        good,
        b'u1,2026-01-01,"open at the end',
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(b"user_id,at,note\n" + b"".join(rows))
    memory = Memory()
    report = run_import(path, VISITS, memory.target)
    texts = [m["context"]["heartline"].get("text") for m in memory.sent if m["event"] == "Visit"]
    assert [len(t) if len(t) > 100 else t for t in texts] == [
        "fine",
        999_999,
        'line\nbreak, and "quotes"',
        "closed",
        "fine",
    ]
    assert report.refused == {"unreadable_row": 5}


def test_a_megabyte_without_line_ends_is_one_refused_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"user_id,at,note\n" + b"x" * 9_000_000 + b"\nu1,2026-01-01,after\n")
    memory = Memory()
    assert run_import(path, VISITS, memory.target).refused == {"unreadable_row": 1}
    assert memory.sent[-1]["context"]["heartline"]["text"] == "after"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(encoding: str, delimiter: str, tmp_path: Path) -> None:
    rows = [["user_id", "at", "note"], *([f"u{i}", "2026-01-01", "schön, café – größer"] for i in range(20))]
    lines = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    path = tmp_path / "a.csv"
    path.write_bytes(lines.encode(encoding))
    memory = Memory()
    run_import(path, VISITS, memory.target)
    assert {m["context"]["heartline"]["text"] for m in memory.sent} == {"schön, café – größer"}


def test_stray_bytes_in_utf8_are_mended_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("user_id,at,note\nu1,2026-01-01,größer schöner\nu2,2026-01-01,".encode() + b"caf\xe9\n")
    memory = Memory()
    assert run_import(path, VISITS, memory.target).mended == 1
    assert memory.sent[1]["context"]["heartline"]["text"] == "café"


def test_a_killed_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        ["user_id", "at", "note"],
        [{"user_id": f"u{i % 7}", "at": "2026-01-01", "note": str(i % 5)} for i in range(1000)],
    )
    whole = import_ids(path)
    memory = Memory()
    full = Memory()

    def fail_after_four(body: Body) -> None:
        if len(memory.bodies) == 4:
            raise KeyboardInterrupt
        memory.accept(body)

    checkpoint = tmp_path / "a.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        run_import(path, VISITS, replace(memory.target, accept=fail_after_four), checkpoint=checkpoint, batch_rows=100)
    report = run_import(path, VISITS, replace(memory.target, accept=full.accept), checkpoint=checkpoint)
    assert report.resumed_from == 400
    assert report.rows == report.messages == 1000
    assert [m["messageId"] for m in memory.sent + full.sent] == whole
    assert not checkpoint.exists()


def test_a_full_journal_is_waited_for(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ["user_id", "at", "note"], [{"user_id": "u", "at": "2026-01-01", "note": ""}])
    memory, waits = Memory(), []

    def accept(body: Body) -> None:
        if len(waits) < 3:
            raise Unavailable("full", "The queue is full.", retry_after_s=2)
        memory.accept(body)

    run_import(path, VISITS, replace(memory.target, accept=accept, pause=waits.append))
    assert waits == [2, 2, 2]
    assert len(memory.sent) == 1


def test_orders_give_touches_with_their_promise_and_lend_their_time_to_payments() -> None:
    memory = Memory()
    orders = guess_mapping(SAMPLES / "shop-orders.csv", zone="Europe/Berlin").mapping
    assert orders.decimal_comma
    run_import(SAMPLES / "shop-orders.csv", orders, memory.target)
    first = memory.sent[0]
    assert first["timestamp"] == "2026-02-03T13:05:00+00:00"
    assert first["context"]["heartline"]["amount"] == "24.50"
    assert [m["context"]["heartline"].get("amount") for m in memory.sent] == ["24.50", None, "1108.00", None, "9.90"]
    told = [(m.get("properties") or {}).get("late") for m in memory.sent]
    assert told == [None, False, None, True, None], "the delivery says whether it kept what was promised"
    memory.times = {("external", "order:O-1"): 1_770_123_900_000_000, ("external", "order:O-2"): 1_770_971_400_000_000}
    payments = guess_mapping(SAMPLES / "shop-payments.csv").mapping
    assert payments.touches[0].when.origin is TimeOrigin.BORROWED
    memory.bodies.clear()
    report = run_import(SAMPLES / "shop-payments.csv", payments, memory.target)
    assert memory.sent[0]["timestamp"] == "2026-02-03T13:05:00+00:00"
    assert report.refused == {"bad_time": 1}
    assert "O-9" in memory.refusals[0]["detail"]


def test_qualtrics_has_three_header_rows_and_anonymous_answers() -> None:
    guess = guess_mapping(SAMPLES / "qualtrics.csv", zone="Europe/Berlin")
    assert guess.ready == "qualtrics"
    assert guess.mapping.key == ("ResponseId",)
    memory = Memory()
    report = run_import(SAMPLES / "qualtrics.csv", guess.mapping, memory.target)
    assert (report.rows, report.refused) == (4, {})
    scores = [m["context"]["heartline"].get("score") for m in memory.sent]
    assert scores == [*({"kind": "nps", "value": v, "top": 10} for v in (10.0, 3.0, 8.0)), None]
    assert memory.sent[1]["context"]["heartline"]["text"] == "The parcel came late\nand nobody told me"
    assert memory.sent[0]["timestamp"] == "2026-03-02T08:12:41+00:00"


@pytest.mark.parametrize(("name", "ready"), [("zendesk.json", "zendesk-json"), ("zendesk.csv", "zendesk-csv")])
def test_zendesk_tickets_are_touches_with_ratings(name: str, ready: str) -> None:
    guess = guess_mapping(SAMPLES / name)
    assert guess.ready == ready
    memory = Memory()
    report = run_import(SAMPLES / name, guess.mapping, memory.target)
    assert (report.rows, report.messages, report.refused) == (3, 5, {})
    scores = [s["value"] for m in memory.sent if (s := m["context"]["heartline"].get("score"))]
    assert scores == [1.0, 5.0]


def test_segment_messages_keep_their_ids_and_times() -> None:
    guess = guess_mapping(SAMPLES / "segment.jsonl")
    assert guess.ready == "segment"
    memory = Memory()
    run_import(SAMPLES / "segment.jsonl", guess.mapping, memory.target)
    assert [m["messageId"] for m in memory.sent][:2] == ["m-1", "m-2"]
    assert memory.sent[0]["properties"]["total"] == 24.5
    assert memory.sent[2]["messageId"].startswith("import-")


def test_a_process_log_says_the_same_as_xes_and_csv() -> None:
    sent = []
    for name in ("process-log.xes", "process-log.csv"):
        guess = guess_mapping(SAMPLES / name)
        assert guess.ready == "process-log"
        memory = Memory()
        run_import(SAMPLES / name, guess.mapping, memory.target)
        sent.append([(m["userId"], m["event"], m["timestamp"]) for m in memory.sent])
    assert sent[0] == sent[1]
    assert sent[0][1] == ("C-100", "Checked", "2026-03-02T10:30:00+00:00")


@pytest.mark.parametrize(
    "path", sorted(path for path in SAMPLES.iterdir() if path.is_file()), ids=lambda path: path.name
)
def test_every_guess_survives_json_and_editing(path: Path) -> None:
    mapping = guess_mapping(path, zone="Europe/Berlin").mapping
    assert read_mapping(write_mapping(mapping)) == mapping
    plain = msgspec.json.decode(write_mapping(mapping))
    plain["zoen"] = "UTC"
    with pytest.raises(Invalid, match="zoen"):
        read_mapping(msgspec.json.encode(plain))


def test_rows_without_anybody_count_alone_where_the_mapping_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("responded_at,nps_score,comment\n2026-01-01,9,so very good\n2026-01-01,9,so very good\n")
    guess = guess_mapping(path)
    assert any("customer of its own" in warning for warning in guess.warnings)
    plan = plan_import(path, guess.mapping, Memory().target)
    assert (plan.touches, plan.new_customers) == (2, 2)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not beside this checkout")
def test_the_receipt_log_gives_its_published_figures() -> None:
    """Golden: 1,434 cases and 8,577 events (the data set's README, after Buijs 2014)."""
    memory = Memory()
    path = SHARED / "journey-receipt/receipt.csv.gz"
    plan = plan_import(path, guess_mapping(path).mapping, memory.target)
    assert (plan.rows, plan.touches, plan.new_customers, plan.refused) == (8577, 8577, 1434, {})
    run_import(path, guess_mapping(path).mapping, memory.target)
    assert len(memory.messages) == 8577
    assert plan_import(path, guess_mapping(path).mapping, memory.target).duplicate == 8577


def test_a_layout_may_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("u1;2026-01-01;größer\n".encode("cp1252"))
    told = replace(
        VISITS,
        layout=Layout(encoding="cp1252", delimiter=";", header_rows=0),
        who=(Who(column="column 1", kind=IdentifierKind.USER_ID),),
        touches=(ImportTouch(name=Value(constant="Visit"), when=When(column="column 2")),),
        fields={"text": Value(column="column 3")},
    )
    memory = Memory()
    run_import(path, told, memory.target)
    assert memory.sent[0]["context"]["heartline"]["text"] == "größer"


@pytest.mark.parametrize(("rows", "people", "warned"), [(300, 300, True), (300, 280, False), (60, 60, False)])
def test_a_file_of_orders_with_a_customer_a_row_is_doubted(
    tmp_path: Path, rows: int, people: int, *, warned: bool
) -> None:
    cells = [{"user_id": f"u{row % people}", "at": "2026-01-01", "order": f"o{row}"} for row in range(rows)]
    path = write_csv(tmp_path / "orders.csv", ["user_id", "at", "order"], cells)
    orders = replace(VISITS, fields={"order": Value(column="order")}, key=("order",))
    told = plan_import(path, orders, Memory().target).warnings
    assert [line for line in told if "user_id numbers orders" in line] == list(told)
    assert bool(told) is warned
    # A list of customers has each once, and says nothing of orders.
    assert plan_import(path, replace(VISITS, fields={}, key=("user_id",)), Memory().target).warnings == ()


def test_a_row_that_is_worth_a_look_is_shown_once_though_it_gives_two_touches(tmp_path: Path) -> None:
    cells = [
        {"user_id": f"u{row}", "key": "same", "at": "2026-01-01", "until": "2026-01-02", "note": str(row)}
        for row in range(3)
    ]
    path = write_csv(tmp_path / "a.csv", ["user_id", "key", "at", "until", "note"], cells)
    second = ImportTouch(name=Value(constant="Left"), when=When(column="until"))
    dry = plan_import(path, replace(VISITS, key=("key",), touches=(*VISITS.touches, second)), Memory().target)
    assert dry.changed == 4
    assert [(one.row, one.reason) for one in dry.examples] == [(2, "changed"), (3, "changed")]
