"""The second factor, sessions, tokens and people's pages: what guards the way in beyond a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pyotp
import pytest
from browsing import PASSWORD, Browser, a_user

from heartline.app import Heartline
from heartline.records import UNBOUND, Bounds, Right, Role
from heartline.web import issue_entry_link, make_site, second
from heartline.web.links import issue_password_link
from heartline.web.pages.account import name_agent
from heartline.web.second import confirm_factor
from heartline.web.throttle import ACCOUNT_FREE, Throttle
from heartline.web.tokens import make_token
from heartline.web.ways_in import WaysIn, keep_ways_in

BEGUN_S = 1_800_000_000


class Clock:
    def __init__(self) -> None:
        self.now_s = BEGUN_S

    def __call__(self) -> int:
        return self.now_s * 1_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(second, "now_us", made)
    monkeypatch.setattr("heartline.web.visit.Throttle", lambda: Throttle(clock=lambda: made.now_s))
    return made


@pytest.fixture
def guarded(heartline: Heartline, clock: Clock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """An owner with a second factor, its app, and the recovery codes; the code that confirmed it is long past."""
    user = a_user(heartline)
    secret = second.begin_factor(heartline, user)
    app = pyotp.TOTP(secret)
    codes = confirm_factor(heartline, user, app.at(clock.now_s))
    clock.now_s += 300
    return app, codes


@pytest.fixture
def door(heartline: Heartline, guarded: object) -> Iterator[Browser]:
    """A browser whose password was right."""
    with Browser(heartline, site=make_site(heartline)) as browser:
        given = {"email": "owner@example.com", "password": PASSWORD, "next": "/settings"}
        answer = browser.post("/sign-in", given, form="/sign-in")
        assert answer.headers["location"].startswith("/sign-in/second")
        assert browser.get("/account").status_code == 303, "the password alone opens nothing"
        yield browser


def a_wrong_code(app: pyotp.TOTP, clock: Clock) -> str:
    """A code that is right at no time near."""
    near = {app.at(clock.now_s + 30 * step) for step in range(-9, 10)}
    return next(code for code in ("000000", *(f"{number:06}" for number in range(1, 30))) if code not in near)


def show(browser: Browser, code: str) -> int:
    return browser.post("/sign-in/second", {"code": code, "next": "/settings"}, form="/sign-in/second").status_code


def test_codes_are_those_of_rfc_6238(monkeypatch: pytest.MonkeyPatch, heartline: Heartline) -> None:
    """Golden: RFC 6238, appendix B (SHA-1, truncated to our six digits)."""
    user = a_user(heartline)
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at_s, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
        heartline.stores.kept.set_second_factor(user.user_id, secret=secret, confirmed=False)
        monkeypatch.setattr(second, "now_us", lambda at_s=at_s: at_s * 1_000_000)
        assert len(confirm_factor(heartline, user, code)) == second.RECOVERY_CODES
        heartline.stores.kept.drop_second_factor(user.user_id)


def test_a_code_lets_in_once_and_none_older_does(
    door: Browser, heartline: Heartline, guarded: tuple[pyotp.TOTP, tuple[str, ...]], clock: Clock
) -> None:
    app, _ = guarded
    now, before = app.at(clock.now_s), app.at(clock.now_s - 30)
    assert show(door, a_wrong_code(app, clock)) == 403
    assert show(door, now) == 303
    assert door.get("/settings").status_code == 200
    with Browser(heartline) as other:
        other.post("/sign-in", {"email": "owner@example.com", "password": PASSWORD}, form="/sign-in")
        assert show(other, now) == 403, "used"
        assert show(other, before) == 403, "older than one that was used"
        assert show(other, app.at(clock.now_s + 90)) == 403, "too early"
        clock.now_s += 60
        assert show(other, f" {app.at(clock.now_s - 30)[:3]} {app.at(clock.now_s - 30)[3:]} ") == 303, (
            "a clock too late"
        )


def test_a_recovery_code_lets_in_once_however_it_is_typed(
    door: Browser, heartline: Heartline, guarded: tuple[pyotp.TOTP, tuple[str, ...]]
) -> None:
    _, codes = guarded
    assert len(set(codes)) == second.RECOVERY_CODES
    assert show(door, codes[3].upper().replace("-", " ")) == 303
    assert heartline.stores.kept.recovery_left(1) == second.RECOVERY_CODES - 1
    with Browser(heartline) as other:
        other.post("/sign-in", {"email": "owner@example.com", "password": PASSWORD}, form="/sign-in")
        assert show(other, codes[3]) == 403
        assert show(other, codes[4]) == 303


def test_guessing_gets_slow_and_a_reset_link_does_not_go_around_it(
    door: Browser, heartline: Heartline, guarded: tuple[pyotp.TOTP, tuple[str, ...]], clock: Clock
) -> None:
    app, _ = guarded
    told = [show(door, a_wrong_code(app, clock)) for _ in range(ACCOUNT_FREE + 2)]
    assert told[:ACCOUNT_FREE] == [403] * ACCOUNT_FREE
    assert told[-1] == 503
    assert show(door, app.at(clock.now_s)) == 503, "even the right one waits"
    path = issue_password_link(heartline, heartline.stores.kept.users()[0])
    with Browser(heartline) as other:
        given = {"token": path.partition("token=")[2], "password": "another sentence nobody guesses"}
        answer = other.post("/password", given, form=path)
        assert answer.headers["location"] == "/sign-in/second"
        assert other.get("/settings").status_code == 303


def test_it_is_set_up_and_taken_away_on_ones_page(owner: Browser, heartline: Heartline, clock: Clock) -> None:
    page = owner.get("/account/second").text
    assert '<svg class="qr"' in page
    factor = heartline.stores.kept.second_factor(1)
    assert factor is not None
    app = pyotp.TOTP(factor.secret)
    assert owner.post("/account/second", {"code": "12"}, form="/account/second").status_code == 400
    shown = owner.post("/account/second", {"code": app.at(clock.now_s)}, form="/account/second")
    codes = list(dict.fromkeys(re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", shown.text)))
    assert len(codes) == second.RECOVERY_CODES
    assert factor.secret not in owner.get("/account/second").text, "the secret is never shown again"
    assert owner.post("/account/second/drop", {"code": "999"}, form="/account/second").status_code == 403
    made = owner.post("/account/second/codes", {"code": codes[0]}, form="/account/second").text
    assert codes[1] not in made
    clock.now_s += 60
    dropped = owner.post("/account/second/drop", {"code": app.at(clock.now_s)}, form="/account/second")
    assert (dropped.status_code, heartline.stores.kept.second_factor(1)) == (303, None)


def test_a_workspace_that_demands_it_opens_nothing_else(heartline: Heartline, clock: Clock) -> None:
    keep_ways_in(heartline, WaysIn(second_factor=(Role.AGENT,)))
    agent = a_user(heartline, role=Role.AGENT, email="agent@example.com")
    token, _ = make_token(heartline, agent, name="x", rights=[Right.SEE_FIGURES])
    with Browser(heartline) as browser:
        browser.sign_in(agent)
        assert browser.get("/cases").headers["location"] == "/account/second"
        assert browser.get("/cases", headers={"accept": "application/json"}).json()["code"] == "enrol_first"
        bearer = {"authorization": f"Bearer {token}", "accept": "application/json"}
        assert browser.get("/api/v1/scores", headers=bearer).status_code == 403
        assert "asks for a second factor" in browser.get("/account/second").text
        factor = heartline.stores.kept.second_factor(agent.user_id)
        assert factor is not None
        browser.post("/account/second", {"code": pyotp.TOTP(factor.secret).at(clock.now_s)}, form="/account/second")
        assert browser.get("/cases").status_code == 200


def test_who_came_in_by_a_link_sets_a_first_password(heartline: Heartline) -> None:
    with Browser(heartline) as browser:
        browser.get(issue_entry_link(heartline))
        assert "Password now" not in browser.get("/account").text
        assert browser.post("/account/password", {"password": "short"}).status_code == 400
        assert browser.post("/account/password", {"password": PASSWORD}).status_code == 303
        assert "Password now" in browser.get("/account").text
        assert browser.post("/account/password", {"password": "an altogether other one"}).status_code == 400
        given = {"email": "you@example.com", "password": PASSWORD}
        assert browser.post("/sign-in", given).headers["location"] == "/"


def test_sessions_are_listed_and_ended(owner: Browser, heartline: Heartline) -> None:
    user = heartline.stores.kept.users()[0]
    agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
    with Browser(heartline) as phone, Browser(heartline) as tablet:
        for browser in (phone, tablet):
            browser.sign_in(user)
            browser.cookies.update({})
        assert owner.get("/account/sessions", headers={"user-agent": agent}).text.count("End it") == 2
        names = re.findall(r'name="session" value="([^"]+)"', owner.get("/account/sessions").text)
        assert owner.post("/account/sessions", {"session": names[0]}).status_code == 303
        alive = [browser.get("/account").status_code for browser in (phone, tablet)]
        assert sorted(alive) == [200, 303]
        assert owner.post("/account/sessions", {"session": "f" * 16}).status_code == 404
        assert owner.post("/account/sessions", {"others": "1"}).status_code == 303
        assert {browser.get("/account").status_code for browser in (phone, tablet)} == {303}
        assert owner.get("/account").status_code == 200
    assert name_agent(agent) == "Firefox on Linux"
    assert name_agent("curl/8") == "curl/8"


def test_a_token_is_shown_once_and_is_never_more_than_its_maker(heartline: Heartline) -> None:
    viewer = a_user(heartline, role=Role.VIEWER)
    with Browser(heartline) as browser:
        browser.sign_in(viewer)
        rights = ["see_figures", "erase", "sign_in", "manage_people", "nonsense"]
        page = browser.post("/account/tokens", {"token_name": "BI", "token_right": rights, "token_days": "7"})
        token = re.search(r"hl_[\w-]{43}", unescape(page.text))
        assert token, page.text[:300]
        kept = heartline.stores.kept.api_tokens(viewer.user_id)
        assert [one.rights for one in kept] == [frozenset({Right.SEE_FIGURES})]
        assert token.group(0) not in browser.get("/account/tokens").text
        assert browser.post("/account/tokens", {"token_name": "none", "token_right": ["erase"]}).status_code == 400
        with Browser(heartline) as program:
            bearer = {"authorization": f"Bearer {token.group(0)}"}
            assert program.get("/api/v1/scores", headers=bearer).status_code == 200
            assert program.get("/", headers=bearer).status_code == 303, "a token opens no page"
            assert program.get("/api/v1/customers", headers=bearer).status_code == 403
            assert heartline.stores.kept.audit(limit=1)[0].who == f"{viewer.email} (token {kept[0].token_id})"
            browser.post(f"/account/tokens/{kept[0].token_id}/revoke")
            assert program.get("/api/v1/scores", headers=bearer).status_code == 401


def test_a_token_falls_with_the_rights_of_its_maker(heartline: Heartline) -> None:
    maker = a_user(heartline, role=Role.MANAGER)
    token, _ = make_token(heartline, maker, name="x", rights=[Right.EXPORT, Right.IMPORT])
    from heartline.web.sessions import find_token  # noqa: PLC0415

    session = find_token(heartline, token)
    assert session is not None
    assert session.rights == {Right.EXPORT, Right.IMPORT}
    heartline.stores.kept.set_user(maker.user_id, role=Role.AGENT)
    session = find_token(heartline, token)
    assert session is not None
    assert session.rights == frozenset()
    heartline.stores.kept.set_user(maker.user_id, enabled=False)
    assert find_token(heartline, token) is None


def test_an_owner_invites_binds_and_is_never_bound(owner: Browser, heartline: Heartline) -> None:
    page = owner.post("/settings/people", {"person_name": "Bo", "person_email": "bo@x.org", "role": "agent"})
    assert "/password?token=" in page.text
    user = heartline.stores.kept.user_by_email("bo@x.org")
    assert user is not None
    path = f"/settings/people/{user[0].user_id}"
    assert owner.post("/settings/teams", {"team_name": "Night"}).status_code == 303
    given = {"role": "agent", "bounds": "1", "place": ["Nord", "Süd"], "team": "1"}
    assert owner.post(path, given).status_code == 303
    bounds = heartline.stores.kept.standing(user[0].user_id).bounds
    assert bounds == Bounds(places=("Nord", "Süd"), team_id=1)
    assert owner.post(path, {"role": "owner"}).status_code == 409, "an owner sees everything"
    assert owner.post(path, {"role": "owner", "bounds": "1"}).status_code == 303
    assert heartline.stores.kept.standing(user[0].user_id).bounds == UNBOUND
    assert owner.post("/settings/people/1", {"bounds": "1", "place": ["Nord"]}).status_code == 409
    assert owner.post("/settings/people/1/second").status_code == 409


def test_the_audit_says_who_saw_and_did_what(owner: Browser, viewer: Browser, heartline: Heartline) -> None:
    viewer.get("/settings/audit")
    owner.get("/answers.csv")
    owner.get("/answers.csv")
    lines = [(line.who, line.what) for line in heartline.stores.kept.audit(limit=20)]
    assert ("viewer@example.com", "refused") in lines
    assert lines.count(("owner@example.com", "file.taken")) == 2
    assert ("viewer@example.com", "sign_in.done") in lines
    page = unescape(owner.get("/settings/audit?who=viewer@example.com&what=refused").text)
    assert "GET /settings/audit: see_audit" in page
    assert "Took a file" in owner.get("/settings/audit").text
    rows = owner.get("/settings/audit.csv?what=refused").text.splitlines()
    assert rows[0].lstrip("\ufeff") == "number,time_utc,who,what,detail"
    assert all(",refused," in row for row in rows[1:])
    owner.post("/settings/ways-in", {"audit_days": "1", "second": ["owner"]}, form="/account/second")
    old = heartline.stores.kept.audit(limit=1)[0].at_us + 2 * 86_400_000_000
    from heartline.web import audits  # noqa: PLC0415

    patched = pytest.MonkeyPatch()
    with patched.context() as patch:
        patch.setattr(audits, "now_us", lambda: old)
        assert audits.forget_audit(heartline) > 0
    assert heartline.stores.kept.audit(limit=5) == []
