"""Gain and effort: each opportunity as a range of money over the effort a person thinks it takes."""

from __future__ import annotations

from heartline.web.charts.efforts.draw import draw_efforts
from heartline.web.charts.efforts.layout import Band, EffortsLayout, Stake, StakeBar, lay_out_efforts

__all__ = ["Band", "EffortsLayout", "Stake", "StakeBar", "draw_efforts", "lay_out_efforts"]
