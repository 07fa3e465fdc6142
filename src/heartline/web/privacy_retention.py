"""Retention: how long each class of data is kept, what would go today, and its going (protocols.md §4.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline.app import Heartline
from heartline.collect import blank_events, pass_gate
from heartline.errors import Invalid
from heartline.language import _, mark
from heartline.records import INDEX_BITS, STAFF_SOURCE, Body, Purge, Refusal, RefusalReason
from heartline.store import KeptState, SeqRange, clear_history, clear_journal, clear_state
from heartline.unify import assign_customers
from heartline.web.privacy_search import places_by_body

SETTING: Final = "retention"
ANONYMOUS: Final = "anonymous"
IDENTIFIED: Final = "identified"
REFUSED: Final = "refused"
AUDIT: Final = "audit"
SESSIONS: Final = "sessions"
LETTERS: Final = "letters"
SURVEYS: Final = "surveys"
CLASSES: Final[Mapping[str, str]] = {
    ANONYMOUS: mark("Visitors’ touches"),
    IDENTIFIED: mark("Known customers’ touches"),
    REFUSED: mark("Refused events"),
    AUDIT: mark("Audit"),
    SESSIONS: mark("Ended sessions"),
    LETTERS: mark("Letters that were sent"),
    SURVEYS: mark("Who was asked, and survey forms"),
}
"""The classes of data that retention knows, in words."""
LONGEST_DAYS: Final = 36_500
_DAY_US: Final = 86_400_000_000
_AT_ONCE: Final = 64
_READ_EVENTS: Final = 5_000
_ACT_RANGES: Final = 20_000
"""How many runs of events one act names: it is one body of the journal."""
_PENDING: Final = "retention_pending"
_read: Final = msgspec.json.Decoder(dict[str, int]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What of a class is older than its schedule: how much, and, for events, which seqs."""

    data_class: str
    days: int
    before_us: int
    count: int
    ranges: tuple[SeqRange, ...] = ()


def read_schedule(heartline: Heartline) -> dict[str, int]:
    """Return the days that each class is kept; a class left out is kept for ever."""
    told = heartline.stores.kept.setting(SETTING)
    return {name: days for name, days in _read(told).items() if name in CLASSES} if told else {}


def keep_schedule(heartline: Heartline, schedule: Mapping[str, int]) -> None:
    """Keep a schedule: days by class, 0 for ever.

    Raises:
        Invalid: a class that is none, or a number of days that cannot be.
    """
    for name, days in schedule.items():
        if name not in CLASSES:
            raise Invalid(
                "bad_class",
                _("{name!r} is no class of data.").format(name=name),
                _("It is one of {classes}.").format(classes=", ".join(CLASSES)),
            )
        if not 0 <= days <= LONGEST_DAYS:
            raise Invalid(
                "bad_days",
                _("{days} days cannot be kept.").format(days=days),
                _("Write 1 to {longest_days}, or nothing.").format(longest_days=LONGEST_DAYS),
            )
    chosen = {name: days for name, days in schedule.items() if days}
    heartline.stores.kept.set_setting(SETTING, msgspec.json.encode(chosen).decode())


def list_due(heartline: Heartline, *, now_us: int) -> list[Due]:
    """Return what is older than its schedule: the dry run. Nothing changes."""
    schedule = read_schedule(heartline)
    dues = []
    known = _split_by_owner(heartline, schedule, now_us)
    for name in CLASSES:
        if name not in schedule:
            continue
        before_us = now_us - schedule[name] * _DAY_US
        due = Due(data_class=name, days=schedule[name], before_us=before_us, count=0)
        if name in known:
            ranges = _to_ranges(known[name])
            dues.append(replace(due, count=len(known[name]), ranges=ranges))
        elif name == REFUSED:
            seqs = _refused_before(heartline, before_us)
            dues.append(replace(due, count=len(seqs), ranges=tuple((seq, seq) for seq in seqs)))
        else:
            dues.append(replace(due, count=_count_kept(heartline.stores.kept, name, before_us)))
    return dues


def purge_due(heartline: Heartline, *, by: str, now_us: int) -> list[Due]:
    """Remove what is older than its schedule, everywhere; return what that was. A purge cut off is finished first.

    Raises:
        Conflict: other work on whole files is under way.
        Unavailable: the disk is full; the next call goes on.
    """
    with heartline.upkeep("retention"):
        _finish(heartline)
        heartline.catch_up()
        with heartline.hold():
            dues = list_due(heartline, now_us=now_us)
        kept = heartline.stores.kept
        for due in dues:
            every = (*_find_copies(heartline, due.ranges), *due.ranges)
            for start in range(0, len(every), _ACT_RANGES):
                ranges = every[start : start + _ACT_RANGES]
                # Written down first: whoever comes after a kill blanks the journal too.
                kept.set_setting(_PENDING, msgspec.json.encode(ranges).decode())
                heartline.act(
                    Purge(data_class=due.data_class, before_us=due.before_us, ranges=ranges, by=by, at_us=now_us)
                )
                heartline.reach("purge_acted")
                _finish(heartline)
            if due.count:
                _drop_kept(kept, due.data_class, due.before_us)
        if any(due.count for due in dues):
            with heartline.hold():
                clear_history(heartline.stores)
                heartline.listener.unlearn()
                clear_state(heartline.stores.database)
                heartline.logs.forget_file()
            told = ", ".join(f"{due.data_class} {due.count}" for due in dues if due.count)
            kept.note_audit(who=by, what="purged", detail=told)
    return dues


def _count_kept(kept: KeptState, name: str, before_us: int) -> int:
    """Return how much of a class that State keeps is from before a time."""
    if name == AUDIT:
        return kept.count_audit(before_us=before_us)
    if name == LETTERS:
        return kept.count_letters(before_us=before_us)
    if name == SURVEYS:
        return kept.count_responses(before_us=before_us)
    return kept.count_sessions(expired_us=before_us)


def _drop_kept(kept: KeptState, name: str, before_us: int) -> None:
    """Drop what of a class that State keeps is from before a time; other classes are the journal's."""
    drops: dict[str, Callable[[], int]] = {
        AUDIT: lambda: kept.drop_audit(before_us=before_us),
        SESSIONS: lambda: kept.drop_sessions(expired_us=before_us),
        LETTERS: lambda: kept.drop_letters(before_us=before_us),
        SURVEYS: lambda: kept.drop_responses(before_us=before_us),
    }
    if name in drops:
        drops[name]()


def _find_copies(heartline: Heartline, ranges: Sequence[SeqRange]) -> list[SeqRange]:
    """Return the copies of some events: with an event gone from the journal, a rebuild would take its copy for new.

    Copies go before what they are copies of, so that a purge cut off leaves none behind.
    """
    counters = heartline.stores.derived.counters()
    if not ranges or not any(n for (_rest, what), n in counters.items() if what == "duplicate"):
        return []
    places = places_by_body(ranges)
    gone = {(seq << INDEX_BITS) + place for seq, found in places.items() for place in found}
    seqs = sorted(places)
    originals: set[tuple[int, str, str]] = set()
    for start in range(0, len(seqs), _READ_EVENTS):
        bodies = heartline.stores.journal.at(seqs[start : start + _READ_EVENTS])
        originals.update(name for seq, name in _name_events(heartline, bodies) if seq in gone)
    copies: list[SeqRange] = []
    at = 0
    while bodies := heartline.stores.journal.read(at, events=_READ_EVENTS):
        at = bodies[-1].seq
        named = _name_events(heartline, bodies)
        copies.extend((seq, seq) for seq, name in named if name in originals and seq not in gone)
    return copies


def _name_events(heartline: Heartline, bodies: Sequence[Body]) -> Iterator[tuple[int, tuple[int, str, str]]]:
    """Yield each event's seq with what makes two of them copies: source, reason of refusal, message id."""
    sources, rules = heartline.sources.by_id(), heartline.gate_rules()
    for body in bodies:
        if body.source_id == STAFF_SOURCE:
            continue
        for outcome in pass_gate(body, sources[body.source_id], rules):
            why = outcome.reason.value if isinstance(outcome, Refusal) else ""
            if outcome.message_id:
                yield outcome.seq, (body.source_id, why, outcome.message_id)


def _finish(heartline: Heartline) -> None:
    """Blank in the journal what a purge has removed from State and History."""
    told = heartline.stores.kept.setting(_PENDING)
    if not told:
        return
    ranges = msgspec.json.decode(told, type=list[tuple[int, int]])
    first = ranges[0][0]
    if not any(start <= first <= end for start, end in heartline.stores.derived.removals(after=0)):
        # The act itself was cut off: nothing went, so nothing is blanked; the next purge finds it again.
        heartline.stores.kept.set_setting(_PENDING, "")
        return
    journal = heartline.stores.journal
    places = places_by_body(ranges)
    seqs = sorted(places)
    for start in range(0, len(seqs), _AT_ONCE):
        payloads = {
            body.seq: blank_events(body.payload, dict.fromkeys(places[body.seq], RefusalReason.ERASED.value))
            for body in journal.at(seqs[start : start + _AT_ONCE])
            if body.source_id != STAFF_SOURCE
        }
        journal.rewrite(payloads)
        heartline.reach("purging_journal")
    clear_journal(heartline.stores)
    heartline.stores.kept.set_setting(_PENDING, "")


def _split_by_owner(heartline: Heartline, schedule: Mapping[str, int], now_us: int) -> dict[str, list[int]]:
    """Return the seqs of interactions beyond their schedule, of visitors and of known customers."""
    days = [schedule[name] for name in (ANONYMOUS, IDENTIFIED) if name in schedule]
    if not days:
        return {}
    derived = heartline.stores.derived
    seq, subject, ts_us = heartline.stores.history.moments(before_us=now_us - min(days) * _DAY_US)
    owned = derived.ownership()
    customer = assign_customers(
        subject, ts_us, owned=owned.subject_id, from_us=owned.from_us, customer_id=owned.customer_id
    )
    known = np.isin(customer, derived.verified_customers())
    found = {}
    for name, wanted in ((ANONYMOUS, ~known), (IDENTIFIED, known)):
        if name in schedule:
            old = ts_us < now_us - schedule[name] * _DAY_US
            chosen: NDArray[np.int64] = seq[wanted & old]
            found[name] = sorted(chosen.tolist())
    return found


def _refused_before(heartline: Heartline, before_us: int) -> list[int]:
    """Return refused events whose bodies were received before a time: bodies come in order of time, nearly."""
    seqs = heartline.stores.derived.refused_before(2**62)
    bodies = {b.seq: b.received_us for b in heartline.stores.journal.at({seq >> INDEX_BITS for seq in seqs})}
    return [seq for seq in seqs if bodies.get(seq >> INDEX_BITS, before_us) < before_us]


def _to_ranges(seqs: Sequence[int]) -> tuple[SeqRange, ...]:
    """Return seqs as runs: neighbours in one body are one."""
    runs: list[SeqRange] = []
    for seq in seqs:
        if runs and seq == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return tuple(runs)


def now_us() -> int:
    """Return the wall clock in µs UTC."""
    return time.time_ns() // 1_000
