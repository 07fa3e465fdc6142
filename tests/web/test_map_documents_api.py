"""What people wrote on a map, told to a program: the same as on the page, as its reader may see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_calls import a_program, a_token
from browsing import Browser, a_user
from small_company import a_company
from test_map_documents import document_of, post_document, where_of

from heartline.app import Heartline, open_twin
from heartline.records import Role


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=5)


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def test_a_program_reads_what_the_page_says(company: Heartline, owner: Browser) -> None:
    journey, path = where_of(company)
    count = len(journey.stages)
    text = "Written by hand, call +49 30 1234567"
    assert post_document(owner, path, believed=["-1"] * count, backstage=[text] * count).status_code == 303
    owner.post(f"{path}/comments", {"stage": journey.stages[0].name, "text": "@Vera look"})
    owner.post(f"{path}/snapshots?range=all", {"name": "Then"}, form=f"{path}/snapshots")
    kept = document_of(company)
    with a_program(company) as program:
        told = program.read(f"{path}/document", range="all")
        assert [lane["key"] for lane in told["lanes"]] == [lane.key for lane in kept.arranged]
        assert {note["backstage"] for note in told["stages"]} == {text}
        assert told["edition"] == kept.edition
        assert told["comments"][-1]["text"] == "@Vera look"
        assert [one["customers"] for one in told["snapshots"][-1]["stages"]] == [
            one.customers for one in kept.snapshots[-1].figures
        ]
        drawn = program.read(f"{path}/map", range="all")
        for gap in told["beliefs"]:
            felt = next(stage["feeling"] for stage in drawn["stages"] if stage["name"] == gap["stage"])
            assert gap["felt"] == felt
            assert gap["value"] == pytest.approx(felt["value"] + 1)
        assert told["beliefs"]
        viewer = a_user(company, role=Role.VIEWER, email="vito@example.com")
        program.token_shown = a_token(company, viewer)
        assert "1234567" not in program.call(f"{path}/document").text
