"""The fast reader: every text once, a few hundred a second; language, sound, emotion, kind and signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Protocol

import numpy as np

from heartline.records import EMOTIONS, Emotion, Reading, TextKind
from heartline.understand.personal import find_personal
from heartline.understand.voice.encoding import Encoder, SentenceEncoder, Vectors, clean
from heartline.understand.voice.heads import CompanyHead, Floats, PriorHead, feel, read_prior, sound
from heartline.understand.voice.signs import is_effortful, is_question, is_urgent, tell_kind

_LETTERS: Final = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS: Final = 8
UNKNOWN: Final = "und"
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Signs that say as much as several letters."""


class Reader(Protocol):
    """Texts in, readings out: the port behind which any model may stand (design §6)."""

    @property
    def version(self) -> int:
        """Which version reads: readings carry it, and are made again when it changes."""
        ...

    def read(self, texts: Sequence[str], seqs: Sequence[int]) -> list[Reading]:
        """Return one reading for each text, in the same order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FastReader:
    """The reader that is shipped, and, where there is one, what the company taught it."""

    prior: PriorHead
    encoder: Encoder
    head: CompanyHead | None = None
    version: int = 0

    def read(self, texts: Sequence[str], seqs: Sequence[int]) -> list[Reading]:
        """See ``Reader``."""
        cleaned = [clean(text) for text in texts]
        vectors = self.encoder.encode(cleaned)
        sounds, felt = sound(self.prior, self.head, vectors, cleaned), feel(self.prior, vectors)
        return [
            self._tell(text, seq, sounds[place], felt[place])
            for place, (text, seq) in enumerate(zip(texts, seqs, strict=True))
        ]

    def clean(self, texts: Sequence[str]) -> list[str]:
        """Return texts as this reader takes them."""
        return [clean(text) for text in texts]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors by which texts are taught."""
        return self.encoder.encode(self.clean(texts))

    def _tell(self, text: str, seq: int, sounds: Floats, felt: Floats) -> Reading:
        negative, positive = float(sounds[0]), float(sounds[2])
        emotion = tell_emotion(felt, self.prior.thresholds, negative=negative, positive=positive)
        asks = is_question(text)
        # Whoever only asks did not mean to judge: scored comments, which taught how it sounds, rarely ask.
        enquires = asks and emotion in {None, Emotion.CONFUSION, Emotion.SURPRISE} and negative < 0.5
        return Reading(
            seq=seq,
            version=self.version,
            language=tell_language(text),
            negative=round(negative, 4),
            positive=round(positive, 4),
            emotion=emotion,
            kind=TextKind.ENQUIRY if enquires else tell_kind(negative, positive, worried=emotion is Emotion.WORRY),
            effort=is_effortful(text),
            urgency=is_urgent(text),
            question=asks,
            personal=bool(find_personal(text)),
        )


GLAD: Final = frozenset({Emotion.JOY, Emotion.GRATITUDE, Emotion.TRUST})
UPSET: Final = frozenset(
    {Emotion.WORRY, Emotion.DISAPPOINTMENT, Emotion.FRUSTRATION, Emotion.ANGER, Emotion.SADNESS},
)


def tell_emotion(felt: Floats, thresholds: Floats, *, negative: float, positive: float) -> Emotion | None:
    """Return the emotion furthest over the probability from which it is told, or None where none is.

    What a company taught of how a text sounds outvotes an emotion of the other side.
    """
    over = felt / thresholds
    for place in np.argsort(-over):
        one = EMOTIONS[int(place)]
        if over[place] < 1:
            return None
        if (one in GLAD and negative > 0.5) or (one in UPSET and positive > 0.5):
            continue
        return one
    return None


def tell_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, or an empty text where it is too short or cannot be told.

    >>> tell_language("Wo bleibt meine Bestellung?"), tell_language("ok")
    ('de', '')
    """
    weight = len(_LETTERS.findall(text)) + 3 * len(_WIDE.findall(text))
    if weight < _FEWEST_LETTERS:
        return ""
    code = str(_detector().detect(clean(text)))
    return "" if code == UNKNOWN else code


_loaded: list[Any] = []


def _detector() -> Any:  # noqa: ANN401  # the package has no types
    if not _loaded:
        import eldc  # noqa: PLC0415  # 70 MB of tables, for a process that reads texts

        eldc.init()
        _loaded.append(eldc)
    return _loaded[0]


def load_prior() -> PriorHead:
    """Return the head that is shipped."""
    return read_prior(files("heartline.understand.voice").joinpath("prior.npz").read_bytes())


def load_reader(head: CompanyHead | None = None, *, version: int = 0, encoder: Encoder | None = None) -> FastReader:
    """Return the reader that is shipped, taught by a company where ``head`` is given.

    A head of another encoder is left out: its weights mean nothing here. ``encoder`` is one that is loaded already.
    """
    encoder = encoder or SentenceEncoder()
    fits = head is not None and head.encoder == encoder.name
    return FastReader(prior=load_prior(), encoder=encoder, head=head if fits else None, version=version)
