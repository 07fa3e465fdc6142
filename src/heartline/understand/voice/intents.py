"""Intents: what somebody wants, of those a company has named by examples, or none of them.

Two linear heads speak, one on sentence vectors (of both encoders, side by side, where deep reading is installed), one
on words and letters. How much the second counts, how sure they are (one temperature; Guo and others, 2017, arXiv
1706.04599) and from where on a text is none of these intents is fitted on a tenth of the examples that taught neither:
the *energy* of the scores (Liu and others, 2020, arXiv 2010.03759) is lower than a share ``rejected`` of them have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.understand.voice.heads import Floats, Linear, log_softmax

Ints = NDArray[np.int64]

REJECTED: Final = 0.05
"""The share of texts with an intent that may be taken for none: what is wrongly answered costs more."""
NO_INTENT: Final = -1
_HELD: Final = 10
"""One example in so many fits the blend."""
_VECTOR_C: Final = 60.0
_WORD_C: Final = 30.0
_WORD_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_TEMPERATURES: Final = np.geomspace(0.2, 3.0, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentHead:
    """What examples taught: ``names`` of intents, a head for each expert, their blend, temperature and energy floor."""

    names: tuple[str, ...]
    experts: tuple[Linear, ...]
    word_share: float
    temperature: float
    floor: float


def teach_intents(features: Sequence[Any], intents: Sequence[str], *, seed: int = 0) -> IntentHead:
    """Teach a head by examples of at least two intents. ``features`` are one matrix for each expert, (texts, width):
    sentence vectors first, then words, where they are given.
    """
    names, code = np.unique(np.asarray(intents), return_inverse=True)
    held = np.zeros(len(code), dtype=np.bool_)
    held[np.random.default_rng(seed).permutation(len(code))[: max(1, len(code) // _HELD)]] = True
    # An intent of one example teaches; it judges nothing.
    held &= np.bincount(code)[code] > 1
    strengths = (_VECTOR_C, *[_WORD_C] * (len(features) - 1))
    apart = [
        _fit(one[~held], code[~held], len(names), c).score(one[held])
        for one, c in zip(features, strengths, strict=True)
    ]
    losses = {}
    for share in _WORD_SHARES if len(features) > 1 else (0.0,):
        scores = _blend([log_softmax(one) for one in apart], share)
        for temperature in _TEMPERATURES:
            told = log_softmax(scores / temperature)
            losses[share, float(temperature)] = -float(told[np.arange(len(told)), code[held]].mean())
    share, temperature = min(losses, key=lambda pair: losses[pair])
    return IntentHead(
        names=tuple(str(one) for one in names),
        experts=tuple(_fit(one, code, len(names), c) for one, c in zip(features, strengths, strict=True)),
        word_share=share,
        temperature=temperature,
        floor=float(np.quantile(find_energy(_blend(apart, share)), REJECTED)),
    )


def tell_intents(head: IntentHead, features: Sequence[Any]) -> tuple[Ints, Floats, Floats]:
    """Return the place of each text's intent in ``names`` (``NO_INTENT`` under the floor), the probabilities of all
    intents, (texts, intents), and the energy. ``features`` as they taught.
    """
    apart = [expert.score(one) for expert, one in zip(head.experts, features, strict=True)]
    energy = find_energy(_blend(apart, head.word_share))
    told = _blend([log_softmax(one) for one in apart], head.word_share)
    return (
        np.where(energy >= head.floor, told.argmax(axis=1), NO_INTENT),
        np.exp(log_softmax(told / head.temperature)),
        energy,
    )


def _blend(apart: Sequence[Floats], share: float) -> Floats:
    blended: Floats = apart[0] + share * sum(apart[1:], np.zeros_like(apart[0]))
    return blended


def find_energy(scores: Floats) -> Floats:
    """Return how much all intents together say of each text: the logarithm of the sum of their exponentials."""
    top = scores.max(axis=1, keepdims=True)
    energy: Floats = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
    return energy


def _fit(features: Any, code: Ints, classes: int, strength: float) -> Linear:  # noqa: ANN401  # array or sparse matrix
    """Fit a logistic regression; an intent that is not among the examples given never wins."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # heavy: only who teaches pays for it

    fitted = LogisticRegression(C=strength, max_iter=300, tol=1e-4).fit(features, code)
    seen = fitted.classes_
    weights = np.zeros((features.shape[1], classes), dtype=np.float32)
    bias = np.full(classes, -12.0)
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if len(seen) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.r_[-intercepts, intercepts] / 2
    weights[:, seen] = coefficients.T
    bias[seen] = intercepts
    return Linear(weights=weights, bias=bias)
