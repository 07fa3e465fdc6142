"""The pages bar: how long pages take over a million interactions, over HTTP, and what the server holds in memory.

python bench/pages.py

The figure is the server's CPU time from request to the last byte, which is what a machine of its own would wait for a
page; the wall time is told beside it. *First* is the first view after the server was started, nothing remembered;
*again* is a filter nobody asked for before, so that its figures are made anew.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ack import load
from bars import Bar, write_table
from company import find_company
from machine import cpu_seconds, rss_mb, wait_until_idle
from servers import Server, add_source, serve, serve_bare

FIRST_S = 1.0
FILTER_S = 0.5
SCRIPT_KB = 150
REST_S = 45
"""What was freed is given back to the system three times a minute."""
REST_MB = 512
ACK_MS = 100
FILTERS = ("by=channel&is=app", "by=channel&is=web", "by=area&is=service", "by=channel&is=email", "by=area&is=sales")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What came back, and what it cost: seconds of wall time and of the server's CPU."""

    body: str
    wall_s: float
    cpu_s: float


class Browser:
    """Asks a server for pages as one signed-in person."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._cookies: dict[str, str] = {}
        self._enter(server.link)

    def _enter(self, link: str) -> None:
        """Follow the one-time link and keep the session, without opening the page behind it."""
        parts = urlsplit(link)
        answer, _ = self._ask(f"{parts.path}?{parts.query}")
        if answer.status not in {302, 303, 307} or not self._cookies:
            raise SystemExit(f"The way in answered {answer.status}.")

    def _ask(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=300)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection.request("GET", path, headers={"cookie": cookies, "accept-encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        for given in answer.headers.get_all("set-cookie") or []:
            name, _, rest = given.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        if answer.headers.get("content-encoding") == "gzip":
            return answer, gzip.decompress(body) if not path.startswith("/assets/") else body
        return answer, body

    def open(self, path: str) -> View:
        """Ask for a page."""
        cpu, wall = cpu_seconds(self._server.pid), time.perf_counter()
        answer, body = self._ask(path)
        wall = time.perf_counter() - wall
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}.")
        return View(body=body.decode(), wall_s=wall, cpu_s=cpu_seconds(self._server.pid) - cpu)

    def weigh(self, path: str) -> int:
        """Return the bytes of an asset as sent."""
        return len(self._ask(path)[1])


def measure_pages(company: Path) -> list[Bar]:
    """Serve a copy of the company and ask for its pages; return the bars."""
    with tempfile.TemporaryDirectory(prefix="heartline-pages-") as folder:
        data = Path(folder) / "data"
        shutil.copytree(company, data, ignore=shutil.ignore_patterns("*.sock"))
        key = add_source(data)
        command = [str(Path(sys.executable).parent / "heartline"), "demo", "--data", str(data), "--port", "0"]
        with serve(command) as server:
            wait_until_idle(server.pid)
            browser = Browser(server)
            first = browser.open("/")
            wait_until_idle(server.pid)
            bars = [_tell("pages, Home, the server just started", first, FIRST_S)]
            bars += _ask_pages(browser, first.body, server)
            bars.append(_weigh(browser, first.body))
            bars.append(_ack_beside(browser, server, key, Path(folder)))
            wait_until_idle(server.pid)
            time.sleep(REST_S)
            bars.append(Bar(name="pages, memory at rest", figure=rss_mb(server.pid), bound=REST_MB, unit="MB"))
    return bars


def _tell(name: str, view: View, bound: float, note: str = "") -> Bar:
    return Bar(name=name, figure=view.cpu_s, bound=bound, unit="CPU-s", ours=f"{view.wall_s:.2f} s wall", note=note)


def _ask_pages(browser: Browser, home: str, server: Server) -> Iterable[Bar]:
    journeys = browser.open("/journeys").body
    found = re.search(r'href="(/journeys/[\w-]+)"', journeys)
    customers = browser.open("/customers").body
    person = re.search(r'href="(/customers/[0-9a-f]{32})', customers)
    answers = re.search(r'href="(/answers[^"]*)"', home) or re.search(r'href="(/answers[^"]*)"', journeys)
    paths = {
        "Home": "/",
        "a journey's map": found[1] if found else "/journeys",
        "customers": "/customers?q=an",
        "one customer": person[1] if person else "/customers",
        "answers": answers[1].replace("&amp;", "&") if answers else "/answers",
    }
    for name, path in paths.items():
        wait_until_idle(server.pid)
        yield _tell(f"pages, {name}", browser.open(path), FIRST_S, path[:60])
    for name in ("Home", "a journey's map", "answers"):
        views = []
        for where in FILTERS:
            joint = "&" if "?" in paths[name] else "?"
            wait_until_idle(server.pid)
            views.append(browser.open(f"{paths[name]}{joint}{where}"))
        middle = sorted(views, key=lambda view: view.cpu_s)[len(views) // 2]
        yield _tell(f"pages, {name}, a filter", middle, FILTER_S, f"median of {len(views)} filters")


def _weigh(browser: Browser, home: str) -> Bar:
    scripts = set(re.findall(r'<script[^>]* src="([^"]+)"', home)) | set(
        re.findall(r'"(/assets/[^"]+\.js[^"]*)"', home)
    )
    return Bar(
        name="pages, script",
        figure=sum(browser.weigh(path) for path in scripts) / 1000,
        bound=SCRIPT_KB,
        unit="kB",
        note=f"{len(scripts)} files, gzip",
    )


def _ack_beside(browser: Browser, server: Server, key: str, folder: Path) -> Bar:
    """Ask pages in a loop while 100 requests a second of 20 events arrive; then the same of the bare rival.

    The rival stands beside the same pages, so what it is kept waiting is the machine's doing.
    """
    with serve(serve_bare(folder)) as bare:
        bare_told, _ = _load_beside(browser, bare, "")
    told, shown = _load_beside(browser, server, key)
    return Bar(
        name="ack, p99 while pages are asked",
        figure=told["p99_ms"],
        bound=ACK_MS,
        unit="ms",
        ours=f"p50 {told['p50_ms']:.0f} ms",
        rival=f"p99 {bare_told['p99_ms']:.0f} ms",
        note=f"100 requests of 20 events a second; {len(shown)} pages beside, median {statistics.median(shown):.2f} s",
    )


def _load_beside(browser: Browser, target: Server, key: str) -> tuple[dict[str, Any], list[float]]:
    done = threading.Event()
    shown: list[float] = []

    def look() -> None:
        while not done.is_set():
            shown.extend(browser.open(path).wall_s for path in ("/", "/journeys", "/customers"))

    looking = threading.Thread(target=look)
    looking.start()
    told = load(target, key, events=20, requests=1000, rate=100, connections=8)
    done.set()
    looking.join()
    return told, shown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tellings", type=int, default=8)
    asked = parser.parse_args()
    print(write_table(measure_pages(find_company(tellings=asked.tellings))))


if __name__ == "__main__":
    main()
