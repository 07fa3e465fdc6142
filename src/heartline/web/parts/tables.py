"""Tables and rows. On a phone a table becomes stacked rows that carry their column's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.parts.icons import channel_icon, icon


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its words as people read them (translated where it is built), whether it holds figures (to the end),
    and whether it names the row. ``below`` is drawn under the words (the axis of bars in the column).
    """

    words: str
    figures: bool = False
    names: bool = False
    below: Node = None


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Node]],
    *,
    caption: str,
    visible_caption: bool = False,
    stacks: bool = True,
) -> Element:
    """A table with a caption for those who do not see it. The first naming column is each row's header.

    On a phone its rows stack; a grid that is read across and down (``stacks`` False) is moved sideways instead.
    """

    def head(column: Column) -> Element:
        return h.th(scope="col", class_=[column.figures and "r"])[column.words, column.below]

    def cell(column: Column, value: Node) -> Element:
        kind = h.th if column.names else h.td
        return kind(
            class_=[column.figures and "r"], scope="row" if column.names else None, data_label=column.words or None
        )[value]

    return h.div(".scroll", role="region", aria_label=caption, tabindex="0")[
        (h.table(".stacks") if stacks else h.table)[
            h.caption(class_=None if visible_caption else "sr")[caption],
            h.thead[h.tr[(head(column) for column in columns)]],
            h.tbody[(h.tr[(cell(column, value) for column, value in zip(columns, row, strict=True))] for row in rows)],
        ]
    ]


def table_twin(twin: Element, *, words: str = "", identity: str = "") -> Element:
    """The same figures as a table, folded under the picture that shows them."""
    return h.details(".twin", id=identity or None)[
        h.summary[icon("table", small=True), words or _("Show as a table")], twin
    ]


def timeline_row(
    when: Node, what: Node, *, channel: str = "", said: Node = None, note: Node = None, do: Node = None
) -> Element:
    """One thing that happened: when, through which channel, what, in whose words."""
    return h.li(".happened")[
        h.span(".note.when")[when],
        channel_icon(channel) if channel else h.span,
        h.div[h.p[what], said, note and h.p(".note")[note]],
        do and h.div(".row-do")[do],
    ]


def timeline(*items: Node) -> Element:
    """What happened, latest first."""
    return h.ol(".rows.timeline")[items]


def case_row(title: str, *, href: str, who: Node, owner: Node, due: Node, late: bool = False) -> Element:
    """A case in a list: its title, the customer, the owner, when it is due (amber and a word when late)."""
    return h.li(".case-row")[
        h.div[h.a(".strong", href=href)[title], h.p(".note")[who]],
        h.div(".case-owner")[owner],
        h.div(class_=["case-due", late and "worse"])[due],
    ]


def case_rows(*items: Node) -> Element:
    """Cases one below the other."""
    return h.ul(".rows.case-rows")[items]
