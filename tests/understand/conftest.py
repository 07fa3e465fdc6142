"""Builders of packed logs: a tiny hand-made one, random ones, and a small company with a planted change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from heartline.understand import PackedLog, encode, pack

WEEK_US = 7 * 86_400_000_000
DAY_US = 86_400_000_000
NOW_US = 1_763_769_600_000_000 - 1_763_769_600_000_000 % DAY_US
FIELDS = ("touchpoint", "channel", "area", "place", "partner", "employee", "product", "action")
KINDS = {"": 0, "nps": 1, "csat": 2, "ces": 3, "stars": 4}

Row = dict[str, object]
Builder = Callable[..., PackedLog]


def build_log(rows: Sequence[Row], *, traits: dict[str, dict[int, str]] | None = None) -> PackedLog:
    """Pack rows given as dictionaries: customer, ts_us, seq and any of the other columns."""
    codes, names = {}, {}
    for field in FIELDS:
        codes[field], names[field] = encode([str(row.get(field, "")) for row in rows])

    def column(name: str, default: object, dtype: type) -> np.ndarray:
        return np.array([row.get(name, default) for row in rows], dtype=dtype)

    return pack(
        customer_id=column("customer", 0, np.int64),
        ts_us=column("ts_us", 0, np.int64),
        seq=np.array([row.get("seq", i) for i, row in enumerate(rows)], dtype=np.int64),
        codes=codes,
        names=names,
        score_kind=np.array([KINDS[str(row.get("kind", ""))] for row in rows], dtype=np.uint8),
        score=column("score", np.nan, np.float32),
        score_top=column("top", 0, np.uint8),
        amount_minor=column("amount", 0, np.int64),
        has_text=column("text", False, np.bool_),  # noqa: FBT003
        traits={name: (np.array(list(of), dtype=np.int64), list(of.values())) for name, of in (traits or {}).items()},
    )


@pytest.fixture
def build() -> Builder:
    return build_log


def draw_nps(rng: np.random.Generator, n: int, nps: np.ndarray | float) -> np.ndarray:
    """Draw answers 0–10 whose expected NPS is the one given (20 % passive)."""
    up = (0.8 + np.broadcast_to(nps, n) / 100) / 2
    draw = rng.random(n)
    return np.where(
        draw < up, rng.integers(9, 11, n), np.where(draw < up + 0.2, rng.integers(7, 9, n), rng.integers(0, 7, n))
    )


def plant_company(
    seed: int, *, before: float = 41.0, after: float = 17.0, answers: int = 740, customers: int = 3_000
) -> PackedLog:
    """Make a small company: delivery NPS of the North moves 12 weeks ago with a new courier, new boxes come everywhere.

    The South and West do not move. Mill Lane is a café with 31 answers which starts low and bounces back by itself.
    """
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 3, customers)
    regions = np.array(["North", "South", "West"])
    plan = rng.integers(0, 2, customers)
    parts: list[dict[str, np.ndarray]] = []

    def add(who: np.ndarray, ago_us: np.ndarray, touchpoint: str, **columns: np.ndarray) -> None:
        parts.append({"customer": who, "ago": ago_us, "touchpoint": np.full(len(who), touchpoint), **columns})

    for index in range(3):
        who_all = np.flatnonzero(region == index)
        for recent in (False, True):
            n = answers
            who = rng.choice(who_all, n)
            ago = rng.uniform(0, 12 * WEEK_US, n) if recent else rng.uniform(12 * WEEK_US, 36 * WEEK_US, n)
            moved = index == 0 and recent
            nps = draw_nps(rng, n, after if moved else before)
            add(
                who,
                ago,
                "Courier at the door",
                score=nps.astype(float),
                kind=np.full(n, 1),
                top=np.full(n, 10),
                partner=np.full(n, "Northgate" if moved else "Swiftline"),
                product=np.full(n, "New box" if recent else "Old box"),
                text=rng.random(n) < 0.5,
            )
    n = 3_000
    add(rng.integers(0, customers, n), rng.uniform(0, 50 * WEEK_US, n), "Checkout", channel=np.full(n, "web"),
        kind=np.full(n, 2), score=rng.choice([3.0, 4.0, 5.0], n), top=np.full(n, 5))  # fmt: skip
    for cafe in range(12):
        n = 31 if cafe == 0 else 120
        ago = rng.uniform(0, 40 * WEEK_US, n)
        nps = draw_nps(rng, n, np.where(ago > 6 * WEEK_US, -20.0, 50.0) if cafe == 0 else 31.0)
        add(rng.integers(0, customers, n), ago, "Café visit", score=nps.astype(float), kind=np.full(n, 1),
            top=np.full(n, 10), place=np.full(n, "Mill Lane" if cafe == 0 else f"Café {cafe}"))  # fmt: skip
    total = sum(len(part["customer"]) for part in parts)

    def join(name: str, default: object) -> np.ndarray:
        return np.concatenate([part.get(name, np.full(len(part["customer"]), default)) for part in parts])

    codes, names = {}, {}
    for field in FIELDS:
        codes[field], names[field] = encode([str(value) for value in join(field, "")])
    shuffle = rng.permutation(total)
    return pack(
        customer_id=join("customer", 0).astype(np.int64)[shuffle],
        ts_us=(NOW_US - 1 - join("ago", 0).astype(np.int64))[shuffle],
        seq=np.arange(total, dtype=np.int64)[shuffle],
        codes={field: codes[field][shuffle] for field in FIELDS},
        names=names,
        score_kind=join("kind", 0).astype(np.uint8)[shuffle],
        score=join("score", np.nan).astype(np.float32)[shuffle],
        score_top=join("top", 0).astype(np.uint8)[shuffle],
        amount_minor=np.zeros(total, dtype=np.int64),
        has_text=join("text", False).astype(np.bool_)[shuffle],  # noqa: FBT003
        traits={
            "region": (np.arange(customers), list(regions[region])),
            "plan": (np.arange(customers), [("weekly", "monthly")[code] for code in plan]),
        },
    )


@pytest.fixture(scope="session")
def build_rows() -> Builder:
    return build_log


@pytest.fixture(scope="session")
def company() -> Callable[..., PackedLog]:
    return plant_company
