"""The way of a case: what it is called, when it is due, which steps lie ahead, which loops come first.

Pure: times come in as µs UTC with the name of the workspace's zone. A case closes the loop on one voice or one customer
(the inner loop of closed-loop feedback; docs/explanation/cases.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from heartline.errors import Invalid
from heartline.language import _, localize_digits, mark
from heartline.records import Case, CaseStatus, Score

WAY: Final = (
    CaseStatus.NEW,
    CaseStatus.CONTACTED,
    CaseStatus.CAUSE_FOUND,
    CaseStatus.MENDED,
    CaseStatus.CLOSED,
)
"""The steps of a case in order. Any may be skipped: some are mended before anybody is reached."""

STEP_WORDS: Final = {
    CaseStatus.NEW: mark("New"),
    CaseStatus.CONTACTED: mark("Contacted"),
    CaseStatus.CAUSE_FOUND: mark("Cause found"),
    CaseStatus.MENDED: mark("Mended"),
    CaseStatus.CLOSED: mark("Closed"),
}
DAY_ENDS: Final = time(17)
LONGEST_TITLE: Final = 160
LONGEST_NOTE: Final = 4_000
OTHER_REASON: Final = mark("Something else")
REASONS: Final = (
    mark("Mended, and the customer knows"),
    mark("Explained, and the customer agrees"),
    mark("The customer did not answer"),
    mark("Not ours to mend"),
    OTHER_REASON,
)
_WEEKEND: Final = 5
_US: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOVED: Final = re.compile(r"(?:new|contacted|cause found|mended|closed) → (new|contacted|cause found|mended|closed)\.")


def title_voice(*, touchpoint: str, place: str = "", score: Score | None = None, said: bool = False) -> str:
    """Propose a title for a case that one touch caused, in our words: what the customer wrote stays a quote.

    “Unhappy with Parcel delivered: 2 of 10”; “Asked to hear from us: Chat ended, Mill Lane”.
    """
    where = ", ".join(part for part in (touchpoint.strip(), place.strip()) if part) or _("us")
    if score is None:
        return _cut(
            _("Answer a comment: {where}").format(where=where) if said else _("Follow up: {where}").format(where=where)
        )
    digits = 0 if float(score.value).is_integer() else 1
    value = localize_digits(f"{score.value:.{digits}f}")
    tail = ": " + _("{value} of {top}").format(value=value, top=score.top)
    if score.valence < 0:
        return _cut(_("Unhappy with {where}").format(where=where), tail=tail)
    feeling = _("Pleased with {where}") if score.valence > 0.5 else _("Not quite pleased with {where}")
    return _cut(feeling.format(where=where), tail=tail)


def title_customer(name: str) -> str:
    """Propose a title for a case opened from a customer."""
    return _cut(_("Get in touch with {name}").format(name=name))


def _cut(words: str, *, tail: str = "") -> str:
    room = LONGEST_TITLE - len(tail)
    words = " ".join(words.split())
    return (words if len(words) <= room else words[: room - 1].rstrip() + "…") + tail


def next_business_end(now_us: int, zone: str) -> int:
    """Return the end (17:00) of the next business day, Monday to Friday, in a zone: when a new case is due."""
    day = _local(now_us, zone).date() + timedelta(days=1)
    while day.weekday() >= _WEEKEND:
        day += timedelta(days=1)
    return end_of(day, zone)


def end_of(day: date, zone: str) -> int:
    """Return the end of business of a day in a zone, in µs UTC."""
    return (datetime.combine(day, DAY_ENDS, ZoneInfo(zone)).astimezone(UTC) - _EPOCH) // _US


def day_of(ts_us: int, zone: str) -> date:
    """Return the day of a time in a zone."""
    return _local(ts_us, zone).date()


def _local(ts_us: int, zone: str) -> datetime:
    return (_EPOCH + ts_us * _US).astimezone(ZoneInfo(zone))


def read_due(text: str, zone: str, *, was_us: int | None = None) -> int:
    """Read a due day (“2026-11-24”) as the end of business in a zone; the day a case already has keeps its hour.

    Raises:
        Invalid: ``bad_due``, it is no day.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    # Beyond these years lies a slip of the keyboard.
    if not 2000 <= day.year <= 2200:
        raise Invalid("bad_due", _("This is no day a case can be due."), _("Write it like 2026-11-24."))
    if was_us is not None and day == day_of(was_us, zone):
        return was_us
    return end_of(day, zone)


def is_open(case: Case) -> bool:
    """Whether somebody still has to do something."""
    return case.status is not CaseStatus.CLOSED


def is_overdue(case: Case, now_us: int) -> bool:
    """Whether an open case is past its time."""
    return is_open(case) and case.due_us < now_us


def sort_open(cases: Iterable[Case]) -> list[Case]:
    """Return the open cases, the first due first: overdue ones lead, the longest overdue at the top."""
    return sorted((case for case in cases if is_open(case)), key=lambda case: (case.due_us, case.case_id))


def sort_closed(cases: Iterable[Case]) -> list[Case]:
    """Return the closed cases, the last closed first."""
    closed = (case for case in cases if not is_open(case))
    return sorted(closed, key=lambda case: (-(case.closed_us or 0), -case.case_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopCount:
    """How many loops are open, how many of them are overdue, and how many nobody owns."""

    open: int
    overdue: int
    unowned: int

    @property
    def words(self) -> str:
        """“5 open, 2 overdue”."""
        if not self.open:
            return _("No case is open")
        parts = [_("{n} open").format(n=localize_digits(f"{self.open:,}"))]
        if self.overdue:
            parts.append(_("{n} overdue").format(n=localize_digits(f"{self.overdue:,}")))
        if self.unowned:
            parts.append(_("{n} without an owner").format(n=localize_digits(f"{self.unowned:,}")))
        return ", ".join(parts)


def count_loops(cases: Iterable[Case], now_us: int) -> LoopCount:
    """Count the loops among some cases."""
    waiting = [case for case in cases if is_open(case)]
    return LoopCount(
        open=len(waiting),
        overdue=sum(is_overdue(case, now_us) for case in waiting),
        unowned=sum(not case.owner for case in waiting),
    )


def date_steps(case: Case) -> dict[CaseStatus, int]:
    """Return when a case last came to each step it has reached, read from its own history."""
    reached = {CaseStatus.NEW: case.opened_us}
    for note in case.notes:
        moved = _MOVED.match(note.text)
        if moved:
            reached[CaseStatus(moved[1].replace(" ", "_"))] = note.at_us
    place = WAY.index(case.status)
    return {status: at for status, at in reached.items() if WAY.index(status) <= place}


def word_reason(choice: str, words: str) -> str:
    """Return the reason a case is closed with, from the choice made and the words beside it.

    Raises:
        Invalid: ``no_reason``, nothing was chosen, or “something else” without saying what.
    """
    words = " ".join(words.split())[:LONGEST_NOTE]
    if choice not in REASONS or (choice == OTHER_REASON and not words):
        raise Invalid("no_reason", _("A case is closed with a reason."), _("Say what came of it."))
    if choice == OTHER_REASON:
        return words
    return f"{choice}: {words}" if words else choice


def pick_owners(names: Sequence[str], *, now: str) -> list[str]:
    """Return who a case may be given to: everybody by name, and whoever has it now even if they have left."""
    return sorted({*names, now} - {""}, key=str.casefold)
