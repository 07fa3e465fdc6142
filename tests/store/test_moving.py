"""``heartline move``: one true State at every moment, and the same State wherever it lives."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict, Unavailable
from heartline.records import Body, Role, Trust
from heartline.store import Moved, move_state, moving, open_directory, open_stores
from heartline.unify import dump_canonical
from real_postgres import RealPostgres
from verb_nursery import Nursery

PEOPLE = ("ana", "bo", "çelik", "дина")


def a_settled_company(data: Path) -> None:
    with open_heartline(Settings(data_dir=data)) as heartline:
        source = heartline.stores.kept.add_source(name="Shop", trust=Trust.TRUSTED)
        heartline.sources.reload()
        messages: list[dict[str, Any]] = []
        for n, name in enumerate(PEOPLE):
            email = f"{name}@x.org"
            messages += [
                {"type": "page", "anonymousId": f"a{n}", "name": "Home"},
                {"type": "identify", "anonymousId": f"a{n}", "userId": name, "traits": {"email": email, "name": name}},
                {"type": "track", "userId": name, "event": "Order Completed", "properties": {"order_id": f"o{n}"}},
                {"type": "page", "anonymousId": "null"},
            ]
        stamped = [
            {**m, "messageId": f"m{n}", "timestamp": f"2026-01-02T03:04:{n:02}Z"} for n, m in enumerate(messages)
        ]
        payload = json.dumps({"batch": [*stamped, stamped[0]]}).encode()
        body = Body(source_id=source.source_id, received_us=1_790_000_000_000_000, payload=payload, events=17)
        heartline.stores.journal.append([body])
        heartline.catch_up()
        kept = heartline.stores.kept
        kept.add_user(email="you@x.org", name="You", role=Role.OWNER, language="en", password_hash="hash")
        kept.open_case(title="Late, «very»\\\t\n", handle="ab", seq=3, owner="You", due_us=9, opened_by="You")
        kept.set_mapping("tickets", '{"a":"\\u0000"}')
        kept.note_audit(who="You", what="sign-in", detail="half a pair \ud83d and a nul \0")
        heartline.change_workspace(name="Harbour")


def tell(heartline: Heartline) -> dict[str, Any]:
    """Say all that an installation holds, the figures of its account with it."""
    kept, account = heartline.stores.kept, heartline.account()
    assert account.balanced
    assert account.stored == 12
    return {
        "dump": dump_canonical(heartline.stores.derived, heartline.stores.history),
        "account": account,
        "refused": [(r.seq, r.reason, r.detail, r.raw) for r in heartline.stores.derived.refused(limit=99)],
        "refs": sorted(p.ref for p in heartline.stores.derived.search("", limit=99)),
        "users": kept.users(),
        "user": kept.user_by_email("you@x.org"),
        "case": kept.case(1),
        "mappings": kept.mappings(),
        "sources": kept.sources(),
        "workspace": kept.workspace(),
    }


def read(data: Path, url: str = "") -> dict[str, Any]:
    with open_heartline(Settings(data_dir=data, state_url=url)) as heartline:
        heartline.catch_up()
        return tell(heartline)


def move(data: Path, to: str, **given: Any) -> Moved:
    directory = open_directory(data)
    try:
        return move_state(directory, to=to, **given)
    finally:
        directory.release()


def test_there_and_back_nothing_differs_and_nothing_stays_behind(
    tmp_path: Path, state_url: str, postgres: RealPostgres
) -> None:
    data = tmp_path / "data"
    a_settled_company(data)
    before = read(data)
    assert len(before["dump"]["interactions"]) == 12
    there = move(data, state_url)
    assert there.rows["identifiers"] == 16
    assert there.rows["users"] == there.rows["cases"] == 1
    assert not list(data.glob("state*.sqlite*"))
    assert read(data) == before, "found by itself"
    assert read(data, state_url) == before, "and by the setting"
    back = move(data, "")
    # Each start of a server counts nothing, so the same rows come back.
    assert back.rows == there.rows
    assert read(data) == before
    assert (data / "state.sqlite").stat().st_mode & 0o077 == 0
    database = state_url.split("/")[3].split("?", maxsplit=1)[0]
    assert postgres.tell(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    with pytest.raises(Conflict) as told:
        move(data, "")
    assert told.value.code == "already_there"


def test_after_a_move_people_and_numbers_go_on(tmp_path: Path, state_url: str) -> None:
    data = tmp_path / "data"
    a_settled_company(data)
    for to in (state_url, ""):
        move(data, to)
        with open_heartline(Settings(data_dir=data)) as heartline:
            kept = heartline.stores.kept
            known = {case.case_id for case in kept.cases()}
            case = kept.open_case(title="New", handle="ab", seq=1, owner="", due_us=1, opened_by="You")
            assert case.case_id not in known
            mail = f"{len(known)}@x.org"
            user = kept.add_user(email=mail, name="New", role=Role.VIEWER, language="en", password_hash="h")
            assert kept.user_by_email(mail) == (user, "h")
            (source,) = kept.sources()
            page = {"type": "page", "userId": "ana", "name": mail, "messageId": mail}
            late = json.dumps({"batch": [page]}).encode()
            stored = heartline.account().stored
            heartline.stores.journal.append([Body(source_id=source.source_id, received_us=1, payload=late, events=1)])
            heartline.catch_up()
            assert heartline.account().balanced
            assert heartline.account().stored == stored + 1
            assert [p.name for p in heartline.stores.derived.search("ana", limit=9)] == ["ana"]


def test_a_target_that_holds_anything_is_refused(tmp_path: Path, postgres: RealPostgres) -> None:
    first, second, url = tmp_path / "first", tmp_path / "second", postgres.make_database()
    a_settled_company(first)
    a_settled_company(second)
    move(first, url)
    with pytest.raises(Conflict) as told:
        move(second, url)
    assert told.value.code == "target_not_empty"
    assert read(second)["account"].stored == 12, "the refused one goes on where it was"
    assert read(first)["account"].stored == 12, "and so does the other"
    # Another program's table of the same name is no State of ours, however empty.
    foreign = postgres.make_database()
    postgres.tell(foreign.split("/")[3].split("?")[0], "CREATE TABLE users (whatever int)")
    with pytest.raises(Conflict) as told:
        move(second, foreign)
    assert told.value.code == "target_not_empty"


def test_a_setting_that_contradicts_where_state_lives_is_refused(tmp_path: Path, postgres: RealPostgres) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    a_settled_company(data)
    url, elsewhere = postgres.make_database(), postgres.make_database()
    with pytest.raises(Conflict) as told:
        open_stores(data, state_url=url)
    assert told.value.code == "state_is_embedded"
    move(data, url)
    open_stores(other, state_url=elsewhere).close()
    with pytest.raises(Conflict) as told:
        open_stores(data, state_url=elsewhere)
    assert told.value.code == "other_state"
    with pytest.raises(Conflict) as told:
        open_stores(tmp_path / "third", state_url=url)
    assert told.value.code == "other_state"
    assert read(data, url)["account"].stored == 12


def test_a_copy_that_differs_is_never_put_in_force(
    tmp_path: Path, state_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    a_settled_company(data)
    before = read(data)
    fill = moving.fill_table

    def lose_one_trait(db: Any, table: Any, rows: Any) -> None:
        told = list(rows)
        if table.name == "profiles":
            told[-1] = (*told[-1][:-1], "{}")
        fill(db, table, told)

    monkeypatch.setattr(moving, "fill_table", lose_one_trait)
    with pytest.raises(Unavailable) as told:
        move(data, state_url)
    assert told.value.code == "copy_differs"
    monkeypatch.undo()
    assert read(data) == before
    move(data, state_url)
    assert read(data) == before


def test_killed_after_any_step_there_is_one_true_state_and_the_move_is_given_again(
    tmp_path: Path, postgres: RealPostgres, nursery: Nursery
) -> None:
    data, url = tmp_path / "data", postgres.make_database()
    a_settled_company(data)
    before = read(data)
    for step, to in (("copied", url), ("turned", "embedded"), ("turned", url), ("verified", "embedded")):
        ended, said = nursery.run("move", "--to", to, data=data, fail_point=f"move_{step}")
        assert ended == -signal.SIGKILL, said
        assert read(data) == before, f"killed when {step}"
        move(data, "" if to == "embedded" else to)
        assert read(data) == before, f"given again when {step}"
        assert bool(list(data.glob("state*.sqlite"))) == (to == "embedded")


def test_beside_a_running_server_it_says_to_stop_it(tmp_path: Path, state_url: str, nursery: Nursery) -> None:
    data = tmp_path / "data"
    a_settled_company(data)
    with open_heartline(Settings(data_dir=data)):
        ended, said = nursery.run("move", "--to", state_url, data=data)
    assert ended == 5
    assert "Stop the server, move, then start it again." in said
    assert nursery.run("move", "--to", state_url, data=data)[0] == 0
    assert read(data)["account"].stored == 12
