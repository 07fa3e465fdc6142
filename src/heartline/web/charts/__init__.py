"""Charts: each is a layout (records to geometry), a drawing (geometry to SVG) and a table twin.

``draw_map`` gives both forms of the journey map, the wide matrix and the phone's; the style sheet shows one.
"""

from __future__ import annotations

import htpy as h
from htpy import Element

from heartline.web.charts import heartline
from heartline.web.charts.bars import Split, bar_rows, draw_bars
from heartline.web.charts.spark import draw_spark
from heartline.web.charts.trend import (
    Break,
    Change,
    Series,
    TrendGiven,
    Week,
    draw_trend,
    export_trend,
    trend_columns,
    trend_rows,
    trend_twin,
)


def draw_map(layout: heartline.MapLayout, *, identity: str = "map") -> Element:
    """The journey map in both forms. Time runs to the right, also where writing runs to the left."""
    story = layout.given.story
    return h.div(".journey-map", id=identity, dir="ltr")[
        heartline.draw_matrix(layout, identity=identity),
        h.div(".map-tall")[
            story is not None
            and h.div(".map-story")[
                story.first and h.p(".say1")[story.first],
                h.p(".say2")[story.second],
                (h.p(".note")[fact] for fact in story.facts),
            ],
            heartline.draw_tall(heartline.lay_out_tall(layout)),
        ],
    ]


__all__ = [
    "Break",
    "Change",
    "Series",
    "Split",
    "TrendGiven",
    "Week",
    "bar_rows",
    "draw_bars",
    "draw_map",
    "draw_spark",
    "draw_trend",
    "export_trend",
    "heartline",
    "trend_columns",
    "trend_rows",
    "trend_twin",
]
