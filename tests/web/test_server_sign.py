from __future__ import annotations

import re
import threading
from html import unescape

import pytest
from browsing import PASSWORD, Browser, a_user

from heartline.app import Heartline
from heartline.errors import HeartlineError, Invalid, Missing, Unavailable
from heartline.records import RIGHTS, Role
from heartline.web import handlers, issue_entry_link, issue_setup_link
from heartline.web.admission import path_onward
from heartline.web.links import ENTER, issue_password_link, spend_link
from heartline.web.links import PASSWORD as PASSWORD_LINK
from heartline.web.passwords import UNUSABLE, check_password, hash_password, is_password
from heartline.web.security import is_csrf, make_csrf, mask_csrf
from heartline.web.throttle import ACCOUNT_FREE, ADDRESS_FREE, Throttle

OWNER = {
    "name": "Ada",
    "email": "Ada@Example.com",
    "password": PASSWORD,
    "language": "zh",
    "timezone": "Asia/Shanghai",
    "currency": "cny",
}


def token_of(path: str) -> str:
    return path.partition("token=")[2]


def test_the_first_page_makes_the_first_owner_once(stranger: Browser, heartline: Heartline) -> None:
    link = issue_setup_link(heartline)
    assert stranger.get(link).status_code == 200
    assert stranger.get(link).status_code == 200, "looking spends nothing"
    answer = stranger.post("/setup", {**OWNER, "token": token_of(link)}, form=link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/begin")
    user = heartline.stores.kept.users()[0]
    assert (user.email, user.role, user.language) == ("ada@example.com", Role.OWNER, "zh")
    assert (heartline.workspace.timezone, heartline.workspace.currency) == ("Asia/Shanghai", "CNY")
    assert stranger.get("/begin").status_code == 200
    with Browser(heartline) as other:
        assert other.get(link).status_code == 404
        again = other.ask("POST", "/setup", data={**OWNER, "token": token_of(link)})
        assert again.status_code in {403, 404}
    assert len(heartline.stores.kept.users()) == 1


def test_a_second_setup_link_after_setup_makes_nobody(stranger: Browser, heartline: Heartline) -> None:
    a_user(heartline)
    link = issue_setup_link(heartline)
    answer = stranger.post("/setup", {**OWNER, "token": token_of(link)}, form=link)
    assert answer.status_code == 409
    assert len(heartline.stores.kept.users()) == 1


def test_a_new_setup_link_ends_the_one_before(stranger: Browser, heartline: Heartline) -> None:
    first, second = issue_setup_link(heartline), issue_setup_link(heartline)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "   ", "A name is missing"),
        ("email", "nobody", "no e-mail address"),
        ("password", "short", "12 characters"),
        ("password", "passwordpassword", "among the first that are tried"),
        ("password", "ada@example.com", "among the first that are tried"),
        ("timezone", "Mars/Olympus", "time zone is not known"),
        ("currency", "yuan", "three letters"),
    ],
)
def test_setup_says_which_field_is_wrong_and_spends_nothing(
    stranger: Browser, heartline: Heartline, field: str, value: str, says: str
) -> None:
    link = issue_setup_link(heartline)
    answer = stranger.post("/setup", {**OWNER, "token": token_of(link), field: value}, form=link)
    assert answer.status_code == 400
    assert says in unescape(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert not heartline.stores.kept.users()
    assert stranger.get(link).status_code == 200


def test_an_entry_link_signs_in_once(stranger: Browser, heartline: Heartline) -> None:
    link = issue_entry_link(heartline)
    answer = stranger.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert stranger.get("/account").status_code == 200
    assert stranger.get(link).headers["location"] == "/", "a reload does no harm"
    with Browser(heartline) as other:
        assert other.get(link).status_code == 404
        assert other.get("/account").status_code == 303


def test_of_two_who_spend_one_link_at_once_one_is_refused(heartline: Heartline) -> None:
    token = token_of(issue_entry_link(heartline))
    outcomes: list[str] = []

    def spend() -> None:
        try:
            spend_link(heartline, token, ENTER)
            outcomes.append("in")
        except Missing:
            outcomes.append("refused")

    threads = [threading.Thread(target=spend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 5


def test_links_expire_and_serve_one_purpose(heartline: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    from heartline.web import links  # noqa: PLC0415

    user = a_user(heartline)
    token = token_of(issue_password_link(heartline, user))
    with pytest.raises(Missing):
        links.find_link(heartline, token, ENTER)
    assert links.find_link(heartline, token, PASSWORD_LINK).user_id == user.user_id
    late = links.now_us() + 73 * 3_600_000_000
    monkeypatch.setattr(links, "now_us", lambda: late)
    with pytest.raises(Missing):
        links.find_link(heartline, token, PASSWORD_LINK)


def test_nothing_kept_opens_anything(owner: Browser, heartline: Heartline) -> None:
    link = issue_entry_link(heartline)
    session = owner.cookies["heartline"]
    with heartline.stores.database.engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        everything = "".join(str(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables)
    assert "owner@example.com" in everything, "the control: what is kept is found"
    assert token_of(link) not in everything
    assert session not in everything
    assert PASSWORD not in everything


def test_sign_in_and_out(stranger: Browser, heartline: Heartline) -> None:
    a_user(heartline)
    given = {"email": " OWNER@example.com ", "password": PASSWORD, "next": "/settings"}
    answer = stranger.post("/sign-in", given, form="/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert stranger.get("/settings").status_code == 200
    token = stranger.cookies["heartline"]
    assert stranger.post("/sign-out").headers["location"] == "/sign-in"
    assert stranger.get("/settings").status_code == 303
    assert stranger.get("/settings", headers={"cookie": f"heartline={token}"}).status_code == 303, "ended here too"


def test_signing_in_begins_a_fresh_session_and_ends_the_old(owner: Browser, heartline: Heartline) -> None:
    before = owner.cookies["heartline"]
    owner.post("/sign-in", {"email": "owner@example.com", "password": PASSWORD})
    after = owner.cookies["heartline"]
    assert before != after
    with Browser(heartline) as thief:
        assert thief.get("/account", headers={"cookie": f"heartline={before}"}).status_code == 303


def test_a_wrong_password_and_an_unknown_user_sound_the_same(stranger: Browser, heartline: Heartline) -> None:
    a_user(heartline)
    told = []
    for email in ("owner@example.com", "nobody@example.com"):
        answer = stranger.post("/sign-in", {"email": email, "password": "not the right one"}, form="/sign-in")
        assert answer.status_code == 403
        told.append(re.search(r'role="alert">([^<]+)<', answer.text).group(1))  # type: ignore[union-attr]
    assert told[0] == told[1]


def test_a_user_without_a_password_cannot_sign_in_with_any(heartline: Heartline) -> None:
    assert not is_password("!", UNUSABLE)
    assert not is_password("", UNUSABLE)
    assert not is_password("anything", None)
    assert not is_password("anything", "not a hash")


def test_guessing_becomes_slow_and_the_right_password_waits_too(
    heartline: Heartline, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_user(heartline)
    # The first wait is a second, which a machine that stalls may take for a form.
    monkeypatch.setattr("heartline.web.visit.Throttle", lambda: Throttle(clock=lambda: 0.0))
    with Browser(heartline) as stranger:
        codes = []
        for _ in range(ACCOUNT_FREE + 1):
            answer = stranger.post("/sign-in", {"email": "owner@example.com", "password": "a guess"}, form="/sign-in")
            codes.append(answer.status_code)
        assert codes == [403] * ACCOUNT_FREE + [503]
        assert int(answer.headers["retry-after"]) >= 1
        right = stranger.post("/sign-in", {"email": "owner@example.com", "password": PASSWORD}, form="/sign-in")
        assert right.status_code == 503


def test_the_throttle_backs_off_forgets_and_stays_small() -> None:
    now = 0.0
    throttle = Throttle(clock=lambda: now, remembered=100)
    waits = []
    for _ in range(ADDRESS_FREE + 14):
        throttle.fail(account="a", address="1.1.1.1")
        try:
            throttle.check(account="other", address="1.1.1.1")
        except Unavailable as error:
            waits.append(error.retry_after_s)
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    assert max(waits) <= 901
    with pytest.raises(Unavailable) as told:
        throttle.check(account="A ", address="2.2.2.2")
    assert told.value.retry_after_s <= 61, "a stranger cannot lock an owner out for long"
    now = 3_700
    throttle.check(account="a", address="1.1.1.1")
    for number in range(5_000):
        throttle.fail(account=f"u{number}", address=f"10.0.{number // 250}.{number % 250}")
    assert len(throttle) <= 100


def test_success_forgets_the_account_but_not_the_address() -> None:
    throttle = Throttle(clock=lambda: 0.0)
    for _ in range(ADDRESS_FREE):
        throttle.fail(account="a", address="1.1.1.1")
    throttle.succeed(account="a")
    throttle.check(account="a", address="2.2.2.2")
    with pytest.raises(Unavailable):
        throttle.check(account="b", address="1.1.1.1")


def test_of_many_who_try_at_once_only_one_gets_a_try_once_the_wait_is_over() -> None:
    now = 0.0
    throttle = Throttle(clock=lambda: now)
    for number in range(ACCOUNT_FREE + 2):
        throttle.fail(account="a", address=f"10.0.0.{number}")
    now = 5.0
    throttle.check(account="a", address="1.1.1.1")
    for number in range(3):
        with pytest.raises(Unavailable):
            throttle.check(account="a", address=f"1.1.1.{number}")
    throttle.succeed(account="a")
    throttle.check(account="a", address="1.1.1.1")


def test_password_rules_are_length_and_not_being_known() -> None:
    for good in ("correct horse staple", "это длинная фраза", "x7$q" * 4, "一二三四五六七八九十百千"):
        check_password(good)
    for bad in ("", "x" * 11, "aaaaaaaaaaaaaaaa", "123456789012", "PasswordPassword", "y" * 600):
        with pytest.raises(Invalid):
            check_password(bad)
    with pytest.raises(Invalid):
        check_password("Ada Lovelace King", name="ada lovelace king")


def test_a_password_is_kept_as_argon2id() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert is_password(PASSWORD, kept)
    assert not is_password(PASSWORD + " ", kept)


def test_a_csrf_token_is_masked_anew_and_still_known() -> None:
    token = make_csrf()
    shown = {mask_csrf(token) for _ in range(50)}
    assert len(shown) == 50
    assert all(is_csrf(one, token) for one in shown)
    other = make_csrf()
    assert not any(is_csrf(one, other) for one in shown)
    assert not any(is_csrf(bad, token) for bad in ("", "x", "é", "A" * 88, token, mask_csrf(token)[:-4]))
    assert not is_csrf(mask_csrf(token), "")


CHANGES = sorted(
    {
        (re.sub(r"\{[^}]+\}", "1", path), bool(route.opt.get("open")), route.opt.get("right") in RIGHTS[Role.VIEWER])
        for route in handlers.ROUTES
        for path in route.paths
        if route.http_methods - {"GET", "HEAD", "OPTIONS"}
        and not route.opt.get("streams")  # test_server_imports
        and not route.opt.get("by_link")  # no session has a part in them: test_surveys, test_letters
    }
)


def test_there_are_changes_to_guard() -> None:
    assert len(CHANGES) >= 10


@pytest.mark.parametrize(("path", "is_open", "viewers"), CHANGES)
def test_every_change_wants_a_session_a_token_and_the_right_role(
    owner: Browser, viewer: Browser, stranger: Browser, path: str, *, is_open: bool, viewers: bool
) -> None:
    bare = owner.ask("POST", path, data={})
    assert (bare.status_code, "earlier visit" in bare.text) == (403, True), "no token"
    stolen = owner.ask("POST", path, data={"_csrf_token": viewer.token("/account")})
    assert stolen.status_code == 403, "somebody else's token"
    foreign = owner.post(path, headers={"sec-fetch-site": "cross-site"})
    assert (foreign.status_code, "Another site" in foreign.text) == (403, True)
    origin = owner.post(path, headers={"origin": "https://evil.example"})
    assert origin.status_code == 403
    null = owner.post(path, headers={"origin": "null"})
    assert null.status_code == 403
    signed_out = stranger.ask("POST", path, data={})
    assert signed_out.status_code in ({403} if is_open else {303})
    looks = viewer.post(path)
    if not (is_open or viewers):
        assert (looks.status_code, "You may not" in looks.text) == (403, True)
    else:
        assert "You may not" not in looks.text


def test_our_own_origin_may_change_things(owner: Browser) -> None:
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "http://heartline.test"}, {}):
        answer = owner.post("/theme", {"theme": "dark", "back": "/data"}, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/data")
    token = owner.token("/account")
    assert owner.ask("POST", "/theme", headers={"x-csrftoken": token}, data={"theme": "dark"}).status_code == 303


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "evil",
        "/a\r\nb",
        "",
    ],
)
def test_onward_is_only_ever_a_path_of_ours(onward: str) -> None:
    assert path_onward(onward) == "/"


def test_onward_keeps_our_own_paths() -> None:
    assert path_onward("/customers/ab?range=4w#x") == "/customers/ab?range=4w#x"


def test_a_viewer_never_sees_a_trusted_key(owner: Browser, viewer: Browser, heartline: Heartline) -> None:
    for trust in ("trusted", "public"):
        assert owner.post("/data/sources", {"name": f"A {trust} one", "trust": trust}).status_code == 303
    trusted, public = heartline.stores.kept.sources()
    assert trusted.write_key in owner.get(f"/data/sources/{trusted.source_id}").text
    assert trusted.write_key not in viewer.get(f"/data/sources/{trusted.source_id}").text
    assert public.write_key in viewer.get(f"/data/sources/{public.source_id}").text


def test_people_are_added_by_a_link_and_choose_their_password(owner: Browser, heartline: Heartline) -> None:
    given = {"person_name": "Bo", "person_email": "Bo@example.com", "role": "viewer"}
    page = owner.post("/settings/people", given)
    assert page.status_code == 200
    link = re.search(r"http://heartline\.test(/password\?token=[\w-]+)", page.text).group(1)  # type: ignore[union-attr]
    assert owner.post("/settings/people", given).status_code == 409
    with Browser(heartline) as bo:
        short = bo.post("/password", {"token": token_of(link), "password": "short"}, form=link)
        assert short.status_code == 400
        chosen = bo.post("/password", {"token": token_of(link), "password": PASSWORD}, form=link)
        assert chosen.status_code == 303
        assert "bo@example.com" in bo.get("/account").text
        assert bo.get(link).status_code == 404
    with Browser(heartline) as again:
        given = {"email": "bo@example.com", "password": PASSWORD}
        assert again.post("/sign-in", given, form="/sign-in").status_code == 303


def test_an_owner_changes_others_but_never_shuts_everybody_out(owner: Browser, heartline: Heartline) -> None:
    me = heartline.stores.kept.users()[0]
    assert owner.post(f"/settings/people/{me.user_id}", {"role": "viewer"}).status_code == 409
    assert owner.post(f"/settings/people/{me.user_id}", {"enabled": "0"}).status_code == 409
    other = a_user(heartline, role=Role.VIEWER, email="other@example.com")
    with Browser(heartline) as browser:
        browser.sign_in(other)
        assert owner.post(f"/settings/people/{other.user_id}", {"role": "owner"}).status_code == 303
        assert browser.post("/data/sources", {"name": "Mine"}).status_code == 303, "at once"
        assert owner.post(f"/settings/people/{other.user_id}", {"enabled": "0"}).status_code == 303
        assert browser.get("/account").status_code == 303, "at once"
    assert owner.post(f"/settings/people/{other.user_id}", {"role": "emperor"}).status_code == 400
    assert owner.post("/settings/people/999", {"role": "viewer"}).status_code == 404


def test_changing_the_password_wants_the_one_before_and_ends_other_sessions(
    owner: Browser, heartline: Heartline
) -> None:
    user = heartline.stores.kept.users()[0]
    with Browser(heartline) as elsewhere:
        elsewhere.sign_in(user)
        wrong = owner.post("/account/password", {"current": "not it at all", "password": "another sentence"})
        assert (wrong.status_code, "not your password" in wrong.text) == (400, True)
        right = owner.post("/account/password", {"current": PASSWORD, "password": "another sentence"})
        assert right.status_code == 303
        assert owner.get("/account").status_code == 200
        assert elsewhere.get("/account").status_code == 303


def test_the_workspace_is_changed_or_its_field_is_named(owner: Browser, heartline: Heartline) -> None:
    good = {
        "name": "Harbour <b>",
        "timezone": "Europe/Berlin",
        "currency": "gbp",
        "first_weekday": "6",
        "languages": "en, de",
        "phone_region": "gb",
        "base_url": "https://cx.example.com/",
    }
    assert owner.post("/settings/workspace", good).status_code == 303
    kept = heartline.workspace
    assert (kept.currency, kept.first_weekday, kept.languages) == ("GBP", 6, ("en", "de"))
    assert (kept.phone_region, kept.base_url) == ("GB", "https://cx.example.com")
    page = owner.get("/settings").text
    assert "Harbour &lt;b&gt;" in page
    assert "Saved." in page
    assert "Saved." not in owner.get("/settings").text, "said once"
    for field, value in {
        "name": "",
        "timezone": "Here",
        "currency": "EURO",
        "languages": "<script>",
        "phone_region": "DEU",
        "base_url": "javascript:alert(1)",
    }.items():
        answer = owner.post("/settings/workspace", {**good, field: value})
        assert answer.status_code == 400, field
        assert f'id="e-{field}"' in answer.text, field
    assert heartline.workspace == kept


def test_errors_never_carry_a_status_of_their_own() -> None:
    assert not hasattr(HeartlineError("a", "b"), "status")
