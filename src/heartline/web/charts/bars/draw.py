"""From bars to markup: a row a group, its name and counts in words, the bar below, a table twin behind."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.web.charts.bars.layout import WIDTH, BarLayout, Split, lay_out_bars
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.tables import Column, table, table_twin
from heartline.web.parts.words import number, percent


def draw_bars(splits: Sequence[Split], *, floor: int = 5) -> Element:
    """The groups, one bar each. A group under ``floor`` answers shows the word and no bar (privacy)."""
    return h.div(".bars")[
        h.ul[(_row(bar, floor=floor) for bar in lay_out_bars(splits))],
        table_twin(table(_columns(), bar_rows(splits, floor=floor), caption=_("Who would recommend, by group"))),
    ]


def _columns() -> tuple[Column, ...]:
    return (
        Column(words=_("Group"), names=True),
        Column(words=_("Would not (0–6)"), figures=True),
        Column(words=_("Passive (7–8)"), figures=True),
        Column(words=_("Would recommend (9–10)"), figures=True),
        Column(words="n", figures=True),
    )


def bar_rows(splits: Sequence[Split], *, floor: int = 5) -> list[tuple[str, ...]]:
    """The rows of the twin, and of a CSV."""
    return [
        (
            split.name,
            *((_("too few"), "", "", "") if split.n < floor else _counts(split)),
        )
        for split in splits
    ]


def _counts(split: Split) -> tuple[str, ...]:
    return tuple(number(count) for count in (split.detractors, split.passives, split.promoters, split.n))


def _row(bar: BarLayout, *, floor: int) -> Element:
    split = bar.split
    name: Node = h.a(href=split.href)[split.name] if split.href else split.name
    if split.n < floor:
        return h.li[h.p[h.b[name], h.span(".note")[_("too few answers")]]]
    shares = [_(SHARES[segment.kind]).format(share=percent(segment.count / split.n)) for segment in bar.segments]
    return h.li[
        h.p[h.b[name], h.span(".note")[" · ".join((*shares, _("n {n}").format(n=number(split.n))))]],
        svg.svg(viewBox=svg.box(WIDTH, 14), preserveAspectRatio="none", role="img", aria_label="; ".join(shares))[
            (
                svg.rect(
                    class_=f"seg-{segment.kind[0] if segment.kind != 'passives' else 'n'}",
                    x=num(segment.x),
                    y="0",
                    width=num(segment.width),
                    height="14",
                )
                for segment in bar.segments
                if segment.count
            )
        ],
    ]


SHARES = {
    "detractors": mark("{share} would not"),
    "passives": mark("{share} passive"),
    "promoters": mark("{share} would recommend"),
}
