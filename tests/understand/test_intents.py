"""Intents: taught by examples, sure of themselves as often as they are right, and able to say that it is none."""

from __future__ import annotations

import numpy as np
import pytest

from heartline.understand.voice.intents import NO_INTENT, REJECTED, find_energy, teach_intents, tell_intents
from heartline.understand.voice.teaching import calibration_error

NAMES = ("refund", "delivery", "login", "praise")
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


def some_texts(each: int, *, seed: int, names: int = 4, noise: float = 1.2) -> tuple[np.ndarray, list[str], list[str]]:
    """Vectors around a centre for each intent, and words of which some belong to it."""
    centres = np.random.default_rng(1).normal(size=(8, 24))
    draw = np.random.default_rng(seed)
    code = np.repeat(np.arange(names), each)
    vectors = centres[code] / 4 + draw.normal(size=(len(code), 24)) * noise / 4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"{NAMES[one % 4]} please" if draw.random() < 0.3 else "please help" for one in code]
    return vectors.astype(np.float32), texts, [NAMES[one % 4] for one in code]


def words_of(texts: list[str]) -> np.ndarray:
    return np.array([[float(name in text) for name in NAMES] for text in texts])


def test_what_it_says_is_right_and_as_sure_as_it_is_right() -> None:
    vectors, texts, intents = some_texts(120, seed=2)
    head = teach_intents((vectors, words_of(texts)), intents)
    assert head.names == tuple(sorted(NAMES))
    later, said, true = some_texts(300, seed=3)
    told, sure, _energy = tell_intents(head, (later, words_of(said)))
    place = np.searchsorted(np.array(head.names), true)
    assert (sure.argmax(axis=1) == place).mean() > 0.9
    assert sure.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert calibration_error(sure, place) < 0.06
    assert set(told.tolist()) <= {NO_INTENT, 0, 1, 2, 3}
    alone = teach_intents((vectors,), intents)
    assert (tell_intents(alone, (later,))[1].argmax(axis=1) == place).mean() > 0.85


def test_few_that_have_an_intent_are_taken_for_none_and_most_that_have_none_are() -> None:
    vectors, _texts, intents = some_texts(250, seed=4, noise=0.8)
    head = teach_intents((vectors,), intents)
    later, _said, _true = some_texts(500, seed=5, noise=0.8)
    assert (tell_intents(head, (later,))[0] == NO_INTENT).mean() < 3 * REJECTED
    odd = np.random.default_rng(6).normal(size=(400, 24)).astype(np.float32)
    odd /= np.linalg.norm(odd, axis=1, keepdims=True)
    assert (tell_intents(head, (odd,))[0] == NO_INTENT).mean() > 0.5


def test_energy_is_the_logarithm_of_the_sum_of_exponentials() -> None:
    scores = np.array([[0.0, 0.0], [800.0, 1.0], [-900.0, -900.0]])
    assert find_energy(scores) == pytest.approx([np.log(2), 800.0, -900 + np.log(2)])


def test_two_intents_and_one_of_a_single_example_teach_as_well() -> None:
    vectors, _texts, intents = some_texts(60, seed=7, names=2)
    head = teach_intents((vectors,), intents)
    assert len(head.names) == 2
    odd = teach_intents((np.vstack([vectors, vectors[:1]]),), [*intents, "alone"])
    assert odd.names == ("alone", "delivery", "refund")
    assert np.isfinite(tell_intents(odd, (vectors,))[1]).all()
