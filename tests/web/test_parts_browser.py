"""Parts in a real browser under the strict policy: keys, palette, theme, widths, axe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from charts_samples import HOSTILE, a_hostile_map, a_map, a_trend

from chromium import CHROMIUM, QUIET
from heartline.records import Right
from heartline.web import charts, parts
from heartline.web.charts import heartline

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def pages() -> dict[str, str]:
    view = parts.View(
        path="/journeys/1", user_name="Aisha", role="owner", rights=frozenset(Right), sample=True, data_up_to="14:32"
    )
    layout = heartline.lay_out(a_map())
    body = [
        parts.lede("A map", do=parts.button("Edit", weight="main")),
        charts.draw_map(layout),
        parts.table_twin(heartline.map_twin(layout)),
    ]
    hostile = heartline.lay_out(a_hostile_map())
    found = parts.found(
        (("Customers", (parts.Found(words="Mei", href="/mei"), parts.Found(words=HOSTILE, href="/h"))),)
    )
    return {
        "/": str(parts.shell(view, title="Map", body=body, wide=True)),
        "/hostile": str(parts.shell(view, title="H", body=[parts.lede(HOSTILE), charts.draw_map(hostile)])),
        "/trend": str(parts.shell(view, title="T", body=[parts.lede("A trend"), charts.draw_trend(a_trend())])),
        "/find": str(found),
        "/mei": str(parts.bare(view, title="Mei", body=parts.lede("Mei"))),
    }


class Handler(SimpleHTTPRequestHandler):
    """Serves the pages and the assets, under the policy."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, made: dict[str, str], **kwargs: Any) -> None:
        self.made = made
        super().__init__(*args, directory=str(parts.STATIC), **kwargs)

    def do_GET(self) -> None:
        path = self.path.split("?", maxsplit=1)[0]
        if path in self.made:
            body, kind = self.made[path].encode(), "text/html; charset=utf-8"
        else:
            file = Path(parts.STATIC) / path.removeprefix("/assets/")
            if not file.is_file():
                self.send_error(404)
                return
            body, kind = file.read_bytes(), self.guess_type(str(file))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, made=pages()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where a browser is

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, site: str) -> Iterator[Any]:
    opened: list[Any] = []
    complaints: list[str] = []

    def start(path: str, *, width: int = 1280, scheme: str = "light") -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.goto(site + path)
        page.wait_for_load_state("networkidle")
        return page

    yield start
    for context in opened:
        context.close()
    assert complaints == []


def test_points_are_walked_with_the_arrow_keys_and_told(open_page: Any) -> None:
    page = open_page("/")
    steps = page.locator(".heart .step")
    steps.first.evaluate("step => step.focus()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Review site: +0.16")
    assert "Review site" in page.locator(".map .chart-tip").inner_text()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Renewal notice")
    assert page.locator(".heart .step[tabindex='0']").count() == 1


def test_ctrl_k_finds_and_enter_opens(open_page: Any) -> None:
    page = open_page("/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open] [role=option][aria-selected=true]")
    page.keyboard.press("ArrowDown")
    assert page.locator("#palette-q").get_attribute("aria-activedescendant") == "found-1"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mei")


def test_the_theme_changes_at_once_and_is_kept(open_page: Any) -> None:
    page = open_page("/")
    page.locator(".menu.me summary").click()
    page.locator("button[name=theme][value=dark]").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert any(cookie["name"] == "theme" and cookie["value"] == "dark" for cookie in page.context.cookies())
    page.keyboard.press("Escape")
    assert page.locator(".menu.me[open]").count() == 0


@pytest.mark.parametrize("path", ["/", "/hostile", "/trend"])
def test_nothing_is_wider_than_the_screen(open_page: Any, path: str) -> None:
    page = open_page(path)
    for width in (320, 390, 768, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = [form for form in (".map-wide", ".map-tall") if page.locator(form).is_visible()]
        assert shown == ([] if path == "/trend" else [".map-tall"] if width < 681 else [".map-wide"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/hostile", "/trend"])
def test_axe_finds_nothing_serious(open_page: Any, path: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  # only where a browser is

    page = open_page(path, scheme=scheme)
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in {"serious", "critical"}]
    assert serious == []
