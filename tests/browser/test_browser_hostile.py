from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from furnished import FILES
from playwright.sync_api import Browser
from visiting import IN_CHROMIUM, Served, Visitor, open_browser, read_links

from heartline.app import open_heartline
from heartline.collect import Door
from heartline.config import read_settings
from heartline.records import Trust
from heartline.web import issue_entry_link
from heartline.web.sample import post
from verb_nursery import Nursery

pytestmark = IN_CHROMIUM

BAD = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'><svg/onload=alert(3)>",
    "javascript:alert(4)",
    "</title></textarea></script><iframe src=javascript:alert(5)>",
    "{{constructor.constructor('alert(6)')()}}",
    "\u202eright to left\u2028\u2029</style><script>alert(7)</script>",
]


def besiege(data: Path) -> str:
    """Fill an installation so that every field a kit or a form can fill is hostile; return the one-time path in."""
    with open_heartline(read_settings({}, data_dir=data)) as heartline:
        kept = heartline.stores.kept
        entry = issue_entry_link(heartline)
        for number, bad in enumerate(BAD):
            source = kept.add_source(name=bad, trust=Trust.TRUSTED)
            heartline.sources.reload()
            door = Door(heartline.intake, heartline.sources, heartline.settings)
            asyncio.run(post(door, source.write_key, hostile_messages(bad, number)))
        heartline.catch_up()
        heartline.change_workspace(name=BAD[0])
        handle = heartline.stores.derived.search("stranger", limit=1)[0].ref
        for bad in BAD:
            kept.open_case(title=bad, handle=handle, seq=0, owner=bad, due_us=0, opened_by=bad)
    return entry


def hostile_messages(bad: str, number: int) -> list[dict[str, object]]:
    said = {
        "channel": bad,
        "touchpoint": bad,
        "place": bad,
        "partner": bad,
        "employee": bad,
        "order": bad,
        "text": bad,
        "score": {"kind": "nps", "value": number % 11},
    }
    who = {"userId": f"{bad}{number}", "anonymousId": f"{bad}a{number}"}
    page = {"url": bad, "referrer": bad, "title": bad, "path": bad}
    context = {"heartline": said, "page": page, "userAgent": bad, "library": {"name": bad}}
    traits = {"name": bad, "email": f"stranger{number}@example.com", "plan": bad, bad: bad}
    messages: list[dict[str, object]] = [
        {"type": "identify", "messageId": f"{bad}i", "traits": traits, "context": context, **who},
        {"type": "page", "messageId": f"{bad}p", "name": bad, "properties": {"url": bad}, "context": context, **who},
        {"type": bad, "messageId": f"{bad}x", **who},
    ]
    return messages + [
        {
            "type": "track",
            "messageId": f"{bad}t{time}",
            "event": bad,
            "properties": {bad: bad},
            "context": context,
            **who,
        }
        for time in range(3)
    ]


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[str]:
    data = tmp_path_factory.mktemp("siege") / "data"
    # In a thread of its own: Playwright may hold this one's event loop already.
    with ThreadPoolExecutor(1) as aside:
        entry = aside.submit(besiege, data).result()
    with Served(nursery, "serve", data) as served:
        yield served.site + entry


def test_what_strangers_send_never_runs_in_a_browser(chromium: Browser, besieged: str) -> None:
    with Visitor(besieged) as visitor, open_browser(chromium, visitor.site, cookies=visitor.cookies) as (page, watch):
        watch.expected.add(404)
        waiting, seen, shown = ["/", "/find?q=alert", "/data/refused", "/cases/1", "/answers?range=all"], set[str](), 0
        kinds = set[str]()
        while waiting:
            path = waiting.pop(0)
            page.goto(visitor.site + path)
            page.locator("#opening[hx-get]").wait_for(state="detached")
            shown += "alert(" in page.locator("body").inner_text()
            assert page.locator("main iframe, main img, main [onerror], main [onload]").count() == 0, path
            assert page.locator("script:not([src])").count() == 0, path
            for link in read_links(page.content()):
                kind = "/".join(part if not any(sign in part for sign in "%0123456789") else "*"
                                for part in link.partition("?")[0].split("/")[:5])  # fmt: skip
                is_file = link.partition("?")[0].endswith(FILES)
                if link.startswith("/") and not is_file and link not in seen and kind not in kinds:
                    seen.add(link)
                    kinds.add(kind)
                    waiting.append(link)
        page.goto(visitor.site + "/journeys")
        page.keyboard.press("Control+k")
        page.keyboard.type("alert")
        page.locator("#palette-found [role=option]").first.wait_for()
        assert shown >= 8, "the control: hostile strings do reach pages"
