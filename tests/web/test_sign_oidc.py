"""Signing in by a company's provider: a real one over HTTP, and everything it may say that must not let anybody in."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import Browser, a_user
from oidc_provider import CLIENT, SECRET, OidcProvider

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Role
from heartline.web import make_site
from heartline.web.oidc import _client
from heartline.web.ways_in import WaysIn, keep_ways_in


@pytest.fixture(scope="module")
def running() -> Iterator[OidcProvider]:
    with OidcProvider() as opened:
        yield opened


@pytest.fixture
def provider(running: OidcProvider) -> OidcProvider:
    running.claims, running.signing, running.published = {}, "RS256", [running.key]
    running.asked.clear()
    return running


def a_company(provider: OidcProvider, **given: Any) -> Heartline:
    settings = Settings(oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, **given)
    return open_twin(settings)


@pytest.fixture
def company(provider: OidcProvider) -> Iterator[Heartline]:
    with a_company(provider) as opened:
        yield opened


def go(browser: Browser, onward: str = "") -> str:
    """Go to the provider as a browser does; return the way back."""
    begun = browser.get("/sign-in/oidc" + (f"?next={onward}" if onward else ""))
    assert begun.status_code == 303, begun.text
    returned = _client().get(begun.headers["location"])
    back = urlsplit(returned.headers["location"])
    return f"{back.path}?{back.query}"


def test_a_known_user_is_let_in_by_their_verified_email(company: Heartline, provider: OidcProvider) -> None:
    user = a_user(company, email="ada@example.com", role=Role.VIEWER)
    with Browser(company) as browser:
        assert "Sign in with your company" in browser.get("/sign-in").text
        back = browser.get(go(browser, "/journeys"))
        assert (back.status_code, back.headers["location"]) == (303, "/journeys")
        assert browser.get("/account").status_code == 200
    asked = provider.asked[0]
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert "openid" in asked["scope"]
    assert company.stores.kept.sessions_of(user.user_id, now_us=1)[0].way == "oidc"
    assert company.stores.kept.audit(limit=1)[0].what == "sign_in.done"


def test_what_one_browser_began_no_other_finishes_and_none_twice(company: Heartline) -> None:
    a_user(company, email="ada@example.com")
    site = make_site(company)
    with Browser(company, site=site) as browser, Browser(company, site=site) as thief:
        stolen = go(browser)
        thief.get("/sign-in/oidc")
        assert thief.get(stolen).status_code == 403
        assert browser.get(stolen).status_code == 403, "spent by the attempt"
        back = go(browser)
        assert browser.get(back).status_code == 303
        with Browser(company, site=site) as later:
            assert later.get(back).status_code == 403
        assert browser.get("/sign-in/oidc/back?state=x&code=y").status_code == 403
        assert browser.get("/sign-in/oidc/back").status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", CLIENT], "azp": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "stranger@example.com"},
    ],
    ids=str,
)
def test_what_does_not_hold_lets_nobody_in(
    company: Heartline, provider: OidcProvider, claims: dict[str, object]
) -> None:
    a_user(company, email="ada@example.com")
    provider.claims = claims
    with Browser(company) as browser:
        answer = browser.get(go(browser))
        assert (answer.status_code, "Sign in" in answer.text) == (403, True)
        assert browser.get("/account").status_code == 303
    assert company.stores.kept.audit(limit=1)[0].what == "sign_in.refused"


@pytest.mark.parametrize("signing", ["none", "HS256"])
def test_a_token_that_the_provider_did_not_sign_is_refused(provider: OidcProvider, signing: str) -> None:
    with a_company(provider) as company:
        a_user(company, email="ada@example.com")
        if signing == "none":
            provider.signing = "none"
        else:
            provider.published = [type(provider.key).generate_key(2048, parameters={"kid": provider.key.kid})]
        with Browser(company) as browser:
            assert browser.get(go(browser)).status_code == 403


def test_changed_keys_are_fetched_again(provider: OidcProvider) -> None:
    with a_company(provider) as company:
        a_user(company, email="ada@example.com")
        with Browser(company) as browser:
            assert browser.get(go(browser)).status_code == 303
            provider.rotate()
            assert browser.get(go(browser)).status_code == 303


@pytest.mark.parametrize(
    ("domains", "role", "made"),
    [
        ("example.com", "agent", Role.AGENT),
        ("other.org, Example.com", "viewer", Role.VIEWER),
        ("other.org", "agent", None),
        ("", "agent", None),
        ("example.com", "", None),
        ("example.com", "owner", None),
        ("ple.com", "agent", None),
    ],
)
def test_somebody_new_comes_only_from_an_allowed_domain_in_the_role_the_operator_says(
    provider: OidcProvider, domains: str, role: str, made: Role | None
) -> None:
    with a_company(provider, oidc_domains=domains, oidc_role=role) as company, Browser(company) as browser:
        assert browser.get(go(browser)).status_code == (303 if made else 403)
        assert [user.role for user in company.stores.kept.users()] == ([made] if made else [])


def test_who_may_not_sign_in_any_more_does_not_come_back_as_new(provider: OidcProvider) -> None:
    with a_company(provider, oidc_domains="example.com", oidc_role="viewer") as company, Browser(company) as browser:
        user = a_user(company, email="ada@example.com")
        company.stores.kept.set_user(user.user_id, enabled=False)
        assert browser.get(go(browser)).status_code == 403


def test_the_companys_sign_in_stands_for_the_second_factor(company: Heartline) -> None:
    a_user(company, email="ada@example.com")
    keep_ways_in(company, WaysIn(second_factor=(Role.OWNER,)))
    with Browser(company) as browser:
        browser.get(go(browser))
        assert browser.get("/settings/people").status_code == 200


def test_a_provider_that_is_not_there_is_said_and_a_password_still_works() -> None:
    settings = Settings(oidc_issuer="http://127.0.0.1:9", oidc_client_id="x")
    with open_twin(settings) as company, Browser(company) as browser:
        a_user(company)
        answer = browser.get("/sign-in/oidc")
        assert (answer.status_code, "does not answer" in unescape(answer.text)) == (503, True)
    with open_twin(Settings(oidc_issuer="http://example.com", oidc_client_id="x")) as company, Browser(company) as one:
        assert one.get("/sign-in/oidc").status_code == 503, "never in the clear"


def test_without_one_set_up_none_is_offered(heartline: Heartline) -> None:
    with Browser(heartline) as browser:
        assert browser.get("/sign-in/oidc").status_code == 404
        assert "your company" not in browser.get("/sign-in").text
