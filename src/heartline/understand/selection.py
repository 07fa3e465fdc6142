"""Selections: which rows a figure is about. One mask serves the tile, its drill-down list and its export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from heartline.understand.log import Codes, Ints, Mask, PackedLog

TRAIT = "trait:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows with ``from_us <= t < to_us`` (None: unbounded) and all of ``where``.

    A field of ``where`` is a coded column ("place", "channel", "partner", …) or "trait:<name>". The same field named
    twice means either value; different fields must all hold. A field or value the log does not know matches nothing.
    """

    from_us: int | None = None
    to_us: int | None = None
    where: tuple[tuple[str, str], ...] = ()

    def during(self, from_us: int | None, to_us: int | None) -> Selection:
        """Return the same selection over another time."""
        return replace(self, from_us=from_us, to_us=to_us)

    def also(self, field: str, value: str) -> Selection:
        """Return this selection narrowed by one more field."""
        return replace(self, where=(*self.where, (field, value)))


EVERYTHING = Selection()
_NOWHERE = "\0"


def narrow_where(where: tuple[tuple[str, str], ...], more: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Narrow the pairs of a selection by more of them: of a field that both name only the values in both are kept.

    A region that means four places, narrowed by one of these, is that one place; by another place it is nowhere.
    """
    wanted: dict[str, list[str]] = {}
    for field, value in more:
        wanted.setdefault(field, []).append(value)
    kept = [pair for pair in where if pair[0] not in wanted]
    for field, values in wanted.items():
        known = {value for name, value in where if name == field}
        both = [value for value in dict.fromkeys(values) if not known or value in known]
        kept += [(field, value) for value in both or [_NOWHERE]]
    return tuple(kept)


def mask_rows(log: PackedLog, selection: Selection) -> Mask:
    """Tell for each row of the log whether the selection holds it."""
    keep = np.ones(len(log), dtype=np.bool_)
    if selection.from_us is not None:
        keep &= log.ts_us >= selection.from_us
    if selection.to_us is not None:
        keep &= log.ts_us < selection.to_us
    wanted: dict[str, list[str]] = {}
    for field, value in selection.where:
        wanted.setdefault(field, []).append(value)
    for field, values in wanted.items():
        keep &= _mask_field(log, field, values)
    return keep


def mask_names(log: PackedLog, field: str, values: Iterable[str]) -> Mask:
    """Tell for each row whether a coded column has one of these names."""
    codes, names = log.codes.get(field), log.names.get(field, ())
    if codes is None:
        return np.zeros(len(log), dtype=np.bool_)
    marked: Mask = _look_up(names, values)[codes]
    return marked


def values_of(log: PackedLog, field: str) -> tuple[Codes, tuple[str, ...]] | None:
    """Return a field's code per row and its vocabulary, for columns and traits alike; None where it is unknown."""
    if field.startswith(TRAIT):
        trait = log.traits.get(field.removeprefix(TRAIT))
        return None if trait is None else (trait[0][log.row], trait[1])
    codes = log.codes.get(field)
    return None if codes is None else (codes, log.names[field])


def select(log: PackedLog, selection: Selection) -> PackedLog:
    """Return a packed log of the rows a selection holds; customers without rows are dropped."""
    return take_rows(log, mask_rows(log, selection))


def take_rows(log: PackedLog, keep: Mask) -> PackedLog:
    """Return a packed log of the rows marked, in the same order."""
    if bool(keep.all()):
        return log
    rows = np.flatnonzero(keep)
    counts = np.bincount(log.row[rows], minlength=len(log.customers))
    present = np.flatnonzero(counts)
    counts = counts[present]
    return PackedLog(
        customers=log.customers[present],
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        row=np.repeat(np.arange(len(present), dtype=np.int32), counts),
        ts_us=log.ts_us[rows],
        seq=log.seq[rows],
        codes={field: codes[rows] for field, codes in log.codes.items()},
        names=log.names,
        score_kind=log.score_kind[rows],
        score=log.score[rows],
        score_top=log.score_top[rows],
        valence=log.valence[rows],
        amount_minor=log.amount_minor[rows],
        has_text=log.has_text[rows],
        traits={name: (codes[present], names) for name, (codes, names) in log.traits.items()},
        definitions=log.definitions,
    )


def take_customers(log: PackedLog, where: tuple[tuple[str, str], ...]) -> PackedLog:
    """Return all rows of the customers who have each of these values at least once (a journey's ``where``)."""
    if not where:
        return log
    wanted = np.ones(len(log.customers), dtype=np.bool_)
    for field in dict.fromkeys(field for field, _ in where):
        rows = _mask_field(log, field, [value for name, value in where if name == field])
        wanted &= np.bincount(log.row[rows], minlength=len(log.customers)).astype(np.bool_)
    return take_rows(log, wanted[log.row])


def rows_where(log: PackedLog, selection: Selection) -> Ints:
    """Return the seqs of the rows a selection holds, in the log's order."""
    return log.seq[mask_rows(log, selection)]


def customers_where(log: PackedLog, selection: Selection) -> Ints:
    """Return the ids of the customers with rows in a selection, ascending."""
    return log.customers[np.unique(log.row[mask_rows(log, selection)])]


def _mask_field(log: PackedLog, field: str, values: Iterable[str]) -> Mask:
    if not field.startswith(TRAIT):
        return mask_names(log, field, values)
    trait = log.traits.get(field.removeprefix(TRAIT))
    if trait is None:
        return np.zeros(len(log), dtype=np.bool_)
    codes, names = trait
    marked: Mask = _look_up(names, values)[codes][log.row]
    return marked


def _look_up(names: tuple[str, ...], values: Iterable[str]) -> Mask:
    chosen = frozenset(values)
    return np.fromiter((name in chosen for name in names), dtype=np.bool_, count=len(names))
