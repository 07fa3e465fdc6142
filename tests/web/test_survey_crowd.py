"""A crowd at one survey: who is not let in is told when to come again, and an accepted answer stands there once.

``bench/survey_load.py`` is the long form, against a real server.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import httpx
from browsing import Browser
from test_surveys import answer, begin, publish, touches

from heartline.app import Heartline
from heartline.web import make_site
from heartline.web.server import Site
from heartline.web.turnstile import Turnstile

PEOPLE = 48
_FRESH = re.compile(r'name="fresh" value="([\w-]{24})"')


class Person:
    """Somebody at an address of their own, who clicks twice and comes again when they are sent away."""

    def __init__(self, site: Site, path: str, number: int) -> None:
        self.transport = httpx.ASGITransport(app=site, client=(f"10.0.0.{number}", 1))
        self.path = path
        self.words = f"Person {number}"
        self.told: list[httpx.Response] = []

    async def answer(self) -> None:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://heartline.test") as client:
            page = await self.insist(client, "GET", self.path)
            fresh = _FRESH.search(page.text)
            assert fresh
            form = {"q": "q1", "a": "9", "fresh": fresh[1]}
            twice = [self.insist(client, "POST", self.path, data=form) for _ in range(2)]
            first, second = await asyncio.gather(*twice)
            assert first.headers["location"] == second.headers["location"]
            onward = first.headers["location"]
            last = [self.insist(client, "POST", onward, data={"q": "q2", "a": self.words}) for _ in range(2)]
            assert {one.status_code for one in await asyncio.gather(*last)} == {303}

    async def insist(self, client: httpx.AsyncClient, method: str, path: str, **given: object) -> httpx.Response:
        while True:
            said = await client.request(method, path, **given)  # type: ignore[arg-type]  # a form
            self.told.append(said)
            if said.status_code != 503:
                return said
            await asyncio.sleep(0.02)


def test_a_crowd_is_let_in_or_put_off_and_each_accepted_answer_stands_once(
    owner: Browser, heartline: Heartline
) -> None:
    path = publish(owner, begin(owner))
    site = make_site(heartline)
    site.turnstile = Turnstile(5)
    people = [Person(site, path, number) for number in range(PEOPLE)]

    async def all_at_once() -> None:
        await asyncio.gather(*(one.answer() for one in people))

    asyncio.run(all_at_once())
    told = [one for person in people for one in person.told]
    away = [one for one in told if one.status_code == 503]
    assert set(Counter(one.status_code for one in told)) == {200, 303, 503}
    assert len(away) == site.turnstile.sent_away > PEOPLE
    assert all(1 <= int(one.headers["retry-after"]) <= 60 for one in away)
    assert all("counts once" in one.text and "<script>" not in one.text for one in away)
    assert "frame-ancestors *" in away[0].headers["content-security-policy"]
    assert touches(heartline) == PEOPLE
    assert (heartline.account().balanced, heartline.account().refused) == (True, 0)
    responses = heartline.stores.kept.responses(1)
    assert [(one.whole, one.answers["q1"]) for one in responses] == [(True, ("9",))] * PEOPLE
    said = owner.get("/answers?measure=comments&range=all").text
    assert len(set(re.findall(r"Person \d+", said))) > 20
    assert [one.kind for one in heartline.stores.kept.sources()] == ["survey links"]
    with Browser(heartline, site=site) as later:
        answer(later, answer(later, path, "3"), "Late, and let in.")


def test_who_has_begun_goes_before_who_only_opens() -> None:
    turnstile = Turnstile(4)
    assert [turnstile.enter(begun=False) for _ in range(3)] == [True, True, False]
    assert [turnstile.enter(begun=True) for _ in range(3)] == [True, True, False]
    turnstile.leave()
    assert (turnstile.enter(begun=False), turnstile.enter(begun=True), turnstile.sent_away) == (False, True, 3)


def test_a_first_answer_sent_again_goes_on_where_it_was(owner: Browser, heartline: Heartline) -> None:
    path, other = publish(owner, begin(owner)), publish(owner, begin(owner))
    with Browser(heartline) as guest:
        fresh = _FRESH.search(guest.get(path).text)
        assert fresh
        form = {"q": "q1", "a": "2", "fresh": fresh[1]}
        onward = guest.ask("POST", path, data=form).headers["location"]
        again = guest.ask("POST", path, data={**form, "a": "7"})
        assert again.headers["location"] == onward
        assert [one.answers for one in heartline.stores.kept.responses(1)] == [{"q1": ("7",)}]
        answer(guest, onward, "Done.")
        assert guest.ask("POST", path, data=form).status_code == 303
        assert [one.answers["q1"] for one in heartline.stores.kept.responses(1)] == [("7",)]
        # A name made up, or of a filling-in of another survey, is none.
        for told in (fresh[1], "short", "", "x" * 23 + "é"):
            assert guest.ask("POST", other, data={**form, "fresh": told}).status_code == 303
        assert len(heartline.stores.kept.responses(2)) == 4
    assert touches(heartline) == 1
