"""Readings are kept beside their texts, and readers and corrections by State: alike in memory, on disk, on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Emotion, Polarity, ReaderVersion, Reading, TextKind
from heartline.store import DuckdbHistory, DuckdbReadings, Entry, Stores, open_memory, open_stores
from tries import some


@pytest.fixture(params=["memory", "disk"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    opened = open_memory() if request.param == "memory" else open_stores(tmp_path / "data")
    yield opened
    opened.close()


def a_text(seq: int, text: str | None = "Late again.") -> Entry:
    return Entry(
        seq=seq, ts_us=seq, received_us=seq, subject_id=1, source_id=1, kind="track", touch=True, text=text,
        message_id=f"m{seq}",
    )  # fmt: skip


def a_reading(seq: int, *, version: int = 0) -> Reading:
    return Reading(
        seq=seq, version=version, language="en", negative=0.75, positive=0.125, emotion=Emotion.ANGER,
        kind=TextKind.COMPLAINT, effort=True, urgency=False, question=False, personal=seq % 2 == 0,
    )  # fmt: skip


def test_what_is_unread_is_read_once_and_again_by_another_version(stores: Stores) -> None:
    stores.history.append([a_text(3), a_text(1, None), a_text(2, "")], offset=1)
    stores.history.append([a_text(5, "Спасибо"), a_text(9, "谢谢")], offset=2)
    shelf = stores.readings
    assert [tuple(one) for one in shelf.unread(version=0, after_seq=-1, limit=2)] == [
        (3, "Late again."),
        (5, "Спасибо"),
    ]
    assert [one.seq for one in shelf.unread(version=0, after_seq=5, limit=9)] == [9]
    assert [shelf.newest_text(after_seq=seq) for seq in (-1, 5, 9, 77)] == [9, 9, 9, 77]
    assert shelf.shelve([a_reading(3), a_reading(9)]) == 2
    assert [one.seq for one in shelf.unread(version=0, after_seq=-1, limit=9)] == [5]
    assert shelf.readings([9, 3, 5, 77]) == {3: a_reading(3), 9: a_reading(9)}
    assert shelf.reading_counts(version=0) == (3, 2)
    assert [one.seq for one in shelf.unread(version=1, after_seq=-1, limit=9)] == [3, 5, 9]
    silent = replace(a_reading(3, version=1), emotion=None, language="")
    assert shelf.shelve([silent]) == 1
    assert (shelf.readings([3])[3], shelf.reading_counts(version=0), shelf.reading_counts(version=1)) == (
        silent, (3, 1), (3, 1),
    )  # fmt: skip
    columns = shelf.reading_columns()
    assert (columns.seq.tolist(), columns.version.tolist(), columns.emotion.tolist()) == ([3, 9], [1, 0], [-1, 8])
    assert [columns.languages[code] for code in columns.language] == ["", "en"]
    assert columns.negative.tolist() == [0.75, 0.75]


def test_what_is_removed_takes_its_reading_along_and_none_comes_back(stores: Stores) -> None:
    stores.history.append([a_text(seq) for seq in range(1, 7)], offset=1)
    stores.readings.shelve([a_reading(seq) for seq in range(1, 7)])
    stores.history.remove([(2, 3), (6, 6)], offset=2)
    assert stores.readings.reading_columns().seq.tolist() == [1, 4, 5]
    # Whoever was reading meanwhile comes too late.
    assert stores.readings.shelve([a_reading(2), a_reading(4, version=1)]) == 1
    assert stores.readings.reading_columns().seq.tolist() == [1, 4, 5]
    assert stores.readings.readings([4])[4].version == 1


def test_readings_outlive_a_rewrite_and_a_restart(tmp_path: Path) -> None:
    opened = open_stores(tmp_path / "data")
    opened.history.append([a_text(1), a_text(2)], offset=1)
    opened.readings.shelve([a_reading(1), a_reading(2)])
    opened.history.rewrite()
    assert opened.readings.reading_columns().seq.tolist() == [1, 2]
    opened.close()
    again = open_stores(tmp_path / "data")
    assert again.readings.readings([1, 2]) == {1: a_reading(1), 2: a_reading(2)}
    again.close()


def test_a_history_from_before_readings_gets_their_table(tmp_path: Path) -> None:
    path = tmp_path / "history.duckdb"
    old = DuckdbHistory(path)
    old.append([a_text(1)], offset=4)
    with old.reading() as cursor:
        cursor.execute("DROP TABLE readings")
    old.close()
    opened = DuckdbHistory(path)
    assert (opened.count(), opened.offset()) == (1, 4)
    with opened.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM readings").fetchone() == (0,)
    opened.close()


@settings(max_examples=some(20))
@given(
    texts=st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=12),
    steps=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), max_size=12),
    gone=st.sets(st.integers(1, 12), max_size=4),
)
def test_both_shelves_hold_the_same_whatever_is_done(
    texts: list[str], steps: list[tuple[int, int]], gone: set[int]
) -> None:
    twin = open_memory()
    embedded = DuckdbHistory(Path(":memory:"))
    try:
        shelf = DuckdbReadings(embedded)
        entries = [a_text(seq, text) for seq, text in enumerate(texts, start=1)]
        twin.history.append(entries, offset=1)
        embedded.append(entries, offset=1)
        for place, (seq, version) in enumerate(steps):
            if place == len(steps) // 2 and gone:
                ranges = [(one, one) for one in sorted(gone)]
                twin.history.remove(ranges, offset=2)
                embedded.remove(ranges, offset=2)
            with_text = [r for r in [a_reading(seq, version=version)] if 0 < seq <= len(texts) and texts[seq - 1]]
            assert twin.readings.shelve(with_text) == shelf.shelve(with_text)
        for version in range(3):
            assert twin.readings.unread(version=version, after_seq=0, limit=5) == shelf.unread(
                version=version, after_seq=0, limit=5
            )
            assert twin.readings.reading_counts(version=version) == shelf.reading_counts(version=version)
        for seq in (-1, 3, 12):
            assert twin.readings.newest_text(after_seq=seq) == shelf.newest_text(after_seq=seq)
        every = list(range(13))
        assert twin.readings.readings(every) == shelf.readings(every)
    finally:
        embedded.close()
        twin.close()


@pytest.fixture(params=["memory", "disk", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_a_new_reader_is_kept_and_of_the_old_only_its_figures(kept: Stores) -> None:
    assert (kept.kept.readers(), kept.kept.reader_body()) == ((), None)
    first = ReaderVersion(
        version=1, taught_us=5, labels=60, customers=50, f1=0.5, error=0.25, prior_f1=0.375, prior_error=0.125
    )
    second = replace(first, version=2, labels=90)
    kept.kept.keep_reader(first, source="aa", body=b"\x00old")
    kept.kept.keep_reader(second, source="bb", body=b"\x00new")
    assert kept.kept.readers() == (second, first)
    assert kept.kept.reader_body() == (second, "bb", b"\x00new")


def test_the_latest_correction_counts(kept: Stores) -> None:
    kept.kept.correct_reading(7, Polarity.NEGATIVE, by="Ines")
    kept.kept.correct_reading(7, Polarity.POSITIVE, by="Tom")
    kept.kept.correct_reading(2**40, Polarity.UNSURE, by="Tom")
    assert kept.kept.corrections() == {7: Polarity.POSITIVE, 2**40: Polarity.UNSURE}
    kept.kept.drop_corrections([7])
    assert kept.kept.corrections() == {2**40: Polarity.UNSURE}
