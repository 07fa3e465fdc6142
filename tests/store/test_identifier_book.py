"""The book of identifiers against a dictionary, and what State does where the book cannot help."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Identifier, IdentifierKind, Node
from heartline.store import open_memory
from heartline.store.identifier_book import IdentifierBook
from tries import some

handles = st.integers(0, 60).map(lambda n: (n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16))
KIND = IdentifierKind.ANONYMOUS_ID


def a_node(handle: bytes, number: int) -> Node:
    return Node(number, handle, KIND, number % 2 == 0, 1_000 + number)


@settings(max_examples=some(25), deadline=None)
@given(takes=st.lists(st.lists(handles, max_size=9, unique=True), max_size=12), sort_after=st.integers(1, 20))
def test_the_book_says_what_was_last_written_down(takes: list[list[bytes]], sort_after: int) -> None:
    stores = open_memory()
    book = IdentifierBook(sort_after=sort_after)
    with stores.database.read() as db:
        assert book.open(db)
    model: dict[bytes, tuple[int, bool, int]] = {}
    for n, taken in enumerate(takes):
        nodes = [a_node(handle, 100 * n + place) for place, handle in enumerate(taken, 1)]
        book.take(nodes)
        model |= {node.handle: (node.node_id, node.strong, node.first_us) for node in nodes}
        asked = [*model, b"never seen there"]
        assert book.find(asked) == [*model.values(), None]
    stores.close()


class _Stop(Exception):  # what a batch dies of
    pass


def _stop_if(asked: bool) -> None:  # noqa: FBT001
    if asked:
        raise _Stop


def claims(values: list[str], at: int) -> dict[tuple[str, str], tuple[Identifier, int]]:
    return {(KIND, value): (Identifier(KIND, value), at) for value in values}


@settings(max_examples=some(25), deadline=None)
@given(
    batches=st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True), max_size=8),
    fails=st.sets(st.integers(0, 7)),
    most=st.sampled_from([3, 1_000]),
    sort_after=st.integers(1, 6),
)
def test_numbers_are_those_of_state_whether_the_book_holds_all_of_it_or_not(
    batches: list[list[str]], fails: set[int], most: int, sort_after: int
) -> None:
    stores = open_memory()
    numbers: dict[str, int] = {}
    derived = stores.derived
    for n, named in enumerate(batches):
        derived._known.clear()  # type: ignore[attr-defined]  # what a larger installation would not remember
        if n == 0 or n in fails:
            derived._book = IdentifierBook(most=most, sort_after=sort_after)  # type: ignore[attr-defined]
        with suppress(_Stop):
            with derived.batch(n + 1) as batch:
                found = batch.number(claims(named, at=n))
                new = {value for value in named if value not in numbers}
                assert {value for value in named if found.nodes[KIND, value].node_id in found.new} == new
                assert all(found.nodes[KIND, value].node_id == numbers[value] for value in named if value not in new)
                _stop_if(n in fails)
            numbers |= {value: found.nodes[KIND, value].node_id for value in named}
    stores.close()


def test_two_handles_that_share_their_first_half_are_told_apart() -> None:
    book = IdentifierBook(sort_after=2)
    stores = open_memory()
    with stores.database.read() as db:
        book.open(db)
        book.take([a_node(b"a" * 8 + b"b" * 8, 1), a_node(b"a" * 8 + b"c" * 8, 2)])
        assert not book.open(db), "whom the book lacks is asked of State"
    assert book.find([b"a" * 8 + b"d" * 8]) == [None]
    stores.close()
