"""The monotone cubic never says more than was measured."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from heartline.web.charts.curve import height_at, join, path_of, ribbon_of

heights = st.lists(st.floats(-1e4, 1e4, allow_nan=False, width=32), min_size=2, max_size=14)


@given(heights)
def test_the_curve_stays_between_the_two_points_it_joins(ys: list[float]) -> None:
    points = [(84.0 * place, y) for place, y in enumerate(ys)]
    pieces = join(points)
    for (a, b), piece in zip(pairwise(ys), pieces, strict=True):
        room = 1e-6 * max(1.0, abs(a), abs(b))
        for step in range(25):
            y = piece.at(piece.x0 + (piece.x1 - piece.x0) * step / 24)
            assert min(a, b) - room <= y <= max(a, b) + room


@given(heights)
def test_the_curve_rises_or_falls_without_turning_between_two_points(ys: list[float]) -> None:
    for piece in join([(84.0 * place, y) for place, y in enumerate(ys)]):
        walked = [piece.at(piece.x0 + (piece.x1 - piece.x0) * step / 40) for step in range(41)]
        room = 1e-6 * max(1.0, abs(piece.y0), abs(piece.y1))
        up = piece.y1 >= piece.y0
        assert all((b >= a - room) if up else (b <= a + room) for a, b in pairwise(walked))


@given(heights)
def test_the_curve_passes_through_every_point(ys: list[float]) -> None:
    pieces = join([(10.0 * place, y) for place, y in enumerate(ys)])
    for place, y in enumerate(ys):
        at = height_at(pieces, 10.0 * place)
        assert at is not None
        assert abs(at - y) <= 1e-6 * max(1.0, abs(y))


@given(heights, st.floats(0, 50))
def test_a_band_of_constant_width_never_crosses_its_line(ys: list[float], margin: float) -> None:
    line = join([(84.0 * place, y) for place, y in enumerate(ys)])
    upper = join([(84.0 * place, y - margin) for place, y in enumerate(ys)])
    for middle, edge in zip(line, upper, strict=True):
        for step in range(9):
            x = middle.x0 + (middle.x1 - middle.x0) * step / 8
            assert edge.at(x) <= middle.at(x) + 1e-2


def test_one_point_or_none_make_no_curve() -> None:
    assert join([]) == ()
    assert join([(0, 1)]) == ()
    assert height_at((), 3) is None


def test_path_data_turned_swaps_the_axes() -> None:
    pieces = join([(0, 0), (30, 60)])
    assert path_of(pieces) == "M0 0C10 20 20 40 30 60"
    assert path_of(pieces, turned=True) == "M0 0C20 10 40 20 60 30"
    assert ribbon_of(pieces, join([(0, 10), (30, 70)])) == "M0 0C10 20 20 40 30 60L30 70C20 50 10 30 0 10Z"
