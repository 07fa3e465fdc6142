"""What a case notes by itself is said in the reader's language; what people wrote stays theirs."""

from __future__ import annotations

import pytest

from heartline.language import PSEUDO, speaking
from heartline.web.pages.case_words import say_note, say_reason

NOTES = (
    "new → contacted.",
    "mended → closed. Mended, and the customer knows",
    "cause found → closed. Not ours to mend: the courier's",
    "Owner: nobody → Ada.",
    "Due date moved.",
    "Opened for Ada.",
    "Opened; nobody owns it yet.",
    "We called. → They were out.",
)


@pytest.mark.parametrize("text", NOTES)
def test_in_english_every_note_stays_as_it_is(text: str) -> None:
    assert say_note(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("new → contacted.", "⟦new⟧ → ⟦contacted⟧."),
        (NOTES[2], "⟦cause found⟧ → ⟦closed⟧. ⟦Not ours to mend⟧: the courier's"),
        ("Owner: nobody → Ada.", "⟦Owner: ⟦nobody⟧ → Ada.⟧"),
        ("We called. → They were out.", "We called. → They were out."),
    ],
)
def test_our_own_words_are_translated_and_theirs_are_not(text: str, said: str) -> None:
    with speaking(PSEUDO):
        assert say_note(text) == said


def test_a_reason_in_somebody_s_words_is_theirs() -> None:
    with speaking(PSEUDO):
        assert say_reason("Gave the money back") == "Gave the money back"
