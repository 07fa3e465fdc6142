"""Feelings: labels that texts carry, several at once, told by vectors and by words, each as likely as it is so."""

from __future__ import annotations

import numpy as np
import pytest

from heartline.understand.voice import calibration_error
from heartline.understand.voice.feelings import FeelingHead, find_marks, teach_feelings, tell_feelings
from heartline.understand.voice.heads import hash_words
from heartline.understand.voice.ratios import fit_by_ratios

NAMES = ("thanks", "anger", "rare")
HEARD = (0.35, 0.25, 0.06)
WORDS = ("thank you", "outrageous", "uncanny")


def some_texts(n: int, *, seed: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Texts that carry none to three labels: the first two lean in their vectors, all three often in a word."""
    draw = np.random.default_rng(seed)
    known = draw.random((n, 3)) < HEARD
    lean = np.random.default_rng(1).normal(size=(3, 24)) * ((0.9,), (0.9,), (0.0,))
    vectors = (5.0 + known @ lean + draw.normal(size=(n, 24))).astype(np.float32)
    said = [
        " ".join(["it came", *(word for word, one in zip(WORDS, row, strict=True) if one and draw.random() < 0.7)])
        for row in known
    ]
    return vectors, said, known


@pytest.fixture(scope="module")
def head() -> FeelingHead:
    vectors, said, known = some_texts(1_600, seed=2)
    return teach_feelings(vectors, hash_words(said), known, NAMES)


def f1(told: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(2 * (told & true).sum(axis=0) / np.maximum(1, told.sum(axis=0) + true.sum(axis=0)))


def test_both_experts_together_tell_what_each_alone_cannot(head: FeelingHead) -> None:
    vectors, said, known = some_texts(2_000, seed=3)
    told, chances = tell_feelings(head, vectors, hash_words(said))
    by_words_alone = np.array([[word in text for word in WORDS] for text in said])
    assert (f1(told, known)[:2] > f1(by_words_alone, known)[:2] + 0.03).all()
    # What only a word gives away is told by the word.
    assert f1(told, known)[2] > 0.7
    assert head.names == NAMES
    assert head.share > 0
    for one, carried in zip(chances.T, known.T, strict=True):
        sure = np.column_stack([1 - one, one])
        assert calibration_error(sure, carried.astype(np.int64)) < 0.05
        assert abs(one.mean() - carried.mean()) < 0.05


def test_a_text_may_carry_several_and_none(head: FeelingHead) -> None:
    vectors, said, known = some_texts(2_000, seed=4)
    told, _chances = tell_feelings(head, vectors, hash_words(said))
    assert set(told.sum(axis=1).tolist()) >= {0, 1, 2}
    several = known[:, :2].all(axis=1)
    assert told[several, :2].all(axis=1).mean() > 0.4


def test_a_label_that_nobody_carries_is_not_told_and_one_that_all_carry_is() -> None:
    vectors, said, known = some_texts(300, seed=5)
    known[:, 1], known[:, 2] = True, False
    head = teach_feelings(vectors, hash_words(said), known, NAMES)
    told, chances = tell_feelings(head, vectors, hash_words(said))
    assert np.isfinite(chances).all()
    assert told[:, 1].mean() > 0.95
    assert chances[:, 1].min() > 0.9
    assert chances[:, 2].max() < 0.1


def test_a_mark_is_where_f1_is_best_and_texts_of_one_score_are_told_together() -> None:
    true = np.array([[1], [1], [0], [1], [0], [0]], dtype=np.bool_)
    ((mark, best),) = find_marks(np.array([[6.0], [5.0], [4.0], [3.0], [2.0], [1.0]]), true)
    assert (mark, best) == (3.0, pytest.approx(6 / 7))
    alike = np.array([[6.0], [3.0], [3.0], [3.0], [3.0], [1.0]])
    ((mark, best),) = find_marks(alike, true)
    assert best == pytest.approx(2 * (alike[:, 0] >= mark)[true[:, 0]].sum() / ((alike >= mark).sum() + 3))


def test_words_that_tell_weigh_more_than_words_that_are_common() -> None:
    draw = np.random.default_rng(6)
    true = draw.random(400) < 0.3
    said = [f"the parcel {'splendid' if one else 'plain'}" if draw.random() < 0.6 else "the parcel" for one in true]
    weights, bias = fit_by_ratios(hash_words(said), true, strength=3.0)
    scores = hash_words(["splendid", "the parcel", "plain"]) @ weights + bias
    assert scores[0] > 0 > scores[2]
    assert scores[0] - scores[1] > 1
    assert scores[1] > scores[2]
    for carried in (np.ones(400, dtype=np.bool_), np.zeros(400, dtype=np.bool_)):
        weights, bias = fit_by_ratios(hash_words(said), carried, strength=3.0)
        assert not weights.any()
        assert (bias > 0) is bool(carried[0])
