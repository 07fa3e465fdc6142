from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st

from heartline.app import Heartline, open_twin
from heartline.collect import Door
from heartline.records import Trust
from heartline.web import handlers, write_csv
from heartline.web.exports import make_safe
from heartline.web.sample import post

MARK = "zqxmarkzqx"
"""Longer than chance: a header carries a random nonce of 24 letters."""
HOSTILE = [
    f"<script>{MARK}(1)</script>",
    f'"><img src=x onerror={MARK}(1)>',
    f"'><svg/onload={MARK}(1)>",
    f"javascript:{MARK}(1)",
    f"</title></textarea></script><iframe src=//{MARK}>",
    f"{{{{{MARK}}}}}${{{MARK}}}<%={MARK}%>",
    f'=HYPERLINK("http://{MARK}")',
    f"\u202e{MARK}\u0000\ud7ff\u2028\u2029\r\nset-cookie: {MARK}=1",
]


def hostile_messages(bad: str, number: int) -> list[dict[str, Any]]:
    """Return messages that carry a hostile string in every field a kit can fill."""
    everywhere = {
        "channel": bad,
        "touchpoint": bad,
        "area": bad,
        "place": bad,
        "partner": bad,
        "employee": bad,
        "order": bad,
        "text": bad,
        "score": {"kind": "nps", "value": number % 11},
    }
    context = {
        "heartline": everywhere,
        "page": {"url": bad, "referrer": bad, "title": bad, "path": bad},
        "userAgent": bad,
        "library": {"name": bad, "version": bad},
        "campaign": {"name": bad, "source": bad},
    }
    who = {"userId": f"{bad}-{number}", "anonymousId": f"{bad}-a{number}"}
    traits = {"name": bad, "email": f"{MARK}{number}@example.com", "plan": bad, "address": {"city": bad}, bad: bad}
    said = {"context": context, **who}
    return [
        {"type": "identify", "messageId": f"{bad}-i{number}", "traits": traits, **said},
        {
            "type": "track",
            "messageId": f"{bad}-t{number}",
            "event": bad,
            "properties": {bad: bad},
            "context": context,
            **who,
        },
        {
            "type": "page",
            "messageId": f"{bad}-p{number}",
            "name": bad,
            "properties": {"url": bad},
            "context": context,
            **who,
        },
        {"type": bad, "messageId": f"{bad}-x{number}", **who},
    ]


@pytest.fixture(scope="module")
def besieged() -> Iterator[Browser]:
    """A site whose every stored field is hostile, its names, users, sources, cases and journeys too."""
    with open_twin() as heartline:
        kept = heartline.stores.kept
        for number, bad in enumerate(HOSTILE):
            text = bad.replace("\0", "").replace("\r\n", " ")
            source = kept.add_source(name=text, trust=Trust.TRUSTED)
            heartline.sources.reload()
            door = Door(heartline.intake, heartline.sources, heartline.settings)
            asyncio.run(post(door, source.write_key, hostile_messages(bad, number)))
            kept.set_mapping(text, "{}")
        heartline.catch_up()
        heartline.change_workspace(name=HOSTILE[0], sample=True)
        handle = heartline.stores.derived.search(MARK, limit=1)[0].ref
        for bad in HOSTILE:
            kept.open_case(title=bad, handle=handle, seq=0, owner=bad, due_us=0, opened_by=bad)
        with Browser(heartline) as browser:
            yield browser.sign_in(a_user(heartline))


def pages(heartline: Heartline) -> list[str]:
    refs = [profile.ref for profile in heartline.stores.derived.search(MARK, limit=3)]
    journey = next((journey.journey_id for journey in heartline.stores.kept.journeys()), "all")
    found = []
    for route in handlers.ROUTES:
        for path in route.paths:
            if "GET" not in route.http_methods or path in {"/enter", "/setup", "/password"} or "assets" in path:
                continue
            filled = re.sub(r"\{(source_id|case_id|user_id):int\}", "1", path)
            filled = filled.replace("{journey_id:str}", journey).replace("{identity:str}", "0" * 24)
            found += [filled.replace("{ref:str}", ref) for ref in refs] if "{ref" in filled else [filled]
    return sorted(set(found))


class _Judge(HTMLParser):
    """Reads a page as a browser would, and keeps what could run code or leave the site."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script"
        if tag in {"iframe", "object", "embed", "base", "img"} or MARK in tag:
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc"} or MARK in name:
                self.bad.append(f"{tag} {name}={value}")
            leads = (value or "").strip().lower()
            leaves = name in {"href", "src", "action", "formaction", "xlink:href", "hx-get", "hx-post"}
            if (leaves and not leads.startswith(("/", "#", "?"))) or (leaves and leads.startswith(("//", "/\\"))):
                self.bad.append(f"{tag} {name}={value}")
        if tag == "script" and "src" not in given:
            self.bad.append("inline script")

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.bad.append(data)
        self._script = False


def judge(page: str) -> list[str]:
    reader = _Judge()
    reader.feed(page)
    return reader.bad


def test_the_judge_finds_what_it_looks_for() -> None:
    for bad in HOSTILE[:5]:
        assert judge(f"<p>{bad}</p><a href=\"{bad}\">x</a><p title='{bad}'>"), bad
    assert judge('<a href="/ok">fine</a><p>&lt;script&gt;</p>') == []


def test_what_strangers_send_is_shown_as_text_on_every_page(besieged: Browser) -> None:
    shown = 0
    for path in pages(besieged.heartline):
        for query in ("", "?range=all", f"?q={MARK}", f"?range=all&by=place&is={HOSTILE[0]}"):
            answer = besieged.get(path + query)
            assert answer.status_code < 500, (path, query, re.sub(r"<[^>]+>", " ", answer.text)[-600:])
            assert MARK not in str(answer.headers.multi_items()), path
            kind = answer.headers["content-type"]
            if not kind.startswith(("text/html", "image/svg")):
                continue
            shown += MARK in answer.text
            assert judge(answer.text) == [], path
    assert shown >= 8, "the control: hostile strings do reach pages"


def test_refused_bytes_are_shown_as_text_or_hex(besieged: Browser) -> None:
    heartline = besieged.heartline
    source = heartline.stores.kept.sources()[0]
    door = Door(heartline.intake, heartline.sources, heartline.settings)
    asyncio.run(post(door, source.write_key, [{"type": "track", "event": "\u0007bell", "x": "<b>"}]))
    heartline.catch_up()
    page = besieged.get("/data/refused").text
    assert "&lt;script&gt;" in page
    assert "No identity" in page


def test_the_account_adds_up_under_siege(besieged: Browser) -> None:
    account = besieged.heartline.account()
    assert account.balanced
    assert account.refused >= len(HOSTILE)
    assert "It adds up" in besieged.get("/data/account").text


def test_a_source_turns_green_at_its_first_event(owner: Browser, heartline: Heartline) -> None:
    where = owner.post("/data/sources", {"name": "Shop", "trust": "public"}).headers["location"]
    fragment = {"hx-request": "true"}
    waiting = owner.get(where, headers=fragment).text
    assert "Waiting for the first event" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "<html" not in waiting
    key = heartline.stores.kept.sources()[0].write_key
    page = owner.get(where).text
    assert key in page
    assert "http://heartline.test" in page
    for kit in ("analytics-next", "analytics-node", "segment-python", "rudder-python", "curl"):
        assert key in owner.get(f"{where}?kit={kit}").text
    assert owner.post(f"{where}/test").status_code == 303
    heartline.catch_up()
    green = owner.get(where, headers=fragment).text
    assert "Receiving" in green
    assert "Test Event" in green
    assert "hx-trigger" not in green
    assert "Test Event" in owner.get("/data/live").text


def test_a_source_that_is_off_takes_nothing(owner: Browser, heartline: Heartline) -> None:
    where = owner.post("/data/sources", {"name": "Shop"}).headers["location"]
    key = heartline.stores.kept.sources()[0].write_key
    event = {"userId": "u", "event": "E", "writeKey": key}
    assert owner.ask("POST", "/v1/track", json=event).status_code == 200
    owner.post(where, {"enabled": "0"})
    assert owner.ask("POST", "/v1/track", json=event).status_code == 401
    assert owner.post(f"{where}/test").status_code == 409
    owner.post(where, {"enabled": "1"})
    assert owner.ask("POST", "/v1/track", json=event).status_code == 200
    owner.post(where, {"name": "Web shop"})
    assert heartline.stores.kept.sources()[0].name == "Web shop"


def test_find_finds_customers_pages_and_acts(besieged: Browser, viewer: Browser) -> None:
    for asked, expected in {"set": 'href="/settings"', "import": 'href="/data/imports"', MARK: "/customers/"}.items():
        fragment = besieged.get(f"/find?q={asked}", headers={"hx-request": "true"})
        assert expected in fragment.text
        assert "<html" not in fragment.text
    assert "Add someone" not in viewer.get("/find").text


@given(st.lists(st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.none()), min_size=2, max_size=2)))
def test_no_cell_of_a_csv_is_a_formula_and_every_row_comes_back(rows: list[list[Any]]) -> None:
    written = write_csv(["a", "=b"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert len(read) == len(rows) + 1
    for cell in (cell for row in read for cell in row):
        if cell[:1] in set("=+-@\t\r\n\0"):
            assert re.fullmatch(r"[+-]?(\d+(\.\d+)?(e[+-]?\d+)?|inf)", cell), cell


def test_csv_keeps_numbers_zero_and_signs() -> None:
    cells = [0, -3, 0.5, "-12.5", "+49 30", "-1+1", None, float("nan"), "  =1"]
    written = write_csv(["n"] * len(cells), [cells]).decode("utf-8-sig")
    assert written.split("\r\n")[1] == "0,-3,0.5,-12.5,'+49 30,'-1+1,,,'  =1"
    assert write_csv(["n"], [], bom=False) == b"n\r\n"
    assert make_safe("fine") == "fine"
    assert make_safe("\t=1") == "'\t=1"
