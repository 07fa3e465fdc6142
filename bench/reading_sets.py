"""The real texts that readings are judged by, with labels, customers and groups; from ``../shared/data``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from heartline.understand.voice import clean

SHARED = Path(__file__).parents[2] / "shared/data"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSet:
    """Texts; ``sounds`` 0–2, ``scores`` on their own scale, who said it, in which group."""

    name: str
    raw: list[str]
    texts: list[str]
    sounds: NDArray[np.int64]
    scores: NDArray[np.float64]
    people: NDArray[np.int64]
    groups: NDArray[np.int64]


def _make(name: str, rows: list[tuple[str, int, float, str, str]]) -> TextSet:
    return TextSet(
        name=name,
        raw=[row[0] for row in rows],
        texts=[clean(row[0]) for row in rows],
        sounds=np.array([row[1] for row in rows], dtype=np.int64),
        scores=np.array([row[2] for row in rows], dtype=np.float64),
        people=np.unique([row[3] for row in rows], return_inverse=True)[1].astype(np.int64),
        groups=np.unique([row[4] for row in rows], return_inverse=True)[1].astype(np.int64),
    )


def _read(file: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{SHARED / file}' WHERE {where} ORDER BY ALL").fetchall()


def _of_five(score: float) -> int:
    return 0 if score <= 2 else 1 if score <= 3 else 2


def airline() -> TextSet:
    """Tweets to six airlines with three sounds; groups are airlines; the score is the sound, −1, 0 or 1."""
    place = {"negative": 0, "neutral": 1, "positive": 2}
    rows = _read("airline-tweets/tweets.parquet", "text, airline_sentiment, name, airline")
    return _make("airline", [(str(t), place[str(s)], place[str(s)] - 1.0, str(who), str(g)) for t, s, who, g in rows])


def nps() -> TextSet:
    """Answers 0–10 with comments; groups are the journey's stages."""
    rows = _read(
        "nps-verbatim/responses.parquet", "text, nps_score, journey_stage", "nps_score IS NOT NULL AND text <> ''"
    )
    sound = [0 if float(str(s)) <= 6 else 1 if float(str(s)) <= 8 else 2 for _t, s, _g in rows]
    return _make(
        "nps-verbatim",
        [(str(t), sound[i], float(str(s)), str(i), str(g)) for i, (t, s, g) in enumerate(rows)],
    )


def lounges() -> TextSet:
    """Reviews of airport lounges with 1–5; groups are airlines."""
    rows = _read("skytrax-lounge/lounge.parquet", "content, overall_rating, author, airline_name", "overall_rating > 0")
    return _make(
        "skytrax-lounge", [(str(t), _of_five(float(str(s))), float(str(s)), str(w), str(g)) for t, s, w, g in rows]
    )


def olist() -> TextSet:
    """Portuguese reviews of a shop, 1–5."""
    rows = _read(
        "olist/order_reviews.parquet", "review_comment_message, review_score, review_id", "review_comment_message <> ''"
    )
    return _make("olist", [(str(t), _of_five(float(str(s))), float(str(s)), str(w), "") for t, s, w in rows])


def chinese() -> TextSet:
    """Chinese reviews of deliveries, good or bad."""
    (file,) = (SHARED / "reviews-zh-delivery").glob("*.parquet")
    rows = duckdb.sql(f"SELECT review, label FROM '{file}' ORDER BY ALL").fetchall()
    return _make("reviews-zh", [(str(t), 2 * int(s), float(s), str(i), "") for i, (t, s) in enumerate(rows)])
