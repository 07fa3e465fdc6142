"""Two answers to one question, and people where the company is not: planted ones are found, noise raises no more than
the stated rate; a broken promise is a sign, and who wrote after it is evidence.
"""

from __future__ import annotations

import numpy as np
import pytest
from test_pains import BOXES, NOW_US, WEEK_US, plant

from heartline.understand import (
    Claim,
    Origins,
    PackedLog,
    Promises,
    Replies,
    Sayings,
    SignKind,
    encode,
    find_fact,
    find_pains,
    find_said,
    fold_question,
    pack,
)
from heartline.understand.pains.comments import hear_comments
from heartline.understand.pains.gaps import find_gaps
from heartline.understand.pains.origins import is_served
from heartline.understand.pains.signs import prepare

DAY_US = 86_400_000_000


def lay_out(who: np.ndarray, channel: np.ndarray, language: list[str]) -> PackedLog:
    none = np.zeros(len(who), dtype=np.int64)
    return pack(
        customer_id=who.astype(np.int64),
        ts_us=NOW_US - (np.arange(len(who))[::-1] + 1) * 60_000_000,
        seq=np.arange(len(who)),
        codes={"touchpoint": none + 1, "channel": channel, "partner": none},
        names={"touchpoint": ("", "Asked"), "channel": ("", "Chat", "Café", "Phone"), "partner": ("",)},
        score_kind=none.astype(np.uint8),
        score=np.full(len(who), np.nan, dtype=np.float32),
        score_top=none.astype(np.uint8),
        amount_minor=none,
        has_text=none.astype(np.bool_),
        traits={"language": (np.arange(len(language)), language)},
    )


def ask(seed: int, *, apart: float, people: int = 40, questions: int = 3) -> tuple[PackedLog, Sayings]:
    """Everybody asks each question once in chat or at the counter; what the counter says differs by ``apart``: with 0
    both say 30 to seven of ten and 14 to the rest, only of the first question.
    """
    rng = np.random.default_rng(seed)
    who = np.tile(np.arange(people), questions)
    channel = rng.integers(1, 3, len(who))
    question = np.repeat(np.arange(questions), people)
    other = rng.random(len(who)) < 0.3 + np.where((channel == 2) & (question == 0), apart, 0.0)
    replies = Replies(
        seq=np.arange(len(who)),
        question=question,
        fact=other.astype(np.int64),
        questions=tuple(f"Question {number}" for number in range(questions)),
        facts=("30", "14"),
        quotes=("Within 30 days.", "14 days."),
    )
    return lay_out(who, channel, ["en"] * people), Sayings(replies=replies)


def come(seed: int, *, more: float, people: int = 900) -> tuple[PackedLog, Sayings]:
    """Everybody comes once, by messenger or search engine; of a third, who speak Chinese, ``more`` by messenger."""
    rng = np.random.default_rng(seed)
    chinese = np.arange(people) % 3 == 0
    messenger = rng.random(people) < 0.08 + np.where(chinese, more, 0.0)
    origins = Origins(
        seq=np.arange(people), host=messenger.astype(np.int64), hosts=("search.example", "messenger.example")
    )
    language = ["zh" if one else "en" for one in chinese]
    return lay_out(np.arange(people), np.ones(people, dtype=np.int64), language), Sayings(origins=origins)


def gaps_of(log: PackedLog, sayings: Sayings) -> tuple[tuple[object, ...], tuple[object, ...]]:
    return find_gaps(prepare(log, (), now_us=NOW_US, midnight_us=NOW_US, sayings=sayings), q=0.05)


def test_two_answers_to_one_question_are_told_with_who_heard_which() -> None:
    log, sayings = ask(1, apart=0.6)
    (one,), gaps = find_gaps(prepare(log, (), now_us=NOW_US, midnight_us=NOW_US, sayings=sayings), q=0.05)
    assert gaps == ()
    assert one.question == "Question 0"
    assert {(side.channel, side.fact) for side in one.sides} == {("Chat", "30"), ("Café", "14")}
    assert [side.n for side in one.sides] == [one.difference.before.n, one.difference.now.n]
    assert one.difference.high is not None
    assert one.difference.high < 0
    assert abs(one.shrunken) <= abs(one.difference.value or 0.0)
    asked = np.flatnonzero(sayings.replies.question == 0)
    assert sorted(one.seqs.tolist()) == asked.tolist()
    assert one.people == len(one.customers) == 40
    assert one.both == 0  # nobody asked twice


def test_whoever_asked_on_both_and_heard_two_things_is_counted() -> None:
    who = np.repeat(np.arange(30), 2)
    channel = np.tile([1, 2], 30)
    fact = np.where(channel == 1, 0, 1)
    fact[1] = 0  # to the first the counter said the same
    replies = Replies(
        seq=np.arange(60), question=np.zeros(60, dtype=np.int64), fact=fact, questions=("How long?",),
        facts=("30", "14"), quotes=("30 days", "14 days"),
    )  # fmt: skip
    log = lay_out(who, channel, ["en"] * 30)
    (one,), _ = find_gaps(prepare(log, (), now_us=NOW_US, midnight_us=NOW_US, sayings=Sayings(replies=replies)), q=0.05)
    assert (one.people, one.both) == (30, 29)


def test_same_answers_are_an_inconsistency_no_more_often_than_stated() -> None:
    # Three questions, one budget of 5 %: over 60 companies more than 7 with any card are met with a chance of 1 %.
    found = [bool(gaps_of(*ask(seed, apart=0.0))[0]) for seed in range(60)]
    assert sum(found) <= 7


def test_an_answer_that_is_now_this_and_now_that_is_no_channel_s() -> None:
    rng = np.random.default_rng(3)
    who, channel = np.arange(300), rng.integers(1, 3, 300)
    replies = Replies(
        seq=who, question=np.zeros(300, dtype=np.int64), fact=np.where(channel == 1, rng.integers(0, 40, 300), 40),
        questions=("What do I owe?",), facts=tuple(str(one) for one in range(41)), quotes=("",) * 41,
    )  # fmt: skip
    assert gaps_of(lay_out(who, channel, ["en"] * 300), Sayings(replies=replies)) == ((), ())


def test_who_comes_from_where_the_company_is_not_is_told_with_size() -> None:
    log, sayings = come(2, more=0.3)
    told, (one, *rest) = find_gaps(prepare(log, (), now_us=NOW_US, midnight_us=NOW_US, sayings=sayings), q=0.05)
    assert told == ()
    assert not rest  # everybody comes from the search engine
    assert (one.host, one.field, one.value) == ("messenger.example", "trait:language", "zh")
    chinese = np.arange(900) % 3 == 0
    from_there = np.flatnonzero(chinese & (sayings.origins.host == 1))
    assert one.people == len(one.customers) == len(from_there)
    assert sorted(one.seqs.tolist()) == from_there.tolist()
    assert (one.difference.now.n, one.difference.before.n) == (300, 600)
    assert one.difference.low is not None
    assert one.difference.low <= 0.3 <= (one.difference.high or 0)
    assert 0 < one.shrunken <= (one.difference.value or 0)


def test_a_segment_like_the_others_is_no_gap_more_often_than_stated() -> None:
    # As above: 60 companies, two places outside × two languages each.
    found = [bool(gaps_of(*come(seed, more=0.0))[1]) for seed in range(60)]
    assert sum(found) <= 7


@pytest.mark.parametrize(
    ("host", "served"),
    [("cafe.example", False), ("café.example", True), ("chat.example.com", True), ("messenger.example", False)],
)
def test_a_place_whose_name_a_channel_bears_is_served(host: str, *, served: bool) -> None:
    log, _ = come(0, more=0.0, people=9)
    assert is_served(log, host) is served


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("You can send it back within 30 days of delivery.", "30"),
        ("Two weeks with the receipt, so 14 days.", "14"),
        ("From £2.50 to £4", "2.50 4"),
        ("Yes, of course.", "yes"),
        ("Нет, к сожалению", "no"),
        ("Only by post", "only by post"),
        ("That depends on so many things that nobody can say it here", ""),
        ("…", ""),
    ],
)
def test_a_fact_is_what_an_answer_says_whatever_its_wording(answer: str, fact: str) -> None:
    assert find_fact(answer) == fact


def test_a_question_is_the_same_whatever_its_case_and_marks() -> None:
    assert fold_question("How long can I return a bag?") == fold_question("how  LONG can I return a bag")


def test_said_is_found_by_seq_wherever_its_row_lies() -> None:
    log = plant(0, customers=40)
    seq = np.array([0, 3, 7, 10**9])
    rows, place = find_said(log, seq)
    assert log.seq[rows].tolist() == seq[place].tolist()
    assert sorted(place.tolist()) == [0, 1, 2]
    assert [len(part) for part in find_said(log, np.zeros(0, dtype=np.int64))] == [0, 0]


def late_doors(log: PackedLog) -> Promises:
    """A box comes later than promised where it took more than two and a half days."""
    door = np.flatnonzero((log.codes["touchpoint"] == 2) & np.isnan(log.score))
    sent = log.ts_us[door] - log.ts_us[door - 1]
    order = np.argsort(log.seq[door])
    return Promises(seq=log.seq[door][order], broken=(sent > 2.5 * DAY_US)[order])


def test_a_broken_promise_is_a_sign_that_grew_where_it_was_broken() -> None:
    log = plant(0)
    told = find_pains(log, (BOXES,), now_us=NOW_US, sayings=Sayings(promises=late_doors(log)))
    first = told.pains[0]
    assert first.value == "North"
    (promise,) = [one for one in first.evidence if one.kind is SignKind.PROMISE]
    assert promise.claim is Claim.GREW
    assert promise.difference.low is not None
    assert promise.difference.low <= 0.54 <= (promise.difference.high or 0)
    assert len(promise.seqs) == promise.difference.now.n


def test_kept_promises_hurt_nobody() -> None:
    log = plant(4, late=0.06, kept=0.73)
    kept = late_doors(log)
    rng = np.random.default_rng(0)
    even = Promises(seq=kept.seq, broken=rng.random(len(kept.seq)) < 0.06)
    told = find_pains(log, (BOXES,), now_us=NOW_US, sayings=Sayings(promises=even))
    assert not [pain for pain in told.pains if pain.kind is SignKind.PROMISE]


def test_comments_without_a_score_are_counted_against_those_it_spared() -> None:
    people = 400
    who = np.repeat(np.arange(people), 2)
    day = np.tile([0, 3], people)
    wrote = np.tile([False, True], people) & (np.repeat(np.arange(people), 2) % 4 < np.where(who < 200, 2, 1))
    none = np.zeros(len(who), dtype=np.int64)
    touchpoint, names = encode(["Door", "Chat"] * people)
    log = pack(
        customer_id=who, ts_us=NOW_US - 2 * WEEK_US + day * DAY_US, seq=np.arange(len(who)),
        codes={"touchpoint": touchpoint}, names={"touchpoint": names}, score_kind=none.astype(np.uint8),
        score=np.full(len(who), np.nan, dtype=np.float32), score_top=none.astype(np.uint8), amount_minor=none,
        has_text=wrote,
    )  # fmt: skip
    rows = np.flatnonzero(day == 0)
    (heard,) = hear_comments(log, rows, who[rows] < 200)
    assert (heard.difference.now.value, heard.difference.before.value) == (0.5, 0.25)
    assert heard.places == (("Chat", 100),)
    assert sorted(heard.seqs.tolist()) == np.flatnonzero(wrote & (who < 200)).tolist()
    assert hear_comments(log, rows, who[rows] < 5) == ()  # too few
