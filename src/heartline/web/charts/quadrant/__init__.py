"""Importance over performance: each driver as a point with both its intervals, in one of four corners."""

from __future__ import annotations

from heartline.web.charts.quadrant.draw import QUADRANTS, draw_quadrant, draw_quadrant_svg
from heartline.web.charts.quadrant.layout import Mark, QuadrantGiven, QuadrantLayout, Spot, lay_out_quadrant

__all__ = [
    "QUADRANTS",
    "Mark",
    "QuadrantGiven",
    "QuadrantLayout",
    "Spot",
    "draw_quadrant",
    "draw_quadrant_svg",
    "lay_out_quadrant",
]
