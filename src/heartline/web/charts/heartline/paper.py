"""One sheet of the map for paper: a table whose head and foot stand on every page that it runs over.

The head names the map and its sheet and repeats the stages; the foot says what the marks mean. A lane is never broken.
"""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.charts.heartline.callouts import place_callouts
from heartline.web.charts.heartline.draw import key
from heartline.web.charts.heartline.matrix import map_head, map_lanes
from heartline.web.charts.heartline.sheets import LABELS, Sheet
from heartline.web.parts.svg import num
from heartline.web.parts.words import number


def draw_sheet(sheet: Sheet, *, told: Node, gap: Node = None) -> Element:
    """A sheet. ``told`` is said in its head (period, filter, n, date), ``gap`` above the lanes of the first."""
    layout = sheet.layout
    across = str(1 + layout.columns)
    names = [span.stage.name for span in layout.stages]
    which = _("Sheet {n} of {all}: {first} to {last}") if len(names) > 1 else _("Sheet {n} of {all}: {first}")
    return h.section(".sheet", aria_label=f"{layout.given.name}, {sheet.place + 1}")[
        h.table(".map.on-paper", width=num(LABELS + sheet.column * layout.columns))[
            h.colgroup[
                h.col(".map-lab", width=num(LABELS)), (h.col(width=num(sheet.column)) for _one in range(layout.columns))
            ],
            h.thead[
                h.tr(".sheet-head")[
                    h.td(colspan=across)[
                        h.b(".sheet-name")[layout.given.name],
                        sheet.of > 1
                        and h.span(".sheet-which")[
                            which.format(
                                n=number(sheet.place + 1), all=number(sheet.of), first=names[0], last=names[-1]
                            )
                        ],
                        h.p(".note")[told],
                    ]
                ],
                map_head(layout),
            ],
            h.tfoot[h.tr[h.td(colspan=across)[key(layout)]]],
            h.tbody[_story(sheet, across, gap), map_lanes(layout, f"sheet-{sheet.place}")],
        ]
    ]


def _story(sheet: Sheet, across: str, gap: Node) -> Node:
    """The sentence of the map where the line left no room for it, and the widest gap, on the first sheet."""
    story = sheet.layout.given.story
    said = story if story is not None and not place_callouts(sheet.layout)[1] else None
    shown = gap if not sheet.place else None
    if said is None and shown is None:
        return None
    return h.tr(".sheet-story")[
        h.td(colspan=across)[
            h.p[h.b[f"{said.first} {said.second}".strip()], " ", " ".join(said.facts)] if said else None,
            shown,
        ]
    ]
