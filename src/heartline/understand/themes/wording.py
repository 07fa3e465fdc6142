"""The words of themes: what is said in one more than elsewhere, in any language.

Class-based TF-IDF (Grootendorst, 2022, arXiv 2203.05794) counts words of whole themes; here texts that hold a word are
counted, so that nobody names a theme by repeating himself, and a word counts by how much likelier it is here than
everywhere (its part of the Kullback-Leibler divergence), and by how much of it is said here alone: neither needs a list
of stop words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

TERMS: Final = 3
FEWEST_SAYING: Final = 5
"""A word names a theme only where so many different customers said it there: nobody's own words stand on a page."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[\u3400-\u9fff\u3040-\u30ff]")
_WIDE: Final = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]")
_LEAST_LIFT: Final = 2.0
"""A word names a theme only if it is so many times likelier there than everywhere: "the" never is."""
_PAIR_BONUS: Final = 1.3
"""Two words together say more than one."""
_SMALL_PAIR: Final = 0.6
"""Unless one of them is as small as "is" and "of"."""
_OWN: Final = 0.3
"""A word counts in full where so large a part of all who say it say it there; a pair by its commoner word. "Does" and
"and" may be twice as likely somewhere, and still name nothing."""
_LEAST_OWN: Final = 0.02
_LEAST_BESIDE: Final = 0.05
"""What tells less than so large a part of what the first one tells is left out: two good words are a better name."""


def terms_of(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbours; of scripts without spaces, pairs of signs alone.

    >>> terms_of("Late again"), terms_of("又迟到")
    (['late', 'again', 'late again'], ['又迟', '迟到'])
    """
    found: list[str] = []
    before = ""
    for match in _split_wide(text.casefold()):
        wide = bool(_WIDE.match(match))
        if not wide:
            found.append(match)
        if before and bool(_WIDE.match(before)) == wide:
            found.append(before + match if wide else f"{before} {match}")
        before = match
    singles = [term for term in found if " " not in term and not _WIDE.match(term)]
    return [*singles, *(term for term in found if " " in term or _WIDE.match(term))]


def _split_wide(text: str) -> list[str]:
    """Return words, with every sign of a script without spaces for itself."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found += list(word) if _WIDE.match(word) else [word]
    return found


def count_terms(texts: Sequence[str], *, fewest: int = 3) -> tuple[Any, list[str]]:
    """Return which texts hold which terms, a sparse matrix of noughts and ones, and the terms; rare ones are left out.

    Where no term is said by ``fewest`` texts the matrix has one empty column.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # heavy: only a process that reads texts should pay for it
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415  # likewise

    counter = CountVectorizer(analyzer=terms_of, min_df=min(fewest, max(1, len(texts))), binary=True)
    try:
        held = counter.fit_transform(texts)
    except ValueError:
        return csr_matrix((len(texts), 1)), [""]
    return held.tocsr(), [str(one) for one in counter.get_feature_names_out()]


def weigh_terms(held: Any) -> Any:  # noqa: ANN401  # sparse matrices of scipy
    """Return TF-IDF of a matrix of noughts and ones, rows of length 1."""
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415  # as above

    return TfidfTransformer().fit_transform(held).tocsr()


def name_themes(held: Any, terms: Sequence[str], member: Ints, customer: Ints) -> list[tuple[str, ...]]:  # noqa: ANN401
    """Return the terms that tell each theme, the most telling first; none where nobody agrees on a word.

    ``held`` is as ``count_terms`` gives it, ``member`` the theme of each text (−1: none), ``customer`` who said it.
    """
    weight = np.array([_weigh(term) for term in terms])
    total = np.asarray(held.sum(axis=0)).ravel()
    everywhere, parts = total / max(1, held.shape[0]), _part_pairs(terms)
    named = []
    for theme in range(int(member.max(initial=-1)) + 1):
        rows = np.flatnonzero(member == theme)
        part = held[rows]
        said = np.asarray(part.sum(axis=0)).ravel()
        share = said / max(1, len(rows))
        lift = share / np.maximum(everywhere, 1e-12)
        telling = np.where(lift >= _LEAST_LIFT, share * np.log(np.maximum(lift, 1.0)) ** 2, 0.0)
        own = (said / np.maximum(total, 1))[parts].min(axis=1)
        telling *= weight * np.clip(own / _OWN, _LEAST_OWN, 1.0)
        order = np.argsort(-telling, kind="stable")[:40]
        least = telling[order[0]] * _LEAST_BESIDE
        able = [place for place in order if telling[place] > least and _people(part, int(place), customer[rows])]
        named.append(_choose([terms[place] for place in able]))
    return named


def _weigh(term: str) -> float:
    """Return how much a term counts: a pair more than a word, a word of one or two letters nothing."""
    if _WIDE.match(term):
        return 1.0
    if " " in term:
        return _PAIR_BONUS if min(len(word) for word in term.split()) > 2 else _SMALL_PAIR
    return float(len(term) > 2)


def _part_pairs(terms: Sequence[str]) -> Ints:
    """Return for each term the places of its two words, (terms, 2); a word, and signs, are both parts of their own."""
    place = {term: at for at, term in enumerate(terms)}
    found = [[place.get(word, at) for word in term.split()] if " " in term else [at] for at, term in enumerate(terms)]
    return np.array([(one[0], one[-1]) for one in found], dtype=np.int64).reshape(-1, 2)


def _people(part: Any, term: int, customer: Ints) -> bool:  # noqa: ANN401  # as above
    holders = part[:, term].nonzero()[0]
    return len(np.unique(customer[holders])) >= FEWEST_SAYING


def _choose(ranked: Sequence[str]) -> tuple[str, ...]:
    """Take the first few that say something new: no word twice."""
    chosen: list[str] = []
    used: set[str] = set()
    for term in ranked:
        words = set(term) if _WIDE.match(term) else set(term.split())
        if words & used:
            continue
        chosen.append(term)
        used |= words
        if len(chosen) == TERMS:
            break
    return tuple(chosen)
