"""``heartline import``, against a desk of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from heartline.cli import import_verb
from heartline.collect import (
    DryRun,
    ImportMapping,
    ImportReport,
    NothingKnown,
    Target,
    plan_import,
    run_import,
    write_mapping,
)
from heartline.errors import Invalid
from heartline.records import Body
from heartline.web import Tell

SAMPLES = Path(__file__).parents[2] / "src/heartline/collect/importing/samples"


class Desk:
    zone = "Europe/Berlin"
    own = ("Harbour & Bean",)

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.saved: dict[str, str] = {}
        self.sources: list[str] = []

    def mappings(self) -> dict[str, str]:
        return self.saved

    def save_mapping(self, mapping: ImportMapping) -> None:
        self.saved[mapping.name] = write_mapping(mapping).decode()

    def plan(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> DryRun:
        tell("reading", 1, 1)
        return plan_import(path, mapping, self.target)

    def run(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> ImportReport:
        self.sources.append(source)
        tell("reading", 1, 1)
        tell("settling", 1, 1)
        return run_import(path, mapping, self.target)

    @property
    def target(self) -> Target:
        return Target(source_id=3, accept=self.bodies.append, lookups=NothingKnown())


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(import_verb, "reach_desk", lambda _settings: contextlib.nullcontext(desk))
    return desk


def run(*arguments: str, answer: str = "") -> str:
    result = CliRunner().invoke(import_verb.verb, list(arguments), input=answer, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_it_shows_tries_asks_and_sends(desk: Desk) -> None:
    output = run(str(SAMPLES / "shop-orders.csv"), answer="y\n")
    assert "3 rows: 5 touches new, 0 duplicate, 0 changed, 0 refused; 3 new customers, 0 matched." in output
    assert "Times carry no zone and are read as Europe/Berlin." in output
    assert sum(body.events for body in desk.bodies) == 5
    assert output.endswith("3 rows read; 5 events sent.\n")


def test_a_dry_run_and_a_no_send_nothing(desk: Desk) -> None:
    run(str(SAMPLES / "shop-orders.csv"), "--dry-run")
    run(str(SAMPLES / "shop-orders.csv"), answer="n\n")
    assert desk.bodies == []


def test_a_mapping_is_saved_and_used_by_name(desk: Desk) -> None:
    run(str(SAMPLES / "shop-orders.csv"), "--save", "Orders", "--dry-run")
    run(str(SAMPLES / "shop-orders.csv"), "--mapping", "Orders", "--yes")
    assert desk.sources[-1] == "Orders"
    assert len(desk.bodies) == 1


def test_a_ready_mapping_is_named_by_its_key(desk: Desk) -> None:
    run(str(SAMPLES / "zendesk.json"), "--mapping", "zendesk-json", "--yes", "--source", "Help desk")
    assert desk.sources == ["Help desk"]
    assert sum(body.events for body in desk.bodies) == 5


def test_a_file_about_a_rival_names_nobody(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("review_id,date,author,email,review\n1,2026-03-02,Ana,ana@x.org,Cheap beans and quick to come.\n")
    run(str(path), "--about", "Bean Barn", "--yes")
    sent = b"".join(body.payload for body in desk.bodies)
    assert b'"rival":"Bean Barn"' in sent
    assert b"ana" not in sent.lower()


def test_messages_cannot_be_made_a_rival_s_from_outside(desk: Desk) -> None:
    with pytest.raises(Invalid):
        run(str(SAMPLES / "segment.jsonl"), "--about", "Bean Barn", "--yes")
    assert desk.bodies == []
