"""One life as a line: silences are dotted, points hollow, nothing drawn leaves the drawing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heartline.web.charts.life import Felt, Lane, LifeGiven, LifeSize, draw_feelings, draw_life, lay_out_life

DAY = 86_400_000_000
START = 1_700_000_000_000_000


def felt(day: int, value: float, *, n: int = 1, label: str = "Courier") -> Felt:
    return Felt(ts_us=START + day * DAY, value=value, label=label, words=f"day {day}", n=n)


def a_life(*points: Felt, days: int = 400, lanes: tuple[Lane, ...] = ()) -> LifeGiven:
    return LifeGiven(felt=points, lanes=lanes, from_us=START, to_us=START + days * DAY, zone="Europe/London")


def test_ten_weeks_and_a_day_of_silence_are_dotted_ten_weeks_are_not() -> None:
    drawn = lay_out_life(a_life(felt(0, 0.5), felt(70, 0.2), felt(141, -0.8)))
    assert [bridge.words for bridge in drawn.bridges] == ["10 weeks without a score"]
    assert len(drawn.stretches) == 1
    assert lay_out_life(a_life(felt(0, 0.5), felt(70, 0.2))).bridges == ()


def test_every_point_is_hollow_and_an_empty_life_says_so() -> None:
    text = str(draw_life(a_life(felt(3, 1.0), felt(9, -1.0, n=2))))
    assert text.count("pt few") == 2 * len(LifeSize)
    assert 'class="pt"' not in text
    empty = str(draw_life(a_life()))
    assert "No score yet. 0\N{NO-BREAK SPACE}touches." in empty
    assert "<table" not in empty


def test_names_and_words_are_escaped() -> None:
    bad = "<script>x</script>"
    lane = Lane(name=bad, drawing="flag", times=(START,))
    assert "<script" not in str(draw_life(a_life(felt(3, 0.1, label=bad), lanes=(lane,))))


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.floats(-1, 1)), max_size=30, unique_by=lambda pair: pair[0]),
    st.sampled_from(LifeSize),
)
def test_points_stay_within_the_frame_in_order_and_words_do_not_meet(
    days: list[tuple[int, float]], size: LifeSize
) -> None:
    points = [felt(day, value, label="A touchpoint with a longer name") for day, value in sorted(days)]
    drawn = lay_out_life(a_life(*points, days=4000), size)
    top, _, bottom = drawn.levels
    xs = [x for _, x, _ in drawn.points]
    assert xs == sorted(xs)
    assert all(drawn.left <= x <= drawn.right and top <= y <= bottom for _, x, y in drawn.points)
    rows = sorted((word.y, word.y + 16 * (len(word.lines) - 1), word.x) for word in drawn.words)
    assert len({(y, x) for y, _, x in rows}) == len(rows)
    assert all(drawn.left <= x <= drawn.right for x, _ in drawn.times)
    assert len(drawn.times) <= 14


def test_the_last_feelings_end_at_the_right_edge() -> None:
    assert 'cx="88"' in str(draw_feelings([0.5]))
    assert str(draw_feelings([0.1] * 6)).count("<circle") == 6
