"""A map of any size is drawn with at most 3,000 elements; what it leaves out is said, and stays in the table."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from browsing import Browser
from charts_samples import a_feeling, a_hostile_map, a_map
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import a_touch, send

from heartline.app import Heartline
from heartline.records import Journey, MapDocument, MapLane, Stage, StageNote
from heartline.web.charts.heartline import (
    DRAWN,
    CellLine,
    LaneGiven,
    MapGiven,
    StageColumn,
    Story,
    Touch,
    Voice,
    Wait,
    fold_map,
)
from heartline.web.charts.heartline.folding import MOST_DRAWN, count_drawn, count_most
from tries import some

LINE = CellLine(words="Words of a cell", href="/there", note="n 1,204", level="measured", seen="21 Nov")


def a_giant(stages: int, touches: int, *, lines: int = 3, own: int = 12, story: int | None = None) -> MapGiven:
    """Everything that a map may hold in every one of its cells."""

    def touch(stage: int, nth: int) -> Touch:
        value = ((stage * 7 + nth * 3) % 19 - 9) / 10
        felt = a_feeling(value, n=100 + nth)
        return Touch(name=f"T{stage}.{nth}", channel="web", feeling=felt, href="/t", seen="21 Nov", felt="20 Nov")

    columns = tuple(
        StageColumn(
            name=f"Stage {nth}", people=1_000 - nth, lost=0.1, here_now=3, here_href="/n", does="a, b", does_href="/d",
            voice=Voice(text="Some words", by="web, 21 Nov", href="/v"), wait_href="/w", owner="Ines", seen="21 Nov",
            wait=Wait(median_s=10, p90_s=30, promise_s=20), believed=0.1 * (nth % 9), href="/s",
            touches=tuple(touch(nth, at) for at in range(touches)),
        )
        for nth in range(stages)
    )  # fmt: skip
    told = [("pains", lines), ("kpis", lines), ("evidence", 1), *((f"own-{nth}", 1) for nth in range(own))]
    lanes = (LaneGiven(key=key, label=key, cells=stages * ((LINE,) * count,)) for key, count in told)
    given = MapGiven(name="A giant", stages=columns, lanes=(*(LaneGiven(key=key) for key in DRAWN), *lanes))
    return given if story is None else replace(given, story=Story(second="It falls here.", touch=story))


sizes = st.tuples(st.integers(1, 20), st.integers(0, 2), st.integers(1, 5), st.integers(0, 12))


@given(sizes)
@settings(max_examples=some(15))
def test_the_cheap_bound_never_says_too_little(size: tuple[int, int, int, int]) -> None:
    stages, touches, lines, own = size
    giant = a_giant(stages, touches, lines=lines, own=own)
    assert count_drawn(giant) <= count_most(giant)


@pytest.mark.parametrize("given_map", [a_map(), a_hostile_map()], ids=["sample", "hostile"])
def test_the_bound_holds_for_the_samples_and_they_are_drawn_whole(given_map: MapGiven) -> None:
    assert count_drawn(given_map) <= count_most(given_map)
    folded = fold_map(given_map)
    assert not folded
    assert folded.given is given_map


@pytest.mark.parametrize(("stages", "touches"), [(7, 2), (14, 1), (20, 2), (20, 4)])
def test_the_largest_maps_fit_and_say_what_is_told_elsewhere(stages: int, touches: int) -> None:
    giant = a_giant(stages, touches, lines=5, story=stages * touches - 1)
    folded = fold_map(giant)
    assert count_drawn(folded.given) <= MOST_DRAWN
    assert [stage.name for stage in folded.given.stages] == [stage.name for stage in giant.stages], "every stage stays"
    shown = [touch.name for touch in folded.given.touches]
    assert sorted((*shown, *folded.touches)) == sorted(touch.name for touch in giant.touches)
    drawn = sum(len(cell) for lane in folded.given.told for cell in lane.cells)
    assert drawn + folded.lines + len(folded.lanes) * stages == sum(
        len(cell) for lane in giant.told for cell in lane.cells
    )
    story, told = folded.given.story, giant.touches[-1]
    assert story is not None
    assert story.touch is not None
    assert folded.given.touches[story.touch] is told, "the story's touchpoint stays"
    assert bool(folded) is (count_drawn(giant) > MOST_DRAWN)


def test_a_journey_of_twenty_full_stages_on_its_page(owner: Browser, heartline: Heartline) -> None:
    names = [(f"Stage {nth}", tuple(f"At {nth}.{at}" for at in range(4))) for nth in range(20)]
    start = 1_790_000_000.0
    send(
        heartline,
        [
            a_touch(f"u{who}", start + 4_000 * nth + 600 * at + who, touchpoint, channel="web", place="North",
                    text="It took a while, yet fine", score={"kind": "csat", "value": 3 + who % 3, "top": 5})
            for who in range(6)
            for nth, (_stage, touchpoints) in enumerate(names)
            for at, touchpoint in enumerate(touchpoints)
        ],
    )  # fmt: skip
    stages = tuple(Stage(name=name, touchpoints=touchpoints, owner="Ines") for name, touchpoints in names)
    heartline.stores.kept.set_journey(Journey(journey_id="giant", name="A giant", stages=stages))
    texts = tuple((name, "Written of it by hand") for name, _touchpoints in names)
    notes = tuple(StageNote(stage=n, believed=0.1, to_be="b", target="t", backstage="s") for n, _t in names)
    lanes = tuple(MapLane(key=f"own-{nth}", label=f"Own {nth}", texts=texts) for nth in range(12))
    heartline.stores.kept.set_map_document(MapDocument(journey_id="giant", lanes=lanes, notes=notes))
    page = owner.get("/journeys/giant?range=all").text
    drawing = page[page.index('class="map-wide"') : page.index('class="note map-note')]
    assert 1_000 < len(re.findall("<[a-zA-Z]", drawing)) <= MOST_DRAWN
    assert "Too full to be drawn whole" in page
    assert "12 added lanes" in page
    table = owner.get("/journeys/giant/table?range=all").text
    assert table.count("Written of it by hand") == 12 * 20
