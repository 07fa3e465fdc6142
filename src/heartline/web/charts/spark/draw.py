"""From a spark's geometry to SVG. Crimson only where it shows feeling; ink for operational figures."""

from __future__ import annotations

from collections.abc import Sequence

from htpy import Element

from heartline.web.charts.curve import path_of, ribbon_of
from heartline.web.charts.spark.layout import HEIGHT, WIDTH, lay_out_spark
from heartline.web.charts.trend import Week
from heartline.web.parts import svg
from heartline.web.parts.svg import num


def draw_spark(weeks: Sequence[Week], *, feeling: bool = True) -> Element:
    """A spark. Decoration beside its figure, so hidden from assistive technology; the trend behind it has the twin."""
    layout = lay_out_spark(weeks)
    last = len(layout.points) - 1
    return svg.svg(".spark", viewBox=svg.box(WIDTH, HEIGHT), preserveAspectRatio="xMinYMid meet", aria_hidden="true")[
        [svg.path(class_=["band" if feeling else "refb"], d=ribbon_of(one.upper, one.lower)) for one in layout.curves],
        [svg.path(class_=["hl thin" if feeling else "il"], d=path_of(one.line)) for one in layout.curves],
        [
            svg.circle(
                class_=["pt", few and "few", not feeling and "ink"], cx=num(x), cy=num(y), r="3.2" if few else "4"
            )
            for place, (x, y, few) in enumerate(layout.points)
            if few or place == last
        ],
    ]
