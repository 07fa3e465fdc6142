"""Customers: found by anything, one life with its evidence, old refs lead on, hostile names do no harm."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

import pytest
from browsing import Browser
from small_company import DAY_S, a_company, a_touch, send

from heartline.app import Heartline
from heartline.records import Identifier, IdentifierKind, identify
from heartline.web.lenses import list_filters
from heartline.web.lives import Asked, fold, page_timeline, say_life
from heartline.web.people import find_people

NOW = time.time()
HOSTILE = "<script>alert(1)</script>\"'&\u202eevil"


def said_who(user: str, at_s: float, *, anonymous: str = "", **traits: Any) -> dict[str, Any]:
    message = a_touch(user, at_s, "x")
    del message["event"], message["context"]
    message |= {"type": "identify", "messageId": f"{user}:{at_s}:{anonymous}:id", "traits": traits}
    return message | ({"anonymousId": anonymous} if anonymous else {})


def a_visit(anonymous: str, at_s: float, name: str = "Brew guide") -> dict[str, Any]:
    message = a_touch(anonymous, at_s, name, channel="web")
    del message["userId"]
    return message | {"anonymousId": anonymous}


def ref_of(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    identifier = identify(kind, value)
    assert identifier is not None
    return heartline.stores.derived.handle(identifier).hex()


def present_ref(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    """The ref that an identifier leads to: of two met at one instant, either may name the customer."""
    owner = heartline.stores.derived.customer_of_handle(ref_of(heartline, kind, value))
    assert owner is not None
    return heartline.stores.derived.profiles([owner])[owner].ref


def links_of(text: str) -> set[str]:
    found = {unescape(href).split("#")[0] for href in re.findall(r'href="([^"]*)"', text)}
    return {href for href in found if href.startswith("/") and not href.startswith("/assets/")}


@pytest.fixture
def shared_tablet(heartline: Heartline) -> Heartline:
    """Mei, then Jonas, on one tablet; Mei had a laptop before anybody knew who she was."""
    at = NOW - 20 * DAY_S
    send(
        heartline,
        [
            a_visit("laptop", at),
            said_who("mei", at + DAY_S, anonymous="laptop", name="Mei Zhang", email="mei@example.org"),
            said_who("mei", at + 2 * DAY_S, anonymous="tablet"),
            a_visit("tablet", at + 3 * DAY_S, "Hers alone"),
            said_who("jonas", at + 4 * DAY_S, anonymous="tablet", name="Jonas Weber"),
            a_visit("tablet", at + 5 * DAY_S, "His alone"),
        ],
    )
    return heartline


def test_an_empty_house_says_what_to_do(owner: Browser) -> None:
    page = owner.get("/customers")
    assert page.status_code == 200
    assert "Nobody is known yet" in page.text
    assert "/data" in page.text


def test_an_old_ref_leads_to_the_present_owner(shared_tablet: Heartline, owner: Browser) -> None:
    old, new = (
        ref_of(shared_tablet, IdentifierKind.ANONYMOUS_ID, "laptop"),
        present_ref(shared_tablet, IdentifierKind.USER_ID, "mei"),
    )
    answer = owner.get(f"/customers/{old}?range=4w")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{new}?range=4w")
    assert "Mei Zhang" in owner.get(f"/customers/{new}").text


@pytest.mark.parametrize("ref", ["00" * 16, "zz", "0", "../etc", "%F0%9F%98%80"])
def test_a_ref_that_never_was_is_a_page_that_says_so(owner: Browser, ref: str) -> None:
    assert owner.get(f"/customers/{ref}").status_code == 404


def test_a_shared_tablet_is_hers_until_and_his_since(shared_tablet: Heartline, owner: Browser) -> None:
    hers = owner.get(f"/customers/{present_ref(shared_tablet, IdentifierKind.USER_ID, 'mei')}").text
    his = owner.get(f"/customers/{present_ref(shared_tablet, IdentifierKind.USER_ID, 'jonas')}").text
    assert "Theirs until" in hers
    assert "Theirs since" in his
    assert "<p><bdi>Hers alone" in hers
    assert "<p><bdi>His alone" not in hers
    assert "<p><bdi>His alone" in his
    assert "<p><bdi>Hers alone" not in his
    assert "Jonas Weber" in hers  # kept apart, by name
    assert "used in turn" in hers
    assert "Same person as user account" in hers  # the e-mail, by a trusted source
    assert ": Shop, " in hers


def test_people_are_found_by_name_mail_phone_and_any_identifier(heartline: Heartline) -> None:
    heartline.change_workspace(phone_region="GB")
    at = NOW - DAY_S
    send(
        heartline,
        [
            said_who("u-77", at, name="Николай Морозов", email="Kolya@Example.ORG", phone="+44 20 7946 0018"),
            said_who("u-78", at, name="100% Sure_Thing"),
        ],
    )

    def names(text: str) -> list[str]:
        return [profile.title for profile in find_people(heartline, text)]

    for text in ("u-77", "Николай", "николай", "морозов", "kolya@example.org", "KOLYA", "020 7946 0018", "7946 0018"):
        assert names(text) == ["Николай Морозов"], text
    assert names("100%") == ["100% Sure_Thing"]
    assert names("%") == []
    assert names("") == []
    assert names("\\") == []
    ref = ref_of(heartline, IdentifierKind.USER_ID, "u-77")
    assert names(ref) == ["Николай Морозов"]


def test_find_finds_whom_the_search_finds(heartline: Heartline, owner: Browser) -> None:
    send(heartline, [said_who("u-77", NOW - DAY_S, name="Николай Морозов", phone="+442079460018")])
    for text in ("морозов", "+44 20 7946 0018"):
        assert "Николай Морозов" in owner.get("/find", params={"q": text}).text, text


def test_nobody_filters_by_who_somebody_is(heartline: Heartline) -> None:
    told = [said_who(f"u-{n}", NOW - DAY_S, name=f"N {n}", firstName=f"F {n}", plan=f"plan {n}") for n in range(3)]
    send(heartline, [*told, *(a_touch(f"u-{n}", NOW - DAY_S / 2, "Advert") for n in range(3))])
    assert [field.name for field in list_filters(heartline.log()) if field.name.startswith("trait:")] == ["trait:plan"]


def test_hostile_names_are_only_names(heartline: Heartline, owner: Browser) -> None:
    at = NOW - DAY_S
    told = {"kind": "nps", "value": 0}
    odd: dict[str, Any] = {HOSTILE: HOSTILE, "list": [HOSTILE], "none": None, "big": 1e300}
    block = {
        "channel": HOSTILE,
        "place": HOSTILE,
        "text": HOSTILE,
        "score": told,
        "employee": HOSTILE,
        "order": HOSTILE,
    }
    send(
        heartline,
        [
            said_who("evil", at, name=HOSTILE, **odd),
            a_touch("evil", at + 1, HOSTILE, **block),
        ],
    )
    ref = ref_of(heartline, IdentifierKind.USER_ID, "evil")
    pages = ["/customers", "/customers?list=latest", "/customers?q=%3Cscript%3Ealert(1)", f"/customers/{ref}"]
    pages += [f"/customers/{ref}?channel=%3Cscript%3E&kind=nope&before=x.y", f"/cases/new?handle={ref}"]
    for path in pages:
        page = owner.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "alert(1)" in page.text, path


def test_every_link_of_the_pages_leads_somewhere(heartline: Heartline, owner: Browser) -> None:
    a_company(heartline, customers=12, fall=True)
    ref = ref_of(heartline, IdentifierKind.USER_ID, "u1")
    for path in ("/customers", "/customers?list=latest", f"/customers/{ref}"):
        for href in links_of(owner.get(path).text):
            assert owner.get(href).status_code in {200, 303}, f"{path} → {href}"


def test_the_list_begins_with_who_was_unhappy_and_says_why(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 3 * DAY_S
    messages = [said_who(f"p{n}", at, name=f"Person {n}") for n in (1, 2, 3)]
    for n, value in ((1, 9), (2, 1), (3, 4)):
        score = {"kind": "nps", "value": value}
        messages.append(a_touch(f"p{n}", at + n, "Courier", channel="app", score=score, text=f"Words of {n}"))
    messages.append(a_touch("p3", at + 9, "Courier", channel="app", score={"kind": "nps", "value": 10}))
    send(heartline, messages)
    text = owner.get("/customers").text.split("<main", 1)[1]
    assert "1\N{NO-BREAK SPACE}customer was unhappy when last asked" in text
    assert "Words of 2" in text
    assert "1 of 10, NPS" in text
    assert "Person 1" not in text
    latest = owner.get("/customers?list=latest").text.split("<main", 1)[1]
    assert latest.index("Person 3") < latest.index("Person 2") < latest.index("Person 1")


def test_a_viewer_looks_and_is_offered_no_change(heartline: Heartline, viewer: Browser) -> None:
    a_company(heartline, customers=3)
    page = viewer.get(f"/customers/{ref_of(heartline, IdentifierKind.USER_ID, 'u0')}")
    assert page.status_code == 200
    assert "/cases/new" not in page.text


def test_the_timeline_pages_by_time_and_loses_nothing(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 40 * DAY_S
    # Two share each instant, so a cursor of time alone would lose one at a page's edge.
    sent = [a_touch("u", at + (n // 2) * 3600, f"Step {n:03}", channel="app" if n % 3 else "web") for n in range(90)]
    send(heartline, sent)
    path = f"/customers/{ref_of(heartline, IdentifierKind.USER_ID, 'u')}"
    seen: list[str] = []
    for _ in range(10):
        text = owner.get(path).text
        seen += re.findall(r"<p><bdi>Step (\d{3})</bdi>", text)
        onward = re.search(r'href="([^"]+)#happened" rel="next"', text)
        if onward is None:
            break
        path = unescape(onward.group(1))
    assert sorted(seen) == [f"{n:03}" for n in range(90)]
    filtered = owner.get(path.split("?")[0] + "?channel=web").text
    assert "30 of 90" in filtered
    assert "Step 089" not in filtered
    assert "Step 087" in filtered


def test_what_repeats_without_words_is_one_row(heartline: Heartline) -> None:
    at = (NOW // DAY_S - 3) * DAY_S
    looks = [a_touch("u", at + n, "Brew guide", channel="web") for n in range(5)]
    send(heartline, [*looks, a_touch("u", at + 9, "Brew guide", channel="web", text="Nice")])
    entries = heartline.stores.history.recent(limit=20)
    entries.sort(key=lambda entry: (-entry.ts_us, -entry.seq))
    assert [moment.times for moment in fold(entries)] == [1, 5]
    page = page_timeline(entries, Asked(kind="said"))
    assert (page.total, page.everything, page.older) == (1, 6, "")


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ([], "No score yet"),
        ([9], "One score so far: 9 of 10, NPS"),
        ([9, 10], "Pleased both times"),
        ([1, 0, 2], "Unhappy all 3 times"),
        ([9, 5, 10], "Never unhappy in 3 answers"),
        ([1, 9, 10], "Never unhappy before, unhappy when last asked"),
        ([1, 2, 10, 0], "Better before, unhappy since May"),
        ([9, 10, 2, 9], "Unhappy once, in May; pleased since"),
        ([5, 10, 2, 1], "Unhappy twice, last in May; better since"),
    ],
)
def test_a_life_is_said_in_a_line(heartline: Heartline, values: list[int], title: str) -> None:
    may = 1_778_000_000.0  # 5 May 2026, 16:53 UTC
    for n, value in enumerate(reversed(values)):
        send(heartline, [a_touch("u", may + n, "Courier", score={"kind": "nps", "value": value})])
    entries = sorted(heartline.stores.history.recent(limit=20), key=lambda entry: -entry.ts_us)
    from heartline.web.lives import score_of  # noqa: PLC0415  # beside its only use

    scores = [(score, entry) for entry in entries if (score := score_of(entry))]
    assert say_life(scores, 1, zone="UTC", now_us=int((may + 9) * 1e6)) == title


def test_an_identifier_of_many_orders_is_one_line(heartline: Heartline, owner: Browser) -> None:
    at = NOW - 9 * DAY_S
    send(heartline, [a_touch("u", at + n, "Order placed", order=f"HB-{n}") for n in range(8)])
    assert heartline.stores.derived.known_nodes([Identifier(IdentifierKind.EXTERNAL, "order:HB-1")])
    text = owner.get(f"/customers/{ref_of(heartline, IdentifierKind.USER_ID, 'u')}").text
    assert "8 more of the kind “Order”" in text
