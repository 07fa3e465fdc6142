"""Teaching: a company's own scored and corrected texts become its head, and say how good it is.

All that is told of a head is told of texts it was not taught: folds are of whole customers, and the blend of the
experts is fitted on the other folds. Calibration error is the expected calibration error over 15 bins (Guo and others,
2017, arXiv 1706.04599).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import SOUNDS
from heartline.understand.voice.encoding import WIDTH
from heartline.understand.voice.heads import (
    CompanyHead,
    Floats,
    Linear,
    PriorHead,
    Vectors,
    blend,
    hash_words,
    log_softmax,
    sound_by_prior,
)
from heartline.understand.voice.ratios import fit_by_ratios

Ints = NDArray[np.int64]

FEWEST_LABELS: Final = 50
"""Below this, what a company could teach is less than what it would forget."""
FEWEST_FOR_WORDS: Final = 1_000
"""Below this, words are too rare to learn from."""
MOST_LABELS: Final = 20_000
"""The newest are taken: more teaches little (the learning curve of bench/eval.py), and takes long."""
FOLDS: Final = 5
FOLDS_OF_MANY: Final = 3
"""From ``MANY`` labels on: each fold is taught by enough, and each costs."""
MANY: Final = 2_000
BINS: Final = 15
_VECTOR_C: Final = 4.0
_WIDE_C: Final = 0.5
"""Where two encoders speak: more numbers for as many labels are held back more."""
_WORD_C: Final = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Texts with what is known of them: ``sounds`` places in ``SOUNDS``, ``customers`` any number for who said it."""

    texts: tuple[str, ...]
    vectors: Vectors
    sounds: Ints
    customers: Ints

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Ints) -> Lesson:
        """Return a part of it."""
        return Lesson(
            texts=tuple(self.texts[row] for row in rows),
            vectors=self.vectors[rows],
            sounds=self.sounds[rows],
            customers=self.customers[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """How good a reader is at texts it was not taught. ``told`` are its probabilities, (texts, 3)."""

    f1: float
    error: float
    told: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A head, how good it is, and how good the prior alone is at the same texts.

    ``fold`` is the fold of each text that taught, and ``blind`` the head of each fold, taught by all others: it has
    seen nothing of whoever is in the fold.
    """

    head: CompanyHead
    merit: Merit
    prior: Merit
    blind: tuple[CompanyHead, ...]
    fold: Ints


def is_enough(sounds: Ints) -> bool:
    """Whether so many labels of these sounds can teach: at least two sounds, five of each."""
    counts = np.bincount(sounds, minlength=len(SOUNDS))
    return int(counts.sum()) >= FEWEST_LABELS and int((counts >= FOLDS).sum()) >= 2


def teach_head(prior: PriorHead, lesson: Lesson, *, encoder: str, seed: int = 0) -> Taught:
    """Teach a head from a lesson that ``is_enough``, and judge it by cross-validation."""
    words = hash_words(lesson.texts) if len(lesson) >= FEWEST_FOR_WORDS else None
    fold = _fold(lesson.customers, seed)
    heads = tuple(_fit_rest(lesson, words, fold, one) for one in range(int(fold.max()) + 1))
    experts = [sound_by_prior(prior, lesson.vectors), *_cross_tell(lesson, words, fold, heads)]
    told, blind = np.zeros((len(lesson), len(SOUNDS))), []
    for one, (by_vectors, by_words) in enumerate(heads):
        rest, here = fold != one, fold == one
        shares, bias = _fit_blend([expert[rest] for expert in experts], lesson.sounds[rest])
        told[here] = blend([expert[here] for expert in experts], shares, bias)
        blind.append(CompanyHead(vectors=by_vectors, words=by_words, shares=shares, bias=bias, encoder=encoder))
    shares, bias = _fit_blend(experts, lesson.sounds)
    head = CompanyHead(
        vectors=_fit_vectors(lesson.vectors, lesson.sounds),
        words=None if words is None else _fit_words(words, lesson.sounds),
        shares=shares,
        bias=bias,
        encoder=encoder,
        facts={"labels": len(lesson)},
    )
    return Taught(
        head=head,
        merit=judge_reader(told, lesson.sounds),
        prior=judge_reader(np.exp(experts[0]), lesson.sounds),
        blind=tuple(blind),
        fold=fold,
    )


def judge_reader(told: Floats, true: Ints) -> Merit:
    """Return macro-F1 over the sounds that occur, and the expected calibration error, of probabilities."""
    best = told.argmax(axis=1)
    f1 = []
    for sound in np.unique(true):
        hit = float(((best == sound) & (true == sound)).sum())
        f1.append(2 * hit / max(1.0, float((best == sound).sum() + (true == sound).sum())))
    return Merit(f1=float(np.mean(f1)) if f1 else 0.0, error=calibration_error(told, true), told=told)


def calibration_error(told: Floats, true: Ints) -> float:
    """Return how far confidence is from being right, on average, over ``BINS`` bins of confidence."""
    if not len(true):
        return 0.0
    sure, right = told.max(axis=1), told.argmax(axis=1) == true
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    gaps = np.abs(np.bincount(place, sure, minlength=BINS) - np.bincount(place, right, minlength=BINS))
    return float(gaps.sum() / counts.sum())


def _fold(customers: Ints, seed: int) -> Ints:
    """Give each customer a fold: what somebody says once helps to read what they say again, and that is not merit."""
    people, place = np.unique(customers, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(people))
    folds: Ints = (order % (FOLDS if len(customers) < MANY else FOLDS_OF_MANY))[place].astype(np.int64)
    return folds


def _fit_rest(lesson: Lesson, words: Any, fold: Ints, one: int) -> tuple[Linear, Linear | None]:  # noqa: ANN401  # a sparse matrix of scipy
    """Teach a head on vectors, and one on words where there are enough, by all texts that are not of a fold."""
    rest = np.flatnonzero(fold != one)
    by_words = None if words is None else _fit_words(words[rest], lesson.sounds[rest])
    return _fit_vectors(lesson.vectors[rest], lesson.sounds[rest]), by_words


def _cross_tell(
    lesson: Lesson,
    words: Any,  # noqa: ANN401  # likewise
    fold: Ints,
    heads: Sequence[tuple[Linear, Linear | None]],
) -> list[Floats]:
    """Return what each taught expert says of texts it was not taught, as log-probabilities."""
    experts = [np.zeros((len(lesson), len(SOUNDS))) for _none in range(1 if words is None else 2)]
    for one, (by_vectors, by_words) in enumerate(heads):
        here = np.flatnonzero(fold == one)
        experts[0][here] = log_softmax(by_vectors.score(lesson.vectors[here]))
        if by_words is not None:
            experts[1][here] = log_softmax(by_words.score(words[here]))
    return experts


def _fit_vectors(vectors: Vectors, sounds: Ints) -> Linear:
    return _fit(vectors, sounds, strength=_VECTOR_C if vectors.shape[1] <= WIDTH else _WIDE_C)


def _fit_words(words: Any, sounds: Ints) -> Linear:  # noqa: ANN401  # likewise
    """Fit one head for each sound; a sound that nobody taught, or everybody, gets a bias that never loses or wins."""
    heads = [fit_by_ratios(words, sounds == sound, strength=_WORD_C) for sound in range(len(SOUNDS))]
    return Linear(
        weights=np.column_stack([weights for weights, _bias in heads]),
        bias=np.array([bias for _weights, bias in heads]),
    )


def _fit(features: Any, sounds: Ints, *, strength: float) -> Linear:  # noqa: ANN401  # an array or a sparse matrix
    """Fit a logistic regression; a sound that nobody taught gets a bias that never wins."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # heavy: only who teaches pays for it

    seen = np.unique(sounds)
    weights = np.zeros((features.shape[1], len(SOUNDS)), dtype=np.float32)
    bias = np.full(len(SOUNDS), -12.0)
    if len(seen) == 1:
        bias[seen] = 0.0
        return Linear(weights=weights, bias=bias)
    fitted = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(features, sounds)
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if len(seen) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.r_[-intercepts, intercepts] / 2
    weights[:, seen] = coefficients.T
    bias[seen] = intercepts
    return Linear(weights=weights, bias=bias)


def _fit_blend(experts: Sequence[Floats], sounds: Ints) -> tuple[Floats, Floats]:
    """Return the shares of the experts and the bias of each sound by which the texts' sounds are likeliest."""
    from scipy.optimize import minimize  # noqa: PLC0415  # heavy: only who teaches pays for it

    stack = np.stack(experts)
    rows = np.arange(len(sounds))
    size = len(experts)

    def lose(given: Floats) -> tuple[float, Floats]:
        logs = log_softmax(np.tensordot(given[:size], stack, axes=1) + given[size:])
        wrong = np.exp(logs)
        wrong[rows, sounds] -= 1
        slope = np.r_[(stack * wrong).sum(axis=(1, 2)), wrong.sum(axis=0)] / len(rows)
        # A little of the prior's own opinion: with few labels the blend stays near equal shares without a bias.
        pull = np.r_[given[:size] - 1 / size, given[size:]]
        return float(-logs[rows, sounds].mean() + pull @ pull * 2 / len(rows)), slope + pull * 4 / len(rows)

    bounds = [(0.0, 4.0)] * size + [(-6.0, 6.0)] * len(SOUNDS)
    found = minimize(
        lose, np.r_[np.full(size, 1 / size), np.zeros(len(SOUNDS))], jac=True, bounds=bounds, method="L-BFGS-B"
    )
    return found.x[:size], found.x[size:]
