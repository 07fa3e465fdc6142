"""Which text is of which theme is kept beside the texts, and themes by State: alike in memory, on disk, on a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from heartline.errors import Missing
from heartline.records import NO_THEME, NOBODY, Centre, Placing, Theme, ThemeAlert, ThemeRound
from heartline.store import Entry, Stores, open_memory, open_stores


@pytest.fixture(params=["memory", "disk"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    opened = open_memory() if request.param == "memory" else open_stores(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "disk", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def a_text(seq: int, text: str | None = "Late again.") -> Entry:
    return Entry(
        seq=seq, ts_us=seq, received_us=seq, subject_id=1, source_id=1, kind="track", touch=True, text=text,
        message_id=f"m{seq}",
    )  # fmt: skip


def a_placing(seq: int, theme: int = 3, *, version: int = 1) -> Placing:
    return Placing(seq=seq, version=version, theme=theme, likeness=0.75)


def a_theme(number: int, *, terms: tuple[str, ...] = ("late", "parcel"), size: int = 20) -> tuple[Theme, Centre]:
    theme = Theme(number=number, terms=terms, size=size, stability=0.75, stable=True, found_us=5)
    return theme, Centre(number=number, vector=b"\x00\x01", floor=0.5)


def a_round(version: int) -> ThemeRound:
    return ThemeRound(version=version, found_us=7, texts=200, encoder="use")


def test_texts_are_placed_once_and_again_by_another_version(stores: Stores) -> None:
    stores.history.append([a_text(3), a_text(1, None), a_text(2, ""), a_text(9, "谢谢")], offset=1)
    shelf = stores.placings
    assert [tuple(one) for one in shelf.unplaced(version=1, after_seq=-1, limit=9)] == [(3, "Late again."), (9, "谢谢")]
    assert shelf.shelve_placings([a_placing(3), a_placing(77)]) == 1
    assert [one.seq for one in shelf.unplaced(version=1, after_seq=-1, limit=9)] == [9]
    assert [one.seq for one in shelf.unplaced(version=2, after_seq=-1, limit=1)] == [3]
    assert shelf.shelve_placings([a_placing(3, 5, version=2), a_placing(9, NO_THEME, version=2)]) == 2
    assert (shelf.placing_count(version=1), shelf.placing_count(version=2)) == (0, 2)
    columns = shelf.placing_columns()
    assert (columns.seq.tolist(), columns.theme.tolist()) == ([3, 9], [5, 0])
    stores.history.append([structs.replace(a_text(11, "Of a rival"), subject_id=NOBODY)], offset=2)
    # What is said of a rival is placed, and no theme is found in it.
    assert [one.seq for one in shelf.unplaced(version=2, after_seq=-1, limit=9)] == [11]
    assert [one.seq for one in shelf.sample_texts(limit=9, seed=1)] == [3, 9]
    assert [one.seq for one in shelf.sample_texts(limit=1, seed=1)][-1:] in ([3], [9])


def test_what_is_removed_takes_its_theme_along_and_the_rest_outlives_a_rewrite(stores: Stores) -> None:
    stores.history.append([a_text(seq) for seq in range(1, 7)], offset=1)
    stores.placings.shelve_placings([a_placing(seq) for seq in range(1, 7)])
    stores.history.remove([(2, 3), (6, 6)], offset=2)
    assert stores.placings.placing_columns().seq.tolist() == [1, 4, 5]
    assert stores.placings.shelve_placings([a_placing(2), a_placing(4, 9)]) == 1
    stores.history.rewrite()
    assert stores.placings.placing_columns().theme.tolist() == [3, 9, 3]


def test_what_people_put_right_outlives_that_themes_are_found_anew(kept: Stores) -> None:
    state = kept.kept
    assert (state.themes(), state.theme_round(), state.theme_centres()) == ((), None, ())
    state.keep_themes(a_round(1), [a_theme(NO_THEME, size=30 - place) for place in range(4)])
    first, second, third, fourth = (one.number for one in state.themes())
    assert len({first, second, third, fourth, NO_THEME}) == 5
    state.change_theme(first, name="Late\x00parcels", hidden=False)
    state.change_theme(second, parent=third)
    with pytest.raises(Missing):
        state.change_theme(999, name="x")
    # Found again: the first with other words. Not found again: the others, and a new one has come.
    state.keep_themes(a_round(2), [a_theme(first, terms=("delayed",)), a_theme(NO_THEME, terms=("новое", "新"))])
    themes = {one.number: one for one in state.themes()}
    assert set(themes) == {first, second, third, max(themes)}, "the fourth, which nobody touched, is gone"
    assert themes[first].terms == ("delayed",)
    assert themes[first].name.startswith("Late")
    assert "\x00" not in themes[first].name
    assert themes[second].parent == third
    assert themes[max(themes)].terms == ("новое", "新")
    assert state.theme_round() == a_round(2)
    assert state.theme_centres()[0] == Centre(number=first, vector=b"\x00\x01", floor=0.5)


def test_alerts_are_kept_newest_first(kept: Stores) -> None:
    one = ThemeAlert(
        alert_id=0, theme=NO_THEME, seen_us=5, raised_us=9, minutes=20, customers=12, expected=1.25, terms=("焦",)
    )
    kept.kept.raise_theme_alert(one)
    kept.kept.raise_theme_alert(replace(one, seen_us=8, theme=2))
    assert [(alert.seen_us, alert.theme, alert.terms) for alert in kept.kept.theme_alerts()] == [
        (8, 2, ("焦",)), (5, NO_THEME, ("焦",)),
    ]  # fmt: skip
