"""Every page speaks the reader's language: nothing of ours is left in English, and nothing of theirs is touched.

The company of these tests speaks Greek: whatever Latin word a page shows is ours. In the pseudo language each
translated text stands in ⟦brackets⟧, so a Latin word outside of them was never given to the catalogs.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from unittest.mock import PropertyMock, patch

import pytest
from browsing import Browser, a_user
from small_company import a_touch, send

from heartline.app import Heartline, open_twin
from heartline.collect import Door
from heartline.language import LANGUAGES, PSEUDO, choose_language
from heartline.records import Role, Trust
from heartline.web import handlers
from heartline.web.mapping import list_journeys
from heartline.web.sample import post
from heartline.web.visit import Visit

WAY = (("Διαφήμιση", None), ("Ταμείο", "csat"), ("Παράδοση", "nps"), ("Καφές", "stars"), ("Συνομιλία", "ces"))
PLACES = ("Βορράς", "Νότος", "Δύση")
TOPS = {"nps": 10, "csat": 5, "ces": 7, "stars": 5}
_LISTED = """
    api ces cloudevents connect csat csv ctrl curl deutsch duckdb english heartline http https id identify ids
    install ip javascript json jsonl jsonlines meta node npm nps openapi openid parquet pip png postgresql posthog
    prometheus python qr qualtrics rudderstack sdk segment shopify sqlite standard svg totp track tsv twilio
    url utc webhooks whatsapp xes zendesk zip
"""
NAMES = frozenset(_LISTED.split())
"""Names of things, the same in every language."""
_DATES = re.compile(
    r"\b(Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|"
    r"August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)
KEPT = {"by link, from 203.0.113.7"}
"""Words of the audit, kept as they were written."""
_ZONES = re.compile(r'<select[^>]*name="timezone".*?</select>', re.DOTALL)
_SPOKEN = re.compile(r"⟦[^⟦⟧]*⟧")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\b\S*[/_.]\S*[a-z]\S*|\b[0-9a-f]{6,}\b|\bE-\d{8}-\S+|\S+/\d\S*")
_WORD = re.compile(r"[A-Za-z]{2,}")
_READ_ALOUD = {"aria-label", "placeholder", "alt", "title", "aria-description", "data-confirm", "label"}


class _Reader(HTMLParser):
    """Reads what a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._dumb = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in _READ_ALOUD and value]
        given = dict(attrs)
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.said.append(given.get("value") or "")
        self._dumb += tag in {"script", "style", "code", "pre", "kbd"}

    def handle_endtag(self, tag: str) -> None:
        self._dumb -= tag in {"script", "style", "code", "pre", "kbd"}

    def handle_data(self, data: str) -> None:
        if not self._dumb:
            self.said.append(data)


def find_untold(page: str) -> set[str]:
    """Return the texts of a page that hold a word of ours outside of the brackets."""
    reader = _Reader()
    # Brackets may open in one piece of text and close in another, around a name in bold.
    reader.feed(_ZONES.sub("", page))
    whole = "\x1f".join(reader.said)
    while True:
        shorter = _SPOKEN.sub("", whole)
        if shorter == whole:
            break
        whole = shorter
    untold = set()
    for text in whole.split("\x1f"):
        bare = _DATES.sub("", _ADDRESS.sub("", text))
        if any(word.lower() not in NAMES for word in _WORD.findall(bare)):
            untold.add(" ".join(text.split())[:120])
    return untold


def fill(heartline: Heartline) -> None:
    """A company of Greek words, with something on every page."""
    draw, now = random.Random(4), time.time()
    sent = []
    for number in range(60):
        at = now - draw.uniform(1, 150) * 86_400
        for touchpoint, kind in WAY[: draw.choice((2, 4, 5))]:
            at += draw.expovariate(1 / 200_000)
            if at >= now:
                break
            block: dict[str, object] = {"channel": "κανάλι", "place": PLACES[number % 3], "area": "service"}
            if kind:
                bad = touchpoint == "Παράδοση" and number % 3 == 0 and at > now - 50 * 86_400
                value = draw.randint(0, 3) if bad else draw.randint(TOPS[kind] - 2, TOPS[kind])
                block |= {"score": {"kind": kind, "value": max(1, value), "top": TOPS[kind]}, "text": "Αργά πάλι."}
            sent.append(a_touch(f"χ{number}", at, touchpoint, **block))
    heartline.stores.kept.add_source(name="Αγορά", trust=Trust.TRUSTED)
    send(heartline, sent)
    source = heartline.stores.kept.sources()[0]
    door = Door(heartline.intake, heartline.sources, heartline.settings)
    named = [
        {
            "type": "identify",
            "userId": f"χ{n}",
            "messageId": f"ι{n}",
            "traits": {"name": f"Άννα {n}", "πόλη": PLACES[n % 3]},
        }
        for n in range(20)
    ]
    asyncio.run(post(door, source.write_key, [*named, {"type": "track", "messageId": "δ", "userId": "null"}]))
    heartline.catch_up()
    profile = next(iter(heartline.stores.derived.search("Άννα", limit=1)))
    for status in ("Παράπονο", "Ερώτηση"):
        heartline.stores.kept.open_case(
            title=status, handle=profile.ref, seq=0, owner="Ζωή", due_us=int((now - 86_400) * 1e6), opened_by="Ζωή"
        )
    heartline.change_workspace(name="Λιμάνι")


@pytest.fixture(scope="module")
def greek() -> Iterator[Browser]:
    with open_twin() as heartline:
        fill(heartline)
        with Browser(heartline) as browser:
            yield browser.sign_in(a_user(heartline, email="ζωή@example.com"))


def pages(heartline: Heartline) -> list[str]:
    """Every page's address with what it needs filled in."""
    refs = [profile.ref for profile in heartline.stores.derived.search("Άννα", limit=2)]
    journey = list_journeys(heartline, heartline.log())[0].journey_id
    found = []
    for route in handlers.ROUTES:
        for path in route.paths:
            # What /api lists is for those who write programs, and stays English as the API itself does.
            if "GET" not in route.http_methods or path in {"/enter", "/metrics", "/api"} or "assets" in path:
                continue
            filled = re.sub(r"\{\w+:int\}", "1", path).replace("{journey_id:str}", journey)
            filled = re.sub(r"\{ref[^}]*\}", refs[0], filled)
            found.append(re.sub(r"\{\w+:str\}", "0" * 24, filled))
    return sorted({*found, "/customers/nobody", "/nothing-here", "/answers?measure=nps", "/answers?measure=comments"})


def test_the_reader_finds_what_was_not_translated() -> None:
    assert find_untold("<p>⟦Open⟧ now</p>") == {"now"}
    assert find_untold("<p aria-label='Close'>⟦a <b>Άννα</b> c⟧ 12 NPS</p><code>let x</code>") == {"Close"}
    assert find_untold("<p>⟦{⟦in⟧} out⟧ 14 Nov</p>") == set()


def test_no_page_keeps_words_from_the_translators(greek: Browser) -> None:
    untold: dict[str, set[str]] = {}
    with patch.object(Visit, "language", PropertyMock(return_value=PSEUDO)):
        for path in pages(greek.heartline):
            for query in ("", "?range=all"):
                answer = greek.get(path + (query if "?" not in path else ""))
                assert answer.status_code < 500, path
                if answer.headers["content-type"].startswith(("text/html", "image/svg")):
                    for text in find_untold(answer.text) - KEPT:
                        untold.setdefault(text, set()).add(path)
    assert not untold, "\n".join(f"{text!r}  {sorted(where)[:3]}" for text, where in sorted(untold.items()))


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_a_reader_is_spoken_to_in_their_language(greek: Browser, tag: str) -> None:
    page = greek.get("/cases").text
    with patch.object(Visit, "language", PropertyMock(return_value=tag)):
        said = greek.get("/cases").text
    assert f'lang="{tag}' in said
    assert "Παράπονο" in said, "what people wrote stays"
    assert said != page
    assert "Overdue" in page
    assert "Overdue" not in said


def test_before_signing_in_the_browser_says_which_language(stranger: Browser) -> None:
    assert 'lang="de"' in stranger.get("/sign-in", headers={"accept-language": "fr, de-AT;q=0.9, en;q=0.3"}).text
    assert 'lang="en"' in stranger.get("/sign-in", headers={"accept-language": "fr"}).text


def test_two_readers_at_once_each_read_their_own(heartline: Heartline) -> None:
    """What is kept for the next reader holds no words of the last."""
    fill(heartline)
    german = a_user(heartline, role=Role.MANAGER, email="g@example.com")
    heartline.stores.kept.set_user(german.user_id, language="de")
    english = a_user(heartline, email="e@example.com")
    with Browser(heartline) as one, Browser(heartline) as other:
        one.sign_in(german)
        other.sign_in(english)
        for path in ("/", "/scores", "/journeys", "/touchpoints"):
            told = [browser.get(path + "?range=all").text for browser in (one, other, one, other)]
            assert 'lang="de"' in told[0]
            assert 'lang="en"' in told[1]
            words = [re.findall(r">([^<>{}]{4,})<", page) for page in told]
            assert words[0] == words[2], path
            assert words[1] == words[3], path


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9", "zh"),
        ("de;q=0.2,en;q=0.4", "en"),
        ("de;q=x", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
    ],
)
def test_an_accept_language_header_is_read_as_the_rfc_says(header: str, chosen: str) -> None:
    assert choose_language(header) == chosen


def test_a_reader_changes_the_language_and_finds_the_way_back(owner: Browser) -> None:
    assert owner.post("/account/language", {"language": "zh"}).status_code == 303
    page = owner.get("/account").text
    assert 'lang="zh' in page
    assert "English" in page
    assert owner.post("/account/language", {"language": "tlh"}).status_code == 400
    owner.post("/account/language", {"language": ""})
    assert 'lang="de"' in owner.get("/account", headers={"accept-language": "de"}).text
