"""Pages of rows: what stands behind a figure, and customers, each in the order that the pages list them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heartline.understand import Ints, PackedLog, behind
from heartline.web.api.asking import Wanted
from heartline.web.api.positions import Paging
from heartline.web.api.shapes.customers import CustomerPage, tell_listed
from heartline.web.listing import find_rows, read_lines, rows_of
from heartline.web.people import (
    LATEST,
    MOST_FOUND,
    UNHAPPY,
    PersonLine,
    find_people,
    find_unhappy,
    last_rows,
    read_people,
)
from heartline.web.visit import Visit

Floats = NDArray[np.float64]
_NOTHING_FELT = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A page of the rows of ``log`` behind a figure: how many there are in all, of how many customers, and ``onward``,
    the position of the next page (None: this is the last).
    """

    log: PackedLog
    rows: Ints
    total: int
    customers: int
    onward: str | None


def list_behind(wanted: Wanted, paging: Paging, *, sort: str, said: bool) -> Behind:
    """List what stands behind a figure, as its page and its export list it; behind one of runs the touch of each run
    that hit.

    Raises:
        Invalid: the position is none of this list's.
    """
    log = wanted.log
    if wanted.drill is None:
        rows = rows_of(log, behind(log, wanted.question))
        rows = rows[log.has_text[rows]] if said else rows
        rows = rows[np.lexsort((*_newest(log, rows), _felt(log, rows, sort)))]
    else:
        rows = find_rows(log, replace(wanted.drill, sort=sort, said=said), wanted.selection)
    second, first = _newest(log, rows)
    shown, onward = paging.slip(rows, (_felt(log, rows, sort), first, second), order=sort)
    return Behind(log=log, rows=shown, total=len(rows), customers=len(np.unique(log.row[rows])), onward=onward)


def list_people(visit: Visit, paging: Paging, *, order: str) -> CustomerPage:
    """List the customers of a selection: those whose last score in it was low, the lowest first, or everybody by their
    last touch.
    """
    log, heartline = visit.log, visit.heartline
    rows = last_rows(log) if order == LATEST else find_unhappy(log)
    second, first = _newest(log, rows)
    columns = (first, second) if order == LATEST else (log.valence[rows], ~log.has_text[rows], first, second)
    shown, onward = paging.slip(rows, columns, order=f"customers {order}")
    reasons = read_lines(heartline, log, shown) if order == UNHAPPY else ()
    owners = [int(owner) for owner in log.customers[log.row[shown]]]
    known = heartline.stores.derived.profiles(set(owners))
    lines = read_people(
        heartline,
        visit.whole_log,
        [known[owner] for owner in owners if owner in known],
        reasons={line.customer.customer_id: line for line in reasons if line.customer is not None},
    )
    return _tell_people(visit, lines, total=len(rows), onward=onward)


def search_people(visit: Visit, paging: Paging, text: str) -> CustomerPage:
    """List the customers a search finds: by exact identifier first, then by name and parts of identifiers."""
    found = find_people(visit.heartline, text, limit=MOST_FOUND + 1)
    listed = found[:MOST_FOUND]
    page, onward = paging.walk([profile.customer_id for profile in listed], order="customers found")
    lines = read_people(visit.heartline, visit.whole_log, listed[page], text=text)
    return _tell_people(visit, lines, total=len(listed), onward=onward, more=len(found) > len(listed))


def _tell_people(
    visit: Visit, lines: Sequence[PersonLine], *, total: int, onward: str | None, more: bool = False
) -> CustomerPage:
    everyone = visit.heartline.stores.derived.customer_count()
    items = [tell_listed(line) for line in lines]
    return CustomerPage(total=total, more=more, everyone=everyone, items=items, next=onward)


def _newest(log: PackedLog, rows: Ints) -> tuple[Ints, Ints]:
    """The order by time, newest first, as ``lexsort`` takes it: the last counts most."""
    return -log.seq[rows], -log.ts_us[rows]


def _felt(log: PackedLog, rows: Ints, sort: str) -> Floats:
    """What the order goes by before time: as ``find_rows`` orders, nothing where it is by time alone."""
    if sort == "newest":
        return np.zeros(len(rows))
    felt = log.valence[rows].astype(np.float64)
    known: Floats = np.nan_to_num(felt if sort == "lowest" else -felt, nan=_NOTHING_FELT)
    return known
