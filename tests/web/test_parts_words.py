"""How numbers, times and verdicts are said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Difference, Metric, Score, ScoreKind, Verdict
from heartline.web.parts import words

S = words.NBSP


def a_metric(name: str, value: float | None, low: float | None, high: float | None, n: int = 400) -> Metric:
    return Metric(name=name, value=value, low=low, high=high, n=n, customers=n, method="made up")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (words.number(1204), "1,204"),
        (words.number(41, signed=True), "+41"),
        (words.number(-0.62, digits=2, signed=True), "−0.62"),
        (words.number(-0.001, digits=2, signed=True), "0.00"),
        (words.number(0, signed=True), "0"),
        (words.percent(0.624), f"62{S}%"),
        (words.percent_range(0.60, 0.64), "60–64"),
        (words.percent_range(0.601, 0.604), "60"),
        (words.plural(1, "day", "days"), f"1{S}day"),
        (words.plural(0, "answer", "answers"), f"0{S}answers"),
        (words.duration(40), f"40{S}s"),
        (words.duration(190), f"3{S}min 10{S}s"),
        (words.duration(599.7), f"10{S}min"),
        (words.duration(3599), f"1{S}h"),
        (words.duration(8880), f"2{S}h 28{S}min"),
        (words.duration(3.4 * 86400), f"3.4{S}d"),
        (words.duration(3 * 86400), f"3{S}d"),
        (words.duration(200 * 86400), f"29{S}weeks"),
        (words.money(1450, "GBP"), "£14.50"),
        (words.money(-120400, "EUR"), "−€1,204"),
        (words.money(500, "JPY"), "JP¥500"),
        (words.say_score(Score(ScoreKind.NPS, 2, 10)), "2 of 10, NPS"),
        (words.say_score(Score(ScoreKind.STARS, 1, 5)), "1 of 5 stars"),
    ],
)
def test_it_is_said_like_this(said: str, wanted: str) -> None:
    assert said == wanted


def test_metrics_speak_on_their_own_scale() -> None:
    assert words.value_with_margin(a_metric("nps", 41.2, 35.3, 47.1)) == f"+41{S}±{S}6"
    assert words.value_with_margin(a_metric("csat", 0.62, 0.60, 0.64)) == f"62{S}% (60–64)"
    assert words.say_metric(a_metric("ces", 5.2, 5.0, 5.4), top=7).spread == f"±{S}0.2 of 7"
    assert words.value_with_margin(a_metric("valence", -0.62, -0.67, -0.57)) == f"−0.62{S}±{S}0.05"


def test_nothing_is_said_under_the_floor_and_zero_is_a_value() -> None:
    assert words.say_metric(a_metric("nps", None, None, None, n=3)).value == "–"
    assert words.say_metric(a_metric("nps", None, None, None, n=3)).spread == "too few answers"
    assert words.say_metric(a_metric("nps", 0.0, -3, 3)).value == "0"


@pytest.mark.parametrize(
    ("verdict", "higher_is_better", "arrow", "tone"),
    [
        (Verdict.HIGHER, True, "▴", "better"),
        (Verdict.LOWER, True, "▾", "worse"),
        (Verdict.HIGHER, False, "▴", "worse"),
        (Verdict.NO_RELIABLE_CHANGE, True, "", "quiet"),
        (Verdict.TOO_FEW, True, "", "quiet"),
    ],
)
def test_an_arrow_and_a_colour_only_for_a_reliable_difference(
    verdict: Verdict,
    higher_is_better: bool,  # noqa: FBT001
    arrow: str,
    tone: str,
) -> None:
    metric = a_metric("nps", 17, 12, 22)
    difference = Difference(before=metric, now=metric, value=-24, low=-30, high=-18, p=0.001, verdict=verdict)
    said = words.say_change(difference, higher_is_better=higher_is_better)
    assert (said.arrow, said.tone) == (arrow, tone)


def test_a_difference_of_shares_is_said_in_points() -> None:
    metric = a_metric("renewed", 0.62, 0.60, 0.64)
    fall = Difference(before=metric, now=metric, value=-0.11, low=-0.14, high=-0.08, p=0.001, verdict=Verdict.LOWER)
    assert words.say_change(fall).words == f"11{S}±{S}3 points lower"


def test_dates_stand_in_the_workspace_zone() -> None:
    late = at("2026-11-14T23:30:00")
    now = at("2026-11-22T12:00:00")
    assert words.day(late, "UTC", now_us=now) == f"14{S}Nov"
    assert words.day(late, "Europe/Moscow", now_us=now) == f"15{S}Nov"
    assert words.day(late) == f"14{S}Nov{S}2026"
    assert words.moment(late, "Asia/Tokyo", now_us=now) == f"15{S}Nov, 08:30"
    assert words.long_day(now) == "Sunday 22 November"


def test_due_dates_are_counted_in_days_of_the_zone() -> None:
    now = at("2026-11-22T12:00:00")
    assert words.due(at("2026-11-20T17:00:00"), now_us=now) == f"Overdue 2{S}days"
    assert words.due(at("2026-11-22T09:00:00"), now_us=now) == "Overdue since 09:00"
    assert words.due(at("2026-11-22T17:00:00"), now_us=now) == "Today, 17:00"
    assert words.due(at("2026-11-23T01:00:00"), now_us=now) == "Tomorrow"
    assert words.due(at("2026-11-24T01:00:00"), now_us=now) == f"Tue 24{S}Nov"


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(0, 3))
def test_no_number_carries_a_hyphen_or_a_signed_zero(value: float, digits: int) -> None:
    said = words.number(value, digits=digits, signed=True)
    assert "-" not in said
    assert not (set(said) <= set("+−0.,") and said[0] in "+−")


@given(st.floats(0, 1e8, allow_nan=False))
def test_every_wait_has_a_unit(seconds: float) -> None:
    assert words.duration(seconds).split(S)[-1].split()[-1] in {"s", "min", "h", "d", "weeks"}
