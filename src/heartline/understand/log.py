"""The packed log: a selection of history as flat arrays, ordered by (customer, time, seq).

Every journey figure is one linear pass over these arrays (docs/explanation/packed-log.md). All arrays have one length,
the number of interactions, except ``customers`` (C) and ``offsets`` (C + 1): the interactions of ``customers[i]`` are
rows ``offsets[i]:offsets[i + 1]``. A code of 0 in a vocabulary is always the empty name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heartline.records import Definition

SCORE_KINDS = ("", "nps", "csat", "ces", "stars")

Ints = NDArray[np.int64]
Codes = NDArray[np.integer]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedLog:
    """Arrays of a selection; see the module's docstring for shapes.

    ``codes`` holds one small-integer array per field (touchpoint, channel, area, place, partner, employee, product,
    action) and ``names`` its vocabulary, so ``names[f][codes[f][i]]`` is a string. ``score`` is raw on its own scale
    and NaN where none; ``score_kind`` indexes ``SCORE_KINDS``; ``score_top`` is the scale's top; ``valence`` is −1…+1
    or NaN. ``amount_minor`` is 0 where none. ``has_text`` marks rows with a comment. ``row`` is the customer's index
    per row. ``traits`` maps a trait's name to one value code per customer and its vocabulary. ``definitions`` are the
    versions of what metrics count that people made and that have begun; none where nothing was ever changed.
    """

    customers: NDArray[np.int64]
    offsets: NDArray[np.int64]
    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    codes: Mapping[str, NDArray[np.integer]]
    names: Mapping[str, tuple[str, ...]]
    score_kind: NDArray[np.uint8]
    score: NDArray[np.float32]
    score_top: NDArray[np.uint8]
    valence: NDArray[np.float32]
    amount_minor: NDArray[np.int64]
    has_text: NDArray[np.bool_]
    traits: Mapping[str, tuple[NDArray[np.integer], tuple[str, ...]]] = field(default_factory=dict)
    definitions: tuple[Definition, ...] = ()

    def __len__(self) -> int:
        return len(self.ts_us)


def pack(  # noqa: PLR0913 - each is a column
    *,
    customer_id: Ints,
    ts_us: Ints,
    seq: Ints,
    codes: Mapping[str, Codes],
    names: Mapping[str, tuple[str, ...]],
    score_kind: NDArray[np.uint8],
    score: NDArray[np.float32],
    score_top: NDArray[np.uint8],
    amount_minor: Ints,
    has_text: Mask,
    traits: Mapping[str, tuple[Ints, Sequence[str]]] | None = None,
    order: Ints | None = None,
) -> PackedLog:
    """Sort columns of touches, given in any order, by (customer, time, seq) and lay them out flat.

    ``customer_id`` is the owner of each touch; ``codes``, ``names`` and the other columns are as in ``PackedLog``.
    ``traits`` has customers and their values by the trait's name; customers without one get the empty name, and values
    that nobody in the log has are left out. ``order`` is what ``order_touches`` says of these columns, if known.
    Linear: at most half a CPU second a million rows.
    """
    if order is None:
        order = order_touches(customer_id, ts_us, seq)
    owner = customer_id[order]
    starts = np.concatenate((np.zeros(min(1, len(owner)), dtype=np.int64), np.flatnonzero(np.diff(owner)) + 1))
    customers = owner[starts].astype(np.int64)
    offsets = np.concatenate((starts, [len(owner)])).astype(np.int64)
    kind, scored, top = score_kind[order], score[order], score_top[order]
    return PackedLog(
        customers=customers,
        offsets=offsets,
        row=np.repeat(np.arange(len(customers), dtype=np.int32), np.diff(offsets)),
        ts_us=ts_us[order],
        seq=seq[order],
        codes={field: narrow(column, len(names[field]))[order] for field, column in codes.items()},
        names=dict(names),
        score_kind=kind,
        score=scored,
        score_top=top,
        valence=scale_valence(kind, scored, top),
        amount_minor=amount_minor[order],
        has_text=has_text[order],
        traits={name: _place_trait(*trait, customers) for name, trait in (traits or {}).items()},
    )


def order_touches(customer_id: Ints, ts_us: Ints, seq: Ints) -> Ints:
    """Return the order of a packed log: by customer, then time, then seq."""
    return order_by(customer_id, order_by(ts_us, order_by(seq)))


def scale_valence(kind: NDArray[np.uint8], score: NDArray[np.float32], top: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale scores to −1…+1 (``Score.valence`` of the records, for arrays); NaN where there is none."""
    bottom = np.where(kind == SCORE_KINDS.index("nps"), np.float32(0), np.float32(1))
    span = top.astype(np.float32) - bottom
    good = (kind > 0) & (span > 0)
    valence = np.full(len(score), np.nan, dtype=np.float32)
    valence[good] = 2 * (score[good] - bottom[good]) / span[good] - 1
    return valence


def encode(values: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn names into codes and a vocabulary whose code 0 is the empty name, in order of first appearance."""
    index: dict[str, int] = {"": 0}
    codes = np.fromiter(
        (index.setdefault(str(value), len(index)) for value in values), dtype=np.int64, count=len(values)
    )
    return codes, tuple(index)


def narrow(codes: NDArray[np.integer], size: int) -> NDArray[np.integer]:
    """Store codes in the smallest unsigned type that holds a vocabulary of ``size`` names."""
    if size <= 1 << 8:
        return codes.astype(np.uint8)
    if size <= 1 << 16:
        return codes.astype(np.uint16)
    return codes.astype(np.uint32)


def order_by(key: NDArray[np.integer], order: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Sort stably by one integer key, refining an earlier order.

    Digits of 16 bits: numpy sorts those by counting, which is several times faster than comparing 64-bit keys.
    """
    if order is None:
        order = np.arange(len(key), dtype=np.int64)
    if not len(key):
        return order
    low = int(key.min())
    span = int(key.max()) - low
    digits = (key - key.dtype.type(low)).astype(np.uint64, copy=False)
    ranked = digits[order]
    if bool((ranked[1:] >= ranked[:-1]).all()):
        return order
    shift = 0
    while span >> shift:
        digit = ((ranked >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.uint16)
        step = np.argsort(digit, kind="stable")
        order, ranked = order[step], ranked[step]
        shift += 16
    return order


def _place_trait(known: Ints, values: Sequence[str], customers: Ints) -> tuple[Codes, tuple[str, ...]]:
    """Lay a trait out along the log's customers."""
    found, names = encode(values)
    codes = np.zeros(len(customers), dtype=np.int64)
    if len(known) and len(customers):
        by_customer = np.argsort(known, kind="stable")
        known = known[by_customer]
        place = np.minimum(np.searchsorted(known, customers), len(known) - 1)
        same = known[place] == customers
        codes[same] = found[by_customer][place[same]]
    return drop_unborne(codes, names)


def drop_unborne(codes: Codes, names: tuple[str, ...]) -> tuple[Codes, tuple[str, ...]]:
    """Leave out of a vocabulary what no code bears, the empty name excepted; those that stay keep their order."""
    borne = np.bincount(codes, minlength=len(names)) > 0
    borne[0] = True
    if not borne.all():
        codes = (np.cumsum(borne) - 1)[codes]
        names = tuple(name for name, stays in zip(names, borne, strict=True) if stays)
    return narrow(codes, len(names)), names
