"""Whose profiles were written since: never too few, whenever one looks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heartline.store.told_book import ToldBook

STEPS = st.lists(
    st.one_of(st.sampled_from(["settle", "forget", "look"]), st.frozensets(st.integers(1, 9), max_size=3)), max_size=30
)


@given(steps=STEPS, most=st.integers(1, 12))
def test_nobody_who_was_written_is_left_out(steps: list[str | frozenset[int]], most: int) -> None:
    book = ToldBook(most=most)
    mark, seen = book.since(0)
    assert seen is None, "what was before is not known"
    announced: frozenset[int] = frozenset()
    owed: set[int] = set()
    for step in steps:
        if isinstance(step, frozenset):
            book.announce(step)
            announced = step
        elif step == "settle":
            book.settle()
            owed |= announced
            announced = frozenset()
        elif step == "forget":
            book.forget()
            assert book.since(mark)[1] is None
            mark, announced, owed = book.since(mark)[0], frozenset(), set()
        else:
            mark, told = book.since(mark)
            assert told is None or told >= owed | announced
            owed = set()


def test_what_is_about_to_be_committed_is_told_before_and_after() -> None:
    book = ToldBook(most=3)
    first, _unknown = book.since(0)
    book.announce([1])
    second, told = book.since(first)
    assert told == {1}
    book.settle()
    third, told = book.since(second)
    assert told == {1}, "whoever looked between read what was before"
    assert book.since(third) == (third, frozenset())
    for one in (2, 3, 4):
        book.announce([one])
        book.settle()
    assert book.since(third)[1] == {2, 3, 4}
    assert book.since(first)[1] is None, "too long ago"
