"""Ranges on one scale: money from low to high with a notch at the shrunken middle, and differences beside nothing."""

from __future__ import annotations

from heartline.web.charts.ranges.draw import draw_axis, draw_gap, draw_range, draw_unknown
from heartline.web.charts.ranges.layout import GapLayout, RangeLayout, Scale, choose_scale, lay_out_gap, lay_out_range

__all__ = [
    "GapLayout",
    "RangeLayout",
    "Scale",
    "choose_scale",
    "draw_axis",
    "draw_gap",
    "draw_range",
    "draw_unknown",
    "lay_out_gap",
    "lay_out_range",
]
