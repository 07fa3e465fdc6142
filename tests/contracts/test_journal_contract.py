"""One suite for every journal: what the port promises, each adapter keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.errors import Unavailable
from heartline.records import Body
from heartline.store import Journal, MemoryJournal, SqliteJournal


def a_body(text: str = "{}", *, events: int = 1, source: int = 1) -> Body:
    return Body(source_id=source, received_us=1_700_000_000_000_000, payload=text.encode(), events=events)


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    opened: Journal = MemoryJournal() if request.param == "memory" else SqliteJournal(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


def test_seqs_are_consecutive_over_groups(journal: Journal) -> None:
    assert journal.append([a_body("a"), a_body("b")]) == [1, 2]
    assert journal.append([a_body("c")]) == [3]
    assert journal.head() == 3
    assert [(b.seq, b.payload) for b in journal.read(0, events=99)] == [(1, b"a"), (2, b"b"), (3, b"c")]


@pytest.mark.parametrize("after", range(7))
def test_reading_from_the_middle_of_a_group_gives_the_rest(journal: Journal, after: int) -> None:
    journal.append([a_body(str(i)) for i in range(1, 4)])
    journal.append([a_body(str(i)) for i in range(4, 7)])
    assert [int(b.payload) for b in journal.read(after, events=99)] == list(range(after + 1, 7))


def test_reading_stops_when_enough_events_are_gathered_but_gives_at_least_one_body(journal: Journal) -> None:
    journal.append([a_body("a", events=10), a_body("b", events=10), a_body("c", events=10)])
    assert len(journal.read(0, events=1)) == 1
    assert len(journal.read(0, events=11)) == 2
    assert journal.read(3, events=5) == []


def test_events_are_counted_from_any_place(journal: Journal) -> None:
    journal.append([a_body(events=2), a_body(events=3)])
    journal.append([a_body(events=5), a_body(events=7)])
    assert [journal.events(after=n) for n in range(5)] == [17, 15, 12, 7, 0]


def test_a_body_comes_back_as_it_went_in(journal: Journal) -> None:
    body = Body(source_id=7, received_us=123, payload=b"\x00\xff\x1f\x8b", events=4, body_version=1, gate_version=1)
    journal.append([body])
    (back,) = journal.read(0, events=1)
    assert (back.source_id, back.received_us, back.payload, back.events) == (7, 123, b"\x00\xff\x1f\x8b", 4)


def test_an_empty_group_is_nothing(journal: Journal) -> None:
    assert journal.append([]) == []
    assert journal.head() == 0


def test_a_journal_opened_again_goes_on_where_it_was(tmp_path: Path) -> None:
    first = SqliteJournal(tmp_path / "j")
    first.append([a_body("a"), a_body("b")])
    first.close()
    again = SqliteJournal(tmp_path / "j")
    assert again.append([a_body("c")]) == [3]
    assert [b.payload for b in again.read(1, events=9)] == [b"b", b"c"]
    again.close()


def test_a_full_disk_is_unavailable_keeps_nothing_of_the_group_and_heals(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    journal.append([a_body("before")])
    pages = journal._writer.execute("PRAGMA page_count").fetchone()[0]
    journal._writer.execute(f"PRAGMA max_page_count={pages + 4}")
    with pytest.raises(Unavailable):
        journal.append([a_body("x" * 200_000)])
    assert [b.payload for b in journal.read(0, events=9)] == [b"before"]
    journal._writer.execute("PRAGMA max_page_count=1000000")
    assert journal.append([a_body("after")]) == [2]
    journal.close()


def test_bodies_are_found_by_their_seqs(journal: Journal) -> None:
    journal.append([a_body(str(i)) for i in range(1, 4)])
    journal.append([a_body("4")])
    journal.append([a_body(str(i)) for i in range(5, 8)])
    assert [(b.seq, int(b.payload)) for b in journal.at([6, 1, 4, 3, 6, 99, 0])] == [(1, 1), (3, 3), (4, 4), (6, 6)]
    assert journal.at([]) == []
