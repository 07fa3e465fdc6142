"""What people write on maps is kept alike in memory, on disk and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartline.errors import Conflict
from heartline.records import MapComment, MapDocument, MapLane, Metric, Snapshot, Stage, StageFigures, StageNote
from heartline.store import Stores, open_memory, open_stores


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def a_document() -> MapDocument:
    feeling = Metric(name="valence", value=-0.25, low=-0.5, high=0.0, n=41, customers=40, method="t")
    nothing = Metric(name="wait", value=None, low=None, high=None, n=0, customers=0, method="t")
    figures = StageFigures(stage="Kaufen „jetzt“", customers=2**40, feeling=feeling, wait=nothing, lost=feeling)
    return MapDocument(
        journey_id="first-look",
        edition=3,
        lanes=(MapLane(key="own-1", label="Ängste", texts=(("Kaufen „jetzt“", "Is text 41 safe?"),)),),
        notes=(StageNote(stage="Kaufen „jetzt“", department="Küche", believed=0.4, to_be="好", target="−1 d"),),
        comments=(MapComment(number=1, stage="x", author="Tom", at_us=2**50, text="Jo Text rang", mentions=(7,)),),
        snapshots=(
            Snapshot(
                number=1, name="Before", by="Tom", at_us=5, asked="All time", figures=(figures,),
                stages=(Stage(name="Kaufen „jetzt“", touchpoints=("a", "b"), locked=True, owner="Ines"),),
            ),
        ),
    )  # fmt: skip


def test_a_document_comes_back_whole_and_by_its_version(stores: Stores) -> None:
    kept = stores.kept
    assert kept.map_document("first-look") == MapDocument(journey_id="first-look")
    first = kept.set_map_document(a_document())
    assert first == replace(a_document(), version=1)
    assert kept.map_document("first-look") == first
    second = kept.set_map_document(replace(first, notes=()))
    assert (second.version, second.notes) == (2, ())
    for stale in (a_document(), first):
        with pytest.raises(Conflict):
            kept.set_map_document(stale)
    other = kept.set_map_document(MapDocument(journey_id="b"))
    assert kept.map_documents() == (other, second)
    kept.drop_map_document("first-look")
    assert kept.map_documents() == (other,)


def test_an_erasure_takes_words_out_and_leaves_the_document_readable(stores: Stores) -> None:
    kept = stores.kept
    kept.set_map_document(a_document())
    changed = kept.replace_texts(["Jo Text", "41", "text", "number"], by="[erased]")
    assert changed["map_documents"] == 1
    found = kept.map_document("first-look")
    assert found.comments[0].text == "[erased] rang"
    assert found.lanes[0].texts == (("Kaufen „jetzt“", "Is [erased] [erased] safe?"),)
    assert found.snapshots == a_document().snapshots, "a figure that looks like a word is no word"
