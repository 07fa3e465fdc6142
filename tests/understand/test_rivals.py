"""Rivals: differences that are there are found, none where none is; who leaves is heard; replies find their review."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Verdict
from heartline.understand import (
    HEARD_RIGHT,
    Ints,
    PackedLog,
    Rivals,
    Saying,
    Spoken,
    compare_themes,
    count_reasons,
    find_right,
    hear_saying,
    match_replies,
    pack,
)
from tries import some

TOLD = {Verdict.HIGHER, Verdict.LOWER}


def speak(chance: np.random.Generator, n: int, shares: list[float], glad: list[float], each: int = 1) -> Spoken:
    """Reviews of ``n`` customers, ``each`` a few times: a customer keeps to a theme, and is glad of it or not."""
    theme = chance.choice(len(shares), n, p=shares).repeat(each)
    happy = (chance.random(n) < np.array(glad)[theme[::each]]).repeat(each)
    positive = np.where(happy, 0.85, 0.1) + chance.uniform(-0.05, 0.05, n * each)
    return Spoken(
        theme=theme, customer=np.arange(n).repeat(each), negative=1 - positive, positive=positive,
        scored=np.full(n * each, np.nan), sounds=np.full(n * each, -1),
    )  # fmt: skip


def test_a_planted_theme_is_found_and_each_side_is_named_rightly() -> None:
    found = held = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        ours = speak(chance, 400, [0.5, 0.3, 0.2], [0.84, 0.34, 0.6])
        theirs = speak(chance, 900, [0.2, 0.6, 0.2], [0.60, 0.60, 0.6])
        every, fresh, price, rest = compare_themes(ours, theirs, themes=3, reader=None)
        assert (every.ours, every.theirs, fresh.ours) == (400, 900, int((ours.theme == 0).sum()))
        assert fresh.share is not None
        assert price.share is not None
        assert rest.share is not None
        found += (
            fresh.feeling.verdict is Verdict.HIGHER and price.feeling.verdict is Verdict.LOWER
            and fresh.share.verdict is Verdict.HIGHER and price.share.verdict is Verdict.LOWER
        )  # fmt: skip
        held += (fresh.share.low or 1) < 0.3 < (fresh.share.high or 0)
    assert found >= 19
    assert held >= 17


def test_where_nothing_differs_a_page_says_something_in_one_of_twenty() -> None:
    """A page's whole budget: at a false discovery rate of 5 % so many pages hold a verdict (8 % over 300)."""
    pages = 0
    runs = 120
    for seed in range(runs):
        chance = np.random.default_rng(1_000 + seed)
        shares, glad = [0.3, 0.25, 0.2, 0.15, 0.1], [0.7, 0.4, 0.6, 0.5, 0.5]
        ours, theirs = speak(chance, 150, shares, glad, each=2), speak(chance, 500, shares, glad)
        lines = compare_themes(ours, theirs, themes=5, reader=None)
        pages += any(
            one.feeling.verdict in TOLD or (one.share is not None and one.share.verdict in TOLD) for one in lines
        )
    assert pages / runs <= 0.1


def test_of_fewer_than_thirty_on_a_side_nothing_is_told() -> None:
    chance = np.random.default_rng(1)
    ours = speak(chance, 29, [1.0], [1.0])
    theirs = speak(chance, 500, [1.0], [0.0])
    every, only = compare_themes(ours, theirs, themes=1, reader=None)
    assert only.share is not None
    assert {every.feeling.verdict, only.feeling.verdict, only.share.verdict} == {Verdict.TOO_FEW}
    nobody = speak(chance, 0, [1.0], [0.0])
    assert compare_themes(nobody, nobody, themes=1, reader=None)[0].feeling.verdict is Verdict.TOO_FEW


LEAVERS = (
    "Never flying with you again.", "I'm cancelling my subscription today", "You just lost a customer!",
    "I switched to Bean Barn last month", "we went back to beanbarn", "taking my business elsewhere",
    "This is the last time I order here", "Ich kündige zum Ende des Monats", "Hier bestelle ich nie wieder",
    "Ich habe das Abo gekündigt", "再也不买了", "我要取消会员", "I am moving to a different provider",
)  # fmt: skip
BUYERS = (
    "I buy here because it is fresh", "That's why I shop with you", "The reason we chose you is the price",
    "I switched from Bean Barn and am glad", "Ich habe bestellt, weil es frisch ist", "我选择你们是因为新鲜",
)  # fmt: skip
OTHERS = (
    "I am not cancelling my plan", "I switched to the web player", "going to the airport now",
    "they cancelled my account",
    "I will order again", "Bean Barn is across the street", "When can I cancel my order?", "It came on time",
    "Ich komme wieder", "下次还来",
)  # fmt: skip


def test_plain_words_are_heard_and_what_only_looks_like_them_is_not() -> None:
    rivals = Rivals([["Bean Barn", "beanbarn"]])
    assert [text for text in LEAVERS if hear_saying(text, rivals) is not Saying.LEAVES] == []
    assert [text for text in BUYERS if hear_saying(text, rivals) is not Saying.BUYS] == []
    assert [text for text in OTHERS if hear_saying(text, rivals)] == []


@given(st.lists(st.lists(st.text(max_size=12), max_size=3), max_size=4), st.text(max_size=60))
@settings(max_examples=some(100), deadline=None)
def test_names_people_type_are_names_and_never_patterns(names: list[list[str]], text: str) -> None:
    rivals = Rivals(names)
    assert set(rivals.find(text)) <= set(rivals.called)
    hear_saying(text, rivals)
    for some_ in names:
        if some_ and re.fullmatch(r"[a-z]{3,}", some_[0]):
            assert rivals.find(f"I like {some_[0].upper()}.")


def test_a_share_is_bounded_by_how_often_the_rule_is_right() -> None:
    said = np.zeros(400, dtype=np.bool_)
    said[:80] = True
    late, named = np.zeros(400, dtype=np.bool_), np.zeros(400, dtype=np.bool_)
    late[:60], named[50:90] = True, True
    told = count_reasons(Saying.LEAVES, said, np.arange(400), themes=(~late, late), rivals=(named,))
    low, right, high = find_right(Saying.LEAVES)
    assert right == pytest.approx(HEARD_RIGHT[Saying.LEAVES][0] / HEARD_RIGHT[Saying.LEAVES][1])
    assert told.share.value == pytest.approx(0.2 * right)
    assert told.share.low is not None
    assert told.share.high is not None
    assert told.share.low < 0.2 * low < 0.2 * right < told.share.high < 0.25 * high
    assert [(one.place, len(one.rows)) for one in told.reasons] == [(1, 60), (0, 20)]
    assert [(one.share.value, one.share.n) for one in told.rivals] == [(30 / 80, 80)]
    moved = told.moved(np.arange(400) + 1000)
    assert moved.rivals[0].rows.tolist() == [row + 1000 for row in range(50, 80)]


def a_log(touches: list[tuple[int, int, bool]]) -> tuple[Ints, Ints, PackedLog]:
    n = len(touches)
    log = pack(
        customer_id=np.array([who for who, _, _ in touches], dtype=np.int64),
        ts_us=np.array([at for _, at, _ in touches], dtype=np.int64), seq=np.arange(n, dtype=np.int64),
        codes={"action": np.array([int(reply) for _, _, reply in touches], dtype=np.int64)},
        names={"action": ("review", "reply")}, score_kind=np.zeros(n, dtype=np.uint8),
        score=np.zeros(n, dtype=np.float32), score_top=np.zeros(n, dtype=np.uint8),
        amount_minor=np.zeros(n, dtype=np.int64), has_text=np.ones(n, dtype=np.bool_),
    )  # fmt: skip
    is_reply = log.codes["action"] == 1
    return np.flatnonzero(~is_reply), np.flatnonzero(is_reply), log


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.booleans()), min_size=1, max_size=20))
@settings(max_examples=some(80), deadline=None)
def test_each_reply_answers_one_review_of_the_same_customer_before_it(touches: list[tuple[int, int, bool]]) -> None:
    reviews, replies, log = a_log(touches)
    told = match_replies(log, reviews, replies)
    answered = 0
    for customer in {who for who, _, _ in touches}:
        waiting = 0
        for _, _, reply in sorted((t for t in touches if t[0] == customer), key=lambda one: one[1]):
            if not reply:
                waiting += 1
            elif waiting:
                waiting, answered = waiting - 1, answered + 1
    assert len(told.open_rows) == len(reviews) - answered
    assert told.wait.n == answered
    assert told.wait.median_us is None or told.wait.median_us >= 0


def test_the_wait_is_from_the_latest_open_review() -> None:
    reviews, replies, log = a_log([(1, 0, False), (1, 10, False), (1, 14, True), (2, 3, False)])
    told = match_replies(log, reviews, replies)
    assert (told.wait.median_us, told.answered.value, told.answered.n) == (4.0, pytest.approx(1 / 3), 3)
