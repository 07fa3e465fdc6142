"""Sight: an installation as one reader may see it. Who is bound to places sees the touches there, the customers with
one, and the cases about these or of the reader's team; who may not see personal data sees nobody by name.

Everything that pages, fragments, streams, files and the API read comes through ``Visit.heartline``, and that is a
sight wherever the reader is held to less than the whole. So a new page is narrowed without knowing of it; what the
narrowed stores were not taught to narrow they refuse.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline.app import Heartline
from heartline.errors import Missing, NotAllowed
from heartline.keeper import is_identifying
from heartline.language import _
from heartline.records import (
    Case,
    CaseLoop,
    CaseStatus,
    Edge,
    Identifier,
    KnownIdentifier,
    Node,
    Ownership,
    Profile,
    Reply,
)
from heartline.store import ActNote, Entry, Span, Stores, Testimony, Told
from heartline.understand import PackedLog, Selection, mask_personal, select
from heartline.web.promises import keep_promise
from heartline.web.sayings import keep_said

MASK: Final = "••••"
_MANY: Final = 5_000
_SHORTEST_NAME: Final = 3
_HARMLESS: Final = frozenset({"handle", "identity_facts", "identity_seq", "nodes_of", "offset", "message_key"})
"""What of derived State tells of nobody: keyed hashes, rules and positions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a reader sees: ``places`` None is everywhere; ``team_id`` 0 is no team."""

    places: frozenset[str] | None = None
    team_id: int = 0
    personal: bool = True

    @property
    def whole(self) -> bool:
        """Whether nothing is kept back."""
        return self.places is None and self.personal


class Sight(Heartline):
    """An installation through a reach. All it does not narrow is the installation's own."""

    def __init__(self, whole: Heartline, reach: Reach) -> None:
        logs = _NarrowLogs(whole, reach)
        derived: Any = _Derived(whole, reach, logs.current)
        history: Any = _History(whole, reach, logs.current)
        kept: Any = _Kept(whole, reach, derived)
        stores = replace(whole.stores, derived=derived, history=history, kept=kept)
        object.__setattr__(self, "_whole", whole)
        object.__setattr__(self, "_narrow", {"stores": stores, "logs": logs, "log": logs.current})

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401  # whatever the installation has
        narrow: Mapping[str, Any] = object.__getattribute__(self, "_narrow")
        return narrow[name] if name in narrow else getattr(object.__getattribute__(self, "_whole"), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_whole"), name, value)


def see(whole: Heartline, reach: Reach) -> Heartline:
    """Return an installation as far as a reach goes."""
    return whole if reach.whole else Sight(whole, reach)


class _NarrowLogs:
    """The packed log through a reach, made anew when the whole one is."""

    def __init__(self, whole: Heartline, reach: Reach) -> None:
        self._whole = whole
        self._where = None if reach.places is None else tuple(("place", place) for place in sorted(reach.places))
        self._making = threading.Lock()
        self._made: tuple[PackedLog, PackedLog] | None = None

    def mark(self) -> tuple[int, int]:
        """See ``LogKeeper``."""
        return self._whole.logs.mark()

    def held(self) -> tuple[PackedLog, ...]:
        """See ``LogKeeper``."""
        made = self._made
        return self._whole.logs.held() if self._where is None else (made[1],) if made is not None else ()

    def current(self) -> PackedLog:
        """See ``LogKeeper``."""
        log = self._whole.log()
        if self._where is None:
            return log
        with self._making:
            if self._made is None or self._made[0] is not log:
                # No place at all would be a selection of everything.
                self._made = (log, select(log, Selection(where=self._where or (("place", "\0"),))))
            return self._made[1]


class _Derived:
    """Derived State through a reach."""

    def __init__(self, whole: Heartline, reach: Reach, log: Callable[[], PackedLog]) -> None:
        self._whole = whole.stores
        self._reach = reach
        self._log = log

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever derived State has
        if self._reach.places is not None and name not in _HARMLESS:
            raise _refuse(name)
        return getattr(self._whole.derived, name)

    def _within(self, customer_ids: Collection[int]) -> set[int]:
        """Those customers who are seen: with a touch at one of the places, or a case of the team."""
        if self._reach.places is None:
            return set(customer_ids)
        known, asked = self._log().customers, np.array(sorted(customer_ids), dtype=np.int64)
        at = np.searchsorted(known, asked)
        here = at < len(known)
        here[here] = known[at[here]] == asked[here]
        found = set(asked[here].tolist())
        left = set(customer_ids) - found
        return found | (left & self._of_team() if left else set())

    def _of_team(self) -> set[int]:
        cases = team_cases(self._whole, self._reach.team_id)
        owners = {self._whole.derived.customer_of_handle(case.handle) for case in cases}
        return {owner for owner in owners if owner is not None}

    def profiles(self, customer_ids: Collection[int]) -> dict[int, Profile]:
        """See ``DerivedState``."""
        found = self._whole.derived.profiles(self._within(customer_ids))
        return found if self._reach.personal else {owner: hide_name(profile) for owner, profile in found.items()}

    def customer_of_handle(self, handle_hex: str) -> int | None:
        """See ``DerivedState``."""
        owner = self._whole.derived.customer_of_handle(handle_hex)
        return owner if owner is not None and self._within([owner]) else None

    def search(self, text: str, *, limit: int) -> list[Profile]:
        """See ``DerivedState``. Who may not see names may not try them either."""
        if not self._reach.personal:
            return []
        found = self._whole.derived.search(text, limit=limit if self._reach.places is None else _MANY)
        within = self._within({profile.customer_id for profile in found})
        return [profile for profile in found if profile.customer_id in within][:limit]

    def known_nodes(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], Node]:
        """See ``DerivedState``. Asking by a value would tell whether somebody has it."""
        return self._whole.derived.known_nodes(identifiers) if self._reach.personal else {}

    def identifiers(self, ids: Collection[int]) -> list[KnownIdentifier]:
        """See ``DerivedState``."""
        found = self._whole.derived.identifiers(ids)
        if self._reach.places is not None:
            found = [known for known in found if self.customer_of_handle(known.handle) is not None]
        return found if self._reach.personal else [hide_value(known) for known in found]

    def owned_by(self, customer_id: int) -> list[Ownership]:
        """See ``DerivedState``."""
        return self._whole.derived.owned_by(customer_id) if self._within([customer_id]) else []

    def graph_of(self, customer_id: int) -> tuple[list[Node], list[Edge]]:
        """See ``DerivedState``."""
        return self._whole.derived.graph_of(customer_id) if self._within([customer_id]) else ([], [])

    def testimony(self, subject_ids: Collection[int], *, limit: int) -> list[Testimony]:
        """See ``DerivedState``."""
        found = self._whole.derived.testimony(subject_ids, limit=limit)
        ends = {end for said in found for end in (said.edge.left, said.edge.right)}
        seen = {known.identifier_id for known in self.identifiers(ends)}
        return [said for said in found if said.edge.left in seen and said.edge.right in seen]

    def acts_on(self, handles: Collection[bytes]) -> list[ActNote]:
        """See ``DerivedState``. An act may tell a name, so who may see none is told of none."""
        if not self._reach.personal:
            return []
        seen = [handle for handle in handles if self.customer_of_handle(handle.hex()) is not None]
        return self._whole.derived.acts_on(seen)

    def traits_said(self, subject_ids: Collection[int]) -> list[tuple[int, int, bytes, int, Mapping[str, object]]]:
        """See ``DerivedState``."""
        seen = {known.identifier_id for known in self.identifiers(subject_ids)}
        return [
            (subject, ts_us, key, source, traits if self._reach.personal else hide_traits(traits))
            for subject, ts_us, key, source, traits in self._whole.derived.traits_said(subject_ids)
            if subject in seen
        ]

    def customer_count(self) -> int:
        """See ``DerivedState``."""
        return self._whole.derived.customer_count() if self._reach.places is None else len(self._log().customers)

    def trait_names(self) -> list[str]:
        """See ``DerivedState``."""
        names = self._whole.derived.trait_names()
        return names if self._reach.personal else [name for name in names if not is_identifying(name)]

    def trait_values(self, name: str) -> tuple[NDArray[np.int64], list[str]]:
        """See ``DerivedState``."""
        if not self._reach.personal and is_identifying(name):
            return np.zeros(0, dtype=np.int64), []
        owners, values = self._whole.derived.trait_values(name)
        if self._reach.places is None:
            return owners, values
        seen = np.isin(owners, self._log().customers)
        return owners[seen], [value for value, keep in zip(values, seen, strict=True) if keep]


class _History:
    """History through a reach."""

    def __init__(self, whole: Heartline, reach: Reach, log: Callable[[], PackedLog]) -> None:
        self._whole = whole.stores
        self._reach = reach
        self._log = log

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever History has
        if self._reach.places is not None and name not in {"fingerprint", "offset", "source_starts", "vocabulary"}:
            raise _refuse(name)
        return getattr(self._whole.history, name)

    def _is_seen(self, entry: Entry) -> bool:
        return self._reach.places is None or entry.place in self._reach.places

    def _show(self, entries: Sequence[Entry]) -> list[Entry]:
        """What is sent along with an event may name its sender, but for what it promises; what a customer wrote is
        shown with a mask on numbers and addresses in it.
        """
        if self._reach.personal:
            return list(entries)
        return [
            msgspec.structs.replace(
                entry,
                properties=keep_promise(entry.properties),
                order=None,
                text=mask_personal(entry.text) if entry.text else entry.text,
            )
            for entry in entries
        ]

    def entries(self, seqs: Sequence[int]) -> list[Entry]:
        """See ``History``; the touch a case of the team is about is seen wherever it was."""
        found = self._whole.history.entries(seqs)
        if not all(self._is_seen(entry) for entry in found):
            causes = {case.seq for case in team_cases(self._whole, self._reach.team_id)}
            found = [entry for entry in found if self._is_seen(entry) or entry.seq in causes]
        return self._show(found)

    def told(self, naming: Sequence[str], *, after_seq: int = -1, limit: int) -> list[Told]:
        """See ``History``: what was sent along with the touches of the reader's log, as far as it names nobody."""
        log = self._log()
        seen, last = np.sort(log.seq), int(log.seq.max(initial=-1))
        found: list[Told] = []
        while not found and (read := self._whole.history.told(naming, after_seq=after_seq, limit=limit)):
            after_seq = read[-1].seq
            place = np.minimum(np.searchsorted(seen, [one.seq for one in read]), max(len(seen) - 1, 0))
            # What came after the log was made is read when the log has it.
            found = [
                one for one, at in zip(read, place.tolist(), strict=True) if one.seq <= last and seen[at] == one.seq
            ]
        return found if self._reach.personal else [one._replace(properties=keep_said(one.properties)) for one in found]

    def timeline(self, spans: Sequence[Span], *, limit: int, before_us: int | None = None) -> list[Entry]:
        """See ``History``."""
        asked = limit if self._reach.places is None else max(limit, _MANY)
        found = self._whole.history.timeline(spans, limit=asked, before_us=before_us)
        return self._show([entry for entry in found if self._is_seen(entry)][:limit])

    def recent(self, *, limit: int, source_id: int | None = None) -> list[Entry]:
        """See ``History``."""
        asked = limit if self._reach.places is None else max(limit, _MANY)
        found = self._whole.history.recent(limit=asked, source_id=source_id)
        return self._show([entry for entry in found if self._is_seen(entry)][:limit])

    def of_rivals(self, *, limit: int) -> list[Entry]:
        """See ``History``: it is nobody's and of no place, so it is everybody's to read."""
        found = self._whole.history.of_rivals(limit=limit)
        if self._reach.personal:
            return found
        return [msgspec.structs.replace(one, text=mask_personal(one.text) if one.text else None) for one in found]


class _Kept:
    """Kept State through a reach: cases elsewhere are not there; all else is as it is."""

    def __init__(self, whole: Heartline, reach: Reach, derived: _Derived) -> None:
        self._whole = whole.stores
        self._reach = reach
        self._derived = derived

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever kept State has
        return getattr(self._whole.kept, name)

    def _seen(self, cases: Sequence[Case]) -> list[Case]:
        if self._reach.places is None:
            return list(cases)
        teams = self._whole.kept.case_teams() if self._reach.team_id else {}
        theirs = {case.case_id for case in cases if teams.get(case.case_id, 0) == self._reach.team_id != 0}
        seqs = sorted({case.seq for case in cases if case.seq})
        here = {e.seq for e in self._whole.history.entries(seqs) if e.place in self._reach.places}
        return [
            case
            for case in cases
            if case.case_id in theirs
            or (case.seq in here if case.seq else self._derived.customer_of_handle(case.handle) is not None)
        ]

    def _tell(self, cases: Sequence[Case]) -> list[Case]:
        """Cases in words the reader may read: whoever wrote them could read names."""
        if self._reach.personal:
            return list(cases)
        derived = self._whole.derived
        owners = derived.owners_of_handles({case.handle for case in cases if case.handle})
        profiles = derived.profiles(set(owners.values()))
        return [hide_words(case, profiles.get(owners.get(case.handle, 0))) for case in cases]

    def cases(self, *, open_only: bool = False, handle: str | None = None, limit: int = 200) -> list[Case]:
        """See ``KeptState``."""
        asked = limit if self._reach.places is None else _MANY
        return self._tell(self._seen(self._whole.kept.cases(open_only=open_only, handle=handle, limit=asked))[:limit])

    def case(self, case_id: int) -> Case:
        """See ``KeptState``."""
        case = self._whole.kept.case(case_id)
        if not self._seen([case]):
            raise Missing(
                "no_case", _("There is no case {case_id}.").format(case_id=case_id), _("See the list of cases.")
            )
        return self._tell([case])[0]

    def change_case(
        self,
        case_id: int,
        *,
        author: str,
        note: str = "",
        owner: str | None = None,
        due_us: int | None = None,
        status: CaseStatus | None = None,
        reason: str = "",
    ) -> Case:
        """See ``KeptState``."""
        self.case(case_id)
        changed = self._whole.kept.change_case(
            case_id, author=author, note=note, owner=owner, due_us=due_us, status=status, reason=reason
        )
        return self._tell([changed])[0]

    def whole_cases(self, *, limit: int) -> list[Case]:
        """See ``KeptState``."""
        return self._tell(self._seen(self._whole.kept.whole_cases(limit=limit)))

    def case_loop(self, case_id: int) -> CaseLoop:
        """See ``KeptState``."""
        self.case(case_id)
        return self._hide(self._whole.kept.case_loop(case_id))

    def case_loops(self) -> Mapping[int, CaseLoop]:
        """See ``KeptState``."""
        return {case_id: self._hide(loop) for case_id, loop in self._whole.kept.case_loops().items()}

    def _hide(self, loop: CaseLoop) -> CaseLoop:
        return loop if self._reach.personal else replace(loop, cause=mask_personal(loop.cause))

    def set_cause(self, case_id: int, *, cause: str, journey_id: str, stage: str, author: str) -> None:
        """See ``KeptState``."""
        self.case(case_id)
        self._whole.kept.set_cause(case_id, cause=cause, journey_id=journey_id, stage=stage, author=author)

    def end_recheck(self, case_id: int, *, author: str, note: str) -> None:
        """See ``KeptState``."""
        self.case(case_id)
        self._whole.kept.end_recheck(case_id, author=author, note=note)

    def replies(self, case_id: int) -> list[Reply]:
        """See ``KeptState``. What is written to somebody names them."""
        self.case(case_id)
        return self._whole.kept.replies(case_id) if self._reach.personal else []

    def keep_draft(self, case_id: int, *, author: str, subject: str, text: str, now_us: int) -> Reply:
        """See ``KeptState``."""
        self.case(case_id)
        return self._whole.kept.keep_draft(case_id, author=author, subject=subject, text=text, now_us=now_us)

    def set_case_team(self, case_id: int, team_id: int) -> None:
        """See ``KeptState``."""
        self.case(case_id)
        self._whole.kept.set_case_team(case_id, team_id)


def team_cases(stores: Stores, team_id: int) -> list[Case]:
    """Return the open cases of a team; none where there is no team."""
    if not team_id:
        return []
    theirs = {case_id for case_id, team in stores.kept.case_teams().items() if team == team_id}
    return [case for case in stores.kept.cases(open_only=True, limit=_MANY) if case.case_id in theirs]


def hide_name(profile: Profile) -> Profile:
    """Return a profile without what says who somebody is."""
    return replace(profile, name="", email="", phone="", traits=hide_traits(profile.traits))


def hide_traits(traits: Mapping[str, object]) -> Mapping[str, object]:
    """Return traits without those that say who somebody is."""
    return {name: value for name, value in traits.items() if not is_identifying(name)}


def hide_words(case: Case, customer: Profile | None) -> Case:
    """Return a case whose title, notes and reason name its customer no more, nor any number or address."""
    hide = mask_of_customer(customer)
    notes = tuple(replace(note, text=hide(note.text)) for note in case.notes)
    return replace(case, title=hide(case.title), reason=hide(case.reason), notes=notes)


def mask_of_customer(customer: Profile | None) -> Callable[[str], str]:
    """Return what takes a customer's name, and any number or address, out of a text."""
    known = [] if customer is None else [word for word in (customer.name, customer.email, customer.phone) if word]
    parts = [] if customer is None else [part for part in customer.name.split() if len(part) >= _SHORTEST_NAME]
    # A part of a name may be a part of other words; a whole name in a script without spaces stands within them.
    spelt = [re.escape(word) for word in sorted(known, key=len, reverse=True)]
    spelt += [rf"\b{re.escape(part)}\b" for part in sorted(parts, key=len, reverse=True)]
    pattern = re.compile("|".join(spelt), re.IGNORECASE) if spelt else None

    def hide(text: str) -> str:
        return mask_personal(pattern.sub(MASK, text) if pattern else text)

    return hide


def hide_value(known: KnownIdentifier) -> KnownIdentifier:
    """Return an identifier that can be told from others and not be read."""
    return replace(
        known, identifier=msgspec.structs.replace(known.identifier, value=f"{MASK} {known.handle[:6]}"), raw=""
    )


def _refuse(name: str) -> NotAllowed:
    return NotAllowed(
        "not_at_a_place",
        _("This looks at the whole company, and you are bound to places."),
        _("Ask an owner ({name}).").format(name=name),
    )
