from __future__ import annotations

import gzip
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from faults import OF_COLOUR, find_faults
from furnished import NOT_PAGES, OUTSIDE, PAGES, Facts, furnish, page_routes, shape_of
from playwright.sync_api import Page
from visiting import IN_CHROMIUM, Visitor, find_overflow, read_links

from tries import EXAMPLES

pytestmark = IN_CHROMIUM

MOST_SCRIPT = 150_000
MOST_OF_ONE = 16
"""How many ways of asking one route are followed: its parameters are read one by one, in any company."""
LENS = {"range", "by", "is", "where"}
"""Every page reads these by the same code: a link with any of them is one kind."""


@pytest.fixture(scope="session")
def facts(visitor: Visitor) -> Facts:
    return furnish(visitor)


def shows_new_colours(name: str) -> bool:
    """Whether a page is the first of its route: others of it are drawn of the same parts, and CI looks at all."""
    if EXAMPLES >= 100:
        return True
    route = PAGES[name].partition("?")[0]
    return name == next(other for other, address in PAGES.items() if address.partition("?")[0] == route)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_light_and_dark_wide_and_narrow(name: str, glance: Callable[..., Page], facts: Facts) -> None:
    page = glance(facts.address(name), expected={404} if name == "no such page" else None)
    assert page.locator("h1").count() == 1
    assert find_overflow(page) == []
    assert find_faults(page) == []
    page.emulate_media(color_scheme="dark")
    if shows_new_colours(name):
        assert find_faults(page, rules=OF_COLOUR) == [], "dark: what is not colour is as above"
    page.set_viewport_size({"width": 320, "height": 720})
    assert find_overflow(page) == [], "at 320 px"


def test_every_route_is_among_the_pages_looked_at(facts: Facts) -> None:
    seen = {shape_of(urlsplit(facts.address(name)).path) for name in PAGES}
    assert set(page_routes()) - seen - OUTSIDE - NOT_PAGES == set()


def test_no_link_leads_nowhere(visitor: Visitor) -> None:
    """Follows links from Home as deep as new kinds of page are found, one of each kind."""
    waiting, seen, kinds = ["/"], {"/"}, set[str]()
    while waiting:
        address = waiting.pop(0)
        answer = visitor.get(address)
        assert answer.status_code < 400, f"{address}: {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for link in read_links(answer.text):
            assert link.startswith(("/", "?")), f"{address} leads to {link}"
            target = link.partition("#")[0]
            if target.startswith("?"):
                target = urlsplit(address).path + target
            where = urlsplit(target)
            names = set(parse_qs(where.query))
            kind = f"{shape_of(where.path)}?{'&'.join(sorted(names - LENS))}&{bool(names & LENS)}"
            if target in seen or kind in kinds or ".csv" in kind or ".svg" in kind:
                continue
            if sum(other.partition("?")[0] == kind.partition("?")[0] for other in kinds) >= MOST_OF_ONE:
                continue
            seen.add(target)
            kinds.add(kind)
            waiting.append(target)
    reached = {kind.partition("?")[0] for kind in kinds}
    assert {"/customers/{ref:str}", "/journeys/{journey_id:str}/cell", "/scores", "/settings"} <= reached


def test_the_scripts_of_a_page_stay_small(look: Callable[..., Page], facts: Facts) -> None:
    page = look(facts.address("map"))
    sources = page.eval_on_selector_all("script[src]", "all => all.map(one => one.src)")
    assert len(sources) >= 4
    sizes = {source: len(gzip.compress(page.request.get(source).body())) for source in sources}
    assert sum(sizes.values()) <= MOST_SCRIPT, sizes
    assert page.locator("script:not([src])").count() == 0
