"""Customers as a list: found by name or any identifier, or those who were unhappy last; each with what matters now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.records import Case, IdentifierKind, KnownIdentifier, Profile, identify
from heartline.store import Entry
from heartline.understand import Ints, PackedLog
from heartline.unify import FOREVER_US
from heartline.web.listing import AnswerLine, read_lines

PAGE: Final = 25
MOST_FOUND: Final = 200
UNHAPPY: Final = "unhappy"
LATEST: Final = "latest"
_SHORTEST_PART: Final = 2
_EXACT_KINDS: Final = tuple(IdentifierKind)
_MOST_SCORES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One customer in a list. ``matched`` are the identifiers that answer the search; ``last`` is the last touch (None:
    none yet); ``reason`` the touch with a score that put them here; ``feelings`` their last scores on −1…+1, in order.
    """

    profile: Profile
    matched: tuple[KnownIdentifier, ...]
    last: Entry | None
    reason: AnswerLine | None
    feelings: tuple[float, ...]
    touches: int
    open_cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """A page of customers: ``total`` in all, ``more`` where a search found more than it lists. ``everyone`` counts all
    customers there are.
    """

    lines: tuple[PersonLine, ...]
    total: int
    more: bool
    everyone: int


def find_people(heartline: Heartline, text: str, *, limit: int = MOST_FOUND) -> list[Profile]:
    """Find customers: by exact identifier first (however it is written), then by name and parts of identifiers."""
    derived, text = heartline.stores.derived, " ".join(text.split())[:400]
    if not text:
        return []
    region = heartline.workspace.phone_region or None
    exact = [identify(kind, text, region=region) for kind in _EXACT_KINDS]
    nodes = derived.known_nodes([identifier for identifier in exact if identifier is not None])
    handles = [node.handle.hex() for node in nodes.values()] + ([text.lower()] if len(text) == 32 else [])
    owners = [derived.customer_of_handle(handle) for handle in handles]
    first = list(derived.profiles({owner for owner in owners if owner is not None}).values())
    found = {profile.customer_id: profile for profile in first}
    if len(text) < _SHORTEST_PART and text.isascii():
        return list(found.values())
    for spelled in dict.fromkeys((text, text.title(), text.lower(), _squeeze(text))):
        # The store folds only ASCII letters; a name in another script is tried in the cases people write it.
        if spelled and len(found) <= limit and (spelled == text or not spelled.isascii() or spelled == _squeeze(text)):
            found.update((profile.customer_id, profile) for profile in derived.search(spelled, limit=limit))
    return list(found.values())


def _squeeze(text: str) -> str:
    """A number without the spaces and signs people write between its digits; "" for anything else."""
    bare = "".join(character for character in text if character.isalnum() or character == "+")
    return bare if sum(character.isdigit() for character in bare) > len(bare) / 2 else ""


def search_people(heartline: Heartline, log: PackedLog, text: str, *, page: int) -> PeopleList:
    """Return a page of the customers a search finds."""
    found = find_people(heartline, text, limit=MOST_FOUND + 1)
    shown = found[:MOST_FOUND]
    return PeopleList(
        lines=read_people(heartline, log, shown[(page - 1) * PAGE : page * PAGE], text=text),
        total=len(shown),
        more=len(found) > MOST_FOUND,
        everyone=heartline.stores.derived.customer_count(),
    )


def list_people(heartline: Heartline, whole: PackedLog, log: PackedLog, *, order: str, page: int) -> PeopleList:
    """Return a page of customers of a selection: those whose last score in it was low, the lowest first, or everybody
    by their last touch.
    """
    rows = last_rows(log) if order == LATEST else find_unhappy(log)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    owners = [int(owner) for owner in log.customers[log.row[shown]]]
    profiles = heartline.stores.derived.profiles(set(owners))
    kept = [(profiles[owner], int(row)) for owner, row in zip(owners, shown, strict=True) if owner in profiles]
    reasons = {} if order == LATEST else _read_reasons(heartline, log, [row for _, row in kept])
    return PeopleList(
        lines=read_people(heartline, whole, [profile for profile, _ in kept], reasons=reasons),
        total=len(rows),
        more=False,
        everyone=heartline.stores.derived.customer_count(),
    )


def last_rows(log: PackedLog) -> Ints:
    """Return the last row of each customer, the latest first."""
    rows = np.asarray(log.offsets[1:] - 1, dtype=np.int64)
    return rows[np.lexsort((-log.seq[rows], -log.ts_us[rows]))]


def find_unhappy(log: PackedLog) -> Ints:
    """Return, of each customer whose last score lies below the middle, the row of that score: the lowest first, those
    with words before those without, then the newest. These are facts of single answers, ranked as such, not estimates.
    """
    scored = np.flatnonzero(~np.isnan(log.valence))
    if not len(scored):
        return scored
    ends = np.flatnonzero(np.append(np.diff(log.row[scored]) != 0, True))
    last = scored[ends]
    low = last[log.valence[last] < 0]
    return low[np.lexsort((-log.seq[low], -log.ts_us[low], ~log.has_text[low], log.valence[low]))]


def _read_reasons(heartline: Heartline, log: PackedLog, rows: Sequence[int]) -> dict[int, AnswerLine]:
    lines = read_lines(heartline, log, np.array(rows, dtype=np.int64))
    return {line.customer.customer_id: line for line in lines if line.customer is not None}


def read_people(
    heartline: Heartline,
    log: PackedLog,
    profiles: Sequence[Profile],
    *,
    text: str = "",
    reasons: Mapping[int, AnswerLine] | None = None,
) -> tuple[PersonLine, ...]:
    """Read what a list says of each customer, in the order given. Figures are over all time."""
    rows = {profile.customer_id: rows_of_customer(log, profile.customer_id) for profile in profiles}
    last = [int(log.seq[of[-1]]) for of in rows.values() if len(of)]
    entries = {entry.seq: entry for entry in heartline.stores.history.entries(last)}
    waiting = open_by_handle(heartline)
    lines = []
    for profile in profiles:
        own, theirs = rows[profile.customer_id], present_identifiers(heartline, profile.customer_id)
        felt = log.valence[own][~np.isnan(log.valence[own])]
        lines.append(
            PersonLine(
                profile=profile,
                matched=_match(theirs, text),
                last=entries.get(int(log.seq[own[-1]])) if len(own) else None,
                reason=(reasons or {}).get(profile.customer_id),
                feelings=tuple(float(value) for value in felt[-_MOST_SCORES:]),
                touches=len(own),
                open_cases=_cases_of(waiting, theirs),
            )
        )
    return tuple(lines)


def rows_of_customer(log: PackedLog, customer_id: int) -> Ints:
    """Return a customer's rows of the log, in the order of time; none where the log does not know them."""
    place = int(np.searchsorted(log.customers, customer_id))
    if place == len(log.customers) or log.customers[place] != customer_id:
        return np.zeros(0, dtype=np.int64)
    return np.arange(log.offsets[place], log.offsets[place + 1], dtype=np.int64)


def present_identifiers(heartline: Heartline, customer_id: int) -> list[KnownIdentifier]:
    """Return the identifiers that lead to a customer now, the first known first."""
    derived = heartline.stores.derived
    return derived.identifiers({o.subject_id for o in derived.owned_by(customer_id) if o.to_us == FOREVER_US})


def open_by_handle(heartline: Heartline) -> dict[str, list[Case]]:
    """Return the open cases by the handle they name."""
    found: dict[str, list[Case]] = {}
    for case in heartline.stores.kept.cases(open_only=True, limit=5_000):
        found.setdefault(case.handle, []).append(case)
    return found


def _cases_of(waiting: Mapping[str, Sequence[Case]], theirs: Collection[KnownIdentifier]) -> tuple[Case, ...]:
    return tuple(case for identifier in theirs for case in waiting.get(identifier.handle, ()))


def _match(theirs: Sequence[KnownIdentifier], text: str) -> tuple[KnownIdentifier, ...]:
    wanted = [form.casefold() for form in {text, _squeeze(text)} if form]
    hits = [known for known in theirs if any(form in known.identifier.value.casefold() for form in wanted)]
    return tuple(hits[:3])
