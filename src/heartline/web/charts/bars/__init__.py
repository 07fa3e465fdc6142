"""Who would recommend, who is passive, who would not."""

from __future__ import annotations

from heartline.web.charts.bars.draw import bar_rows, draw_bars
from heartline.web.charts.bars.layout import BarLayout, Segment, Split, lay_out_bars

__all__ = ["BarLayout", "Segment", "Split", "bar_rows", "draw_bars", "lay_out_bars"]
