"""Heads: how a text sounds, from its vector and its words; small, linear, and blended by what each is worth.

Three experts speak of the three sounds (negative, neutral, positive): the *prior* that is shipped, a head on sentence
vectors and a head on hashed words and letters, both taught by the company. They are blended as a product of experts
(Hinton, 2002): weights and biases are fitted on texts none of the experts was taught, so that the blend is calibrated.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import EMOTIONS, SOUNDS

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

WORD_BITS: Final = 17
"""Words and letters are hashed into this many bits: a head of words weighs under a megabyte."""
_LEAST: Final = 1e-6
_WORD: Final = r"(?u)\b\w+\b|[!?]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Weights of shape (features, classes) and a bias for each class."""

    weights: NDArray[np.floating[Any]]
    bias: NDArray[np.floating[Any]]

    def score(self, features: Any) -> Floats:  # noqa: ANN401  # an array or a sparse matrix
        """Return the scores of shape (texts, classes), before any softmax."""
        return np.asarray(features @ self.weights.astype(np.float32), dtype=np.float64) + self.bias


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorHead:
    """The reader that is shipped: sounds, and each emotion with the probability from which it is told."""

    sounds: Linear
    emotions: Linear
    thresholds: Floats
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyHead:
    """What a company taught. ``shares`` weigh the experts (prior, vectors, words) in the blend."""

    vectors: Linear
    words: Linear | None
    shares: Floats
    bias: Floats
    encoder: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def sound_by_prior(prior: PriorHead, vectors: Vectors) -> Floats:
    """Return the log-probabilities of the sounds, of shape (texts, 3)."""
    return log_softmax(prior.sounds.score(_own(vectors, prior.sounds)))


def sound(prior: PriorHead, head: CompanyHead | None, vectors: Vectors, texts: Sequence[str]) -> Floats:
    """Return the probabilities of the sounds, of shape (texts, 3): the company's blend, or the prior alone."""
    first = sound_by_prior(prior, vectors)
    if head is None:
        return np.exp(first)
    experts = [first, log_softmax(head.vectors.score(vectors))]
    if head.words is not None:
        experts.append(log_softmax(head.words.score(hash_words(texts))))
    return blend(experts, head.shares, head.bias)


def blend(experts: Sequence[Floats], shares: Floats, bias: Floats) -> Floats:
    """Return the product of experts: each weighed by its share, with a bias for each class."""
    told = sum((share * expert for share, expert in zip(shares, experts, strict=True)), np.zeros_like(experts[0]))
    blended: Floats = np.exp(log_softmax(told + bias))
    return blended


def feel(prior: PriorHead, vectors: Vectors) -> Floats:
    """Return the probability of each emotion, of shape (texts, emotions); a text may carry several."""
    told: Floats = 1 / (1 + np.exp(-prior.emotions.score(_own(vectors, prior.emotions))))
    return told


def _own(vectors: Vectors, head: Linear) -> Vectors:
    """Return the part of vectors that a shipped head knows: those of two encoders begin with the fast one's."""
    return vectors[:, : len(head.weights)]


def log_softmax(scores: Floats) -> Floats:
    """Return log-probabilities along the last axis, none below one in a million."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    told = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    floored: Floats = np.maximum(told, np.log(_LEAST))
    return floored


def hash_words(texts: Sequence[str]) -> Any:  # noqa: ANN401  # a sparse matrix of scipy
    """Return words, pairs of words and groups of letters, hashed: (texts, 2 ** WORD_BITS), rows of length 1."""
    from scipy.sparse import vstack  # noqa: PLC0415  # heavy: only a process that reads texts should pay for it
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415  # likewise
    from sklearn.preprocessing import normalize  # noqa: PLC0415  # likewise

    lowered = [text.casefold() for text in texts]
    size = 2**WORD_BITS
    words = HashingVectorizer(n_features=size, ngram_range=(1, 2), alternate_sign=False, token_pattern=_WORD)
    letters = HashingVectorizer(n_features=size, analyzer="char_wb", ngram_range=(2, 5), alternate_sign=False)
    if not lowered:
        return vstack([words.transform([""])])[:0]
    return normalize(words.transform(lowered) + letters.transform(lowered))


def write_head(head: CompanyHead) -> bytes:
    """Return a head as bytes, in half precision."""
    arrays = {
        "vector_weights": head.vectors.weights.astype(np.float16),
        "vector_bias": head.vectors.bias,
        "shares": head.shares,
        "bias": head.bias,
        "facts": np.frombuffer(json.dumps({"encoder": head.encoder, **head.facts}).encode(), dtype=np.uint8),
    }
    if head.words is not None:
        arrays |= {"word_weights": head.words.weights.astype(np.float16), "word_bias": head.words.bias}
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def read_head(body: bytes) -> CompanyHead:
    """Return a head from its bytes."""
    with np.load(io.BytesIO(body), allow_pickle=False) as told:
        facts = json.loads(told["facts"].tobytes())
        words = None
        if "word_weights" in told:
            words = Linear(weights=told["word_weights"], bias=told["word_bias"])
        return CompanyHead(
            vectors=Linear(weights=told["vector_weights"], bias=told["vector_bias"]),
            words=words,
            shares=told["shares"],
            bias=told["bias"],
            encoder=str(facts.pop("encoder", "")),
            facts=facts,
        )


def read_prior(body: bytes) -> PriorHead:
    """Return the shipped head from its bytes (tools/teach_prior.py writes them)."""
    with np.load(io.BytesIO(body), allow_pickle=False) as told:
        prior = PriorHead(
            sounds=Linear(weights=told["sound_weights"], bias=told["sound_bias"]),
            emotions=Linear(weights=told["emotion_weights"], bias=told["emotion_bias"]),
            thresholds=told["thresholds"],
            card=json.loads(told["card"].tobytes()),
        )
    assert prior.sounds.bias.shape == (len(SOUNDS),)
    assert prior.emotions.bias.shape == (len(EMOTIONS),)
    return prior
