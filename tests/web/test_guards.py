"""What every answer carries, and what the server takes for a request: the parts of ASVS 5 that no page shows."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from browsing import Browser, a_user

from heartline.app import Heartline
from heartline.web import make_site

EVERYWHERE = [
    ("GET", "/settings"),
    ("GET", "/health"),
    ("GET", "/nothing-here"),
    ("GET", "/assets/nothing.css"),
    ("GET", "/settings/audit.csv"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/nothing"),
    ("POST", "/v1/track"),
    ("OPTIONS", "/v1/track"),
    ("GET", "/v1/projects/x/settings"),
    ("POST", "/hooks/1"),
    ("POST", "/batch"),
]


def test_every_answer_is_inert_elsewhere_and_strict_over_https(heartline: Heartline) -> None:
    with Browser(heartline, base="https://heartline.test") as browser:
        browser.sign_in(a_user(heartline))
        for method, path in EVERYWHERE:
            headers = browser.ask(method, path).headers
            policy = headers["content-security-policy"]
            for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
                assert part in policy, path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers.get_list("strict-transport-security") == ["max-age=31536000"], path
            assert headers["content-type"].count("charset") <= 1, path


def test_over_http_nothing_is_promised_of_https(owner: Browser) -> None:
    for path in ("/settings", "/v1/track", "/api/v1/me"):
        assert "strict-transport-security" not in owner.get(path).headers


def test_files_are_taken_away_and_never_opened_in_our_place(owner: Browser) -> None:
    answer = owner.get("/settings/audit.csv")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_nothing_of_anybody_is_cached(owner: Browser) -> None:
    for method, path in EVERYWHERE:
        if not path.startswith("/assets/"):
            assert owner.ask(method, path).headers["cache-control"] == "no-store", path


def test_passwords_are_masked_and_managers_may_help(owner: Browser, stranger: Browser) -> None:
    for text, kinds in ((stranger.get("/sign-in").text, {"current"}), (owner.get("/account").text, {"current", "new"})):
        fields = [
            field for field in re.findall(r"<input[^>]*>", text) if re.search(r'name="(password|current)"', field)
        ]
        assert fields
        assert all('type="password"' in field for field in fields)
        found = {kind for field in fields for kind in re.findall(r'autocomplete="(\w+)-password"', field)}
        assert found <= kinds
        assert found


def test_a_session_ends_at_its_end(heartline: Heartline) -> None:
    kept, user = heartline.stores.kept, a_user(heartline)
    kept.add_session(b"t", user_id=user.user_id, csrf="c", expires_us=100)
    assert kept.session(b"t", now_us=99) is not None
    assert kept.session(b"t", now_us=101) is None
    with Browser(heartline) as browser:
        browser.sign_in(user)
        hours = heartline.settings.session_hours
        cookie = next(cookie for cookie in browser.cookies.jar if cookie.name == "heartline")
        assert cookie.expires is not None
        assert abs(cookie.expires - time.time() - hours * 3600) < 60


def test_an_owner_ends_the_sessions_of_others(owner: Browser, viewer: Browser, heartline: Heartline) -> None:
    number = next(user.user_id for user in heartline.stores.kept.users() if user.email.startswith("viewer"))
    assert viewer.get("/account").status_code == 200
    assert owner.post(f"/settings/people/{number}/sessions").status_code == 303
    assert viewer.get("/account").status_code == 303


def test_signing_out_clears_what_the_browser_kept(owner: Browser) -> None:
    assert owner.post("/sign-out").headers["clear-site-data"] == '"cache", "storage"'


def test_nothing_of_the_house_is_served_and_no_list_of_files(owner: Browser) -> None:
    for path in ("/.git/config", "/.env", "/pyproject.toml", "/assets/", "/assets/../server.py"):
        answer = owner.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/html"), path


@pytest.fixture
def port(heartline: Heartline) -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(make_site(heartline), lifespan="off", log_level="critical", server_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


def speak(port: int, said: bytes, *, patience_s: float = 120, quiet_s: float = 120) -> bytes:
    """Return what is answered until the server hangs up, or says nothing more for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as line:
        line.sendall(said)
        heard = b""
        with contextlib.suppress(TimeoutError):
            while more := line.recv(65_536):
                heard += more
                line.settimeout(quiet_s)
    return heard


def test_a_request_has_one_length_or_is_none(port: int) -> None:
    """Whatever a proxy in front makes of it, a second request never hides in the body of the first (4.2.1)."""
    hidden = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    start = b"POST /sign-in HTTP/1.1\r\nhost: x\r\n"
    doubtful = {
        "both": start + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
        "both, the other way": start + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n" + hidden,
        "two lengths": start + b"content-length: 0\r\ncontent-length: %d\r\n\r\n" % len(hidden) + hidden,
        "no number": start + b"content-length: 0x\r\n\r\n" + hidden,
        "a space before the colon": start + b"content-length : 0\r\n\r\n" + hidden,
        "an odd coding": start + b"transfer-encoding: xchunked\r\n\r\n" + hidden,
        "a folded header": start + b"x: y\r\n content-length: 0\r\n\r\n" + hidden,
    }
    both = start + b"content-length: 0\r\n\r\n" + hidden
    assert speak(port, both).count(b"HTTP/1.1 ") == 2, "two requests that are two are answered"
    for name, said in doubtful.items():
        heard = speak(port, said, patience_s=5, quiet_s=0.3)
        assert heard.count(b"HTTP/1.1 ") <= 1, name
        assert b'"status"' not in heard, name


def test_trace_is_not_served_and_no_server_is_named(port: int) -> None:
    heard = speak(port, b"TRACE / HTTP/1.1\r\nhost: x\r\ncookie: a=secret\r\nconnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 405")
    assert b"secret" not in heard
    assert b"\r\nserver:" not in heard.lower()
