"""RudderStack's and PostHog's browser SDKs, unchanged, in Chromium, from a page of another origin (protocols.md C10).

Both at once against one server, which is killed while they speak; before that each is refused a few times, in its way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright
from sdk_installation import Installation
from sdk_relay import Exchange, Relay, a_relay

from chromium import CHROMIUM, QUIET
from heartline.records import Trust

ALONE = [*QUIET, "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
KIOSK = Path(__file__).parent / "browser" / "kiosk.html"
RUDDER, POSTHOG = "rudder", "posthog"
REFUSALS = {RUDDER: 429, POSTHOG: 503}
TOUCHES = 8

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


class _KioskHandler(SimpleHTTPRequestHandler):
    """Serves the kiosk's page and the libraries as their packages hold them."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return str(KIOSK) if path.partition("?")[0] == "/" else super().translate_path(path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        return


@pytest.fixture
def kiosk(node_modules: Path) -> Iterator[str]:
    handler = partial(_KioskHandler, directory=str(node_modules))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        yield launched.new_context(user_agent=PERSON)
        launched.close()


def story(sdk: str) -> list[Any]:
    """Look around, sign in, belong to a company, alias oneself to oneself, buy. Their library has no screens."""
    return [
        ["track", "Product Viewed", {"name": "Kona – 250 g"}],
        ["identify", sdk, {"name": f"Mei {sdk}"}],
        ["group", f"{sdk}-office", {"name": "Office"}],
        ["alias", sdk] if sdk == RUDDER else ["screen", "Basket"],
        *(["track", "Order Completed", {"order_id": f"{sdk}-{n}"}] for n in range(TOUCHES)),
    ]


def ids_of(posts: list[Exchange]) -> set[str]:
    return {i for post in posts for i in post.message_ids}


def seen(relay: Relay, status: int) -> list[Exchange]:
    with relay.turn:
        return [each for each in relay.exchanges if each.method == "POST" and each.status == status and _tells(each)]


def _tells(each: Exchange) -> bool:
    return not each.path.startswith("/flags")


def check_wire(sdk: str, relay: Relay, kiosk: str) -> None:
    """The libraries are the ones that protocols.md describes, and asked leave before they sent."""
    posts, asked = seen(relay, 200), [each for each in relay.exchanges if each.method == "OPTIONS"]
    assert all(post.headers["origin"] + "/" == kiosk for post in posts)
    if sdk == POSTHOG:
        assert {post.path.partition("?")[0] for post in posts} <= {"/e/", "/i/v0/e/"}
        assert {post.headers["content-type"] for post in posts} == {"text/plain"}
        assert all("content-encoding" not in post.headers for post in posts)
        assert any(post.body.startswith(b"\x1f\x8b") for post in posts), "no body was zipped by its own doing"
        assert any(each.path.endswith("/config.js") for each in relay.exchanges)
        return
    assert {post.path for post in posts} == {f"/v1/{call}" for call in ("page", "track", "identify", "group", "alias")}
    wanted = {"anonymousid", "authorization", "content-type", "sentat"}
    assert any(wanted <= set(each.headers["access-control-request-headers"].split(",")) for each in asked)
    assert any(each.path.startswith("/sourceConfig/") for each in relay.exchanges)


def await_(page: Page, done: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if done():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"waited in vain for {what}")


def test_refusals_and_a_kill_lose_and_double_nothing(
    context: BrowserContext, kiosk: str, installation: Installation
) -> None:
    sources = installation.add_sources(RUDDER, POSTHOG, trust=Trust.PUBLIC)
    pages: dict[str, Page] = {}
    with ExitStack() as open_:
        server = open_.enter_context(installation.serve(fail_point="after_journal:7"))
        relays = {sdk: open_.enter_context(a_relay(server.port)) for sdk in (RUDDER, POSTHOG)}
        for sdk, relay in relays.items():
            relay.refusals, relay.refusal = 1, REFUSALS[sdk]
            pages[sdk] = context.new_page()
            query = {"sdk": sdk, "key": sources[sdk].write_key, "host": relay.url, "batching": "0"}
            pages[sdk].goto(kiosk + "?" + urlencode(query))
        for sdk, page in pages.items():
            page.wait_for_function("told.loaded", timeout=60_000)
            page.evaluate("([calls, pauseMs]) => { tell(calls, pauseMs) }", [story(sdk), 40])
        await_(pages[RUDDER], lambda: server.process.poll() is not None, "a kill")
        server.await_kill()
        with installation.serve(port=server.port):
            for sdk, relay in relays.items():
                await_(
                    pages[sdk],
                    lambda r=relay: len(ids_of(seen(r, 200))) >= TOUCHES + 5,
                    f"all of {sdk} delivered",
                )
            visitors = {sdk: page.evaluate("visitor[asked.get('sdk')]()") for sdk, page in pages.items()}
            context.close()
        for sdk, relay in relays.items():
            check_wire(sdk, relay, kiosk)
            assert len(seen(relay, REFUSALS[sdk])) == 1
    books = installation.read(*visitors, *visitors.values())
    for sdk, relay in relays.items():
        assert sorted(books.stored[sdk]) == sorted(ids_of(seen(relay, 200)))
        assert len(books.stored[sdk]) == TOUCHES + 5
        assert books.owner(sdk) == books.owner(visitors[sdk])
        assert books.profiles[books.owner(sdk)].name == f"Mei {sdk}"
    assert books.account.balanced
    assert (books.account.refused, books.account.pending) == (0, 0)
    # What was durable when its answer was lost came again, and was known.
    assert books.account.duplicate >= 1
