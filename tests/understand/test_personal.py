"""Personal data in free text: what is found, what must not be, and that a mask leaves the rest alone."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.understand import find_personal, mask_personal

# Card numbers are the networks' published test numbers; the accounts are the examples of the IBAN registry (ISO 13616).
MASKED = (
    ("Write to jo.o'neil+news@mail.example.co.uk today.", "Write to [e-mail] today."),
    ("Grüße von müller@straße.example!", "Grüße von [e-mail]!"),
    ("Call +49 (30) 123 45 67.", "Call [phone]."),
    ("Call 0049 30 1234567, please", "Call [phone], please"),
    ("(030) 1234 5678 after six", "[phone] after six"),
    ("my number is 030 1234 5678", "my number is [phone]"),
    ("tel. +1-202-555-0143", "tel. [phone]"),
    ("Card 4111 1111 1111 1111 was declined", "Card [card] was declined"),
    ("5555555555554444/12", "[card]/12"),
    ("amex 3782-822463-10005", "amex [card]"),
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [account] please"),
    ("gb82west12345698765432", "[account]"),
    ("NL91ABNA0417164300 and a@b.io", "[account] and [e-mail]"),
)
LEFT_ALONE = (
    "Order 1000456789 came late",
    "Order 4711-0815-2026, 12.50 EUR",
    "Invoice 2026/000123/45",
    "4111 1111 1111 1112 is no card",
    "DE89 3704 0044 0532 0130 01 is no account",
    "It cost 1.234.567,89 in 2026",
    "On 03.02.2026 10:00 and 2026-03-02",
    "0800",
    "Parcel 00340434161094042557",
    "It is @ the door at 10",
    "EAN 4006381333931",
    "version 10.0.19045.3803",
    "SKU 0123456789",
    "Ratio 1/2/3/4/5/6/7/8",
)


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_masked_and_nothing_beside_it(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_order_numbers_prices_and_dates_stay(text: str) -> None:
    assert mask_personal(text) == text
    assert find_personal(text) == []


@given(st.text(max_size=200))
def test_a_mask_is_lasting_and_what_is_found_never_overlaps(text: str) -> None:
    found = find_personal(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    masked = mask_personal(text)
    assert mask_personal(masked) == masked


def test_a_hostile_text_takes_no_longer_than_a_long_one() -> None:
    began = time.process_time()
    for sign in ("a", "0", "1 ", "+1", "a.", "@a", "(0", "DE89 ", "-"):
        mask_personal(sign * 20_000)
    assert time.process_time() - began < 5
