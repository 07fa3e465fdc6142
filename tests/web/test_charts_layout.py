"""What a layout may never do: let words cover the line, lose width, draw what may not be shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, combinations, pairwise

import pytest
from charts_samples import LONG, a_broken_trend, a_feeling, a_hostile_map, a_map, a_trend
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.web.charts import Split, Week
from heartline.web.charts.bars import lay_out_bars
from heartline.web.charts.bars.layout import WIDTH as BAR
from heartline.web.charts.heartline import MapGiven, StageColumn, Story, Touch, lay_out, lay_out_tall, map_rows
from heartline.web.charts.heartline.callouts import place_callouts
from heartline.web.charts.heartline.layout import BOTTOM, TOP, height_of, stream_depths
from heartline.web.charts.lettering import width_of, wrap
from heartline.web.charts.placing import spread
from heartline.web.charts.spark import lay_out_spark
from heartline.web.charts.trend import draw_trend_svg, lay_out_trend, trend_columns, trend_rows
from tries import some

values = st.none() | st.floats(-1, 1, width=32)
touches = st.builds(
    lambda value, n, believed: Touch(name="Touch", feeling=a_feeling(value, 0.1, n), believed=believed),
    values,
    st.integers(0, 300),
    values,
)
stages = st.builds(
    lambda held, people, detour: StageColumn(name="Stage", touches=tuple(held), people=people, detour=detour),
    st.lists(touches, max_size=4),
    st.none() | st.integers(0, 5000),
    st.booleans(),
)
maps = st.lists(stages, min_size=1, max_size=8).map(lambda held: MapGiven(name="A map", stages=tuple(held)))


@given(maps)
def test_columns_tile_the_width_exactly(given_map: MapGiven) -> None:
    layout = lay_out(given_map)
    assert layout.stages[0].left == 0
    assert layout.stages[-1].right == pytest.approx(layout.width)
    for a, b in zip(layout.stages, layout.stages[1:], strict=False):
        assert a.right == pytest.approx(b.left)
    for spot in layout.spots:
        assert layout.stages[spot.stage].left < spot.x < layout.stages[spot.stage].right


@given(maps)
def test_points_stand_in_order_and_only_where_something_may_be_shown(given_map: MapGiven) -> None:
    layout = lay_out(given_map)
    xs = [spot.x for spot in layout.spots]
    assert xs == sorted(set(xs))
    for spot in layout.spots:
        value = spot.touch.feeling.value if spot.touch.feeling else None
        assert (spot.y is None) == (value is None)
        if spot.y is not None and value is not None:
            assert spot.y == height_of(value)
            assert TOP <= spot.y <= BOTTOM


@given(maps)
def test_the_line_runs_between_measured_points_and_the_band_holds_it(given_map: MapGiven) -> None:
    layout = lay_out(given_map)
    known = {(spot.x, spot.y) for spot in layout.spots if spot.y is not None}
    for strand in layout.strands:
        for line, upper, lower in zip(strand.line, strand.upper, strand.lower, strict=True):
            assert {(line.x0, line.y0), (line.x1, line.y1)} <= known
            assert upper.y0 <= line.y0 <= lower.y0
            assert upper.y1 <= line.y1 <= lower.y1


@given(maps)
def test_a_touchpoint_without_an_answer_is_crossed_by_a_bridge_alone(given_map: MapGiven) -> None:
    layout = lay_out(given_map)
    for spot in layout.spots:
        if spot.y is not None or spot.detour:
            continue
        for strand in layout.strands:
            if not strand.branch and strand.line and strand.line[0].x0 < spot.x < strand.line[-1].x1:
                held = [piece for piece in strand.line if piece.x0 < spot.x < piece.x1]
                assert strand.bridge or not held


@given(maps)
def test_the_stream_is_to_scale(given_map: MapGiven) -> None:
    layout = lay_out(given_map)
    most = max((span.stage.people or 0 for span in layout.stages), default=0)
    for nth, (span, depth) in enumerate(zip(layout.stages, stream_depths(layout.stages), strict=True)):
        if most and not (span.stage.detour and nth):
            assert depth == pytest.approx(40 * (span.stage.people or 0) / most)


@settings(deadline=None, max_examples=some(60))
@given(maps, st.integers(0, 6), st.booleans())
def test_words_on_the_map_cover_neither_the_line_nor_each_other(given_map: MapGiven, hot: int, told: bool) -> None:  # noqa: FBT001
    story = Story(first="We thought so.", second="It is where we lose them.", facts=("Since then.",), touch=hot)
    layout = lay_out(MapGiven(name="A map", stages=given_map.stages, story=story if told else None))
    callouts, _ = place_callouts(layout)
    for a, b in combinations(callouts, 2):
        assert not a.box.meets(b.box)
    for callout in callouts:
        assert callout.box.left >= 0
        assert callout.box.right <= layout.width
        for strand in layout.strands:
            for piece, upper, lower in zip(strand.line, strand.upper, strand.lower, strict=True):
                for step in range(21):
                    x = piece.x0 + (piece.x1 - piece.x0) * step / 20
                    if callout.box.left < x < callout.box.right:
                        assert upper.at(x) > callout.box.bottom or lower.at(x) < callout.box.top


def test_the_story_of_the_sample_finds_room_on_the_picture_and_names_its_gap() -> None:
    layout = lay_out(a_map())
    callouts, told = place_callouts(layout)
    assert told
    words = {line.words for callout in callouts for line in callout.lines}
    assert {"We thought delivery pleased them.", "−0.62", "Gap 1.02", "believed"} <= words
    assert layout.gap is not None
    assert layout.gap.size == pytest.approx(1.02)


def test_a_thin_point_is_hollow_and_one_under_the_floor_is_not_drawn() -> None:
    spots = {spot.touch.name: spot for spot in lay_out(a_map()).spots}
    assert spots["Renewal notice"].few
    assert spots["Goodbye form"].y is None
    assert not spots["Checkout"].few


def test_no_gap_is_claimed_where_the_interval_holds_what_was_believed() -> None:
    touch = Touch(name="A", feeling=a_feeling(0.0, 0.5, 400), believed=0.4)
    layout = lay_out(MapGiven(name="A", stages=(StageColumn(name="S", touches=(touch,)),)))
    assert layout.gap is None


def test_the_tall_map_runs_down_and_its_words_keep_their_column() -> None:
    for given_map in (a_map(), a_hostile_map()):
        tall = lay_out_tall(lay_out(given_map))
        ys = [row.y for row in tall.rows]
        assert ys == sorted(set(ys))
        lines = sorted(
            {text.y for row in tall.rows for text in row.texts} | {t.y for s in tall.stages for t in s.texts}
        )
        assert all(b - a >= 14 for a, b in pairwise(lines))
        for text in (text for row in tall.rows for text in row.texts):
            assert text.x + width_of(text.words, text.size) <= 358 + 1


@given(st.lists(st.tuples(*[st.integers(0, 10_000)] * 3), min_size=1, max_size=6))
def test_the_three_parts_of_a_bar_are_the_whole_bar(counts: list[tuple[int, int, int]]) -> None:
    for bar in lay_out_bars([Split(name="G", promoters=p, passives=n, detractors=d) for p, n, d in counts]):
        total = sum(segment.width for segment in bar.segments)
        assert total == pytest.approx(BAR if bar.split.n else 0)
        for a, b in zip(bar.segments, bar.segments[1:], strict=False):
            assert a.x + a.width == pytest.approx(b.x)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=6), st.floats(4, 40))
def test_spread_labels_never_overlap_and_keep_their_order(wanted: list[float], height: float) -> None:
    high = 300 + height * len(wanted)
    centres = spread(wanted, height, low=0, high=high)
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    for a, b in pairwise(order):
        assert centres[b] - centres[a] >= height - 1e-6
    assert min(centres) >= height / 2 - 1e-6
    assert max(centres) <= high - height / 2 + 1e-6


@given(st.text(max_size=200), st.floats(30, 300))
def test_wrapped_words_fit_and_none_is_lost(text: str, width: float) -> None:
    lines = wrap(text, width, 14)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line, 14) <= width or len(line) == 1 for line in lines)


def test_wrapping_to_a_number_of_lines_says_that_more_was_said() -> None:
    lines = wrap(LONG, 100, 14, lines=2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")


trend_weeks = st.lists(
    st.builds(
        lambda value, margin, n: Week(
            label="12 Sep",
            value=value,
            low=None if value is None else value - margin,
            high=None if value is None else value + margin,
            n=n,
        ),
        st.none() | st.floats(-100, 100, width=32),
        st.floats(0, 40, width=32),
        st.integers(0, 200),
    ),
    max_size=30,
)


@given(trend_weeks, st.booleans())
def test_a_trend_holds_everything_between_its_first_and_last_tick(weeks: list[Week], narrow: bool) -> None:  # noqa: FBT001
    sample = a_trend()
    given_trend = type(sample)(title="T", about="a", main=type(sample.main)(name="N", weeks=tuple(weeks)))
    layout = lay_out_trend(given_trend, narrow=narrow)
    assert 2 <= len(layout.ticks) <= 12
    assert len(layout.series[0].points) == sum(week.value is not None for week in weeks)
    for _, x, y in layout.series[0].points:
        assert layout.left - 1e-6 <= x <= layout.right + 1e-6
        assert layout.top - 1e-6 <= y <= layout.bottom + 1e-6


def test_week_labels_do_not_touch_and_the_ends_of_lines_are_apart() -> None:
    for narrow in (False, True):
        layout = lay_out_trend(a_trend(), narrow=narrow)
        xs = [x for x, _ in layout.weeks]
        assert all(b - a > width_of("24 Jun", 14) for a, b in pairwise(xs))
        first, second = (spot.label_y for spot in layout.series)
        assert abs(first - second) >= 38


def test_a_spark_of_nothing_and_of_one_week_is_drawn_without_a_line() -> None:
    assert lay_out_spark([]).curves[0].line == ()
    assert lay_out_spark([Week(label="w", value=3.0)]).points != ()


@given(trend_weeks, st.lists(st.integers(0, 2), min_size=1, max_size=60), st.booleans())
def test_no_line_and_no_band_joins_weeks_of_two_definitions(
    weeks: list[Week],
    steps: list[int],
    narrow: bool,  # noqa: FBT001
) -> None:
    versions = list(accumulate(steps[place % len(steps)] // 2 for place in range(len(weeks))))
    counted = tuple(replace(week, version=1 + by) for week, by in zip(weeks, versions, strict=True))
    sample = a_trend()
    layout = lay_out_trend(
        type(sample)(title="T", about="a", main=type(sample.main)(name="N", weeks=counted)), narrow=narrow
    )
    spot = layout.series[0]
    by_x = {x: counted[place].version for place, x, _ in spot.points}
    assert sum(len(stretch.points) for stretch in spot.stretches) == len(spot.points)
    for stretch in spot.stretches:
        assert len({by_x[x] for x, _ in stretch.points}) == 1
        assert stretch.upper[0].x0 >= min(x for x, _ in stretch.points) - 3
        assert stretch.upper[-1].x1 <= max(x for x, _ in stretch.points) + 3
    known = [week.version for week in counted if week.value is not None]
    assert len(lay_out_spark(counted).curves) == max(1, len(set(known)))


def test_a_break_is_told_to_those_who_see_and_those_who_hear() -> None:
    broken = a_broken_trend()
    drawn, twin = str(draw_trend_svg(lay_out_trend(broken))), trend_rows(broken)
    for one in broken.breaks:
        assert drawn.count(f">{one.words}</text>") == 1, "drawn"
        assert f'aria-label="{one.words}. All, week of' in drawn, "stepped to by keys"
        assert one.words in twin[one.week][-1], "in the table and the CSV"
    assert "A new line begins with definition 2 from 6 Mar" in drawn
    assert drawn.count("hl trend") == 3
    assert [column.words for column in trend_columns(broken)][-1] == "Counted by"
    assert "Counted by" not in [column.words for column in trend_columns(a_trend())]
    crowd = replace(broken, breaks=broken.breaks * 4)
    layout = lay_out_trend(crowd)
    assert layout.top >= 14 + 16 * len(crowd.breaks) > lay_out_trend(broken).top, "words make room for themselves"


def test_the_table_twin_says_what_the_map_shows() -> None:
    rows = map_rows(lay_out(a_map()))
    assert len(rows) == 15
    courier = next(row for row in rows if row[1] == "Courier at the door")
    assert courier[3:7] == ("−0.62", "−0.67 to −0.57", "2,140", "2,140")
    assert next(row for row in rows if row[1] == "Goodbye form")[3] == "too few"
