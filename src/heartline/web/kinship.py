"""Why are these one person? The evidence behind a customer as a page can show it: accepted, refused, shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from heartline.app import Heartline
from heartline.language import _, mark
from heartline.records import PRIORITY, Edge, IdentifierKind, KnownIdentifier, Node, Ownership, Profile
from heartline.store import Testimony
from heartline.unify import ALWAYS_US, FOREVER_US, LinkRefusal, Rules, explain, refusal_of, rules_from
from heartline.web.decisions import Decided, read_decisions

MOST_EVIDENCE: Final = 2_000
MOST_OTHERS: Final = 12
STAFF: Final = mark("somebody here")
GONE: Final = mark("a source that is gone")

KIND_WORDS: Final = {
    IdentifierKind.USER_ID: mark("User account"),
    IdentifierKind.LOYALTY_CARD: mark("Loyalty card"),
    IdentifierKind.EMAIL: mark("E-mail"),
    IdentifierKind.PHONE: mark("Phone"),
    IdentifierKind.EXTERNAL: mark("External id"),
    IdentifierKind.DEVICE: mark("Device"),
    IdentifierKind.ANONYMOUS_ID: mark("Browser or app"),
}
_KINDS_WITHIN: Final = {
    IdentifierKind.USER_ID: mark("user account"),
    IdentifierKind.LOYALTY_CARD: mark("loyalty card"),
    IdentifierKind.EMAIL: mark("e-mail"),
    IdentifierKind.PHONE: mark("phone"),
    IdentifierKind.EXTERNAL: mark("external id"),
    IdentifierKind.DEVICE: mark("device"),
    IdentifierKind.ANONYMOUS_ID: mark("browser or app"),
}
"""The same within a sentence."""
REFUSAL_WORDS: Final = {
    LinkRefusal.LIMIT: mark("one customer may not have so many of a kind, such as two user accounts"),
    LinkRefusal.CAP: mark("no person needs so many links"),
    LinkRefusal.UNVERIFIED: mark("both are verified, this claim is not"),
    LinkRefusal.VETOED: mark("somebody here said that it never links"),
    LinkRefusal.QUARANTINED: mark("it stands for too many, or for nobody, so it means none of them"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An identifier of a customer: the spans in which it is theirs (``ALWAYS_US``, ``FOREVER_US`` mean no end), the
    last link of the chain that ties it to the chosen one (None: it is the chosen one, or nothing ties it), what stands
    at that link's other end, who said so, and how many pieces of evidence say the same.
    """

    known: KnownIdentifier
    spans: tuple[Ownership, ...]
    link: Edge | None = None
    beside: KnownIdentifier | None = None
    source: str = ""
    times: int = 0

    @property
    def present(self) -> bool:
        """Whether it is theirs now."""
        return any(span.to_us == FOREVER_US for span in self.spans)

    @property
    def bounded(self) -> bool:
        """Whether it was theirs for a time only."""
        return any(span.from_us != ALWAYS_US or span.to_us != FOREVER_US for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApart:
    """Evidence that touches a customer and does not join: ours and the other identifier, who the other is (None:
    nobody any more), why it did not link (None: it is an identifier that two customers used in turn), who said so last,
    when, and how often.
    """

    ours: KnownIdentifier
    other: KnownIdentifier
    customer: Profile | None
    reason: LinkRefusal | None
    source: str
    ts_us: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinship:
    """All that makes a customer one person, the chosen identifier first, and what was kept apart. ``refused`` are
    links between their own identifiers that did not count, as (testimony, reason). ``decided`` is what people here
    decided about any of these, the latest first; ``said`` says of each trait who said it when: (source, time in µs).
    """

    owned: tuple[Owned, ...]
    apart: tuple[KeptApart, ...]
    refused: int
    decided: tuple[Decided, ...] = ()
    said: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def name_identifier(known: KnownIdentifier, *, within: bool = False) -> tuple[str, str]:
    """Return what an identifier is and its value, in people's words: an external one is called by its own type.
    ``within`` a sentence it begins small, where the language has it so.
    """
    identifier = known.identifier
    if identifier.kind is IdentifierKind.EXTERNAL:
        kind, colon, value = identifier.value.partition(":")
        if colon and kind.strip() and value.strip():
            kind = kind.replace("_", " ").strip()
            return kind.lower() if within else kind.capitalize(), value
    return _((_KINDS_WITHIN if within else KIND_WORDS)[identifier.kind]), identifier.value


def read_kinship(heartline: Heartline, customer_id: int) -> Kinship:
    """Read a customer's identifiers and the evidence among and around them."""
    derived = heartline.stores.derived
    spans: dict[int, list[Ownership]] = {}
    for ownership in derived.owned_by(customer_id):
        spans.setdefault(ownership.subject_id, []).append(ownership)
    testimony = derived.testimony(spans.keys(), limit=MOST_EVIDENCE)
    ends = {end for said in testimony for end in (said.edge.left, said.edge.right)}
    known = {identifier.identifier_id: identifier for identifier in derived.identifiers({*spans, *ends})}
    sources = {0: _(STAFF)} | {number: source.name for number, source in heartline.sources.by_id().items()}
    rules = rules_from(derived.identity_facts())
    inside = [said for said in testimony if said.edge.left in spans and said.edge.right in spans]
    outside = [said for said in testimony if said.edge.left not in spans or said.edge.right not in spans]
    owned = _tie([known[subject] for subject in spans if subject in known], spans, inside, sources, rules)
    nodes = {number: _node(identifier) for number, identifier in known.items()}
    return Kinship(
        owned=owned,
        apart=_keep_apart(heartline, known, spans.keys(), outside, sources, rules),
        refused=sum(
            refusal_of(said.edge, nodes[said.edge.left], nodes[said.edge.right], rules) is not None for said in inside
        ),
        decided=read_decisions(heartline, [item.known for item in owned]),
        said=_trace_traits(heartline, spans, sources),
    )


def choose_first(owned: Collection[KnownIdentifier]) -> KnownIdentifier:
    """Return the identifier from which all chains are told: the one of the highest kind, verified before not."""
    return min(owned, key=lambda known: (not known.identifier.strong, _rank(known), known.first_us, known.handle))


def _rank(known: KnownIdentifier) -> int:
    return PRIORITY[known.identifier.kind]


def _node(known: KnownIdentifier) -> Node:
    identifier = known.identifier
    return Node(known.identifier_id, bytes.fromhex(known.handle), identifier.kind, identifier.strong, known.first_us)


def _tie(
    owned: Sequence[KnownIdentifier],
    spans: Mapping[int, Sequence[Ownership]],
    inside: Sequence[Testimony],
    sources: Mapping[int, str],
    rules: Rules,
) -> tuple[Owned, ...]:
    if not owned:
        return ()
    chosen = choose_first(owned)
    by_number = {known.identifier_id: known for known in owned}
    edges = [said.edge for said in inside if said.edge.left in by_number and said.edge.right in by_number]
    chains = explain([_node(known) for known in owned], edges, rules, chosen=chosen.identifier_id)
    said_by = {said.edge.evidence_id: sources.get(said.source_id, _(GONE)) for said in inside}
    pairs: dict[frozenset[int], int] = {}
    for edge in edges:
        pair = frozenset((edge.left, edge.right))
        pairs[pair] = pairs.get(pair, 0) + 1
    lines = []
    for known in owned:
        chain = chains.get(known.identifier_id, ())
        link = chain[-1] if chain else None
        other = None
        if link is not None:
            other = link.left if link.right == known.identifier_id else link.right
        lines.append(
            Owned(
                known=known,
                spans=tuple(spans[known.identifier_id]),
                link=link,
                beside=by_number[other] if other is not None else None,
                source=said_by.get(link.evidence_id, "") if link else "",
                times=pairs[frozenset((link.left, link.right))] if link else 0,
            )
        )
    return tuple(
        sorted(
            lines,
            key=lambda line: (
                line.known is not chosen,
                not line.known.identifier.strong,
                line.known.identifier.kind is IdentifierKind.EXTERNAL,
                _rank(line.known),
                line.known.first_us,
                line.known.handle,
            ),
        )
    )


def _keep_apart(
    heartline: Heartline,
    known: Mapping[int, KnownIdentifier],
    ours: Collection[int],
    outside: Sequence[Testimony],
    sources: Mapping[int, str],
    rules: Rules,
) -> tuple[KeptApart, ...]:
    """Evidence with one end outside, one line a pair, the newest first."""
    derived = heartline.stores.derived
    pairs: dict[tuple[int, int], list[Testimony]] = {}
    for said in outside:
        here, there = (said.edge.left, said.edge.right) if said.edge.left in ours else (said.edge.right, said.edge.left)
        if here in known and there in known:
            pairs.setdefault((here, there), []).append(said)
    lines = []
    for (here, there), told in list(pairs.items())[:MOST_OTHERS]:
        owner = derived.customer_of_handle(known[there].handle)
        lines.append(
            KeptApart(
                ours=known[here],
                other=known[there],
                customer=derived.profiles([owner]).get(owner) if owner is not None else None,
                reason=_reason(told[0].edge, known, rules),
                source=sources.get(told[0].source_id, _(GONE)),
                ts_us=told[0].edge.ts_us,
                times=len(told),
            )
        )
    return tuple(lines)


def _trace_traits(
    heartline: Heartline, spans: Mapping[int, Sequence[Ownership]], sources: Mapping[int, str]
) -> dict[str, tuple[str, int]]:
    """Say of each trait who said it when: what ``fold`` takes. Staff's word has no time of its own here."""
    latest: dict[str, tuple[int, bytes, int]] = {}
    for subject, ts_us, key, source_id, traits in heartline.stores.derived.traits_said(spans.keys()):
        if any(span.from_us <= ts_us < span.to_us for span in spans[subject]):
            for name in traits:
                latest[name] = max(latest.get(name, (ts_us, key, source_id)), (ts_us, key, source_id))
    return {
        name: (sources.get(source_id, _(GONE)), ts_us if source_id else 0)
        for name, (ts_us, _key, source_id) in latest.items()
    }


def _reason(edge: Edge, known: Mapping[int, KnownIdentifier], rules: Rules) -> LinkRefusal | None:
    left, right = _node(known[edge.left]), _node(known[edge.right])
    reason = refusal_of(edge, left, right, rules)
    # Two verified identifiers that a verified claim ties would be one customer, had no limit stood between.
    return reason or (LinkRefusal.LIMIT if left.strong and right.strong else None)
