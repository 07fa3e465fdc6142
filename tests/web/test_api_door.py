"""Who may call the JSON API, what is refused and how, and what every answer carries."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

import jsonschema_rs
import pytest
from api_calls import API, Program, a_program, a_token
from browsing import Browser, a_user
from small_company import a_company

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Bounds, Right, Role, Trust
from heartline.web.api import make_document, read_operations
from heartline.web.api.buckets import Buckets

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0)) as opened:
        yield a_company(opened, seed=6)


@pytest.fixture(scope="module")
def program(company: Heartline) -> Iterator[Program]:
    with a_program(company) as opened:
        yield opened


def refusal(program: Program, path: str, *, status: int, method: str = "GET", **given: object) -> dict[str, object]:
    answer = program.call(path, method=method, **given)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["message"] == told["detail"] != ""
    return dict(told)


def test_nobody_gets_nothing_but_the_document(company: Heartline) -> None:
    with Program(company) as stranger:
        for operation in read_operations(make_document()):
            path = operation.path.removeprefix(API).replace("{journey_id}", "x").replace("{ref}", "0" * 32)
            path = re.sub(r"\{\w+\}", "1", path)
            answer = stranger.call(path, method=operation.method, json={})
            assert answer.status_code == 401, operation
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert stranger.get("/api/openapi.json").json()["openapi"].startswith("3.1")


def test_what_shows_a_wrong_token_is_nobody_even_in_a_signed_in_browser(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, email="signed-in@example.com"))
        assert browser.get(f"{API}/me").json()["by_token"] is False
        for shown in ("Bearer hl_wrong", "Bearer ", "Basic b3duZXI6", "", "Bearer " + "x" * 500):
            assert browser.get(f"{API}/me", headers={"authorization": shown}).status_code == 401, shown


def test_a_token_may_no_more_than_was_granted_and_its_maker_may(company: Heartline) -> None:
    with a_program(company, rights=frozenset({Right.SEE_FIGURES})) as modest:
        assert modest.call("/metrics?measure=nps").status_code == 200
        assert refusal(modest, "/customers", status=403)["code"] == "no_right"
    with a_program(company, role=Role.VIEWER) as viewer:
        assert refusal(viewer, "/cases", method="POST", status=403, json={})["code"] == "no_right"
        assert refusal(viewer, "/people", status=403)["code"] == "no_right"
        rights = viewer.read("/me")["rights"]
    assert "work_cases" not in rights
    with a_program(company, hours=-1) as late:
        assert refusal(late, "/me", status=401)["code"] == "signed_out"


def test_who_is_bound_to_a_place_sees_no_other(company: Heartline) -> None:
    user = a_user(company, role=Role.MANAGER, email="north@example.com")
    company.stores.kept.set_bounds(user.user_id, Bounds(places=("North",)))
    with Program(company, a_token(company, user)) as bound, a_program(company) as free:
        asked = {"measure": "nps", "range": "all"}
        assert (
            bound.read("/metrics", **asked)["figure"]
            == free.read("/metrics", **asked, by="place", **{"is": "North"})["figure"]
        )
        assert {item["place"] for item in bound.walk("/answers", **asked)} == {"North"}
        elsewhere = free.walk("/answers", **asked, by="place", **{"is": "South"})[0]["customer"]["ref"]
        assert bound.call(f"/customers/{elsewhere}").status_code == 404
        assert bound.call(f"/customers/{elsewhere}/timeline").status_code == 404


def test_names_are_masked_for_those_who_may_not_see_them(company: Heartline) -> None:
    with a_program(company, rights=frozenset({Right.SEE_CUSTOMERS})) as blind, a_program(company) as seeing:
        ref = seeing.walk("/customers", list="latest", range="all")[0]["ref"]
        open_value = seeing.read(f"/customers/{ref}")["identifiers"][0]["identifier"]["value"]
        masked = blind.call(f"/customers/{ref}")
        assert open_value.startswith("u")
        assert masked.status_code == 200
        assert f'"{open_value}"' not in masked.text


def test_a_change_by_a_browser_must_come_from_our_own_page(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, email="changes@example.com"))
        ref = browser.get(f"{API}/customers?list=latest&range=all").json()["items"][0]["ref"]
        opening = {"customer": ref}
        assert browser.ask("POST", f"{API}/cases", json=opening).json()["code"] == "stale_form"
        proof = {"x-csrftoken": browser.token("/account")}
        foreign = {**proof, "origin": "https://elsewhere.example"}
        assert browser.ask("POST", f"{API}/cases", json=opening, headers=foreign).json()["code"] == "other_site"
        opened = browser.ask("POST", f"{API}/cases", json=opening, headers=proof)
        assert opened.status_code == 201
        assert browser.get(opened.headers["location"]).json() == opened.json()


@pytest.mark.parametrize(
    ("path", "code", "names"),
    [
        ("/metrics", "missing_value", ["measure"]),
        ("/metrics?measure=happiness", "bad_value", ["happiness", "nps", "valence"]),
        ("/metrics?measure=nps&mesure=nps", "unknown_name", ["mesure", "measure", "range"]),
        ("/metrics?measure=nps&measure=ces", "named_twice", ["measure"]),
        ("/metrics?measure=nps&range=yesterday", "bad_range", ["12w", "all"]),
        ("/metrics?measure=nps&range=2026-02-01..2026-01-01", "bad_range", []),
        ("/metrics?measure=nps&by=mood&is=1", "unknown_filter", ["mood", "channel", "place"]),
        ("/metrics?measure=nps&where=mood%3D1", "unknown_filter", ["mood"]),
        ("/metrics?measure=nps&by=place", "no_filter", ["is"]),
        ("/metrics?measure=nps&is=North", "no_filter", ["by"]),
        ("/metrics?measure=nps&since=yesterday", "bad_time", ["since"]),
        ("/metrics?measure=nps&since=2026-01-01", "bad_time", ["since"]),
        ("/metrics?measure=lost", "no_journey", ["lost"]),
        ("/answers?measure=nps&sort=oldest", "bad_value", ["sort"]),
        ("/answers?measure=nps&limit=0", "bad_value", ["limit"]),
        ("/answers?measure=nps&limit=201", "bad_value", ["limit"]),
        ("/answers?measure=nps&after=abc", "bad_cursor", ["after"]),
        ("/customers?q=a%00b", "bad_query", []),
        ("/cases?show=all", "bad_value", ["show"]),
        ("/refused?after=WyJ4IiwxXQ", "bad_cursor", []),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_can(program: Program, path: str, code: str, names: list[str]) -> None:
    told = refusal(program, path, status=400)
    assert told["code"] == code
    assert [name for name in names if name not in f"{told['message']} {told['hint']}"] == []


def test_a_position_of_another_list_or_a_made_up_one_is_none_of_ours(program: Program) -> None:
    onward = program.read("/answers", measure="nps", range="all", limit=1)["next"]
    assert (
        refusal(program, f"/answers?measure=nps&range=all&sort=lowest&after={onward}", status=400)["code"]
        == "bad_cursor"
    )
    for made in ([], ["newest"], ["newest", 1, 2], ["newest", "a", "b", "c"], {"a": 1}, ["newest", 1e300, 1, 1]):
        after = base64.urlsafe_b64encode(json.dumps(made).encode()).decode().rstrip("=")
        assert refusal(program, f"/answers?measure=nps&range=all&after={after}", status=400)["code"] == "bad_cursor", (
            made
        )
    far = base64.urlsafe_b64encode(json.dumps(["customers found", -9, -9]).encode()).decode().rstrip("=")
    assert program.call(f"/customers?q=u1&after={far}").status_code == 200


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {"titel": "x"}}, 400, "unknown_field"),
        ({"json": {"title": 5}}, 400, "bad_body"),
        ({"json": {"title": "a\0b"}}, 400, "bad_body"),
        ({"json": {"title": "x" * 500}}, 400, "bad_body"),
        ({"json": {"due": "soon", "customer": "0" * 32}}, 400, "bad_body"),
        ({"json": []}, 400, "bad_body"),
        ({"json": {}}, 400, "no_subject"),
        ({"json": {"customer": "0" * 32}}, 404, "no_customer"),
        ({"json": {"interaction": 2**62}}, 404, "no_touch"),
        ({"json": {"interaction": 2**64}}, 400, "bad_body"),
        ({"content": b'{"title"'}, 400, "bad_body"),
        ({"content": b"\xff\xfe"}, 400, "bad_body"),
        ({"content": b""}, 400, "bad_body"),
        ({"content": b"[" * 60_000}, 400, "bad_body"),
        ({"content": b'{"title":"\\ud800"}'}, 400, "bad_body"),
        ({"content": b'{"note":"' + b"x" * 70_000 + b'"}'}, 413, "body_too_large"),
        ({"data": {"title": "x"}}, 415, "no_json"),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused_with_a_reason(
    program: Program, sent: dict[str, object], status: int, code: str
) -> None:
    headers = {"content-type": "application/json"} if "content" in sent else {}
    assert refusal(program, "/cases", method="POST", status=status, headers=headers, **sent)["code"] == code


def test_an_unknown_field_is_named_with_those_known(program: Program) -> None:
    told = refusal(program, "/cases/1", method="PATCH", status=400, json={"staus": "closed"})
    assert "staus" in str(told["message"])
    assert "status" in str(told["hint"])


def test_a_case_goes_its_way_by_calls(program: Program) -> None:
    said = program.walk("/answers", measure="comments", range="all")[0]
    opened = program.call("/cases", method="POST", json={"interaction": said["interaction"], "note": "Call her"})
    assert opened.status_code == 201, opened.text
    case = opened.json()["case"]
    path = f"/cases/{case['id']}"
    assert (case["status"], case["interaction"], case["customer"]) == ("new", said["interaction"], said["customer"])
    assert opened.json()["cause"]["comment"] == said["comment"]
    moved = program.call(
        path, method="PATCH", json={"status": "contacted", "owner": "", "due": "2027-01-04", "was": "new"}
    )
    assert (moved.json()["case"]["status"], moved.json()["case"]["owner"]) == ("contacted", "")
    assert moved.json()["case"]["due"].startswith("2027-01-04T17:00")
    assert (
        refusal(program, path, method="PATCH", status=409, json={"status": "mended", "was": "new"})["code"]
        == "case_moved"
    )
    assert refusal(program, path, method="PATCH", status=400, json={"status": "closed"})["code"] == "no_reason"
    assert refusal(program, path, method="PATCH", status=400, json={"owner": "Nobody Here"})["code"] == "bad_owner"
    closed = program.call(path, method="PATCH", json={"status": "closed", "reason": "Mended"}).json()["case"]
    assert (closed["status"], closed["reason"]) == ("closed", "Mended")
    assert case["id"] in [line["id"] for line in program.walk("/cases", show="closed", limit=1)]
    assert case["id"] not in [line["id"] for line in program.walk("/cases", limit=1)]
    assert any("Call her" in note["text"] for note in program.read(path)["notes"])


def test_an_answer_carries_a_tag_and_is_not_sent_twice(program: Program) -> None:
    path = "/metrics?measure=nps&range=all"
    first = program.call(path)
    again = program.call(path, headers={"if-none-match": first.headers["etag"]})
    other = program.call("/metrics?measure=ces&range=all", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    head = program.call(path, method="HEAD")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])
    zipped = program.call("/scores?range=all", headers={"accept-encoding": "gzip"})
    plain = program.call("/scores?range=all", headers={"accept-encoding": "identity"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.json() == plain.json()
    assert int(zipped.headers["content-length"]) == len(gzip.compress(plain.content, 4, mtime=0))


def test_no_other_site_is_let_in_and_nothing_is_sent_elsewhere(program: Program) -> None:
    foreign = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    for method in ("GET", "OPTIONS", "POST"):
        answer = program.call("/cases", method=method, headers=foreign)
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    with (
        open_twin(Settings(base_url="https://hl.example.com", secure_cookies=True)) as secure,
        Program(secure) as plain,
    ):
        asked = plain.call("/me")
        assert (asked.status_code, "location" in asked.headers) == (401, False)
        assert "strict-transport-security" in asked.headers


def test_an_address_that_is_not_there_is_a_problem_too(program: Program) -> None:
    assert refusal(program, "/nothing", status=404)["code"] == "no_address"
    assert refusal(program, "/cases/99999999999999999999", status=404)["code"] == "not_here"
    assert refusal(program, "/cases/12345", status=404)["code"] == "no_case"
    assert refusal(program, "/journeys/none/map", status=404)["code"] == "no_journey"
    assert program.ask("GET", "/api/v2/metrics").json()["code"] == "no_address"
    refused = program.call("/cases/1", method="DELETE")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, PATCH")


def test_too_many_calls_wait_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartline.web.api.application.Buckets", partial(Buckets, clock=lambda: 0.0))
    with open_twin(Settings(api_calls_a_minute=3)) as company, a_program(company) as eager, a_program(company) as calm:
        answers = [eager.call("/me") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].json()["code"] == "too_many_calls"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
        assert calm.call("/me").status_code == 200


def test_a_bucket_fills_at_an_even_rate_and_forgets_who_is_long_gone() -> None:
    now = [0.0]
    buckets = Buckets(60, clock=lambda: now[0], remembered=5)
    assert [buckets.take("a") for _ in range(61)] == [0] * 60 + [1]
    now[0] += 2.5
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    now[0] += 0.6
    assert buckets.take("a") == 0
    for caller in range(20):
        assert buckets.take(str(caller)) == 0
    assert len(buckets) == 5
    assert [Buckets(0).take("a") for _ in range(1_000)] == [0] * 1_000


def test_no_key_and_no_hash_of_a_password_is_ever_told(company: Heartline, program: Program) -> None:
    source = company.stores.kept.add_source(name="Secret", trust=Trust.TRUSTED)
    company.sources.reload()
    told = [
        program.call(path).text for path in ("/sources", f"/sources/{source.source_id}", "/people", "/me", "/workspace")
    ]
    assert not [text for text in told if source.write_key in text or "argon2" in text]


def test_the_document_is_openapi_3_1_and_every_operation_is_described() -> None:
    document = make_document()
    schemas = document["components"]["schemas"]
    assert document["openapi"] == "3.1.0"
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
        assert schema.get("description") or "enum" in schema, name
    identities = set()
    for operation in read_operations(document):
        assert operation.title
        assert operation.about, operation.path
        assert [name for name, about, _ in operation.takes if not about] in ([], [*_silent(operation.path)]), operation
        identities.add((operation.method, operation.path))
    assert len(identities) == len(read_operations(document)) >= 30


def _silent(path: str) -> list[str]:
    """Fields that their names say enough of."""
    return {"/api/v1/cases": ["title", "note"], "/api/v1/cases/{case_id}": ["status", "note"]}.get(path, [])


def test_every_operation_and_every_code_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    operations = read_operations(make_document())
    calls = [f"`{one.method} {one.path.removeprefix(API)}`" for one in operations]
    assert [call for call in calls if call not in page] == []
    assert [one.tag for one in operations if f"## {one.tag}" not in page] == []
    families = r"(?:Invalid|Missing|Conflict|NotAllowed|Unavailable|HeartlineError)\(\s*\"(\w+)\""
    sources = (ROOT / "src/heartline/web/api").rglob("*.py")
    codes = {code for path in sources for code in re.findall(families, path.read_text(encoding="utf-8"))}
    assert len(codes) > 20
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []


def test_the_program_of_the_how_to_does_what_it_says(
    company: Heartline, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/how-to/ask-from-a-program.md").read_text(encoding="utf-8")
    written = page.split("```python\n")[1].split("```")[0]

    def serve(request: Request, timeout: float) -> io.BytesIO:
        address = request.full_url.removeprefix("http://127.0.0.1:8118")
        answer = program.ask("GET", address, headers=dict(request.header_items()))
        if answer.status_code != 200:
            raise HTTPError(address, answer.status_code, "", answer.headers, io.BytesIO(answer.content))
        return io.BytesIO(answer.content)

    monkeypatch.setenv("TOKEN", program.token_shown)
    monkeypatch.setattr("urllib.request.urlopen", serve)
    made: dict[str, object] = {}
    exec(compile(written, "how-to", "exec"), made)  # our own page
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == program.read("/metrics", measure="comments", range="4w")["figure"]["n"] > 0
    monkeypatch.setenv("TOKEN", "hl_wrong")
    with pytest.raises(SystemExit, match="token"):
        exec(compile(written, "how-to", "exec"), made)  # our own page


def test_the_page_of_the_api_shows_every_call_and_no_foreign_script(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="reads@example.com"))
        page = browser.get("/api").text
    for operation in read_operations(make_document()):
        assert f"{operation.method} {operation.path.removeprefix(API)}<" in page
        assert operation.title in unescape(page)
    assert [
        source for source in re.findall(r"<script[^>]*src=\"([^\"]+)\"", page) if not source.startswith("/assets/")
    ] == []
