"""Who is who: changes of a customer's identity, what they would make, what was decided, and what rules hold back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heartline.records import KnownIdentifier
from heartline.web.api.shapes.answers import CustomerNamed, name_customer
from heartline.web.api.shapes.customers import IdentifierKnown, tell_identifier
from heartline.web.api.shapes.figures import tell_time
from heartline.web.decisions import Decided
from heartline.web.outlooks import Outlook, Side
from heartline.web.violations import Guarded

_NO_NUL = r"^[^\x00]*\Z"
Handle = Annotated[str, Meta(max_length=64, pattern=r"^[0-9a-f]*\Z")]
Reason = Annotated[str, Meta(max_length=300, pattern=_NO_NUL, description="why; a change is made with a reason")]
Limit = Annotated[int, Meta(ge=1, le=100_000)]


class IdentifierHandled(msgspec.Struct, kw_only=True):
    """An identifier, and the handle by which a change names it."""

    handle: str
    identifier: IdentifierKnown


class IdentityChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A change of who is who. With ``dry`` nothing is changed: the answer says what would be."""

    do: Annotated[
        Literal["part", "block", "free", "join", "undo"],
        Meta(
            description="part: not theirs; block: stands for nobody; free: links again; join another; undo a decision"
        ),
    ]
    one: Annotated[Handle, Meta(description="the handle of the identifier to part, block or free")] = ""
    two: Annotated[Handle, Meta(description="part it from this one alone; without it from all of theirs")] = ""
    other: Annotated[Handle, Meta(description="the customer to join")] = ""
    over_limit: Annotated[bool, Meta(description="join even where a limit keeps them apart")] = False
    act: Annotated[int, Meta(ge=0, le=2**63 - 1, description="the decision to take back")] = 0
    reason: Reason = ""
    dry: Annotated[bool, Meta(description="only say what it would make")] = False


class SideKnown(msgspec.Struct, kw_only=True):
    """A customer before or after a change."""

    customer: CustomerNamed | None
    identifiers: list[IdentifierHandled]
    touches: int
    scores: int
    cases: int


class IdentityOutcome(msgspec.Struct, kw_only=True):
    """What a change makes, or would make. The sides shown are few: those that gain and lose most."""

    done: bool
    ref: Annotated[str, Meta(description="the customer to whom the id that was asked for leads now")]
    changes: Annotated[bool, Meta(description="whether anything is another's by it")]
    barred: Annotated[str, Meta(description="what refuses a join: limit, cap, vetoed or quarantined; or nothing")]
    moved: list[IdentifierHandled]
    before: list[SideKnown]
    after: list[SideKnown]


class DecisionMade(msgspec.Struct, kw_only=True):
    """Something that was decided about a customer's identifiers."""

    act: Annotated[int, Meta(description="its number: give it to undo")]
    what: Annotated[str, Meta(description="split, unsplit, link, unlink, block, unblock or settraits")]
    by: str
    at: datetime | None
    reason: str
    identifiers: list[IdentifierHandled]
    open_to_undo: bool


class DecisionList(msgspec.Struct, kw_only=True):
    """What was decided about a customer's identifiers, and by which handles these go."""

    identifiers: list[IdentifierHandled]
    items: list[DecisionMade]


class TraitsChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is known of a customer, put right. It wins over what sources say, earlier or later."""

    traits: Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=100, pattern=_NO_NUL)],
            Annotated[str, Meta(max_length=400, pattern=_NO_NUL)] | bool | int | float | None,
        ],
        Meta(min_length=1, max_length=50, description="by name; null removes"),
    ]
    reason: Reason = ""


class IdentityRules(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What one customer may hold, and when an identifier links nobody. Of a kind without a limit any number is held."""

    user_id: Limit | None = 1
    loyalty_card: Limit | None = None
    email: Limit | None = None
    phone: Limit | None = None
    quarantine_over: Annotated[
        int, Meta(ge=0, le=100_000, description="neighbours of a higher kind in a UTC day; 0: no quarantine")
    ] = 20


class RulesChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The rules as they are to be. What is left out goes back to how it was at first."""

    user_id: Annotated[Limit | None, Meta(description="how many user ids one customer may hold; null: any")] = 1
    loyalty_card: Annotated[Limit | None, Meta(description="how many cards one customer may hold; null: any")] = None
    email: Annotated[Limit | None, Meta(description="how many e-mails one customer may hold; null: any")] = None
    phone: Annotated[Limit | None, Meta(description="how many phones one customer may hold; null: any")] = None
    quarantine_over: Annotated[int, Meta(ge=0, le=100_000, description="as in the rules")] = 20
    reason: Reason = ""


class MarkKnown(msgspec.Struct, kw_only=True):
    """An identifier about which something is held."""

    handle: str
    identifier: Annotated[IdentifierKnown | None, Meta(description="null: the value never came")]
    mark: Annotated[str, Meta(description="quarantined, blocked or cleared")]
    met: Annotated[int, Meta(description="of a quarantined one: how many of a higher kind it met on its busiest day")]
    day: datetime | None


class PairApart(msgspec.Struct, kw_only=True):
    """Two identifiers that a limit keeps apart."""

    left: IdentifierHandled
    right: IdentifierHandled
    left_customer: CustomerNamed | None
    right_customer: CustomerNamed | None
    reason: str
    since: datetime | None


class LargeCustomer(msgspec.Struct, kw_only=True):
    """A customer with more identifiers than a person has."""

    customer: CustomerNamed | None
    identifiers: int


class IdentityHeld(msgspec.Struct, kw_only=True):
    """What the rules hold back, and the rules."""

    rules: IdentityRules
    marked: list[MarkKnown]
    apart_total: int
    apart: Annotated[list[PairApart], Meta(description="the latest hundred")]
    large: list[LargeCustomer]


def tell_handled(known: KnownIdentifier) -> IdentifierHandled:
    """Return an identifier with its handle."""
    return IdentifierHandled(handle=known.handle, identifier=tell_identifier(known))


def tell_outlook(outlook: Outlook, *, ref: str, done: bool) -> IdentityOutcome:
    """Return what a change makes."""
    return IdentityOutcome(
        done=done,
        ref=ref,
        changes=outlook.changes,
        barred=outlook.barred.value if outlook.barred else "",
        moved=[tell_handled(known) for known in outlook.moved],
        before=[_tell_side(side) for side in outlook.before],
        after=[_tell_side(side) for side in outlook.after],
    )


def _tell_side(side: Side) -> SideKnown:
    return SideKnown(
        customer=name_customer(side.profile),
        identifiers=[tell_handled(known) for known in side.identifiers],
        touches=side.touches,
        scores=side.scores,
        cases=side.cases,
    )


def tell_decided(decided: Decided) -> DecisionMade:
    """Return a decision."""
    act = decided.act
    return DecisionMade(
        act=decided.seq,
        what=type(act).__name__.lower(),
        by=act.by,
        at=tell_time(act.at_us),
        reason=act.reason,
        identifiers=[tell_handled(known) for known in decided.named],
        open_to_undo=decided.open_to_undo,
    )


def tell_guarded(guarded: Guarded) -> IdentityHeld:
    """Return what the rules hold back."""
    limits = {kind.value: most for kind, most in guarded.rules.limits.items()}
    return IdentityHeld(
        rules=IdentityRules(
            user_id=limits.get("user_id"),
            loyalty_card=limits.get("loyalty_card"),
            email=limits.get("email"),
            phone=limits.get("phone"),
            quarantine_over=guarded.rules.quarantine_over,
        ),
        marked=[
            MarkKnown(
                handle=one.handle,
                identifier=tell_identifier(one.known) if one.known else None,
                mark=one.mark.value,
                met=one.met,
                day=tell_time(one.day_us) if one.met else None,
            )
            for one in guarded.marked
        ],
        apart_total=guarded.apart_total,
        apart=[
            PairApart(
                left=tell_handled(one.left),
                right=tell_handled(one.right),
                left_customer=name_customer(one.left_customer),
                right_customer=name_customer(one.right_customer),
                reason=one.reason.value,
                since=tell_time(one.ts_us),
            )
            for one in guarded.apart
        ],
        large=[LargeCustomer(customer=name_customer(profile), identifiers=n) for profile, n in guarded.large],
    )
