"""Ids that are known to be fit at one glance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Identifier, IdentifierKind, identify, is_plain

odd_ids = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0-1aN \"'\n", max_size=20),
    st.text(alphabet="abc019 -~", min_size=15, max_size=20),
)


@given(value=odd_ids | st.sampled_from(["null", "NaN", "None", "0", "-1", "Guest", "id", "7", "customer-17"]))
def test_a_plain_id_is_what_the_long_way_makes_of_it(value: str) -> None:
    """Most ids are known to be fit at one glance; that must never let in what the long way refuses or changes."""
    if is_plain(value):
        assert identify(IdentifierKind.USER_ID, value) == Identifier(IdentifierKind.USER_ID, value, strong=True)
        assert value.isprintable()


def test_ordinary_ids_are_plain() -> None:
    assert all(map(is_plain, ["7", "customer-17", "9f86d081-884c-4d65-9a2f-000000000001", "Ana Bo"]))
    assert not any(map(is_plain, ["", "0", "guest", " ana", "ana ", "é", "a" * 401, "'ana'", "undefined"]))
