"""One life: a customer's scores as a thin line over everything that happened, by channel."""

from __future__ import annotations

from heartline.web.charts.life.draw import draw_life, life_columns, life_rows
from heartline.web.charts.life.feelings import draw_feelings
from heartline.web.charts.life.layout import Felt, Lane, LifeGiven, LifeLayout, LifeSize, lay_out_life

__all__ = [
    "Felt",
    "Lane",
    "LifeGiven",
    "LifeLayout",
    "LifeSize",
    "draw_feelings",
    "draw_life",
    "lay_out_life",
    "life_columns",
    "life_rows",
]
