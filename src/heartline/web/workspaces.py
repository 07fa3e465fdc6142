"""The forms about people and the workspace: from what was posted to values that hold, or a refusal by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Role

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f<>\"',;:()\\]{1,64}@[^@\s\x00-\x1f<>\"',;:()\\]{1,255}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")

FIELD_OF: Final = {
    "no_name": "name",
    "bad_email": "email",
    "short_password": "password",
    "long_password": "password",
    "known_password": "password",
    "bad_zone": "timezone",
    "bad_currency": "currency",
    "bad_language": "languages",
    "bad_region": "phone_region",
    "bad_address": "base_url",
    "bad_weekday": "first_weekday",
}
"""The field of a form that a refusal speaks of."""


def is_email(text: str) -> bool:
    """Whether this can be an e-mail address. Only a letter sent there could say more."""
    return _EMAIL.fullmatch(text) is not None


def is_zone(text: str) -> bool:
    """Whether this is a time zone's name."""
    return text in available_timezones()


def read_name(text: str, *, longest: int = 120) -> str:
    """Return a name in one line.

    Raises:
        Invalid: nothing was written.
    """
    name = " ".join(text.split())[:longest]
    if not name:
        raise Invalid("no_name", _("A name is missing."), _("Write what people here say."))
    return name


def read_person(name: str, email: str) -> tuple[str, str]:
    """Return the name and e-mail of somebody who is to sign in.

    Raises:
        Invalid: either cannot be used; the code is ``no_name`` or ``bad_email``.
    """
    if not is_email(email):
        raise Invalid("bad_email", _("This is no e-mail address."), _("Write it like name@example.com."))
    return read_name(name), email.lower()


def read_role(text: str) -> Role:
    """Return a role; what is none may only look."""
    return Role(text) if text in set(Role) else Role.VIEWER


def read_workspace(field: Callable[[str], str]) -> dict[str, object]:
    """Return what a workspace's form changes.

    Raises:
        Invalid: a field cannot be used; ``FIELD_OF`` names it.
    """
    zone, currency, weekday = field("timezone"), field("currency").upper(), field("first_weekday")
    if not is_zone(zone):
        raise Invalid("bad_zone", _("This time zone is not known."), _("Choose one of the list."))
    check_currency(currency)
    if weekday not in set("0123456"):
        raise Invalid("bad_weekday", _("There is no such day."), _("Choose one of the list."))
    return {
        "name": read_name(field("name")),
        "timezone": zone,
        "currency": currency,
        "first_weekday": int(weekday),
        "languages": _read_languages(field("languages")),
        "phone_region": _read_region(field("phone_region").upper()),
        "base_url": _read_address(field("base_url")),
    }


def _read_languages(text: str) -> tuple[str, ...]:
    languages = tuple(dict.fromkeys(part for part in re.split(r"[,;\s]+", text[:200].strip()) if part))
    wrong = next((language for language in languages if not _LANGUAGE.fullmatch(language)), None)
    if wrong is not None or not languages:
        raise Invalid(
            "bad_language",
            _("{wrong} is no language’s code.").format(wrong=wrong or "Nothing"),
            _("Write en, de, zh …"),
        )
    return languages


def _read_region(text: str) -> str:
    if text and not re.fullmatch(r"[A-Z]{2}", text):
        raise Invalid("bad_region", _("A country has two letters."), _("Write DE, GB, US …, or nothing."))
    return text


def _read_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = not text or (parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username)
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise Invalid(
            "bad_address", _("This is no address of a site."), _("Write it like https://heartline.example.com.")
        )
    return text.rstrip("/")[:300]


def check_currency(currency: str) -> None:
    """Refuse what is no code of a currency.

    Raises:
        Invalid: it has not three letters.
    """
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Invalid("bad_currency", _("A currency has three letters."), _("Write EUR, GBP, JPY …"))
