"""Message keys written behind: whatever waits and whatever is merged, State answers as one table would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from heartline.store import Stores, key_filter, open_memory, open_stores
from heartline.store import tables as t
from heartline.store.key_filter import KeyFilter
from heartline.store.sql_messages import MessageBook, MessagePage
from tries import some


@pytest.fixture(autouse=True, scope="module")
def small_segments() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_filter, "SEGMENT_KEYS", 64)
        yield


keys = st.integers(0, 40).map(lambda n: (n * 0x9E3779B97F4A7C15).to_bytes(16))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(keys, min_size=1, max_size=6, unique=True)),
        st.tuples(st.just("drop"), st.lists(keys, min_size=1, max_size=3, unique=True)),
        st.tuples(st.just("fail"), st.lists(keys, min_size=1, max_size=6, unique=True)),
        st.tuples(st.just("open again"), st.just([])),
    ),
    max_size=12,
)


@settings(max_examples=some(40), deadline=None)
@given(steps=steps, settle_keys=st.integers(1, 12))
def test_whatever_waits_or_is_merged_the_first_seq_of_a_key_stays(
    steps: list[tuple[str, list[bytes]]], settle_keys: int
) -> None:
    stores = open_memory()
    book = MessageBook(settle_keys=settle_keys)
    model: dict[bytes, tuple[int, bytes]] = {}
    for seq, (what, named) in enumerate(steps, 1):
        said = dict.fromkeys(named, (seq, seq.to_bytes(8)))
        if what == "open again":
            book = MessageBook(settle_keys=settle_keys)
            continue
        with stores.database.engine.connect() as db:
            doing = db.begin()
            page = MessagePage(db, book)
            if what == "drop":
                page.drop(named)
            else:
                assert dict(page.add(said)) == {key: model.get(key, first) for key, first in said.items()}
                assert page.find(named) == {key: model.get(key, first) for key, first in said.items()}
            if what == "fail":
                doing.rollback()
                book.forget()
                continue
            doing.commit()
        book.take(page)
        model = {k: v for k, v in model.items() if k not in named} if what == "drop" else {**said, **model}
        with stores.database.read() as db:
            assert book.find(db, [*model, b"x" * 16]) == model
            assert len(book.open(db).waiting) < settle_keys
    stores.close()


@pytest.fixture(params=["disk", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
    stores = open_stores(tmp_path / "data", state_url=url)
    yield stores
    stores.close()


def test_a_merge_moves_every_key_and_leaves_no_run(served: Stores) -> None:
    book = MessageBook(settle_keys=500)
    first = {n.to_bytes(16): (n, n.to_bytes(8)) for n in range(499)}
    more = {n.to_bytes(16): (n + 9_000, b"x" * 8) for n in range(490, 520)}
    for part in (first, more):
        with served.database.write() as db:
            page = MessagePage(db, book)
            page.add(part)
        book.take(page)
    with served.database.read() as db:
        assert db.execute(select(func.count()).select_from(t.message_runs)).scalar() == 0
        assert db.execute(select(func.count()).select_from(t.messages)).scalar() == 520
        assert book.find(db, list({**more, **first})) == {**more, **first}
        # Opened again, the filter is read and knows them.
        again = MessageBook().open(db)
        assert again.settled.maybe_known(list(more)) == list(more)
        assert again.waiting == {}


def test_keys_of_an_older_heartline_are_known_without_a_filter(served: Stores) -> None:
    old = {n.to_bytes(16): (n, b"d" * 8) for n in range(50)}
    with served.database.write() as db:
        db.execute(t.messages.insert(), [{"key": k, "seq": s, "digest": d} for k, (s, d) in old.items()])
    with served.derived.batch(1) as batch:
        assert dict(batch.add_messages(dict.fromkeys(old, (99, b"e" * 8)))) == old


def test_a_filter_never_calls_new_what_it_took_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_filter, "SEGMENT_KEYS", 800)
    made = KeyFilter()
    known = [(n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16) for n in range(4_000)]
    for start in range(0, 2_000, 300):
        made.add(known[start : min(2_000, start + 300)])
    assert [segment.keys for segment in made.segments] == [100, 800, 800, 300]
    assert made.maybe_known(known[:2_000]) == known[:2_000]
    # Full segments take one unknown key in a thousand for known, each.
    assert len(made.maybe_known(known[2_000:])) <= 2_000 * 0.001 * 4 * 3
    assert made.maybe_known([]) == KeyFilter().maybe_known(known) == []
