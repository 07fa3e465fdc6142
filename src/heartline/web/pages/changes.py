"""What an import changes on the way, as people read it: before it is run and ever after."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.collect import Change, ChangeKind, ImportMapping, TimeFormat
from heartline.language import _
from heartline.web.parts import Column, section, table
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import number, percent


def draw_changes(
    changes: Sequence[Change], mapping: ImportMapping, *, left_out: Sequence[str], encoding: str, done: bool
) -> Element:
    """The report: what of the cells was read differently than it stands there, and what nobody read."""
    title = _("What was changed on the way") if done else _("What would be changed on the way")
    foreign = encoding and encoding.replace("_", "-").lower() not in {"utf-8", "utf-8-sig", "ascii"}
    nothing = h.p[
        _("Nothing: each cell was taken as it stands.") if done else _("Nothing: each cell is taken as it stands.")
    ]
    return section(
        title,
        body=h.div(".stack")[
            _table(changes, mapping) if changes else nothing,
            foreign
            and h.p(".note")[
                _("The file is written in {encoding}; its letters were turned into Unicode.").format(encoding=encoding)
            ],
            bool(left_out)
            and h.p(".note")[fill(_("Columns that nothing reads: {columns}."), columns=h.bdi[", ".join(left_out)])],
        ],
    )


def _table(changes: Sequence[Change], mapping: ImportMapping) -> Element:
    columns = (
        Column(words=_("What"), names=True),
        Column(words=_("Column")),
        Column(words=_("Cells"), figures=True),
        Column(words=_("For example")),
    )
    rows: list[Sequence[Node]] = [
        (
            _words(change, mapping),
            h.bdi[change.column] if change.column else "–",
            number(change.count),
            _samples(change),
        )
        for change in changes
    ]
    return table(columns, rows, caption=_("What was changed, by kind and column"))


def _words(change: Change, mapping: ImportMapping) -> Element:
    fits = change.fits is not None and change.fits < 1
    share = _("{share} of the column’s filled cells can be read so.").format(share=percent(change.fits or 0, digits=1))
    return h.span[say_change(change, mapping), fits and h.span(".note")[" ", share]]


def say_change(change: Change, mapping: ImportMapping) -> str:
    """Return a kind of change in words."""
    whens = [touch.when for touch in mapping.touches] or [mapping.identified]
    form = next((when.format for when in whens if when.column == change.column), TimeFormat.ISO)
    order = (
        _("Dates that could be read either way, read month first.")
        if form is TimeFormat.MONTH_FIRST
        else _("Dates that could be read either way, read day first.")
    )
    return {
        ChangeKind.ENCODING: _("Bytes of another encoding, read as Western letters."),
        ChangeKind.IDENTIFIER: _("Identifiers trimmed, or written the way they are compared."),
        ChangeKind.JUNK: _("Ids that say nobody, passed over."),
        ChangeKind.DECIMAL_COMMA: _("Amounts with a decimal comma."),
        ChangeKind.NUMBER: _("Amounts freed of signs and thousands marks."),
        ChangeKind.SCORE: _("Scores read from words, or turned round."),
        ChangeKind.NO_ZONE: _("Times without a zone, read as {zone}.").format(zone=mapping.zone),
        ChangeKind.NO_HOUR: _("Dates without an hour, put at {time} in {zone}.").format(
            time=mapping.day_starts, zone=mapping.zone
        ),
        ChangeKind.DAY_OR_MONTH: order,
    }[change.kind]


def _samples(change: Change) -> Element:
    return h.ul(".plain-list")[
        (
            h.li[
                h.span(".muted")[_("Row {n}:").format(n=number(sample.row)), " "],
                h.bdi[f"“{sample.before}”"],
                sample.after and [" → ", h.bdi[sample.after]],
            ]
            for sample in change.samples
        )
    ]
