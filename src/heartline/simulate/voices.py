"""What customers say, and what they truly feel: a grammar over three languages, with typos, sarcasm and mixed feelings.

A text is planned as five numbers (theme, emotion, twist, language, seed) and written out only when its message is sent.
The numbers are the truth about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt

from heartline.simulate.speech import THEMES, Tongue
from heartline.simulate.speech_en import ENGLISH
from heartline.simulate.speech_reviews import REVIEWERS
from heartline.simulate.speech_ru import RUSSIAN
from heartline.simulate.speech_staff import STAFF
from heartline.simulate.speech_zh import CHINESE

Ints = npt.NDArray[np.int64]

EMOTIONS: Final = ("joy", "gratitude", "neutral", "confusion", "worry", "disappointment", "annoyance", "anger")
VALENCES: Final = (0.8, 0.7, 0.0, -0.25, -0.4, -0.55, -0.6, -0.9)
PLAIN: Final = 0
MIXED: Final = 1
SARCASTIC: Final = 2
TWISTS: Final = ("plain", "mixed", "sarcastic")
SILENT: Final = -1

_TONGUES: Final[tuple[Tongue, ...]] = (ENGLISH, RUSSIAN, CHINESE, *REVIEWERS, STAFF)
OF_REVIEWERS: Final = 3
"""Added to a language's number: how people write who review on a portal, of whichever roaster."""
OF_STAFF: Final = 6
_GLAD: Final = frozenset({"joy", "gratitude"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One row an event; ``theme`` is ``SILENT`` where nothing was said."""

    theme: Ints
    emotion: Ints
    twist: Ints
    language: Ints
    seed: Ints

    def only(self, rows: Ints) -> Texts:
        """Keep the texts of these rows."""
        return Texts(**{column.name: getattr(self, column.name)[rows] for column in fields(Texts)})

    def valence(self, row: int) -> float:
        """The true feeling of a row, −1 to +1."""
        value = VALENCES[self.emotion[row]]
        if self.twist[row] == MIXED:
            value = value * 0.4
        return round(value, 2)


def find_theme(name: str) -> int:
    """The number of a theme."""
    return THEMES.index(name)


def find_emotion(name: str) -> int:
    """The number of an emotion."""
    return EMOTIONS.index(name)


def _tell_theme(tongue: Tongue, theme: str, emotion: str) -> str:
    """What is really spoken of: a tongue that has no words for a theme in this mood speaks of something else."""
    if emotion in _GLAD:
        return theme if theme in tongue.good else "taste"
    if emotion in {"neutral", "confusion"}:
        return theme if theme in tongue.asks else "nothing in particular"
    return theme if theme in tongue.bad else "order"


_THEME_TOLD: Final = np.array(
    [
        [[THEMES.index(_tell_theme(tongue, theme, emotion)) for theme in THEMES] for emotion in EMOTIONS]
        for tongue in _TONGUES
    ],
    dtype=np.int64,
)


def draw_texts(
    rng: np.random.Generator, *, language: Ints, theme: Ints, emotion: Ints, share: float | npt.NDArray[np.float64]
) -> Texts:
    """Plan texts for events: ``share`` of them say something, of those some mix feelings or mean the opposite."""
    n = len(language)
    said = rng.random(n) < share
    glad = emotion <= find_emotion("gratitude")
    upset = emotion >= find_emotion("disappointment")
    roll = rng.random(n)
    twist = np.where(roll < 0.1, MIXED, PLAIN)
    twist = np.where(upset & (roll >= 0.1) & (roll < 0.16), SARCASTIC, twist)
    twist = np.where(glad | upset, twist, PLAIN)
    return Texts(
        theme=np.where(said, _THEME_TOLD[language, emotion, theme], SILENT).astype(np.int64),
        emotion=emotion.astype(np.int64),
        twist=twist.astype(np.int64),
        language=language.astype(np.int64),
        seed=rng.integers(0, 1 << 40, n),
    )


def draw_from(rng: np.random.Generator, n: int, weights: Mapping[str, float], names: Sequence[str]) -> Ints:
    """Draw ``n`` numbers of the names given, by weight."""
    total = sum(weights.values())
    return rng.choice([names.index(name) for name in weights], n, p=[w / total for w in weights.values()]).astype(
        np.int64
    )


def write_text(texts: Texts, row: int, rng: Random) -> str:
    """Write out one planned text. ``rng`` is only a tool: it is seeded here."""
    rng.seed(int(texts.seed[row]))
    tongue = _TONGUES[texts.language[row]]
    theme, emotion = THEMES[texts.theme[row]], EMOTIONS[texts.emotion[row]]
    twist = texts.twist[row]
    if twist == MIXED:
        text = _write_mixed(tongue, theme, emotion, rng)
    elif twist == SARCASTIC:
        frame = _pick(rng, tongue.sarcasm).replace("{bad}", _core(tongue, theme, emotion, rng))
        text = tongue.join([_fill(tongue, frame, rng)])
    else:
        text = _write_plain(tongue, theme, emotion, rng)
    return _spoil(text, rng) if tongue.spoils else text


def _write_plain(tongue: Tongue, theme: str, emotion: str, rng: Random) -> str:
    parts = [_core(tongue, theme, emotion, rng)]
    roll = rng.random()
    if roll > 0.85:
        parts.append(_core(tongue, theme, emotion, rng))
    if roll < 0.55:
        parts.insert(0, _pick(rng, tongue.openers[emotion]))
    if roll > 0.35:
        parts.append(_pick(rng, tongue.closers[emotion]))
    return tongue.join(_fill(tongue, part, rng) for part in dict.fromkeys(parts) if part)


def _write_mixed(tongue: Tongue, theme: str, emotion: str, rng: Random) -> str:
    main = _core(tongue, theme, emotion, rng)
    glad = emotion in _GLAD
    other_themes = tongue.bad if glad else tongue.good
    asides = [aside for aside in (tongue.aside_bad if glad else tongue.aside_good) if aside != theme]
    other = _pick(rng, other_themes[_pick(rng, asides)])
    good, bad = (main, other) if glad else (other, main)
    frame = _pick(rng, tongue.mixed).replace("{b}", bad).replace("{a}", good)
    return tongue.join([_fill(tongue, frame, rng)])


def _core(tongue: Tongue, theme: str, emotion: str, rng: Random) -> str:
    if emotion in _GLAD:
        return _pick(rng, tongue.good.get(theme) or tongue.good["taste"])
    if emotion in {"neutral", "confusion"}:
        return _pick(rng, tongue.asks.get(theme) or tongue.so_so) + (tongue.query if theme in tongue.asks else "")
    return _pick(rng, tongue.bad.get(theme) or tongue.bad["order"])


def _pick(rng: Random, options: Sequence[str]) -> str:
    return options[int(rng.random() * len(options))]


def _fill(tongue: Tongue, text: str, rng: Random) -> str:
    while "{" in text:
        start = text.index("{")
        end = text.index("}", start)
        text = text[:start] + _pick(rng, tongue.slots[text[start + 1 : end]]) + text[end + 1 :]
    return text


def _spoil(text: str, rng: Random) -> str:
    """Make the mistakes of thumbs: letters swapped, dropped or doubled, no capitals, no full stop."""
    roll = rng.random()
    if roll < 0.07 and len(text) > 12:
        at = 2 + int(rng.random() * (len(text) - 6))
        letters = text[at : at + 2]
        if letters.isalpha():
            wrong = (letters[::-1], letters[0], letters[0] * 2 + letters[1])[int(rng.random() * 3)]
            text = text[:at] + wrong + text[at + 2 :]
    elif roll < 0.14:
        text = text.lower()
    elif roll < 0.22:
        text = text.rstrip(".")
    elif roll < 0.25:
        text = text.rstrip(".") + "..."
    return text
