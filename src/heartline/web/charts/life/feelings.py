"""The last few scores of one customer as a small line in a list: hollow points, no words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from htpy import Element

from heartline.language import _
from heartline.web.charts.curve import join, path_of
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import number

_WIDTH: Final = 96.0
_HEIGHT: Final = 32.0
_STEP: Final = 16.0


def draw_feelings(values: Sequence[float]) -> Element:
    """Scores on −1…+1 in the order of time, evenly spaced, the last at the end; the rule is the middle of the scale."""
    start = _WIDTH - 8 - (len(values) - 1) * _STEP
    points = [(start + at * _STEP, 5 + (1 - value) / 2 * (_HEIGHT - 10)) for at, value in enumerate(values)]
    told = ", ".join(number(value, digits=1, signed=True) for value in values)
    return svg.svg(
        ".feelings",
        viewBox=svg.box(_WIDTH, _HEIGHT),
        role="img",
        aria_label=_("Last scores, −1 to +1: {scores}").format(scores=told),
    )[
        svg.path(".edge-line", d=f"M0 {num(_HEIGHT / 2)}H{num(_WIDTH)}"),
        svg.path(".hl.thin", d=path_of(join(points))),
        [svg.circle(".pt.few", cx=num(x), cy=num(y), r="3.6") for x, y in points],
    ]
