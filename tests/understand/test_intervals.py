"""Intervals cover what they say they cover, over a stated grid, with ≥ 4,000 replicates a cell in one array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_samples import GRIDS, NPS_VALUES, REPLICATES, cover, draw_samples, draw_waits, hold_heard, judge_heard

from heartline.records import Metric, Verdict
from heartline.understand.differences import compare, difference, find_gap_p, judge, measure_gap, spend_budget
from heartline.understand.intervals import find_interval, find_quantile_interval, read_quantile, report_metrics
from heartline.understand.quantiles import find_z, widen_t
from heartline.understand.samples import Sample, Scale, correlate, gather
from heartline.understand.shrinkage import shrink_effects, shrink_family


@pytest.mark.parametrize("scale", list(Scale))
def test_coverage_over_the_grid(scale: Scale) -> None:
    """Customers 30, 60, 200; once each or four times alike by half. No cell under 90 %, the mean 93–97 %."""
    rng = np.random.default_rng(11)
    values, mixes = GRIDS[scale]
    found = {}
    for index, shares in enumerate(mixes):
        for customers in (30, 60, 200):
            for each, alike in ((1, 0.0), (4, 0.7)):
                sample = draw_samples(rng, scale, customers, each, shares, values, alike)
                found[index, customers, each] = cover(sample, float(shares @ values))
    assert min(found.values()) >= 0.90, found
    assert 0.93 <= np.mean(list(found.values())) <= 0.97, found


def test_ignoring_customers_would_cover_too_little() -> None:
    """The figure behind the rule: 75 people who answer four times, taken for 300, cover far less than 95 %."""
    rng = np.random.default_rng(5)
    shares = np.array((0.2, 0.2, 0.6))
    sample = draw_samples(rng, Scale.NPS, 75, 4, shares, NPS_VALUES, 0.85)
    naive = Sample(scale=Scale.NPS, n=sample.n, customers=sample.n, mean=sample.mean, square=sample.square,
                   variance=(sample.square - sample.mean**2) / sample.n)  # fmt: skip
    assert cover(naive, 0.4) < 0.85
    assert cover(sample, 0.4) >= 0.93


@pytest.mark.parametrize("scale", list(Scale))
def test_differences_cover_and_their_p_is_uniform_under_nothing(scale: Scale) -> None:
    rng = np.random.default_rng(3)
    values, mixes = GRIDS[scale]
    covered, false = [], []
    for first, second in ((mixes[0], mixes[1]), (mixes[0], mixes[0])):
        for customers, each, alike in ((40, 1, 0.0), (80, 3, 0.6), (150, 1, 0.0)):
            now = draw_samples(rng, scale, customers, each, first, values, alike)
            before = draw_samples(rng, scale, customers * 2, each, second, values, alike)
            _, low, high = measure_gap(now, before)
            truth = float(first @ values - second @ values)
            covered.append(float(((low <= truth) & (truth <= high)).mean()))
            if first is second:
                p = find_gap_p(now, before)
                false.append(float((p < 0.05).mean()))
                assert np.array_equal(p < 0.05 - 1e-9, (low > 0) | (high < 0))
    assert min(covered) >= 0.90
    assert 0.93 <= np.mean(covered) <= 0.975
    assert 0.02 <= np.mean(false) <= 0.07


def test_a_difference_of_the_same_people_is_not_made_to_look_uncertain() -> None:
    """Each customer answers before and now: with the correlation the interval covers at its rate, and is shorter."""
    rng = np.random.default_rng(8)
    inside, shorter = [], []
    for _ in range(REPLICATES):
        nature = rng.normal(0, 1, 150)
        now, before = nature + rng.normal(0, 1, 150) - 0.3, nature + rng.normal(0, 1, 150)
        people = np.arange(150)
        rho = correlate((now, people), (before, people))
        sides = gather(now, people, scale=Scale.MEAN), gather(before, people, scale=Scale.MEAN)
        _, low, high = measure_gap(*sides, rho=rho)
        _, plain_low, plain_high = measure_gap(*sides)
        inside.append(low[0] <= -0.3 <= high[0])
        shorter.append((high[0] - low[0]) / (plain_high[0] - plain_low[0]))
    assert 0.92 <= np.mean(inside) <= 0.98
    assert np.mean(shorter) < 0.8


@pytest.mark.parametrize(("customers", "each"), [(40, 1), (200, 1), (80, 3)])
def test_medians_cover(customers: int, each: int) -> None:
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(REPLICATES):
        _, low, high = find_quantile_interval(*draw_waits(rng, customers, each))
        hits.append(low <= 1.0 <= high)
    assert 0.93 <= np.mean(hits) <= 0.975


def test_shares_of_sounds_cover_with_the_reader_s_error_in_them() -> None:
    """A short form of ``make coverage``: a leaning reader, judged by 100 labels, hears 300 comments of 100 people."""
    assert 0.92 <= hold_heard(100, 100, 3, replicates=600) <= 0.98


def test_scores_in_a_group_tell_how_it_is_misread() -> None:
    """Negative in 60 % where the reader was judged by 30 %: without scores nobody can know, with 50 it is told."""
    mix = np.array([0.6, 0.2, 0.2])
    assert hold_heard(400, 500, 1, shares=mix, scored=0.1, replicates=400) >= 0.9
    assert hold_heard(400, 500, 1, shares=mix, replicates=400) < 0.8


def test_topics_that_are_read_alike_are_told_from_such_as_are_not() -> None:
    found = [
        judge_heard(np.random.default_rng(seed), 2_000, apart).spread[0] for apart in (0.0, 1.0) for seed in (1, 2)
    ]
    # Topics of another mix are misread a little, too: readers tell them as more alike than they are.
    assert 0 < max(found[:2]) < 0.75 * min(found[2:]), found


def test_published_figures() -> None:
    """Wilson for 81 of 263 and Newcombe's difference 56/70 − 48/80, from Newcombe 1998 (methods 3 and 10)."""
    one = gather(np.repeat([1.0, 0.0], [81, 182]), np.arange(263), scale=Scale.SHARE)
    low, high = find_interval(one)
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == (0.2553, 0.3662)
    now = gather(np.repeat([1.0, 0.0], [56, 14]), np.arange(70), scale=Scale.SHARE)
    before = gather(np.repeat([1.0, 0.0], [48, 32]), np.arange(80), scale=Scale.SHARE)
    gap, low, high = measure_gap(now, before)
    assert [round(float(x[0]), 4) for x in (gap, low, high)] == [0.2, 0.0524, 0.3339]


def test_the_yearly_nps_that_was_read_as_news_is_no_reliable_change() -> None:
    """NPS 46 → 39 of 87 and 94 answers is −7 ± 21 (ux.md): grey, no arrow."""
    before = gather(np.repeat([1.0, 0.0, -1.0], [53, 21, 13]), np.arange(87), scale=Scale.NPS)
    now = gather(np.repeat([1.0, 0.0, -1.0], [55, 21, 18]), np.arange(94), scale=Scale.NPS)
    gap = compare(now, before, "nps")
    assert gap.verdict is Verdict.NO_RELIABLE_CHANGE
    assert gap.low is not None
    assert gap.high is not None
    assert 19 <= (gap.high - gap.low) / 2 <= 23


def test_two_metrics_differ_as_their_samples_do() -> None:
    now = gather(np.repeat([1.0, -1.0], [70, 30]), np.arange(100), scale=Scale.NPS)
    before = gather(np.repeat([1.0, -1.0], [55, 45]), np.arange(100), scale=Scale.NPS)
    by_sample = compare(now, before, "nps")
    by_metric = difference(report_metrics(now, "nps")[0], report_metrics(before, "nps")[0])
    assert by_metric.value == pytest.approx(by_sample.value)
    assert by_metric.low == pytest.approx(by_sample.low)
    assert by_metric.p == pytest.approx(by_sample.p, rel=0.2)


def test_nothing_measured_is_none_and_few_say_nothing() -> None:
    empty = report_metrics(gather(np.zeros(0), np.zeros(0, np.int64), scale=Scale.NPS), "nps")[0]
    assert (empty.value, empty.low, empty.high, empty.n) == (None, None, None, 0)
    assert judge(1.0, 2.0, enough=False) is Verdict.TOO_FEW
    none = Metric(name="nps", value=None, low=None, high=None, n=0, customers=0, method="")
    assert difference(none, none).verdict is Verdict.TOO_FEW


def test_all_answers_alike_are_worth_their_customers() -> None:
    five = report_metrics(gather(np.ones(20), np.repeat(np.arange(5), 4), scale=Scale.SHARE), "csat")[0]
    assert five.low is not None
    assert five.low < 0.5


def test_quantiles_of_t() -> None:
    """Tables: t(.975) with 5, 10, 30 degrees of freedom."""
    df = np.array([5.0, 10.0, 30.0])
    assert np.allclose(widen_t(find_z(0.95), df), [2.5706, 2.2281, 2.0423], atol=2e-3)


def test_budget_is_benjamini_hochberg_s() -> None:
    """The fifteen p-values of Benjamini & Hochberg 1995, §4.1: four pass at .05."""
    p = np.array([.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459,
                  .3240, .4262, .5719, .6528, .7590, 1.0])  # fmt: skip
    budget = spend_budget(p)
    assert budget.passed.sum() == 4
    assert budget.level == pytest.approx(1 - 0.05 * 4 / 15)
    assert not spend_budget(np.array([0.5, 0.9])).passed.any()
    assert spend_budget(np.zeros(0)).tested == 0


def test_picked_extremes_are_pulled_back() -> None:
    """Twelve identical cafés of 60: the worst looks far off and is shrunk to the middle; one true outlier is kept."""
    rng = np.random.default_rng(4)
    errors = np.full(12, 9.0)
    far = [np.abs(shrink_family(v, errors) - v.mean()).max() for v in rng.normal(30, 9, (200, 12))]
    raw = [np.abs(v - v.mean()).max() for v in rng.normal(30, 9, (200, 12))]
    assert np.mean(far) < 0.4 * np.mean(raw)
    spread = np.concatenate((rng.normal(30, 30, 60), [30.0]))
    assert np.allclose(shrink_family(spread, np.full(61, 1.0)), spread, atol=2)


def test_one_change_among_many_nothings_keeps_its_size_and_the_rest_vanish() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate(([-24.0], rng.normal(0, 4, 80)))
    shrunken = shrink_effects(values, np.full(81, 4.0))
    assert -24 <= shrunken[0] < -17
    assert np.abs(shrunken[1:]).mean() < 1.0
    assert len(shrink_effects(np.zeros(0), np.zeros(0))) == 0


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), share=st.floats(0, 1))
def test_a_quantile_read_from_ordered_values_is_numpys_to_the_last_bit(values: list[float], share: float) -> None:
    ordered = np.sort(np.array(values))
    assert read_quantile(ordered, share) == float(np.quantile(ordered, share))
