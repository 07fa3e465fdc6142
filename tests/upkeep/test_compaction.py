"""Compressing the journal: it reads the same in both forms, goes on growing, and what is not settled is left alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upkeep_company import make_company, messages, send

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Body
from heartline.store import SqliteJournal
from heartline.store.checkup import examine_journal
from heartline.store.framing import is_closed, read_row, write_closed, write_plain
from heartline.web import compact, rebuild

BODIES = st.lists(
    st.builds(
        Body,
        source_id=st.integers(0, 2**31),
        received_us=st.integers(0, 2**62),
        payload=st.binary(max_size=200),
        events=st.integers(0, 1000),
    ),
    min_size=1,
    max_size=20,
)


def quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def a_body(number: int, size: int = 3000) -> Body:
    return Body(source_id=1, received_us=number, payload=(f"{number:06d} " * (size // 7)).encode(), events=number % 4)


@given(BODIES)
def test_both_forms_read_the_same(bodies: list[Body]) -> None:
    plain, closed = write_plain(bodies), write_closed(bodies)
    assert read_row(7, plain) == read_row(7, closed)
    assert (is_closed(plain), is_closed(closed)) == (False, True)


def test_a_damaged_frame_is_told_by_its_checksum() -> None:
    closed = bytearray(write_closed([a_body(n) for n in range(50)]))
    closed[len(closed) // 2] ^= 1
    with pytest.raises(ValueError, match=r"."):
        read_row(1, bytes(closed))


def test_a_compacted_journal_reads_the_same_from_everywhere(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    for start in range(0, 400, 4):
        journal.append([a_body(n) for n in range(start, start + 4)])
    before, counted = journal.read(0, events=10**6), [journal.events(after=n) for n in range(0, 401, 37)]
    steps = []
    while (closed := journal.compact(settled=350)).bodies:
        steps.append(closed)
        journal.append([a_body(1000)])
    journal.append([a_body(2000)])
    rows = journal._reader.execute("SELECT first_seq, last_seq, bodies FROM commits ORDER BY first_seq").fetchall()
    assert len(steps) >= 3
    assert sum(step.has_bytes for step in steps) * 5 < sum(step.had_bytes for step in steps)
    assert all(last <= 350 for _, last, blob in rows if is_closed(blob))
    assert journal.read(0, events=10**6)[:400] == before
    assert [journal.events(after=n) for n in range(0, 401, 37)] == counted
    assert journal.read(123, events=40)[0].seq == 124
    assert [b.seq for b in journal.at([5, 77, 349, 400])] == [5, 77, 349, 400]
    assert examine_journal(tmp_path / "j") == []
    while journal.compact(settled=10**6, whole=True).bodies:
        pass
    journal.shrink()
    assert journal.read(0, events=10**6)[:400] == before
    journal.close()
    again = SqliteJournal(tmp_path / "j")
    assert again.append([a_body(5)]) == [400 + len(steps) + 2]
    again.close()


def test_appends_and_compaction_at_once_lose_nothing(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    seqs: list[int] = []

    def write() -> None:
        for number in range(300):
            seqs.extend(journal.append([a_body(number, size=9000)]))

    writing = threading.Thread(target=write)
    writing.start()
    while writing.is_alive():
        journal.compact(settled=journal.head())
    writing.join()
    journal.compact(settled=journal.head())
    assert seqs == list(range(1, 301))
    assert [b.payload[:6] for b in journal.read(0, events=10**6)] == [f"{n:06d}".encode() for n in range(300)]
    journal.close()


def test_a_compacted_installation_rebuilds_equal_and_goes_on(tmp_path: Path) -> None:
    company = make_company(tmp_path / "data", events=2000)
    with open_heartline(Settings(data_dir=company)) as heartline:
        report = compact(heartline, tell=quiet)
        assert report.shrunk
        assert report.bodies == heartline.stores.journal.head()
        assert report.has_bytes * 5 < report.had_bytes
        send(heartline, 1, messages(2000, 2100))
        heartline.catch_up()
        compared = rebuild(heartline, tell=quiet).comparison
        assert compared is not None
        assert compared.equal
        assert heartline.account().received == 2100
        assert compact(heartline, tell=quiet).bodies == 4


def test_an_idle_server_compacts_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartline.app._QUIET_S", 0.2)
    monkeypatch.setattr("heartline.store.sqlite_journal._FRAME_BYTES", 4096)
    company = make_company(tmp_path / "data")
    with open_heartline(Settings(data_dir=company)) as heartline:
        closed = threading.Event()
        compacting = heartline.stores.journal.compact

        def noticed(**given: object) -> object:
            done = compacting(**given)  # type: ignore[arg-type]
            if done.bodies:
                closed.set()
            return done

        monkeypatch.setattr(heartline.stores.journal, "compact", noticed)
        heartline.start()
        assert closed.wait(120)
