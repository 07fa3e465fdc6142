"""Who is who, in the browser: part, join, block, put right, each with its outlook, its reason and the way back."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from typing import Any

import pytest
from browsing import Browser
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline
from heartline.records import IdentifierKind, Trust, identify
from heartline.store import Mark
from heartline.web.kinship import read_kinship
from heartline.web.lives import find_profile
from heartline.web.sight import Reach, see

NOW = time.time()
USER, EMAIL, COOKIE = IdentifierKind.USER_ID, IdentifierKind.EMAIL, IdentifierKind.ANONYMOUS_ID
WHY = "They called and told us"


def said(user: str, at_s: float, **traits: Any) -> dict[str, Any]:
    message = a_touch(user, at_s, "x")
    del message["event"], message["context"]
    return message | {"type": "identify", "messageId": f"{user}:{at_s}:{sorted(traits)}", "traits": traits}


def handle(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    identifier = identify(kind, value)
    assert identifier is not None
    return heartline.stores.derived.handle(identifier).hex()


def ref_of(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    derived = heartline.stores.derived
    owner = derived.customer_of_handle(handle(heartline, kind, value))
    assert owner is not None
    return derived.profiles([owner])[owner].ref


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[-1])).split())


@pytest.fixture
def mei(heartline: Heartline) -> Heartline:
    """Mei with an e-mail that is not hers, and Jonas, whose address it is."""
    at = NOW - 20 * DAY_S
    score = {"kind": "nps", "value": 3, "top": 10}
    wrong = a_touch("", at + 60, "Newsletter")
    del wrong["userId"]
    wrong["context"]["heartline"]["identifiers"] = {"email": "jo@example.com"}
    send(
        heartline,
        [
            a_touch("mei", at, "Courier", score=score),
            said("mei", at + 30, name="Mei Tanaka", email="jo@example.com", town="Kyoto"),
            wrong,
            said("jonas", at + 90, name="Jonas Berg", town="Oslo"),
            a_touch("jonas", at + 120, "Chat"),
        ],
    )
    return heartline


def test_parted_taken_back_and_parted_again_with_every_old_ref_leading_on(mei: Heartline, owner: Browser) -> None:
    ref, mail = ref_of(mei, USER, "mei"), handle(mei, EMAIL, "jo@example.com")
    assert ref_of(mei, EMAIL, "jo@example.com") == ref
    page = owner.get(f"/customers/{ref}").text
    ways = [unescape(href) for href in re.findall(r'href="([^"]*identity\?do=part[^"]*)"', page)]
    assert len(ways) == 1
    shown = owner.get(ways[0])
    assert shown.status_code == 200
    told = text_of(shown.text)
    assert "What was said to tie" in told
    assert "1 identifier in other hands" in told
    assert ref_of(mei, EMAIL, "jo@example.com") == ref, "looking changes nothing"

    path, form = f"/customers/{ref}/identity", {"do": "part", "one": mail if mail in ways[0] else ref}
    refused = owner.post(path, form)
    assert refused.status_code == 400
    assert "Say why." in refused.text
    assert ref_of(mei, EMAIL, "jo@example.com") == ref
    done = owner.post(path, {**form, "reason": WHY})
    assert done.status_code == 303
    assert ref_of(mei, EMAIL, "jo@example.com") == mail != ref_of(mei, USER, "mei")
    assert owner.get(f"/customers/{mail}").status_code == 200, "the old ref stays with its identifier's owner"

    mine = ref_of(mei, USER, "mei")
    page = owner.get(f"/customers/{mine}").text
    assert WHY in page
    (undo,) = [unescape(href) for href in re.findall(r'href="([^"]*do=undo[^"]*)"', page)]
    assert "Join again?" in text_of(owner.get(undo).text)
    act = undo.rsplit("act=", 1)[1]
    assert owner.post(f"/customers/{mine}/identity", {"do": "undo", "act": act, "reason": "No"}).status_code == 303
    assert ref_of(mei, EMAIL, "jo@example.com") == ref_of(mei, USER, "mei") == ref
    led = owner.get(f"/customers/{mail}")
    assert (led.status_code, led.headers.get("location")) in {(200, None), (303, f"/customers/{ref}")}
    again = owner.post(f"/customers/{ref}/identity", {"do": "undo", "act": act, "reason": "Twice"})
    assert again.status_code == 409

    page = owner.get(f"/customers/{ref}").text
    (redo,) = [unescape(href) for href in re.findall(r'href="([^"]*do=undo[^"]*)"', page)]
    redone = owner.post(f"/customers/{ref}/identity", {"do": "undo", "act": redo.rsplit("act=", 1)[1], "reason": "Yes"})
    assert redone.status_code == 303
    assert ref_of(mei, EMAIL, "jo@example.com") == mail
    assert mei.account().balanced


def test_two_accounts_become_one_only_over_the_limit_and_with_what_they_disagree_about(
    mei: Heartline, owner: Browser
) -> None:
    one, other = ref_of(mei, USER, "mei"), ref_of(mei, USER, "jonas")
    path = f"/customers/{one}/join"
    assert f"other={other}" in owner.get(f"{path}?q=jonas").text
    told = text_of(owner.get(f"{path}?other={other}").text)
    assert "A rule keeps them apart" in told
    barred = owner.post(path, {"other": other, "reason": WHY})
    assert barred.status_code == 409
    assert ref_of(mei, USER, "jonas") == other
    assert owner.post(path, {"other": one, "reason": WHY}).status_code == 400
    joined = owner.post(path, {"other": other, "reason": WHY, "over_limit": "1"})
    assert joined.status_code == 303
    assert ref_of(mei, USER, "jonas") == ref_of(mei, USER, "mei")
    page = text_of(owner.get(joined.headers["location"].split("#")[0]).text)
    assert "are one person even beyond the limits" in page
    assert owner.get(f"/customers/{other}").status_code in {200, 303}


def test_a_join_shows_what_the_two_disagree_about(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 5 * DAY_S
    visits = []
    for place, (name, town) in enumerate((("Ana", "Oslo"), ("Ann", "Oslo"))):
        message = said("x", at + place, name=name, town=town)
        del message["userId"]
        visits.append(message | {"anonymousId": f"c{place}", "messageId": f"m{place}"})
    send(heartline, visits)
    one, other = ref_of(heartline, COOKIE, "c0"), ref_of(heartline, COOKIE, "c1")
    told = text_of(owner.get(f"/customers/{one}/join?other={other}").text)
    assert "they disagree on 1" in told
    assert "Name Ann instead of Ana" in told
    assert owner.post(f"/customers/{one}/join", {"other": other, "reason": WHY}).status_code == 303
    assert ref_of(heartline, COOKIE, "c1") == ref_of(heartline, COOKIE, "c0")


def test_a_trait_put_right_wins_and_says_who_said_it(mei: Heartline, owner: Browser) -> None:
    ref = ref_of(mei, USER, "jonas")
    assert owner.post(f"/customers/{ref}/traits", {"name": "town", "value": "Bergen"}).status_code == 303
    send(mei, [said("jonas", NOW - DAY_S, town="Rome")])
    page = text_of(owner.get(f"/customers/{ref}").text)
    assert "Town Bergen somebody here" in page
    assert "Rome" not in page
    assert owner.post(f"/customers/{ref}/traits", {"name": "town", "value": ""}).status_code == 303
    assert "Town" not in text_of(owner.get(f"/customers/{ref}").text).split("What we know")[1].split("Put something")[0]


def test_what_is_blocked_and_which_rules_hold_is_kept_with_reasons(mei: Heartline, owner: Browser) -> None:
    page = "/data/identity"
    assert (
        owner.post("/data/identity/blocked", {"kind": "email", "value": "Jo@Example.com", "reason": ""}).status_code
        == 400
    )
    sent = {"kind": "email", "value": "Jo@Example.com", "reason": WHY}
    assert owner.post("/data/identity/blocked", sent).status_code == 303
    mail = handle(mei, EMAIL, "jo@example.com")
    assert ref_of(mei, EMAIL, "jo@example.com") == mail
    assert "somebody here said it stands for nobody" in text_of(owner.get(page).text)
    junk = owner.post("/data/identity/blocked", {"kind": "email", "value": "null", "reason": WHY})
    assert junk.status_code == 400
    free = {"handle": mail, "do": "free", "reason": "It is hers"}
    assert owner.post("/data/identity/marks", free).status_code == 303
    assert mei.stores.derived.identity_facts().marks == {bytes.fromhex(mail): Mark.CLEARED}
    assert ref_of(mei, EMAIL, "jo@example.com") == ref_of(mei, USER, "mei")
    rules = {"user_id": "0", "quarantine_over": "5", "reason": WHY}
    assert owner.post("/data/identity/rules", rules).status_code == 400
    assert owner.post("/data/identity/rules", {**rules, "user_id": "", "email": "2"}).status_code == 303
    facts = mei.stores.derived.identity_facts()
    assert (facts.limits or {})[USER] is None
    assert (facts.limits or {})[EMAIL] == 2
    assert facts.quarantine_over == 5


def test_who_may_only_look_is_offered_nothing_and_refused(mei: Heartline, viewer: Browser) -> None:
    ref = ref_of(mei, USER, "mei")
    page = viewer.get(f"/customers/{ref}").text
    assert "do=part" not in page
    assert "/join" not in page
    assert "Put something right" not in page
    for path in (f"/customers/{ref}/identity?do=block&one={ref}", f"/customers/{ref}/join", "/data/identity"):
        assert viewer.get(path).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [("do=part&one=00", 400), ("do=block", 400), ("do=undo&act=99", 404), ("do=undo&act=x", 404), ("", 400)],
)
def test_what_names_nothing_of_theirs_is_refused_in_words(
    mei: Heartline, owner: Browser, query: str, status: int
) -> None:
    assert owner.get(f"/customers/{ref_of(mei, USER, 'mei')}/identity?{query}").status_code == status


def test_who_sees_one_place_alone_sees_what_was_decided_about_their_customers(mei: Heartline, owner: Browser) -> None:
    ref = ref_of(mei, USER, "mei")
    mail = handle(mei, EMAIL, "jo@example.com")
    assert owner.post(f"/customers/{ref}/identity", {"do": "part", "one": mail, "reason": WHY}).status_code == 303
    send(mei, [a_touch("mei", NOW - 60, "Chat", place="North")])
    mine = ref_of(mei, USER, "mei")
    bound = see(mei, Reach(places=frozenset({"North"})))
    kinship = read_kinship(bound, find_profile(bound, mine).customer_id)
    assert [one.act.reason for one in kinship.decided] == [WHY]


def test_a_program_parts_and_joins_as_people_do(mei: Heartline, owner: Browser) -> None:
    ref, mail = ref_of(mei, USER, "mei"), handle(mei, EMAIL, "jo@example.com")
    headers = {"x-csrftoken": owner.token("/account"), "origin": "http://heartline.test"}

    def ask(method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        answer = (
            owner.ask(method, f"/api/v1{path}", json=body, headers=headers) if body else owner.get(f"/api/v1{path}")
        )
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    listed = ask("GET", f"/customers/{ref}/identity")
    assert mail in {one["handle"] for one in listed["identifiers"]}
    dry = ask("POST", f"/customers/{ref}/identity", do="part", one=mail, dry=True)
    assert (dry["done"], dry["changes"], ref_of(mei, EMAIL, "jo@example.com")) == (False, True, ref)
    assert ask("POST", f"/customers/{ref}/identity", 400, do="part", one=mail)["code"] == "no_reason"
    made = ask("POST", f"/customers/{ref}/identity", do="part", one=mail, reason=WHY)
    assert made["after"] == dry["after"]
    assert ref_of(mei, EMAIL, "jo@example.com") == mail
    (decided,) = ask("GET", f"/customers/{mail}/identity")["items"]
    assert (decided["what"], decided["reason"], decided["open_to_undo"]) == ("split", WHY, True)
    other = ref_of(mei, USER, "jonas")
    assert (
        ask("POST", f"/customers/{made['ref']}/identity", 409, do="join", other=other, reason=WHY)["code"]
        == "kept_apart"
    )
    joined = ask("POST", f"/customers/{mail}/identity", do="join", other=other, reason=WHY)
    assert joined["ref"] == ref_of(mei, USER, "jonas") == ref_of(mei, EMAIL, "jo@example.com")
    ask("PATCH", f"/customers/{other}/traits", traits={"town": "Bergen", "vip": True}, reason=WHY)
    assert ask("GET", f"/customers/{other}")["traits"]["town"] == "Bergen"
    rules = ask("PUT", "/identity/rules", email=3, quarantine_over=9, reason=WHY)["rules"]
    assert (rules["user_id"], rules["email"], rules["quarantine_over"]) == (1, 3, 9)
    assert ask("GET", "/identity")["rules"] == rules


class Door:
    """Sends batches through the real door with a source's key."""

    def __init__(self, heartline: Heartline, browser: Browser, trust: Trust) -> None:
        self.key = heartline.stores.kept.add_source(name=trust.value, trust=trust).write_key
        self.heartline, self.browser = heartline, browser
        heartline.sources.reload()

    def send(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), 2_500):
            body = json.dumps({"batch": messages[start : start + 2_500]})
            answer = self.browser.ask("POST", "/v1/batch", content=body, auth=(self.key, ""))
            assert answer.status_code == 200, answer.text
        self.heartline.catch_up()


def test_a_junk_id_sent_by_ten_thousand_customers_merges_nobody(heartline: Heartline, stranger: Browser) -> None:
    """A card that the till types for everybody, and an address that the shop fills in, from a trusted source."""
    at = NOW - 3 * DAY_S
    crowd, door = 10_000, Door(heartline, stranger, Trust.TRUSTED)
    junk = {"loyalty_card": "1111", "email": "shop@example.com"}
    door.send([a_touch(f"u{n}", at + n % 999, "Till", identifiers=junk) | {"messageId": f"m{n}"} for n in range(crowd)])
    derived = heartline.stores.derived
    refs = {ref_of(heartline, USER, f"u{n}") for n in range(0, crowd, 97)}
    assert len(refs) == len(range(0, crowd, 97))
    assert derived.customer_count() == crowd + len(junk)
    own = derived.ownership()
    users = {number for number, one in zip(own.subject_id, own.customer_id, strict=True) if number == one}
    assert len(users) == len(own.subject_id), "each identifier owns itself and nothing else"
    names = {(IdentifierKind.LOYALTY_CARD, "1111"), (EMAIL, "shop@example.com")}
    marked = {bytes.fromhex(handle(heartline, *name)): Mark.QUARANTINED for name in names}
    assert derived.identity_facts().marks == marked
    assert heartline.account().balanced


def test_cookies_of_a_public_key_cannot_quarantine_a_victims_user_id(heartline: Heartline, stranger: Browser) -> None:
    at = NOW - 3 * DAY_S
    public, trusted = Door(heartline, stranger, Trust.PUBLIC), Door(heartline, stranger, Trust.TRUSTED)
    trusted.send([said("victim", at, email="victim@example.com")])
    ref = ref_of(heartline, USER, "victim")
    attack = []
    for n in range(60):
        one = said("victim", at + 10 + n) | {"anonymousId": f"evil{n}", "messageId": f"e{n}"}
        mail = said("victim", at + 10 + n, email=f"evil{n}@example.com") | {"messageId": f"f{n}"}
        attack += [one, mail]
    public.send(attack)
    assert heartline.stores.derived.identity_facts().marks == {}
    assert ref_of(heartline, USER, "victim") == ref_of(heartline, EMAIL, "victim@example.com") == ref
    trusted.send([said("victim", at + 5_000, phone="+4712345678")])
    assert ref_of(heartline, IdentifierKind.PHONE, "+4712345678") == ref
