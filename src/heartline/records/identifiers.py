"""Identifiers: the handles by which a customer is known, and the evidence that ties two of them together.

Rules I1, I4, I5 and I7 (docs/explanation/identity.md). An identifier is immutable and already normalised: build it with
``identify``, which refuses junk.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
import phonenumbers


class IdentifierKind(StrEnum):
    """Kinds in order of priority: an interaction's subject is its identifier of the highest kind."""

    USER_ID = "user_id"
    LOYALTY_CARD = "loyalty_card"
    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL = "external"
    DEVICE = "device"
    ANONYMOUS_ID = "anonymous_id"


PRIORITY: Final[dict[IdentifierKind, int]] = {kind: rank for rank, kind in enumerate(IdentifierKind)}
ALWAYS_STRONG: Final = frozenset({IdentifierKind.USER_ID, IdentifierKind.LOYALTY_CARD})
LONGEST_IDENTIFIER: Final = 400

# The union of what Segment and PostHog block (I5). Compared without the quotes people's templates leave around them.
_JUNK_ANY_CASE: Final = frozenset(
    [
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false",
        "null",
        "none",
        "nan",
    ]
)
_JUNK_EXACT: Final = frozenset({"[object Object]", "NaN", "None", "none", "null", "0", "-1"})
_LONGEST_JUNK: Final = max(map(len, _JUNK_ANY_CASE | _JUNK_EXACT))
_JUNK_PATTERN: Final = re.compile(r"^[0-]*$")
_PLAIN: Final = re.compile(r"[A-Za-z1-9](?:[ -~]{0,398}[A-Za-z0-9])?").fullmatch
_EMAIL_SHAPE: Final = re.compile(r"^[^@\s]+@[^@\s]+$")


class Identifier(msgspec.Struct, frozen=True, order=True):  # made for every event: docs/decisions/0007
    """One handle. ``value`` is normalised; ``strong`` says that this claim of it is verified (rules I4 and I6).

    For ``EXTERNAL`` the value is ``"type:id"``.
    """

    kind: IdentifierKind
    value: str
    strong: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes two claims the same identifier, whoever made them."""
        return (self.kind, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An edge: somebody said at ``ts_us`` that two identifiers are of one customer.

    ``evidence_id`` is a hash of source, message id and the pair, so it never depends on arrival. ``strong`` edges join
    customers; weak ones say who owned a cookie, device or order at a time.
    """

    evidence_id: bytes
    left: Identifier
    right: Identifier
    ts_us: int
    source_id: int
    strong: bool


def is_junk(value: str) -> bool:
    """Tell whether a value stands for "nobody in particular" (I5)."""
    if len(value) > _LONGEST_JUNK and value[0].isalnum() and value[-1].isalnum() and value[0] != "0":
        # Nothing to strip, and no word of junk is so long: this is asked for every identifier of every event.
        return len(value) > LONGEST_IDENTIFIER
    bare = value.strip().strip("'\"").strip()
    return (
        not bare
        or len(value) > LONGEST_IDENTIFIER
        or bare in _JUNK_EXACT
        or bare.lower() in _JUNK_ANY_CASE
        or _JUNK_PATTERN.match(bare) is not None
    )


def is_plain(value: str) -> bool:
    """Tell at one glance of nearly every id that it is no junk, and already as ``normalise`` would leave it.

    True of printable ASCII between letters or digits; never of junk. Not for e-mail addresses and phone numbers.
    """
    return _PLAIN(value) is not None and (len(value) > _LONGEST_JUNK or value.lower() not in _JUNK_ANY_CASE)


def normalise(kind: IdentifierKind, raw: str, *, region: str | None = None) -> str:
    """Return the value by which identifiers are compared (I7). ``region`` is a country code for local phone numbers."""
    value = raw.strip()
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if kind is IdentifierKind.EMAIL and _EMAIL_SHAPE.match(value):
        local, _, domain = value.rpartition("@")
        return f"{local.lower()}@{domain.lower()}"
    if kind is IdentifierKind.PHONE:
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            return value
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return value


def identify(kind: IdentifierKind, raw: str, *, verified: bool = False, region: str | None = None) -> Identifier | None:
    """Build an identifier from what a client sent, or None where the value is junk."""
    if is_junk(raw):
        return None
    value = normalise(kind, raw, region=region)
    return Identifier(kind, value, strong=kind in ALWAYS_STRONG or verified)


def subject_of(identifiers: tuple[Identifier, ...]) -> Identifier:
    """Return the subject: the identifier of the highest kind, ties by value (never by arrival)."""
    return min(identifiers, key=lambda i: (PRIORITY[i.kind], i.value))
