"""What the process beside the server is asked to do for themes: find them, place texts, find the words of a surge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from heartline.records import NO_THEME, Centre, Theme
from heartline.understand.themes.finding import MOST_TEXTS, FoundTheme, find_themes
from heartline.understand.themes.placing import Places, match_themes, place_texts
from heartline.understand.themes.wording import count_terms, name_themes
from heartline.understand.voice.encoding import Vectors, clean
from heartline.understand.voice.errands import encode_texts

FEWEST_LETTERS: Final = 4
"""A shorter text is of no theme."""


def find_theme_errand(texts: Sequence[str], customers: Sequence[int]) -> list[FoundTheme]:
    """Find the themes of texts, copies and all."""
    first: dict[str, int] = {}
    cleaned = [clean(text) for text in texts]
    for place, text in enumerate(cleaned):
        if len(text) >= FEWEST_LETTERS:
            first.setdefault(text.casefold(), place)
    places = np.array(list(first.values()), dtype=np.int64)[:MOST_TEXTS]
    chosen = [cleaned[place] for place in places]
    customer = np.asarray(customers, dtype=np.int64)[places]
    return list(find_themes(chosen, encode_texts(chosen), customer).themes)


def place_errand(texts: Sequence[str], centres: Sequence[Centre]) -> list[tuple[int, float]]:
    """Return the number of the theme of each text, and how near it is."""
    cleaned = [clean(text) for text in texts]
    vectors = encode_texts(cleaned)
    places = Places(
        numbers=np.array([one.number for one in centres], dtype=np.int64),
        centres=read_centres(centres, vectors.shape[1]),
        floors=np.array([one.floor for one in centres]),
    )
    numbers, near = place_texts(vectors, places)
    return [(int(number), round(float(likeness), 4)) for number, likeness in zip(numbers, near, strict=True)]


def name_errand(here: Sequence[str], elsewhere: Sequence[str], customers: Sequence[int]) -> tuple[str, ...]:
    """Return the words of some texts, as against others; ``customers`` said those here."""
    held, terms = count_terms([clean(text) for text in (*here, *elsewhere)])
    member = np.r_[np.zeros(len(here), dtype=np.int64), np.full(len(elsewhere), -1)]
    return name_themes(held, terms, member, np.r_[np.asarray(customers), np.full(len(elsewhere), -1)])[0]


def settle_themes(
    found: Sequence[FoundTheme], *, since: Mapping[int, int], held: Sequence[Centre], now_us: int
) -> list[tuple[Theme, Centre]]:
    """Return what was found as it is kept: a theme that was there keeps its number and ``since`` when it is known,
    another has the number ``NO_THEME`` until it is given one.
    """
    places = [-1] * len(found)
    if found and held:
        centres = np.array([one.centre for one in found])
        places = match_themes(centres, read_centres(held, centres.shape[1])).tolist()
    settled = []
    for one, place in zip(found, places, strict=True):
        number = held[place].number if place >= 0 else NO_THEME
        theme = Theme(
            number=number, terms=one.terms, size=one.size, stability=one.stability, stable=one.stable,
            found_us=since.get(number, now_us),
        )  # fmt: skip
        centre = Centre(number=number, vector=one.centre.astype(np.float16).tobytes(), floor=one.floor)
        settled.append((theme, centre))
    return settled


def read_centres(centres: Sequence[Centre], width: int) -> Vectors:
    """Return the centres as an array; one of another encoder is nought, and nothing is near it."""
    told = np.zeros((len(centres), width), dtype=np.float32)
    for place, one in enumerate(centres):
        vector = np.frombuffer(one.vector, dtype=np.float16)
        if len(vector) == width:
            told[place] = vector
    return told
