"""What the identity rules keep apart, block or find too large: who, since when, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Block, IdentifierKind, KnownIdentifier, Profile, SetIdentityRules, identify
from heartline.store import Mark
from heartline.unify import LinkRefusal, Rules, busiest_day, rules_from

MOST_IDENTIFIERS: Final = 1_000
"""How many identifiers, external ones aside, a customer may have before somebody should look (I9)."""
SHOWN: Final = 100
LIMITED: Final = (
    IdentifierKind.USER_ID,
    IdentifierKind.LOYALTY_CARD,
    IdentifierKind.EMAIL,
    IdentifierKind.PHONE,
)
DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An identifier that links nobody. ``met`` neighbours of higher kind on ``day_us`` put it there; 0: staff did."""

    handle: str
    known: KnownIdentifier | None
    mark: Mark
    met: int = 0
    day_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two identifiers that a limit keeps apart, with whose they are."""

    left: KnownIdentifier
    right: KnownIdentifier
    left_customer: Profile | None
    right_customer: Profile | None
    reason: LinkRefusal
    ts_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """All that the rules hold back at present, and the rules. ``apart_total`` counts beyond those listed."""

    rules: Rules
    marked: tuple[Marked, ...]
    apart: tuple[Apart, ...]
    apart_total: int
    large: tuple[tuple[Profile, int], ...]

    @property
    def total(self) -> int:
        """How many matters there are to look at: what staff themselves blocked or cleared is none."""
        quarantined = sum(one.mark is Mark.QUARANTINED for one in self.marked)
        return quarantined + self.apart_total + len(self.large)


def read_guarded(heartline: Heartline) -> Guarded:
    """Read what the identity rules hold back."""
    derived = heartline.stores.derived
    facts = derived.identity_facts()
    rules = rules_from(facts)
    violations = derived.violations()
    shown = violations[:SHOWN]
    ids = {end for one in shown for end in (one.left_id, one.right_id)}
    known = {item.identifier_id: item for item in derived.identifiers(ids)}
    owners = derived.owners(ids)
    large = derived.crowded_customers(None, over=MOST_IDENTIFIERS)[:SHOWN]
    profiles = derived.profiles({*owners.values(), *(customer for customer, _rest in large)})

    def owner(number: int) -> Profile | None:
        return profiles.get(owners.get(number, 0))

    return Guarded(
        rules=rules,
        marked=_read_marked(heartline, facts.marks),
        apart=tuple(
            Apart(
                left=known[one.left_id],
                right=known[one.right_id],
                left_customer=owner(one.left_id),
                right_customer=owner(one.right_id),
                reason=LinkRefusal(one.reason),
                ts_us=one.ts_us,
            )
            for one in shown
            if one.left_id in known and one.right_id in known
        ),
        apart_total=len(violations),
        large=tuple((profiles[customer], n) for customer, n in large if customer in profiles),
    )


def _read_marked(heartline: Heartline, marks: Mapping[bytes, Mark]) -> tuple[Marked, ...]:
    derived = heartline.stores.derived
    handles = list(marks)[: SHOWN * 5]
    nodes = derived.nodes_of(handles)
    known = {item.handle: item for item in derived.identifiers([node.node_id for node in nodes.values()])}
    quarantined = [node.node_id for handle, node in nodes.items() if marks[handle] is Mark.QUARANTINED]
    days = {crowd.node.handle: busiest_day(crowd) for crowd in derived.crowds(quarantined, over=0).values()}
    lines = [
        Marked(
            handle=handle.hex(),
            known=known.get(handle.hex()),
            mark=marks[handle],
            met=days.get(handle, (0, 0))[0],
            day_us=days.get(handle, (0, 0))[1] * DAY_US,
        )
        for handle in handles
    ]
    order = (Mark.QUARANTINED, Mark.BLOCKED, Mark.CLEARED)
    return tuple(sorted(lines, key=lambda one: (order.index(one.mark), -one.met, one.handle)))


def read_rules(form: Mapping[str, str], *, by: str, now_us: int, reason: str) -> SetIdentityRules:
    """Read the rules form: a limit for each kind that may have one, empty for none, and when to quarantine.

    Raises:
        Invalid: a limit is no number above 0, or the quarantine's none from 0 up.
    """
    limits: dict[str, int | None] = {}
    for kind in LIMITED:
        text = form.get(kind.value, "").strip()
        limits[kind.value] = _number(text, low=1) if text else None
    over = _number(form.get("quarantine_over", "").strip() or "0", low=0)
    return SetIdentityRules(limits=limits, quarantine_over=over, by=by, at_us=now_us, reason=reason)


def read_block(heartline: Heartline, kind: str, value: str, *, by: str, now_us: int, reason: str) -> Block:
    """Read a value that is to stand for nobody, whether it was met yet or not.

    Raises:
        Invalid: the kind is none, or the value is refused everywhere already.
    """
    if kind not in set(IdentifierKind):
        raise Invalid("no_kind", _("This is no kind of identifier."), _("Choose one of the list."))
    identifier = identify(IdentifierKind(kind), value, region=heartline.workspace.phone_region or None)
    if identifier is None:
        raise Invalid("junk_already", _("This value is refused everywhere already."), _("There is nothing to block."))
    return Block(handle=heartline.stores.derived.handle(identifier).hex(), by=by, at_us=now_us, reason=reason)


def _number(text: str, *, low: int) -> int:
    if not text.isdecimal() or len(text) > 6 or int(text) < low:
        raise Invalid(
            "no_limit",
            _("“{text}” is no limit.").format(text=text[:20]),
            _("Write a whole number from {low}, or leave it empty.").format(low=low),
        )
    return int(text)
