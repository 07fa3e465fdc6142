"""Personal data in free text: e-mail addresses, phone numbers, payment cards, bank accounts; found, and masked.

Each shape is checked beyond its looks, so that order numbers and prices stay: a card by its checksum (Luhn) and its
issuer's first digits, an account by its country's length and checksum (ISO 13616), a phone number by a sign that makes
it one (``+``, ``00``, a bracket, or groups after a leading zero).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class PersonalKind(StrEnum):
    """What a piece of text is, as its mask says it."""

    EMAIL = "e-mail"
    PHONE = "phone"
    CARD = "card"
    IBAN = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A piece of personal data: what it is, and ``text[start:end]``."""

    kind: PersonalKind
    start: int
    end: int


_EMAIL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD: Final = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){11,18}(?![\w]|[.,]\d)")
_PHONE: Final = re.compile(
    r"(?<![\w.,/-])(?<!\d )(?:\+\d|00[1-9]|\(0|0\d)(?:[ ()./-]{0,2}\d){5,14}(?![\w]|[.,/:-]\d)",
)
_DATE: Final = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}(?!\d)")
_IBAN_LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
        "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
        "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
        "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
        "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
        "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
        "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    }
)  # fmt: skip
"""Lengths of the account numbers of ISO 13616, by country."""
# Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: first digits and lengths.
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d{2})\d{12}|35\d{14}|62\d{14,17}|(?:50|5[6-9]|6[0-9])\d{10,17}"
)
_FEWEST_DIGITS: Final = 7
_MOST_DIGITS: Final = 15


def find_personal(text: str) -> list[Personal]:
    """Return all personal data in a text, in order; none of it overlaps.

    >>> [found.kind.value for found in find_personal("Mail jo@example.com or call +49 30 1234567")]
    ['e-mail', 'phone']
    """
    found: list[Personal] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern, holds in _SHAPES:
        for start, end in _matches(pattern, text, holds):
            if all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
                found.append(Personal(kind=kind, start=start, end=end))
    return sorted(found, key=lambda one: one.start)


def mask_personal(text: str) -> str:
    """Return a text with each piece of personal data replaced by what it was.

    >>> mask_personal("Mail jo@example.com, order 4711-0815, 12.50 EUR")
    'Mail [e-mail], order 4711-0815, 12.50 EUR'
    """
    if not _WORTH_A_LOOK.search(text):
        return text
    parts: list[str] = []
    at = 0
    for one in find_personal(text):
        parts += (text[at : one.start], f"[{one.kind.value}]")
        at = one.end
    return "".join((*parts, text[at:]))


def _matches(pattern: re.Pattern[str], text: str, holds: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        said = match[0]
        if pattern is _IBAN:
            # Words that follow the number look like more of it: its country says where it ends.
            said = _cut_iban(said)
        if said and holds(said):
            yield match.start(), match.start() + len(said)


def _cut_iban(said: str) -> str:
    length = _IBAN_LENGTHS.get(said[:2].upper(), 0)
    count = 0
    for place, sign in enumerate(said):
        count += sign.isalnum()
        if count == length:
            return said[: place + 1]
    return ""


def _holds_iban(said: str) -> bool:
    bare = re.sub(r"[ -]", "", said).upper()
    if len(bare) != _IBAN_LENGTHS.get(bare[:2], 0):
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _holds_card(said: str) -> bool:
    digits = re.sub(r"\D", "", said)
    if not _ISSUERS.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _holds_phone(said: str) -> bool:
    digits = re.sub(r"\D", "", said)
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or said.count("(") != said.count(")"):
        return False
    if said[0] in "+(" or said.startswith("00"):
        return True
    # A leading zero alone begins many an order number; a number that people dial is written in groups.
    groups = [group for group in re.split(r"[ ()./-]+", said) if group]
    return len(groups) > 1 and not _DATE.match(said)


def _holds(_said: str) -> bool:
    return True


_SHAPES: Final[tuple[tuple[PersonalKind, re.Pattern[str], Callable[[str], bool]], ...]] = (
    (PersonalKind.EMAIL, _EMAIL, _holds),
    (PersonalKind.IBAN, _IBAN, _holds_iban),
    (PersonalKind.CARD, _CARD, _holds_card),
    (PersonalKind.PHONE, _PHONE, _holds_phone),
)
"""The order matters: a card's digits read as a phone number too."""
_WORTH_A_LOOK: Final = re.compile(r"@|\d(?:[^\d]{0,3}\d){6}")
"""Nearly every comment has neither an at sign nor seven digits close together."""
