"""What programs change: the same as the pages do, told once where it is secret, in the audit, refused with a reason."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_calls import Program, a_program
from browsing import Browser, a_user
from small_company import DAY_S, a_company, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Right, Role, SuggestionStatus
from heartline.store import NewSuggestion
from heartline.web import Desk
from heartline.web.api import make_document, read_operations
from heartline.web.chores import find_chore
from heartline.web.sources import find_source

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0, webhook_allow="127.0.0.1")) as opened:
        yield a_company(opened, seed=8, customers=60)


@pytest.fixture(scope="module")
def program(company: Heartline) -> Iterator[Program]:
    with a_program(company) as opened:
        yield opened


def ask(program: Program, method: str, path: str, status: int, **body: object) -> dict[str, object]:
    given = {"json": body} if body or method in {"PATCH", "PUT"} else {}
    answer = program.call(path, method=method, **given)
    assert answer.status_code == status, answer.text
    told: dict[str, object] = answer.json() if answer.content else {}
    return told


def heard(company: Heartline, what: str) -> str:
    """The detail of the latest line of the audit of a kind."""
    return company.stores.kept.audit(limit=1, what=what)[0].detail


def some_refs(company: Heartline, first: int, last: int) -> list[str]:
    owners = [int(owner) for owner in company.log().customers[first:last]]
    return [profile.ref for profile in company.stores.derived.profiles(owners).values()]


def test_a_journey_is_begun_changed_as_a_new_version_and_forgotten(company: Heartline, program: Program) -> None:
    begun = ask(program, "POST", "/journeys", 201, name="North", segment={"field": "place", "value": "North"})
    path = f"/journeys/{begun['id']}"
    assert (begun["where"], begun["version"]) == ([{"field": "place", "value": "North"}], 1)
    stages = [{"name": "First", "touchpoints": ["Advert", "Checkout"], "owner": "Sales", "locked": True}]
    changed = ask(program, "PATCH", path, 200, stages=stages, ends=["Checkout"], gap_days=30, was=1)
    assert (changed["stages"], changed["ends"], changed["gap_days"]) == (stages, ["Checkout"], 30)
    assert (changed["version"], changed["where"], changed["name"]) == (2, begun["where"], "North")
    assert ask(program, "PATCH", path, 409, name="South", was=1)["code"] == "journey_moved"
    assert ask(program, "PATCH", path, 400, where=[{"field": "mood", "value": "1"}])["code"] == "unknown_filter"
    assert (
        ask(program, "POST", "/journeys", 400, name="x", segment={"field": "place", "value": "Moon"})["code"]
        == "nobody"
    )
    again = ask(program, "POST", f"{path}/propose", 200)["stages"]
    assert stages[0] in again  # type: ignore[operator]  # a list
    assert ask(program, "PATCH", path, 200, was=3)["version"] == 4
    assert heard(company, "journey.propose") == "North"
    assert ask(program, "DELETE", path, 204) == {}
    assert ask(program, "DELETE", path, 404)["code"] == "no_journey"


def test_a_sources_key_is_told_once_and_opens_the_door(company: Heartline, program: Program) -> None:
    made = ask(program, "POST", "/sources", 201, name=" New  shop ", trust="trusted")
    source = made["source"]
    assert isinstance(source, dict)
    path, kept = f"/sources/{source['id']}", find_source(company, source["id"])
    assert (source["name"], made["write_key"]) == ("New shop", kept.write_key)
    assert str(made["write_key"]) not in program.call(path).text + program.call(f"{path}/rules").text
    fresh = ask(program, "POST", f"{path}/key", 200, days=7)
    assert fresh["write_key"] == find_source(company, source["id"]).write_key != made["write_key"]
    assert ask(program, "POST", f"{path}/key", 400, days=3)["code"] == "bad_body"
    secret = "whsec_" + "a" * 32
    rules = ask(program, "PATCH", f"{path}/rules", 200, only=["Order"], hook="shopify", hook_secrets=[secret])
    assert (rules["only"], rules["hook"], rules["hook_secrets"], rules["identify"]) == (["Order"], "shopify", 1, True)
    assert rules["old_key_until"] is not None
    assert secret not in program.call(f"{path}/rules").text
    rules = ask(program, "PATCH", f"{path}/rules", 200, origins=["https://shop.example"], identify=False)
    assert (rules["only"], rules["origins"], rules["hook_secrets"]) == (["Order"], ["https://shop.example"], 1)
    assert company.sources.rules(source["id"]).identify is False
    assert ask(program, "PATCH", f"{path}/rules", 400, origins=["shop.example"])["code"] == "bad_origin"
    assert ask(program, "PATCH", f"{path}/rules", 400, hook="unheard")["code"] == "bad_body"
    assert ask(program, "PATCH", path, 200, enabled=False)["enabled"] is False
    assert find_source(company, source["id"]).enabled is False
    assert heard(company, "source_changed") == f"{source['id']}: name None, enabled False"


def test_a_value_would_have_to_be_bent_to_fit_is_refused(program: Program) -> None:
    for body in ({"enabled": 0}, {"enabled": "false"}, {"name": 7}):
        assert ask(program, "PATCH", "/sources/1", 400, **body)["code"] == "bad_body", body
    assert ask(program, "POST", "/cases", 400, interaction="3")["code"] == "bad_body"


def test_people_are_invited_changed_and_nobody_changes_themselves(company: Heartline, program: Program) -> None:
    given = ask(program, "POST", "/people", 201, name="Noor", email="Noor@Example.com", role="agent")
    person = given["person"]
    assert isinstance(person, dict)
    assert (person["email"], person["role"]) == ("noor@example.com", "agent")
    assert re.search(r"/password\?token=\S{40}", str(given["link"]))
    assert heard(company, "user.invited") == "noor@example.com as agent"
    assert ask(program, "POST", "/people", 409, name="N", email="noor@example.com")["code"] == "email_taken"
    assert ask(program, "POST", "/people", 400, name="N", email="nobody")["code"] == "bad_email"
    path = f"/people/{person['id']}"
    known = ask(program, "PATCH", path, 200, role="manager", places=["North"])
    assert (known["places"], known["person"]["role"]) == (["North"], "manager")  # type: ignore[index]  # a person
    assert ask(program, "PATCH", path, 200, enabled=False)["places"] == ["North"]
    assert ask(program, "PATCH", path, 409, role="owner")["code"] == "owner_bound"
    assert ask(program, "PATCH", path, 404, team=9)["code"] == "no_team"
    me = program.read("/me")["id"]
    assert ask(program, "PATCH", f"/people/{me}", 409, role="viewer")["code"] == "oneself"
    first = ask(program, "POST", f"{path}/link", 200)["link"]
    assert ask(program, "POST", f"{path}/link", 200)["link"] != first
    assert ask(program, "GET", "/people/4711", 404)["code"] == "no_user"


def test_a_token_with_few_rights_lends_itself_no_others(company: Heartline) -> None:
    owner = a_user(company, email="second-owner@example.com")
    given = company.stores.kept.audit(limit=1, what="user.link_given")
    with a_program(company, rights=frozenset({Right.MANAGE_PEOPLE})) as clerk:
        for role in ("owner", "manager", "viewer"):
            told = ask(clerk, "POST", "/people", 403, name="Me", email=f"me-{role}@example.com", role=role)
            assert told["code"] == "beyond_rights"
        assert ask(clerk, "POST", f"/people/{owner.user_id}/link", 403)["code"] == "beyond_rights"
        assert ask(clerk, "PATCH", f"/people/{owner.user_id}", 403, role="manager")["code"] == "beyond_rights"
    assert not [user for user in company.stores.kept.users() if user.email.startswith("me-")]
    assert company.stores.kept.audit(limit=1, what="user.link_given") == given


def test_the_audit_is_read_page_by_page(company: Heartline, program: Program) -> None:
    for number in range(7):
        company.stores.kept.note_audit(who="x@example.com", what="tried", detail=f"{number}")
    lines = program.walk("/audit", what="tried", limit=3)
    assert [line["detail"] for line in lines] == [str(number) for number in range(6, -1, -1)]
    assert program.walk("/audit", what="tried", about="4")[0]["detail"] == "4"
    with a_program(company, role=Role.MANAGER) as manager:
        assert manager.call("/audit").status_code == 403


def test_pairs_are_decided_once_and_taken_back(company: Heartline, program: Program) -> None:
    refs, kept = sorted(some_refs(company, 0, 4)), company.stores.kept
    found = [(refs[0], refs[1], 0.9, True), (refs[2], refs[3], 0.8, False)]
    kept.renew_suggestions(
        [
            NewSuggestion(left=left, right=right, probability=p, start_bits=-9.0, clues=(), over_limit=over)
            for left, right, p, over in found
        ],
        at_us=1,
    )
    page = program.read("/duplicates")
    assert (page["open"], page["accounts"], page["decided"]) == (1, 1, 0)
    (pair,) = program.walk("/duplicates", show="accounts", limit=1)
    assert {pair[side]["customer"]["ref"] for side in ("left", "right")} == {refs[0], refs[1]}
    path = f"/duplicates/{pair['id']}"
    confirmed = ask(program, "PATCH", path, 200, decision="confirm")
    assert (confirmed["status"], confirmed["joined"]) == ("confirmed", True)
    assert program.read(f"/customers/{refs[0]}")["ref"] == program.read(f"/customers/{refs[1]}")["ref"]
    assert ask(program, "PATCH", path, 409, decision="dismiss")["code"] == "suggestion_decided"
    assert [line["id"] for line in program.walk("/duplicates", show="decided")] == [pair["id"]]
    assert ask(program, "PATCH", path, 200, decision="reopen")["joined"] is False
    assert kept.count_suggestions(SuggestionStatus.OPEN) == 2
    assert heard(company, "duplicates.reopen") == str(pair["id"])
    assert ask(program, "PATCH", "/duplicates/4711", 404, decision="confirm")["code"] == "no_suggestion"


def test_a_value_is_blocked_before_it_is_met_and_freed_again(company: Heartline, program: Program) -> None:
    held = ask(program, "POST", "/identity/blocked", 200, kind="email", value=" Desk@Shop.example", reason="The till")
    (mark,) = [one for one in held["marked"] if one["mark"] == "blocked"]  # type: ignore[attr-defined]  # a list
    assert heard(company, "identity.blocked") == f"{mark['handle']}: The till"
    again = ask(program, "POST", "/identity/blocked", 200, kind="email", value="desk@shop.example", reason="The till")
    assert again["marked"] == held["marked"]
    freed = ask(program, "POST", "/identity/marks", 200, handle=mark["handle"], do="free", reason="Sold it")
    assert [one["mark"] for one in freed["marked"]] == ["cleared"]  # type: ignore[attr-defined]  # a list
    for body, code in (({"reason": "  "}, "no_reason"), ({"kind": "email", "value": "null"}, "junk_already")):
        asked = {"kind": "email", "value": "a@b.example", "reason": "x", **body}
        assert ask(program, "POST", "/identity/blocked", 400, **asked)["code"] == code


def test_consent_is_written_down_word_for_word(company: Heartline, program: Program) -> None:
    (ref,) = some_refs(company, 10, 11)
    said = {"purpose": "News", "channel": "email", "state": "given", "wording": "Yes, «news»\nfor me", "version": "3"}
    told = ask(program, "POST", f"/customers/{ref}/consents", 200, **said)
    (word,) = told["in_force"]  # type: ignore[misc]  # a list
    assert (word["purpose"], word["wording"], word["by"]) == ("news", said["wording"], program.read("/me")["email"])
    ask(program, "POST", f"/customers/{ref}/consents", 200, **{**said, "state": "withdrawn"})
    told = program.read(f"/customers/{ref}/consents")
    assert [word["state"] for word in told["in_force"]] == ["withdrawn"]
    assert [word["state"] for word in told["words"]] == ["withdrawn", "given"]
    assert heard(company, "customer.consent") == f"{ref} news by email: withdrawn"


def test_an_archive_wants_three_rights_and_is_the_pages(company: Heartline, program: Program) -> None:
    (ref,) = some_refs(company, 11, 12)
    answer = program.call(f"/customers/{ref}/archive", headers={"accept-encoding": "identity"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert {"README.txt", "identifiers.json", "consents.csv"} <= set(packed.namelist())
    assert heard(company, "customer.archived") == ref
    for missing in (Right.SEE_PERSONAL_DATA, Right.EXPORT, Right.CHANGE_CUSTOMERS):
        with a_program(company, rights=frozenset(Right) - {missing}) as less:
            assert less.call(f"/customers/{ref}/archive").status_code == 403, missing


def test_a_customer_is_erased_with_a_certificate_and_may_come_back() -> None:
    with open_twin(Settings(api_calls_a_minute=0)) as company, a_program(company) as program:
        at = time.time() - DAY_S
        send(company, [a_touch("ana", at, "Chat", text="Late again"), a_touch("ben", at, "Chat", text="Fine")])
        refs = [line["ref"] for line in program.walk("/customers", list="latest", range="all")]
        path = f"/customers/{refs[0]}/erasure"
        assert ask(program, "POST", path, 400, reason="Asked by letter", sure=False)["code"] == "bad_body"
        assert ask(program, "POST", path, 400, reason=" ", sure=True)["code"] == "no_reason"
        with a_program(company, role=Role.MANAGER) as manager:
            assert ask(manager, "POST", path, 403, reason="Asked by letter", sure=True)["code"] == "no_right"
        begun = ask(program, "POST", path, 202, reason="Asked by letter", sure=True)
        chore = find_chore(company, "erasing")
        assert chore is not None
        assert chore.thread is not None
        chore.thread.join(120)
        done = program.read(f"/erasures/{begun['certificate']}")
        assert (done["step"], done["suppressed"], done["customer"]) == ("done", 1, refs[0])
        assert ask(program, "POST", path, 404, reason="Asked by letter", sure=True)["code"] == "no_customer"
        assert [line["ref"] for line in program.walk("/customers", list="latest", range="all")] == refs[1:]
        send(company, [a_touch("ana", at, "Shop"), a_touch("ben", at, "Shop")])
        assert len(program.walk("/customers", list="latest", range="all")) == 1
        lifted = ask(program, "POST", f"/erasures/{begun['certificate']}/lift", 200, reason="Came back")
        assert lifted["suppressed"] == 0
        send(company, [a_touch(user, at + 9, "Shop") for user in ("ana", "ben")])
        assert len(program.walk("/customers", list="latest", range="all")) == 2
        assert [one["certificate"] for one in program.walk("/erasures", limit=1)] == [begun["certificate"]]
        assert ask(program, "GET", "/erasures/E-1", 404)["code"] == "no_certificate"


def test_retention_tells_what_would_go_and_nothing_goes(company: Heartline, program: Program) -> None:
    before = program.read("/metrics", measure="touches", range="all")["figure"]["n"]
    told = ask(program, "PUT", "/retention", 200, identified=100, audit=400)
    assert told["schedule"] == {
        "anonymous": None, "identified": 100, "refused": None, "audit": 400, "sessions": None,
        "letters": None, "surveys": None,
    }  # fmt: skip
    due = {one["data_class"]: one["count"] for one in told["due"]}  # type: ignore[attr-defined]  # a list
    assert 0 < due["identified"] < before
    assert program.read("/metrics", measure="touches", range="all")["figure"]["n"] == before
    assert program.read("/retention")["schedule"] == told["schedule"]
    assert ask(program, "PUT", "/retention", 200)["due"] == []
    assert ask(program, "PUT", "/retention", 400, identified=0)["code"] == "bad_body"


def test_a_webhook_is_made_with_a_secret_told_once(company: Heartline, program: Program) -> None:
    made = ask(program, "POST", "/webhooks", 201, url="https://127.0.0.1/hook", events=["case.opened"])
    hook = made["webhook"]
    assert isinstance(hook, dict)
    path = f"/webhooks/{hook['id']}"
    assert made["secret"] == company.stores.kept.endpoint(hook["id"]).secret
    assert str(made["secret"]) not in program.call("/webhooks").text + program.call(path).text
    assert ask(program, "POST", "/webhooks", 400, url="https://10.0.0.1/", events=["case.opened"])["code"] == (
        "inside_address"
    )
    assert ask(program, "POST", "/webhooks", 400, url="https://127.0.0.1/", events=["webhook.test"])["code"] == (
        "bad_body"
    )
    changed = ask(program, "PATCH", path, 200, events=["case.closed", "case.opened"])
    assert set(changed["events"]) == {"case.closed", "case.opened"}  # type: ignore[call-overload]  # a list
    tried = ask(program, "POST", f"{path}/test", 202)
    assert [one["event"] for one in tried["deliveries"]] == ["webhook.test"]  # type: ignore[attr-defined]  # a list
    assert ask(program, "PATCH", path, 200, enabled=False)["enabled"] is False
    assert ask(program, "POST", f"{path}/test", 409)["code"] == "webhook_off"
    assert ask(program, "POST", f"{path}/secret", 200)["secret"] != made["secret"]
    assert ask(program, "DELETE", path, 204) == {}
    assert ask(program, "DELETE", path, 404)["code"] == "no_webhook"


def test_an_import_is_weighed_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    lines = [f"{n},p{n % 6}@x.org,2026-03-{n:02} 10:00,Order,{n}.50" for n in range(1, 25)]
    path.write_text("\n".join(["id,email,when,event,amount", *lines]), encoding="utf-8")
    with open_twin(Settings(api_calls_a_minute=0)) as company, a_program(company) as program:
        desk = Desk(company)
        desk.run(path, desk.guess(path).mapping, source="Shop")
        (job,) = program.walk("/imports")
        weighed = program.read(f"/imports/{job['id']}/undo")
        assert (weighed["events"], weighed["stored"], weighed["customers"], weighed["alone"]) == (24, 24, 6, 6)
        assert company.account().undone == 0, "it was only weighed"
        assert ask(program, "POST", f"/imports/{job['id']}/undo", 202)["id"] == job["id"]
        chore = find_chore(company, f"undo {job['id']}")
        assert chore is not None
        assert chore.thread is not None
        chore.thread.join(120)
        assert (company.account().undone, company.account().balanced) == (24, True)
        assert program.read(f"/imports/{job['id']}")["status"] == "undone"
        assert ask(program, "POST", f"/imports/{job['id']}/undo", 409)["code"] == "import_undone"
        assert ask(program, "GET", "/imports/4711/undo", 404)["code"] == "no_import"


def test_no_change_by_session_goes_without_the_forms_token(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, email="session@example.com"))
        changes = [one for one in read_operations(make_document()) if one.method != "GET"]
        assert len(changes) > 30
        for one in changes:
            answer = browser.ask(one.method, re.sub(r"\{\w+\}", "1", one.path), json={})
            assert answer.json()["code"] == "stale_form", one


def test_every_refusal_of_a_change_is_in_the_reference(company: Heartline) -> None:
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    written = Path(__file__).read_text(encoding="utf-8")
    told = set(re.findall(r'\["code"\s*\]\s*==\s*\(?\s*"(\w+)"', written))
    assert len(told) > 10
    assert [code for code in sorted(told) if f"`{code}`" not in page] == []
