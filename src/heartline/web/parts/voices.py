"""What customers wrote: serif, in their own language, with their own marks."""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.parts import svg
from heartline.web.parts.words import number

MARKS: Final = {
    "ru": ("«", "»"), "uk": ("«", "»"), "fr": ("« ", " »"), "el": ("«", "»"), "es": ("«", "»"), "it": ("«", "»"),
    "zh": ("「", "」"), "ja": ("「", "」"), "de": ("„", "“"), "pl": ("„", "”"), "sv": ("”", "”"), "fi": ("”", "”"),
}  # fmt: skip
_SCRIPTS: Final = {"CYRILLIC": "ru", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "HANGUL": "ko",
                   "ARABIC": "ar", "HEBREW": "he", "GREEK": "el"}  # fmt: skip


def guess_language(text: str) -> str:
    """A language tag by script alone, for marks and line breaking where nobody said which; ``""`` for Latin script."""
    for character in text[:200]:
        if character.isalpha() and (name := unicodedata.name(character, "").split(" ", 1)[0]) in _SCRIPTS:
            return _SCRIPTS[name]
    return ""


def quoted(text: str, *, language: str = "") -> str:
    """The text between the marks of its language, unless it brings its own."""
    text = text.strip()
    if text[:1] in '“«„「『"' and text[-1:] in '”»“」』"' and len(text) > 1:
        return text
    first, last = MARKS.get((language or guess_language(text)).split("-", maxsplit=1)[0], ("“", "”"))
    return f"{first}{text}{last}"


def quote(
    text: str,
    *,
    by: Node = None,
    language: str = "",
    size: Literal["", "large", "small"] = "",
    href: str = "",
) -> Element:
    """A quote with hanging marks. ``by`` says where and when; ``href`` leads to who said it."""
    language = language or guess_language(text)
    words = quoted(text, language=language)
    return h.figure(class_=["voice", size])[
        h.blockquote(".quote", lang=language or None, dir="auto")[h.a(href=href)[words] if href else words],
        by and h.figcaption(".by")[by],
    ]


def valence(value: float | None) -> Element:
    """Where one text or score lies between upset and delighted: a small rule with a point."""
    if value is None:
        return svg.svg(".val", viewBox="0 0 80 14", role="img", aria_label=_("No score"))[
            svg.path(".edge-line", d="M4 7H76M40 3.5v7")
        ]
    label = _("Feeling {value}, from −1 to +1").format(value=number(value, digits=2, signed=True))
    return svg.svg(".val", viewBox="0 0 80 14", role="img", aria_label=label)[
        svg.path(".edge-line", d="M4 7H76M40 3.5v7"),
        svg.circle(".pt", cx=svg.num(40 + 34 * max(-1.0, min(1.0, value))), cy="7", r="5"),
    ]


def voice_row(text: str, *, feeling: float | None, by: Node, language: str = "", href: str = "") -> Element:
    """A quote with its feeling beside it, as a list item."""
    return h.li(".voice-row")[valence(feeling), quote(text, by=by, language=language, href=href)]


def voices(*items: Node) -> Element:
    """Quotes one below the other."""
    return h.ul(".rows.voices")[items]
