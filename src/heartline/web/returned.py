"""Addresses that bounce, as pages have them: under the outbox, on a customer's page, and lifted by who invites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Missing
from heartline.language import _
from heartline.records import Bounce, BounceCounts, IdentifierKind
from heartline.web.visit import Visit

SHOWN: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One address that bounces. Kept is its hash alone: ``address`` is known where a letter or a customer still has it,
    ``ref`` where it is a customer's.
    """

    bounce: Bounce
    address: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the outbox says of addresses: those that bounce with their counts, and how many were asked and confirmed."""

    returned: tuple[Returned, ...]
    counts: BounceCounts
    waiting: int
    confirmed: int


def read_reach(heartline: Heartline) -> Reach:
    """Read what the page of the outbox shows of addresses."""
    kept = heartline.stores.kept
    waiting, confirmed = kept.confirmation_counts()
    return Reach(
        returned=tuple(_name(heartline, one) for one in kept.bounces(limit=SHOWN)),
        counts=kept.bounce_counts(),
        waiting=waiting,
        confirmed=confirmed,
    )


def _name(heartline: Heartline, bounce: Bounce) -> Returned:
    letter = next(iter(heartline.stores.kept.letters(limit=1, handles=[bounce.handle])), None)
    derived = heartline.stores.derived
    owner = derived.customer_of_handle(bounce.handle)
    profile = derived.profiles([owner]).get(owner) if owner is not None else None
    address = letter.letter.to if letter is not None else profile.email if profile is not None else ""
    return Returned(bounce=bounce, address=address, ref=profile.ref if profile is not None else "")


def returned_of_customer(heartline: Heartline, customer_id: int) -> tuple[Returned, ...]:
    """Return which of a customer's addresses bounce, or were complained from."""
    derived = heartline.stores.derived
    known = derived.identifiers({span.subject_id for span in derived.owned_by(customer_id)})
    addresses = {one.handle: one.identifier.value for one in known if one.identifier.kind is IdentifierKind.EMAIL}
    return name_returned(addresses, heartline.stores.kept.bounces(limit=SHOWN, handles=list(addresses)))


def name_returned(addresses: dict[str, str], found: Iterable[Bounce]) -> tuple[Returned, ...]:
    """Return those that matter: only a soft bounce is nothing to look at."""
    grave: Sequence[Bounce] = [one for one in found if one.held_us or one.complained_us]
    return tuple(Returned(bounce=one, address=addresses[one.handle]) for one in grave)


def lift(visit: Visit, handle: str) -> None:
    """Write to an address again from now on.

    Raises:
        Missing: it is not held back.
    """
    if not visit.heartline.stores.kept.lift_bounce(handle):
        raise Missing("no_bounce", _("This address is not held back."), _("See Settings, Outbox."))
    visit.note("letter.bounce_lifted", handle)
