"""Synthetic events for the journey bars, laid down once in a folder: ``python bench/journey_events.py EVENTS FOLDER``.

The making is that of the design's measurements: 40 touchpoints by Zipf's law (1.1), each followed half the time by its
usual successor, about 20 touches a customer (negative binomial), gaps from seconds to weeks (lognormal), and a file in
the order of time. What is laid down: ``history.duckdb`` as heartline ships it (texts, message ids, properties and all),
``codes.duckdb`` with the sorted integer codes alone, and the same three columns as arrays for whoever decodes them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from heartline.store import DuckdbHistory

TOUCHPOINTS = 40
YEAR_US = 365 * 86_400_000_000
BEGAN_US = 1_735_689_600_000_000
PART = 1_000_000
OTHERS = {"channel": 6, "area": 5, "place": 16, "partner": 4, "employee": 9, "product": 9, "action": 30}
FUNNEL = (1, 2, 3, 4)

Ints = NDArray[np.int64]


def draw_events(events: int, *, seed: int = 7) -> tuple[Ints, NDArray[np.uint8], Ints]:
    """Draw customer, touchpoint and time of each event, in order of time."""
    rng = np.random.default_rng(seed)
    lengths = _draw_lengths(rng, events)
    customers = len(lengths)
    firsts = np.cumsum(lengths) - lengths
    share = 1 / np.arange(1, TOUCHPOINTS + 1) ** 1.1
    touchpoint = rng.choice(TOUCHPOINTS, events, p=share / share.sum()).astype(np.uint8)
    usual = rng.random(events) < 0.5
    usual[firsts] = False
    # Codes follow each other round in a ring, so that the chain 1 → 2 → 3 → 4 is a path that many take.
    for at in range(1, int(lengths.max())):
        rows = firsts[lengths > at] + at
        rows = rows[usual[rows]]
        touchpoint[rows] = (touchpoint[rows - 1] + 1) % TOUCHPOINTS
    gaps = (rng.lognormal(np.log(3_600), 2.5, events) * 1_000_000).astype(np.int64)
    gaps[firsts] = 0
    ts_us = np.cumsum(gaps)
    ts_us -= np.repeat(ts_us[firsts] - rng.integers(0, YEAR_US, customers), lengths)
    order = np.argsort(ts_us, kind="stable")
    owner = np.repeat(rng.permutation(customers).astype(np.int64) + 1, lengths)
    return owner[order], touchpoint[order] + np.uint8(1), ts_us[order] + BEGAN_US


def _draw_lengths(rng: np.random.Generator, events: int) -> Ints:
    """Draw touches a customer until they make up all events."""
    drawn = 1 + rng.negative_binomial(1.5, 1.5 / 20.5, events // 15)
    ends = np.cumsum(drawn)
    kept = int(np.searchsorted(ends, events)) + 1
    lengths = drawn[:kept].astype(np.int64)
    lengths[-1] -= int(lengths.sum()) - events
    return lengths


def lay_history(folder: Path, owner: Ints, touchpoint: NDArray[np.uint8], ts_us: Ints) -> None:
    """Fill a History file with these events; the other columns are as a shop's would be."""
    path = folder / "history.duckdb"
    DuckdbHistory(path).close()
    coded = ", ".join(f"(hash(n + {shift}) % {size})::INTEGER" for shift, size in enumerate(OTHERS.values()))
    with duckdb.connect(str(path), config={"threads": 2}) as db:
        sizes = {"touchpoint": TOUCHPOINTS + 1, **OTHERS}
        # Code 0, the empty name, is never written.
        names = [(field, code, f"{field} {code}") for field, size in sizes.items() for code in range(1, size)]
        db.executemany("INSERT INTO names VALUES (?, ?, ?)", names)
        for start in range(0, len(owner), PART):
            numbers = np.arange(start, min(start + PART, len(owner)))
            part = {"n": numbers, "owner": owner[numbers], "code": touchpoint[numbers], "ts_us": ts_us[numbers]}  # noqa: F841 - read by name
            db.execute(
                f"""INSERT INTO interactions
                SELECT n * 1048576, ts_us, ts_us + 900000, owner, 1, 0, true, code::INTEGER, {coded},
                  CASE WHEN n % 8 = 0 THEN 1 + n % 4 ELSE 0 END, CASE WHEN n % 8 = 0 THEN 1 + hash(n) % 5 END,
                  CASE WHEN n % 8 = 0 THEN 5 ELSE 0 END, CASE WHEN n % 20 = 0 THEN hash(n) % 9000 END,
                  CASE WHEN n % 20 = 0 THEN 'EUR' END,
                  CASE WHEN n % 16 = 0 THEN 'It took ' || hash(n) % 97 || ' days.' END, NULL,
                  'ajs-next-' || n || '-' || hash(n), '{{"product_id": "p' || n % 500 || '", "price": 12.5}}', false
                FROM part"""
            )
        db.execute("DELETE FROM watermark")
        db.execute("INSERT INTO watermark VALUES (?)", [len(owner)])


def lay_codes(folder: Path, owner: Ints, touchpoint: NDArray[np.uint8], ts_us: Ints) -> None:
    """Lay the three columns down sorted by customer and time, as arrays and as a DuckDB table."""
    order = np.argsort(owner, kind="stable")
    sorted_rows = {
        "subject_id": owner[order].astype(np.int32),
        "touchpoint": touchpoint[order],
        "ts_us": ts_us[order],
        "seq": np.arange(len(order), dtype=np.int32),
    }
    for name, column in sorted_rows.items():
        np.save(folder / f"{name}.npy", column)
    with duckdb.connect(str(folder / "codes.duckdb"), config={"threads": 2}) as db:
        db.execute("CREATE TABLE interactions AS SELECT * FROM sorted_rows")


def main() -> None:
    """Lay a folder down."""
    events, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    columns = draw_events(events)
    lay_history(folder, *columns)
    lay_codes(folder, *columns)


if __name__ == "__main__":
    main()
