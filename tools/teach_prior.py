"""Teach the reader that is shipped: ``python tools/teach_prior.py ../shared/data/goemotions``.

Taught from GoEmotions (Demszky and others, 2020, arXiv 2005.00547; Apache-2.0) and from ``prior_phrases.tsv``: phrases
between customers and companies, written for heartline, in eight languages. Forum comments alone read customers' tweets
hardly better than a list of words; a few hundred phrases of the right kind count more (docs/reference/prior-reader.md).
Writes ``src/heartline/understand/voice/prior.npz``; the same input gives the same bytes.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from heartline.records import EMOTIONS, Emotion
from heartline.understand.voice import SentenceEncoder, clean

HERE: Final = Path(__file__).parent
OUT: Final = HERE.parent / "src/heartline/understand/voice/prior.npz"
PHRASE_WEIGHT: Final = 40.0
"""How many forum comments a phrase outweighs. From 20 to 60 nothing measured differs by more than 0.02."""
FAMILIES: Final = {
    Emotion.JOY: ("joy", "amusement", "excitement", "love", "optimism", "pride", "relief"),
    Emotion.GRATITUDE: ("gratitude",),
    Emotion.TRUST: ("admiration", "approval", "caring"),
    Emotion.SURPRISE: ("surprise", "realization"),
    Emotion.CONFUSION: ("confusion", "curiosity"),
    Emotion.WORRY: ("fear", "nervousness"),
    Emotion.DISAPPOINTMENT: ("disappointment",),
    Emotion.FRUSTRATION: ("annoyance", "disapproval"),
    Emotion.ANGER: ("anger", "disgust"),
    Emotion.SADNESS: ("sadness", "grief", "remorse", "embarrassment"),
}
"""Which of GoEmotions' 27 labels each of our ten families holds; desire is none of them."""
SOUND_OF: Final = {"negative": 0, "neutral": 1, "positive": 2}
SHORT: Final = {"neg": 0, "neu": 1, "pos": 2}


def read_comments(file: Path) -> tuple[list[str], list[int], np.ndarray]:
    """Return texts, sounds (−1 where they differ or are none of three) and emotions of a part of GoEmotions."""
    rows = duckdb.sql(f"SELECT text, emotions, \"group\" FROM '{file}'").fetchall()
    texts = [clean(row[0].replace("[NAME]", "").replace("[RELIGION]", "")) for row in rows]
    sounds = [SOUND_OF.get(row[2][0], -1) if len(set(row[2])) == 1 else -1 for row in rows]
    felt = np.array([[bool(set(FAMILIES[one]) & set(row[1])) for one in EMOTIONS] for row in rows])
    return texts, sounds, felt


def read_phrases() -> tuple[list[str], list[int], np.ndarray]:
    """Return our own phrases likewise."""
    rows = [line.split("\t") for line in (HERE / "prior_phrases.tsv").read_text("utf-8").splitlines() if line]
    felt = np.array([[row[1] == one.value for one in EMOTIONS] for row in rows])
    return [clean(row[2]) for row in rows], [SHORT[row[0]] for row in rows], felt


def choose_threshold(told: np.ndarray, true: np.ndarray) -> float:
    """Return the probability from which an emotion is told: where its F1 is best."""
    marks = np.linspace(0.1, 0.9, 81)
    return float(marks[np.argmax([f1_score(true, told >= mark, zero_division=0.0) for mark in marks])])


def teach(folder: Path) -> dict[str, Any]:
    """Return all arrays of the prior head."""
    encoder = SentenceEncoder()
    texts, sounds, felt = read_comments(folder / "train.parquet")
    said, said_sounds, said_felt = read_phrases()
    vectors = encoder.encode([*texts, *said])
    weight = np.r_[np.ones(len(texts)), np.full(len(said), PHRASE_WEIGHT)]
    target = np.r_[np.array(sounds), np.array(said_sounds)]
    known = target >= 0
    first = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    first.fit(vectors[known], target[known], sample_weight=weight[known])
    emotions = np.vstack([felt, said_felt])
    heads = []
    for place in range(len(EMOTIONS)):
        head = LogisticRegression(C=1.0, max_iter=1000)
        heads.append(head.fit(vectors, emotions[:, place], sample_weight=np.minimum(weight, 10)))
    dev_texts, _sounds, dev_felt = read_comments(folder / "dev.parquet")
    dev = encoder.encode(dev_texts)
    told = np.column_stack([head.predict_proba(dev)[:, 1] for head in heads])
    half = np.arange(len(dev)) % 2 == 0
    thresholds = np.array([choose_threshold(told[half, i], dev_felt[half, i]) for i in range(len(EMOTIONS))])
    f1 = [
        f1_score(dev_felt[~half, i], told[~half, i] >= thresholds[i], zero_division=0.0) for i in range(len(EMOTIONS))
    ]
    card = {
        "version": 1,
        "encoder": encoder.name,
        "comments": len(texts),
        "phrases": len(said),
        "emotion_f1": {one.value: round(float(value), 3) for one, value in zip(EMOTIONS, f1, strict=True)},
        "emotion_macro_f1": round(float(np.mean(f1)), 3),
    }
    return {
        "sound_weights": first.coef_.T.astype(np.float16),
        "sound_bias": first.intercept_.astype(np.float32),
        "emotion_weights": np.column_stack([head.coef_[0] for head in heads]).astype(np.float16),
        "emotion_bias": np.array([head.intercept_[0] for head in heads], dtype=np.float32),
        "thresholds": thresholds,
        "card": np.frombuffer(json.dumps(card, sort_keys=True).encode(), dtype=np.uint8),
    }


def write(arrays: dict[str, Any], path: Path) -> None:
    """Write an .npz whose bytes hang on its arrays alone, not on the clock."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            body = io.BytesIO()
            np.lib.format.write_array(body, np.asanyarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), body.getvalue())


if __name__ == "__main__":
    made = teach(Path(sys.argv[1]))
    write(made, OUT)
    print(json.dumps(json.loads(made["card"].tobytes()), indent=2), OUT.stat().st_size)
