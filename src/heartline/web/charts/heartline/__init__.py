"""The journey map: stages across, lanes down, the line of feeling through the middle."""

from __future__ import annotations

from heartline.web.charts.heartline.export import export_svg
from heartline.web.charts.heartline.folding import Folded, fold_map, say_folded
from heartline.web.charts.heartline.given import (
    DRAWN,
    CellLine,
    Evidence,
    LaneGiven,
    MapGiven,
    StageColumn,
    Story,
    Touch,
    Voice,
    Wait,
)
from heartline.web.charts.heartline.layout import MapLayout, lay_out
from heartline.web.charts.heartline.matrix import draw_matrix, map_columns, map_rows, map_twin
from heartline.web.charts.heartline.paper import draw_sheet
from heartline.web.charts.heartline.sheets import A4, FORMATS, Format, Sheet, lay_out_sheets
from heartline.web.charts.heartline.small import draw_small, lay_out_small, small_note
from heartline.web.charts.heartline.tall import TallLayout, draw_tall, lay_out_tall

__all__ = [
    "A4",
    "DRAWN",
    "FORMATS",
    "CellLine",
    "Evidence",
    "Folded",
    "Format",
    "LaneGiven",
    "MapGiven",
    "MapLayout",
    "Sheet",
    "StageColumn",
    "Story",
    "TallLayout",
    "Touch",
    "Voice",
    "Wait",
    "draw_matrix",
    "draw_sheet",
    "draw_small",
    "draw_tall",
    "export_svg",
    "fold_map",
    "lay_out",
    "lay_out_sheets",
    "lay_out_small",
    "lay_out_tall",
    "map_columns",
    "map_rows",
    "map_twin",
    "say_folded",
    "small_note",
]
