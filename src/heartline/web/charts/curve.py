"""The monotone cubic: a smooth line that never rises above or falls below what was measured.

Fritsch and Carlson, “Monotone piecewise cubic interpolation”, SIAM J. Numer. Anal. 17 (1980): tangents are secant
means, cut back wherever the cubic would overshoot. Each piece is a Bézier whose control points lie at thirds, so that
x runs evenly along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from heartline.web.parts.svg import num

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """One cubic from ``(x0, y0)`` to ``(x1, y1)`` with tangents ``m0`` and ``m1`` (dy/dx)."""

    x0: float
    y0: float
    x1: float
    y1: float
    m0: float
    m1: float

    def at(self, x: float) -> float:
        """The height at ``x``."""
        width = self.x1 - self.x0
        t = (x - self.x0) / width
        first, second = self.y0 + self.m0 * width / 3, self.y1 - self.m1 * width / 3
        s = 1 - t
        return s**3 * self.y0 + 3 * s * s * t * first + 3 * s * t * t * second + t**3 * self.y1

    @property
    def controls(self) -> tuple[Point, Point]:
        """The two inner Bézier points."""
        third = (self.x1 - self.x0) / 3
        return (self.x0 + third, self.y0 + self.m0 * third), (self.x1 - third, self.y1 - self.m1 * third)


def join(points: Sequence[Point]) -> tuple[Piece, ...]:
    """The curve through ``points``, whose x must rise strictly. Fewer than two points make no curve."""
    if len(points) < 2:
        return ()
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    tangents = [slopes[0], *((a + b) / 2 if a * b > 0 else 0.0 for a, b in pairwise(slopes)), slopes[-1]]
    for place, slope in enumerate(slopes):
        if slope == 0:
            tangents[place] = tangents[place + 1] = 0.0
            continue
        alpha, beta = tangents[place] / slope, tangents[place + 1] / slope
        if (length := alpha * alpha + beta * beta) > 9:
            tangents[place] = 3 * alpha / length**0.5 * slope
            tangents[place + 1] = 3 * beta / length**0.5 * slope
    return tuple(
        Piece(x0=a[0], y0=a[1], x1=b[0], y1=b[1], m0=tangents[place], m1=tangents[place + 1])
        for place, (a, b) in enumerate(pairwise(points))
    )


def height_at(pieces: Sequence[Piece], x: float) -> float | None:
    """The curve's height at ``x``, or ``None`` beside it."""
    for piece in pieces:
        if piece.x0 <= x <= piece.x1:
            return piece.at(x)
    return None


def path_of(pieces: Sequence[Piece], *, turned: bool = False) -> str:
    """The curve as path data; ``turned`` swaps x and y, for a line that runs down the page."""
    if not pieces:
        return ""
    return f"M{_pair(pieces[0].x0, pieces[0].y0, turned=turned)}" + _onward(pieces, turned=turned)


def ribbon_of(upper: Sequence[Piece], lower: Sequence[Piece], *, turned: bool = False) -> str:
    """The area between two curves, as path data: along the first, back along the second."""
    if not upper or not lower:
        return ""
    back = [Piece(x0=p.x1, y0=p.y1, x1=p.x0, y1=p.y0, m0=p.m1, m1=p.m0) for p in reversed(lower)]
    turn = f"L{_pair(back[0].x0, back[0].y0, turned=turned)}"
    return path_of(upper, turned=turned) + turn + _onward(back, turned=turned) + "Z"


def polyline_of(points: Sequence[Point]) -> str:
    """Straight from point to point: for weeks, where each is its own measurement."""
    return "M" + "L".join(_pair(x, y) for x, y in points) if points else ""


def _onward(pieces: Sequence[Piece], *, turned: bool) -> str:
    parts = []
    for piece in pieces:
        first, second = piece.controls
        ends = (first, second, (piece.x1, piece.y1))
        parts.append("C" + " ".join(_pair(x, y, turned=turned) for x, y in ends))
    return "".join(parts)


def _pair(x: float, y: float, *, turned: bool = False) -> str:
    return f"{num(y)} {num(x)}" if turned else f"{num(x)} {num(y)}"
