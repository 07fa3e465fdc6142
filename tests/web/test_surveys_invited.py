"""Invitations: who is asked and who is not, a link that is one person's, and an answer joined to what it is about."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from urllib.parse import urlsplit

import pytest
from browsing import Browser
from mail_catcher import Catcher, catching
from test_surveys import answer, begin, press, publish

from heartline.app import Heartline
from heartline.records import Body, Consent, LetterKind, Trust, make_token
from heartline.web import Postman
from heartline.web.standing import ask_standing

NOW_US = time.time_ns() // 1_000
DAY_US = 86_400_000_000


def send(heartline: Heartline, *events: dict[str, object], received_us: int = NOW_US) -> None:
    """Have events arrive by a trusted source."""
    kept = heartline.stores.kept
    source = next(iter(kept.sources()), None) or kept.add_source(name="Shop", trust=Trust.TRUSTED)
    heartline.sources.reload()
    payload = json.dumps({"batch": list(events)}).encode()
    heartline.intake.submit(
        Body(source_id=source.source_id, received_us=received_us, payload=payload, events=len(events))
    )
    heartline.catch_up()


def a_delivery(user: str, *, email: str = "", place: str = "North", days_ago: float = 1) -> list[dict[str, object]]:
    at = int((NOW_US - days_ago * DAY_US) // 1_000)
    block = {"touchpoint": "Delivery", "channel": "courier", "place": place}
    return [
        {"type": "identify", "userId": user, "messageId": f"i-{user}", "traits": {"email": email} if email else {}},
        {"type": "track", "event": "Delivered", "userId": user, "messageId": f"d-{user}", "timestamp": at,
         "context": {"heartline": block}},
    ]  # fmt: skip


@pytest.fixture
def company(heartline: Heartline) -> Heartline:
    """Mira and Bo met a delivery lately, Ann long ago, Cy left no address."""
    heartline.change_workspace(letters_from=0, letters_to=0, name="Harbour & Bean")
    people = [
        ("mira", "mira@example.com", 1),
        ("bo", "bo@example.com", 2),
        ("ann", "ann@example.com", 40),
        ("cy", "", 1),
    ]
    send(heartline, *(one for user, email, days in people for one in a_delivery(user, email=email, days_ago=days)))
    return heartline


def invite(owner: Browser, number: int, do: str = "send", **fields: str) -> str:
    """Send the inviting form as it begins, with some fields written over; return the page or the notice's path."""
    form = {
        "who": "touch",
        "touchpoint": "Delivery",
        "days": "7",
        "share": "100",
        "subject": "Hello",
        "text": "Go {link}",
    }
    done = owner.post(f"/surveys/{number}/invite", {**form, **fields, "do": do})
    assert done.status_code in {200, 303}, done.text[:3000]
    return unescape(done.text)


def published(owner: Browser) -> int:
    number = begin(owner, "delivery")
    press(owner, number, "save", touchpoint="")
    publish(owner, number)
    return number


def test_who_met_a_touchpoint_is_asked_once_and_the_answer_stands_there(owner: Browser, company: Heartline) -> None:
    number, kept = published(owner), company.stores.kept
    looked = invite(owner, number, "look")
    assert "2 people would be asked." in looked
    assert "no e-mail is known" in looked
    assert kept.letters(limit=9) == []
    invite(owner, number)
    invite(owner, number)
    assert sorted(one.letter.to for one in kept.letters(limit=9)) == ["bo@example.com", "mira@example.com"]
    with catching() as catcher:
        object.__setattr__(company.settings, "smtp_url", catcher.url)
        Postman(company).go_round()
        assert sorted(catcher.to) == ["bo@example.com", "mira@example.com"]
        path = link_of(catcher, "mira@example.com")
    company.catch_up()
    before = company.stores.history.count()
    with Browser(company) as mira:
        for _ in range(10):
            assert mira.get(path).status_code == 200
        assert kept.responses(number) == []
        onward = answer(mira, path, "1")
        assert urlsplit(onward).path == path, "a personal link stays one"
        onward = answer(mira, onward, "It was late")
        onward = answer(mira, onward, "2")
        assert "Thank you" in mira.get(answer(mira, onward, "Two hours in the rain.")).text
        said = mira.ask("POST", path, data={"do": "contact", "contact": "yes"})
        assert said.status_code == 200
    company.catch_up()
    assert company.stores.history.count() == before + 4
    (profile,) = company.stores.derived.search("mira@example.com", limit=2)
    log = company.log()
    own = log.row == list(log.customers).index(profile.customer_id)
    at = [log.names["touchpoint"][code] for code in log.codes["touchpoint"][own]]
    assert at.count("Delivery") == 4, at
    assert {log.names["place"][code] for code in log.codes["place"][own]} >= {"North"}
    page = owner.get(f"/customers/{profile.ref}").text
    assert "Two hours in the rain." in page
    report = owner.get(f"/surveys/{number}").text
    assert "50 %" in report.replace("\u00a0", " ")
    told = owner.get(f"/api/v1/surveys/{number}").json()
    assert (told["survey"]["invited"], told["survey"]["finished"], told["response_rate"]["value"]) == (2, 1, 0.5)
    assert told["response_rate"]["low"] < 0.5 < told["response_rate"]["high"]
    asked = {one["kind"]: one for one in told["questions"]}
    assert (asked["nps"]["score"]["value"], asked["stars"]["score"]["value"]) == (-100, 1)
    assert asked["choice"]["shares"]["It was late"]["value"] == 1
    assert "Two hours" not in json.dumps(told)
    assert [one["id"] for one in owner.get("/api/v1/surveys").json()] == [number]
    assert "asked something in the last 30 days" in report
    assert "answered" in report


def link_of(catcher: Catcher, to: str) -> str:
    text = str(catcher.got[catcher.to.index(to)].get_content())
    return next(urlsplit(word).path for word in text.split() if "/s/" in word)


def test_nobody_is_asked_who_does_not_want_it_and_why_is_told(owner: Browser, company: Heartline) -> None:
    number, kept = published(owner), company.stores.kept
    kept.unsubscribe(kept.handle_of_address("BO@example.com"), LetterKind.SURVEY, now_us=1)
    (profile,) = company.stores.derived.search("mira@example.com", limit=2)
    no = Consent(
        handle=profile.ref, purpose="survey", channel="email", state="withdrawn", wording="", version="", how="phone",
        by="anna", at_us=NOW_US,
    )  # fmt: skip
    company.act(no)
    addresses = (
        "name,mail\nMira,mira@example.com\nBo;Bo@Example.com\nX,not an@address\nNew,new@example.org\nnew@example.org"
    )
    told = invite(owner, number, "look", who="addresses", addresses=addresses)
    for why in ("withdrew consent", "wants no surveys by e-mail", "the address is none", "named twice"):
        assert why in told
    assert "1 person would be asked." in told
    invite(owner, number, who="addresses", addresses=addresses)
    assert [one.letter.to for one in kept.letters(limit=9)] == ["new@example.org"]


def test_rest_holds_over_all_surveys_and_a_share_is_the_same_each_time(owner: Browser, company: Heartline) -> None:
    first, second = published(owner), published(owner)
    many = "\n".join(f"p{n}@example.org" for n in range(80))
    looked = [invite(owner, first, "look", who="addresses", addresses=many, share="30") for _ in range(2)]
    chosen = [re.findall(r"p\d+@example.org, p[^<]*", page) for page in looked]
    assert chosen[0]
    assert chosen[0] == chosen[1]
    invite(owner, first, who="addresses", addresses=many, share="30")
    asked = len(company.stores.kept.letters(limit=999))
    assert 10 <= asked <= 40
    told = invite(owner, second, "look", who="addresses", addresses=many)
    assert f"{80 - asked} people would be asked." in told


def test_a_letter_without_its_link_or_to_nobody_is_not_sent(owner: Browser, company: Heartline) -> None:
    number = published(owner)
    path = f"/surveys/{number}/invite"
    for bad in ({"text": "no place"}, {"subject": " "}, {"share": "0"}, {"days": "x"}, {"share": "101"}):
        form = {"who": "touch", "touchpoint": "Delivery", "subject": "Hello", "text": "{link}", "do": "send", **bad}
        assert owner.post(path, form).status_code == 400
    owner.post(f"/surveys/{number}/close")
    form = {"who": "touch", "touchpoint": "Delivery", "subject": "Hello", "text": "{link}", "do": "send"}
    assert owner.post(path, form).status_code == 409
    assert company.stores.kept.letters(limit=9) == []


def test_an_answer_by_invitation_makes_a_new_customer_known_by_their_address(
    owner: Browser, company: Heartline
) -> None:
    number = published(owner)
    invite(owner, number, who="addresses", addresses="new@example.org")
    Postman(company).go_round()
    opened = unescape(owner.get("/settings/outbox/1").text)
    path = re.findall(r"/s/[\w-]{24}", opened)[0]
    with Browser(company) as guest:
        onward = answer(guest, answer(guest, path, "5"), "10")
        answer(guest, onward, "Lovely.")
    company.catch_up()
    (profile,) = company.stores.derived.search("new@example.org", limit=2)
    assert "Lovely." in owner.get(f"/customers/{profile.ref}").text


def test_a_standing_order_asks_who_meets_a_touchpoint_later_and_each_touch_once(
    owner: Browser, company: Heartline
) -> None:
    number, kept = published(owner), company.stores.kept
    invite(owner, number, "standing", hours="24")
    assert "Asks by itself: who meets Delivery, 24 h later" in unescape(owner.get(f"/surveys/{number}").text)
    later = time.time_ns() // 1_000 + 3_600_000_000
    send(company, *a_delivery("dee", email="dee@example.com", days_ago=-1 / 24), received_us=later)
    assert ask_standing(company, now_us=later) == 0, "what was before it began asks nobody, and a day has not gone by"
    send(company, *a_delivery("eli", email="eli@example.com", days_ago=-2 / 24), received_us=later + 3_600_000_000)
    due = later + 30 * 3_600_000_000
    assert [ask_standing(company, now_us=due) for _ in range(2)] == [2, 0]
    assert sorted(one.letter.to for one in kept.letters(limit=9)) == ["dee@example.com", "eli@example.com"]
    assert owner.post(f"/surveys/{number}/standing/stop").status_code == 303
    assert "Asks by itself" not in owner.get(f"/surveys/{number}").text
    no = {"who": "addresses", "addresses": "x@example.org", "subject": "-", "text": "{link}", "do": "standing"}
    assert owner.post(f"/surveys/{number}/invite", no).status_code == 400


def test_the_score_stands_beside_the_one_adjusted_to_all_who_were_invited(owner: Browser, company: Heartline) -> None:
    places = [("North", n) for n in range(16)] + [("South", n) for n in range(16)]
    people = {f"{place}-{n}".lower(): place for place, n in places}
    mail = {user: f"{user}@example.com" for user in people}
    send(company, *(one for user, place in people.items() for one in a_delivery(user, email=mail[user], place=place)))
    number = published(owner)
    invite(owner, number)
    kept = company.stores.kept
    # All of North answer and are content; of South three do, and are not.
    for letter in kept.letters(limit=99):
        place, _dash, name = letter.letter.to.partition("-")
        if place not in {"north", "south"} or (place == "south" and int(name.split("@")[0]) > 2):
            continue
        token = make_token(company.stores.database.secret(), "survey", letter.letter.key)
        with Browser(company) as guest:
            onward = answer(guest, f"/s/{token}", "5" if place == "north" else "1")
            for said in ("", "5", "")[(place == "north") :]:
                onward = answer(guest, onward, said)
    report = unescape(owner.get(f"/surveys/{number}").text)
    assert "Adjusted to all who were invited" in report
    figures = [float(one) for one in re.findall(r'<span class="figure"><b>(\d\.\d)</b>', report)]
    assert figures[0] == pytest.approx((16 * 5 + 3) / 19, abs=0.06), figures
    # Mira and Bo are of North too: 18 were invited there, 16 in South.
    assert figures[1] == pytest.approx((18 * 5 + 16) / 34, abs=0.06), figures
