"""What comes late and is felt: found where hardly anybody orders again, no more often than stated where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heartline.understand import (
    Claim,
    Measure,
    Missed,
    PackedLog,
    PainList,
    Promises,
    Sayings,
    SignKind,
    find_pains,
    pack,
)
from heartline.understand.pains.money import _least_error

DAY_US = 86_400_000_000
NOW_US = 1_763_769_600_000_000 - 1_763_769_600_000_000 % DAY_US
NAMES = ("", "Ordered", "Delivered", "Answered")
SEEDS = range(12)


def plant(seed: int, *, felt: float, customers: int = 2_400) -> tuple[PackedLog, Sayings]:
    """Make a shop that everybody sees once: of a hundred parcels twelve come late, and who got one (or waits for it:
    half of them answer before it comes) gives ``felt`` stars less, in the mean.
    """
    rng = np.random.default_rng(seed)
    ordered = NOW_US - (rng.uniform(0.02, 1, customers) * 300 * DAY_US).astype(np.int64)
    late = rng.random(customers) < 0.12
    came = ordered + (np.where(late, 11.0, 4.0) * DAY_US).astype(np.int64)
    before = late & (rng.random(customers) < 0.5)
    answered = came + np.where(before, -2 * DAY_US, DAY_US)
    stars = np.clip(np.round(rng.normal(np.where(late, 4 - felt, 4.0), 0.9)), 1, 5)
    asked = rng.random(customers) < 0.7
    who = np.arange(customers)
    owner = np.concatenate((who, who, who[asked]))
    ts = np.concatenate((ordered, came, answered[asked]))
    at = np.repeat([1, 2, 3], [customers, customers, asked.sum()])
    none, scored = np.zeros(len(owner), dtype=np.int64), at == 3
    codes = dict.fromkeys(("channel", "area", "place", "partner", "employee", "product", "action"), none)
    seq = np.arange(len(owner))
    log = pack(
        customer_id=owner.astype(np.int64),
        ts_us=ts,
        seq=seq,
        codes={**codes, "touchpoint": at},
        names={**dict.fromkeys(codes, ("",)), "touchpoint": NAMES},
        score_kind=np.where(scored, 4, 0).astype(np.uint8),
        score=np.where(scored, np.concatenate((none[: 2 * customers], stars[asked])), np.nan).astype(np.float32),
        score_top=np.where(scored, 5, 0).astype(np.uint8),
        amount_minor=np.where(at == 1, 5_000, 0),
        has_text=np.zeros(len(owner), dtype=np.bool_),
    )
    return log, Sayings(promises=Promises(seq=seq[at == 2], broken=late))


def lose(log: PackedLog, said: Sayings, *, weeks: float) -> tuple[PackedLog, Sayings]:
    """Say of what came late that it never came: its order had been promised for ``weeks`` after it."""
    told = said.promises
    # Orders are numbered as their parcels are, which follow them.
    orders = told.seq[told.broken] - len(told.seq)
    by_seq = np.argsort(log.seq)
    missed = Missed(
        seq=orders,
        until_us=log.ts_us[by_seq[orders]] + int(weeks * 7 * DAY_US),
        spot=np.zeros(len(orders), dtype=np.int64),
        spots=("Delivered",),
    )
    kept = ~told.broken
    return log, Sayings(promises=Promises(seq=told.seq[kept], broken=told.broken[kept]), missed=missed)


def find(seed: int, felt: float) -> tuple[PackedLog, PainList]:
    log, said = plant(seed, felt=felt)
    return log, find_pains(log, now_us=NOW_US, sayings=said)


def test_what_comes_late_and_is_felt_is_found_with_size_people_and_a_range_of_money() -> None:
    log, found = find(1, 1.5)
    first = found.pains[0]
    assert (first.kind, first.claim, first.spot) == (SignKind.PROMISE, Claim.MET, "Delivered")
    gap = first.main.difference
    assert first.main.measure is Measure.STARS
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < -1.35 < gap.high + 0.3
    assert len(first.main.seqs) == gap.now.n
    told = np.isin(log.seq, first.main.seqs)
    assert set(log.codes["touchpoint"][told].tolist()) == {3}
    # Half of them answered before the parcel came: who waits for what is late says so before.
    assert gap.now.n > 0.6 * 0.12 * 2_400
    assert first.worth is None, "nobody orders twice, so nothing is known to be lost"
    assert first.unpriced.startswith("Hardly anybody orders again")
    assert first.at_stake == 5_000 * first.people, "but what the orders were worth is"
    assert found.until_us == NOW_US


def test_where_lateness_is_not_felt_it_is_listed_no_more_often_than_stated() -> None:
    listed = [sum(pain.kind is SignKind.PROMISE for pain in find(seed, 0.0)[1].pains) for seed in SEEDS]
    # At 5 % more than two of twelve are met with a chance of 2 %.
    assert sum(count > 0 for count in listed) <= 2, listed


def test_what_never_comes_is_a_promise_broken_and_felt() -> None:
    log, said = lose(*plant(1, felt=1.5), weeks=1)
    found = find_pains(log, now_us=NOW_US, sayings=said)
    first = found.pains[0]
    assert (first.kind, first.claim, first.spot) == (SignKind.PROMISE, Claim.MET, "Delivered")
    assert first.main.difference.high is not None
    assert first.main.difference.high < -1
    assert first.missed == len(first.seqs) > 20, "all who met it wait to this day"
    assert set(log.codes["touchpoint"][np.isin(log.seq, first.seqs)].tolist()) == {1}
    # An answer is about a parcel that is missed from the day it was due, however long before it was ordered.
    late = find_pains(log, now_us=NOW_US, sayings=lose(*plant(1, felt=1.5), weeks=20)[1])
    assert not [pain for pain in late.pains if pain.kind is SignKind.PROMISE]


def test_where_people_order_again_their_orders_tell_and_not_their_feelings() -> None:
    log, said = plant(2, felt=1.5)
    # Everybody orders again a month later, so the orders know who left: nothing is claimed of feelings.
    again = replace(log, amount_minor=np.where(log.codes["touchpoint"] == 3, 5_000, log.amount_minor))
    found = find_pains(again, now_us=NOW_US, sayings=said)
    assert not [pain for pain in found.pains if pain.main.measure is Measure.STARS and pain.kind is SignKind.PROMISE]


@pytest.mark.parametrize(("hits", "n"), [(0, 60), (2, 400), (60, 60)])
def test_a_share_of_all_or_nothing_is_not_known_exactly(hits: int, n: int) -> None:
    outcome = np.repeat([1.0, 0.0], [hits, n - hits])
    # Agresti & Coull (1998) by hand: (hits + 2) / (n + 4).
    share = (hits + 2) / (n + 4)
    assert _least_error(outcome) == pytest.approx((share * (1 - share) / (n + 4)) ** 0.5)
    assert _least_error(np.repeat([1.0, 0.0], [30, 30])) < 1e-6
