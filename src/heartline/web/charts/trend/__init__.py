"""A score by week with its interval, what it is compared with, and what changed."""

from __future__ import annotations

from heartline.web.charts.trend.draw import (
    draw_trend,
    draw_trend_svg,
    export_trend,
    trend_columns,
    trend_rows,
    trend_twin,
)
from heartline.web.charts.trend.layout import Break, Change, Series, TrendGiven, TrendLayout, Week, lay_out_trend

__all__ = [
    "Break",
    "Change",
    "Series",
    "TrendGiven",
    "TrendLayout",
    "Week",
    "draw_trend",
    "draw_trend_svg",
    "export_trend",
    "lay_out_trend",
    "trend_columns",
    "trend_rows",
    "trend_twin",
]
