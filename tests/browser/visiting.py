"""heartline served by its own command, and a Chromium in which everything that goes wrong is a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from chromium import CHROMIUM, QUIET
from verb_nursery import Nursery

IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine, so no page was looked at"),
]
PATIENCE_MS = 120_000
"""Two cores may be busy with the rest of the suite; what hangs for two minutes is broken."""
_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_LOST = re.compile(r"the server responded with a status of (\d+)")


class Served:
    """A ``heartline`` verb that serves. ``opening`` is the one-time address it printed; ``close`` ends it."""

    def __init__(self, nursery: Nursery, verb: str, data: Path, *arguments: str, **settings: str) -> None:
        self.data = data
        asked = (verb, "--data", data, "--port", "0", *arguments)
        self._verb = nursery.start(*asked, data=data, log="warning", **settings)
        self.opening = self._verb.hear(r"heartline is ready: (\S+)", patience_s=480)[1]
        self.site = "{0.scheme}://{0.netloc}".format(urlsplit(self.opening))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._verb.end()


class Visitor:
    """Asks without a screen: to furnish an installation, and to follow links cheaply."""

    def __init__(self, opening: str) -> None:
        where = urlsplit(opening)
        self.site = f"{where.scheme}://{where.netloc}"
        self._client = httpx.Client(base_url=self.site, timeout=PATIENCE_MS / 1000, trust_env=False)
        self._client.get(opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def cookies(self) -> list[dict[str, str]]:
        return [{"name": one.name, "value": one.value or "", "url": self.site} for one in self._client.cookies.jar]

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def post(self, path: str, data: dict[str, Any], *, form: str, **given: Any) -> httpx.Response:
        found = _TOKEN.search(self.get(form).text)
        assert found, f"{form} has no form"
        return self._client.post(path, data={"_csrf_token": unescape(found.group(1)), **data}, **given)

    def find(self, path: str, pattern: str) -> str:
        """Return the first address of a page that the pattern takes whole, without its query."""
        for address in read_links(self.get(path).text):
            if re.fullmatch(pattern, bare := urlsplit(address).path):
                return bare
        raise AssertionError(f"{path} leads to nothing like {pattern}")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name in {"href", "xlink:href"} and value]


def read_links(page: str) -> list[str]:
    """Return the addresses that a page's links lead to, anchors within it left out."""
    reader = _Links()
    reader.feed(page)
    return [address for address in reader.found if not address.startswith("#")]


class Watch:
    """What must never happen in a page: an error, a broken policy, a word with another host, code that runs."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.scripts: dict[str, int] = {}
        self.expected: set[int] = set()

    def follow(self, context: BrowserContext) -> None:
        context.on("request", self._ask)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"threw: {error.error}"))
        context.on("dialog", self._dismiss)

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.site + "/", "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _hear(self, said: ConsoleMessage) -> None:
        lost = _LOST.search(said.text)
        if said.type == "error" and not (lost and int(lost.group(1)) in self.expected):
            self.complaints.append(f"console: {said.text} ({said.page.url if said.page else ''})")

    def _dismiss(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()


@contextmanager
def start_chromium() -> Iterator[Browser]:
    """Start the machine's own Chromium. One at a time in a thread: Playwright holds the thread's event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def open_browser(
    chromium: Browser, site: str, *, cookies: Iterable[dict[str, str]] = (), width: int = 1440, **given: Any
) -> Iterator[tuple[Page, Watch]]:
    """Open a page of a fresh profile; what its watch saw must be nothing when it closes."""
    given.setdefault("reduced_motion", "reduce")
    context = chromium.new_context(viewport={"width": width, "height": 900}, **given)
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(site)
    watch.follow(context)
    if cookies:
        context.add_cookies(list(cookies))  # type: ignore[arg-type]  # the three keys it needs
    page = context.new_page()
    try:
        yield page, watch
    finally:
        context.close()
    assert not watch.complaints, "\n".join(watch.complaints)


def settle(page: Page) -> None:
    """Wait until a page is whole: fonts read, and what Home was still looking for has come."""
    page.locator("main").wait_for()
    page.locator("#opening[hx-get]").wait_for(state="detached")
    page.locator("#pains[hx-get]").wait_for(state="detached")
    page.locator("#onepager[hx-get]").wait_for(state="detached")
    page.evaluate("document.fonts.ready.then(() => true)")


def find_overflow(page: Page) -> list[str]:
    """Return what sticks out sideways: nothing where the page fits its width."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const holds = (one) => { for (let at = one; at; at = at.parentElement) {
            if (at !== one && getComputedStyle(at).overflowX !== "visible") return true; } return false; };
          return ["page " + document.documentElement.scrollWidth, ...[...document.body.querySelectorAll("*")]
            .filter((one) => one.getBoundingClientRect().right > width + 1 && !holds(one))
            .map((one) => `${one.localName}.${one.getAttribute("class")}: ${one.textContent.slice(0, 40)}`)]
            .slice(0, 6);
        }"""
    )
    return found
