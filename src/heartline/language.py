"""The language people read: gettext catalogs, and how numbers and dates are written in it.

English words are the message ids. ``_`` translates a whole sentence with named gaps (``_("{n} left").format(n=3)``),
``ngettext`` picks a plural by the language's own rule, ``pgettext`` tells apart what is one word in English, and
``mark`` names words for the catalogs where they are written down before anybody reads (module constants). The language
belongs to the request, not to the process: ``speaking`` sets it for what runs inside. Without it English is spoken, so
what programs, logs and the command line get never changes.

Catalogs are the ``.po`` files under ``locale``, read as they are when a language is first spoken: nothing to compile,
nothing to go stale. docs/how-to/translate.md tells how they are kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.dates import format_skeleton, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_currency_symbol

LANGUAGES: Final = {"en": "English", "de": "Deutsch", "zh": "中文"}
"""The languages of the screens by their tags, each named in itself."""
TONGUES: Final = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl", "gu", "he"),
    *("hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "ko", "lt", "lv", "mk", "ms", "mt", "nb", "nl", "pl"),
    *("pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh"),
)
"""The languages that customers may be asked in. Where the screens do not speak one, their buttons are English."""
PSEUDO: Final = "x-pseudo"
"""A language of tests: every translated text stands in ⟦brackets⟧, so that what is not translated shows."""
_SAME: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}
"""Tags that browsers send, and what we call the same."""
_LOCALES: Final = {"en": "en_GB", "de": "de", "zh": "zh_Hans", PSEUDO: "en_GB"}

_spoken: ContextVar[str] = ContextVar("heartline_language", default="en")


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Speak a language inside; English where it is none of ours."""
    before = _spoken.set(tag if tag in _LOCALES else "en")
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """Return the tag of the language spoken now: what is kept across requests and holds words keeps it by this."""
    return _spoken.get()


def _(text: str) -> str:
    """Translate a text; it stays as it is where the catalog lacks it."""
    # What a catalog says of nothing is its own head.
    return _catalog(_spoken.get()).gettext(text) if text else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Translate the form of a text that goes with ``n`` things."""
    return _catalog(_spoken.get()).ngettext(one, many, n)


def pgettext(context: str, text: str) -> str:
    """Translate a text whose meaning the context names (“Open”: a state, or to open)."""
    return _catalog(_spoken.get()).pgettext(context, text)


def mark(text: str) -> str:
    """Name a text for the catalogs and return it untranslated; whoever shows it calls ``_``."""
    return text


def primary_tag(told: str) -> str:
    """Return the language of a tag, without its region or script: ``de`` of ``de-AT``."""
    primary = told.strip().lower().replace("_", "-").partition("-")[0]
    return _SAME.get(primary, primary)


def choose_language(accepted: str, *, offered: tuple[str, ...] = tuple(LANGUAGES), otherwise: str = "en") -> str:
    """Return the offered language that an Accept-Language header likes best (RFC 9110 §12.5.4); ``otherwise`` else."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _semicolon, weight = part.strip().partition(";")
        primary = primary_tag(tag)
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if primary in offered and quality > 0:
            liked.append((-quality, place, primary))
    return min(liked)[2] if liked else otherwise


def localize_digits(body: str) -> str:
    """Write an English figure (“1,204.5”) with the signs of the language spoken (“1.204,5”)."""
    if _spoken.get() in {"en", PSEUDO}:
        return body
    signs = _locale(_spoken.get()).number_symbols["latn"]
    return body.translate(str.maketrans({",": signs["group"], ".": signs["decimal"]}))


def write_date(at: date, skeleton: str) -> str:
    """Write a date by a CLDR skeleton (“MMMd”, “yMMMd”, “MMMEd”) as the language spoken does: “14 Nov”, “11月14日”."""
    # “6. Sept.” without its last sign: a sentence brings one of its own.
    return format_skeleton(skeleton, at, locale=_locale(_spoken.get())).removesuffix(".")


def name_weekday(weekday: int) -> str:
    """Name a day of the week (0 is Monday), short: “Mon”, “Mo.”, “周一”."""
    return str(get_day_names("abbreviated", "format", _locale(_spoken.get()))[weekday])


def name_language(tag: str) -> str:
    """Name a language in the language spoken: “German”, “Deutsch”, “德语”; the tag where it has no name there."""
    locale = _locale("en" if _spoken.get() == PSEUDO else _spoken.get())
    return str(locale.languages.get(tag, tag))


@cache
def name_itself(tag: str) -> str:
    """Name a language in itself: “Deutsch”, “Français”, “العربية”; the tag where it has no name."""
    name = LANGUAGES.get(tag) or str(Locale.parse(tag).languages.get(tag, tag))
    # Georgian has capitals that no text uses and few typefaces hold.
    return name if tag == "ka" else name[:1].upper() + name[1:]


@cache
def direction(tag: str) -> str:
    """Return where a language is written to: ``ltr`` or ``rtl``."""
    return "rtl" if tag in TONGUES and Locale.parse(tag).text_direction == "rtl" else "ltr"


def write_currency(body: str, currency: str) -> str:
    """Put a currency where the language spoken puts it: “€14.50”, “14,50 €”. ``body`` is a localized figure."""
    locale = _locale(_spoken.get())
    symbol = get_currency_symbol(currency, locale)
    if locale.currency_formats["standard"].pattern.partition(";")[0].endswith("¤"):
        return f"{body}\N{NO-BREAK SPACE}{symbol}"
    return f"{symbol}\N{NO-BREAK SPACE}{body}" if symbol[-1:].isalpha() else f"{symbol}{body}"


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(_LOCALES[tag])


@cache
def _catalog(tag: str) -> NullTranslations:
    if tag == PSEUDO:
        return _Pseudo()
    source = files("heartline").joinpath("locale", tag, "LC_MESSAGES", "heartline.po")
    if not source.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as written:
        write_mo(compiled, read_po(written, locale=tag))
    compiled.seek(0)
    return GNUTranslations(compiled)


class _Pseudo(NullTranslations):
    """Puts what goes through a catalog between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        del context
        return self.gettext(message)
