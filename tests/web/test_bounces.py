"""Bounces: nobody is written to where nobody is, who complains gets no more, and a policy is no bounce."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator

import pytest
from browsing import Browser, a_user
from mail_catcher import Catcher, catching
from test_letters import state, write
from test_voice_pages import words_of

from heartline.app import Heartline, open_twin
from heartline.collect import BOUNCE_MARK
from heartline.config import Settings
from heartline.records import (
    Body,
    BounceCounts,
    BounceKind,
    BounceNotice,
    LetterKind,
    LetterState,
    Role,
    Source,
    SourceRules,
    Trust,
)
from heartline.web import Postman
from heartline.web.bounce_rounds import hear_bounces
from heartline.web.privacy_access import gather_dossier, pack_dossier


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


@pytest.fixture
def heartline(catcher: Catcher) -> Iterator[Heartline]:
    with open_twin(Settings(smtp_url=catcher.url, mail_from="care@example.org")) as opened:
        opened.change_workspace(letters_from=0, letters_to=0)
        yield opened


def handle_of(heartline: Heartline, address: str = "mira@example.com") -> str:
    return heartline.stores.kept.handle_of_address(address)


def a_service(heartline: Heartline, *, trust: Trust = Trust.TRUSTED, hook: str = "mailgun") -> Source:
    source = heartline.stores.kept.add_source(name="Mail", trust=trust)
    heartline.stores.kept.set_source_rules(source.source_id, SourceRules(hook=hook, hook_secrets=("12345678",)))
    heartline.sources.reload()
    return source


def tell(heartline: Heartline, source: Source, kind: str = "hard", *, n: int = 1, dialect: bool = True) -> None:
    """Have a notice arrive as the door keeps it; without ``dialect`` as a touch that only calls itself one."""
    notice = {"service": "mailgun", "bounce": kind, "email": "mira@example.com", "status": "5.1.1", "id": f"{kind}{n}"}
    touch = {
        "type": "track", "event": "E-mail not delivered", "messageId": f"t{n}", "anonymousId": "a",
        "properties": {BOUNCE_MARK: kind}, "context": {"heartline": {"identifiers": {"email": "mira@example.com"}}},
    }  # fmt: skip
    said: dict[str, object] = {"batch": [notice if dialect else touch]}
    if dialect:
        said["_heartline"] = {"dialect": "mailgun"}
    payload = json.dumps(said).encode()
    received_us = time.time_ns() // 1_000
    body = Body(source_id=source.source_id, received_us=received_us, payload=payload, events=1)
    heartline.intake.submit(body)
    heartline.catch_up()


@pytest.mark.parametrize(
    ("answer", "stands", "counts"),
    [
        ("rcpt 550 5.1.1 <mira@example.com> no such user", "held", BounceCounts(held=1)),
        ("rcpt 556 5.1.10 null MX", "held", BounceCounts(held=1)),
        ("rcpt 550 no such user", "free", BounceCounts()),
        ("rcpt 550 5.7.1 blocked by policy", "free", BounceCounts(soft=1)),
        ("rcpt 552 5.2.2 mailbox full", "free", BounceCounts(soft=1)),
        ("rcpt 553 5.1.8 sender unknown", "free", BounceCounts(soft=1)),
        ("550 5.1.1 said after the letter", "free", BounceCounts()),
        ("rcpt 450 4.2.1 greylisted", "free", BounceCounts()),
    ],
)
def test_only_a_relay_that_says_nobody_is_there_holds_an_address_back(
    heartline: Heartline, catcher: Catcher, answer: str, stands: str, counts: BounceCounts
) -> None:
    write(heartline)
    catcher.answers.append(answer)
    postman = Postman(heartline)
    postman.go_round()
    assert heartline.stores.kept.bounce_counts() == counts
    number = write(heartline, "next", kind="reply")
    postman.go_round()
    after, held = heartline.stores.kept.letter(number), stands == "held"
    assert (after.state is LetterState.HELD_BACK, after.told == "bounces") == (held, held)
    assert catcher.to.count("mira@example.com") == (0 if held else 1)
    # Of the address only its hash is kept, and nothing that names it: the relay's words do.
    bounce = heartline.stores.kept.bounce_of(handle_of(heartline))
    assert "mira" not in f"{bounce}"


def test_a_letter_that_was_put_off_for_days_counts_as_a_soft_bounce_once(
    heartline: Heartline, catcher: Catcher
) -> None:
    write(heartline)
    catcher.answers += ["rcpt 452 4.2.2 full"] * 20
    now = [time.time_ns() // 1_000]
    postman = Postman(heartline, clock=lambda: now[0])
    for _day in range(20):
        postman.go_round()
        now[0] += 86_400_000_000
    assert state(heartline) is LetterState.GIVEN_UP
    assert heartline.stores.kept.bounce_counts() == BounceCounts(soft=1)
    write(heartline, "next")
    catcher.answers.clear()
    postman.go_round()
    assert catcher.to == ["mira@example.com"]


def test_a_signed_notice_stops_what_waits_and_its_button_lets_it_go_again(
    heartline: Heartline, catcher: Catcher
) -> None:
    source, kept = a_service(heartline), heartline.stores.kept
    tell(heartline, source)
    number = write(heartline)
    postman = Postman(heartline)
    postman.go_round()
    assert (state(heartline, number), catcher.to) == (LetterState.HELD_BACK, [])
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        page = words_of(owner.get("/settings/outbox").text)
        for words in ("Addresses that bounce", "mira@example.com", "Nobody there", "Mailgun 5.1.1", "Held back 1"):
            assert words in page, words
        assert "nobody is at this address" in page
        path = f"/settings/outbox/bounces/{handle_of(heartline)}"
        assert owner.post(path, {}, form="/settings/outbox").status_code == 303
        assert owner.post(path, {}, form="/settings/outbox").status_code == 404
    assert any(line.what == "letter.bounce_lifted" for line in kept.audit(limit=9))
    write(heartline, "after")
    postman.go_round()
    assert catcher.to == ["mira@example.com"]
    # The same notice is not heard again; a new one holds the address back anew.
    assert hear_bounces(heartline) == 0
    tell(heartline, source, n=2)
    assert hear_bounces(heartline) == 1


def test_a_complaint_unsubscribes_at_once_and_answers_still_go(heartline: Heartline, catcher: Catcher) -> None:
    tell(heartline, a_service(heartline), "complaint")
    write(heartline)
    answer = write(heartline, "answer", kind="reply")
    Postman(heartline).go_round()
    assert (state(heartline), state(heartline, answer)) == (LetterState.HELD_BACK, LetterState.SENT)
    assert heartline.stores.kept.letter(1).told == "unsubscribed"
    assert heartline.stores.kept.is_unsubscribed(handle_of(heartline), LetterKind.DIGEST)


def test_soft_bounces_are_counted_and_hold_nothing_back(heartline: Heartline, catcher: Catcher) -> None:
    source = a_service(heartline)
    for n in range(3):
        tell(heartline, source, "soft", n=n)
    write(heartline)
    Postman(heartline).go_round()
    assert state(heartline) is LetterState.SENT
    bounce = heartline.stores.kept.bounce_of(handle_of(heartline))
    assert bounce is not None
    assert (bounce.soft, bounce.held_us) == (3, 0)


@pytest.mark.parametrize(("trust", "hook"), [(Trust.PUBLIC, ""), (Trust.TRUSTED, "standard"), (Trust.TRUSTED, "")])
def test_whoever_only_calls_a_touch_so_stops_nobody(heartline: Heartline, trust: Trust, hook: str) -> None:
    a_service(heartline)
    tell(heartline, a_service(heartline, trust=trust, hook=hook), dialect=False)
    assert hear_bounces(heartline) == 0
    assert heartline.stores.kept.bounce_counts() == BounceCounts()


def test_a_death_between_hearing_and_noting_counts_nothing_twice(
    heartline: Heartline, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, kept = a_service(heartline), heartline.stores.kept
    for n in range(5):
        tell(heartline, source, "soft", n=n)
    with monkeypatch.context() as broken:
        broken.setattr(type(kept), "set_setting", _die)
        with pytest.raises(RuntimeError):
            hear_bounces(heartline)
    hear_bounces(heartline)
    bounce = kept.bounce_of(handle_of(heartline))
    assert bounce is not None
    assert bounce.soft == 5


def _die(*_args: object, **_given: object) -> None:
    raise RuntimeError


def test_a_customers_page_says_so_and_who_invites_may_lift_it(heartline: Heartline) -> None:
    tell(heartline, a_service(heartline))
    hear_bounces(heartline)
    derived = heartline.stores.derived
    customer_id = derived.customer_of_handle(handle_of(heartline))
    assert customer_id is not None
    ref = derived.profiles([customer_id])[customer_id].ref
    path = f"/settings/outbox/bounces/{handle_of(heartline)}"
    with Browser(heartline) as agent:
        agent.sign_in(a_user(heartline, role=Role.AGENT, email="nora@example.com"))
        page = agent.get(f"/customers/{ref}").text
        assert "E-mail does not reach them" in page
        assert path not in page
        assert agent.post(path, {"ref": ref}, form="/account").status_code == 403
    with Browser(heartline) as manager:
        manager.sign_in(a_user(heartline, role=Role.MANAGER, email="max@example.com"))
        assert path in manager.get(f"/customers/{ref}").text
        done = manager.post(path, {"ref": ref}, form=f"/customers/{ref}")
        assert done.headers["location"] == f"/customers/{ref}"
        assert "E-mail does not reach them" not in manager.get(f"/customers/{ref}").text
        assert "E-mail not delivered" in manager.get(f"/customers/{ref}").text, "what happened stays in their life"


def test_an_archive_tells_of_it_and_an_erasure_leaves_the_hash(heartline: Heartline) -> None:
    tell(heartline, a_service(heartline))
    hear_bounces(heartline)
    heartline.stores.kept.unsubscribe(handle_of(heartline), LetterKind.SURVEY, now_us=1)
    derived = heartline.stores.derived
    customer_id = derived.customer_of_handle(handle_of(heartline))
    assert customer_id is not None
    dossier = gather_dossier(heartline, derived.profiles([customer_id])[customer_id].ref)
    (told,) = dossier.parts["addresses"]
    assert (told["address"], told["code"], told["no_letters_of"]) == ("mira@example.com", "5.1.1", ["survey"])
    assert told["bounces_since"]
    with zipfile.ZipFile(io.BytesIO(pack_dossier(dossier, now_us=2**50))) as packed:
        assert "addresses.json" in packed.namelist()
        assert b"addresses " in packed.read("README.txt")
    heartline.stores.kept.forget_letters([handle_of(heartline)])
    assert heartline.stores.kept.bounce_of(handle_of(heartline)) is not None


def test_an_address_that_is_known_by_its_hash_alone_is_said_to_be(heartline: Heartline) -> None:
    notice = BounceNotice(handle="ab" * 16, kind=BounceKind.HARD, at_us=1, status="<b>", told_by="<script>alert(1)")
    heartline.stores.kept.note_bounce(notice)
    with Browser(heartline) as owner:
        owner.sign_in(a_user(heartline))
        page = owner.get("/settings/outbox").text
        assert "known by its hash alone" in page
        assert "<script>alert" not in page
