"""People and access, by one suite for every State."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.errors import Conflict
from heartline.records import UNBOUND, Bounds, Right, Role, User
from heartline.store import Stores, open_memory, open_stores

LATER = 2**53


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


@pytest.fixture
def user(stores: Stores) -> User:
    return stores.kept.add_user(email="ada@x.org", name="Ada", role=Role.OWNER, language="en", password_hash="h")


def test_bounds_are_kept_replaced_and_let_go(stores: Stores, user: User) -> None:
    kept, bounds = stores.kept, Bounds(places=("Nord", "Süd"), regions=("West",), team_id=3)
    assert kept.standing(user.user_id).bounds == UNBOUND
    kept.set_bounds(user.user_id, bounds)
    kept.set_bounds(user.user_id, bounds)
    assert kept.standing(user.user_id).bounds == bounds
    assert kept.all_bounds() == {user.user_id: bounds}
    kept.set_bounds(user.user_id, UNBOUND)
    assert kept.all_bounds() == {}


def test_a_dropped_team_leaves_its_people_and_cases_in_none(stores: Stores, user: User) -> None:
    kept = stores.kept
    team = kept.add_team("Night shift")
    with pytest.raises(Conflict):
        kept.add_team("Night shift")
    kept.set_bounds(user.user_id, Bounds(team_id=team.team_id))
    kept.set_case_team(5, team.team_id)
    kept.set_case_team(6, team.team_id)
    kept.set_case_team(6, 0)
    assert (kept.teams(), kept.case_teams()) == ([team], {5: team.team_id})
    kept.drop_team(team.team_id)
    assert (kept.teams(), kept.case_teams(), kept.standing(user.user_id).bounds.team_id) == ([], {}, 0)


def test_sessions_are_listed_with_their_marks_and_ended_but_one(stores: Stores, user: User) -> None:
    kept = stores.kept
    for name in (b"a" * 32, b"b" * 32):
        kept.add_session(name, user_id=user.user_id, csrf="c", expires_us=LATER)
    kept.mark_session(b"a" * 32, at_us=7, address="::1", agent="Curl")
    kept.mark_session(b"a" * 32, at_us=9, address="::2", agent="Curl 2")
    kept.mark_session(b"gone" * 8, at_us=9, address="", agent="")
    assert kept.standing(user.user_id, b"a" * 32).seen_us == 9
    assert kept.standing(user.user_id, b"gone" * 8).seen_us == 0, "a mark without its session is forgotten"
    lines = {line.token_hash: (line.seen_us, line.agent) for line in kept.sessions_of(user.user_id, now_us=1)}
    assert lines[b"a" * 32] == (9, "Curl 2")
    assert lines[b"b" * 32][1] == ""
    assert kept.end_sessions(user.user_id, but=b"b" * 32) == 1
    assert [line.token_hash for line in kept.sessions_of(user.user_id, now_us=1)] == [b"b" * 32]
    assert kept.sessions_of(user.user_id, now_us=LATER) == []


def test_a_step_and_a_recovery_code_serve_once(stores: Stores, user: User) -> None:
    kept, one = stores.kept, user.user_id
    assert kept.second_factor(one) is None
    kept.set_second_factor(one, secret="S", confirmed=False)
    assert not kept.standing(one).guarded
    kept.set_second_factor(one, secret="S", confirmed=True, last_step=4)
    assert kept.standing(one).guarded
    assert kept.guarded_users() == {one}
    assert [kept.use_step(one, step) for step in (4, 5, 5, 3, 6)] == [False, True, False, False, True]
    kept.set_recovery_codes(one, [b"x", b"y"])
    assert [kept.use_recovery_code(one, code) for code in (b"x", b"x", b"z")] == [True, False, False]
    assert kept.recovery_left(one) == 1
    kept.drop_second_factor(one)
    assert (kept.second_factor(one), kept.recovery_left(one), kept.guarded_users()) == (None, 0, set())


def test_a_token_lives_until_it_expires_is_revoked_or_its_maker_may_not_sign_in(stores: Stores, user: User) -> None:
    kept, rights = stores.kept, frozenset({Right.EXPORT, Right.SEE_FIGURES})
    token = kept.add_api_token(
        b"t" * 32, user_id=user.user_id, name="BI", rights=rights, places=("Nord",), expires_us=LATER
    )
    assert kept.api_token(b"t" * 32, now_us=1) == (user, token)
    assert (token.rights, token.places) == (rights, ("Nord",))
    assert kept.api_token(b"u" * 32, now_us=1) is None
    assert kept.api_token(b"t" * 32, now_us=LATER) is None
    kept.use_api_token(token.token_id, at_us=77)
    assert [line.used_us for line in kept.api_tokens(user.user_id)] == [77]
    kept.set_user(user.user_id, enabled=False)
    assert kept.api_token(b"t" * 32, now_us=1) is None
    kept.set_user(user.user_id, enabled=True, language="de")
    assert next(one for one in kept.users() if one.user_id == user.user_id).language == "de"
    kept.drop_api_token(token.token_id)
    assert kept.api_token(b"t" * 32, now_us=1) is None
    assert kept.api_tokens() == []


def test_the_audit_is_read_back_newest_first_filtered_and_forgotten_by_age(stores: Stores) -> None:
    kept = stores.kept
    for who, what, detail in (("a", "customer.seen", "c1"), ("b", "case.opened", "5%"), ("a", "customer.seen", "c2")):
        kept.note_audit(who=who, what=what, detail=detail)
    lines = kept.audit(limit=10)
    assert [line.detail for line in lines] == ["c2", "5%", "c1"]
    assert [line.detail for line in kept.audit(limit=1, before=lines[0].audit_id)] == ["5%"]
    assert [line.detail for line in kept.audit(limit=9, who="a")] == ["c2", "c1"]
    assert [line.detail for line in kept.audit(limit=9, what="case.")] == ["5%"]
    assert [line.detail for line in kept.audit(limit=9, about="%")] == ["5%"], "a sign is itself, not a pattern"
    assert kept.audit_names() == (["a", "b"], ["case.opened", "customer.seen"])
    assert kept.drop_audit(before_us=lines[0].at_us) == sum(line.at_us < lines[0].at_us for line in lines)
    assert kept.audit(limit=9)[0].detail == "c2"
