"""What people here decided about who a customer is: the acts that named their identifiers, as a history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import Block, KnownIdentifier, Link, Profile, SetTraits, Split, Unblock, Unlink, Unsplit
from heartline.store import IdentityFacts, Mark
from heartline.unify import Change, handles_of, order_pair

Act = Change | SetTraits
_decoder: Final[msgspec.json.Decoder[Act]] = msgspec.json.Decoder(Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision: the act, the identifiers it names, and whether it is in force and the last word on them, so that it
    can be taken back.
    """

    seq: int
    act: Act
    named: tuple[KnownIdentifier, ...]
    open_to_undo: bool


def read_decisions(heartline: Heartline, owned: Sequence[KnownIdentifier]) -> tuple[Decided, ...]:
    """Return what was decided about identifiers, the latest first."""
    derived = heartline.stores.derived
    notes = derived.acts_on([bytes.fromhex(known.handle) for known in owned])
    if not notes:
        return ()
    facts = derived.identity_facts()
    acts = [(note.act_seq, _decoder.decode(note.act)) for note in notes]
    nodes = derived.nodes_of({handle for _rest, act in acts for handle in handles_of(act)})
    known = {item.handle: item for item in derived.identifiers([node.node_id for node in nodes.values()])}
    settled: set[object] = set()
    decided = []
    for seq, act in acts:
        about = _about(act)
        decided.append(
            Decided(
                seq=seq,
                act=act,
                named=_names(act, known),
                open_to_undo=about not in settled and not isinstance(act, SetTraits) and _stands(act, facts),
            )
        )
        settled.add(about)
    return tuple(decided)


def read_act_on(heartline: Heartline, profile: Profile, seq: str) -> Change:
    """Return the act of a customer's history that is to be taken back.

    Raises:
        Missing: there is no such act.
        Conflict: it is not in force any more, or somebody decided again since.
    """
    derived = heartline.stores.derived
    owned = derived.identifiers({o.subject_id for o in derived.owned_by(profile.customer_id)})
    for decided in read_decisions(heartline, owned):
        if str(decided.seq) != seq or isinstance(decided.act, SetTraits):
            continue
        if not decided.open_to_undo:
            raise Conflict("decided_since", _("This was taken back already."), _("Look at the customer again."))
        return decided.act
    raise Missing("no_decision", _("Nothing of this kind was decided here."), _("Look at the customer again."))


def _names(act: Act, known: Mapping[str, KnownIdentifier]) -> tuple[KnownIdentifier, ...]:
    handles = dict.fromkeys(handle.hex() for handle in handles_of(act))
    return tuple(known[handle] for handle in handles if handle in known)


def _about(act: Act) -> object:
    match act:
        case Split() | Unsplit():
            return ("split", frozenset(_pairs(act.pairs)))
        case Link() | Unlink():
            return ("link", frozenset(handles_of(act)))
        case Block() | Unblock():
            return ("block", act.handle)
        case SetTraits():
            return ("traits", act.handle)


def _stands(act: Act, facts: IdentityFacts) -> bool:
    """Whether what an act says holds at present."""
    links = {(link.left, link.right) for link in facts.links}
    match act:
        case Split() | Unsplit():
            vetoed = facts.vetoed_pairs.intersection(_pairs(act.pairs))
            stands = len(vetoed) == len(set(_pairs(act.pairs))) if isinstance(act, Split) else not vetoed
        case Link() | Unlink():
            stands = links.issuperset(_pairs([(act.left, act.right)])) is isinstance(act, Link)
        case Block() | Unblock():
            mark = Mark.BLOCKED if isinstance(act, Block) else Mark.CLEARED
            stands = facts.marks.get(bytes.fromhex(act.handle)) is mark
        case SetTraits():
            stands = True
    return stands


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [order_pair(bytes.fromhex(left), bytes.fromhex(right)) for left, right in pairs]
