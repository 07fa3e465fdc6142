"""Who an event says it is about, and how far that is believed (design rule 6, I5–I7, traps 6, 7 and 9).

A public key ships in browsers: from it only ``user_id`` and ``anonymous_id`` are heard, and only identify and alias
calls link them, because a page call may carry a later visitor's id (trap 9). A trusted source may say who is who.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from heartline.collect.events import Context, Event
from heartline.collect.wording import clean_name, write_number
from heartline.records import (
    LONGEST_IDENTIFIER,
    PRIORITY,
    Identifier,
    IdentifierKind,
    identify,
    is_junk,
    is_plain,
    normalise,
)

MOST_IDENTIFIERS: Final = 20

# Names under which ``context.externalIds`` and ``context.heartline.identifiers`` carry a kind of our own.
_KINDS: Final = {
    "user_id": IdentifierKind.USER_ID,
    "loyalty_card": IdentifierKind.LOYALTY_CARD,
    "email": IdentifierKind.EMAIL,
    "phone": IdentifierKind.PHONE,
    "device": IdentifierKind.DEVICE,
    "device_id": IdentifierKind.DEVICE,
    "anonymous_id": IdentifierKind.ANONYMOUS_ID,
}
_USER_ID: Final = IdentifierKind.USER_ID
_ANONYMOUS_ID: Final = IdentifierKind.ANONYMOUS_ID
_LINKING_CALLS: Final = frozenset({"identify", "alias"})


class Claims(Struct, frozen=True):
    """The identifiers of an event, unique and sorted by priority, and whether they are evidence of one customer.

    ``junk`` says that an id was given, but none that stands for somebody.
    """

    identifiers: tuple[Identifier, ...]
    linked: bool
    junk: bool


def hear_public(event: Event, call: str, fallback_anonymous_id: object) -> Claims:
    """Hear what a public source may claim."""
    claims = _claim_ids(event, call, fallback_anonymous_id)
    return _gather(claims, may_link=call in _LINKING_CALLS and not _is_self_alias(event, call))


def hear_trusted(
    event: Event,
    call: str,
    fallback_anonymous_id: object,
    *,
    context: Context,
    traits: Mapping[str, Any],
    order: str,
    region: str | None,
) -> Claims:
    """Hear what a trusted source may claim: all kinds, verified, and linked wherever two stand together."""
    claims = _claim_ids(event, call, fallback_anonymous_id)
    if traits:
        claims.append(_claim(IdentifierKind.EMAIL, traits.get("email"), verified=True))
        claims.append(_claim(IdentifierKind.PHONE, traits.get("phone"), verified=True, region=region))
    if context.device is not None and context.device.id is not None:
        claims.append(_claim(IdentifierKind.DEVICE, context.device.id))
    if context.external_ids is not None:
        claims.extend(_claim_externals(context.external_ids, region))
    if context.heartline is not None and isinstance(context.heartline.identifiers, dict):
        claims.extend(_claim_block(context.heartline.identifiers, region))
    if order:
        claims.append(_claim_external("order", order))
    return _gather(claims, may_link=not _is_self_alias(event, call))


def write_id(value: object) -> str | None:
    """Return an id as the string it is compared by; None where no id is given. Numbers are written out (trap 6)."""
    if value is None or value == "":
        return None
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return write_number(value)
    if value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in value[: LONGEST_IDENTIFIER + 1])


_Claim = Identifier | bool
"""An identifier; True: one was given and is junk; False: none was given."""


def _claim_ids(event: Event, call: str, fallback_anonymous_id: object) -> list[_Claim]:
    claims: list[_Claim] = []
    if event.user_id is not None:
        claims.append(_claim_id(_USER_ID, event.user_id))
    if event.anonymous_id is not None:
        claims.append(_claim_id(_ANONYMOUS_ID, event.anonymous_id))
    elif event.user_id is None and fallback_anonymous_id is not None:
        claims.append(_claim_id(_ANONYMOUS_ID, fallback_anonymous_id))
    if call == "alias" and not _is_self_alias(event, call):
        claims.append(_claim_id(_ANONYMOUS_ID, event.previous_id))
    return claims


def _claim_id(kind: IdentifierKind, given: object) -> _Claim:
    """Claim a user id or an anonymous one, which most events have and which most often are plain."""
    if type(given) is str and is_plain(given):
        return Identifier(kind, given, kind is _USER_ID)
    return _claim(kind, given)


def _is_self_alias(event: Event, call: str) -> bool:
    return call == "alias" and write_id(event.user_id) == write_id(event.previous_id)


def _claim_externals(given: object, region: str | None) -> Iterator[_Claim]:
    if not isinstance(given, list):
        return
    for item in given[:MOST_IDENTIFIERS]:
        if isinstance(item, dict):
            name = clean_name(item.get("type"), 60).lower()
            kind = _KINDS.get(name)
            if kind is None:
                yield _claim_external(name, item.get("id"))
            else:
                yield _claim(kind, item.get("id"), verified=True, region=region)


def _claim_block(given: Mapping[str, Any], region: str | None) -> Iterator[_Claim]:
    for name, kind in _KINDS.items():
        if name in given:
            yield _claim(kind, given[name], verified=True, region=region)
    externals = given.get("external")
    if isinstance(externals, list):
        for item in externals[:MOST_IDENTIFIERS]:
            if isinstance(item, dict):
                name = clean_name(item.get("type"), 60).lower()
                yield _claim_external(name, item.get("id"), strong=item.get("strong") is True)


def _claim(kind: IdentifierKind, given: object, *, verified: bool = False, region: str | None = None) -> _Claim:
    value = write_id(given)
    if value is None:
        return given is not None and given != ""
    # A device or cookie is never proof of who holds it (I4), whoever reports it.
    is_proof = verified and kind is not IdentifierKind.DEVICE and kind is not IdentifierKind.ANONYMOUS_ID
    if kind is IdentifierKind.PHONE:
        return _identify_phone(value, is_proof, region) or True
    return identify(kind, value, verified=is_proof) or True


def _claim_external(name: str, given: object, *, strong: bool = False) -> _Claim:
    value = write_id(given)
    if value is None or not name:
        return given is not None and given != ""
    # The type is ours, so the id alone says whether it is junk.
    if is_junk(value):
        return True
    return Identifier(IdentifierKind.EXTERNAL, f"{name}:{normalise(IdentifierKind.EXTERNAL, value)}", strong)


@lru_cache(maxsize=4096)
def _identify_phone(value: str, verified: bool, region: str | None) -> Identifier | None:  # noqa: FBT001  # hashed by place
    """Remember recent phone numbers: reading one costs as much as all the rest of the gate."""
    return identify(IdentifierKind.PHONE, value, verified=verified, region=region)


def _gather(claims: list[_Claim], *, may_link: bool) -> Claims:
    found: list[Identifier] = []
    junk = False
    for claim in claims:
        if claim is True:
            junk = True
        elif claim is not False:
            found.append(claim)
    if len(found) > 1 and not (len(found) == 2 and PRIORITY[found[0].kind] < PRIORITY[found[1].kind]):
        found.sort(key=_rank)
        unique = found[:1]
        for identifier in found:
            last = unique[-1]
            # Of two claims of one identifier the verified one sorts first.
            if identifier.value != last.value or identifier.kind is not last.kind:
                unique.append(identifier)
        found = unique[:MOST_IDENTIFIERS]
    return Claims(tuple(found), may_link and len(found) > 1, junk)


def _rank(identifier: Identifier) -> tuple[int, str, bool]:
    return PRIORITY[identifier.kind], identifier.value, not identifier.strong
