"""What is written around a letter: whatever a text holds, it adds no header; and when it may go."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.act import (
    AGAIN_S,
    NOT_A_LIST,
    Relay,
    Said,
    Sender,
    hours_open,
    hours_open_at,
    judge_letter,
    read_relay,
    write_letter,
)
from heartline.errors import Invalid
from heartline.records import LINK_MARK, Letter, LetterKind, LetterState, Posted, is_address, make_token
from tries import some

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SENDER = Sender(address="care@example.org", name="Harbour & Bean", base="https://x.example", secret=b"s" * 32)
HEADERS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post"),
    *("mime-version", "content-type", "content-transfer-encoding", "reply-to"),
}


def posted(subject: str = "Hello", text: str = "How was it?", *, kind: LetterKind = LetterKind.SURVEY) -> Posted:
    letter = Letter(to="mira@example.com", subject=subject, text=text, kind=kind, key="k1", path="/s/")
    return Posted(
        letter_id=1, letter=letter, handle="ab" * 16, message_id="0" * 32, at_us=0, due_us=0, state=LetterState.WAITING
    )


@settings(max_examples=some(40))
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_no_text_of_anybody_adds_a_header_or_a_recipient(subject: str, name: str, text: str) -> None:
    sender = Sender(address=SENDER.address, name=name, base=SENDER.base, secret=SENDER.secret)
    for more in ("", "\r\nBcc: eve@evil.example", "\nX-Evil: 1\n\nbody", "\u2028Bcc: a@b.c"):
        try:
            raw = write_letter(posted(subject + more, text), sender, now=NOW).as_bytes()
        except (ValueError, UnicodeEncodeError):
            assert any("\ud800" <= sign <= "\udfff" for sign in subject + name + text)
            continue
        read = message_from_bytes(raw, policy=policy.default)
        assert {key.lower() for key in read} <= HEADERS
        assert [len(read.get_all(key) or []) for key in ("To", "From", "Subject")] == [1, 1, 1]
        assert "mira@example.com" in str(read["To"])
        assert "eve@evil.example" not in str(read["To"])


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@c.de", "a@b.de\nBcc: x@y.z", "<a@b.de>", "a@b.de,c@d.de", "a@@b.de", "a..b@c.de", "@b.de", "a@b@c.de"],
)
def test_only_one_plain_address_is_an_address(address: str) -> None:
    assert is_address(address) is (address == "a@b")


def test_the_way_out_is_one_click_and_only_where_there_is_a_list() -> None:
    for kind in LetterKind:
        message = write_letter(posted(kind=kind), SENDER, now=NOW)
        if kind in NOT_A_LIST:
            assert message["List-Unsubscribe"] is None
            continue
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = str(message["List-Unsubscribe"]).strip("<>")
        assert link.startswith("https://x.example/u/")
        assert "mira" not in link
        assert link in message.get_content().replace("=\n", "")


def test_its_own_link_is_made_when_it_is_sent_and_is_as_long_as_chance() -> None:
    message = write_letter(posted(text=f"Here: {LINK_MARK}"), SENDER, now=NOW)
    token = make_token(SENDER.secret, "survey", "k1")
    assert f"https://x.example/s/{token}" in message.get_content()
    assert len(token) == 24
    assert token != make_token(SENDER.secret, "survey", "k2")


def test_an_attempt_is_judged_by_what_was_said() -> None:
    one = posted()
    assert judge_letter(one, Said(status=250), now_us=5, chance=0).state is LetterState.SENT
    assert judge_letter(one, Said(status=550, told="no such user"), now_us=5, chance=0).state is LetterState.REFUSED
    later = judge_letter(one, Said(status=451), now_us=5, chance=0)
    assert (later.state, later.attempts, later.due_us) == (LetterState.WAITING, 1, 5 + AGAIN_S[0] * 1_000_000)
    for _ in range(len(AGAIN_S)):
        later = judge_letter(later, Said(status=451), now_us=5, chance=1)
    assert later.state is LetterState.GIVEN_UP


@given(st.integers(0, 2**51), st.integers(0, 23), st.integers(0, 23))
def test_what_can_wait_goes_at_the_next_hour_that_is_open(now_us: int, first: int, last: int) -> None:
    opens = hours_open_at(now_us, zone="Europe/Lisbon", first=first, last=last)
    assert hours_open(opens, zone="Europe/Lisbon", first=first, last=last)
    assert 0 <= opens - now_us <= 25 * 3_600_000_000


def test_the_relay_is_read_from_one_address_and_never_in_the_clear_by_chance() -> None:
    assert read_relay("") is None
    assert read_relay("smtp://u%40x:p%3Aq@mail.example.com") == Relay(
        host="mail.example.com", port=587, tls="starttls", user="u@x", password="p:q"
    )
    assert read_relay("smtps://mail.example.com") == Relay(host="mail.example.com", port=465, tls="implicit")
    assert read_relay("smtp://127.0.0.1:2525") == Relay(host="127.0.0.1", port=2525, tls="none")
    for bad in ("mail.example.com", "http://mail.example.com", "smtp://", "smtp://x:y", "smtp://x?tls=perhaps"):
        with pytest.raises(Invalid):
            read_relay(bad)
