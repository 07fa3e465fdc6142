"""The map as a working document: lanes and notes by the form, beliefs, comments that tell, snapshots, the file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import a_company

from heartline.app import Heartline, open_twin
from heartline.errors import Invalid
from heartline.records import (
    ALWAYS_SHOWN,
    STANDARD_LANES,
    Journey,
    MapComment,
    MapDocument,
    MapLane,
    Metric,
    Role,
    Snapshot,
    Stage,
    StageFigures,
    StageNote,
    User,
)
from heartline.understand import Selection, mask_personal
from heartline.web.map_files import read_journey_file, write_journey_file
from heartline.web.map_form import Reading, apply_map_act, carry_stages, read_belief, read_map_form
from heartline.web.map_talk import find_mentions
from heartline.web.mapping import list_journeys, read_map
from heartline.web.sessions import now_us

STAGES = ("Buy", "Use", "Return")
WORDS = st.text("aä好 .<&\"'", max_size=20).map(lambda text: " ".join(text.split()))
BELIEFS = st.none() | st.integers(-100, 100).map(lambda hundredth: hundredth / 100)
METRICS = st.one_of(
    st.just(Metric(name="m", value=None, low=None, high=None, n=0, customers=0, method="t")),
    st.tuples(st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted), st.integers(1, 9_999)).map(
        lambda drawn: Metric(
            name="m", low=drawn[0][0], value=drawn[0][1], high=drawn[0][2], n=drawn[1], customers=1, method="t"
        )
    ),
)


def some_figures(stage: str) -> st.SearchStrategy[StageFigures]:
    return st.builds(
        StageFigures, stage=st.just(stage), customers=st.integers(0, 2**40), feeling=METRICS, wait=METRICS, lost=METRICS
    )


@st.composite
def documents(draw: st.DrawFn) -> MapDocument:
    keys = draw(st.permutations([*STANDARD_LANES, "own-1", "own-2"]))
    lanes = [
        MapLane(
            key=key,
            label=draw(WORDS) or "A lane",
            hidden=draw(st.booleans()) and key != ALWAYS_SHOWN,
            texts=tuple((stage, draw(WORDS) or "x") for stage in STAGES) if key.startswith("own-") else (),
        )
        for key in keys
    ]
    notes = [
        StageNote(
            stage=s,
            department=draw(WORDS),
            believed=draw(BELIEFS),
            to_be=draw(WORDS),
            target=draw(WORDS),
            backstage=draw(WORDS),
        )
        for s in STAGES
    ]
    comments = [
        MapComment(
            number=n, stage=draw(st.sampled_from(STAGES)), author="Tom", at_us=n, text=draw(WORDS), mentions=(3,)
        )
        for n in range(1, draw(st.integers(1, 3)))
    ]
    stages = tuple(Stage(name=stage, touchpoints=(f"at {stage}",)) for stage in STAGES)
    snapshots = [
        Snapshot(
            number=n, name=draw(WORDS), by="Ines", at_us=n, asked="All time", stages=stages,
            figures=tuple(draw(some_figures(stage)) for stage in STAGES),
        )
        for n in range(1, draw(st.integers(1, 3)))
    ]  # fmt: skip
    kept = tuple(note for note in notes if note != StageNote(stage=note.stage))
    return MapDocument(
        journey_id="j", lanes=tuple(lanes), notes=kept, comments=tuple(comments), snapshots=tuple(snapshots)
    )


JOURNEY = Journey(
    journey_id="j",
    name="First look",
    stages=tuple(Stage(name=stage, touchpoints=(f"at {stage}",), owner="Ines") for stage in STAGES),
    starts=("at Buy",),
    ends=("at Return",),
    where=(("place", "North"),),
    version=4,
)


def form_of(document: MapDocument) -> dict[str, list[str]]:
    """The fields as the page shows them."""
    lanes = document.arranged
    notes = [document.note(stage) for stage in STAGES]
    return {
        "lane": [lane.key for lane in lanes],
        "label": [lane.label for lane in lanes],
        "shown": [lane.key for lane in lanes if not lane.hidden],
        "stage": list(STAGES),
        "department": [note.department for note in notes],
        "believed": ["" if note.believed is None else f"{note.believed:g}" for note in notes],
        "to_be": [note.to_be for note in notes],
        "target": [note.target for note in notes],
        "backstage": [note.backstage for note in notes],
        **{f"text:{lane.key}": [lane.words(stage) for stage in STAGES] for lane in lanes if lane.own},
    }


def same(text: str) -> str:
    return text


@given(document=documents())
def test_the_form_shown_and_sent_back_changes_nothing(document: MapDocument) -> None:
    read = read_map_form(form_of(document), Reading(before=document, stages=STAGES, mask=same))
    assert read == document


@given(document=documents())
def test_a_file_comes_back_as_it_was(document: MapDocument) -> None:
    journey, found = read_journey_file(write_journey_file(JOURNEY, document))
    assert journey == replace(JOURNEY, version=1)
    assert found == replace(document, comments=tuple(replace(one, mentions=()) for one in document.comments))
    assert read_journey_file(write_journey_file(journey, found)) == (journey, found)


@given(document=documents(), data=st.data())
def test_lanes_only_ever_change_places_and_a_move_is_undone_by_its_opposite(document: MapDocument, data: Any) -> None:
    keys = [lane.key for lane in document.arranged]
    key = data.draw(st.sampled_from(keys))
    down = apply_map_act(document, f"lane-down:{key}")
    assert sorted(lane.key for lane in down.arranged) == sorted(keys)
    if key != keys[-1]:
        assert apply_map_act(down, f"lane-up:{key}").arranged == document.arranged
    removed = [lane.key for lane in apply_map_act(document, f"lane-remove:{key}").arranged]
    assert (key in removed) is (key in STANDARD_LANES), "only an added lane can go"


def test_who_sees_no_numbers_leaves_them_where_they_are() -> None:
    before = MapDocument(journey_id="j", notes=(StageNote(stage="Buy", to_be="Call +49 30 1234567", target="x"),))
    shown = form_of(replace(before, notes=tuple(replace(n, to_be=mask_personal(n.to_be)) for n in before.notes)))
    assert "1234567" not in shown["to_be"][0]
    shown["target"][0] = "y"
    read = read_map_form(shown, Reading(before=before, stages=STAGES, mask=mask_personal))
    assert (read.note("Buy").to_be, read.note("Buy").target) == ("Call +49 30 1234567", "y")


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("0,4", 0.4), ("−0.25", -0.25), ("1", 1.0), ("-1", -1.0), ("0.005", 0.01)]
)
def test_a_belief_is_read_as_people_write_it(text: str, value: float | None) -> None:
    assert read_belief(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["1.01", "nan", "inf", "-9", "good", "1e309"])
def test_no_other_belief_is_kept(text: str) -> None:
    with pytest.raises(Invalid):
        read_belief(text)


def test_a_belief_moves_by_buttons_and_stops_at_the_ends() -> None:
    document = MapDocument(journey_id="j")
    for _press in range(25):
        document = apply_map_act(document, "believe-up:Buy")
    assert document.note("Buy").believed == 1.0
    document = apply_map_act(document, "believe-down:Buy")
    assert document.note("Buy").believed == 0.9


def test_what_was_written_follows_a_stage_to_its_new_name() -> None:
    document = MapDocument(
        journey_id="j",
        notes=(StageNote(stage="Buy", believed=0.4), StageNote(stage="Return", target="x")),
        comments=(MapComment(number=1, stage="Buy", author="Tom", at_us=1, text="!"),),
        lanes=(MapLane(key="own-1", texts=(("Buy", "words"),)),),
    )
    stages = (replace(JOURNEY.stages[0], name="Order"), JOURNEY.stages[1])
    carried = carry_stages(document, JOURNEY, replace(JOURNEY, stages=stages))
    assert carried.note("Order").believed == 0.4
    assert carried.comments[0].stage == "Order"
    assert carried.lanes[0].words("Order") == "words"
    assert carried.note("Return").target == "x", "a stage that left keeps its words, should it come back"


def users(*names: tuple[str, str]) -> list[User]:
    return [
        User(user_id=nth, name=name, email=email, role=Role.VIEWER) for nth, (name, email) in enumerate(names, start=1)
    ]


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@ann lee look, and @Tom.", (2, 3)),
        ("@Ann look", ()),
        ("@ann.k@shop.example and @ines!", (1, 4)),
        ("tom@shop.example wrote, @tom.smith did not", ()),
        ("@Tomorrow @@tom @nobody", ()),
        ("@TOM @tom", (3,)),
    ],
)
def test_a_mention_is_somebody_and_only_one(text: str, mentioned: tuple[int, ...]) -> None:
    people = users(
        ("Ann Kahn", "ann.k@shop.example"), ("Ann Lee", "al@shop.example"), ("Tom", "tom@shop.example"),
        ("Ines", "i@shop.example"),
    )  # fmt: skip
    assert find_mentions(text, people) == mentioned


BAD = {
    "no JSON": lambda file: "{",
    "another layout": lambda file: {**file, "version": 2},
    "another thing": lambda file: {"heartline": "survey"},
    "deep": lambda file: "[" * 100_000,
    "a belief beyond": lambda file: change(file, ["document", "notes", 0, "believed"], 7),
    "a belief of a kind": lambda file: change(file, ["document", "notes", 0, "believed"], "high"),
    "two stages of a name": lambda file: change(file, ["journey", "stages", 1, "name"], "Buy"),
    "no name": lambda file: change(file, ["journey", "name"], " "),
    "a gap beyond": lambda file: change(file, ["journey", "gap_days"], 10**9),
    "a foreign start": lambda file: change(file, ["journey", "starts"], ["elsewhere"]),
    "an unknown lane": lambda file: change(file, ["document", "lanes", 0, "key"], "<script>"),
    "a hidden heart": lambda file: change(file, ["document", "lanes", 1, "hidden"], value=True),
    "a long text": lambda file: change(file, ["document", "notes", 0, "to_be"], "x" * 401),
    "a control sign": lambda file: change(file, ["document", "notes", 0, "to_be"], "a\u0000b"),
    "half a sign": lambda file: json.dumps(file).replace("Tom", "\\ud800"),
    "an interval upside down": lambda file: change(
        file, ["document", "snapshots", 0, "figures", 0, "feeling", "low"], 0.9
    ),
    "a value without interval": lambda file: change(
        file, ["document", "snapshots", 0, "figures", 0, "feeling", "low"], None
    ),
    "figures of other stages": lambda file: change(file, ["document", "snapshots", 0, "figures"], []),
    "a time out of time": lambda file: change(file, ["document", "comments", 0, "at_us"], -1),
    "one number twice": lambda file: change(file, ["document", "comments"], 2 * file["document"]["comments"]),
}


def change(file: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    spot: Any = file
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return file


def a_file() -> dict[str, Any]:
    figure = Metric(name="m", value=0.2, low=0.1, high=0.3, n=50, customers=40, method="t")
    document = MapDocument(
        journey_id="j",
        lanes=(MapLane(key="people", hidden=True), MapLane(key=ALWAYS_SHOWN)),
        notes=(StageNote(stage="Buy", believed=0.5),),
        comments=(MapComment(number=1, stage="Buy", author="Tom", at_us=1, text="Why?"),),
        snapshots=(
            Snapshot(
                number=1, name="Then", by="Tom", at_us=1, asked="All time", stages=JOURNEY.stages[:1],
                figures=(StageFigures(stage="Buy", customers=9, feeling=figure, wait=figure, lost=figure),),
            ),
        ),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(write_journey_file(JOURNEY, document))
    return told


@pytest.mark.parametrize("name", BAD)
def test_what_no_map_can_hold_is_refused_with_words(name: str) -> None:
    read_journey_file(msgspec.json.encode(a_file()))
    bad = BAD[name](a_file())
    body = bad.encode() if isinstance(bad, str) else msgspec.json.encode(bad)
    with pytest.raises(Invalid, match="no journey that can be taken in"):
        read_journey_file(body)


@given(body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_journey_file(body)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=5)


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@pytest.fixture(scope="module")
def viewer(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company, role=Role.VIEWER, email="vera@example.com"))


def where_of(company: Heartline) -> tuple[Journey, str]:
    journey = list_journeys(company, company.log())[0]
    return journey, f"/journeys/{journey.journey_id}"


def post_document(browser: Browser, path: str, **changes: Any) -> Any:
    """Send the form as it is shown, with some fields changed (a list replaces all values of a name)."""
    page = browser.get(f"{path}/document").text
    form = page[page.index('id="map-form"') : page.index('id="comments"')]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>|<textarea[^>]*>[^<]*", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or name[1] == "_csrf_token" or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        text = tag.partition(">")[2] if tag.startswith("<textarea") else value[1] if value else ""
        data.setdefault(name[1], []).append(unescape(text))
    return browser.post(f"{path}/document", {"act": "save", **data, **changes}, form=f"{path}/document")


def document_of(company: Heartline) -> MapDocument:
    return company.stores.kept.map_document(where_of(company)[0].journey_id)


def test_lanes_notes_and_beliefs_are_seen_on_the_map_its_table_and_its_files(
    company: Heartline, owner: Browser, viewer: Browser
) -> None:
    journey, path = where_of(company)
    count = len(journey.stages)
    assert post_document(owner, path, act="lane-add").status_code == 303
    own = next(lane.key for lane in document_of(company).arranged if lane.own)
    lanes = [lane.key for lane in document_of(company).arranged]
    answer = post_document(
        owner, path,
        department=["Roastery & <b>Bar</b>"] + [""] * (count - 1),
        believed=["-1"] * count,
        to_be=["=Nobody waits"] + [""] * (count - 1),
        label=["Fears" if key == own else "Their words" if key == "voice" else "" for key in lanes],
        shown=[key for key in lanes if key != "now"],
        **{f"text:{own}": [""] * (count - 1) + ["Is it too late?"]},
    )  # fmt: skip
    assert answer.status_code == 303
    for browser in (owner, viewer):
        shown = browser.get(f"{path}?range=all").text
        grid = shown[shown.index('class="map-wide"') : shown.index('class="map-tall"')]
        assert "Roastery &amp; &lt;b&gt;Bar" in grid
        assert ">Fears</th>" in grid
        assert ">Their words</th>" in grid
        assert "What they say" not in grid
        assert "Here now" not in grid, "a hidden lane"
        assert "Fears: Is it" in shown.partition('class="map-tall"')[2], "on a phone too"
        assert "better than believed" in shown, "everybody is happier than −1"
        table = browser.get(f"{path}/table?range=all").text
        assert "Is it too late?" in table
        assert "Here now" in table, "the table keeps every figure"
    rows = list(csv.DictReader(io.StringIO(owner.get(f"{path}/map.csv?range=all").content.decode("utf-8-sig"))))
    assert [row["Believed"] for row in rows if row["Believed"]] == ["−1.00"] * count
    assert rows[0]["How it should be"] == "'=Nobody waits", "no formula"
    assert [row["Fears"] for row in rows if row["Fears"]] == ["Is it too late?"]
    drawn = owner.get(f"{path}/map.svg?range=all").text
    words = " ".join(ET.fromstring(drawn).itertext())
    assert "Fears" in words
    assert "Here now" not in words
    assert "Roastery & <b>Bar</b>" in words


def test_paper_has_every_lane_and_says_period_filter_n_and_date_on_every_sheet(
    company: Heartline, owner: Browser, viewer: Browser
) -> None:
    _journey, path = where_of(company)
    assert f'href="{path}/paper?range=all"' in viewer.get(f"{path}?range=all").text
    for query in ("", "&sheet=a3", "&sheet=nonsense"):
        text = viewer.get(f"{path}/paper?range=all{query}").text
        sheets = re.findall(r'<section class="sheet".*?</section>', text, re.DOTALL)
        assert sheets
        for sheet in sheets:
            assert re.search(r"All time · Everyone · \d+.customers? · \d+.passages? · .*made \d+.\w+.20\d\d", sheet)
            lanes = re.findall(r'<tr[^>]*>\s*<th class="lane"[^>]*>', sheet)
            assert len(lanes) == len(re.findall(r'class="lane"', sheets[0])), "every sheet has every lane"


def test_a_bad_belief_and_a_stale_form_are_said_and_nothing_typed_is_lost(company: Heartline, owner: Browser) -> None:
    journey, path = where_of(company)
    count = len(journey.stages)
    before = document_of(company)
    bad = post_document(owner, path, believed=["7"] + [""] * (count - 1), target=["Typed"] + [""] * (count - 1))
    assert bad.status_code == 400
    assert "“7” is not a feeling." in bad.text
    assert ">Typed</textarea>" in bad.text
    stale = post_document(owner, path, was=str(before.edition - 1), target=["Mine"] + [""] * (count - 1))
    assert stale.status_code == 409
    assert ">Mine</textarea>" in stale.text
    assert f'name="was" value="{before.edition}"' in stale.text, "sent once more it is kept"
    assert document_of(company) == before
    assert owner.post(f"{path}/comments", {"stage": journey.stages[0].name, "text": "Hm"}).status_code == 303
    assert post_document(owner, path, was=str(before.edition)).status_code == 303, "a comment takes no form away"


def test_a_viewer_reads_and_changes_nothing(company: Heartline, viewer: Browser) -> None:
    _journey, path = where_of(company)
    shown = viewer.get(f"{path}/document").text
    assert "What was written of each stage" in shown
    assert 'id="map-form"' not in shown
    for tail in ("document", "comments", "snapshots"):
        assert viewer.post(f"{path}/{tail}", {"name": "x"}).status_code == 403
    assert viewer.get(f"{path}/journey.json").status_code == 403


def test_a_comment_tells_whom_it_mentions_until_it_is_resolved(
    company: Heartline, owner: Browser, viewer: Browser
) -> None:
    journey, path = where_of(company)
    text = "@Vera, who waits here <really>?"
    made = owner.post(f"{path}/comments", {"stage": journey.stages[0].name, "text": text})
    anchor = made.headers["location"].rpartition("-")[2]
    assert "who waits here &lt;really&gt;?" in viewer.get("/account").text
    assert "who waits here" not in owner.get("/account").text
    assert owner.post(f"{path}/comments/{anchor}", {"act": "remove"}).status_code == 303
    assert "who waits here" in viewer.get("/account").text, "what is open is not removed"
    owner.post(f"{path}/comments/{anchor}", {"act": "resolve"})
    assert "who waits here" not in viewer.get("/account").text
    assert "resolved by Owner" in viewer.get(f"{path}/document").text
    owner.post(f"{path}/comments/{anchor}", {"act": "remove"})
    assert "who waits here" not in viewer.get(f"{path}/document").text
    assert owner.post(f"{path}/comments/{anchor}", {"act": "resolve"}).status_code == 404
    assert owner.post(f"{path}/comments", {"stage": "Nowhere", "text": "x"}).status_code == 400
    assert owner.post(f"{path}/comments", {"stage": journey.stages[0].name, "text": "  "}).status_code == 400


def test_a_snapshot_keeps_the_maps_figures_and_against_themselves_nothing_changed(
    company: Heartline, owner: Browser
) -> None:
    journey, path = where_of(company)
    assert owner.post(f"{path}/snapshots?range=all", {"name": " "}).status_code == 400
    assert owner.post(f"{path}/snapshots?range=all", {"name": "Before <all>"}).status_code == 303
    kept = document_of(company).snapshots[-1]
    measured = read_map(company, company.log(), journey, Selection(), now_us=now_us()).measured
    assert [one.feeling for one in kept.figures] == [stage.heart for stage in measured.stages]
    assert [one.customers for one in kept.figures] == [stage.flow.customers for stage in measured.stages]
    waits = [stage.time.onward.median_us for stage in measured.stages]
    assert [one.wait.value for one in kept.figures] == [None if us is None else us / 1e6 for us in waits]
    assert kept.stages == journey.stages
    shown = owner.get(f"{path}/snapshots?range=all").text
    assert "Before &lt;all&gt;" in shown
    assert "▴" not in shown
    assert "▾" not in shown
    assert "No reliable change" in shown
    assert owner.post(f"{path}/snapshots/{kept.number}/drop").status_code == 303
    assert document_of(company).snapshots == ()
    assert owner.post(f"{path}/snapshots/{kept.number}/drop").status_code == 404


def test_a_journey_leaves_as_a_file_and_comes_back_as_another(company: Heartline, owner: Browser) -> None:
    journey, path = where_of(company)
    body = owner.get(f"{path}/journey.json").content
    token = owner.token("/journeys")
    answer = owner.ask("POST", "/journeys/take", data={"_csrf_token": token}, files={"file": ("j.json", body)})
    assert answer.status_code == 303
    taken = answer.headers["location"].rpartition("/")[2]
    found = next(one for one in company.stores.kept.journeys() if one.journey_id == taken)
    assert (found.stages, taken != journey.journey_id) == (journey.stages, True)
    assert company.stores.kept.map_document(taken).notes == document_of(company).notes
    bad = owner.ask("POST", "/journeys/take", data={"_csrf_token": token}, files={"file": ("j.json", b"[]")})
    assert bad.status_code == 400
    assert "no journey that can be taken in" in bad.text
    owner.post(f"/journeys/{taken}/drop")
    assert company.stores.kept.map_document(taken).version == 0, "what was written goes with the journey"
