"""A trend without words."""

from __future__ import annotations

from heartline.web.charts.spark.draw import draw_spark
from heartline.web.charts.spark.layout import SparkCurves, SparkLayout, lay_out_spark

__all__ = ["SparkCurves", "SparkLayout", "draw_spark", "lay_out_spark"]
