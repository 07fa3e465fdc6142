"""A QR code drawn as SVG: dark on light in every theme, or phones do not read it."""

from __future__ import annotations

from typing import Final

import segno
from htpy import Element

from heartline.web.parts import svg

_QUIET: Final = 4


def qr_code(text: str, *, label: str) -> Element:
    """Draw a text for a phone's camera; ``label`` says it for those who do not see it."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = len(rows) + 2 * _QUIET
    dark = "".join(
        f"M{at + _QUIET} {down + _QUIET}h1v1h-1z"
        for down, row in enumerate(rows)
        for at, module in enumerate(row)
        if module
    )
    return svg.svg(".qr", viewBox=f"0 0 {side} {side}", role="img", aria_label=label, shape_rendering="crispEdges")[
        svg.rect(width=str(side), height=str(side), fill="#fff"), svg.path(d=dark, fill="#000")
    ]
