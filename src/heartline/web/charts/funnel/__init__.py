"""How far people get through steps: a bar a step, whom it lost beside it."""

from __future__ import annotations

from heartline.web.charts.funnel.draw import StepShown, draw_funnel
from heartline.web.charts.funnel.layout import HEIGHT, WIDTH, StepBar, lay_out_funnel

__all__ = ["HEIGHT", "WIDTH", "StepBar", "StepShown", "draw_funnel", "lay_out_funnel"]
