"""Traits: the last event time wins, then the larger message key, whatever the arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heartline.unify import fold

_SETS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.binary(min_size=1, max_size=2),
        st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 3)),
    ),
    unique_by=lambda said: said[:2],
    max_size=8,
)


@given(_SETS, st.data())
def test_order_and_copies_never_matter(
    sets: list[tuple[int, bytes, dict[str, int | None]]], data: st.DataObject
) -> None:
    copies = data.draw(st.lists(st.sampled_from(sets), max_size=4)) if sets else []
    again = fold(data.draw(st.permutations(sets + copies)))
    assert again == fold(sets)
    assert list(again) == sorted(again)


@given(_SETS)
def test_each_trait_is_what_its_last_message_said(sets: list[tuple[int, bytes, dict[str, int | None]]]) -> None:
    folded = fold(sets)
    for name in "abc":
        said = [(ts, key, traits[name]) for ts, key, traits in sets if name in traits]
        last = max(said, key=lambda s: s[:2])[2] if said else None
        assert folded.get(name) == last


def test_equal_times_go_to_the_larger_message_key_and_none_clears() -> None:
    assert fold([(5, b"b", {"city": "Oslo"}), (5, b"a", {"city": "Rome"}), (4, b"z", {"city": "Kyiv"})]) == {
        "city": "Oslo"
    }
    assert fold([(5, b"a", {"city": "Rome", "plan": "gold"}), (6, b"a", {"city": None})]) == {"plan": "gold"}
    assert fold([(6, b"a", {"city": None}), (7, b"a", {"city": "Oslo"})]) == {"city": "Oslo"}
