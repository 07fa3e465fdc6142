"""@segment/analytics-next, unchanged, in Chromium, from a page of another origin (protocols.md C10, traps 4, 7, 9)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright
from sdk_installation import Books, Installation
from sdk_relay import Exchange, a_relay

from chromium import CHROMIUM, QUIET
from heartline.records import Trust

ALONE = [*QUIET, "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
"""A browser without a head says so in its name, and robots are left out."""
REFUSALS = 3
KILLS = ("after_journal:4", "before_journal:1", "")
SHOP = Path(__file__).parent / "browser" / "shop.html"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


class _ShopHandler(SimpleHTTPRequestHandler):
    """Serves the shop's page and the library's standalone bundle."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        if path.partition("?")[0] == "/":
            return str(SHOP)
        return super().translate_path(path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        return


@pytest.fixture(scope="module")
def shop(node_modules: Path) -> Iterator[str]:
    bundles = node_modules / "@segment" / "analytics-next" / "dist" / "umd"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_ShopHandler, directory=str(bundles))) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        yield launched
        launched.close()


class Visit:
    """One page of the shop, with what crossed the wire as the browser saw it."""

    def __init__(self, page: Page, shop: str, url: str, key: str, *, batching: bool = False) -> None:
        self.page = page
        self.answers: list[tuple[int, str, list[str]]] = []
        self.retries: list[str] = []
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        query = {"key": key, "cdn": url, **({"batching": "1"} if batching else {})}
        page.goto(shop + "?" + urlencode(query))

    def _note_request(self, request: Request) -> None:
        self.hosts.add(request.url.split("/")[2].split(":")[0])
        if request.method == "POST" and (count := request.headers.get("x-retry-count")):
            self.retries.append(count)

    def _note_response(self, response: Response) -> None:
        if response.request.method == "POST":
            sent = json.loads(response.request.post_data or "{}")
            ids = [event["messageId"] for event in sent.get("batch", [sent])]
            self.answers.append((response.status, "/v1/" + response.url.rpartition("/")[2], ids))

    def delivered(self) -> list[str]:
        return [i for status, _, ids in self.answers if status == 200 for i in ids]

    def wait_loaded(self) -> None:
        self.page.wait_for_function("told.loaded", timeout=60_000)

    def tell(self, calls: list[Any], *, pause_ms: int = 0) -> None:
        self.page.evaluate("([calls, pauseMs]) => tell(calls, pauseMs)", [calls, pause_ms])

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("told")
        return found

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        for _ in range(900):
            if done():
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"waited in vain for {what}: {self.answers} {self.complaints}")

    def wait_delivered(self, messages: int) -> None:
        self.wait_until(lambda: len(set(self.delivered())) >= messages, f"{messages} delivered")

    def anonymous_id(self) -> str:
        found: str = self.page.evaluate("analytics.user().anonymousId()")
        return found


def story(name: str, *, touches: int) -> list[Any]:
    """Look around, sign in, belong to a company, alias oneself to oneself (trap 7), buy."""
    return [
        ["track", "Product Viewed", {"name": "Kona – 250 g"}],
        ["identify", name, {"name": f"Mei {name}"}],
        ["group", f"{name}-office", {"name": "Office"}],
        ["alias", name],
        ["screen", "Basket"],
        *(["track", "Order Completed", {"order_id": f"{name}-{n}"}] for n in range(touches)),
    ]


def check_wire(posts: list[Exchange], preflights: list[Exchange], shop: str) -> None:
    """The browser asked leave before it sent, from the shop's origin; the library is the one protocols.md describes."""
    assert any("authorization" in each.headers["access-control-request-headers"] for each in preflights)
    assert {each.status for each in preflights} == {200}
    assert all(post.headers["origin"] + "/" == shop for post in posts)
    assert all(post.headers["content-type"].startswith("text/plain") for post in posts)
    events = [event for post in posts for event in post.json.get("batch", [post.json])]
    aliases = [event for event in events if event["type"] == "alias"]
    assert aliases
    assert all(alias["userId"] == alias["previousId"] for alias in aliases), "trap 7 is gone: the story needs another"


def check_visit(visit: Visit, way: str) -> None:
    """Nothing was given up, nobody else was asked, each kind of event took its own road."""
    assert visit.told()["failed"] == {}
    assert visit.hosts == {"127.0.0.1"}
    statuses = [status for status, _, _ in visit.answers]
    assert statuses.count(503) == (REFUSALS if way == "refused" else 0)
    assert len(visit.retries) == statuses.count(503), "each refused event came again, and said so"
    assert {path for _, path, _ in visit.answers} == (
        {"/v1/b"} if way == "batching" else {f"/v1/{letter}" for letter in "ptigas"}
    )
    delivered = visit.delivered()
    assert len(delivered) == len(set(delivered))


def check_books(books: Books, delivered: dict[str, list[str]], visitors: dict[str, str]) -> None:
    """What was answered 200 is stored once; the visitor and the name are one customer."""
    for way, ids in delivered.items():
        assert sorted(books.stored[way]) == sorted(set(ids))
        assert books.owner(way) == books.owner(visitors[way])
        assert books.profiles[books.owner(way)].name == f"Mei {way}"
    assert len({books.owner(way) for way in delivered}) == len(delivered)
    assert books.account.balanced
    assert (books.account.refused, books.account.pending) == (0, 0)


def test_plain_batched_and_refused_are_stored_once(browser: Browser, shop: str, installation: Installation) -> None:
    ways = ("plain", "batching", "refused")
    sources = installation.add_sources(*ways, trust=Trust.PUBLIC)
    delivered, visitors = {}, {}
    with installation.serve() as server, a_relay(server.port) as relay:
        for way in ways:
            calls = story(way, touches=6)
            relay.refusals = REFUSALS if way == "refused" else 0
            with browser.new_context(user_agent=PERSON) as context:
                visit = Visit(context.new_page(), shop, relay.url, sources[way].write_key, batching=way == "batching")
                visit.wait_loaded()
                visit.tell(calls)
                visit.wait_delivered(len(calls) + 1)  # and the page call made before the library came
                check_visit(visit, way)
                delivered[way], visitors[way] = visit.delivered(), visit.anonymous_id()
            preflights = [each for each in relay.exchanges if each.method == "OPTIONS"]
            check_wire(relay.take_posts(), preflights, shop)
    books = installation.read(*ways, *visitors.values())
    check_books(books, delivered, visitors)
    assert books.account.duplicate == 0


def test_a_page_closed_while_refused_sends_at_the_next_visit(
    browser: Browser, shop: str, installation: Installation
) -> None:
    key = installation.add_sources("closed", trust=Trust.PUBLIC)["closed"].write_key
    calls = story("closed", touches=3)
    with (
        installation.serve() as server,
        a_relay(server.port) as relay,
        browser.new_context(user_agent=PERSON) as context,
    ):
        relay.refusals = 10**6
        first = Visit(context.new_page(), shop, relay.url, key)
        first.wait_loaded()
        first.tell(calls)
        first.wait_until(lambda: len(first.answers) >= len(calls) + 1, "a refusal of each")
        first.page.close()
        relay.refusals = 0
        again = Visit(context.new_page(), shop, relay.url, key)
        again.wait_loaded()
        again.wait_delivered(len(calls) + 2)
        delivered, visitor = {"closed": again.delivered()}, {"closed": again.anonymous_id()}
    assert first.delivered() == []
    refused = {i for _, _, ids in first.answers for i in ids}
    assert refused <= set(delivered["closed"])
    check_books(installation.read("closed", *visitor.values()), delivered, visitor)


def test_a_key_nobody_knows_says_so_and_sends_nothing(browser: Browser, shop: str, installation: Installation) -> None:
    installation.add_sources("other", trust=Trust.PUBLIC)
    with installation.serve() as server, browser.new_context(user_agent=PERSON) as context:
        visit = Visit(context.new_page(), shop, server.url, "nobodys-key")
        visit.wait_until(lambda: any("401" in each for each in visit.complaints), "a complaint")
        visit.page.wait_for_timeout(300)
        assert visit.answers == []
        assert not visit.told()["loaded"]
    assert installation.read().account.received == 0


def test_kills_in_the_middle_lose_and_double_nothing(browser: Browser, shop: str, installation: Installation) -> None:
    key = installation.add_sources("kills", trust=Trust.PUBLIC)["kills"].write_key
    calls = story("kills", touches=15)
    port, visit = 0, None
    with browser.new_context(user_agent=PERSON) as context:
        for fail_point in KILLS:
            with installation.serve(port=port, fail_point=fail_point) as server:
                port = server.port
                if visit is None:
                    visit = Visit(context.new_page(), shop, server.url, key)
                    visit.wait_loaded()
                    visit.tell(calls, pause_ms=30)
                if fail_point:
                    visit.wait_until(lambda s=server: s.process.poll() is not None, "a kill")
                    server.await_kill()
                else:
                    visit.wait_delivered(len(calls) + 1)
        assert visit is not None
        assert visit.told()["failed"] == {}
        delivered, visitors = {"kills": visit.delivered()}, {"kills": visit.anonymous_id()}
    books = installation.read("kills", *visitors.values())
    check_books(books, delivered, visitors)
    assert books.account.stored == len(calls) + 1
    # What was durable when its answer was lost came again, and was known.
    assert books.account.duplicate >= 1
