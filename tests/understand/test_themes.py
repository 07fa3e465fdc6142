"""Themes: what was planted is found, its number not told; named, found again; a surge is told apart from noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import adjusted_rand_score

from heartline.records import NO_THEME, Verdict
from heartline.understand import Spoken, find_surges, judge_themes
from heartline.understand.differences import compare
from heartline.understand.intervals import find_interval
from heartline.understand.samples import Scale, gather
from heartline.understand.themes import Places, find_themes, finding, match_themes, name_themes, place_texts, terms_of
from heartline.understand.themes.finding import FEWEST_TEXTS
from heartline.understand.themes.wording import count_terms
from tries import some

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
TOPICS = (
    "parcel late courier",
    "coffee burnt bitter",
    "app crash login",
    "refund money waiting",
    "friendly staff smile",
)
FILLERS = ("today", "again", "really", "please", "hello", "there", "some", "about", "well", "anyway")
MINUTE_US = 60_000_000
DAY_US = 86_400_000_000


def planted(each: int, *, seed: int = 0, width: int = 64, noise: float = 0.6) -> tuple[list[str], np.ndarray, Ints]:
    """Texts of five topics with vectors around five centres; the words differ a little, as people's do."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(len(TOPICS), width))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    topic = np.repeat(np.arange(len(TOPICS)), each)
    vectors = centres[topic] + draw.normal(size=(len(topic), width)) * noise / np.sqrt(width)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [
        " ".join([*draw.permutation(TOPICS[one].split())[:2], *draw.choice(FILLERS, 3), str(place)])
        for place, one in enumerate(topic)
    ]
    return texts, vectors.astype(np.float32), topic


def test_planted_themes_are_found_though_nobody_says_how_many_and_are_stable() -> None:
    texts, vectors, topic = planted(80)
    heard: list[float] = []
    found = find_themes(texts, vectors, np.arange(len(texts)), tell=heard.append)
    assert adjusted_rand_score(topic, found.member) > 0.9
    assert heard == sorted(heard)
    for theme in found.themes:
        (of,) = {int(topic[row]) for row in theme.typical}
        assert set(" ".join(theme.terms).split()) & set(TOPICS[of].split()), theme.terms
        assert not set(" ".join(theme.terms).split()) & set(FILLERS), theme.terms
    assert [one.size for one in found.themes] == sorted((one.size for one in found.themes), reverse=True)


def test_what_a_resample_does_not_find_again_is_marked_unstable() -> None:
    """Worked by hand: theme 0 is found whole, theme 1 is torn into 3 + 2 + 1, theme 2 is half of a larger one."""
    first = np.array([0] * 4 + [1] * 6 + [2] * 3 + [-1] * 3)
    again = np.array([5] * 4 + [0, 0, 0, 1, 1, 2] + [3] * 6)
    told = finding._match(first, again, 3)
    assert told.tolist() == pytest.approx([1.0, 3 / 6, 3 / 6])
    assert [one >= finding.STABLE for one in told] == [True, False, False]


def test_too_few_texts_have_no_themes() -> None:
    texts, vectors, _topic = planted(20)
    assert len(texts) < FEWEST_TEXTS
    found = find_themes(texts, vectors, np.arange(len(texts)))
    assert (found.themes, set(found.member.tolist())) == ((), {-1})


def test_small_words_that_are_said_everywhere_name_nothing() -> None:
    """“Does” and “and” are three times as likely in the first theme, and most who say them say them elsewhere."""
    draw = np.random.default_rng(4)
    words = ["oat milk", "parcel late", "driver rude", "price steep", "box torn", "queue long", "cup cold", "app slow"]
    words += ["tea bitter", "seat dirty", "tap dripping", "mail lost", "card refused", "shelf empty", "bread stale"]
    member = np.repeat(np.arange(15), 40)
    texts = [
        f"{words[theme]} {'does and ' if draw.random() < (0.9 if not theme else 0.3) else ''}{draw.integers(9)}"
        for theme in member
    ]
    held, terms = count_terms(texts)
    named = name_themes(held, terms, member, np.arange(len(texts)))
    assert [set(" ".join(name).split()) for name in named] == [set(pair.split()) for pair in words]


def test_nobody_names_a_theme_alone() -> None:
    texts = [f"my grandmother Zofia came {place}" for place in range(40)] + [f"bread was stale {n}" for n in range(40)]
    held, terms = count_terms(texts)
    member = np.repeat([0, 1], 40)
    alone = name_themes(held, terms, member, np.r_[np.full(40, 7), np.arange(40) + 100])
    assert alone[0] == ()
    assert "stale" in " ".join(alone[1])
    many = name_themes(held, terms, member, np.arange(80))
    assert "zofia" in " ".join(many[0])


def test_words_of_scripts_without_spaces_are_pairs_of_signs() -> None:
    assert terms_of("咖啡烧焦") == ["咖啡", "啡烧", "烧焦"]
    assert terms_of("Не работает 5") == ["не", "работает", "не работает"]
    assert terms_of("iPhone 15 咖啡") == ["iphone", "咖啡"]


def test_texts_are_placed_by_the_nearest_theme_and_far_ones_by_none() -> None:
    texts, vectors, _topic = planted(80)
    found = find_themes(texts, vectors, np.arange(len(texts)))
    places = Places(
        numbers=np.arange(len(found.themes)) + 11,
        centres=np.array([one.centre for one in found.themes]),
        floors=np.array([one.floor for one in found.themes]),
    )
    _again, later, of = planted(30, seed=0)
    numbers, near = place_texts(later, places)
    sure = numbers != NO_THEME
    assert sure.mean() > 0.8
    assert adjusted_rand_score(of[sure], numbers[sure]) > 0.9
    assert (near[~sure] < places.floors.max()).all()
    odd = np.random.default_rng(9).normal(size=(50, 64)).astype(np.float32)
    numbers, _near = place_texts(odd / np.linalg.norm(odd, axis=1, keepdims=True), places)
    assert set(numbers.tolist()) == {NO_THEME}
    none = Places(numbers=places.numbers[:0], centres=places.centres[:0], floors=places.floors[:0])
    assert set(place_texts(later, none)[0].tolist()) == {NO_THEME}


@settings(max_examples=some(30))
@given(order=st.permutations(range(6)), moved=st.floats(0, 0.2), gone=st.sets(st.integers(0, 5)))
def test_a_theme_found_again_is_the_same_theme(order: list[int], moved: float, gone: set[int]) -> None:
    held = np.eye(6, 32, dtype=np.float32)
    found = held[order] + moved * np.eye(6, 32, k=10, dtype=np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    there = [place for place in range(6) if place not in gone]
    told = match_themes(found, held[there])
    assert told.tolist() == [there.index(one) if one in there else -1 for one in order]


def a_talk(share: float, *, customers: int, each: int, seed: int, feeling: float = 0.0) -> Spoken:
    """Customers who each say some things; some of them keep to theme 0."""
    draw = np.random.default_rng(seed)
    likely = np.clip(draw.normal(share, 0.15, customers), 0, 1)
    customer = np.repeat(np.arange(customers), each)
    theme = np.where(draw.random(len(customer)) < likely[customer], 0, 1)
    scored = np.where(theme == 0, feeling, 0.0) + draw.normal(0, 0.4, len(customer))
    scored[draw.random(len(customer)) < 0.5] = np.nan
    told = np.full(len(customer), 0.4)
    return Spoken(
        theme=theme, customer=customer, negative=told, positive=told / 2, scored=scored,
        sounds=np.full(len(customer), -1),
    )  # fmt: skip


def test_a_change_is_told_only_where_there_is_one() -> None:
    """Of shares: Verdicts of pages on which nothing moved come at the budget's rate; what moved is found."""
    false, found = 0, 0
    for seed in range(25):
        now, before = (a_talk(0.3, customers=120, each=3, seed=2 * seed + side) for side in (0, 1))
        (first, _second) = judge_themes(now, before, themes=2, reader=None)
        assert first.change is not None
        false += first.change.verdict is not Verdict.NO_RELIABLE_CHANGE
        risen = a_talk(0.55, customers=120, each=3, seed=900 + seed, feeling=-0.6)
        (first, _second) = judge_themes(risen, before, themes=2, reader=None)
        assert first.change is not None
        found += first.change.verdict is Verdict.HIGHER and first.score.verdict is Verdict.LOWER
    assert false <= binom.ppf(0.999, 25, 0.05)
    assert found >= 24


def test_what_is_part_of_a_theme_counts_as_it() -> None:
    now = a_talk(0.3, customers=100, each=2, seed=1)
    plain = judge_themes(now, None, themes=2, reader=None)
    whole = judge_themes(now, None, themes=2, reader=None, inside=(np.array([0, 1]), np.array([1])))
    assert whole[0].share.value == 1.0
    assert whole[1] == plain[1]
    assert sum(one.share.value or 0 for one in plain) == pytest.approx(1.0)
    assert plain[0].share.n == 200


def test_scores_of_a_theme_against_all_others_are_what_the_plain_way_tells() -> None:
    """The fast way, all less own, against two samples gathered one by one."""
    now = a_talk(0.3, customers=80, each=3, seed=5, feeling=-0.5)
    known = ~np.isnan(now.scored)
    for figures in judge_themes(now, None, themes=2, reader=None):
        own = known & (now.theme == figures.theme)
        sides = [gather(now.scored[rows], now.customer[rows], scale=Scale.MEAN) for rows in (own, known & ~own)]
        plain = compare(*sides, "valence")
        assert (figures.score.now.n, figures.score.before.n) == (plain.now.n, plain.before.n)
        assert figures.score.value == pytest.approx(plain.value)
        assert figures.score.now.low == pytest.approx(plain.now.low)
        assert figures.score.before.high == pytest.approx(plain.before.high)
        share = gather((now.theme == figures.theme).astype(float), now.customer, scale=Scale.SHARE)
        assert (figures.share.low, figures.share.high) == pytest.approx([float(x[0]) for x in find_interval(share)])


def a_stream(days: int, per_hour: float, *, themes: int, seed: int, uneven: float = 0.0) -> tuple[Ints, Ints, Ints]:
    """Comments of many themes as they come: more by day than by night, days that differ by ``uneven``."""
    draw = np.random.default_rng(seed)
    theme, ts = [], []
    for one in range(themes):
        for day in range(days):
            rate = per_hour * np.exp(draw.normal(0, uneven) - uneven**2 / 2)
            hours = rate * (1 + np.sin((np.arange(24) - 6) / 24 * 2 * np.pi) * 0.8)
            for hour, n in enumerate(draw.poisson(hours)):
                ts.append(day * DAY_US + hour * 60 * MINUTE_US + draw.integers(0, 60 * MINUTE_US, n))
                theme.append(np.full(n, one))
    at = np.concatenate(ts)
    return np.concatenate(theme), at, draw.permutation(len(at))


def test_where_nothing_happens_alarms_come_at_the_stated_rate_at_most() -> None:
    """Stated 60 a company and year, to have some: over 8 made companies and 14 days each, exact binomial bound."""
    alarms, looked = 0, 0
    for seed in range(8):
        theme, ts, customer = a_stream(29, 2.0, themes=3, seed=seed, uneven=0.3)
        found = find_surges(
            theme, ts, customer, after_us=15 * DAY_US, until_us=29 * DAY_US, alarms_a_year=60.0
        )  # fmt: skip
        alarms += len(found)
        looked += 3
    # At most one alarm a theme and company is told, so a binomial bound holds: 60 · 14/365 alarms a company, 3 themes.
    assert alarms <= binom.ppf(0.999, looked, 60 * 14 / 365 / 3)


def test_a_burst_is_told_within_twenty_minutes_of_its_start() -> None:
    """Story 6 by its own figures: 61 complaints in 45 minutes where 3 an hour are normal, begun at 10:05."""
    late, missed = [], 0
    for seed in range(10):
        theme, ts, customer = a_stream(33, 3.0, themes=4, seed=seed, uneven=0.2)
        start = 30 * DAY_US + (10 * 60 + 5) * MINUTE_US
        burst = start + np.sort(np.random.default_rng(seed).integers(0, 45 * MINUTE_US, 61))
        everything = (np.r_[theme, np.full(61, 2)], np.r_[ts, burst], np.r_[customer, 10**6 + np.arange(61)])
        found = find_surges(*everything, after_us=29 * DAY_US, until_us=31 * DAY_US)
        ours = [one for one in found if one.theme == 2 and one.seen_us > start]
        missed += not ours
        late += [(one.seen_us - start) / MINUTE_US for one in ours]
        assert all(one.theme == 2 for one in found)
    assert missed == 0
    assert max(late) <= 20


def test_one_customer_who_repeats_himself_is_no_surge() -> None:
    theme, ts, customer = a_stream(33, 1.0, themes=2, seed=3)
    start = 30 * DAY_US + 600 * MINUTE_US
    loud = start + np.arange(60) * MINUTE_US // 2
    found = find_surges(
        np.r_[theme, np.zeros(60, dtype=np.int64)], np.r_[ts, loud], np.r_[customer, np.full(60, 10**6)],
        after_us=29 * DAY_US, until_us=31 * DAY_US,
    )  # fmt: skip
    assert found == ()


def test_a_company_that_has_just_begun_hears_no_alarm() -> None:
    theme, ts, customer = a_stream(5, 3.0, themes=2, seed=4)
    burst = 4 * DAY_US + np.arange(60) * MINUTE_US // 2
    found = find_surges(
        np.r_[theme, np.zeros(60, dtype=np.int64)], np.r_[ts, burst], np.r_[customer, 10**6 + np.arange(60)],
        after_us=0, until_us=6 * DAY_US,
    )  # fmt: skip
    assert found == ()
    nothing = np.zeros(0, dtype=np.int64)
    assert find_surges(nothing, nothing, nothing, after_us=0, until_us=DAY_US) == ()
