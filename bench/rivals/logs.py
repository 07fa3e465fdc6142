"""The real logs that golden figures are made of, read by the means of the rivals' environment.

Every reader returns rows (case, touchpoint, UTC time in µs) in the order of the file. ``order_rows`` then sorts them
stably by case (in order of first appearance) and time, so that a tie keeps the order of the file.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

SHARED = Path(__file__).parents[3] / "shared" / "data"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000
MINUTE_US = 60_000_000


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Steps in order; ``windows_days`` are the windows asked beside the funnel that has none."""

    steps: tuple[str, ...]
    windows_days: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A file, how it is read, and what is asked of it."""

    name: str
    file: str
    read: Callable[[Path], pd.DataFrame]
    gaps_minutes: tuple[int, ...]
    funnels: tuple[Funnel, ...]
    columns: dict[str, str] = field(default_factory=dict)


def read_xes(path: Path) -> pd.DataFrame:
    """Read traces and events of an XES file; a case is a trace's ``concept:name``."""
    rows: list[tuple[str, str, int]] = []
    with gzip.open(path, "rb") as file:
        for _, element in ET.iterparse(file):
            if element.tag.rpartition("}")[2] == "trace":
                rows.extend(_read_trace(element))
                element.clear()
    return pd.DataFrame(rows, columns=["case", "touchpoint", "ts_us"])


def _read_trace(trace: ET.Element) -> Iterator[tuple[str, str, int]]:
    own = {child.get("key"): child.get("value") for child in trace if child.get("key")}
    for event in trace:
        if event.tag.rpartition("}")[2] == "event":
            said = {child.get("key"): child.get("value") or "" for child in event}
            moment = datetime.fromisoformat(said["time:timestamp"])
            yield own["concept:name"] or "", said["concept:name"], (moment - EPOCH) // timedelta(microseconds=1)


def read_process_csv(path: Path) -> pd.DataFrame:
    """Read a process log whose columns are named as in XES."""
    frame = pd.read_csv(path, usecols=["case:concept:name", "concept:name", "time:timestamp"])
    times = pd.to_datetime(frame["time:timestamp"], utc=True, format="ISO8601")
    return _frame(frame["case:concept:name"], frame["concept:name"], times.dt.tz_localize(None))


def read_clicks(path: Path) -> pd.DataFrame:
    """Read a stream of user, event, timestamp."""
    frame = pd.read_parquet(path, columns=["user_id", "event", "timestamp"])
    return _frame(frame["user_id"], frame["event"], frame["timestamp"])


def read_item_views(path: Path) -> pd.DataFrame:
    """Read item views: a case is a session, a touchpoint is an item, the time is the day plus ``timeframe`` ms."""
    frame = pd.read_parquet(path, columns=["session_id", "item_id", "timeframe", "eventdate"])
    times = pd.to_datetime(frame["eventdate"]) + pd.to_timedelta(frame["timeframe"], unit="ms")
    return _frame(frame["session_id"], "item " + frame["item_id"].astype(str), times)


def _frame(case: pd.Series, touchpoint: pd.Series, times: pd.Series) -> pd.DataFrame:
    ts_us = times.astype("datetime64[us]").astype("int64")
    return pd.DataFrame({"case": case.astype(str), "touchpoint": touchpoint.astype(str), "ts_us": ts_us})


def order_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort stably by case and time and number the rows: ``seq`` is the order in which ties go."""
    cases, _ = pd.factorize(rows["case"])
    rows = rows.assign(case_no=cases).sort_values("ts_us", kind="stable").sort_values("case_no", kind="stable")
    return rows.assign(seq=range(len(rows))).reset_index(drop=True)


DATASETS = (
    Dataset(
        name="journey-bpic2012",
        file="journey-bpic2012/bpic2012.xes.gz",
        read=read_xes,
        gaps_minutes=(30, 1_440),
        funnels=(
            Funnel(steps=("A_SUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_APPROVED"), windows_days=(1, 14)),
            Funnel(steps=("W_Nabellen offertes", "O_SENT_BACK", "W_Nabellen offertes"), windows_days=(7,)),
        ),
    ),
    Dataset(
        name="journey-receipt",
        file="journey-receipt/receipt.csv.gz",
        read=read_process_csv,
        gaps_minutes=(30, 1_440),
        funnels=(
            Funnel(
                steps=(
                    "Confirmation of receipt",
                    "T02 Check confirmation of receipt",
                    "T05 Print and send confirmation of receipt",
                    "T10 Determine necessity to stop indication",
                ),
                windows_days=(1, 7),
            ),
            Funnel(
                steps=("T06 Determine necessity of stop advice", "T06 Determine necessity of stop advice"),
                windows_days=(1,),
            ),
        ),
    ),
    Dataset(
        name="journey-roadtraffic",
        file="journey-roadtraffic/roadtraffic100traces.csv",
        read=read_process_csv,
        gaps_minutes=(1_440, 43_200),
        funnels=(
            Funnel(steps=("Create Fine", "Send Fine", "Insert Fine Notification", "Payment"), windows_days=(180,)),
            Funnel(steps=("Payment", "Payment"), windows_days=(30,)),
        ),
    ),
    Dataset(
        name="clickstream-simple-shop",
        file="clickstream-simple-shop/simple_shop.parquet",
        read=read_clicks,
        gaps_minutes=(30, 1_440),
        funnels=(
            Funnel(steps=("catalog", "cart", "payment_choice", "payment_done"), windows_days=(1 / 24, 7)),
            Funnel(steps=("catalog", "catalog", "main"), windows_days=(1 / 24,)),
        ),
    ),
    Dataset(
        name="clickstream-simple-shop-ecom",
        file="clickstream-simple-shop/ecom.parquet",
        read=read_clicks,
        gaps_minutes=(30, 1_440),
        funnels=(
            Funnel(steps=("product_view", "add_to_cart", "shipping_details", "purchase"), windows_days=(1, 30)),
            Funnel(steps=("payment_error", "payment_details", "purchase"), windows_days=(1,)),
        ),
    ),
    Dataset(
        name="clickstream-diginetica-sample",
        file="clickstream-diginetica-sample/item_views.parquet",
        read=read_item_views,
        gaps_minutes=(5, 30),
        funnels=(
            Funnel(steps=("item 32176", "item 9667"), windows_days=(1 / 1_440,)),
            Funnel(steps=("item 1838", "item 1838", "item 1838"), windows_days=(1 / 1_440,)),
        ),
    ),
)
