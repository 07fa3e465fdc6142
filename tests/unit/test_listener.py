"""The listener reads what History holds, is taught by scores and corrections, and forgets what was removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heartline.app import Heartline, open_heartline, open_twin
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.listener import Listener
from heartline.records import Polarity, Trust
from heartline.understand import mask_blind, read_texts
from heartline.understand.voice import teaching
from heartline.web.privacy import erase_customers

sys.path.append(str(Path(__file__).resolve().parents[1] / "web"))
from small_company import send  # shared by the tests of the web

from verb_nursery import Nursery

GOOD = ("Lovely coffee, thank you", "Great and quick", "Perfect, five stars", "So kind and helpful")
BAD = ("Awful, never again", "Late and rude", "Broken and nobody answers", "Waste of money")
PLAIN = ("It was as usual", "I bought a bag", "I came on Monday", "It is on the shelf")


class Beside(Executor):
    """Does the work at once, where it is asked: a process of its own is tested once, below."""

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        told: Future[Any] = Future()
        try:
            told.set_result(fn(*given, **named))
        except BaseException as error:  # noqa: BLE001  # as an executor does
            told.set_exception(error)
        return told


def listen(heartline: Heartline) -> Listener:
    return Listener(heartline.stores, log=heartline.log, hold=heartline.hold, hire=Beside)


def a_comment(number: int, text: str, score: int | None) -> dict[str, Any]:
    block: dict[str, Any] = {"touchpoint": "Survey", "text": text}
    if score is not None:
        block["score"] = {"kind": "nps", "value": score}
    return {
        "type": "track", "event": "Survey", "userId": f"u{number}", "messageId": f"m{number}:{text}",
        "timestamp": f"2026-10-{1 + number % 28:02}T10:00:00Z", "context": {"heartline": block},
    }  # fmt: skip


def some_comments(each: int) -> list[dict[str, Any]]:
    """As many good, bad and plain comments, with the scores they deserve, and as many without a score."""
    said = [(GOOD, 10), (BAD, 1), (PLAIN, 7)]
    return [
        a_comment(number * 10 + place, f"{words[number % 4]} {number}", score if number % 2 else None)
        for number in range(each * 2)
        for place, (words, score) in enumerate(said)
    ]


@pytest.fixture
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield opened


def test_all_texts_are_read_and_those_that_come_later_too(company: Heartline) -> None:
    listener = listen(company)
    assert (listener.catch_up(), listener.status().share) == (0, 1.0)
    send(company, some_comments(3))
    told: list[float] = []
    assert listener.catch_up(told.append) == 18
    assert told[-1] == 1.0
    assert listener.catch_up() == 0
    send(company, [a_comment(999, "Thank you!", None), a_comment(998, "", 3)])
    assert listener.catch_up() == 1
    status = listener.status()
    assert (status.texts, status.read, status.reader) == (19, 19, None), "six labels teach nobody"


def test_scores_teach_a_reader_and_everything_is_read_by_it(company: Heartline) -> None:
    listener = listen(company)
    send(company, some_comments(20))
    assert listener.catch_up() == 120
    (reader,) = company.stores.kept.readers()
    assert (reader.version, reader.labels, reader.customers) == (1, 60, 60)
    assert reader.f1 > max(0.8, reader.prior_f1)
    columns = company.stores.readings.reading_columns()
    assert set(columns.version.tolist()) == {1}
    # As many again and a few: only then it is taught anew, and reads all again.
    send(company, [a_comment(5_000 + n, f"Great {n}", 10) for n in range(14)])
    listener.catch_up()
    assert len(company.stores.kept.readers()) == 1
    send(company, [a_comment(6_000 + n, f"Awful {n}", 0) for n in range(14)])
    assert listener.catch_up() == 148
    assert [one.labels for one in company.stores.kept.readers()] == [88, 60]


def test_a_score_is_not_found_again_in_its_own_reading(company: Heartline) -> None:
    """What taught is read by heads that were not taught it: else readings would agree with scores by hearsay."""
    send(company, [*some_comments(20), *(a_comment(9_000 + n, f"Zyxgrub{n} blorf{n}", n % 2 * 10) for n in range(30))])
    listener = listen(company)
    assert listener.catch_up() == 150
    _version, _source, body = company.stores.kept.reader_body() or (None, "", b"")
    log = company.log()
    scored = [int(seq) for seq in log.seq[~np.isnan(log.valence)]]
    texts = [entry.text or "" for entry in company.stores.history.entries(scored)]
    itself = read_texts(1, body, texts, scored)
    kept = company.stores.readings.readings(scored)
    nonsense = [one for one, text in zip(itself, texts, strict=True) if text.startswith("Zyx")]
    truth = [1.0 if float(log.score[log.seq == one.seq][0]) == 10 else -1.0 for one in nonsense]
    by_itself = np.corrcoef([one.valence for one in nonsense], truth)[0, 1]
    by_others = np.corrcoef([kept[one.seq].valence for one in nonsense], truth)[0, 1]
    assert by_itself > by_others + 0.2
    assert by_others < 0.4


def test_a_correction_counts_as_a_label(company: Heartline) -> None:
    send(company, some_comments(20))
    log = company.log()
    unscored = [int(seq) for seq in log.seq[np.isnan(log.valence)]]
    for seq in unscored[:5]:
        company.stores.kept.correct_reading(seq, Polarity.NEUTRAL, by="Ines")
    company.stores.kept.correct_reading(unscored[5], Polarity.UNSURE, by="Ines")
    company.stores.kept.correct_reading(2**40, Polarity.POSITIVE, by="of a text that is gone")
    listen(company).catch_up()
    assert company.stores.kept.readers()[0].labels == 65
    assert 2**40 not in company.stores.kept.corrections()


def test_what_was_removed_is_unlearnt(company: Heartline) -> None:
    send(company, some_comments(20))
    listener = listen(company)
    listener.catch_up()
    before = company.stores.kept.reader_body()
    seqs = sorted(int(seq) for seq in company.log().seq)
    with company.hold():
        company.stores.history.remove([(seqs[0], seqs[5])], offset=company.stores.history.offset())
    assert company.stores.readings.reading_counts(version=1) == (114, 114)
    listener.catch_up()
    after = company.stores.kept.reader_body()
    assert before is not None
    assert after is not None
    assert (after[0].version, after[0].labels) == (2, 57)
    assert after[1] == company.stores.history.fingerprint() != before[1]


def test_where_too_little_is_left_to_teach_nothing_is_remembered_of_what_was_removed(company: Heartline) -> None:
    send(company, some_comments(20))
    listener = listen(company)
    listener.catch_up()
    seqs = sorted(int(seq) for seq in company.log().seq)
    with company.hold():
        company.stores.history.remove([(seqs[0], seqs[-31])], offset=company.stores.history.offset())
    assert listener.catch_up() == 30
    held = company.stores.kept.reader_body()
    assert held is not None
    assert (held[0].labels, held[1], held[2]) == (0, company.stores.history.fingerprint(), b"")
    status = listener.status()
    assert (status.reader, status.read, status.texts) == (None, 30, 30), "the shipped reader reads again"
    assert set(company.stores.readings.reading_columns().version.tolist()) == {2}
    assert listener.catch_up() == 0
    # Once there is enough again, it is taught again, under a number of its own.
    send(company, some_comments(60)[120:])
    listener.catch_up()
    assert company.stores.kept.readers()[0].version == 3
    assert company.stores.kept.readers()[0].labels >= 50


def test_an_erasure_leaves_no_head_that_the_erased_taught(tmp_path: Path) -> None:
    with open_heartline(Settings(data_dir=tmp_path / "data")) as heartline:
        heartline.listener = listen(heartline)
        send(heartline, some_comments(20))
        heartline.listener.catch_up()
        before = heartline.stores.kept.reader_body()
        assert before is not None
        assert before[2]

        def holds(body: bytes) -> bool:
            parts = [body[start : start + 64] for start in range(0, len(body) - 64, 1_024)]  # a page may end in one
            files = [path.read_bytes() for path in (tmp_path / "data").glob("state.sqlite*")]
            return any(part in held for part in parts for held in files)

        assert holds(before[2]), "the control: it is found where it is"
        seq = int(heartline.log().seq[0])
        heartline.stores.kept.correct_reading(seq, Polarity.NEUTRAL, by="Ines")
        (gone,) = heartline.stores.derived.profiles([int(heartline.log().customers[0])]).values()
        erase_customers(heartline, [gone.ref], by="Ada", reason="asked for it")
        after = heartline.stores.kept.reader_body()
        assert after is not None
        assert (after[0].labels, after[2], heartline.stores.kept.corrections()) == (0, b"", {})
        assert not holds(before[2])
        heartline.listener.catch_up()
        assert heartline.stores.kept.readers()[0].labels in {59, 60}


def test_what_else_those_wrote_who_taught_is_read_blind_and_what_comes_later_is_known_not_to_be(
    company: Heartline,
) -> None:
    listener, said = listen(company), some_comments(20)
    other = [a_comment(number, f"By the way {number}", None) for number in (10, 11, 12, 1_000)]
    scored = [a_comment(number, f"Fine {number}", 9) for number in (10, 11, 12)]
    send(company, [*said, *scored, *other])
    listener.catch_up()
    reader, _source, body = company.stores.kept.reader_body() or pytest.fail("nobody was taught")
    log = company.log()
    assert mask_blind(log, reader).all()
    send(company, [a_comment(number, f"Once more {number}", None) for number in (10, 1_000)])
    listener.catch_up()
    log, columns = company.log(), company.stores.readings.reading_columns()
    texts = {one.seq: one.text or "" for one in company.stores.history.entries(log.seq.tolist())}
    blind = mask_blind(log, reader)
    assert sorted(texts[seq] for seq in log.seq[~blind].tolist()) == ["Once more 10"]
    assert mask_blind(log, None).all()
    by_all = read_texts(reader.version, body, list(texts.values()), list(texts))
    held = dict(zip(columns.seq.tolist(), columns.positive.tolist(), strict=True))
    differ = {texts[one.seq] for one in by_all if abs(one.positive - held[one.seq]) > 1e-3}
    assert {"By the way 10", "By the way 11", "By the way 12"} <= differ
    assert not differ & {"By the way 1000", "Once more 10", "Once more 1000"}


def test_what_could_not_be_read_is_tried_again_though_nothing_came(company: Heartline) -> None:
    hired: list[Executor] = []

    class Broken(Executor):
        def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            told: Future[Any] = Future()
            told.set_exception(BrokenProcessPool("gone"))
            return told

    def hire() -> Executor:
        hired.append(Beside() if hired else Broken())
        return hired[-1]

    send(company, some_comments(2))
    listener = Listener(company.stores, log=company.log, hold=company.hold, hire=hire)
    with pytest.raises(Unavailable):
        listener._look()
    assert listener.status().read == 0
    listener._look()
    assert listener.status().read == 12
    assert len(hired) == 2


def test_a_server_that_ends_does_not_wait_for_a_long_reading(company: Heartline) -> None:
    listener = Listener(company.stores, log=company.log, hold=company.hold)
    told: list[BaseException] = []

    def ask() -> None:
        try:
            listener._ask(time.sleep, 300)
        except Unavailable as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    deadline = time.monotonic() + 60
    while not getattr(listener._pool, "_processes", None) and time.monotonic() < deadline:
        time.sleep(0.01)
    listener.stop()
    asking.join(timeout=60)
    assert not asking.is_alive()
    assert len(told) == 1
    with pytest.raises(Unavailable):
        listener._ask(time.sleep, 300)


_KILLED = """
import os, signal, time
from heartline.listener import hire_process
if __name__ == "__main__":
    pool = hire_process()
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 300)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    deadline = time.monotonic() + 60
    while Path(f"/proc/{int(ended.stdout)}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{int(ended.stdout)}").exists()


def test_a_few_can_be_read_now_and_the_rest_later(company: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    send(company, some_comments(20))
    listener = listen(company)
    monkeypatch.setattr(teaching, "teach_head", None)
    assert listener.catch_up(most=50) == 50
    assert (listener.status().read, listener.status().texts) == (50, 120)


def test_a_process_beside_reads_and_is_begun_again_when_it_was_killed(tmp_path: Path) -> None:
    with open_heartline(Settings(data_dir=tmp_path / "data")) as heartline:
        send(heartline, [a_comment(1, "Awful, late and rude", None)])
        assert heartline.listener.catch_up() == 1
        (reading,) = heartline.stores.readings.readings([int(heartline.log().seq[0])]).values()
        assert reading.polarity is Polarity.NEGATIVE
        pool: Any = heartline.listener._pool
        (child,) = pool._processes
        os.kill(child, signal.SIGKILL)
        send(heartline, [a_comment(2, "Wonderful, thank you!", None)])
        deadline = time.monotonic() + 60
        read = 0
        while not read and time.monotonic() < deadline:
            try:
                read = heartline.listener.catch_up()
            except Unavailable:
                time.sleep(0.05)
        assert read == 1
        # Nothing was lost, and a later look finds all read.
        assert heartline.listener.status().share == 1.0


def test_sources_without_texts_cost_nothing(company: Heartline) -> None:
    company.stores.kept.add_source(name="Shop", trust=Trust.TRUSTED)
    listener = listen(company)
    assert listener.catch_up() == 0
    assert listener._pool is None


def test_the_verb_reads_alone_and_beside_a_server(nursery: Nursery, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        send(heartline, [a_comment(number, f"Awful and late {number}", None) for number in range(5)])
    code, said = nursery.run("read", "--most", "2", data=data)
    assert (code, "2 texts read now, 2 of 5 in all." in said) == (0, True), said
    nursery.serve(data)
    code, said = nursery.run("read", data=data)
    assert (code, "3 texts read now, 5 of 5 in all." in said) == (0, True), said


def test_what_comes_without_a_text_is_not_looked_through(company: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = listen(company)
    looked: list[int] = []
    caught_up = listener.catch_up
    monkeypatch.setattr(listener, "catch_up", lambda: looked.append(caught_up()))
    send(company, [a_comment(1, "Thank you!", None)])
    listener._look()
    assert looked == [1]
    send(company, [a_comment(2, "", 3)])
    listener._look()
    assert looked == [1], "nothing was said"
    send(company, [a_comment(3, "", None), a_comment(4, "Well done.", None)])
    listener._look()
    assert looked == [1, 1]
    listener.look_again()
    listener._look()
    assert looked == [1, 1, 0], "who asks is heard"
