"""Sharing by link: a table of figures for somebody outside, with small groups left out and nobody in it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.errors import Invalid, Missing, NotAllowed
from heartline.language import _
from heartline.records import Metric, Share, hash_token
from heartline.understand import PackedLog, ScoreMeasure, Selection, mask_personal, score_by_field, select
from heartline.web.loops import name_me
from heartline.web.visit import Visit

FEWEST: Final = 5
"""Groups and figures of fewer customers than this are not shown to anybody by link."""
ROWS: Final = ("touchpoint", "place", "channel", "area")
MEASURES: Final = tuple(measure.value for measure in ScoreMeasure)
DAYS: Final = (28, 91, 365)
LIVES: Final = (7, 30, 90)
_DAY_US: Final = 86_400_000_000
_LONGEST: Final = 80
_MOST_ROWS: Final = 200
FIELD_OF: Final = {"no_name": "name", "no_columns": "columns"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRow:
    """One group: its name, its customers, and the metric of each column (None: of too few, or none)."""

    name: str
    customers: int
    metrics: tuple[Metric | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTable:
    """What a link shows. ``hidden`` groups have fewer customers than ``FEWEST``."""

    share: Share
    rows: tuple[SharedRow, ...]
    hidden: int
    from_us: int
    to_us: int


def open_shared(visit: Visit, token: str) -> SharedTable:
    """Open a link as whoever holds it, and count that.

    Raises:
        Missing: there is no such link, or it has ended; which of both is not told.
    """
    share = visit.heartline.stores.kept.open_share(hash_token(token), now_us=visit.now_us)
    if share is None:
        raise Missing("no_share", _("This link leads nowhere."), _("It may have ended. Ask whoever gave it to you."))
    return read_table(visit.whole_log, share, now_us=visit.now_us)


def read_table(log: PackedLog, share: Share, *, now_us: int) -> SharedTable:
    """Read the table of a link, by the definitions that pages use."""
    where = ((share.field, share.value),) if share.field else ()
    selection = Selection(from_us=now_us - share.days * _DAY_US, to_us=now_us, where=where)
    chosen = select(log, selection)
    names, counts = _count_customers(chosen, share.by)
    found = [_by_name(chosen, ScoreMeasure(column), share.by) for column in share.columns]
    rows = [
        SharedRow(
            name=mask_personal(name),
            customers=customers,
            metrics=tuple(_show(metrics.get(name)) for metrics in found),
        )
        for name, customers in zip(names, counts, strict=True)
        if customers >= FEWEST
    ]
    rows.sort(key=lambda row: (-row.customers, row.name))
    return SharedTable(
        share=share,
        rows=tuple(rows[:_MOST_ROWS]),
        hidden=sum(0 < customers < FEWEST for customers in counts),
        from_us=now_us - share.days * _DAY_US,
        to_us=now_us,
    )


def _count_customers(log: PackedLog, field: str) -> tuple[list[str], list[int]]:
    codes, names = log.codes[field].astype(np.int64), log.names[field]
    pairs = np.unique(codes * max(len(log.customers), 1) + log.row)
    counts = np.bincount(pairs // max(len(log.customers), 1), minlength=len(names))
    return list(names[1:]), [int(n) for n in counts[1:]]


def _by_name(log: PackedLog, measure: ScoreMeasure, field: str) -> Mapping[str, Metric]:
    return {one.value: one.metric for one in score_by_field(log, measure, field)}


def _show(metric: Metric | None) -> Metric | None:
    return metric if metric is not None and metric.customers >= FEWEST else None


def make_share(visit: Visit) -> tuple[Share, str]:
    """Make the link that was posted; return it with its token, which is nowhere else.

    Raises:
        Invalid: it has no name, or no columns were chosen.
        NotAllowed: the reader is bound to places.
    """
    if visit.bounds.narrow:
        told = _("A link shows the whole company, and you are bound to places.")
        raise NotAllowed("not_at_a_place", told, _("Ask somebody who sees everything."))
    name = " ".join(visit.field("name").split())[:_LONGEST]
    if not name:
        raise Invalid("no_name", _("A link has a name."), _("Say who it is for."))
    columns = tuple(column for column in MEASURES if column in visit.form.get("column", ()))
    if not columns:
        raise Invalid("no_columns", _("Nothing was chosen to be shown."), _("Choose at least one figure."))
    token = secrets.token_urlsafe(24)
    share = Share(
        share_id=0,
        name=name,
        by=visit.field("by") if visit.field("by") in ROWS else ROWS[0],
        columns=columns,
        days=_choose(visit.field("days"), DAYS),
        made_by=name_me(visit),
        made_us=visit.now_us,
        expires_us=visit.now_us + _choose(visit.field("lives"), LIVES) * _DAY_US,
    )
    made = visit.heartline.stores.kept.add_share(share, token_hash=hash_token(token))
    visit.note("share.made", f"{made.share_id}: {name}")
    return made, token


def _choose(text: str, offered: Sequence[int]) -> int:
    return next((one for one in offered if str(one) == text), offered[0])


def drop_share(visit: Visit, share_id: int) -> None:
    """Revoke a link.

    Raises:
        Missing: there is none.
    """
    visit.heartline.stores.kept.drop_share(share_id)
    visit.note("share.revoked", f"{share_id}")
