"""Letters are kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Invalid, Missing, Unavailable
from heartline.records import (
    Identifier,
    IdentifierKind,
    Letter,
    LetterKind,
    LetterState,
    hash_token,
    make_token,
)
from heartline.store import Stores, open_memory, open_stores

LATER_US = 2**60


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def letter(key: str, to: str = "mira@example.com", *, kind: LetterKind = LetterKind.SURVEY) -> Letter:
    return Letter(to=to, subject="Hello", text="How was it?", kind=kind, key=key)


def test_a_letter_is_one_by_its_key_and_goes_in_turn(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = stores.kept
    first = kept.queue_letter(letter("a"))
    assert kept.queue_letter(letter("a", "bo@example.com")) == first
    second = kept.queue_letter(letter("b", kind=LetterKind.REPLY))
    assert [one.letter.key for one in kept.due_letters(now_us=LATER_US)] == ["a", "b"]
    assert kept.due_letters(now_us=0) == []
    assert kept.due_letters(now_us=LATER_US, but=[LetterKind.SURVEY]) == [second]
    kept.note_letter(replace(first, state=LetterState.SENT, attempts=1, status=250, tried_us=9))
    assert kept.due_letters(now_us=LATER_US) == [second]
    assert kept.letter_states() == {LetterState.SENT: 1, LetterState.WAITING: 1}
    kept.send_letter_again(first.letter_id, now_us=7)
    assert kept.letter(first.letter_id).message_id == first.message_id
    with pytest.raises(Missing):
        kept.send_letter_again(first.letter_id, now_us=7)
    with pytest.raises(Invalid):
        kept.queue_letter(letter("c", "mira@example.com\nBcc: eve@evil.example"))
    monkeypatch.setattr("heartline.store.sql_letters.MOST_LETTERS_WAITING", 2)
    with pytest.raises(Unavailable):
        kept.queue_letter(letter("d"))
    assert kept.drop_letters(before_us=LATER_US) == 0, "what waits is not dropped"


def test_an_address_has_the_handle_of_its_identifier_and_a_way_out_that_outlives_its_letters(stores: Stores) -> None:
    kept = stores.kept
    posted = kept.queue_letter(letter("a", "Mira@Example.com"))
    assert posted.handle == stores.derived.handle(Identifier(IdentifierKind.EMAIL, "mira@example.com")).hex()
    token = hash_token(make_token(stores.database.secret(), "unsubscribe survey", posted.handle))
    assert kept.find_way_out(token) == (posted.handle, LetterKind.SURVEY)
    assert not kept.is_unsubscribed(posted.handle, LetterKind.SURVEY)
    assert kept.forget_letters([posted.handle]) == 1
    assert kept.letters(limit=9) == []
    assert [kept.unsubscribe(posted.handle, LetterKind.SURVEY, now_us=5) for _ in range(2)] == [True, False]
    kept.queue_letter(letter("b"))
    assert kept.is_unsubscribed(posted.handle, LetterKind.SURVEY)
    assert not kept.is_unsubscribed(posted.handle, LetterKind.DIGEST)
    assert kept.find_way_out(hash_token("x")) is None
    assert [one.letter.key for one in kept.letters(limit=9, handles=[posted.handle])] == ["b"]
