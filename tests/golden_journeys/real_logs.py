"""The real logs as packed logs, read by heartline's own file readers and by nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from heartline.collect.importing.rows import open_rows
from heartline.understand import PackedLog, encode, pack

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
GOLDEN = ROOT / "tests" / "golden" / "journeys"
SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one file is read: the case, the touchpoint and the moment of a row."""

    case: str
    touchpoint: Callable[[Cells], str]
    moment: Callable[[Cells], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A packed log and what independent tools say of it."""

    log: PackedLog
    said: dict[str, Any]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_PROCESS = Reading(
    case="case:concept:name",
    touchpoint=lambda cells: cells["concept:name"],
    moment=lambda cells: _moment(cells["time:timestamp"]),
)
_CLICKS = Reading(
    case="user_id",
    touchpoint=lambda cells: cells["event"],
    moment=lambda cells: _moment(cells["timestamp"]),
)
_ITEMS = Reading(
    case="session_id",
    touchpoint=lambda cells: f"item {cells['item_id']}",
    moment=lambda cells: _moment(cells["eventdate"]) + timedelta(milliseconds=int(cells["timeframe"])),
)
READINGS = {
    "journey-bpic2012": _PROCESS,
    "journey-receipt": _PROCESS,
    "journey-roadtraffic": _PROCESS,
    "clickstream-simple-shop": _CLICKS,
    "clickstream-simple-shop-ecom": _CLICKS,
    "clickstream-diginetica-sample": _ITEMS,
}


def read_golden(name: str) -> dict[str, Any]:
    """Return the figures of a data set, with where they come from."""
    told: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return told


def pack_file(path: Path, reading: Reading) -> PackedLog:
    """Pack a file's rows, given shuffled: ``seq`` is the place in the file, and only that may decide a tie."""
    cases, touchpoints, times = [], [], []
    with open_rows(path) as rows:
        for row in rows:
            cases.append(row.cells[reading.case])
            touchpoints.append(reading.touchpoint(row.cells))
            times.append((reading.moment(row.cells) - _EPOCH) // timedelta(microseconds=1))
    codes, names = encode(touchpoints)
    count = len(times)
    shuffled = np.random.default_rng(4).permutation(count)
    return pack(
        customer_id=encode(cases)[0][shuffled],
        ts_us=np.array(times, dtype=np.int64)[shuffled],
        seq=shuffled.astype(np.int64),
        codes={"touchpoint": codes[shuffled]},
        names={"touchpoint": names},
        score_kind=np.zeros(count, dtype=np.uint8),
        score=np.full(count, np.nan, dtype=np.float32),
        score_top=np.zeros(count, dtype=np.uint8),
        amount_minor=np.zeros(count, dtype=np.int64),
        has_text=np.zeros(count, dtype=np.bool_),
    )


def turn_ties(log: PackedLog) -> PackedLog:
    """Return the log with touches of the same moment in the opposite order."""
    turned = np.lexsort((-log.seq, log.ts_us, log.row))
    return replace(log, seq=log.seq[turned], codes={"touchpoint": log.codes["touchpoint"][turned]})


def floor_seconds(log: PackedLog) -> PackedLog:
    """Return the log with its times cut to whole seconds, in the same order."""
    return replace(log, ts_us=log.ts_us // SECOND_US * SECOND_US)


def digest(rows: Iterable[list[Any]]) -> str:
    """Return a digest of rows in whatever order, as ``bench/rivals/make_goldens.py`` takes it."""
    lines = sorted(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
