"""A log brought up to date, step by step, equals one packed of everything: whatever came, was decided or taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_erasing_worlds import living
from test_identity_acts import SECRET, USER, acts, handle
from test_identity_acts import body as act_body
from test_projector import DAY, TRUSTED, Crash, a_body, a_message, a_projector, bodies, crashing, users
from test_removal import marked, undo

from heartline.app import Heartline
from heartline.config import Settings
from heartline.keeper import LogKeeper
from heartline.records import INDEX_BITS, Body, Link, Mend, SetIdentityRules, SetTraits, Trust, write_act
from heartline.store import DuckdbHistory, Stores, open_memory
from heartline.understand import PackedLog
from heartline.web.privacy import erase_customers
from tries import some

ARRAYS = (
    "customers", "offsets", "row", "ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor",
    "has_text",
)  # fmt: skip

rich = st.builds(
    lambda at, user, place, said: a_message(
        "track", at, userId=user, event=f"At {place}", traits={"city": place},
        context={"heartline": {"place": place, "text": said, "score": {"kind": "csat", "value": 1 + at % 5, "top": 5},
                               "amount": {"value": at % 7, "currency": "EUR"}}},
    ),
    st.integers(0, 5 * DAY - 1), users, st.sampled_from(["North", "South", "East"]), st.sampled_from(["", "Fine."]),
)  # fmt: skip
steps = st.lists(
    st.one_of(
        bodies,
        st.lists(st.builds(lambda m: a_body(TRUSTED, m), st.lists(rich, min_size=1, max_size=4)), max_size=3),
        acts,
        st.sampled_from(["undo", "mend", "erase"]),
    ),
    min_size=2,
    max_size=6,
)


def lay_out(log: PackedLog) -> dict[str, Any]:
    """Return all that a log holds; codes as the names they mean where their order is nobody's business."""
    told: dict[str, Any] = {name: getattr(log, name).tolist() for name in ARRAYS}
    told |= {name: repr(told[name]) for name in ("score", "valence")}
    told["types"] = [str(getattr(log, name).dtype) for name in ARRAYS]
    told["codes"] = {field: (codes.tolist(), str(codes.dtype)) for field, codes in log.codes.items()}
    told["names"] = dict(log.names)
    told["traits"] = [
        (name, sorted(values), str(codes.dtype), [values[code] for code in codes])
        for name, (codes, values) in log.traits.items()
    ]
    return told


def assert_equals_packing(keeper: LogKeeper, stores: Stores) -> None:
    assert lay_out(keeper.current()) == lay_out(LogKeeper(stores).current())


def take_step(heartline: Heartline, keeper: LogKeeper, step: Any, data: st.DataObject) -> bool:  # drawn
    """Do what was drawn; return whether it was nothing but events that came."""
    journal = heartline.stores.journal
    if isinstance(step, list):
        journal.append(step)
    elif step == "erase":
        refs = sorted(p.ref for p in heartline.stores.derived.profiles(range(40)).values())
        if refs:
            erase_customers(heartline, [data.draw(st.sampled_from(refs))], by="dpo", reason="asked")
    elif step == "undo":
        bodies = [body.seq for body in journal.read(0, events=10**9) if body.source_id]
        if bodies:
            journal.append([undo(data.draw(st.lists(st.sampled_from(bodies), max_size=2, unique=True)))])
    elif step == "mend":
        good = a_message("page", data.draw(st.integers(0, 5 * DAY - 1)), userId="u1", name="Mended")
        (seq,) = journal.append([a_body(TRUSTED, [{**good, "type": "nonsense"}])])
        journal.append(data.draw(st.sampled_from([[], [marked(a_body(TRUSTED, [{**good, "name": "Later"}]))]])))
        heartline.catch_up()
        keeper.current()
        journal.append([write_act(Mend(events=((seq << INDEX_BITS, json.dumps(good)),)), received_us=1)])
    else:
        journal.append([act_body(step)])
    heartline.catch_up()
    return isinstance(step, list)


def live(heartline: Heartline, todo: list[Any], data: st.DataObject) -> None:
    keeper = LogKeeper(heartline.stores)
    for step in todo:
        had, packed = len(keeper.current()), keeper.renewals["packed"]
        came = take_step(heartline, keeper, step, data)
        assert_equals_packing(keeper, heartline.stores)
        if came and had:
            assert keeper.renewals["packed"] == packed, "what only came is spliced in"


@settings(max_examples=some(30), deadline=None)
@given(first=bodies, todo=steps, data=st.data())
def test_any_life_spliced_step_by_step_equals_packing_all_of_it(
    first: list[Body], todo: list[Any], data: st.DataObject
) -> None:
    with living(first) as heartline:
        live(heartline, todo, data)


LATE = a_message("page", 60, anonymousId="tablet", name="Home")
WORDS = [a_message("page", n * 3600, userId="u2", name=f"Page {n}") for n in range(300)]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Heartline]:
    """A company whose History is a file."""
    stores = replace(open_memory(secret=SECRET), history=DuckdbHistory(tmp_path / "history.duckdb"))
    with Heartline(Settings(), stores) as heartline:
        heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
        heartline.stores.kept.add_source(name="Server", trust=Trust.TRUSTED)
        heartline.sources.reload()
        heartline.stores.journal.append([
            a_body(TRUSTED, [
                a_message("identify", 50, anonymousId="tablet", userId="u1", traits={"plan": "weekly"}),
                a_message("page", 90, anonymousId="tablet", name="Home"),
                a_message("track", 95, userId="u2", event="Paid"),
            ]),
        ])  # fmt: skip
        heartline.catch_up()
        yield heartline


@pytest.mark.parametrize(
    ("messages", "way"),
    [
        pytest.param([LATE], "spliced", id="late event"),
        pytest.param(WORDS, "spliced", id="so many names that codes widen"),
        pytest.param([a_message("identify", 60, userId="u1", traits={"plan": "daily"})], "spliced", id="trait"),
        pytest.param([a_message("identify", 10, userId="u2", traits={"size": 3})], "spliced", id="a trait never told"),
        pytest.param([a_message("identify", 99, anonymousId="tablet", userId="u2")], "spliced", id="shared device"),
        pytest.param(Link(left=handle(USER, "u1"), right=handle(USER, "u2"), over_limit=True), "packed", id="join"),
        pytest.param(SetTraits(handle=handle(USER, "u1"), traits={"plan": "staff"}), "packed", id="staff's word"),
        pytest.param("undo", "packed", id="undo"),
        pytest.param("mend", "packed", id="mend"),
        pytest.param("rewrite", "packed", id="file written anew"),
    ],
)
def test_each_kind_of_change_on_files(company: Heartline, messages: Any, way: str) -> None:
    stores = company.stores
    keeper = LogKeeper(stores)
    before = keeper.current()
    if messages == "rewrite":
        stores.history.rewrite()
    elif messages == "undo":
        stores.journal.append([undo([1])])
    elif messages == "mend":
        stores.journal.append([a_body(TRUSTED, [{**LATE, "type": "nonsense"}]), a_body(TRUSTED, WORDS[:2])])
        company.catch_up()
        keeper.current()
        stores.journal.append([write_act(Mend(events=((2 << INDEX_BITS, json.dumps(LATE)),)), received_us=1)])
    elif isinstance(messages, list):
        stores.journal.append([a_body(TRUSTED, messages)])
    else:
        stores.journal.append([act_body(messages)])
    company.catch_up()
    renewed = dict(keeper.renewals)
    assert_equals_packing(keeper, stores)
    assert {**renewed, way: renewed.get(way, 0) + 1} == dict(keeper.renewals)
    assert keeper.current().seq is not before.seq, "what was worked out before must not be taken for true"


def test_who_was_told_of_before_comes_with_what_was_told(company: Heartline) -> None:
    keeper = LogKeeper(company.stores)
    keeper.current()
    for message in (
        a_message("identify", 60, userId="u9", traits={"plan": "daily"}),
        a_message("page", 70, userId="u9", name="Home"),
        a_message("page", 80, userId="u1", name="Home"),
    ):
        company.stores.journal.append([a_body(TRUSTED, [message])])
        company.catch_up()
        assert_equals_packing(keeper, company.stores)
    assert "daily" in keeper.current().traits["plan"][1]
    assert keeper.renewals["packed"] == 1


def test_only_of_whom_something_was_told_it_is_read_again(company: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, asked = LogKeeper(company.stores), []
    keeper.current()
    derived, read = company.stores.derived, company.stores.derived.trait_table
    monkeypatch.setattr(derived, "trait_table", lambda names, of=None: asked.append(of) or read(names, of=of))
    company.stores.journal.append([a_body(TRUSTED, [LATE, a_message("page", 97, userId="u2", name="Home")])])
    company.catch_up()
    keeper.current()
    assert asked == []
    company.stores.journal.append([a_body(TRUSTED, [a_message("identify", 98, userId="u2", traits={"plan": "x"})])])
    company.catch_up()
    keeper.current()
    assert [len(of or ()) for of in asked] == [1]


def test_who_loses_a_device_to_nobody_loses_its_traits() -> None:
    def at_kiosk(at: int, **more: Any) -> Body:
        return a_body(TRUSTED, [a_message("identify", at, anonymousId="kiosk", **more)])

    home = a_body(TRUSTED, [a_message("page", 30, userId="u1", name="Home")])
    with living([act_body(SetIdentityRules(quarantine_over=1)), home]) as heartline:
        keeper, found = LogKeeper(heartline.stores), []
        keeper.current()
        # With the second user in a day the kiosk means nobody: u1 has neither come nor moved, and loses what it said.
        for body in (at_kiosk(40, traits={"plan": "gold"}), at_kiosk(41, userId="u1"), at_kiosk(42, userId="u2")):
            heartline.stores.journal.append([body])
            heartline.catch_up()
            found.append(keeper.current().traits["plan"][1])
            assert_equals_packing(keeper, heartline.stores)
        assert found == [("",), ("", "gold"), ("",)]
        assert keeper.renewals == {"packed": 1, "spliced": 3}


@settings(max_examples=some(25), deadline=None)
@given(records=bodies, more=bodies, survive=st.integers(0, 4), looks=st.integers(0, 1))
def test_a_crash_between_the_two_commits_leaves_nothing_out(
    records: list[Body], more: list[Body], survive: int, looks: int
) -> None:
    stores = open_memory(secret=SECRET)
    stores.journal.append(records)
    a_projector(stores).drain()
    keeper = LogKeeper(stores)
    keeper.current()
    stores.journal.append(more)
    try:
        a_projector(stores, batch_events=1, reach=crashing(survive)).drain()
    except Crash:
        # State is ahead of History now; whoever looks sees some of it, and all of it later.
        _ = keeper.current() if looks else None
        a_projector(stores).drain()
    assert_equals_packing(keeper, stores)
    stores.close()


def test_a_splice_that_fails_ends_in_packing(company: Heartline, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = LogKeeper(company.stores)
    keeper.current()
    company.stores.journal.append([a_body(TRUSTED, [LATE])])
    company.catch_up()
    monkeypatch.setattr(LogKeeper, "_splice", lambda *_: 1 / 0)
    assert_equals_packing(keeper, company.stores)
    assert keeper.renewals == {"packed": 2}


def test_what_changes_no_figure_keeps_what_was_worked_out(company: Heartline) -> None:
    keeper = LogKeeper(company.stores)
    before = keeper.current()
    same = a_message("identify", 70, anonymousId="tablet", userId="u1", traits={"plan": "weekly"})
    company.stores.journal.append([a_body(TRUSTED, [same])])
    company.catch_up()
    assert keeper.current() is before
    assert keeper.renewals == {"packed": 1, "spliced": 1}
