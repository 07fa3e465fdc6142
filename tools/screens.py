"""Take the pictures under ``docs/screens``: every page of the sample, light, dark and on a phone; some in light alone.

Usage: ``python tools/screens.py [--data DIR] [--only NAME]``; DIR is one that ``heartline demo`` made, and is changed
(cases are opened in it, a map is written on). Wants a Chromium and what the browser tests use, and looks at nothing
outside this machine.
"""

from __future__ import annotations

import argparse
import re
import shutil
import struct
import sys
import tempfile
import zlib
from html import unescape
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

from furnished import Facts, furnish  # noqa: E402  # beside the tests that look at the same pages
from visiting import Served, Visitor, settle, start_chromium  # noqa: E402

from verb_nursery import Nursery  # noqa: E402  # forks the servers

SCREENS: Final = ROOT / "docs" / "screens"
PAGES: Final = {
    "home": "/",
    "journey": "/journeys/{journey}",
    "journeys": "/journeys",
    "cell": "/journeys/{journey}/cell?stage=Delivery&lane=said",
    "where-now": "/journeys/{journey}/now",
    "paths": "/journeys/{journey}/paths",
    "pains": "/pains",
    "pain": "/pains/{pain}",
    "touchpoints": "/touchpoints",
    "scores": "/scores?measure=nps&trait=plan",
    "drivers": "/drivers?measure=nps",
    "voice": "/voice?range=all",
    "themes": "/voice/themes?range=all",
    "silent": "/voice/silent?range=all",
    "rivals": "/rivals?range=all",
    "moves": "/moves?by=place&is=North",
    "customers": "/customers",
    "customer": "/customers/{ref}?range=all",
    "cases": "/cases",
    "case": "/cases/{case}",
    "new-case": "/cases/new?seq={seq}",
    "sources": "/data",
    "surveys": "/surveys",
    "survey": "/surveys/1",
    "calendar": "/surveys/calendar",
    "alert": "/alerts/1",
    "rule": "/settings/rules/1",
    "source": "/data/sources/{source}",
    "live": "/data/live",
    "account": "/data/account",
    "import": "/data/imports/{identity}",
    "refused": "/data/refused",
    "duplicates": "/customers/duplicates",
    "settings": "/settings",
    "people": "/settings/people",
    "definitions": "/settings/definitions",
    "privacy": "/settings/privacy",
    "webhooks": "/settings/webhooks",
    "wellbeing": "/settings/wellbeing",
    "you": "/account",
    "begin": "/begin",
}
LIGHT: Final = {
    "outbox": "/settings/outbox",
    "reader": "/voice/reader",
    "translate": "/surveys/2/translate?lang=de",
    "digest": "/digest",
    "alerts": "/alerts",
    "funnel": "/journeys/{journey}/funnel?range=all",
    "cohorts": "/journeys/cohorts?range=26w",
    "memory": "/journeys/{journey}/memory?range=all",
    "notes": "/journeys/{journey}/document",
    "snapshots": "/journeys/{journey}/snapshots?a=2&b=1",
    "paper": "/journeys/{journey}/paper?sheet=a3",
    "report": "/report/whole",
    "board": "/opportunities",
    "matrix": "/opportunities?show=matrix",
}
"""Pages of which one picture is enough: their looks are those of the others."""
OUTSIDE: Final = ("sign-in", "setup")
LOOKS: Final = {"light": (1440, 900, 1), "dark": (1440, 900, 1), "phone": (390, 844, 2)}
NOTES: Final = {
    "department": ["Brand", "Web shop", "Onboarding", "Courier partnerships", "Roastery", "Lifecycle", "Lifecycle"],
    "believed": ["", "0.4", "", "0.8", "0.6", "0.3", ""],
    "to_be": ["", "One page, three plans", "", "Told before they ask", "A note written by hand", "14 days ahead", ""],
    "target": ["", "", "", "Feeling +0.60", "", "", "Under 200 a quarter"],
    "backstage": [
        "",
        "Payments: Finance",
        "",
        "Leeds hands over at 16:00",
        "Packed on Tuesdays",
        "Billing sends it",
        "",
    ],
}
"""What a team writes of the sample's seven stages."""
PLANS: Final = (
    ("Tell them before they ask where it is", "small", "under_way"),
    ("Let people choose the hour", "large", "idea"),
    ("A second courier in the North", "large", "planned"),
    ("Say what “late” means, and pay for it", "medium", "idea"),
    ("Hand chat over to the phone with its words", "medium", "done"),
)
"""What could be done about the pains, from the costliest on: title, effort, status."""
TALLEST: Final = 2_600
"""CSS pixels; a longer page is cut, for the rest of it is more of the same."""


def main() -> None:
    """Take them all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, help="a sample made before; else one is made for this")
    asked.add_argument("--only", default="", help="names of pages, or what they begin with, with commas")
    asked.add_argument("--into", type=Path, default=SCREENS)
    given = asked.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as kept, start_chromium() as chromium:
        data, nursery = Path(kept) / "sample", Nursery(Path(kept))
        if given.data:
            shutil.copytree(given.data, data, ignore=shutil.ignore_patterns("*.sock", "lock"))
        with Served(nursery, "demo", data) as served, Visitor(served.opening) as visitor:
            facts = furnish(visitor, cases=6)
            write_on_map(visitor, facts)
            said = f"/journeys/{facts.journey}/cell?stage=Delivery&lane=said&range=all"
            light = {
                **LIGHT,
                "replay": visitor.find(said, r"/customers/[^/]+/runs/[^/]+"),
                "compare": _choose_months(visitor, facts),
            }
            only = tuple(given.only.split(","))
            for look in LOOKS:
                pages = {**PAGES, **light} if look == "light" else PAGES
                wanted = {name: facts.fill(path) for name, path in pages.items() if name.startswith(only)}
                _take_all(chromium, visitor, wanted, look=look, into=given.into)
        _take_outside(chromium, nursery, Path(kept), given.into, only=given.only)
        nursery.end()


def write_on_map(visitor: Visitor, facts: Facts) -> None:
    """Accept the proposed journey, write on its map as a team would, freeze it twice, and fill the board."""
    path = f"/journeys/{facts.journey}"
    visitor.post(f"{path}/accept", {}, form=path)
    page = visitor.get(f"{path}/document").text
    stages = [unescape(name) for name in re.findall(r'name="stage" value="([^"]*)"', page)]
    lanes = re.findall(r'name="lane" value="([^"]*)"', page)
    was = re.search(r'name="was" value="(\d+)"', page)
    written = {name: [*words, *[""] * len(stages)][: len(stages)] for name, words in NOTES.items()}
    visitor.post(
        f"{path}/document",
        {
            "act": "save", "was": was[1] if was else "0", "stage": stages, "lane": lanes, "shown": lanes,
            "label": [""] * len(lanes), **written,
        },
        form=f"{path}/document",
    )  # fmt: skip
    visitor.post(f"{path}/comments", {"stage": stages[3], "text": "Who tells them when the van is late?"}, form=path)
    for asked, name in (("26w", "Half a year"), ("12w", "Since the new courier")):
        visitor.post(f"{path}/snapshots?range={asked}", {"name": name}, form=f"{path}/snapshots")
    pains = dict.fromkeys(re.findall(r'href="(/pains/[a-z_]+-[^"?/#]+)', visitor.get("/pains/list").text))
    for place, (title, effort, status) in enumerate(PLANS):
        pain = list(pains)[place % 3]
        filed = {"title": title, "effort": effort, "owner": "You" if place % 2 else "", "due": "2027-03-01"}
        assert visitor.post(f"{pain}/opportunities", filed, form=pain).status_code == 303, title
        assert visitor.post(f"/opportunities/{place + 1}/move", {"status": status}, form=pain).status_code == 303, title


def _choose_months(visitor: Visitor, facts: Facts) -> str:
    """The month in which the courier changed against the one before it: the second and the third newest."""
    path = f"/journeys/{facts.journey}/compare?split=months"
    months = list(dict.fromkeys(re.findall(r'value="(\d{4}-\d\d)"', visitor.get(path).text)))
    return f"{path}&a={months[1]}&b={months[2]}"


def _take_all(chromium: Browser, visitor: Visitor, wanted: dict[str, str], *, look: str, into: Path) -> None:
    context = _open(chromium, look)
    context.add_cookies(visitor.cookies)  # type: ignore[arg-type]  # the three keys it needs
    page = context.new_page()
    for name, path in wanted.items():
        page.goto(visitor.site + path)
        _take(page, into / f"{name}-{look}.png")
    context.close()


def _take_outside(chromium: Browser, nursery: Nursery, kept: Path, into: Path, *, only: str) -> None:
    if not any(name.startswith(tuple(only.split(","))) for name in OUTSIDE):
        return
    with Served(nursery, "serve", kept / "empty") as served:
        for look in LOOKS:
            context = _open(chromium, look)
            page = context.new_page()
            for name, address in (("sign-in", f"{served.site}/sign-in"), ("setup", served.opening)):
                page.goto(address)
                _take(page, into / f"{name}-{look}.png")
            context.close()


def _open(chromium: Browser, look: str) -> BrowserContext:
    width, height, scale = LOOKS[look]
    return chromium.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if look == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
        has_touch=look == "phone",
        is_mobile=look == "phone",
    )


def _take(page: Page, into: Path) -> None:
    settle(page)
    width = page.viewport_size["width"] if page.viewport_size else 1440
    tall = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
    before = page.viewport_size
    if before and before["width"] < 600:
        # The rail of a phone hangs from the lower edge: let that be the picture's.
        page.set_viewport_size({"width": width, "height": tall})
    raw = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
    if before:
        page.set_viewport_size(before)
    into.write_bytes(shrink(raw))
    print(f"{into.name}: {into.stat().st_size // 1024} KB")


def shrink(png: bytes) -> bytes:
    """Return a PNG with at most 256 colours: the most frequent ones, the others by their nearest of those."""
    pixels = _read(png)
    flat = (pixels[..., 0].astype(np.uint32) << 16) | (pixels[..., 1].astype(np.uint32) << 8) | pixels[..., 2]
    colours, place, count = np.unique(flat, return_inverse=True, return_counts=True)
    spread = np.stack([(colours >> 16) & 255, (colours >> 8) & 255, colours & 255], axis=1).astype(np.float32)
    kept = _choose(spread, count)
    gap = ((spread[:, None, :] - spread[kept][None, :, :]) ** 2).sum(axis=2)
    indexed = gap.argmin(axis=1).astype(np.uint8)[place].reshape(flat.shape)
    return _write(indexed, spread[kept].astype(np.uint8))


def _choose(spread: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The 128 most frequent, then one at a time the colour that is missed most."""
    kept = list(np.argsort(-count, kind="stable")[:128])
    gap = ((spread[:, None, :] - spread[kept][None, :, :]) ** 2).sum(axis=2).min(axis=1)
    while len(kept) < min(256, len(spread)):
        worst = int((gap * np.sqrt(count)).argmax())
        kept.append(worst)
        gap = np.minimum(gap, ((spread - spread[worst]) ** 2).sum(axis=1))
    return np.array(kept)


def _read(png: bytes) -> np.ndarray:
    """Rows × columns × 3 of an 8-bit RGB or RGBA PNG without interlace, as Chromium writes it."""
    at, packed, width, height, depth = 8, b"", 0, 0, 3
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
            depth = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    raw = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(height, 1 + width * depth)
    rows = np.zeros((height + 1, width * depth), dtype=np.uint8)
    for row in range(height):
        _unfilter(int(raw[row, 0]), raw[row, 1:], rows[row], rows[row + 1], depth)
    return rows[1:].reshape(height, width, depth)[..., :3]


def _unfilter(kind: int, line: np.ndarray, above: np.ndarray, into: np.ndarray, depth: int) -> None:
    if kind == 0:
        into[:] = line
    elif kind == 1:
        into[:] = np.cumsum(line.reshape(-1, depth), axis=0, dtype=np.uint8).reshape(-1)
    elif kind == 2:
        into[:] = line + above
    else:
        _unfilter_slowly(kind, line.tolist(), above.tolist(), into, depth)


def _unfilter_slowly(kind: int, line: list[int], above: list[int], into: np.ndarray, depth: int) -> None:
    out = [0] * len(line)
    for place, value in enumerate(line):
        left = out[place - depth] if place >= depth else 0
        up, corner = above[place], above[place - depth] if place >= depth else 0
        if kind == 3:
            guess = (left + up) // 2
        else:
            near = left + up - corner
            gaps = abs(near - left), abs(near - up), abs(near - corner)
            guess = left if gaps[0] <= min(gaps[1:]) else up if gaps[1] <= gaps[2] else corner
        out[place] = (value + guess) & 255
    into[:] = out


def _write(indexed: np.ndarray, palette: np.ndarray) -> bytes:
    height, width = indexed.shape
    lines = np.concatenate([np.zeros((height, 1), dtype=np.uint8), indexed], axis=1).tobytes()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"PLTE", palette.tobytes()),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        )
    )


if __name__ == "__main__":
    main()
