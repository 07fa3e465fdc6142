from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import Browser

from heartline.app import Heartline
from heartline.errors import Conflict, Unavailable
from heartline.web import handlers
from heartline.web.visit import Visit

PAGES = ["/settings", "/account", "/begin", "/find", "/data", "/data/live", "/data/refused", "/data/account"]
POISON = [
    "?range=zzz&by=place&is=%00",
    "?range=99999999w",
    "?range=2026-13-45..9999-99-99",
    "?range=0001-01-01..9999-12-31",
    "?by=__proto__&is=%F0%9F%92%A5",
    "?by=trait:%27%3B--&is=%27%20OR%201=1",
    "?by=channel",
    "?is=x",
    "?page=-1&before=-99999999999999999999999999",
    "?page=1e309&before=99999999999999999999999999999&limit=%F0",
    "?q=%25%00%27%22%3Cscript%3E&q=2",
    "?q=" + "a" * 7_000,
    "?%ff=%fe&&&==&;",
    "?" + "&".join(f"k{n}={n}" for n in range(500)),
    "?kit=../../etc/passwd&paused=%E2%80%AE",
]


def test_health_is_open_and_says_ok(stranger: Browser) -> None:
    answer = stranger.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert stranger.ask("HEAD", "/health").status_code == 200
    assert stranger.ask("HEAD", "/health").content == b""


def test_health_says_so_when_the_projector_has_stopped(stranger: Browser, heartline: Heartline) -> None:
    heartline.projector_error = "a bug"
    assert stranger.get("/health").status_code == 503


@pytest.mark.parametrize("path", ["/", *PAGES, "/journeys", "/settings?range=4w"])
def test_strangers_are_asked_to_sign_in(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_stranger_who_is_a_program_or_htmx_is_told_in_its_own_tongue(stranger: Browser) -> None:
    told = stranger.get("/settings", headers={"accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (401, "signed_out")
    assert stranger.get("/data/live", headers={"hx-request": "true"}).headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize("path", [*PAGES, "/nope", "/sign-in", "/health", "/assets/css/base.css", "/enter?token=x"])
def test_every_answer_is_guarded(owner: Browser, stranger: Browser, path: str) -> None:
    nonces = set()
    for browser in (owner, stranger):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        nonces.add(re.search(r"'nonce-([^']+)'", policy).group(1))  # type: ignore[union-attr]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
        assert "strict-transport-security" not in answer.headers
    assert len(nonces) == 2


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_inline_code_and_name_no_other_host(owner: Browser, path: str) -> None:
    text = owner.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"\sstyle=", text)
    hosts = set(re.findall(r'(?:src|href|action)="(https?://[^"]+)"', text))
    assert hosts == set()
    nonce = re.search(r"'nonce-([^']+)'", owner.get(path).headers["content-security-policy"])
    assert nonce


def test_an_unknown_page_is_a_designed_404(owner: Browser, stranger: Browser) -> None:
    for browser in (owner, stranger):
        answer = browser.get("/no/such/page")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
    told = owner.get("/no/such", headers={"accept": "application/json"})
    assert told.json() == {
        "success": False,
        "code": "no_page",
        "message": "There is no page at this address.",
        "detail": "It may have been moved or removed.",
    }


def test_a_method_that_is_not_served_is_405(owner: Browser) -> None:
    assert owner.ask("DELETE", "/settings").status_code == 405


def test_a_bug_is_a_page_with_an_id_and_never_a_trace(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, heartline: Heartline
) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        secret = "s3cret-in-a-local"
        raise RuntimeError(f"the database said {secret}")

    owner.get("/data")
    monkeypatch.setattr(heartline.stores.derived, "counters", break_down)
    answer = owner.get("/data")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "s3cret" not in answer.text
    assert "Traceback" not in answer.text
    assert re.search(r"<code>[0-9a-f]{12}</code>", answer.text)
    assert answer.headers["content-security-policy"]


def test_the_families_become_their_status(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, heartline: Heartline
) -> None:
    def wait(*_: Any, **__: Any) -> None:
        raise Unavailable("busy", "The disk is full.", "Free some.", retry_after_s=7)

    def clash(*_: Any, **__: Any) -> None:
        raise Conflict("moved", "It moved.", "Look again.")

    monkeypatch.setattr(heartline.stores.derived, "counters", wait)
    answer = owner.get("/data")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert "Try again" in answer.text
    monkeypatch.setattr(heartline.stores.derived, "counters", clash)
    assert owner.get("/data").status_code == 409


@pytest.mark.parametrize("poison", POISON)
def test_poison_in_the_query_never_breaks_a_page(owner: Browser, poison: str) -> None:
    every = [path for path in paths_without_numbers() if path != "/sign-out"]
    for path in every:
        answer = owner.get(path + poison)
        assert answer.status_code < 500, (path, poison, answer.text[:300])


@pytest.mark.parametrize("number", ["0", "99999999999999999999", str(2**63), "x", "%00", "-1", "1e3", "..%2f.."])
def test_poison_in_the_path_never_breaks_a_page(owner: Browser, number: str) -> None:
    for template in templates():
        if "{" in template:
            path = re.sub(r"\{[^}]+\}", number, template)
            assert owner.get(path).status_code < 500, path


def test_poison_headers_never_break_a_page(owner: Browser) -> None:
    for headers in (
        {"cookie": 'heartline=\x01; theme="><script>; a=;;==,'},
        {"cookie": "theme=" + "x" * 9_000},
        {"accept-encoding": "gzip;q=zzz"},
        {"hx-request": "true", "hx-boosted": "maybe"},
        {"accept": "\xff"},
        {"host": 'a"><script>alert(1)</script>'},
    ):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = owner.get("/data", headers=raw)
        assert answer.status_code < 500
        assert "<script>alert" not in answer.text


def test_a_form_that_is_too_large_is_refused(owner: Browser) -> None:
    answer = owner.ask("POST", "/settings/workspace", data={"name": "x" * 400_000})
    assert answer.status_code == 413


def test_assets_are_kept_for_ever_under_their_hash_and_zipped(stranger: Browser) -> None:
    page = stranger.get("/sign-in").text
    sheets = re.findall(r'href="(/assets/css/[^"]+)"', page)
    assert sheets
    for sheet in sheets:
        answer = stranger.get(sheet)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert stranger.get(sheet, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert stranger.get("/assets/css/base.css").headers["cache-control"] == "no-cache"
    assert stranger.get("/assets/css/base.css").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["../server.py", "..%2f..%2fapp.py", "css/../../server.py", "/etc/passwd", "css", ""])
def test_assets_are_only_ours(stranger: Browser, path: str) -> None:
    assert stranger.get("/assets/" + path).status_code == 404


def test_https_is_remembered_and_its_cookies_are_secure(heartline: Heartline) -> None:
    with Browser(heartline, base="https://heartline.test") as browser:
        from browsing import a_user  # noqa: PLC0415

        browser.sign_in(a_user(heartline))
        answer = browser.get("/account")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        names = {cookie.name: cookie for cookie in browser.cookies.jar}
        assert names["__Host-heartline"].secure


def test_the_door_answers_its_own_paths(stranger: Browser) -> None:
    answer = stranger.ask("POST", "/v1/track", json={"userId": "u", "event": "E"})
    assert (answer.status_code, answer.json()["code"]) == (401, "no_write_key")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_head_answers_as_get_without_a_body(owner: Browser) -> None:
    answer = owner.ask("HEAD", "/settings")
    assert (answer.status_code, answer.content) == (200, b"")


def templates() -> list[str]:
    return sorted({path for route in handlers.ROUTES for path in route.paths if "GET" in route.http_methods})


def paths_without_numbers() -> list[str]:
    return [path for path in templates() if "{" not in path]


def test_every_route_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/reference/routes.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(GET|POST|PUT|DELETE) ([^`]+)` \|", text, flags=re.MULTILINE))
    served = {
        (str(method), re.sub(r":\w+\}", "}", path))
        for route in handlers.ROUTES
        for path in route.paths
        for method in route.http_methods
        if method not in {"HEAD", "OPTIONS"}
    }
    assert rows == served


def test_a_visit_reads_numbers_within_bounds(owner: Browser) -> None:
    visit = object.__new__(Visit)
    visit.asked = type("Asked", (), {"query": {"page": "7", "bad": "x", "big": "9" * 30, "neg": "-5"}})()
    assert [visit.number(name, 1, high=100) for name in ("page", "bad", "big", "neg", "none")] == [7, 1, 100, 0, 1]
