"""Every route as every role, nobody, a bound user, a revoked session and tokens: refused where forbidden, and what
lies at another place is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from browsing import Browser
from rights_page import PAGE, Asked, read_routes, render
from two_places import NORTH, SOUTH, TwoPlaces, open_two_places

from heartline.records import AT_A_PLACE, RIGHTS, Right, Role
from heartline.web import Site, make_site

ROUTES = read_routes()
JSON = {"accept": "application/json"}
AS_FRAGMENT = {"hx-request": "true"}
AS_STREAM = {"accept": "text/event-stream"}
PERSONAS = [*(role.value for role in Role), "north"]
TAILS = ("", "?range=all", f"?range=all&by=place&is={SOUTH}", f"?q=Person{SOUTH}")
FOR_PROGRAMS = {"/metrics"}
"""Pages for programs: a token opens them as it opens the API, and nobody is sent to sign in."""
SECRETS = (f"Person{SOUTH}", f"Words{SOUTH}", f"Case{SOUTH}", f"@{SOUTH.lower()}.example", f"{SOUTH.lower()}-")


@pytest.fixture(scope="module")
def two() -> Iterator[TwoPlaces]:
    opened = open_two_places()
    with opened.heartline:
        yield opened


@pytest.fixture(scope="module")
def site(two: TwoPlaces) -> Site:
    return make_site(two.heartline)


def fill(two: TwoPlaces, path: str, place: str) -> str:
    known = {
        "ref": two.people[place].ref,
        "customer_ref": two.people[place].ref,
        "customer": two.people[place].ref,
        "case_id": str(two.cases[place].case_id),
        "source_id": "1",
        "user_id": str(two.users["viewer"].user_id),
        "journey_id": "proposed",
    }
    return re.sub(r"\{(\w+)\}", lambda m: known.get(m.group(1), "1"), path)


def rights_of_persona(name: str) -> frozenset[Right]:
    if name in {"north", "upper"}:
        return RIGHTS[Role.MANAGER] & AT_A_PLACE
    return RIGHTS[Role(name)]


def code_of(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return ""
    return str(told.get("code", "")) if isinstance(told, dict) else ""


def judge_refused(browser: Browser, asked: Asked, path: str, **given: object) -> list[str]:
    """Ask in every way a browser or a program can; return what was not refused."""
    told = [("json", browser.ask(asked.method, path, headers=JSON, **given))]
    if asked.method == "GET" and not asked.is_api:
        told += [
            ("page", browser.get(path)),
            ("fragment", browser.get(path, headers=AS_FRAGMENT)),
            ("stream", browser.get(path, headers=AS_STREAM)),
            ("head", browser.ask("HEAD", path, headers=JSON)),
        ]
    wrong = [f"{asked.method} {path} as {how}: {one.status_code}" for how, one in told if one.status_code != 403]
    return wrong + ([] if code_of(told[0][1]) == "no_right" else [f"{asked.method} {path}: {told[0][1].text[:80]}"])


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_forbidden_pair_is_refused_and_every_other_is_not(two: TwoPlaces, site: Site, persona: str) -> None:
    rights, wrong, refused = rights_of_persona(persona), [], 0
    with Browser(two.heartline, site=site) as browser:
        browser.sign_in(two.users[persona])
        for asked in ROUTES:
            path = fill(two, asked.path, NORTH)
            if asked.right is None:
                continue
            if asked.right not in rights:
                wrong += judge_refused(browser, asked, path)
                refused += 1
                continue
            # A change without its form's token goes no further than the judge.
            answer = browser.ask(asked.method, path, headers=JSON)
            code = code_of(answer)
            if code in {"no_right", "signed_out"} or (answer.status_code == 403) != (code == "stale_form"):
                wrong.append(f"{asked.method} {path}: {answer.status_code} {code}")
    assert wrong == []
    assert refused >= (0 if persona == "owner" else 4)


@pytest.mark.parametrize("persona", ["nobody", "revoked"])
def test_nobody_is_let_in_without_a_live_session(two: TwoPlaces, site: Site, persona: str) -> None:
    wrong = []
    with Browser(two.heartline, site=site) as browser:
        if persona == "revoked":
            browser.sign_in(two.users["owner"])
            assert browser.get("/account").status_code == 200
            two.heartline.stores.kept.end_sessions(two.users["owner"].user_id)
        for asked in ROUTES:
            path = fill(two, asked.path, NORTH)
            if asked.right is None:
                continue
            answer = browser.ask(asked.method, path, headers=JSON)
            if (answer.status_code, code_of(answer)) != (401, "signed_out"):
                wrong.append(f"{asked.method} {path}: {answer.status_code} {answer.text[:80]}")
            if asked.method == "GET" and not asked.is_api and asked.path not in FOR_PROGRAMS:
                page, stream = browser.get(path), browser.get(path, headers=AS_STREAM)
                piece = browser.get(path, headers=AS_FRAGMENT)
                if {page.status_code, stream.status_code} != {303} or piece.content or page.content:
                    wrong.append(f"{path}: {page.status_code} {stream.status_code} {piece.text[:40]}")
    assert wrong == []


def test_a_token_opens_what_it_was_granted_in_the_api_and_no_page(two: TwoPlaces, site: Site) -> None:
    bearer = {"authorization": f"Bearer {two.tokens['figures']}", **JSON}
    wrong = []
    with Browser(two.heartline, site=site) as browser:
        for asked in ROUTES:
            path = fill(two, asked.path, NORTH)
            if asked.right is None:
                continue
            answer = browser.ask(asked.method, path, headers=bearer)
            if asked.is_api or asked.path in FOR_PROGRAMS:
                expected = (
                    answer.status_code not in {401, 403}
                    if asked.right is Right.SEE_FIGURES
                    else (answer.status_code == 403 and code_of(answer) == "no_right")
                )
            else:
                expected = answer.status_code == 401
            if not expected:
                wrong.append(f"{asked.method} {path}: {answer.status_code} {answer.text[:60]}")
    assert wrong == []


def readable(two: TwoPlaces, place: str, rights: frozenset[Right]) -> list[tuple[Asked, str]]:
    return [
        (asked, fill(two, asked.path, place))
        for asked in ROUTES
        if asked.method == "GET" and asked.right in rights and asked.path != "/data/live"
    ]


@pytest.mark.parametrize("persona", ["north", "upper"])
def test_what_lies_at_another_place_is_not_found_and_never_told(two: TwoPlaces, site: Site, persona: str) -> None:
    told, wrong, found = 0, [], 0
    with Browser(two.heartline, site=site) as owner, Browser(two.heartline, site=site) as bound:
        owner.sign_in(two.users["owner"])
        bound.sign_in(two.users[persona])
        for asked, path in readable(two, NORTH, rights_of_persona(persona)):
            for tail in TAILS if persona == "north" else ("",):
                if asked.is_api and tail:
                    continue
                mine, theirs = bound.get(path + tail).text, owner.get(path + tail).text
                told += any(word in theirs for word in SECRETS)
                # What was asked for is said back; the form that asks for it is no answer.
                mine = mine.replace(f"Person{SOUTH}", "") if "q=" in tail else mine
                wrong += [f"{path}{tail} tells {word}" for word in SECRETS if word in mine]
        for asked, path in readable(two, SOUTH, rights_of_persona(persona)):
            if not re.search(r"\{(ref|case_id|customer\w*)\}", asked.path):
                continue
            here, there = bound.get(fill(two, asked.path, NORTH), headers=JSON), bound.get(path, headers=JSON)
            found += here.status_code == 200
            if there.status_code != 404:
                wrong.append(f"{path}: {there.status_code}")
    assert wrong == []
    assert told >= 5, "the control: an owner is told"
    assert found >= 2, "the control: their own is found"


def test_a_bound_token_finds_nothing_of_another_place(two: TwoPlaces, site: Site) -> None:
    wrong, told = [], 0
    with Browser(two.heartline, site=site) as browser:
        for asked, path in readable(two, SOUTH, AT_A_PLACE):
            if not asked.is_api:
                continue
            whole = browser.get(path, headers={"authorization": f"Bearer {two.tokens['whole']}"})
            bound = browser.get(path, headers={"authorization": f"Bearer {two.tokens['north']}"})
            told += any(word in whole.text for word in SECRETS)
            wrong += [f"{path} tells {word}" for word in SECRETS if word in bound.text]
            if "{" in asked.path and whole.status_code == 200 and SOUTH in whole.text and bound.status_code != 404:
                wrong.append(f"{path}: {bound.status_code}")
    assert wrong == []
    assert told >= 1 or not any("{ref}" in asked.path for asked in ROUTES if asked.is_api), "the control"


@pytest.mark.parametrize("persona", ["north", "upper"])
def test_changes_to_another_place_are_not_found(two: TwoPlaces, site: Site, persona: str) -> None:
    with Browser(two.heartline, site=site) as bound:
        bound.sign_in(two.users[persona])
        theirs, mine = two.cases[SOUTH].case_id, two.cases[NORTH].case_id
        assert bound.post(f"/cases/{theirs}", {"act": "note", "note": "x"}).status_code == 404
        assert bound.post(f"/cases/{mine}", {"act": "note", "note": "x"}).status_code == 303
        opened = bound.post("/cases", {"handle": two.people[SOUTH].ref, "title": "x", "due": "2030-01-01"})
        assert opened.status_code == 404
        seq = bound.post("/cases", {"seq": str(two.cases[SOUTH].seq), "title": "x", "due": "2030-01-01"})
        assert seq.status_code == 404
    assert [note.text for note in two.heartline.stores.kept.case(theirs).notes if note.text == "x"] == []


def test_the_docs_page_is_what_the_code_says() -> None:
    told = "run: python tests/web/rights_page.py"
    assert PAGE.read_text(encoding="utf-8") == render(), told


@pytest.mark.parametrize("persona", ["viewer", "analyst"])
def test_who_may_not_see_personal_data_is_never_told_a_name(two: TwoPlaces, site: Site, persona: str) -> None:
    wrong, told, names = [], 0, (f"Person{NORTH}", f"@{NORTH.lower()}.example", f"{NORTH.lower()}-")
    with Browser(two.heartline, site=site) as owner, Browser(two.heartline, site=site) as masked:
        owner.sign_in(two.users["owner"])
        masked.sign_in(two.users[persona])
        # An analyst reads what a viewer reads, and files.
        rights = rights_of_persona(persona) if persona == "viewer" else frozenset({Right.EXPORT})
        for asked, path in readable(two, NORTH, rights):
            for tail in ("", "?q=9") if asked.path in {"/customers", "/find"} else ("",):
                told += any(name in owner.get(path + tail).text for name in names)
                wrong += [f"{path}{tail} tells {name}" for name in names if name in masked.get(path + tail).text]
        # Whether somebody is here cannot be tried out either.
        tried = masked.get(f"/customers?q={NORTH.lower()}-1@{NORTH.lower()}.example").text
        assert two.people[NORTH].ref not in tried
    assert wrong == []
    assert told >= (4 if persona == "viewer" else 1), "the control: an owner is told"
