"""Hostile texts in every field of a survey, its letters and its files: shown as text, one header each, no formula.

Each text stands in the title, the questions, hints, ends of scales, choices, thanks, the company's name, the
touchpoint, the letter's subject and text, the hidden field, a choice and the words of the answer, and the respondent's
traits.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from browsing import Browser, a_user
from mail_catcher import catching
from test_server_hostile import MARK, judge
from test_surveys_invited import send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.web import Postman

BASE = "https://x.example"
TEXTS = {
    "script": f"<script>{MARK}(1)</script>",
    "attribute": f"\"><img src=x onerror={MARK}(1)> '",
    "a header": f"Hi\r\nBcc: eve@evil.example\r\nX-Evil: {MARK}",
    "a body": f"Hi\n\n.\r\n.\nMAIL FROM:<{MARK}@evil.example>",
    "a line of Unicode": f"Hi\u2028Bcc: eve@evil.example\u2029\u0085{MARK}",
    "formula": f'=HYPERLINK("http://{MARK}")',
    "plus": f"+1+cmd|'/C calc'!A0 {MARK}",
    "minus": f"-2+3 {MARK}",
    "at": f"@SUM(1+1) {MARK}",
    "tab": f"\t=1+1 {MARK}",
    "wide formula": f"＝1+1 {MARK}",
    "right to left": f"\u202egpj.{MARK}\u2066\u200f",
    "long": MARK + "ä" * 10_000,
    "nul": f"\0{MARK}\0\x1b[31m",
    "emoji": f"☕️👩🏽‍🚀 {MARK}",
    "pipe": f"{{q1}} {{visitor}} {{link}} {{{{{MARK}}}}} %s {{0}}",
}
HEADERS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}


def a_file(bad: str) -> str:
    """A survey as a file whose every text is this one; JSON escapes what is not ASCII, surrogates too."""
    question = {"words": bad, "hint": bad, "low": bad, "high": bad}
    return json.dumps({
        "heartline_survey": 1,
        "title": bad or "x",
        "touchpoint": bad,
        "area": bad,
        "why": bad,
        "thanks": bad,
        "language": bad,
        "hidden": ["visitor", bad],
        "translations": {"de": {bad[:200]: bad[:200], "No": bad[:200]}, bad[:9]: {"No": "x"}},
        "questions": [
            {"key": "q1", "kind": "nps", **question},
            {"key": "q2", "kind": "text", **question},
            {"key": "q3", "kind": "choice", "choices": [bad, "No"], **question},
            {"key": "q5", "kind": "matrix", "rows": [bad, "No"], "choices": [bad, "No"], **question},
            {"key": "q4", "kind": "text", **question, "show_if": {"question": "q3", "condition": "is", "value": bad}},
        ],
    })  # fmt: skip


@contextmanager
def besieged(bad: str) -> Iterator[tuple[Browser, Heartline, list[EmailMessage]]]:
    """An installation whose survey was built, sent and answered with one text everywhere."""
    shown = bad.replace("\0", "")
    with catching() as catcher:
        settings = Settings(smtp_url=catcher.url, mail_from="Care <care@example.org>", base_url=BASE)
        with open_twin(settings) as heartline, Browser(heartline, base=BASE) as owner:
            owner.sign_in(a_user(heartline))
            heartline.change_workspace(name=shown, letters_from=0, letters_to=0)
            traits = {"email": "mira@example.com", "name": bad, "plan": bad}
            send(heartline, {"type": "identify", "userId": bad[:40], "messageId": "1", "traits": traits})
            made = owner.post("/surveys", {"file": a_file(bad[:900])})
            assert made.status_code == 303, made.text[:400]
            published = owner.post("/surveys/1/publish")
            assert published.status_code == 303, published.text[-2000:]
            letter = {"who": "addresses", "addresses": "mira@example.com", "do": "send"}

            sent = owner.post(
                "/surveys/1/invite", {**letter, "subject": bad, "text": f"{bad[:900]} {{link}} {bad[:900]}"}
            )
            assert sent.status_code == 303, sent.text[:400]
            Postman(heartline).go_round()
            links = re.findall(rf"{BASE}(/s/[\w-]+)", catcher.got[0].get_content().replace("=\n", ""))
            public = f"/s/{heartline.stores.kept.survey_link(1)}?visitor={quote(shown[:400])}&lang=de"
            for path in (links[0], public):
                fill(heartline, path, bad)
            heartline.catch_up()
            yield owner, heartline, catcher.got


def fill(heartline: Heartline, path: str, bad: str) -> None:
    """Answer each question by a text; every screen on the way is judged."""
    with Browser(heartline, base=BASE) as guest:
        for said in ("3", bad, None, None, bad):
            page = guest.get(path)
            assert (page.status_code, judge(page.text)) == (200, []), path
            key = re.search(r'name="q" value="(\w+)"', page.text)
            if key is None:
                break
            # Of several fields of one name the last counts, so the first choice of each is named last.
            offered = re.findall(r'name="(a[.\d]*)" value="([^"]*)"', page.text)[::-1]
            given = {name: unescape(value) for name, value in offered} if said is None else {"a": said}
            done = guest.ask("POST", path, data={"q": key.group(1), **given})
            assert done.status_code == 303, done.text[:3000]
            path = str(done.headers["location"])
        thanks = guest.get(path)
        assert (thanks.status_code, judge(thanks.text)) == (200, [])
        told = guest.ask("POST", urlsplit(path).path, data={"do": "contact", "contact": "yes", "email": bad})
        assert told.status_code in {200, 400}
        assert judge(told.text) == []


def cells(table: bytes) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")) for cell in row]


def strings(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for key, value in told.items():
            yield from (key, *strings(value))
    elif isinstance(told, list):
        for one in told:
            yield from strings(one)


@pytest.mark.parametrize("bad", TEXTS.values(), ids=TEXTS)
def test_a_text_in_every_field_stays_a_text(bad: str) -> None:
    with besieged(bad) as (owner, heartline, letters):
        ref = heartline.stores.derived.search("mira", limit=1)[0].ref
        shown = 0
        for path in (
            *("/surveys", "/surveys/1", "/surveys/1/edit", "/surveys/1/invite"),
            "/surveys/1/translate?lang=de",
            *("/settings/outbox", "/settings/outbox/1", "/answers?measure=comments&range=all", "/", "/data/live"),
            *("/touchpoints?range=all", "/scores?measure=nps&range=all", f"/customers/{ref}?range=all"),
        ):
            page = owner.get(path)
            assert page.status_code in {200, 303}, path
            assert judge(page.text) == [], path
            shown += MARK in page.text
        assert shown >= 6, "the control: the text does reach pages"
        for table in ("/answers.csv?measure=comments&range=all", "/touchpoints.csv?range=all", "/settings/audit.csv"):
            taken = owner.get(table)
            assert taken.status_code == 200, table
            formulas = [one for one in cells(taken.content) if one[:1] in set("=+-@\t\r\n\0＝＋－＠") and MARK in one]
            assert formulas == [], table
        held = owner.get("/surveys/1/survey.json")
        assert MARK in held.text
        assert all(sign < "\ud800" or sign > "\udfff" for text in strings(held.json()) for sign in text)
        again = owner.post("/surveys", {"file": held.text})
        assert again.status_code == 303
        kept = heartline.stores.kept
        assert kept.survey(2).text == kept.survey(1).text
        for letter in letters:
            assert {name.lower() for name in letter} <= HEADERS
            assert (str(letter["To"]), len(letter.get_all("To") or [])) == ("mira@example.com", 1)
            assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", str(letter["Subject"]))
            assert "mira" not in str(letter["List-Unsubscribe"])
        assert len(letters) == 1
        account = heartline.account()
        assert (account.balanced, account.refused) == (True, 0)


def test_half_a_character_in_a_file_breaks_nothing(owner: Browser) -> None:
    for bad in (r"\ud800", r"a\udfff", r"\ud83d \ude00", r"\u0000", "\ud7ff"):
        told = '{"heartline_survey": 1, "title": "%s", "questions": [{"key": "q1", "kind": "nps", "words": "%s"}]}'
        made = owner.post("/surveys", {"file": told % (bad, bad)})
        assert made.status_code in {303, 400}, bad
    assert owner.get("/surveys").status_code == 200
