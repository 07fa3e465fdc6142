"""Letters are kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Invalid, Missing, Unavailable
from heartline.records import (
    Bounce,
    BounceCounts,
    BounceKind,
    BounceNotice,
    Confirmation,
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


def a_notice(kind: BounceKind = BounceKind.HARD, *, seq: int = 0, at_us: int = 5, handle: str = "aa") -> BounceNotice:
    return BounceNotice(handle=handle, kind=kind, at_us=at_us, status="5.1.1", told_by="relay", seq=seq)


def test_a_hard_bounce_holds_back_until_it_is_lifted_and_soft_ones_only_count(stores: Stores) -> None:
    kept = stores.kept
    assert kept.bounce_of("aa") is None
    assert not kept.note_bounce(a_notice(BounceKind.SOFT, at_us=4))
    assert kept.note_bounce(a_notice())
    assert not kept.note_bounce(a_notice(at_us=6)), "it is held back already"
    told = kept.bounce_of("aa")
    assert told == Bounce(handle="aa", held_us=5, soft=1, last_us=6, status="5.1.1", told_by="relay")
    kept.note_bounce(a_notice(BounceKind.SOFT, at_us=9, handle="bb"))
    assert [one.handle for one in kept.bounces(limit=9)] == ["aa", "bb"], "the gravest first"
    assert kept.bounces(limit=9, handles=["bb", "cc"])[0].soft == 1
    assert kept.bounce_counts() == BounceCounts(held=1, soft=1, complaints=0)
    assert kept.lift_bounce("aa")
    assert not kept.lift_bounce("aa")
    assert kept.bounce_counts() == BounceCounts(held=0, soft=2, complaints=0)
    assert kept.note_bounce(a_notice(at_us=11)), "a new one holds it back anew"


def test_an_event_that_is_heard_twice_counts_once_and_is_not_heard_again_after_lifting(stores: Stores) -> None:
    kept = stores.kept
    assert kept.note_bounce(a_notice(seq=7))
    assert not kept.note_bounce(a_notice(BounceKind.SOFT, seq=7))
    kept.lift_bounce("aa")
    assert not kept.note_bounce(a_notice(seq=7))
    assert kept.bounce_of("aa") == Bounce(handle="aa", last_us=5, status="5.1.1", told_by="relay")
    kept.note_bounce(a_notice(BounceKind.SOFT, seq=8))
    kept.note_bounce(a_notice(BounceKind.SOFT, seq=0))
    assert kept.bounces(limit=1)[0].soft == 2


def test_who_complains_is_unsubscribed_from_every_list_at_once(stores: Stores) -> None:
    kept, handle = stores.kept, stores.kept.handle_of_address("mira@example.com")
    kept.queue_letter(letter("a"))
    assert kept.note_bounce(a_notice(BounceKind.COMPLAINT, handle=handle))
    assert not kept.note_bounce(a_notice(BounceKind.COMPLAINT, handle=handle))
    lists = {LetterKind.SURVEY, LetterKind.ALERT, LetterKind.DIGEST}
    assert {kind for kind in LetterKind if kept.is_unsubscribed(handle, kind)} == lists
    assert kept.bounce_counts() == BounceCounts(held=0, soft=0, complaints=1)


def a_question(
    stores: Stores, to: str = "mira@example.com", *, cause: str = "survey:1", at_us: int = 100
) -> tuple[Confirmation, Letter]:
    handle = stores.kept.handle_of_address(to)
    written = letter(f"confirm:{handle}:{at_us}", to, kind=LetterKind.CONFIRM)
    asked = Confirmation(
        handle=handle, purpose="reply", cause=cause, wording="Yes.", language="en", letter_key=written.key,
        asked_us=at_us,
    )  # fmt: skip
    return asked, written


def test_an_address_is_asked_once_in_a_while_and_never_after_it_said_yes(stores: Stores) -> None:
    kept = stores.kept
    asked, written = a_question(stores)
    assert kept.ask_confirmation(asked, written, not_since_us=50)
    again = a_question(stores, cause="survey:2", at_us=120)
    assert not kept.ask_confirmation(*again, not_since_us=50), "asked lately"
    assert kept.ask_confirmation(*again, not_since_us=110)
    assert [one.letter.key for one in kept.letters(limit=9)] == [again[1].key, written.key]
    token = make_token(stores.database.secret(), "confirm", again[1].key)
    assert kept.confirmation_by_link(hash_token(token)) == again[0]
    old = make_token(stores.database.secret(), "confirm", written.key)
    assert kept.confirmation_by_link(hash_token(old)) is None, "the letter before it is no longer good"
    assert (kept.confirmation_counts(), kept.count_asked(since_us=121)) == ((1, 0), 0)
    assert kept.confirm_address(asked.handle, now_us=130)
    assert not kept.confirm_address(asked.handle, now_us=140)
    assert kept.confirmation_counts() == (0, 1)
    late = a_question(stores, cause="survey:3", at_us=900)
    assert not kept.ask_confirmation(*late, not_since_us=899)
    told = kept.confirmation_of(asked.handle)
    assert told is not None
    assert told.confirmed_us == 130


def test_one_cause_asks_one_address(stores: Stores) -> None:
    """Whoever fills in one form cannot have a letter sent to each address they can think of."""
    kept = stores.kept
    assert kept.ask_confirmation(*a_question(stores), not_since_us=0)
    assert not kept.ask_confirmation(*a_question(stores, "bo@example.com"), not_since_us=0)
    assert len(kept.letters(limit=9)) == 1


def test_an_erasure_takes_what_was_confirmed_and_leaves_that_an_address_bounces(stores: Stores) -> None:
    kept = stores.kept
    asked, written = a_question(stores)
    kept.ask_confirmation(asked, written, not_since_us=0)
    kept.note_bounce(a_notice(handle=asked.handle))
    assert kept.forget_letters([asked.handle]) == 1
    assert kept.confirmation_of(asked.handle) is None
    assert kept.bounce_of(asked.handle) is not None
