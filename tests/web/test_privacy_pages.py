"""The pages of privacy: consent written down and taken back, an archive, an erasure with its certificate, retention."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send
from test_customers import ref_of, said_who

from heartline.app import Heartline
from heartline.records import IdentifierKind, Role

NOW = time.time()


@pytest.fixture
def ana(heartline: Heartline) -> str:
    """Ana came twice, and Bo once; return Ana's id."""
    at = NOW - 3 * DAY_S
    send(
        heartline,
        [
            said_who("ana", at, name="Anastazja Ruiz", email="anastazja@example.com"),
            a_touch("ana", at + 1, "Courier", text="Call me: +49 30 1234567"),
            said_who("bo", at, name="Bo Li"),
            a_touch("bo", at + 1, "Courier", text="Fine"),
        ],
    )
    derived = heartline.stores.derived
    owner = derived.customer_of_handle(ref_of(heartline, IdentifierKind.USER_ID, "ana"))
    assert owner is not None
    return derived.profiles([owner])[owner].ref


def test_consent_is_written_down_and_withdrawn_as_easily(owner: Browser, ana: str) -> None:
    page = f"/customers/{ana}/privacy"
    assert "silence is a no" in owner.get(page).text
    said = {"purpose": "News", "channel": "email", "state": "given", "wording": "Yes <please>", "how": "on paper"}
    assert owner.post(f"/customers/{ana}/consent", said).status_code == 303
    text = owner.get(page).text
    for words in ("news", "agreed", "Yes &lt;please&gt;", "on paper", "written down by owner@example.com"):
        assert words in text, words
    assert owner.post(f"/customers/{ana}/consent", {**said, "state": "withdrawn", "wording": ""}).status_code == 303
    assert "news by email: withdrawn" in owner.get(page).text
    refused = owner.post(f"/customers/{ana}/consent", {**said, "purpose": " "})
    assert refused.status_code == 400
    assert "purpose and a channel" in refused.text
    told = [line.what for line in owner.heartline.stores.kept.audit(limit=9)]
    assert told[:2] == ["customer.consent"] * 2


def test_the_archive_is_a_file_that_the_audit_knows_of(owner: Browser, ana: str) -> None:
    answer = owner.get(f"/customers/{ana}/archive.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert b"+49 30 1234567" in opened.read("interactions.csv")
        assert b"Bo Li" not in b"".join(opened.read(name) for name in opened.namelist())
    assert owner.heartline.stores.kept.audit(limit=1)[0].what == "customer.archived"


def test_an_erasure_leads_to_a_certificate_that_names_nobody(owner: Browser, ana: str) -> None:
    asked = {"reason": "by letter", "suppress": "1"}
    refused = owner.post(f"/customers/{ana}/erase", asked)
    assert refused.status_code == 400
    assert "cannot be taken back" in refused.text
    assert owner.post(f"/customers/{ana}/erase", {**asked, "sure": "1", "reason": ""}).status_code == 400
    answer = owner.post(f"/customers/{ana}/erase", {**asked, "sure": "1"})
    certificate = answer.headers["location"]
    deadline = time.monotonic() + 120
    while 'data-step="done"' not in owner.get(certificate).text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    text = owner.get(certificate).text
    for words in ("Certificate of erasure", "by letter", "owner@example.com", "Events blanked in the journal"):
        assert words in text, words
    assert "anastazja" not in text.lower()
    assert owner.get(f"/customers/{ana}").status_code == 404
    assert certificate.rsplit("/", 1)[1] in owner.get("/settings/privacy").text
    assert "Bo Li" in owner.get("/customers?q=Bo").text

    send(owner.heartline, [a_touch("ana", NOW - DAY_S, "Courier")])
    assert owner.heartline.account().refused == 1
    assert owner.post(f"{certificate}/lift", {"reason": ""}).status_code == 400
    assert owner.post(f"{certificate}/lift", {"reason": "came back"}).status_code == 303
    send(owner.heartline, [a_touch("ana", NOW - DAY_S + 9, "Courier")])
    assert owner.get(f"/customers/{ref_of(owner.heartline, IdentifierKind.USER_ID, 'ana')}").status_code == 200


def test_retention_shows_what_would_go_before_it_goes(owner: Browser, ana: str) -> None:
    assert "kept for ever until you say" in owner.get("/settings/privacy").text
    assert owner.post("/settings/retention", {"identified": "two"}).status_code == 400
    assert owner.post("/settings/retention", {"identified": "2"}).status_code == 303
    text = owner.get("/settings/privacy").text
    assert "Known customers’ touches" in text
    assert "Remove it now" in text
    assert owner.heartline.account().erased == 0
    assert owner.post("/settings/retention/run").status_code == 303
    account = owner.heartline.account()
    assert (account.erased, account.stored, account.balanced) == (4, 0, True)
    assert ana


def test_only_who_may_erase_sees_how_and_an_export_is_masked(heartline: Heartline, owner: Browser, ana: str) -> None:
    assert "[phone]" in owner.get("/answers.csv?measure=comments").text
    assert "1234567" not in owner.get("/answers.csv?measure=comments").text
    with Browser(heartline).sign_in(a_user(heartline, role=Role.MANAGER, email="m@example.com")) as manager:
        assert "/erase" not in manager.get(f"/customers/{ana}/privacy").text
        assert manager.post(f"/customers/{ana}/erase", {"sure": "1", "reason": "x"}).status_code == 403
        assert manager.get("/settings/privacy").status_code == 403
