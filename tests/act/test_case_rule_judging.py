"""Case rules judged: whole words in any script, bounds on their own scale, business hours; narrow and settle agree."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.act import Heard, Judged, Touches, due_after, narrow, settle, space_cases
from heartline.act.rules import says_any
from heartline.records import CaseRule, Reading, RuleAsks, TextKind

HOUR_US = 3_600_000_000


@pytest.mark.parametrize(
    ("word", "text", "says"),
    [
        ("art", "the party", False),
        ("art", "Modern ART!", True),
        ("zu spät", "Wieder  ZU\nSPÄT.", True),
        ("опоздал", "Курьер опоздал.", True),
        ("опоздал", "опоздали все", False),
        ("迟到", "快递又迟到了", True),
        ("ﬁne", "a fine box", True),
        (".*", "anything", False),
        ("refund?", "where is my refund?", True),
        ("", "anything", False),
    ],
)
def test_words_are_whole_in_any_script(word: str, text: str, *, says: bool) -> None:
    assert says_any([word], text) is says


@settings(max_examples=40)
@given(word=st.text(max_size=20), text=st.text(max_size=60))
def test_no_word_is_a_pattern_and_each_is_found_alone(word: str, text: str) -> None:
    says_any([word], text)
    if word.split():
        assert says_any([word], word)


def columns(scores: list[tuple[int, float, int]], places: list[str]) -> Touches:
    names = ("", *sorted(set(places) - {""}))
    blank = np.zeros(len(scores), dtype=np.uint8)
    codes = {"place": np.array([names.index(place) for place in places])}
    return Touches(
        score_kind=np.array([kind for kind, _value, _top in scores], dtype=np.uint8),
        score=np.array([value for _kind, value, _top in scores], dtype=np.float32),
        score_top=np.array([top for _kind, _value, top in scores], dtype=np.uint8),
        has_text=blank > 0,
        codes={**dict.fromkeys(("touchpoint", "channel", "area"), blank), **codes},
        names={**dict.fromkeys(("touchpoint", "channel", "area"), ("",)), "place": names},
    )


def test_a_bound_is_on_the_scale_of_its_kind_and_any_is_the_lower_half() -> None:
    nan = float("nan")
    touches = columns([(1, 6, 10), (1, 7, 10), (4, 2, 5), (4, 3, 5), (0, nan, 0)], ["N", "", "n", "S", ""])
    nps = RuleAsks(score_kind="nps", score_low=0, score_high=6)
    assert narrow(nps, touches).tolist() == [True, False, False, False, False]
    assert narrow(RuleAsks(score_kind="any"), touches).tolist() == [False, False, True, False, False]
    assert narrow(RuleAsks(places=("N",)), touches).tolist() == [True, False, True, False, False]
    assert not narrow(RuleAsks(), touches).any()


def test_what_the_reader_heard_is_asked_last_and_waited_for() -> None:
    asks = RuleAsks(negative=0.8, kind="complaint", words=("late",))
    told = {"version": 0, "language": "en", "positive": 0.0, "emotion": None, "effort": False, "urgency": False}
    reading = Reading(seq=1, negative=0.8, kind=TextKind.COMPLAINT, question=False, personal=False, **told)  # type: ignore[arg-type]
    assert settle(asks, Heard(text="late")) is Judged.WAITS
    assert settle(asks, Heard(text="fine")) is Judged.NO
    assert settle(asks, Heard(text="late", reading=reading)) is Judged.YES
    assert settle(RuleAsks(negative=0.81), Heard(reading=reading)) is Judged.NO


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-11-27 16:00", 8, "2026-11-30 16:00"),
        ("2026-11-28 03:00", 8, "2026-11-30 17:00"),
        ("2026-11-23 05:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 17:00", 1, "2026-11-24 10:00"),
        ("2026-10-23 16:00", 2, "2026-10-26 10:00"),
    ],
)
def test_business_hours_are_nine_to_five_on_weekdays_where_the_company_is(now: str, hours: int, due: str) -> None:
    zone = "Europe/Berlin"

    def at(text: str) -> int:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        return int(local.astimezone(UTC).timestamp() * 1_000_000)

    assert due_after(at(now), hours, zone) == at(due)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), max_size=40), st.integers(0, 5))
def test_cases_of_one_customer_are_never_nearer_than_the_quiet(moments: list[tuple[int, int]], days: int) -> None:
    ordered = sorted(((who, at * HOUR_US) for who, at in moments), key=lambda pair: pair[1])
    rule = CaseRule(rule_id=0, name="", asks=RuleAsks(), cooldown_days=days)
    opened = space_cases(ordered, rule, held_us=24 * HOUR_US)
    assert {who for who, _at in opened} == {who for who, _at in moments}
    quiet = max(24, days * 24) * HOUR_US
    for who in {who for who, _at in opened}:
        times = [at for one, at in opened if one == who]
        assert all(later - earlier >= quiet for earlier, later in pairwise(times))
