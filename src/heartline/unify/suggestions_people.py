"""A customer as the matcher sees one: what their traits say, whatever it is called, in one way of writing (rule I7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from heartline.records import IdentifierKind, Profile, is_junk, normalise
from heartline.store import MatchRecord

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "first_name": ("firstname", "givenname", "forename", "vorname", "prenom", "nombre"),
    "last_name": ("lastname", "surname", "familyname", "nachname", "nom", "apellido", "apellidos"),
    "birth_date": ("birthdate", "birthday", "dateofbirth", "dob", "geburtsdatum"),
    "street": ("street", "streetname", "streetaddress", "address1", "addressline1", "strasse"),
    "house": ("house", "housenumber", "streetnumber", "hausnummer"),
    "post_code": ("postcode", "postalcode", "zip", "zipcode", "plz"),
    "city": ("city", "town", "suburb", "locality", "ort", "stadt"),
    "email": ("email", "emailaddress", "mail"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "telephone", "telefon"),
}
"""Under which names traits say it: as letters alone, so that ``first_name`` and ``FirstName`` are one."""
_COLUMN_OF: Final = {name: column for column, names in _NAMES.items() for name in names}
_ENOUGH: Final = 2
_LONGEST: Final = 200
_WORDS: Final = re.compile(r"[^\w]+")
_HOUSE: Final = re.compile(
    r"^(?P<before>\d+\s?[a-z]?(?:/\d+)?)\s+(?P<rest>.+)$|^(?P<street>.+?)\s+(?P<after>\d+\s?[a-z]?)$"
)
_STREET_WORDS: Final = {
    "street": "st",
    "strasse": "str",
    "road": "rd",
    "avenue": "av",
    "ave": "av",
    "place": "pl",
    "lane": "ln",
    "drive": "dr",
}
_ISO: Final = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?$")
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$")


def read_person(profile: Profile, *, region: str | None = None) -> MatchRecord | None:
    """Return a customer's values by column, or None where too little is known to compare. ``region`` is for phones."""
    told = tell_person(profile)
    values = {column: written for column, raw in told.items() if (written := _WRITERS[column](raw))}
    _split_name(profile, values)
    _split_house(values)
    if told.get("phone"):
        values["phone"] = _write_phone(told["phone"], region)
    if "email" in values:
        values["email_name"] = values["email"].partition("@")[0].partition("+")[0]
    values = {column: value[:_LONGEST] for column, value in values.items() if value}
    return MatchRecord(ref=profile.ref, values=values) if len(values.keys() - {"email_name"}) >= _ENOUGH else None


def tell_person(profile: Profile) -> dict[str, str]:
    """Return what is known of a customer by column, as it was written; a birth date as yyyy-mm-dd where it is one."""
    found: dict[str, str] = {}
    for name, value in _flat(profile.traits):
        column = _COLUMN_OF.get("".join(letter for letter in name.casefold() if letter.isalnum()))
        if column is not None and column not in found and not is_junk(value):
            found[column] = value
    for column, value in (("email", profile.email), ("phone", profile.phone)):
        if value and not is_junk(value):
            found.setdefault(column, value)
    if "birth_date" in found:
        found["birth_date"] = _write_date(found["birth_date"]) or found["birth_date"]
    return found


def _flat(traits: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Walk traits by name, and into an address, which Segment's spec makes an object."""
    for name, value in sorted(traits.items()):
        if isinstance(value, Mapping):
            if name.casefold() == "address":
                yield from _flat(value)
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            yield name, str(value).strip()


def fold_text(text: str) -> str:
    """Return words as they are compared: without accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORDS.sub(" ", unicodedata.normalize("NFC", bare)).replace("_", " ").split())


def _write_date(text: str) -> str:
    """Return a date as yyyy-mm-dd. What cannot be a date stays unknown; day or month first is not ours to know, and
    dates whose day and month changed places are found alike.
    """
    if iso := _ISO.match(text.strip()):
        year, month, day = iso.groups()
    elif first := _DAY_FIRST.match(text.strip()):
        day, month, year = first.groups()
    else:
        return ""
    if int(month) > 12 >= int(day):
        day, month = month, day
    return f"{year}-{int(month):02}-{int(day):02}"


def _write_email(text: str) -> str:
    return normalise(IdentifierKind.EMAIL, text) if "@" in text else ""


def _write_phone(text: str, region: str | None) -> str:
    return "".join(letter for letter in normalise(IdentifierKind.PHONE, text, region=region) if letter.isdecimal())


def _write_code(text: str) -> str:
    return fold_text(text).replace(" ", "")


def _write_street(text: str) -> str:
    words = [_STREET_WORDS.get(word, word) for word in fold_text(text).split()]
    return " ".join(word[:-6] + "str" if word.endswith("strasse") else word for word in words)


_WRITERS: Final = {
    "first_name": fold_text,
    "last_name": fold_text,
    "birth_date": _write_date,
    "street": _write_street,
    "house": _write_code,
    "post_code": _write_code,
    "city": fold_text,
    "email": _write_email,
    "phone": fold_text,
}


def _split_name(profile: Profile, values: dict[str, str]) -> None:
    """Take the two names from a full name where they are not told apart: the first word and the last."""
    if "first_name" in values or "last_name" in values:
        return
    family, comma, given = profile.name.partition(",")
    words = fold_text(f"{given} {family}" if comma else profile.name).split()
    if words:
        values["first_name"] = words[0]
    if len(words) > 1:
        values["last_name"] = words[-1]


def _split_house(values: dict[str, str]) -> None:
    """Tell a house number from its street, before it as the English write it or after it as the Germans do."""
    if "house" in values or not (found := _HOUSE.match(values.get("street", ""))):
        return
    values["street"] = found["rest"] or found["street"]
    values["house"] = (found["before"] or found["after"]).replace(" ", "")
