"""The map on sheets of paper: cut between stages, nothing lost, nothing twice, all at one scale."""

from __future__ import annotations

import re

import pytest
from charts_samples import a_hostile_map, a_map
from hypothesis import given
from hypothesis import strategies as st
from test_charts_layout import maps

from heartline.web.charts.heartline import A4, FORMATS, Format, MapGiven, draw_sheet, lay_out, lay_out_sheets
from heartline.web.charts.heartline.matrix import say_people
from heartline.web.charts.heartline.sheets import LABELS, split_stages

widths = st.lists(st.integers(1, 15), min_size=1, max_size=20)
rooms = st.integers(2, 14)
forms = st.sampled_from(sorted(FORMATS.values(), key=lambda form: form.name))


@given(widths, rooms)
def test_stages_are_split_in_order_and_never_more_than_fit(wide: list[int], most: int) -> None:
    runs = split_stages(wide, most)
    assert [place for run in runs for place in run] == list(range(len(wide)))
    for run in runs:
        assert len(run) == 1 or sum(wide[place] for place in run) <= most


@given(st.lists(st.integers(1, 6), min_size=1, max_size=9), st.integers(6, 14))
def test_no_other_split_has_fewer_sheets_or_is_evener(wide: list[int], most: int) -> None:
    """Against every way to cut, one by one."""
    fewest, evenest = len(wide) + 1, 0
    for cuts in range(2 ** (len(wide) - 1)):
        held = [wide[0]]
        for place, one in enumerate(wide[1:]):
            held = [*held, one] if cuts >> place & 1 else [*held[:-1], held[-1] + one]
        if max(held) <= most and (len(held), max(held)) < (fewest, evenest or most + 1):
            fewest, evenest = len(held), max(held)
    runs = split_stages(wide, most)
    assert (len(runs), max(sum(wide[place] for place in run) for run in runs)) == (fewest, evenest)


@given(maps, forms)
def test_the_sheets_hold_the_whole_map_once_and_at_one_scale(given_map: MapGiven, form: Format) -> None:
    sheets = lay_out_sheets(given_map, form)
    assert [span.stage for sheet in sheets for span in sheet.layout.stages] == list(given_map.stages)
    assert [spot.touch for sheet in sheets for spot in sheet.layout.spots] == list(given_map.touches)
    assert len({(sheet.column, sheet.layout.unit) for sheet in sheets}) == 1
    for sheet in sheets:
        assert LABELS + sheet.column * sheet.layout.columns <= form.wide + 0.01
        assert all(0 < spot.x < sheet.layout.width for spot in sheet.layout.spots)
        assert sheet.layout.stages[0].left == 0
        assert sheet.layout.stages[-1].right == pytest.approx(sheet.layout.width)


@given(maps, forms)
def test_the_line_goes_on_where_the_sheet_before_ended(given_map: MapGiven, form: Format) -> None:
    sheets = lay_out_sheets(given_map, form)
    whole = lay_out(given_map, unit=sheets[0].layout.unit)
    left = 0.0
    for sheet in sheets:
        for strand in sheet.layout.strands:
            for piece in strand.line:
                whole_starts = [
                    one.x0
                    for other in whole.strands
                    for one in other.line
                    if (one.y0, one.y1, other.branch) == (piece.y0, piece.y1, strand.branch)
                ]
                assert any(start == pytest.approx(piece.x0 + left) for start in whole_starts)
        left += sheet.layout.width
    drawn = sum(len(strand.line) for sheet in sheets for strand in sheet.layout.strands)
    assert drawn >= sum(len(strand.line) for strand in whole.strands)


def test_a_stage_says_on_its_sheet_what_it_says_on_the_whole_map() -> None:
    whole = lay_out(a_map())
    said = [say_people(whole, span) for span in whole.stages]
    sheets = lay_out_sheets(a_map(), A4)
    assert len(sheets) > 1
    assert [say_people(sheet.layout, span) for sheet in sheets for span in sheet.layout.stages] == said


@pytest.mark.parametrize("given_map", [a_map(), a_hostile_map()], ids=["sample", "hostile"])
def test_a_sheet_repeats_its_head_and_has_ids_of_its_own(given_map: MapGiven) -> None:
    drawn = "".join(str(draw_sheet(sheet, told="Last 12 weeks")) for sheet in lay_out_sheets(given_map, A4))
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    assert "style=" not in drawn
    assert "<script" not in drawn
    assert drawn.count("<thead") == drawn.count("<tfoot") == drawn.count("Last 12 weeks") >= 1
