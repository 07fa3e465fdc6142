"""The pain list: what is planted is found, at its date and its price; where nothing was planted nothing hurts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from heartline.records import Journey, Stage
from heartline.understand import Claim, PackedLog, PainList, SignKind, encode, find_pains, find_robustness, pack
from heartline.understand.pains.money import Units, estimate_worth
from heartline.understand.pains.orders import Orders
from heartline.understand.pains.tries import list_tries
from heartline.understand.shrinkage import shrink_around_zero

DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
NOW_US = 1_763_769_600_000_000 - 1_763_769_600_000_000 % DAY_US
SWITCH_US = NOW_US - 12 * WEEK_US
NEVER = np.iinfo(np.int64).max
BOXES = Journey(
    journey_id="boxes",
    name="Boxes",
    stages=(
        Stage(name="Delivery", touchpoints=("Sent", "Door"), owner="Logistics"),
        Stage(name="Renew", touchpoints=("Renewed", "Cancelled")),
    ),
)
SEEDS = range(6)
LOST = (0.6 - 0.06) * (0.73 - 0.35)
"""Of an order: 54 more of 100 boxes are late, and after a late one 38 of 100 renew less."""


def plant(seed: int, *, late: float = 0.6, kept: float = 0.35, customers: int = 1_400) -> PackedLog:
    """Make subscribers of three regions over 60 weeks: a box every four weeks, after the third they renew or cancel.

    In the North boxes are late from the switch on: waits of three days instead of two, an unhappier answer, and fewer
    renewals after a late last box. With ``late`` 0.06 and ``kept`` 0.73 nothing happens at all.
    """
    rng = np.random.default_rng(seed)
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("who", "ts", "at", "region", "score", "amount")}
    region = rng.integers(0, 3, customers)

    def write(who: np.ndarray, ts: np.ndarray, at: int, *, score: np.ndarray | None = None, amount: int = 0) -> None:
        columns["who"].append(who)
        columns["ts"].append(ts)
        columns["at"].append(np.full(len(who), at))
        columns["region"].append(region[who] + 1 if at == 2 else np.zeros(len(who), dtype=np.int64))
        columns["score"].append(np.full(len(who), np.nan) if score is None else score)
        columns["amount"].append(np.full(len(who), amount))

    alive, start = np.arange(customers), NOW_US - (rng.uniform(2, 60, customers) * WEEK_US).astype(np.int64)
    while len(alive):
        last_late = np.zeros(len(alive), dtype=np.bool_)
        for box in range(3):
            sent = start + box * 4 * WEEK_US
            hit = (region[alive] == 0) & (sent >= SWITCH_US)
            slow = rng.random(len(alive)) < np.where(hit, late, 0.06)
            door = sent + (np.where(slow, 3.2, 2.0) * DAY_US + rng.normal(0, 0.1, len(alive)) * DAY_US).astype(np.int64)
            write(alive, sent, 1)
            write(alive, door, 2)
            asked = rng.random(len(alive)) < 0.5
            nps = np.where(rng.random(len(alive)) < np.where(slow, 0.3, 0.75), 9.0, 4.0)
            write(alive[asked], door[asked] + 3_600_000_000, 2, score=nps[asked])
            last_late = slow
        decided = start + 11 * WEEK_US
        renews = rng.random(len(alive)) < np.where(last_late, kept, 0.73)
        write(alive[renews], decided[renews], 3, amount=4_000)
        write(alive[~renews], decided[~renews], 4)
        alive, start = alive[renews], decided[renews] + WEEK_US
        alive, start = alive[start < NOW_US], start[start < NOW_US]
    return lay_out({name: np.concatenate(parts) for name, parts in columns.items()}, region)


def lay_out(columns: dict[str, np.ndarray], region: np.ndarray) -> PackedLog:
    keep = columns["ts"] < NOW_US
    told = {name: column[keep] for name, column in columns.items()}
    names = {"touchpoint": ("", "Sent", "Door", "Renewed", "Cancelled"), "place": ("", "North", "South", "West")}
    none = np.zeros(len(told["who"]), dtype=np.int64)
    codes = {"touchpoint": told["at"], "place": told["region"]}
    for field in ("channel", "area", "partner", "employee", "product", "action"):
        codes[field], names[field] = none, ("",)
    scored = ~np.isnan(told["score"])
    return pack(
        customer_id=told["who"].astype(np.int64),
        ts_us=told["ts"].astype(np.int64),
        seq=np.arange(len(none)),
        codes=codes,
        names=names,
        score_kind=scored.astype(np.uint8),
        score=told["score"].astype(np.float32),
        score_top=np.where(scored, 10, 0).astype(np.uint8),
        amount_minor=told["amount"].astype(np.int64),
        has_text=np.zeros(len(none), dtype=np.bool_),
        traits={"region": (np.arange(len(region)), [("North", "South", "West")[one] for one in region])},
    )


@pytest.fixture(scope="module")
def found() -> object:
    return lru_cache(maxsize=None)(lambda seed: find_pains(plant(seed), (BOXES,), now_us=NOW_US))


def test_the_late_boxes_of_the_north_come_first_with_date_owner_and_money(found: object) -> None:
    covered = 0
    for seed in SEEDS:
        told: PainList = found(seed)  # type: ignore[operator]
        first = told.pains[0]
        assert first.value == "North"
        assert first.claim is Claim.GREW
        assert first.since_us is not None
        assert abs(first.since_us - SWITCH_US) <= 3 * DAY_US
        assert first.owner == "Logistics"
        assert {one.kind for one in first.evidence} >= {SignKind.WAIT}
        assert first.worth is not None
        assert first.worth.pays == ("Renewed",)
        assert first.worth.reliable
        covered += first.worth.lost_low <= LOST <= first.worth.lost_high
    # At 95 % fewer than four of six are met with a chance of 0.2 %.
    assert covered >= 4


def test_a_list_counts_exactly_the_people_and_touches_that_it_says(found: object) -> None:
    log = plant(0)
    told: PainList = found(0)  # type: ignore[operator]
    for pain in told.pains:
        rows = np.flatnonzero(np.isin(log.seq, pain.seqs))
        assert len(np.unique(log.row[rows])) == pain.people == len(pain.customers)
        for one in pain.evidence:
            assert len(one.seqs) == one.difference.now.n or one.claim is Claim.MET
        low, high = pain.share[1:]
        assert low <= pain.share[0] <= high
        assert round(pain.share[0] * pain.passed) == pain.people


def test_where_nothing_was_planted_nothing_hurts_more_often_than_stated() -> None:
    listed = [len(find_pains(plant(seed, late=0.06, kept=0.73), (BOXES,), now_us=NOW_US).pains) for seed in range(12)]
    # A late box still goes with a lower score and that is no pain of orders; at a rate of 5 % a false list is met in
    # 12 companies more than twice with a chance of 2 %.
    assert sum(count > 0 for count in listed) <= 2, listed


def test_pains_rank_by_the_shrunken_middle_and_the_unpriced_come_last(found: object) -> None:
    for seed in SEEDS:
        told: PainList = found(seed)  # type: ignore[operator]
        ranked = [pain.worth.ranked if pain.worth else -np.inf for pain in told.pains]
        assert ranked == sorted(ranked, reverse=True)
        assert all(abs(pain.worth.ranked) <= abs(pain.worth.middle) + 1e-6 for pain in told.pains if pain.worth)


def test_without_orders_no_money_is_said() -> None:
    log = replace(plant(1), amount_minor=np.zeros_like(plant(1).amount_minor))
    told = find_pains(log, (BOXES,), now_us=NOW_US)
    assert told.pains
    assert all(pain.worth is None and pain.unpriced for pain in told.pains)


def test_an_empty_log_is_quiet() -> None:
    log = plant(1, customers=1)
    told = find_pains(log, (), now_us=NOW_US)
    assert not told.pains
    assert told.quiet


def test_the_last_order_is_all_that_was_paid_at_its_moment() -> None:
    day = 86_400_000_000
    # The first customer pays 30, later 50 in two parts, then leaves; the second pays once; the third never.
    orders = Orders(
        pays=("Paid",),
        exits=("Left",),
        customer=np.array([0, 0, 0, 0, 1]),
        at_us=np.array([1, 5, 5, 9, 5]) * day,
        paid=np.array([True, True, True, False, True]),
        amount=np.array([3_000, 4_000, 1_000, 0, 700]),
        silence_us=0,
        now_us=20 * day,
    )
    asked = np.array([0, 0, 0, 0, 1, 1, 2])
    before = np.array([0, 1, 4, 12, 4, 5, 12]) * day
    assert orders.sum_last(asked, before).tolist() == [0, 3_000, 3_000, 5_000, 0, 700, 0]
    none = replace(orders, **{name: getattr(orders, name)[:0] for name in ("customer", "at_us", "paid", "amount")})
    assert none.sum_last(asked, before).tolist() == [0.0] * 7


@pytest.mark.parametrize(
    ("touched", "spared", "lost"), [(80, 300, 0.0), (80, 300, 0.2), (400, 400, 0.1), (60, 900, 0.3)]
)
def test_the_range_of_money_covers_at_its_rate(touched: int, spared: int, lost: float) -> None:
    """1,000 replicates a cell, 4,000 in all: 93 to 97 % in the mean, no cell under 91 %."""
    rng = np.random.default_rng(touched + spared)
    count, log = touched + spared, plant(0, customers=2)
    log = replace(log, traits={})
    none = np.zeros(0, dtype=np.int64)
    orders = Orders(
        pays=("Renewed",),
        exits=("Cancelled",),
        customer=none,
        at_us=none,
        paid=none.astype(np.bool_),
        amount=none,
        silence_us=0,
        now_us=NOW_US,
    )
    mine = np.arange(count) < touched
    covered = 0
    for _ in range(1_000):
        outcome = (rng.random(count) < np.where(mine, 0.7 - lost, 0.7)).astype(np.float64)
        units = Units(
            customer=np.arange(count),
            at_us=np.zeros(count, dtype=np.int64),
            touched=mine,
            outcome=outcome,
            counted=mine,
        )
        worth = estimate_worth(log, units, orders, each=(100.0, 300.0, 0.0))
        assert worth is not None
        covered += worth.low <= touched * lost * 300 <= worth.high
    assert 0.91 <= covered / 1_000 <= 0.985


def test_the_robustness_value_is_that_of_the_paper() -> None:
    """Cinelli & Hazlett (2020), table 1: t = 4.18 with 783 degrees of freedom gives RV = 13.9 %."""
    assert find_robustness(4.18, 783) == pytest.approx(0.139, abs=0.001)
    assert find_robustness(0.0, 783) == 0.0


def test_shrinking_around_zero_pulls_noise_to_nothing_and_leaves_what_stands_out() -> None:
    errors = np.full(5, 1.0)
    assert np.all(shrink_around_zero(np.array([0.5, -0.5, 0.2, 0.1, -0.3]), errors) == 0)
    pulled = shrink_around_zero(np.array([10.0, 8.0, -9.0]), np.ones(3))
    assert np.all(np.abs(pulled) < [10, 8, 9])
    assert np.all(np.abs(pulled) > [9.5, 7.5, 8.5])
    assert len(shrink_around_zero(np.zeros(0), np.zeros(0))) == 0


def test_a_try_ends_with_its_order_and_counts_its_turns() -> None:
    way = ["choose", "pickup", "choose", "pickup", "placed"]
    rows = [(who, step, name) for who in range(220) for step, name in enumerate(way[: 5 if who % 3 else 4])]
    touchpoint, names = encode([name for _, _, name in rows])
    none = np.zeros(len(rows), dtype=np.int64)
    log = pack(
        customer_id=np.array([who for who, _, _ in rows]),
        ts_us=np.array([who * DAY_US + step * 10_000_000 for who, step, _ in rows]),
        seq=np.arange(len(rows)),
        codes={"touchpoint": touchpoint, "channel": none},
        names={"touchpoint": names, "channel": ("",)},
        score_kind=none.astype(np.uint8),
        score=np.full(len(rows), np.nan, dtype=np.float32),
        score_top=none.astype(np.uint8),
        amount_minor=np.where(touchpoint == names.index("placed"), 500, 0),
        has_text=none.astype(np.bool_),
    )
    # 147 orders are too few for a list; two years of them are enough.
    assert list_tries(log) == ()


def test_who_decides_next_is_read_after_the_time_and_not_of_another() -> None:
    orders = Orders(
        pays=("Renewed",),
        exits=("Cancelled",),
        customer=np.array([0, 0, 1]),
        at_us=np.array([10, 30, 20]) * DAY_US,
        paid=np.array([True, False, True]),
        amount=np.array([100, 0, 100]),
        silence_us=0,
        now_us=NOW_US,
    )
    outcome, when = orders.decide(np.array([0, 0, 0, 1, 1]), np.array([5, 10, 30, 0, 25]) * DAY_US)
    assert outcome[:2].tolist() == [1.0, 0.0]
    assert np.isnan(outcome[2])
    assert outcome[3] == 1.0
    assert np.isnan(outcome[4])
    assert when[[2, 4]].tolist() == [NEVER, NEVER]
    count, last, tenure = orders.look_back(np.array([0, 1]), np.array([40, 15]) * DAY_US)
    assert count.tolist() == [1.0, 0.0]
    assert last.tolist() == [100.0, 0.0]
    assert tenure.tolist() == [30.0, 0.0]


def test_contradictions_are_none_where_there_is_no_service() -> None:
    told = find_pains(plant(2), (BOXES,), now_us=NOW_US)
    assert told.contradictions == ()
