"""The real data sets through the whole way: file, journal, State, History, packed log, journey, difference.

Each comes in by the page or by the desk that the command line uses, and again by the desk, which must find all there.

Origins of the figures: the README beside each data set (bpic2012: 262,200 events of 13,087 cases; receipt: 8,577 of
1,434; Olist: 12,751 orders of 12,595 people, sample B unbiased and without texts), and for Olist's scores the same
Parquet files asked directly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import heartline.collect
from heartline.app import Account, Heartline, open_heartline
from heartline.collect import ImportMapping, ImportReport, read_mapping
from heartline.config import Settings
from heartline.records import Journey, Verdict
from heartline.store import read_parquet_rows
from heartline.understand import (
    Measure,
    PackedLog,
    PackedRuns,
    Question,
    Selection,
    answer,
    compare_answers,
    difference,
    draw_map,
    draw_paths,
    find_runs,
    people_behind,
    propose_journey,
)
from heartline.web import Desk

sys.path.append(str(Path(__file__).resolve().parents[1] / "web"))
from browsing import Browser, a_user  # shared by the tests of the web
from importing_by_page import bring, import_it, try_dry  # likewise

SHARED = Path(__file__).parents[3] / "shared/data"
MAPPINGS = Path(heartline.collect.__file__).parent / "importing/samples/mappings"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets do not lie beside the project"),
]


def fingerprint_stores(heartline: Heartline) -> list[object]:
    """Return all that a change of customers or history would change."""
    columns, owned = heartline.stores.history.columns(), heartline.stores.derived.ownership()
    order = np.argsort(columns.seq)
    arrays = [columns.seq[order], columns.ts_us[order], columns.subject_id[order], columns.score[order]]
    arrays += [columns.fields[name][order] for name in sorted(columns.fields)]
    arrays += [owned.subject_id, owned.from_us, owned.to_us, owned.customer_id]
    return [*(array.tobytes() for array in arrays), owned.identity_seq, heartline.stores.history.count()]


@pytest.fixture
def heartline(tmp_path: Path) -> Iterator[Heartline]:
    with open_heartline(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


def check_it_is_there_once(heartline: Heartline, file: Path, events: int, customers: int, times: int) -> None:
    """A process log that was imported so often already is imported by the desk again, and nothing changes."""
    assert heartline.stores.history.count() == events
    assert heartline.stores.derived.customer_count() == customers
    before, desk = fingerprint_stores(heartline), Desk(heartline)
    again = desk.run(file, desk.guess(file).mapping, source=desk.guess(file).mapping.name)
    assert (again.rows, again.stored, again.duplicate, again.aside) == (events, 0, events, 0)
    assert fingerprint_stores(heartline) == before
    account = heartline.account()
    received = (times + 1) * events
    assert (account.received, account.stored, account.duplicate) == (received, events, times * events)
    assert account.balanced


def test_a_process_log_by_the_page_and_then_by_the_desk_is_there_once(heartline: Heartline) -> None:
    file, events, customers = SHARED / "journey-receipt/receipt.csv.gz", 8_577, 1_434
    with Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        here = bring(browser, file.read_bytes(), file.name)
        found = try_dry(browser, here)
        assert (found.rows, found.touches, found.new_customers, found.refused) == (events, events, customers, {})
        report = import_it(browser, here)
    assert (report.rows, report.stored, report.duplicate, report.aside) == (events, events, 0, 0)
    check_it_is_there_once(heartline, file, events, customers, 1)


@pytest.mark.slow
def test_the_loan_log_by_the_page_and_then_by_the_desk_is_there_once_with_its_published_graph(
    heartline: Heartline,
) -> None:
    """262,200 events of 13,087 cases, 24 activities (4TU), 125 edges with ties by the order of the file."""
    file, events, customers = SHARED / "journey-bpic2012/bpic2012.xes.gz", 262_200, 13_087
    desk = Desk(heartline)
    mapping = desk.guess(file).mapping
    desk.save_mapping(mapping)
    with Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        here = bring(browser, file.read_bytes(), file.name)
        assert browser.post(f"{here}/mapping", {"saved": mapping.name}).status_code == 303
        first = import_it(browser, here)
    assert (first.rows, first.stored, first.duplicate, first.aside) == (events, events, 0, 0)
    check_it_is_there_once(heartline, file, events, customers, 1)
    log = heartline.log()
    graph = draw_paths(log)
    assert (len(log), len(log.customers), len(graph.names)) == (events, customers, 24)
    assert len(graph.count) == 125
    assert graph.count.sum() == events - customers
    stages = propose_journey(log).stages
    assert 5 <= len(stages) <= 7
    assert stages[0].touchpoints[:2] == ("A_SUBMITTED", "A_PARTLYSUBMITTED")
    assert "A_ACTIVATED" in stages[-1].touchpoints
    assert sum(len(stage.touchpoints) for stage in stages) >= 22


@dataclass
class Olist:
    heartline: Heartline
    log: PackedLog
    journey: Journey
    runs: PackedRuns
    reports: dict[str, ImportReport]
    # Taken before any test: one of them imports again, and no order of tests is promised.
    account: Account


FILES = {
    "customers": "customers.parquet",
    "orders": "orders.parquet",
    "payments": "order_payments.parquet",
    "reviews": "order_reviews.parquet",
}


def read_ready(name: str) -> ImportMapping:
    return read_mapping((MAPPINGS / f"olist-{name}.json").read_bytes())


def import_by_page(browser: Browser, name: str) -> ImportReport:
    """Import a file by the page with a mapping that was saved before."""
    Desk(browser.heartline).save_mapping(read_ready(name))
    path = SHARED / "olist" / FILES[name]
    here = bring(browser, path.read_bytes(), path.name)
    assert browser.post(f"{here}/mapping", {"saved": read_ready(name).name}).status_code == 303
    return import_it(browser, here)


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olist]:
    with open_heartline(Settings(data_dir=tmp_path_factory.mktemp("olist") / "data")) as heartline:
        with Browser(heartline) as browser:
            browser.sign_in(a_user(heartline))
            reports = {name: import_by_page(browser, name) for name in FILES}
        log = heartline.logs.fresh()
        journey = propose_journey(log)
        yield Olist(heartline, log, journey, find_runs(log, journey), reports, heartline.account())


def read_columns(file: str, *wanted: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for names, rows in read_parquet_rows(SHARED / "olist" / file):
        places = [names.index(name) for name in wanted]
        found += [tuple(row[place] for place in places) for row in rows]
    return found


def test_four_files_become_one_record_of_each_person(olist: Olist) -> None:
    assert {name: report.rows for name, report in olist.reports.items()} == {
        "customers": 12_751,
        "orders": 12_751,
        "payments": 13_720,
        "reviews": 12_832,
    }
    assert all(report.aside == 0 for report in olist.reports.values())
    account = olist.account
    assert account.balanced
    assert account.stored == account.received == sum(report.messages for report in olist.reports.values()) == 98_246
    assert olist.heartline.stores.derived.customer_count() == len(olist.log.customers) == 12_595


def test_a_payment_has_the_time_of_its_order(olist: Olist) -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    moments = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date")
    # The earliest of an order's times: 14 paid orders left the seller before they were placed, says the file.
    begun = {
        order: datetime.fromisoformat(min(at for at in times if at)).replace(tzinfo=zone)
        for order, *times in read_columns("orders.parquet", "order_id", *moments)
    }
    (source,) = [s for s in olist.heartline.stores.kept.sources() if s.name == "Olist payments"]
    paid = olist.heartline.stores.history.recent(limit=20_000, source_id=source.source_id)
    assert len(paid) == 13_720
    assert [entry for entry in paid if entry.ts_us != round(begun[entry.order or ""].timestamp() * 1e6)] == []
    assert sum(entry.amount_minor or 0 for entry in paid) == sum(
        round(float(value) * 100) for (value,) in read_columns("order_payments.parquet", "payment_value")
    )
    assert {entry.currency for entry in paid} == {"BRL"}


def test_it_is_one_journey_in_which_a_review_may_precede_delivery(olist: Olist) -> None:
    assert set(olist.journey.touchpoints) == {
        *("Order placed", "Order approved", "Paid", "Handed to carrier", "Delivered", "Survey sent", "Review given")
    }
    names = olist.log.names["touchpoint"]
    codes, times = olist.log.codes["touchpoint"][olist.runs.rows], olist.log.ts_us[olist.runs.rows]
    first: dict[str, np.ndarray] = {}
    for name in ("Delivered", "Review given"):
        met = codes == names.index(name)
        first[name] = np.full(len(olist.runs), np.iinfo(np.int64).max)
        np.minimum.at(first[name], olist.runs.run[met], times[met])
    delivered = first["Delivered"] < np.iinfo(np.int64).max
    early = int((delivered & (first["Review given"] < first["Delivered"])).sum())
    # 520 reviews of the file were answered before their order came; a silence over the gap cuts a few runs in two.
    assert 400 <= early <= 520
    drawn = draw_map(olist.log, olist.journey)
    assert [stage.name for stage in drawn.stages] == [stage.name for stage in olist.journey.stages]
    assert len(olist.runs) < 1.1 * 12_751


def test_late_orders_score_far_lower_in_the_unbiased_sample(olist: Olist) -> None:
    def ask(delivery: str) -> Question:
        where = (("trait:sample", "B"), ("trait:delivery", delivery))
        return Question(measure=Measure.STARS, selection=Selection(where=where))

    late, punctual = answer(olist.log, ask("late")), answer(olist.log, ask("punctual"))
    assert late.value == pytest.approx(2.6, abs=0.05)
    assert punctual.value == pytest.approx(4.3, abs=0.05)
    assert late.n > late.customers > 300
    assert "clustered by customer" in late.method
    apart = compare_answers(olist.log, ask("late"), ask("punctual"))
    assert apart.verdict is Verdict.LOWER
    assert apart.low is not None
    assert apart.high is not None
    assert -2.0 < apart.low < -1.69 < apart.high < -1.4
    alone = difference(late, punctual)
    assert alone.value == pytest.approx(apart.value)
    assert (alone.low, alone.high) == pytest.approx((apart.low, apart.high), abs=0.02)


def test_comments_come_from_sample_a_only(olist: Olist) -> None:
    def comments(*samples: str) -> float | None:
        where = tuple(("trait:sample", sample) for sample in samples)
        return answer(olist.log, Question(measure=Measure.COMMENTS, selection=Selection(where=where))).value

    written = sum(bool(text.strip()) for (text,) in read_columns("order_reviews.parquet", "review_comment_message"))
    assert comments("A", "AB", "B") == pytest.approx(written, abs=5)
    # The trait is the latest order's: a person of sample B may have commented on an earlier order of sample A.
    asked = Question(measure=Measure.COMMENTS, selection=Selection(where=(("trait:sample", "B"),)))
    names = olist.log.names["touchpoint"]
    orders = np.bincount(olist.log.row[olist.log.codes["touchpoint"] == names.index("Order placed")])
    assert all(orders[np.searchsorted(olist.log.customers, people_behind(olist.log, asked))] > 1)
    assert comments("B") <= 20  # type: ignore[operator]  # a count is never None


def test_importing_again_changes_nothing(olist: Olist) -> None:
    """By the desk, as the command line does it, what the page brought."""
    before = fingerprint_stores(olist.heartline)
    desk = Desk(olist.heartline)
    for name in ("customers", "payments"):
        again = desk.run(SHARED / "olist" / FILES[name], read_ready(name), source=read_ready(name).name)
        assert (again.stored, again.duplicate, again.aside) == (0, again.messages, 0)
    assert fingerprint_stores(olist.heartline) == before
    assert olist.heartline.account().balanced
