"""Feelings: which of some labels a text carries, none, one or several, taught by texts that people have labelled.

Two experts speak: one hidden layer on sentence vectors, which tells all labels at once and so learns what goes with
what, and a head for each label on words and letters (``ratios``). An eighth of the texts teaches neither: on it is
fitted how much the first counts, how likely a label is at each score (Platt, 1999), and the probability from which it
is told, where its F1 is best.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.understand.voice.heads import Floats, Linear, Vectors
from heartline.understand.voice.ratios import fit_by_ratios

Known = NDArray[np.bool_]

_HELD: Final = 8
"""One text in so many fits the blend."""
_SHARES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_HIDDEN: Final = 512
_ROUNDS: Final = 5
_RESTRAINT: Final = 1.0
_STEP: Final = 5e-4
_WORD_C: Final = 3.0
_LEAST: Final = 1e-5
_FLATTEST: Final = 0.05
"""A score always counts a little, and never backwards: few labels in the held part must not turn it round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingHead:
    """What labelled texts taught: both experts, how much the vectors count, and for each label how its score becomes a
    probability and from which on it is told.
    """

    names: tuple[str, ...]
    hidden: Linear
    vectors: Linear
    words: Linear
    share: float
    slopes: Floats
    biases: Floats
    marks: Floats


def teach_feelings(
    vectors: Vectors,
    words: Any,  # noqa: ANN401  # a sparse matrix of scipy
    known: Known,
    names: Sequence[str],
    *,
    seed: int = 0,
) -> FeelingHead:
    """Teach a head by texts of which is ``known``, (texts, names), what each carries; ``words`` are ``hash_words``."""
    held = np.zeros(len(known), dtype=np.bool_)
    held[np.random.default_rng(seed).permutation(len(known))[: max(1, len(known) // _HELD)]] = True
    hidden, layer = _fit_layer(vectors[~held], known[~held], seed)
    by_vectors = _score_layer(hidden, layer, vectors[held])
    by_words = _fit_words(words[~held], known[~held]).score(words[held])
    true = known[held]
    share = max(
        _SHARES,
        key=lambda one: float(np.mean([best for _mark, best in find_marks(one * by_vectors + by_words, true)])),
    )
    scores = share * by_vectors + by_words
    slopes, biases = _fit_chances(scores, true)
    chances = _chance(scores, slopes, biases)
    hidden, layer = _fit_layer(vectors, known, seed)
    return FeelingHead(
        names=tuple(names),
        hidden=hidden,
        vectors=layer,
        words=_fit_words(words, known),
        share=share,
        slopes=slopes,
        biases=biases,
        marks=np.array([mark for mark, _best in find_marks(chances, true)]),
    )


def tell_feelings(head: FeelingHead, vectors: Vectors, words: Any) -> tuple[Known, Floats]:  # noqa: ANN401  # likewise
    """Return which labels are told of each text, and how likely each is: both (texts, names)."""
    scores = head.share * _score_layer(head.hidden, head.vectors, vectors) + head.words.score(words)
    chances = _chance(scores, head.slopes, head.biases)
    return chances >= head.marks, chances


def find_marks(scores: Floats, true: Known) -> list[tuple[float, float]]:
    """Return for each label the score from which on it is told so that F1 is best, and that F1."""
    found = []
    for label in range(scores.shape[1]):
        order = np.argsort(-scores[:, label], kind="stable")
        sorted_, hits = scores[order, label], np.cumsum(true[order, label])
        f1 = 2 * hits / (np.arange(1, len(order) + 1) + max(1, int(true[:, label].sum())))
        # Texts of one score are told together: only the last of them may be the mark.
        f1[:-1][sorted_[:-1] == sorted_[1:]] = -1.0
        best = int(f1.argmax())
        found.append((float(sorted_[best]), float(f1[best])))
    return found


def _fit_layer(vectors: Vectors, known: Known, seed: int) -> tuple[Linear, Linear]:
    """Fit one hidden layer and what it says; that numbers are made alike before is folded into its weights."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  # heavy: only who teaches pays for it
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415  # likewise

    middle, spread = vectors.mean(axis=0), vectors.std(axis=0)
    spread = np.maximum(spread, max(1e-6, 1e-3 * float(spread.mean())))
    layer = MLPClassifier(
        (_HIDDEN,),
        alpha=_RESTRAINT,
        max_iter=_ROUNDS,
        learning_rate_init=_STEP,
        batch_size=min(128, len(vectors)),
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Few rounds are meant: more learn the texts by heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        layer.fit(((vectors - middle) / spread).astype(np.float32), known)
    (first, second), (bias, last) = layer.coefs_, layer.intercepts_
    first = first / spread[:, None]
    return Linear(weights=first, bias=bias - middle @ first), Linear(weights=second, bias=last)


def _score_layer(hidden: Linear, layer: Linear, vectors: Vectors) -> Floats:
    """Return the logarithm of each label's odds, none further from even than ``_LEAST`` is."""
    widest = -float(np.log(_LEAST))
    told: Floats = np.clip(layer.score(np.maximum(hidden.score(vectors), 0.0)), -widest, widest)
    return told


def _fit_words(words: Any, known: Known) -> Linear:  # noqa: ANN401  # a sparse matrix of scipy
    heads = [fit_by_ratios(words, true, strength=_WORD_C, evenly=True) for true in known.T]
    return Linear(
        weights=np.column_stack([weights for weights, _bias in heads]),
        bias=np.array([bias for _weights, bias in heads]),
    )


def _fit_chances(scores: Floats, true: Known) -> tuple[Floats, Floats]:
    """Return the slope and bias by which each label's score becomes the logarithm of its odds."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # heavy: only who teaches pays for it

    slopes, biases = np.ones(scores.shape[1]), np.zeros(scores.shape[1])
    for label, carried in enumerate(true.T):
        if 0 < carried.sum() < len(carried):
            fitted = LogisticRegression(C=100.0).fit(scores[:, [label]], carried)
            slopes[label], biases[label] = max(_FLATTEST, fitted.coef_[0, 0]), fitted.intercept_[0]
    return slopes, biases


def _chance(scores: Floats, slopes: Floats, biases: Floats) -> Floats:
    told: Floats = 1 / (1 + np.exp(-(scores * slopes + biases)))
    return told
