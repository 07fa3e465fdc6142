"""Drawings as files. Origin: the made-up map and trend of charts_samples; after a wanted change run the tests once with
HEARTLINE_WRITE_GOLDEN=1, and look at the files before they are committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from charts_samples import HOSTILE, a_broken_trend, a_few_stakes, a_funnel, a_hostile_map, a_map, a_quadrant, a_trend

from heartline.web.charts import Split, draw_bars, draw_map, draw_spark, draw_trend, export_trend
from heartline.web.charts.efforts import draw_efforts, lay_out_efforts
from heartline.web.charts.funnel import draw_funnel
from heartline.web.charts.heartline import (
    draw_small,
    draw_tall,
    export_svg,
    lay_out,
    lay_out_small,
    lay_out_tall,
    map_twin,
)
from heartline.web.charts.heartline.draw import draw_heart, draw_stream, draw_waits
from heartline.web.charts.quadrant import draw_quadrant

GOLDEN = Path(__file__).parent.parent / "golden"
DRAWINGS = {
    "map-heart.svg": lambda: draw_heart(lay_out(a_map())),
    "map-stream.svg": lambda: draw_stream(lay_out(a_map())),
    "map-waits.svg": lambda: draw_waits(lay_out(a_map())),
    "map-tall.svg": lambda: draw_tall(lay_out_tall(lay_out(a_map()))),
    "map-small.svg": lambda: draw_small(lay_out_small(lay_out(a_map()))),
    "map-export.svg": lambda: export_svg(lay_out(a_map())),
    "map-hostile-export.svg": lambda: export_svg(lay_out(a_hostile_map())),
    "map-matrix.html": lambda: draw_map(lay_out(a_map())),
    "trend.html": lambda: draw_trend(a_trend()),
    "trend-export.svg": lambda: export_trend(a_trend()),
    "trend-break.html": lambda: draw_trend(a_broken_trend()),
    "trend-break-export.svg": lambda: export_trend(a_broken_trend()),
    "spark.svg": lambda: draw_spark(a_trend().main.weeks),
    "funnel.html": lambda: draw_funnel(a_funnel()),
    "efforts.svg": lambda: draw_efforts(
        lay_out_efforts(a_few_stakes()), lambda value: f"{value:.0f}", lambda bar: bar.stake.title, label="Gain"
    ),
    "quadrant.html": lambda: draw_quadrant(
        a_quadrant(), lambda number: a_quadrant().marks[number - 1].title, title="Importance", about="and feeling"
    ),
    "bars.html": lambda: draw_bars(
        [
            Split(name="North", promoters=512, passives=300, detractors=420),
            Split(name="Two", promoters=1, passives=1, detractors=0),
        ]
    ),
}


def readable(drawn: object) -> str:
    """One element a line, so that a difference can be read."""
    return re.sub(r">(?=<[^/])", ">\n", str(drawn)) + "\n"


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_drawing_is_as_it_was(name: str) -> None:
    drawn = readable(DRAWINGS[name]())
    path = GOLDEN / name
    if os.environ.get("HEARTLINE_WRITE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name.endswith(".svg")])
def test_every_drawing_is_well_formed(name: str) -> None:
    ET.fromstring(str(DRAWINGS[name]()))


@pytest.mark.parametrize("given", [a_map(), a_hostile_map()], ids=["sample", "hostile"])
def test_no_name_breaks_out_and_nothing_needs_an_inline_style(given: object) -> None:
    layout = lay_out(given)  # type: ignore[arg-type]
    for drawn in (str(draw_map(layout)), str(map_twin(layout)), export_svg(layout)):
        assert "<script" not in drawn
        assert HOSTILE not in drawn
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", drawn)


def test_no_driver_s_name_breaks_out_of_the_field() -> None:
    drawn = str(DRAWINGS["quadrant.html"]())
    assert HOSTILE not in drawn
    assert "<script" not in drawn


def test_an_export_needs_nothing_beside_it() -> None:
    drawn = export_svg(lay_out(a_map()))
    assert drawn.startswith("<?xml")
    assert not re.search(r"href=|url\((?!#)|@import|var\(--", drawn)


def test_an_empty_map_is_still_drawn() -> None:
    empty = type(a_map())(name="New", stages=(type(a_map().stages[0])(name="First", touches=()),))
    drawn = str(draw_map(lay_out(empty)))
    assert "no touchpoint bound" in drawn
    assert "no answers yet" in drawn


def test_a_sample_map_stays_far_under_the_cap_on_elements() -> None:
    assert str(draw_map(lay_out(a_map()))).count("<") / 2 < 1500
