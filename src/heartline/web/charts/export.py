"""What every exported drawing carries: the light theme's colours as a style sheet of its own, in generic typefaces."""

from __future__ import annotations

from typing import Final

from htpy import Node
from markupsafe import Markup

from heartline.web.parts import svg

LIGHT_STYLE: Final = """
text{font:13px "Source Sans 3","Segoe UI","Noto Sans",sans-serif;fill:#5a5261}
.k{fill:#1d1822}.n{fill:#6f6677}.m{fill:#5a5261}.b,.h,.title{font-weight:650;fill:#1d1822}.title{font-size:26px}
.p{fill:#bf0f45;font-weight:650}.big{font-size:26px;font-weight:700}.mid{text-anchor:middle}.end{text-anchor:end}
.say1{font-size:22px;fill:#1d1822}.say2{font-size:29px;font-weight:700;fill:#1d1822}
.halo{paint-order:stroke;stroke:#fff;stroke-width:5px;stroke-linejoin:round}
.voice-words{font-family:"Source Serif 4",Georgia,"Noto Serif",serif;fill:#1d1822}
.hl{fill:none;stroke:#bf0f45;stroke-width:4.5;stroke-linejoin:round;stroke-linecap:round}
.hl.thin,.hl.branch,.hl.bridge{stroke-width:2}.hl.branch{stroke-opacity:.8}.hl.bridge{stroke-dasharray:.1 6}
.band{fill:#f5cfda}.band.branch{fill-opacity:.55}.band.over{fill-opacity:.62}
.pt{fill:#bf0f45;stroke:#fff;stroke-width:2}.pt.few{fill:#fff;stroke:#bf0f45;stroke-width:2.5}
.bel{fill:none;stroke:#5a5261;stroke-width:1.75;stroke-dasharray:7 5}
.refl{fill:none;stroke:#867d8c;stroke-width:1.75}.refb{fill:#ece9ee}
.ax{stroke:#dcd7e0;fill:none}.zero,.ink{stroke:#1d1822;fill:none}.inkl{stroke:#1d1822;stroke-width:1.25;fill:none}
.edge-line{stroke:#867d8c;fill:none}.flow{fill:#ece9ee}.detour{fill:#867d8c}.hot{fill:#fdf1f4}
.gap{stroke:#1d1822;stroke-width:1.5;fill:none}.tint-stop{stop-color:#1d1822}.hatch{stroke:#867d8c;opacity:.55}
.wait{fill:#6f6677}.whisker{stroke:#6f6677;stroke-width:1.5;fill:none}.promise{stroke:#1d1822;stroke-width:2}
.ic{fill:none;stroke:#1d1822;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.seg-p{fill:#1d1822}.seg-n{fill:#ece9ee;stroke:#867d8c}.seg-d{fill:#867d8c}
.label-main,.s15{font-size:15px}.s14{font-size:14px}.s16{font-size:16px}.s19{font-size:19px}.s21{font-size:21px}
"""


def standalone(marks: Node, *, width: float, height: float, title: str, style: str = LIGHT_STYLE) -> str:
    """A drawing as an SVG document that needs nothing else."""
    document = svg.svg(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=svg.box(width, height),
        width=svg.num(width),
        height=svg.num(height),
        role="img",
        aria_label=title,
    )[
        svg.title[title],
        svg.style[Markup(style)],  # noqa: S704  # a constant of ours
        svg.rect(width="100%", height="100%", fill="#ffffff"),
        marks,
    ]
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', str(document)))
