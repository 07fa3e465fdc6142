"""The weekly digest: the same lines on its page and in the letter, nobody named, once a week to who wants it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from browsing import Browser, a_user
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import DAY_S, a_touch, send
from test_customers import HOSTILE, said_who

from heartline.app import Heartline
from heartline.records import Bounds, LetterKind, Role
from heartline.store import Entry
from heartline.web.digest import read_digest, set_reader, week_of
from heartline.web.digest_rounds import go_round_digest
from heartline.web.digest_words import say_digest, write_digest
from heartline.web.voice_pick import ASKS, PLEASED, UNHAPPY, pick_voices

NOW = time.time()
MONDAY_US = int(datetime(2026, 11, 30, 10, tzinfo=UTC).timestamp() * 1e6)
WEEK_US = 7 * 86_400_000_000


def some_words(heartline: Heartline) -> None:
    """Ana is unhappy and says her name and number, Ben is pleased, Cal asks; Dan said something a month ago."""
    send(heartline, [said_who("ana", NOW - 2 * DAY_S, name="Ana Ruiz", email="ana@example.com")])
    told = (
        ("ana", 1, 1, "I am Ana Ruiz, ring +44 7700 900123. Never again."),
        ("ben", 1, 10, "Splendid coffee, thank you very much"),
        ("cal", 1, 7, "Can I change my address in the app?"),
        ("dan", 30, 0, "The worst box that I ever had"),
    )
    send(
        heartline,
        [
            a_touch(
                user, NOW - days * DAY_S, "Courier", channel="app", score={"kind": "nps", "value": value}, text=text
            )
            for user, days, value, text in told
        ],
    )


def test_three_voices_are_told_and_nobody_is_named(heartline: Heartline) -> None:
    some_words(heartline)
    digest = read_digest(heartline, now_us=int(NOW * 1e6))
    assert [voice.sounds for voice in digest.voices] == [UNHAPPY, PLEASED, ASKS]
    _subject, text = write_digest(digest, zone="UTC", base="https://h.example", name="Mo", company="Harbour")
    for named in ("Ana", "Ruiz", "7700", "ana@example.com", "worst box"):
        assert named not in text, named
    for words in ("Never again.", "Splendid coffee", "Can I change my address", "WHAT CHANGED RELIABLY"):
        assert words in text, words
    assert all(line == line.strip() for part in say_digest(digest, zone="UTC") for line in part.lines)


def test_the_page_says_what_the_letter_says(heartline: Heartline, owner: Browser) -> None:
    some_words(heartline)
    text = owner.get("/digest").text
    digest = read_digest(heartline, now_us=int(NOW * 1e6))
    for part in say_digest(digest, zone="UTC"):
        assert part.heading in text
        assert all(line in text for line in part.lines)


def test_an_empty_company_has_a_digest_too(owner: Browser) -> None:
    text = owner.get("/digest").text
    for words in ("Nothing changed reliably", "Nobody left words that fit here.", "Nothing presses this week."):
        assert words in text, words


def test_it_goes_once_a_week_to_who_wants_it_and_may_see_it(heartline: Heartline) -> None:
    some_words(heartline)
    mo = a_user(heartline, role=Role.VIEWER, email="mo@example.com")
    nora = a_user(heartline, role=Role.AGENT, email="nora@example.com")
    a_user(heartline, email="eve@example.com")
    for user in (mo, nora):
        set_reader(heartline, user.user_id, wants=True)
    heartline.stores.kept.set_bounds(nora.user_id, Bounds(places=("North",)))
    # The week in which it is first met goes by.
    assert go_round_digest(heartline, now_us=MONDAY_US) == 0
    night_us = MONDAY_US + WEEK_US - 9 * 3_600_000_000
    assert [go_round_digest(heartline, now_us=at) for at in (night_us, MONDAY_US + WEEK_US)] == [0, 1]
    assert go_round_digest(heartline, now_us=MONDAY_US + WEEK_US + 3 * 86_400_000_000) == 0
    (posted,) = heartline.stores.kept.letters(limit=9)
    assert (posted.letter.to, posted.letter.kind) == ("mo@example.com", LetterKind.DIGEST)
    # As if the process had died before it noted the week.
    heartline.stores.kept.set_setting("digest_week", "2026-11-30")
    go_round_digest(heartline, now_us=MONDAY_US + WEEK_US + 60_000_000)
    assert len(heartline.stores.kept.letters(limit=9)) == 1


def test_a_reader_chooses_and_a_bound_one_cannot(heartline: Heartline, owner: Browser) -> None:
    assert "You do not get it by e-mail." in owner.get("/digest").text
    owner.post("/digest", {"on": "1"})
    assert "You get it by e-mail" in owner.get("/digest").text
    owner.post("/digest", {"on": "0"})
    assert "You do not get it by e-mail." in owner.get("/digest").text
    nora = a_user(heartline, role=Role.AGENT, email="nora@example.com")
    heartline.stores.kept.set_bounds(nora.user_id, Bounds(places=("North",)))
    with Browser(heartline) as browser:
        browser.sign_in(nora)
        assert "By e-mail" not in browser.get("/digest").text
        assert browser.post("/digest", {"on": "1"}).status_code == 403


def test_hostile_words_stay_text(heartline: Heartline, owner: Browser) -> None:
    send(heartline, [a_touch("x", NOW - 60, HOSTILE, score={"kind": "nps", "value": 0}, text=f"{HOSTILE} {HOSTILE}")])
    assert "<script>alert" not in owner.get("/digest").text


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-11-30 08:59", "2026-11-23"),
        ("2026-11-30 09:00", "2026-11-30"),
        ("2026-12-06 23:59", "2026-11-30"),
    ],
)
def test_a_week_begins_at_its_hour(at: str, week: str) -> None:
    now_us = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1e6)
    assert week_of(now_us, zone="UTC", first_weekday=0, hour=9) == week


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-1, 1), st.text(min_size=0, max_size=300)), max_size=12))
def test_the_same_voices_are_picked_in_any_order_and_none_twice(said: list[tuple[float, str]]) -> None:
    entries = [
        Entry(seq=n, ts_us=n, received_us=n, subject_id=1, source_id=1, kind="track", touch=True, text=text)
        for n, (_valence, text) in enumerate(said)
    ]
    valence = {n: value for n, (value, _text) in enumerate(said)}
    picked = pick_voices(entries, valence, {})
    assert picked == pick_voices(entries[::-1], valence, {})
    assert len({voice.entry.seq for voice in picked}) == len(picked) <= 3
