"""One suite for every history: what the port promises, each adapter keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from heartline.records import NOBODY, Identifier, IdentifierKind, Interaction, Score, ScoreKind
from heartline.store import DuckdbHistory, Entry, History, MemoryHistory, Span
from heartline.store.duckdb_asking import HeldWord
from heartline.store.history import make_entry


def an_entry(seq: int, **changes: object) -> Entry:
    entry = Entry(
        seq=seq, ts_us=seq * 10, received_us=seq * 10, subject_id=seq % 3, source_id=1, kind="track", touch=True,
        touchpoint=f"Touch {seq % 2}", channel="web", message_id=f"m{seq}",
    )  # fmt: skip
    return msgspec.structs.replace(entry, **changes)


@pytest.fixture(params=["memory", "duckdb"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    opened: History = MemoryHistory() if request.param == "memory" else DuckdbHistory(tmp_path / "history.duckdb")
    yield opened
    opened.close()


def test_rows_and_offset_arrive_together(history: History) -> None:
    assert (history.offset(), history.count(), history.span_us()) == (0, 0, None)
    history.append([an_entry(1), an_entry(2)], offset=5)
    assert (history.offset(), history.count(), history.span_us()) == (5, 2, (10, 20))
    history.append([], offset=9)
    assert (history.offset(), history.count()) == (9, 2)


def test_an_entry_comes_back_as_it_went_in(history: History) -> None:
    full = an_entry(
        7, touch=False, kind="identify", area="service", place="Mill Lane", partner="Swift", employee="Ana",
        product="Kenya", action="Asked", score_kind="csat", score=4.0, score_top=7, amount_minor=-250, currency="EUR",
        text="Ünïcode «да» 第一口\x00<script>", order="o-1", properties='{"a":1}', skewed=True,
    )  # fmt: skip
    history.append([full], offset=1)
    assert history.entries([7]) == [full]


def test_entries_come_in_the_order_asked_and_unknown_ones_are_left_out(history: History) -> None:
    history.append([an_entry(n) for n in range(1, 6)], offset=1)
    assert [e.seq for e in history.entries([4, 99, 1])] == [4, 1]
    assert history.entries([]) == []


def test_each_source_begins_with_its_first_touch(history: History) -> None:
    assert history.source_starts() == {}
    history.append([an_entry(1, touch=False), an_entry(3), an_entry(2), an_entry(9, source_id=4)], offset=1)
    assert history.source_starts() == {1: 20, 4: 90}


def test_columns_hold_touches_only_and_codes_name_their_words(history: History) -> None:
    history.append(
        [an_entry(1), an_entry(2, touch=False), an_entry(3, score_kind="nps", score=0.0, score_top=10)], offset=1
    )
    columns, names = history.columns(), history.vocabulary()
    order = np.argsort(columns.seq)
    assert columns.seq[order].tolist() == [1, 3]
    assert [names["touchpoint"][c] for c in columns.fields["touchpoint"][order]] == ["Touch 1", "Touch 1"]
    assert names["touchpoint"][0] == ""
    # A score of zero is a score.
    assert columns.score[order][1] == 0.0
    assert np.isnan(columns.score[order][0])
    assert history.columns(after_seq=1).seq.tolist() == [3]


def test_a_timeline_is_the_newest_of_its_spans(history: History) -> None:
    history.append([an_entry(n, subject_id=1 if n < 5 else 2) for n in range(1, 9)], offset=1)
    spans = [Span(1, 20, 1_000), Span(2, -(2**63), 70)]
    assert [e.seq for e in history.timeline(spans, limit=3)] == [6, 5, 4]
    assert [e.seq for e in history.timeline(spans, limit=9, before_us=50)] == [4, 3, 2]
    assert history.timeline([], limit=9) == []


def test_recent_and_earliest(history: History) -> None:
    history.append([an_entry(n, subject_id=1 + n % 2, source_id=n % 2) for n in range(1, 5)], offset=1)
    assert [e.seq for e in history.recent(limit=2)] == [4, 3]
    assert [e.seq for e in history.recent(limit=9, source_id=1)] == [3, 1]
    assert history.earliest_us([1, 2, 9]) == {1: 20, 2: 10}


def test_a_history_opened_again_knows_its_words(tmp_path: Path) -> None:
    first = DuckdbHistory(tmp_path / "h")
    first.append([an_entry(1, place="North")], offset=3)
    first.close()
    again = DuckdbHistory(tmp_path / "h")
    again.append([an_entry(2, place="South")], offset=4)
    assert again.vocabulary()["place"] == ("", "North", "South")
    assert [e.place for e in again.entries([1, 2])] == ["North", "South"]
    again.close()


def test_a_failed_append_leaves_rows_offset_and_words_as_they_were(tmp_path: Path) -> None:
    history = DuckdbHistory(tmp_path / "h")
    history.append([an_entry(1)], offset=1)
    with pytest.raises(Exception, match=r"score_top|cast|range|convert|TINYINT"):
        history.append([an_entry(2, place="Nowhere"), an_entry(3, score_top=100_000)], offset=2)
    assert (history.offset(), history.count()) == (1, 1)
    assert history.vocabulary()["place"] == ("",)
    history.append([an_entry(4, place="West")], offset=2)
    assert [e.place for e in history.entries([4])] == ["West"]
    history.close()


def test_what_names_an_identifier_is_found_as_subject_and_beside_it(history: History) -> None:
    history.append([an_entry(1, subject_id=7), an_entry(2, subject_id=8, others=(7, 9)), an_entry(3)], offset=1)
    assert history.mentions([7]) == [1, 2]
    assert history.mentions([9, 10]) == [2]
    assert history.mentions([]) == []


def test_what_is_removed_is_gone_with_its_mentions_and_the_offset_moves(history: History) -> None:
    history.append([an_entry(n, others=(40 + n,)) for n in range(1, 8)], offset=1)
    assert history.count_within([(2, 3), (6, 6), (90, 95)]) == 3
    assert history.remove([(2, 3), (6, 6), (90, 95)], offset=4) == 3
    assert history.count_within([(2, 3), (6, 6), (90, 95)]) == 0
    assert (history.count(), history.offset()) == (4, 4)
    assert history.entries([1, 2, 3, 6]) == [an_entry(1)]
    assert history.mentions([41, 42, 46]) == [1]
    assert history.remove([(2, 3)], offset=5) == 0


def test_the_fingerprint_stays_while_later_rows_are_appended_and_changes_with_all_else(history: History) -> None:
    history.append([an_entry(2), an_entry(5)], offset=1)
    before = history.fingerprint()
    history.append([an_entry(6), an_entry(9, touch=False)], offset=2)
    history.append([], offset=3)
    assert history.fingerprint() == before
    seen = {before}
    for change in (
        lambda: history.append([an_entry(4)], offset=4),
        lambda: history.append([an_entry(12), an_entry(8)], offset=5),
        lambda: history.remove([(12, 12)], offset=6),
        lambda: history.remove([], offset=7),
        history.rewrite,
    ):
        change()
        seen.add(history.fingerprint())
    assert len(seen) == 6


def test_the_fingerprint_outlives_the_process_and_no_two_files_share_one(tmp_path: Path) -> None:
    first, other = DuckdbHistory(tmp_path / "h"), DuckdbHistory(tmp_path / "other")
    first.append([an_entry(7)], offset=1)
    known = first.fingerprint()
    assert other.fingerprint() != known
    other.close()
    first.close()
    again = DuckdbHistory(tmp_path / "h")
    assert again.fingerprint() == known
    again.append([an_entry(8)], offset=2)
    assert again.fingerprint() == known
    again.append([an_entry(3)], offset=3)
    assert again.fingerprint() != known
    again.close()


def test_a_failed_append_leaves_the_fingerprint(tmp_path: Path) -> None:
    history = DuckdbHistory(tmp_path / "h")
    history.append([an_entry(5)], offset=1)
    known = history.fingerprint()
    with pytest.raises(Exception, match=r"score_top|cast|range|convert|TINYINT"):
        history.append([an_entry(1), an_entry(3, score_top=100_000)], offset=2)
    assert history.fingerprint() == known
    history.close()


def test_subjects_are_those_of_later_rows_whether_touch_or_not(history: History) -> None:
    history.append([an_entry(n, subject_id=9 - n, touch=n % 2 == 0) for n in range(1, 6)], offset=1)
    assert history.subjects(after_seq=2).tolist() == [4, 5, 6]
    assert history.subjects(after_seq=-1).tolist() == [4, 5, 6, 7, 8]
    assert history.subjects(after_seq=5).tolist() == []


def test_recording_interactions_gives_what_appending_their_entries_gives(history: History) -> None:
    bare = Interaction(
        seq=1, source_id=3, message_id="m-1", kind="page", ts_us=5, received_us=6,
        identifiers=(Identifier(IdentifierKind.USER_ID, "u", strong=True),),
    )  # fmt: skip
    full = Interaction(
        seq=2, source_id=4, message_id="m\u2028-2", kind="track", ts_us=7, received_us=9, skewed=True, touch=False,
        identifiers=(*bare.identifiers, Identifier(IdentifierKind.ANONYMOUS_ID, "a")),
        action="buy", channel="web", touchpoint="Order placed", area="sales", place="West", text="\U0001f375 good",
        score=Score(ScoreKind.CSAT, 4.5, 5), amount_minor=-1990, currency="GBP", employee="Kim", partner="Post",
        order="o-1", product="Beans", properties=b'{"a":"\xff"}',
    )  # fmt: skip
    zero = msgspec.structs.replace(full, seq=3, amount_minor=0, score=Score(ScoreKind.NPS, 0, 10), text=None)
    history.record([bare, full, zero], [11, 12, 12], [(2, 99), (3, 98), (3, 99)], offset=4)
    entries = [make_entry(bare, 11), make_entry(full, 12), make_entry(zero, 12)]
    assert history.entries([1, 2, 3]) == entries
    assert history.offset() == 4
    assert history.mentions([99]) == [2, 3]
    history.append([msgspec.structs.replace(e, seq=e.seq + 10) for e in entries], offset=5)
    assert history.entries([11, 12, 13]) == [msgspec.structs.replace(e, seq=e.seq + 10) for e in entries]
    history.record([], [], [], offset=6)
    assert (history.offset(), history.count()) == (6, 6)


def test_what_was_told_with_touches_is_found_by_the_words_of_its_keys(history: History) -> None:
    history.append(
        [
            an_entry(1, properties='{"promised_days": 2, "late": true}', order="o-1"),
            an_entry(2, properties='{"promise": 1}'),
            an_entry(3, properties='{"question": "How long?"}', touch=False),
            an_entry(4, properties='{"question": "How long?"}'),
        ],
        offset=1,
    )
    assert history.told(("promised", "question"), limit=9) == [
        (1, 10, "o-1", '{"promised_days": 2, "late": true}', an_entry(1).touchpoint),
        (4, 40, None, '{"question": "How long?"}', an_entry(4).touchpoint),
    ]
    assert [one.seq for one in history.told(("promised", "question"), after_seq=1, limit=1)] == [4]
    assert history.told((), limit=9) == []


def test_a_fingerprint_held_in_memory_turns_with_the_file_s(tmp_path: Path) -> None:
    history = DuckdbHistory(tmp_path / "h")
    history.append([an_entry(1), an_entry(5)], offset=1)
    seen = [history.fingerprint()]
    history.append([an_entry(7)], offset=2)
    assert history.fingerprint() == seen[0]
    history.append([an_entry(3)], offset=3)
    seen.append(history.fingerprint())
    history.remove([(5, 5)], offset=4)
    seen.append(history.fingerprint())
    with pytest.raises(Exception, match=r"score_top|cast|range|convert|TINYINT"):
        history.append([an_entry(2, score_top=100_000)], offset=5)
    assert history.fingerprint() == seen[-1]
    history.rewrite()
    seen.append(history.fingerprint())
    assert len(set(seen)) == len(seen)
    history.close()
    again = DuckdbHistory(tmp_path / "h")
    assert again.fingerprint() == seen[-1]
    again.close()


def test_a_word_read_while_it_turns_is_not_held() -> None:
    held = HeldWord()
    held.settle()
    age = held.age
    assert held.keep("before", age=age) == "before"
    assert held.get() == "before"
    age = held.age
    held.turn()  # a writer came between the reading and the keeping
    held.settle()
    assert held.keep("before", age=age) == "before"
    assert held.get() == ""
    held.turn()
    assert held.keep("half", age=held.age) == "half"
    assert held.get() == ""


def test_what_is_said_of_rivals_is_read_by_itself_and_has_no_subject(history: History) -> None:
    rivals = [an_entry(n, subject_id=NOBODY, touch=False, text=f"Of a rival {n}") for n in (2, 5, 9)]
    history.append([an_entry(3, subject_id=7), *rivals], offset=1)
    assert [one.seq for one in history.of_rivals(limit=2)] == [5, 9]
    assert history.of_rivals(limit=9) == rivals
    assert history.subjects(after_seq=-1).tolist() == [7]
    assert history.columns().seq.tolist() == [3]
    assert history.mentions([7]) == [3]
