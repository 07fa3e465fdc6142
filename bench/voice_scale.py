"""The pages of what customers say, over a million comments that are read and placed: ``python bench/voice_scale.py``.

The comments are made: rows of History, readings and placings by SQL, a packed log beside them, a hundred themes. The
figure is the CPU time of this process from request to the last byte; *first* is the first view, nothing remembered,
*filter* a filter that nobody asked for before. ``--comments`` says how many. How long reading a million takes is
worked out from the speed of 2,000 made comments, read and placed as the listener does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from bars import Bar, write_table
from machine import describe_machine

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.records import NO_THEME, Centre, Theme, ThemeRound
from heartline.understand import PackedLog, place_errand, read_texts
from heartline.understand.log import pack

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests/web"))
from browsing import Browser, a_user  # the tests' browser without a screen

FIRST_S: Final = 1.0
FILTER_S: Final = 0.5
THEMES: Final = 100
CHANNELS: Final = ("", "app", "web", "email", "phone")
DAY_US: Final = 86_400_000_000
Columns = dict[str, np.ndarray[Any, Any]]


def make_columns(comments: int, *, now_us: int) -> Columns:
    """Make who said what when: a year, five comments a customer, one in three with a score."""
    draw = np.random.default_rng(0)
    customer = np.sort(draw.integers(1, max(2, comments // 5), comments))
    scored = draw.random(comments) < 1 / 3
    return {
        "seq": np.arange(1, comments + 1),
        "ts_us": now_us - draw.integers(0, 364, comments) * DAY_US - draw.integers(0, DAY_US, comments),
        "customer": customer,
        "channel": draw.integers(1, len(CHANNELS), comments),
        "theme": draw.zipf(1.3, comments) % (THEMES + 1),
        "kind": np.where(scored, 1, 0).astype(np.uint8),
        "score": np.where(scored, draw.integers(0, 11, comments), np.nan).astype(np.float32),
        "negative": draw.random(comments).astype(np.float32) / 2,
        "positive": draw.random(comments).astype(np.float32) / 2,
    }


def make_log(made: Columns) -> PackedLog:
    """Pack them."""
    n = len(made["seq"])
    none = np.zeros(n, dtype=np.int64)
    fields = ("touchpoint", "channel", "area", "place", "partner", "employee", "product", "action")
    return pack(
        customer_id=made["customer"],
        ts_us=made["ts_us"],
        seq=made["seq"],
        codes={field: made["channel"] if field == "channel" else none for field in fields},
        names={field: CHANNELS if field == "channel" else ("",) for field in fields},
        score_kind=made["kind"],
        score=made["score"],
        score_top=np.full(n, 10, dtype=np.uint8),
        amount_minor=none,
        has_text=np.ones(n, dtype=np.bool_),
    )


def fill(heartline: Heartline, made: Columns) -> None:
    """Write the rows, their readings and placings, and the themes."""
    history: Any = heartline.stores.history
    tables = {
        "interactions": (
            "SELECT seq, ts_us, ts_us, customer, 1, 1, true, 0, 0, 0, 0, 0, 0, 0, 0, kind, score, 10, NULL, NULL, "
            "'Comment ' || seq || ' about theme ' || theme, NULL, 'm' || seq, '{}', false FROM made"
        ),
        "readings": "SELECT seq, 0, 'en', negative, positive, 3, 0, false, false, false, false FROM made",
        "placings": "SELECT seq, 1, theme, 0.5 + negative FROM made",
    }
    with history.reading() as cursor:
        cursor.register("given", made)
        for table, sql in tables.items():
            cursor.execute(f"INSERT INTO {table} {sql.replace('FROM made', 'FROM given')}")
        cursor.unregister("given")
    found = [
        (
            Theme(
                number=NO_THEME, terms=(f"word{one}", "said"), size=THEMES - one, stability=0.8, stable=True, found_us=1
            ),
            Centre(number=NO_THEME, vector=np.eye(1, 512, one, dtype=np.float16).tobytes(), floor=0.5),
        )
        for one in range(THEMES)
    ]
    heartline.stores.kept.keep_themes(ThemeRound(version=1, found_us=1, texts=len(made["seq"]), encoder=""), found)


def measure(browser: Browser, name: str, path: str, bound: float) -> Bar:
    """Ask for a page."""
    began, wall = time.process_time(), time.monotonic()
    answer = browser.get(path)
    spent, waited = time.process_time() - began, time.monotonic() - wall
    assert answer.status_code == 200, (path, answer.status_code)
    return Bar(name=name, figure=spent, bound=bound, unit="CPU-s", ours=f"{waited:.2f} s wall", note=path)


def measure_reading() -> str:
    """Read and place 2,000 made comments, as the process beside the server does."""
    words = ("late", "parcel", "coffee", "lovely", "again", "courier", "broken", "friendly", "price", "waiting")
    draw = np.random.default_rng(1)
    texts = [f"{' '.join(draw.choice(words, 12))} {number}" for number in range(2_000)]
    centres = [Centre(number=1, vector=np.eye(1, 512, dtype=np.float16).tobytes(), floor=0.5)]
    read_texts(0, b"", texts[:1], [1])
    began = time.process_time()
    read_texts(0, b"", texts, range(len(texts)))
    place_errand(texts, centres)
    rate = len(texts) / (time.process_time() - began)
    return f"read and placed: {rate:,.0f} comments a CPU second, so a million in {1e6 / rate / 60:,.0f} CPU minutes"


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    now_us = time.time_ns() // 1_000
    made = make_columns(asked.comments, now_us=now_us)
    bars = []
    with tempfile.TemporaryDirectory() as folder, open_heartline(Settings(data_dir=Path(folder) / "data")) as heartline:
        fill(heartline, made)
        log = make_log(made)
        heartline.logs.current = lambda: log  # type: ignore[method-assign]  # no State stands behind made rows
        with Browser(heartline) as browser:
            browser.sign_in(a_user(heartline))
            browser.get("/account")
            bars.append(measure(browser, "themes, first view", "/voice/themes", FIRST_S))
            bars.append(measure(browser, "themes, a filter", "/voice/themes?by=channel&is=app", FILTER_S))
            bars.append(measure(browser, "themes, all time", "/voice/themes?range=all", FIRST_S))
            bars.append(measure(browser, "comments, first view", "/voice", FIRST_S))
            bars.append(measure(browser, "comments, a filter", "/voice?by=channel&is=web", FILTER_S))
            bars.append(measure(browser, "comments of a theme", "/voice?theme=3", FILTER_S))
            bars.append(measure(browser, "comments, a kind of all time", "/voice?range=all&kind=complaint", FIRST_S))
    print(write_table(bars))
    print(measure_reading())


if __name__ == "__main__":
    main()
