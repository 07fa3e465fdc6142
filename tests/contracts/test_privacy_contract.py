"""Privacy on every State, and the rewriting of every journal and History."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from heartline.records import (
    Body,
    ConsentState,
    ConsentWord,
    Erasure,
    ErasureStep,
    Identifier,
    IdentifierKind,
    Ownership,
)
from heartline.store import (
    DuckdbHistory,
    Entry,
    Journal,
    MemoryJournal,
    SqliteJournal,
    Stores,
    open_memory,
    open_stores,
)

HE, SHE = b"h" * 16, b"s" * 16
ALWAYS, FOREVER = -(2**63), 2**63 - 1


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def a_word(seq: int, handle: bytes, at_us: int) -> ConsentWord:
    return ConsentWord(
        seq=seq,
        handle=handle.hex(),
        at_us=at_us,
        purpose="news",
        channel="email",
        state=ConsentState.GIVEN,
        wording="Ja ✓",
    )


def test_words_come_back_latest_first_and_go_with_their_events(stores: Stores) -> None:
    words = [a_word(1, HE, 5), a_word(2, HE, 5), a_word(3, HE, 1), a_word(4, SHE, 9)]
    with stores.derived.batch(1) as batch:
        batch.add_consents(words)
        batch.add_consents(words[:2])
    assert stores.derived.consents([HE.hex()]) == [words[1], words[0], words[2]]
    with stores.derived.batch(2) as batch:
        batch.drop_consents([(2, 3)])
        batch.forget_handles([SHE])
    assert stores.derived.consents([HE.hex(), SHE.hex()]) == [words[0]]


def test_suppression_is_by_handle_until_it_is_lifted(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        assert not batch.suppresses()
        batch.suppress([HE, HE, SHE], certificate="E-1", since_us=7)
        batch.suppress([HE], certificate="E-2", since_us=9)
        assert batch.suppresses()
        assert batch.suppressed_among([HE, b"x" * 16]) == {HE}
        batch.note_suppressed([30, 10, 20])
        batch.note_suppressed([20])
        assert batch.suppressed_events([(10, 20), (25, 29)]) == {10, 20}
    first, second = stores.derived.suppressions(limit=9)
    assert {first.handle, second.handle} == {HE.hex(), SHE.hex()}
    assert (first.certificate, first.since_us) == ("E-1", 7)
    assert stores.derived.suppressed_after(10, limit=1) == [20]
    with stores.derived.batch(2) as batch:
        batch.lift([HE, SHE])
        assert not batch.suppresses()


def test_an_erasure_is_kept_with_its_plan_until_that_is_emptied(stores: Stores) -> None:
    kept = stores.kept
    asked = Erasure(certificate="E-1", ref="aa", by="dpo", reason="asked", asked_us=1)
    kept.set_erasure(asked, plan=b'{"words":["\xc3\xa9"]}')
    done = Erasure(
        certificate="E-1", ref="aa", by="dpo", reason="asked", asked_us=1, done_us=2, step=ErasureStep.DONE,
        suppressed=False, handles=("aa", "bb"), shared=("cc",), counts={"journal": 3},
    )  # fmt: skip
    kept.set_erasure(done)
    assert kept.erasures() == [done]
    assert kept.erasures(open_only=True) == []
    assert kept.erasure_plan("E-1") == '{"words":["é"]}'.encode()
    kept.set_erasure(done, plan=b"")
    assert kept.erasure_plan("E-1") == b""


def test_texts_are_replaced_in_any_case_and_cases_emptied(stores: Stores) -> None:
    kept = stores.kept
    kept.note_audit(who="anna@x.org", what="anna@x.org", detail="Saw ANNA@X.ORG, 100%_sure, anna@x.orgs")
    case = kept.open_case(title="Anna waits", handle="aa", seq=1, owner="ola", due_us=1, opened_by="me")
    kept.change_case(case.case_id, author="me", note="Told anna@x.org so")
    assert kept.replace_texts(["anna@x.org", "100%_sure"], by="[erased]") == {"audit": 1, "case_notes": 1}
    (line,) = kept.audit(limit=9)
    assert (line.who, line.what, line.detail) == ("anna@x.org", "anna@x.org", "Saw [erased], [erased], anna@x.orgs")
    assert kept.empty_cases(["aa", "bb"]) == 1
    emptied = kept.case(case.case_id)
    assert (emptied.title, emptied.handle, emptied.seq, emptied.owner) == ("[erased]", "", 0, "ola")
    assert {note.text for note in emptied.notes} == {"[erased]"}
    assert kept.count_audit(before_us=2**62) == 1
    assert kept.drop_sessions(expired_us=0) == kept.count_sessions(expired_us=0) == 0


def test_who_owns_a_verified_identifier_is_known(stores: Stores) -> None:
    names = [Identifier(IdentifierKind.USER_ID, "u", strong=True), Identifier(IdentifierKind.ANONYMOUS_ID, "a")]
    with stores.derived.batch(1) as batch:
        nodes = batch.number({name.key: (name, 0) for name in names}).nodes
        ids = [nodes[name.key].node_id for name in names]
        owned = {n: (Ownership(subject_id=n, from_us=ALWAYS, to_us=FOREVER, customer_id=n),) for n in ids}
        batch.own(owned, new=ids)
    assert stores.derived.verified_customers().tolist() == [ids[0]]
    with stores.derived.batch(2) as batch:
        assert batch.forget_handles([nodes[names[0].key].handle]) == (set(), {ids[0]})
    assert stores.derived.verified_customers().tolist() == []


@pytest.mark.parametrize("kind", ["memory", "plain", "closed"])
def test_a_journal_is_rewritten_in_place(tmp_path: Path, kind: str) -> None:
    journal: Journal = MemoryJournal() if kind == "memory" else SqliteJournal(tmp_path / "journal.sqlite")
    for group in range(3):
        journal.append(
            [Body(source_id=1, received_us=n, payload=f"{group}-{n}".encode() * 50, events=2) for n in range(4)]
        )
    if kind == "closed":
        journal.compact(settled=12, whole=True)
    before = journal.read(0, events=99)
    journal.rewrite({2: b"two", 11: b"eleven" * 1000, 99: b"nobody"})
    after = journal.read(0, events=99)
    assert [b.payload for b in after if b.seq in {2, 11}] == [b"two", b"eleven" * 1000]
    assert [b for b in after if b.seq not in {2, 11}] == [b for b in before if b.seq not in {2, 11}]
    assert (journal.head(), journal.events()) == (12, 24)
    assert journal.append([Body(source_id=1, received_us=1, payload=b"next", events=1)]) == [13]
    journal.close()


def test_a_history_written_anew_holds_the_same_and_no_name_that_nothing_bears(tmp_path: Path) -> None:
    history = DuckdbHistory(tmp_path / "it's.duckdb")
    entries = [
        Entry(seq=n, ts_us=n, received_us=n, subject_id=n % 3, source_id=1, kind="page", touch=True,
              touchpoint=f"Place {n}", text=f"text {n}", others=(7,) if n % 2 else ())
        for n in range(10)
    ]  # fmt: skip
    history.append(entries, offset=5)
    history.remove([(4, 6)], offset=6)
    before = (history.recent(limit=99), history.mentions([7]), history.offset(), history.count())
    assert history.rewrite() > 0
    assert (history.recent(limit=99), history.mentions([7]), history.offset(), history.count()) == before
    assert b"Place 5" not in (tmp_path / "it's.duckdb").read_bytes()
    nameless = Entry(seq=21, ts_us=1, received_us=1, subject_id=1, source_id=1, kind="page", touch=True)
    history.append([msgspec.structs.replace(nameless, seq=20, touchpoint="Place 5"), nameless], offset=7)
    assert [e.touchpoint for e in history.entries([20, 21, 9])] == ["Place 5", "", "Place 9"]
    seq, subject, ts_us = history.moments(before_us=2)
    found = sorted(zip(seq.tolist(), subject.tolist(), ts_us.tolist(), strict=True))
    assert found == [(0, 0, 0), (1, 1, 1), (20, 1, 1), (21, 1, 1)]
    assert seq.dtype == np.int64
    history.close()
    with_file = DuckdbHistory(tmp_path / "it's.duckdb")
    assert [e.touchpoint for e in with_file.entries([20, 21, 9])] == ["Place 5", "", "Place 9"]
    with_file.close()
