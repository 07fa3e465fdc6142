"""Sight: it narrows what the ports promise, by the ports' own words, and refuses what it was not taught."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from browsing import Browser
from two_places import NORTH, SOUTH, TwoPlaces, open_two_places

from heartline.errors import Missing, NotAllowed
from heartline.records import AT_A_PLACE, RIGHTS, Bounds, Right, Role, User, decide, rights_of
from heartline.store import DerivedState, History, KeptState
from heartline.web import make_site, sight
from heartline.web.recall import recall_of
from heartline.web.sight import Reach, see
from heartline.web.ways_in import WaysIn, keep_ways_in


@pytest.fixture(scope="module")
def two() -> Iterator[TwoPlaces]:
    opened = open_two_places()
    with opened.heartline:
        yield opened


@pytest.mark.parametrize(
    ("narrow", "port"),
    [(sight._Derived, DerivedState), (sight._History, History), (sight._Kept, KeptState)],
    ids=lambda one: one.__name__,
)
def test_every_method_narrowed_is_the_ports_by_name_and_parameters(narrow: type, port: type) -> None:
    own = [name for name in vars(narrow) if not name.startswith("_")]
    assert own
    for name in own:
        asked = inspect.signature(getattr(port, name)).parameters
        assert list(inspect.signature(getattr(narrow, name)).parameters) == list(asked), name


def test_what_was_not_taught_to_be_narrowed_is_refused(two: TwoPlaces) -> None:
    bound = see(two.heartline, Reach(places=frozenset({NORTH})))
    for store, name in ((bound.stores.derived, "refused"), (bound.stores.history, "columns")):
        with pytest.raises(NotAllowed) as told:
            getattr(store, name)
        assert told.value.code == "not_at_a_place"


def test_bound_logs_hold_their_places_alone_and_none_is_nothing(two: TwoPlaces) -> None:
    whole = two.heartline.log()
    north = see(two.heartline, Reach(places=frozenset({NORTH}))).log()
    assert 0 < len(north) < len(whole)
    assert {north.names["place"][code] for code in north.codes["place"]} == {NORTH}
    assert len(see(two.heartline, Reach(places=frozenset())).log()) == 0
    assert len(see(two.heartline, Reach(places=frozenset({"Nowhere"}))).log()) == 0
    assert see(two.heartline, Reach(personal=False)).log() is whole, "names are no rows"


def test_what_was_worked_out_for_one_reach_is_never_shown_to_another(two: TwoPlaces) -> None:
    bound = see(two.heartline, Reach(places=frozenset({NORTH})))
    assert recall_of(bound) is not recall_of(two.heartline)
    site = make_site(two.heartline)
    with Browser(two.heartline, site=site) as owner, Browser(two.heartline, site=site) as north:
        owner.sign_in(two.users["owner"])
        north.sign_in(two.users["north"])
        assert f"Words{SOUTH}" in owner.get("/answers?range=all&measure=comments").text
        assert f"Words{SOUTH}" not in north.get("/answers?range=all&measure=comments").text
        assert f"Words{NORTH}" in north.get("/answers?range=all&measure=comments").text


def test_a_case_of_ones_team_is_seen_wherever_it_began(two: TwoPlaces) -> None:
    kept = two.heartline.stores.kept
    case, team = two.cases[SOUTH], kept.add_team("Both")
    bound = see(two.heartline, Reach(places=frozenset({NORTH}), team_id=team.team_id))
    with pytest.raises(Missing):
        bound.stores.kept.case(case.case_id)
    kept.set_case_team(case.case_id, team.team_id)
    try:
        assert bound.stores.kept.case(case.case_id).case_id == case.case_id
        assert bound.stores.derived.customer_of_handle(case.handle) == two.people[SOUTH].customer_id
        assert [entry.seq for entry in bound.stores.history.entries([case.seq])] == [case.seq]
        other = see(two.heartline, Reach(places=frozenset({NORTH})))
        assert case.case_id not in {one.case_id for one in other.stores.kept.cases()}
    finally:
        kept.drop_team(team.team_id)


def test_a_case_is_given_to_a_team_on_its_page(two: TwoPlaces) -> None:
    team = two.heartline.stores.kept.add_team("Night")
    with Browser(two.heartline) as owner:
        owner.sign_in(two.users["owner"])
        path = f"/cases/{two.cases[NORTH].case_id}"
        assert "Give it to a team" in owner.get(path).text
        assert owner.post(f"{path}/team", {"team": str(team.team_id)}).status_code == 303
        assert two.heartline.stores.kept.case_teams() == {two.cases[NORTH].case_id: team.team_id}
        assert owner.post(f"{path}/team", {"team": "99"}).status_code == 400
        assert owner.post("/cases/999/team", {"team": "0"}).status_code == 404
        assert owner.post(f"{path}/team", {"team": "0"}).status_code == 303
    two.heartline.stores.kept.drop_team(team.team_id)


def test_rights_only_ever_shrink() -> None:
    for role in Role:
        user = User(user_id=1, email="a@b.c", name="A", role=role)
        whole = rights_of(user)
        assert whole == RIGHTS[role]
        assert rights_of(user, bounds=Bounds(places=("x",))) == whole & AT_A_PLACE
        assert rights_of(user, bounds=Bounds(team_id=4)) == whole, "a team alone narrows nothing"
        assert rights_of(user, granted=frozenset({Right.ERASE})) == whole & {Right.ERASE}
        assert rights_of(User(user_id=1, email="a@b.c", name="A", role=role, enabled=False)) == frozenset()
        assert decide(user, Right.SIGN_IN)
    assert not any(decide(None, right) for right in Right)
    assert RIGHTS[Role.OWNER] == frozenset(Right), "an owner may everything"


def test_a_case_names_nobody_to_who_may_see_no_names(two: TwoPlaces) -> None:
    person, kept = two.people[NORTH], two.heartline.stores.kept
    said = f"{person.name.upper()} asks for a call at +49 30 90182017"
    case = kept.open_case(
        title=f"Get in touch with {person.name}",
        handle=person.ref,
        seq=0,
        owner="",
        due_us=0,
        opened_by="",
    )
    kept.change_case(case.case_id, author="Agent", note=said)
    number, site = case.case_id, make_site(two.heartline)
    pages = ("/", "/cases", f"/cases/{number}", f"/customers/{person.ref}", "/find?q=touch", "/api/v1/cases")
    with Browser(two.heartline, site=site) as agent, Browser(two.heartline, site=site) as viewer:
        agent.sign_in(two.users["agent"])
        viewer.sign_in(two.users["viewer"])
        for page in (*pages, f"/api/v1/cases/{number}"):
            assert person.name in agent.get(page).text, page
            shown = viewer.get(page)
            assert shown.status_code == 200
            assert person.name.lower() not in shown.text.lower(), page
            assert person.name.split()[0] not in shown.text, page
            assert "90182017" not in shown.text, page
        assert "Get in touch" in viewer.get("/cases").text, "what is not personal stays"
        assert not viewer.get(f"/find?q={person.name}").text.count("Get in touch"), "nor is a name found by trying"


def test_who_has_to_set_up_a_second_factor_first_finds_nobody(two: TwoPlaces) -> None:
    keep_ways_in(two.heartline, WaysIn(second_factor=(Role.AGENT,)))
    try:
        with Browser(two.heartline) as agent:
            agent.sign_in(two.users["agent"])
            found = agent.get("/find?q=Case")
            assert found.status_code == 200
            assert f"Case{NORTH}" not in found.text
    finally:
        keep_ways_in(two.heartline, WaysIn())
