"""The sieve before the gate: whatever way a client writes an identifier, its body is let through."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from heartline.records import IdentifierKind, identify
from heartline.unify import Sieve, Sought

texts = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != "")


def spelt(value: str) -> list[bytes]:
    """The ways encoders write a text: as it is, in ASCII, safe for HTML, with slashes escaped."""
    plain = json.dumps({"userId": value}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ascii_only = json.dumps({"userId": value})
    for_html = ascii_only.replace("<", "\\u003c").replace("&", "\\u0026").replace("+", "\\u002b")
    return [plain, ascii_only.encode(), for_html.encode(), ascii_only.replace("/", "\\/").encode()]


@given(value=texts, kind=st.sampled_from([IdentifierKind.USER_ID, IdentifierKind.EMAIL, IdentifierKind.LOYALTY_CARD]))
def test_no_spelling_of_an_identifier_slips_through(value: str, kind: IdentifierKind) -> None:
    identifier = identify(kind, value)
    if identifier is None:
        return
    sieve = Sieve([Sought(keys=frozenset([identifier.key]))])
    for written in (value, value.upper()) if kind is IdentifierKind.EMAIL else (value,):
        if identify(kind, written) == identifier:
            assert all(sieve.passes(payload) for payload in spelt(written))


def test_a_phone_number_is_found_however_people_write_it_and_others_are_held_back() -> None:
    sieve = Sieve([Sought(keys=frozenset([("phone", "+4930123459876"), ("external", "order:A-7731")]))])
    for written in ("030 1234 59876", "+49 (30) 12345-9876", "0049.30.1234.59.876", "A-7731", "a-7731"):
        assert sieve.passes(json.dumps({"x": written}).encode())
    for written in ("030 1234 59877", "order", "A-7732", "Anna", "e1"):
        assert not sieve.passes(json.dumps({"x": written}).encode())
