"""Drivers: planted ones are ranked right, noise passes at its rate, shares sum to R², customers are the unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_samples import draw_drivers, true_matrix

from heartline.records import Journey, Metric, Stage
from heartline.understand import (
    Driver,
    DriverKind,
    Flag,
    Observed,
    PackedLog,
    Quadrant,
    Selection,
    encode,
    find_runs,
    gather_drivers,
    pack,
    place_driver,
    weigh,
)
from heartline.understand.drivers import gathering
from heartline.understand.drivers.shapley import (
    EXACT,
    choose_orders,
    find_inflation,
    list_coalitions,
    share_one,
    share_r2,
)
from heartline.understand.drivers.weighing import deal_anew, find_ends, find_same, standardise
from heartline.understand.scores import ScoreMeasure
from tries import some

DAY_US = 86_400_000_000
SLOPES = np.array([0.6, 0.3, 0.0, 0.0])


def a_matrix(seed: int, count: int, n: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, count)) @ rng.normal(size=(count, count))
    score = values @ rng.normal(size=count) + rng.normal(size=n) * 3
    return np.corrcoef(np.column_stack((values, score)).T)


@settings(max_examples=some(30))
@given(seed=st.integers(0, 10_000), count=st.integers(1, 13))
def test_shares_are_never_negative_and_sum_to_r2(seed: int, count: int) -> None:
    """Up to ten drivers exactly, above by orders; R² itself comes from the normal equations."""
    matrix = a_matrix(seed, count)
    shares = share_r2(matrix[None], choose_orders(count))[0]
    slopes = np.linalg.solve(matrix[:count, :count], matrix[:count, count])
    assert shares.sum() == pytest.approx(slopes @ matrix[:count, count], abs=1e-6)
    assert shares.min() >= -1e-9


@settings(max_examples=some(20))
@given(seed=st.integers(0, 10_000), count=st.integers(2, 12), one=st.integers(0, 11))
def test_a_driver_dealt_anew_has_the_share_that_the_whole_has(seed: int, count: int, one: int) -> None:
    """What a permutation test asks of one row equals the share of the matrix with that row in it."""
    one %= count
    matrix, other = a_matrix(seed, count), a_matrix(seed, count)
    pull = np.random.default_rng(seed + 1).uniform(0, 0.2, count + 1)
    pull[one] = 1.0
    other[one], other[:, one] = pull, pull
    orders = choose_orders(count)
    told = share_one(matrix, one, pull[None], list_coalitions(count, one, orders))[0]
    if np.linalg.eigvalsh(other).min() > 0.01:
        assert told == pytest.approx(share_r2(other[None], orders)[0, one], abs=1e-6)


def test_shares_of_two_drivers_by_hand() -> None:
    """r = .5 and .3 with the score, .4 with each other: each comes first once."""
    matrix = np.array([[1, 0.4, 0.5], [0.4, 1, 0.3], [0.5, 0.3, 1]])
    whole = (0.25 + 0.09 - 2 * 0.5 * 0.3 * 0.4) / (1 - 0.16)
    wanted = [(0.25 + whole - 0.09) / 2, (0.09 + whole - 0.25) / 2]
    assert share_r2(matrix[None])[0] == pytest.approx(wanted, abs=1e-6)
    assert find_inflation(matrix[:2, :2]) == pytest.approx([1 / 0.84] * 2, abs=1e-6)


def test_many_orders_come_near_to_all_of_them() -> None:
    matrix = a_matrix(3, EXACT)
    orders = choose_orders(EXACT + 1)
    assert orders is not None
    some_orders = np.stack([order[order < EXACT] for order in orders])
    assert share_r2(matrix[None], some_orders)[0] == pytest.approx(share_r2(matrix[None])[0], abs=0.02)


def test_planted_drivers_are_ranked_right_over_seeds() -> None:
    """300 customers, once each: the stronger stands first, both pass, and their intervals hold the truth."""
    truth = share_r2(true_matrix(SLOPES, together=0.2)[None])[0]
    first, passed, held = 0, 0, 0
    for seed in range(40):
        score, customer, values = draw_drivers(np.random.default_rng(seed), 300, 1, SLOPES, together=0.2)
        found = weigh(Observed(score=score, customer=customer, values=values), seed=seed, permutations=199)
        assert found is not None
        first += int(found.share.argmax() == 0)
        passed += int(found.passed[:2].all())
        held += int((found.low[:2] <= truth[:2]).all() and (truth[:2] <= found.high[:2]).all())
        assert (found.sign[found.passed] == 1).all()
        assert not found.sign[~found.passed].any()
        assert (found.low <= found.share).all()
        assert (found.share <= found.high).all()
    assert first == 40
    assert passed >= 38
    assert held >= 33


def measure_noise(each: int, rounds: int, *, as_one: bool = True) -> float:
    """How often drivers of no effect pass .05 beside one that has some, where customers answer ``each`` times."""
    hits = []
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        score, customer, values = draw_drivers(rng, 80, each, np.array([0.5, 0.0, 0.0]), together=0.0)
        customer = customer if as_one else np.arange(len(score))
        p, _tested = deal_anew(Observed(score=score, customer=customer, values=values), None, 99, rng)
        hits.append(p[1:] <= 0.05)
    return float(np.mean(hits))


@pytest.mark.parametrize("each", [1, 4])
def test_noise_passes_at_its_nominal_rate_however_often_customers_answer(each: int) -> None:
    assert 0.03 <= measure_noise(each, 400) <= 0.07


def test_answers_taken_for_customers_would_inflate_it() -> None:
    """The figure behind the rule: four answers of each of 80 people taken for 320 people."""
    assert measure_noise(4, 100, as_one=False) > 0.15


def test_customers_who_answer_oddly_often_give_answers_up_and_stand_with_others() -> None:
    rng = np.random.default_rng(2)
    customer = np.concatenate([np.repeat(np.arange(60), 1), np.repeat(np.arange(60, 90), 3), np.full(50, 200)])
    score = rng.normal(size=len(customer))
    found = weigh(Observed(score=score, customer=customer, values=rng.normal(size=(len(score), 1))), permutations=19)
    assert found is not None
    assert (found.n, found.tested) == (200, 60 + 31 * 3)


def test_a_pair_that_shares_credit_is_named_and_what_is_the_same_is_left_out() -> None:
    rng = np.random.default_rng(5)
    mood = rng.normal(size=400)
    values = np.column_stack(
        [mood + rng.normal(size=400) * 0.5, mood + rng.normal(size=400) * 0.5, rng.normal(size=400)]
    )
    found = weigh(Observed(score=mood + rng.normal(size=400), customer=np.arange(400), values=values), permutations=99)
    assert found is not None
    ((one, other, r),) = found.alike
    assert (one, other) == (0, 1)
    assert r == pytest.approx(0.8, abs=0.06)
    assert found.share[0] == pytest.approx(found.share[1], abs=0.08)
    twins = np.column_stack([values, -values[:, 0], np.ones(400)])
    assert find_same(twins) == {3: 0, 4: -1}


def test_what_is_not_known_of_an_answer_neither_speaks_for_nor_against() -> None:
    values = np.array([[1.0, np.nan], [3.0, 2.0], [np.nan, 4.0]])
    columns = standardise(values)
    assert columns[2, 0] == 0
    assert columns[0, 1] == 0
    assert columns.mean(axis=0) == pytest.approx([0, 0])


def test_too_few_or_all_alike_say_nothing() -> None:
    rng = np.random.default_rng(0)
    few = Observed(score=rng.normal(size=29), customer=np.arange(29), values=rng.normal(size=(29, 2)))
    assert weigh(few) is None
    alike = Observed(score=np.ones(60), customer=np.arange(60), values=rng.normal(size=(60, 2)))
    assert weigh(alike) is None
    assert weigh(Observed(score=rng.normal(size=60), customer=np.arange(60), values=np.zeros((60, 0)))) is None


def test_intervals_of_importance_cover() -> None:
    """A short form of ``make coverage``: 150 replicates of three drivers, 100 customers who answer three times."""
    slopes = np.array([0.2, 0.3, 0.4])
    truth = share_r2(true_matrix(slopes, together=0.3)[None])[0]
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        score, customer, values = draw_drivers(rng, 100, 3, slopes, together=0.3)
        low, high = find_ends(standardise(values, score), customer, None, rng)
        held.append((low <= truth) & (truth <= high))
    assert 0.90 <= np.mean(held) <= 0.98


def a_log(seed: int, customers: int = 60, touches: int = 9) -> PackedLog:
    """Random touches at three touchpoints, some with stars, some with NPS."""
    rng = np.random.default_rng(seed)
    n = customers * touches
    touchpoint, names = encode([("Shop", "Courier", "Survey")[one] for one in rng.integers(0, 3, n)])
    channel, channels = encode([("web", "app", "café")[one] for one in rng.integers(0, 3, n)])
    place, places = encode([("", "North", "South")[one] for one in rng.integers(0, 3, n)])
    kind = np.where(touchpoint == names.index("Survey"), 1, np.where(rng.random(n) < 0.5, 4, 0)).astype(np.uint8)
    score = np.where(kind == 1, rng.integers(0, 11, n), np.where(kind == 4, rng.integers(1, 6, n), np.nan))
    return pack(
        customer_id=np.repeat(np.arange(customers) * 7 + 3, touches),
        ts_us=(rng.integers(0, 100 * 24, n) * 3_600_000_000).astype(np.int64),
        seq=np.arange(n, dtype=np.int64),
        codes={"touchpoint": touchpoint, "channel": channel, "place": place},
        names={"touchpoint": names, "channel": channels, "place": places},
        score_kind=kind,
        score=score.astype(np.float32),
        score_top=np.where(kind == 1, 10, np.where(kind == 4, 5, 0)).astype(np.uint8),
        amount_minor=np.zeros(n, dtype=np.int64),
        has_text=rng.random(n) < 0.2,
    )


def test_what_stood_before_each_answer_is_what_a_slow_reading_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meetings, feelings and waits of every answer, against a loop over all touches."""
    monkeypatch.setattr(gathering, "FEWEST", 1)
    monkeypatch.setattr(gathering, "_CUSTOMERS_EACH", 1)
    log, days = a_log(4), 20
    journey = Journey(
        journey_id="way", name="Way",
        stages=(Stage(name="Choose", touchpoints=("Shop",)), Stage(name="Get", touchpoints=("Courier",))),
        gap_days=15,
    )  # fmt: skip
    runs = find_runs(log, journey)
    flags = [Flag(kind=DriverKind.THEME, name="7", rows=log.has_text)]
    heard = np.where(log.has_text, np.random.default_rng(5).uniform(-1, 1, len(log)), np.nan)
    found = gather_drivers(
        log, ScoreMeasure.NPS, Selection(from_us=30 * DAY_US), days=days, runs=runs, flags=flags, heard=heard
    )
    answers = np.flatnonzero((log.score_kind == 1) & (log.ts_us >= 30 * DAY_US))
    assert np.allclose(found.observed.score, log.valence[answers])
    assert {one.kind for one in found.drivers} == {
        DriverKind.FELT, DriverKind.WAIT, DriverKind.TOUCHPOINT, DriverKind.CHANNEL, DriverKind.PLACE,
        DriverKind.THEME, DriverKind.HEARD,
    }  # fmt: skip
    for place, driver in enumerate(found.drivers):
        slow = []
        for row in answers:
            near = [at for at in np.flatnonzero(log.row == log.row[row]) if at <= row
                    and log.ts_us[at] >= log.ts_us[row] - days * DAY_US]  # fmt: skip
            slow.append(read_slowly(log, driver, near, row, runs, days, heard))
        assert np.allclose(found.observed.values[:, place], slow, equal_nan=True), driver
        spoken = ~np.isnan(slow) if driver.kind in gathering.MEASURED else np.array(slow) > 0
        assert driver.n == spoken.sum()
        assert driver.customers == len({int(log.row[row]) for row in answers[spoken]})


def read_slowly(
    log: PackedLog, driver: Driver, near: list[int], row: int, runs: object, days: int, heard: np.ndarray
) -> float:
    """All that one answer is told by."""
    kind, name = driver.kind, driver.name
    if kind is DriverKind.THEME:
        return float(log.has_text[near].any())
    if kind is DriverKind.FELT:
        felt = [float(log.valence[at]) for at in near if at != row and log.score_kind[at] == 4
                and log.names["touchpoint"][log.codes["touchpoint"][at]] == name]  # fmt: skip
        return float(np.mean(felt)) if felt else np.nan
    if kind is DriverKind.HEARD:
        said = [float(heard[at]) for at in near if at != row and log.has_text[at] and log.score_kind[at] != 1
                and log.names["touchpoint"][log.codes["touchpoint"][at]] == name]  # fmt: skip
        return float(np.mean(said)) if said else np.nan
    if kind is DriverKind.WAIT:
        ends = []
        for run in range(len(runs)):
            entered = runs.entered_us[run]
            if runs.customer[run] != log.row[row] or entered[0] < 0 or entered[1] <= entered[0]:
                continue
            if log.ts_us[row] - days * DAY_US <= entered[1] <= log.ts_us[row]:
                ends.append((entered[1], entered[1] - entered[0]))
        return float(np.log1p(max(ends)[1] / DAY_US)) if ends else np.nan
    codes, names = log.codes[kind.value], log.names[kind.value]
    return float(any(names[codes[at]] == name for at in near))


def test_only_so_many_are_weighed_as_there_are_customers_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "FEWEST", 2)
    found = gather_drivers(a_log(1, customers=40), ScoreMeasure.NPS, Selection(), days=60)
    assert len(found.drivers) == len({*found.observed.customer.tolist()}) // 10
    assert found.more > 0
    none = gather_drivers(a_log(1), ScoreMeasure.CES, Selection(), days=60)
    assert (none.drivers, len(none.observed.score)) == ((), 0)


def a_feeling(low: float, high: float, customers: int = 50) -> Metric:
    return Metric(
        name="valence", value=(low + high) / 2, low=low, high=high, n=customers, customers=customers, method=""
    )


@pytest.mark.parametrize(
    ("share", "kind", "sign", "feeling", "wanted"),
    [
        ((0.2, 0.3), DriverKind.FELT, 1, a_feeling(-0.2, 0.1), Quadrant.FIX_FIRST),
        ((0.2, 0.3), DriverKind.FELT, 1, a_feeling(0.5, 0.7), Quadrant.KEEP_UP),
        ((0.2, 0.3), DriverKind.FELT, -1, a_feeling(-0.2, 0.1), Quadrant.UNDECIDED),
        ((0.2, 0.3), DriverKind.PLACE, -1, a_feeling(-0.2, 0.1), Quadrant.FIX_FIRST),
        ((0.2, 0.3), DriverKind.PLACE, 1, a_feeling(-0.2, 0.1), Quadrant.UNDECIDED),
        ((0.2, 0.3), DriverKind.PLACE, 1, a_feeling(0.5, 0.7), Quadrant.KEEP_UP),
        ((0.2, 0.3), DriverKind.WAIT, -1, a_feeling(0.5, 0.7), Quadrant.UNDECIDED),
        ((0.01, 0.05), DriverKind.FELT, 1, a_feeling(-0.2, 0.1), Quadrant.WATCH),
        ((0.01, 0.05), DriverKind.FELT, 0, a_feeling(0.5, 0.7), Quadrant.OVERKILL),
        ((0.2, 0.3), DriverKind.FELT, 1, a_feeling(0.3, 0.5), Quadrant.UNDECIDED),
        ((0.05, 0.2), DriverKind.FELT, 1, a_feeling(0.5, 0.7), Quadrant.UNDECIDED),
        ((0.2, 0.3), DriverKind.FELT, 0, a_feeling(0.5, 0.7), Quadrant.UNDECIDED),
        ((0.2, 0.3), DriverKind.FELT, 1, a_feeling(0.5, 0.7, customers=20), Quadrant.UNDECIDED),
    ],
)
def test_what_an_interval_crosses_or_contradicts_itself_is_undecided(
    share: tuple[float, float], kind: DriverKind, sign: int, feeling: Metric, wanted: Quadrant
) -> None:
    assert place_driver(share, kind=kind, sign=sign, even=0.1, performance=feeling, middle=0.4) is wanted
