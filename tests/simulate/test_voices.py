"""Texts: various, in the customer's language, and honest about what they mean."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from heartline.simulate import Simulation
from heartline.simulate.speech import THEMES
from heartline.simulate.speech_en import ENGLISH
from heartline.simulate.speech_ru import RUSSIAN
from heartline.simulate.speech_zh import CHINESE
from heartline.simulate.voices import EMOTIONS, MIXED, PLAIN, SARCASTIC, Texts, draw_texts, write_text

Sent = list[tuple[str, dict[str, Any]]]


def say(theme: int, emotion: int, twist: int, language: int, seed: int) -> str:
    columns = {"theme": theme, "emotion": emotion, "twist": twist, "language": language, "seed": seed}
    return write_text(Texts(**{name: np.array([value]) for name, value in columns.items()}), 0, Random())


@pytest.mark.parametrize("language", [0, 1, 2])
@pytest.mark.parametrize("twist", [PLAIN, MIXED, SARCASTIC])
def test_everything_can_be_said_in_every_language(language: int, twist: int) -> None:
    for theme in range(len(THEMES)):
        for emotion in range(len(EMOTIONS)):
            for seed in range(6):
                text = say(theme, emotion, twist, language, seed)
                assert text.strip()
                assert "{" not in text
                assert "}" not in text
                if language == 1:
                    assert re.search("[а-яё]", text)
                if language == 2:
                    assert re.search("[一-鿿]", text)


def test_no_text_is_said_more_than_a_few_times_in_a_thousand(sent: Sent) -> None:
    seen = {m["messageId"]: m["context"]["heartline"]["text"] for _, m in sent if "text" in str(m.get("context"))
            and "text" in m["context"].get("heartline", {})}  # fmt: skip
    counts = Counter(seen.values())
    assert len(seen) > 5000
    assert counts.most_common(1)[0][1] / len(seen) < 0.003
    assert len(counts) / len(seen) > 0.95


def test_no_shape_of_text_rules(sent: Sent) -> None:
    """Without its names and numbers, a shape may come back a few times in a thousand and no more."""
    texts = [
        m["context"]["heartline"]["text"] for _, m in sent if m.get("context", {}).get("heartline", {}).get("text")
    ]
    shapes = Counter(re.sub(r"[A-Z][\w’']+|\d[\d.]*", "#", text) for text in texts)
    assert shapes.most_common(1)[0][1] / len(texts) < 0.004


def test_the_truth_about_texts_names_texts_that_were_sent(small: Simulation, sent: Sent) -> None:
    told = small.truth["texts"]["by_message"]
    said = {m["messageId"] for _, m in sent if m.get("context", {}).get("heartline", {}).get("text")}
    assert set(told) <= said
    assert {row[3] for row in told.values()} == {"plain", "mixed", "sarcastic"}
    assert {row[1] for row in told.values()} == set(EMOTIONS)
    assert all(-1 <= row[2] <= 1 for row in told.values())


def test_the_theme_told_is_the_theme_spoken_of() -> None:
    rng = np.random.default_rng(3)
    n = 20_000
    language, theme, emotion = rng.integers(0, 3, n), rng.integers(0, len(THEMES), n), rng.integers(0, len(EMOTIONS), n)
    texts = draw_texts(rng, language=language, theme=theme, emotion=emotion, share=1.0)
    for row in range(n):
        tongue = (ENGLISH, RUSSIAN, CHINESE)[language[row]]
        name, felt = THEMES[texts.theme[row]], EMOTIONS[emotion[row]]
        words = tongue.asks if felt in {"neutral", "confusion"} else tongue.good if row_glad(felt) else tongue.bad
        assert name in words or name == "nothing in particular"


def row_glad(felt: str) -> bool:
    return felt in {"joy", "gratitude"}


def test_glad_scores_are_felt_as_glad(small: Simulation, sent: Sent) -> None:
    told = small.truth["texts"]["by_message"]
    feeling: dict[int, list[float]] = {}
    for _, message in sent:
        heartline = message.get("context", {}).get("heartline", {})
        if message["messageId"] in told and heartline.get("score", {}).get("kind") == "nps":
            feeling.setdefault(heartline["score"]["value"], []).append(told[message["messageId"]][2])
    assert np.mean(feeling[10]) > 0.4
    assert np.mean(feeling[2]) < -0.4
