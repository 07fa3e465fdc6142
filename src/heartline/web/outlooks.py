"""What a change of identity would make of customers: before and after, what moves, and which rule stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Block, Case, KnownIdentifier, Link, Ownership, Profile, Split, Unblock
from heartline.store import Span
from heartline.unify import (
    FOREVER_US,
    STAFF_US,
    Change,
    Foresight,
    LinkRefusal,
    fold,
    foresee,
    handles_of,
    inverse_of,
    rules_from,
)
from heartline.web.decisions import read_act_on
from heartline.web.kinship import choose_first

MOST_SIDES: Final = 6
COUNTED: Final = 5_000
"""How many touches a preview counts of a customer at most."""
PART, BLOCK, FREE, UNDO = "part", "block", "free", "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One customer as they are, or as they would be. ``profile`` names them; figures stop at ``COUNTED`` touches."""

    profile: Profile
    identifiers: tuple[KnownIdentifier, ...]
    touches: int
    scores: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitMade:
    """A trait of the customer that two would become: its value, and what the other one said where they differ."""

    name: str
    value: object
    instead_of: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an act would do. ``more`` counts customers beyond those shown; ``barred`` says which rule refuses a link."""

    act: Change
    named: tuple[KnownIdentifier, ...]
    before: tuple[Side, ...]
    after: tuple[Side, ...]
    more: int
    moved: tuple[KnownIdentifier, ...]
    barred: LinkRefusal | None
    traits: tuple[TraitMade, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return bool(self.moved)


def read_change(heartline: Heartline, profile: Profile, asked: Mapping[str, str], *, by: str, now_us: int) -> Change:
    """Read which change of a customer's identity is asked for.

    Raises:
        Invalid: it names nothing of theirs, or nothing that could be done.
        Missing: there is no such act to take back.
    """
    reason = asked.get("reason", "").strip()
    if asked.get("do") == UNDO:
        act = read_act_on(heartline, profile, asked.get("act", ""))
        return inverse_of(act, by=by, at_us=now_us, reason=reason)
    own = {known.identifier_id: known for known in _owned(heartline, profile.customer_id)}
    chosen = next((known for known in own.values() if known.handle == asked.get("one")), None)
    if chosen is None:
        raise Invalid("not_theirs", _("This identifier is not theirs any more."), _("Look at the customer again."))
    if asked.get("do") == BLOCK:
        return Block(handle=chosen.handle, by=by, at_us=now_us, reason=reason)
    if asked.get("do") == FREE:
        return Unblock(handle=chosen.handle, by=by, at_us=now_us, reason=reason)
    edges = heartline.stores.derived.edges_of([chosen.identifier_id])
    ends = {end for edge in edges for end in (edge.left, edge.right)} - {chosen.identifier_id}
    beside = sorted(own[end].handle for end in ends if end in own)
    pairs = tuple((chosen.handle, other) for other in beside if asked.get("two") in {None, "", other})
    if not pairs:
        raise Invalid(
            "nothing_tied", _("Nothing ties this to anything else of theirs."), _("There is nothing to part.")
        )
    return Split(pairs=pairs, by=by, at_us=now_us, reason=reason)


def propose_link(
    heartline: Heartline, left: Profile, right: Profile, *, by: str, now_us: int, reason: str, over_limit: bool
) -> Link:
    """Return the act that makes two customers one: between the identifiers each is chiefly known by.

    Raises:
        Invalid: they are one already.
    """
    if left.customer_id == right.customer_id:
        raise Invalid("same_customer", _("They are one customer already."), _("Choose somebody else."))
    ends = [choose_first(own_identifiers(heartline, profile.customer_id)).handle for profile in (left, right)]
    return Link(left=ends[0], right=ends[1], over_limit=over_limit, by=by, at_us=now_us, reason=reason)


def read_outlook(heartline: Heartline, act: Change, *, about: Collection[Profile]) -> Outlook:
    """Say what an act would make of the customers it is about, and of everybody else it reaches."""
    derived = heartline.stores.derived
    foreseen = foresee(act, derived, rules_from(derived.identity_facts()))
    first = [profile.customer_id for profile in about]
    customers = list(dict.fromkeys([*first, *sorted(foreseen.customers)]))
    before = {customer: derived.owned_by(customer) for customer in customers[: MOST_SIDES + len(first)]}
    owned = [ownership for spans in before.values() for ownership in spans]
    later = [o for o in owned if o.subject_id not in foreseen.after]
    later += [o for spans in foreseen.after.values() for o in spans]
    after: dict[int, list[Ownership]] = {}
    for ownership in later:
        after.setdefault(ownership.customer_id, []).append(ownership)
    ids = {end for o in (*owned, *later) for end in (o.subject_id, o.customer_id)} | set(foreseen.after)
    known = {item.identifier_id: item for item in derived.identifiers(ids)}
    named = derived.nodes_of(handles_of(act)).values()
    order = list(dict.fromkeys([*first, *sorted(after, key=lambda c: -len(after[c]))]))
    return Outlook(
        act=act,
        named=tuple(derived.identifiers([node.node_id for node in named])),
        before=_sides(heartline, before, known, order=list(before)),
        after=_sides(heartline, after, known, order=[customer for customer in order if customer in after]),
        more=max(0, len(after) - MOST_SIDES),
        moved=tuple(known[subject] for subject in foreseen.after if subject in known),
        barred=foreseen.barred.reason if foreseen.barred else None,
        traits=_merge_traits(heartline, about, foreseen, after) if isinstance(act, Link) else (),
    )


def own_identifiers(heartline: Heartline, customer_id: int) -> list[KnownIdentifier]:
    """Return the identifiers that are a customer's now; of one who has none left, those that were."""
    derived = heartline.stores.derived
    owned = derived.owned_by(customer_id)
    present = {o.subject_id for o in owned if o.to_us == FOREVER_US} or {o.subject_id for o in owned}
    return derived.identifiers(present)


def _owned(heartline: Heartline, customer_id: int) -> list[KnownIdentifier]:
    derived = heartline.stores.derived
    return derived.identifiers({o.subject_id for o in derived.owned_by(customer_id)})


def _sides(
    heartline: Heartline,
    spans: Mapping[int, Sequence[Ownership]],
    known: Mapping[int, KnownIdentifier],
    *,
    order: Iterable[int],
) -> tuple[Side, ...]:
    shown = [customer for customer in order if spans.get(customer)][:MOST_SIDES]
    profiles = heartline.stores.derived.profiles(shown)
    return tuple(_side(heartline, profiles[customer], spans[customer], known) for customer in shown)


def _side(
    heartline: Heartline, profile: Profile, spans: Sequence[Ownership], known: Mapping[int, KnownIdentifier]
) -> Side:
    history = heartline.stores.history
    entries = history.timeline([Span(o.subject_id, o.from_us, o.to_us) for o in spans], limit=COUNTED)
    touches = [entry for entry in entries if entry.touch]
    present = [known[o.subject_id] for o in spans if o.to_us == FOREVER_US and o.subject_id in known]
    return Side(
        profile=profile,
        identifiers=tuple(sorted(present, key=lambda item: (not item.identifier.strong, item.first_us, item.handle))),
        touches=len(touches),
        scores=sum(entry.score is not None for entry in touches),
        cases=len(_cases(heartline, present)),
    )


def _cases(heartline: Heartline, present: Iterable[KnownIdentifier]) -> list[Case]:
    return [case for item in list(present)[:200] for case in heartline.stores.kept.cases(handle=item.handle)]


def _merge_traits(
    heartline: Heartline, about: Collection[Profile], foreseen: Foresight, after: Mapping[int, Sequence[Ownership]]
) -> tuple[TraitMade, ...]:
    """Fold the traits of two customers as those of one, and name what they disagree about."""
    if not foreseen.after:
        return ()
    one = max(after.values(), key=len)
    spans: dict[int, list[Ownership]] = {}
    for ownership in one:
        spans.setdefault(ownership.subject_id, []).append(ownership)
    said = heartline.stores.derived.traits_said(spans.keys())
    made = fold(
        (ts_us, key, traits)
        for subject, ts_us, key, _rest, traits in said
        if any(o.from_us <= min(ts_us, STAFF_US) < o.to_us for o in spans[subject])
    )
    told = []
    for name, value in made.items():
        others = [p.traits[name] for p in about if name in p.traits and p.traits[name] != value]
        told.append(TraitMade(name=name, value=value, instead_of=others[0] if others else None))
    return tuple(sorted(told, key=lambda trait: (trait.instead_of is None, trait.name)))
