"""Readings: what the voice model heard in a text, and which version of it heard that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Polarity(StrEnum):
    """How a text sounds. ``UNSURE`` is an answer: nothing is told from it."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNSURE = "unsure"


class Emotion(StrEnum):
    """What is felt, in the ten families of the GoEmotions labels that matter between a company and its customers."""

    JOY = "joy"
    GRATITUDE = "gratitude"
    TRUST = "trust"
    SURPRISE = "surprise"
    CONFUSION = "confusion"
    WORRY = "worry"
    DISAPPOINTMENT = "disappointment"
    FRUSTRATION = "frustration"
    ANGER = "anger"
    SADNESS = "sadness"


class TextKind(StrEnum):
    """What a text wants to be."""

    COMPLAINT = "complaint"
    CONCERN = "concern"
    ENQUIRY = "enquiry"
    COMPLIMENT = "compliment"
    NOTE = "note"


SOUNDS: Final = (Polarity.NEGATIVE, Polarity.NEUTRAL, Polarity.POSITIVE)
"""The order of a polarity's probabilities."""
EMOTIONS: Final = tuple(Emotion)
"""The order of the emotions' probabilities."""
FEWEST_SURE: Final = 0.55
"""A text whose likeliest polarity is less likely than this is not told: the reader is not sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was heard in one text. ``negative`` and ``positive`` are calibrated probabilities, the rest is neutral.

    ``language`` is an ISO 639-1 code, or empty where it cannot be told; ``emotion`` likewise None. ``effort`` and
    ``urgency`` are told by rules, not learnt. ``version`` says which reader heard it (0: the one that is shipped).
    """

    seq: int
    version: int
    language: str
    negative: float
    positive: float
    emotion: Emotion | None
    kind: TextKind
    effort: bool
    urgency: bool
    question: bool
    personal: bool

    @property
    def valence(self) -> float:
        """The expected feeling, −1…+1."""
        return self.positive - self.negative

    @property
    def polarity(self) -> Polarity:
        """What is told of it."""
        return tell_polarity(self.negative, self.positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderVersion:
    """A reader that a company has: taught at ``taught_us`` by ``labels`` scored or corrected texts of ``customers``.

    The figures are of texts it had not been taught (cross-validated): ``f1`` macro-F1 of the three polarities,
    ``error`` its expected calibration error; ``prior_f1`` and ``prior_error`` the same of the reader that is shipped.
    ``bias`` is by how much the share of each sound (in the order of ``SOUNDS``) is really greater than it is told, and
    ``doubt`` the standard error of that, clustered by customer. ``spread`` is by how much that differs from topic to
    topic (a standard deviation), ``told`` the mean of what it told of those texts (empty: not known). ``languages`` are
    (code, labels, macro-F1). ``encoder`` says by which vectors it hears (empty: the fast encoder's, of before there
    were two). Of customers who taught it, texts up to ``blind_until`` (a seq) were read by heads that had seen nothing
    of theirs (−1: those alone that taught it).
    """

    version: int
    taught_us: int
    labels: int
    customers: int
    f1: float
    error: float
    prior_f1: float
    prior_error: float
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)
    doubt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spread: tuple[float, float, float] = (0.0, 0.0, 0.0)
    told: tuple[float, ...] = ()
    languages: tuple[tuple[str, int, float], ...] = ()
    encoder: str = ""
    blind_until: int = -1


def tell_polarity(negative: float, positive: float) -> Polarity:
    """Return the likeliest polarity, or that it is not sure."""
    likely = (negative, 1 - negative - positive, positive)
    best = max(range(3), key=likely.__getitem__)
    return SOUNDS[best] if likely[best] >= FEWEST_SURE else Polarity.UNSURE
