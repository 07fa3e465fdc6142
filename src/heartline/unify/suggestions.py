"""Possible duplicates: who is compared, what is left out of the queue and why, what stays decided (rule I8).

Nothing here joins anybody. A pair becomes one customer when a person confirms it, by a staff act in the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from heartline.records import Clue, IdentifierKind, Profile, Suggestion, pattern_of
from heartline.store import DerivedPeople, KeptSuggestions, Matched, MatchedPair, Matcher, MatchRecord, NewSuggestion
from heartline.unify.ownership import Rules
from heartline.unify.suggestions_model import MODEL
from heartline.unify.suggestions_people import read_person

THRESHOLD: Final = 0.7
"""The least probability of a pair in the queue."""
MOST_SUGGESTIONS: Final = 10_000
"""The longest queue: the surest pairs of them all."""


class LeftOut(StrEnum):
    """Why a likely pair is not suggested."""

    ONE_CUSTOMER = "one_customer"
    """They are one customer by now."""
    DECIDED = "decided"
    """A person has decided this pair, and the evidence is what it was."""
    VETOED = "vetoed"
    """A person said that they never link."""
    HOUSEHOLD = "household"
    """Their first names differ and no birth date says that they are one: rather two of one family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRun:
    """What a run found. ``left_out`` counts likely pairs by the reason why they are not in the queue."""

    matched: Matched
    found: tuple[NewSuggestion, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


def find_suggestions(
    derived: DerivedPeople,
    kept: KeptSuggestions,
    matcher: Matcher,
    *,
    rules: Rules,
    region: str | None = None,
    threshold: float = THRESHOLD,
) -> SuggestionRun:
    """Compare all customers and say which pairs belong into the queue. Writes nothing.

    Raises:
        Unavailable: the matcher is not installed.
    """
    people = read_people(derived.walk_profiles(), region=region)
    decided = kept.decided_suggestions()
    matched = matcher.match(people, MODEL, threshold=threshold, most_pairs=MOST_SUGGESTIONS + len(decided))
    ground = _survey(matched.pairs, decided, derived, rules)
    found: list[NewSuggestion] = []
    left_out: Counter[LeftOut] = Counter()
    for pair in matched.pairs:
        reason = why_left_out(pair, ground)
        if reason is not None:
            left_out[reason] += 1
            continue
        found.append(
            NewSuggestion(
                left=pair.left,
                right=pair.right,
                probability=pair.probability,
                start_bits=pair.start_bits,
                clues=pair.clues,
                over_limit=_is_over_limit(pair, ground, rules.limits),
            )
        )
    return SuggestionRun(matched=matched, found=tuple(found[:MOST_SUGGESTIONS]), left_out=dict(left_out))


def read_people(profiles: Iterable[Profile], *, region: str | None = None) -> Iterator[MatchRecord]:
    """Yield the customers of whom enough is known to be compared."""
    for profile in profiles:
        person = read_person(profile, region=region)
        if person is not None:
            yield person


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known of the customers of likely pairs. Pairs of customers are frozen sets of their numbers.

    ``owners`` by handle; ``decided`` holds the evidence at the latest decision; ``strong`` by customer.
    """

    owners: Mapping[str, int]
    decided: Mapping[frozenset[int], str]
    vetoed: frozenset[frozenset[int]]
    strong: Mapping[int, Mapping[IdentifierKind, frozenset[bytes]]]


def _survey(
    pairs: Sequence[MatchedPair], decided: Sequence[Suggestion], derived: DerivedPeople, rules: Rules
) -> Ground:
    vetoed = [(one.hex(), two.hex()) for one, two in (sorted(p) for p in rules.vetoed_pairs if len(p) == 2)]
    named = [*((p.left, p.right) for p in pairs), *((s.left, s.right) for s in decided), *vetoed]
    owners = derived.owners_of_handles({handle for pair in named for handle in pair})
    return Ground(
        owners=owners,
        decided={_customers(owners, s.left, s.right): s.pattern for s in decided},
        vetoed=frozenset(_customers(owners, *pair) for pair in vetoed),
        strong=derived.strong_handles({owners[h] for pair in pairs for h in (pair.left, pair.right) if h in owners}),
    )


def _customers(owners: Mapping[str, int], left: str, right: str) -> frozenset[int]:
    return frozenset(owners[handle] for handle in (left, right) if handle in owners)


def why_left_out(pair: MatchedPair, ground: Ground) -> LeftOut | None:
    """Say why a likely pair does not belong into the queue, or None."""
    both = _customers(ground.owners, pair.left, pair.right)
    if len(both) < 2:
        return LeftOut.ONE_CUSTOMER
    if both in ground.vetoed:
        return LeftOut.VETOED
    if ground.decided.get(both) == pattern_of(pair.clues):
        return LeftOut.DECIDED
    return LeftOut.HOUSEHOLD if is_household(pair.clues) else None


def is_household(clues: Iterable[Clue]) -> bool:
    """Whether two look like one family: all a family shares speaks for one person, their first names against it."""
    levels = {clue.column: clue.level for clue in clues}
    return levels.get("first_name") == "other" and levels.get("birth_date", "") in ("", "other")


def _is_over_limit(pair: MatchedPair, ground: Ground, limits: Mapping[IdentifierKind, int]) -> bool:
    """Whether one customer would hold more verified identifiers of a kind than the rules allow (I4)."""
    left, right = (ground.strong.get(ground.owners[handle], {}) for handle in (pair.left, pair.right))
    return any(len(left.get(kind, frozenset()) | right.get(kind, frozenset())) > most for kind, most in limits.items())
