"""What the pages of refused events ask for: which of them, one of them mended, all of a reason tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from heartline.collect import read_refused_row
from heartline.errors import Invalid
from heartline.language import _
from heartline.store import RefusedEvent
from heartline.web.amending import Correction, import_of, mend_events, mend_rows, replay
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.chores import Chore, begin_chore, find_chore
from heartline.web.pages.refused import RefusedList, draw_again, draw_again_page, refused_crumbs
from heartline.web.visit import Visit

_SHOWN: Final = 50
_AGAIN: Final = "refused again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRefused:
    """Which refused events are asked for; None and "" mean all."""

    source_id: int | None = None
    reason: str = ""


def read_asked_refused(visit: Visit) -> AskedRefused:
    """Read source and reason from the query."""
    source = visit.number("source", 0, high=2**31 - 1)
    return AskedRefused(source_id=source or None, reason=visit.query.get("reason", "")[:60])


def read_refused_list(visit: Visit) -> RefusedList:
    """Return a page of refused events, newest first, and how many there are."""
    asked, derived = read_asked_refused(visit), visit.heartline.stores.derived
    before = visit.number("before", 0, high=2**62)
    found = derived.refused(limit=_SHOWN, before_seq=before or None, source_id=asked.source_id, reason=asked.reason)
    return RefusedList(
        events=tuple(found),
        names={source.source_id: source.name for source in visit.heartline.stores.kept.sources()},
        counts=tuple(derived.refused_counts()),
        source_id=asked.source_id,
        reason=asked.reason,
        older=found[-1].seq if len(found) == _SHOWN else None,
        again=find_chore(visit.heartline, _AGAIN),
    )


def mend_one(visit: Visit, event: RefusedEvent, given: str) -> str:
    """Judge an event again as it is given: the cells of a row, or the event itself. Return why it is refused still.

    Raises:
        Invalid: what is given cannot be read.
        Missing, Conflict: its import is not here, is under way, or was undone.
    """
    by = visit.require_user().email
    if read_refused_row(event.raw) is None:
        outcome = mend_events(visit.heartline, {event.seq: given}, by=by)
    else:
        import_id = import_of(visit.heartline, [event.seq]).get(event.seq, 0)
        cells = _read_cells(given)
        outcome = mend_rows(visit.heartline, import_id, [Correction(event.seq, cells)], by=by)
    return next((why for _rest, why in outcome.examples), "")


def _read_cells(given: str) -> Mapping[str, str]:
    try:
        return msgspec.json.decode(given, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError) as error:
        hint = _("Write one object of column names and cells, all as text.")
        raise Invalid("bad_cells", _("These are no cells: {error}.").format(error=error), hint) from None


def begin_again(visit: Visit, *, reason: str, source: str) -> None:
    """Begin to judge all events refused for a reason again.

    Raises:
        Invalid: no reason is named.
        Conflict: that is under way.
    """
    heartline, by = visit.heartline, visit.require_user().email
    source_id = int(source) if source.isascii() and source.isdecimal() and len(source) < 10 else None
    if not reason:
        raise Invalid("no_reason", _("No reason was named."), _("Choose one of the list."))

    def work(chore: Chore) -> None:
        chore.outcome = replay(
            heartline,
            reason=reason,
            source_id=source_id,
            by=by,
            tell=lambda _rest, done, total: chore.tell(done / total),
        )

    begin_chore(heartline, _AGAIN, work)


def show_again(visit: Visit) -> Answer:
    """Answer with how far that is, or with what came of it."""
    chore = find_chore(visit.heartline, _AGAIN)
    if chore is None:
        return redirect(visit, "/data/refused")
    piece = draw_again(visit.plain_view, chore)
    if visit.asked.is_fragment:
        return fragment(visit, piece)
    return page(visit, draw_again_page(piece), title=_("Tried again"), crumbs=refused_crumbs(), controls=False)
