"""The second encoder: not installed it says so and nothing else changes; installed it is the model it says it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heartline.app import open_twin
from heartline.errors import Unavailable
from heartline.listener import Listener, is_deep, is_other
from heartline.records import ReaderVersion
from heartline.understand.voice import (
    BothEncoders,
    DeepEncoder,
    check_deep_weights,
    deep_encoding,
    is_deep_installed,
    load_reader,
)

sys.path += [str(Path(__file__).resolve().parents[1] / name) for name in ("web", "unit")]
from small_company import send  # shared by the tests of the web
from test_listener import Beside, some_comments  # and of the listener

wants_deep = pytest.mark.skipif(not is_deep_installed(), reason="deep reading is not installed (make deep)")
ALIKE = (
    ("How do I reset my password?", "I forgot my login and need a new one"),
    ("The parcel came late", "My delivery was delayed by days"),
    ("I want my money back", "Please refund the purchase"),
)


def test_where_it_is_not_installed_it_says_so_and_the_fast_reader_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_encoding, "PARTS", ("a_package_that_nobody_has",))
    assert not is_deep_installed()
    with pytest.raises(Unavailable) as refused:
        DeepEncoder().encode(["Late again"])
    assert refused.value.code == "deep_missing"
    assert load_reader().read(["Late again, never again"], [1])[0].negative > 0.5


@wants_deep
def test_weights_that_are_not_those_measured_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_deep_weights() == []
    monkeypatch.setitem(deep_encoding.DEEP_WEIGHTS, "tokenizer.json", "0" * 64)
    assert check_deep_weights() == ["tokenizer.json"]
    with pytest.raises(Unavailable) as refused:
        DeepEncoder().encode(["Late again"])
    assert refused.value.code == "weights_differ"


@wants_deep
def test_what_means_the_same_lies_near_and_no_batch_changes_a_vector(caplog: pytest.LogCaptureFixture) -> None:
    encoder = DeepEncoder()
    texts = [text for pair in ALIKE for text in pair]
    vectors = encoder.encode([*texts, "", "a" * 5_000])
    assert vectors.shape == (8, encoder.width)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([*[1.0] * 6, 0.0, 1.0], abs=1e-5)
    likeness = vectors[:6] @ vectors[:6].T
    np.fill_diagonal(likeness, -1)
    assert likeness.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]
    # Eight bits are rounded by what stands in a batch: a little, never so much that it matters.
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert ((alone * vectors[:6]).sum(axis=1) > 0.98).all()
    assert not caplog.records
    assert encoder.encode([]).shape == (0, encoder.width)


@wants_deep
def test_beside_what_it_means_lies_how_it_is_put_and_no_batch_changes_that() -> None:
    encoder = DeepEncoder()
    texts = [text for pair in ALIKE for text in pair] + [""]
    toned, width = encoder.encode_toned(texts), encoder.width
    assert toned.shape == (7, 2 * width)
    assert np.abs(toned[:, :width] - encoder.encode(texts)).max() < 1e-6
    tone = toned[:6, width:]
    assert not toned[6].any()
    # The middle is another layer than the last, and of about the length of a vector where it differs from its mean.
    assert np.abs((tone / np.linalg.norm(tone, axis=1, keepdims=True) * toned[:6, :width]).sum(axis=1)).max() < 0.8
    assert 0.5 < np.median(np.linalg.norm(tone - tone.mean(axis=0), axis=1)) < 1.5
    alone = np.vstack([encoder.encode_toned([text]) for text in texts[:6]])[:, width:]
    assert np.corrcoef(alone.ravel(), tone.ravel())[0, 1] > 0.98
    both = BothEncoders(load_reader().encoder)
    assert both.encode(texts).shape == (7, both.width)


@wants_deep
def test_it_is_the_model_it_says_it_is() -> None:
    """Against the whole weights, not made smaller, run by the same engine: the golden of eight bits."""
    import onnxruntime  # noqa: PLC0415  # only where it is installed

    encoder = DeepEncoder()
    small = encoder.encode([text for pair in ALIKE for text in pair])
    whole: Any = DeepEncoder()
    whole._load()
    whole._session = onnxruntime.InferenceSession(
        str(deep_encoding._folder() / "onnx/model.onnx"), providers=["CPUExecutionProvider"]
    )
    texts: Sequence[str] = [text for pair in ALIKE for text in pair]
    assert ((whole.encode(texts) * small).sum(axis=1) > 0.9).all()


@wants_deep
def test_a_company_that_wants_it_is_read_by_both_encoders_and_again_by_one_when_it_does_not() -> None:
    with open_twin() as company:
        send(company, some_comments(20))
        for deep, version in ((True, 1), (True, 1), (False, 2)):
            listener = Listener(company.stores, log=company.log, hold=company.hold, hire=Beside, deep=deep)
            listener.catch_up()
            newest = company.stores.kept.readers()[0]
            assert (newest.version, is_deep(newest)) == (version, deep)
            assert newest.f1 > 0.8
            assert set(company.stores.readings.reading_columns().version.tolist()) == {version}


@pytest.mark.parametrize(
    ("encoder", "deep", "other"),
    [
        (BothEncoders.name, True, False),
        (BothEncoders.name, False, True),
        ("use-multilingual-3+minilm-l6-int8-1", True, True),
        ("use-multilingual-3", True, True),
        ("use-multilingual-3", False, False),
        ("", False, False),
    ],
)
def test_a_head_of_vectors_that_are_no_longer_made_is_taught_anew(encoder: str, *, deep: bool, other: bool) -> None:
    held = ReaderVersion(
        version=1, taught_us=0, labels=100, customers=50, f1=0.8, error=0.0, prior_f1=0.6, prior_error=0.0,
        encoder=encoder,
    )  # fmt: skip
    assert is_other(held, deep=deep) is other
