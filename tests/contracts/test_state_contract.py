"""One suite for every State: in memory, on disk, and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from heartline.errors import Conflict, Invalid, Missing, Unavailable
from heartline.records import (
    CaseStatus,
    Identifier,
    IdentifierKind,
    Journey,
    Ownership,
    Role,
    Stage,
    Trust,
)
from heartline.store import Claim, Stores, TraitSet, open_memory, open_stores

ANA = Identifier(IdentifierKind.USER_ID, "ana", strong=True)
CARD = Identifier(IdentifierKind.LOYALTY_CARD, "c-1", strong=True)
COOKIE = Identifier(IdentifierKind.ANONYMOUS_ID, "cookie")
MAIL = Identifier(IdentifierKind.EMAIL, "ana@x.org", strong=False)
ALWAYS, FOREVER = -(2**63), 2**63 - 1


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def test_offset_and_effects_commit_together_or_not_at_all(stores: Stores) -> None:
    with stores.derived.batch(3) as batch:
        batch.add_messages({b"k" * 16: (7, b"d" * 8)})
    with pytest.raises(RuntimeError, match="stop"), stores.derived.batch(9) as batch:
        batch.add_messages({b"l" * 16: (8, b"d" * 8)})
        raise RuntimeError("stop")
    assert stores.derived.offset() == 3
    assert stores.derived.known_messages([b"k" * 16, b"l" * 16]) == {b"k" * 16: (7, b"d" * 8)}


def test_a_message_key_stays_with_the_seq_that_came_first(stores: Stores) -> None:
    first, second = {b"k" * 16: (7, b"d" * 8)}, {b"k" * 16: (9, b"e" * 8), b"l" * 16: (9, b"f" * 8)}
    with stores.derived.batch(1) as batch:
        assert dict(batch.add_messages(first)) == first
    with stores.derived.batch(2) as batch:
        assert dict(batch.add_messages(second)) == {b"k" * 16: (7, b"d" * 8), b"l" * 16: (9, b"f" * 8)}
        assert dict(batch.add_messages({})) == {}


def claims(*identifiers: Identifier, at: int) -> dict[tuple[str, str], tuple[Identifier, int]]:
    return {identifier.key: (identifier, at) for identifier in identifiers}


def test_numbers_stay_and_flags_and_first_times_only_grow(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        first = batch.number(claims(ANA, MAIL, at=50))
    numbers = {key: node.node_id for key, node in first.nodes.items()}
    assert first.new == set(numbers.values())
    with stores.derived.batch(2) as batch:
        again = batch.number(claims(ANA, msgspec.structs.replace(MAIL, strong=True), at=40))
    assert {key: node.node_id for key, node in again.nodes.items()} == numbers
    assert (again.new, again.turned) == (frozenset(), {numbers[MAIL.key]})
    assert again.earlier == set(numbers.values())
    with stores.derived.batch(3) as batch:
        third = batch.number(claims(MAIL, ANA, at=45))
        (mail,) = batch.nodes([numbers[MAIL.key]])
    assert (third.turned, third.earlier) == (frozenset(), frozenset())
    assert (mail.strong, mail.first_us) == (True, 40)
    assert stores.derived.known_nodes([MAIL, COOKIE]) == {MAIL.key: mail}


def test_a_failed_batch_leaves_no_number_behind(stores: Stores) -> None:
    with pytest.raises(RuntimeError, match="stop"), stores.derived.batch(1) as batch:
        batch.number(claims(ANA, at=1))
        raise RuntimeError("stop")
    with stores.derived.batch(1) as batch:
        assert batch.number(claims(COOKIE, ANA, at=1)).new == {1, 2}


def test_strong_evidence_keeps_the_earliest_of_a_day_and_weak_evidence_every_login(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        nodes = batch.number(claims(ANA, CARD, COOKIE, at=1)).nodes
        ana, card, cookie = (nodes[i.key].node_id for i in (ANA, CARD, COOKIE))

        def add(left: int, right: int, ts_us: int, name: bytes, *, strong: bool) -> list[bytes]:
            claim = Claim(left_id=left, right_id=right, strong=strong, ts_us=ts_us, evidence_id=name, source_id=1)
            return [edge.evidence_id for edge in batch.add_evidence([claim])]

        day = 86_400_000_000
        assert add(ana, card, 9, b"b", strong=True) == [b"b"]
        assert add(card, ana, 10, b"c", strong=True) == []
        assert add(card, ana, 9, b"a", strong=True) == [b"a"]
        # Another day is kept, for quarantine counts days; it tells the identity pass nothing new.
        assert add(card, ana, day + 9, b"d", strong=True) == []
        assert add(cookie, ana, 5, b"x", strong=False) == [b"x"]
        assert add(cookie, ana, 6, b"y", strong=False) == [b"y"]
        assert add(cookie, ana, 6, b"y", strong=False) == []
        edges = {(e.evidence_id, e.ts_us) for e in batch.edges_of([ana])}
    assert edges == {(b"a", 9), (b"d", day + 9), (b"x", 5), (b"y", 6)}


def test_evidence_is_told_with_its_source_from_either_end_the_newest_first(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        nodes = batch.number(claims(ANA, CARD, COOKIE, at=50)).nodes
        ana, card, cookie = (nodes[identifier.key].node_id for identifier in (ANA, CARD, COOKIE))
        sure = Claim(left_id=ana, right_id=card, strong=True, ts_us=5, evidence_id=b"a" * 16, source_id=1)
        login = Claim(left_id=ana, right_id=cookie, strong=False, ts_us=9, evidence_id=b"b" * 16, source_id=2)
        batch.add_evidence([sure, login])
    told = [(said.edge.ts_us, said.source_id) for said in stores.derived.testimony([ana], limit=10)]
    assert told == [(9, 2), (5, 1)]
    assert stores.derived.testimony([card], limit=10) == stores.derived.testimony([ana, card], limit=10)[1:]
    assert [said.edge.ts_us for said in stores.derived.testimony([ana], limit=1)] == [9]
    assert stores.derived.testimony([], limit=10) == []


def test_ownership_says_who_gained_and_lost_and_every_handle_keeps_resolving(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        nodes = batch.number(claims(ANA, COOKIE, at=1)).nodes
        ana, cookie = nodes[ANA.key].node_id, nodes[COOKIE.key].node_id

        def owned(subject: int, *spans: tuple[int, int, int]) -> tuple[Ownership, ...]:
            return tuple(Ownership(subject_id=subject, from_us=a, to_us=b, customer_id=c) for a, b, c in spans)

        own_self = {n: owned(n, (ALWAYS, FOREVER, n)) for n in (ana, cookie)}
        assert batch.own(own_self, new={ana, cookie}) == {ana, cookie}
        assert batch.own(own_self, new=()) == set()
        moved = {cookie: owned(cookie, (ALWAYS, 10, ana), (10, FOREVER, cookie))}
        assert batch.own(moved, new=()) == {ana, cookie}
        assert batch.owners([ana]) == {ana: ana}
    derived = stores.derived
    assert derived.customer_of_handle(derived.handle(COOKIE).hex()) == cookie
    assert derived.customer_of_handle("no hex") is None
    assert [(o.subject_id, o.to_us) for o in derived.owned_by(ana)] == [(ana, FOREVER), (cookie, 10)]
    table = derived.ownership()
    assert table.identity_seq == derived.identity_seq() == 1
    assert len(table.subject_id) == 3
    assert len(derived.ownership(after=1).subject_id) == 0
    assert derived.customer_count() == 2


def test_profiles_are_found_by_name_mail_and_identifier(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        nodes = batch.number(claims(ANA, CARD, at=1)).nodes
        ana, card = nodes[ANA.key].node_id, nodes[CARD.key].node_id
        both = {n: (Ownership(subject_id=n, from_us=ALWAYS, to_us=FOREVER, customer_id=ana),) for n in (ana, card)}
        batch.own(both, new={ana, card})
        said = TraitSet(subject_id=ana, ts_us=1, message_key=b"m", source_id=1, traits={"name": "Ana 100%_é", "n": 3})
        assert batch.add_traits([said, said]) == {ana}
        assert [s.traits for s in batch.trait_sets([ana])[ana]] == [dict(said.traits)]
        batch.write_profiles({ana: {"name": "Ana 100%_é", "email": "a@x.org", "plan": "filter"}})
    derived = stores.derived
    for text in ("ana", "100%_", "a@x", "c-1"):
        assert [p.customer_id for p in derived.search(text, limit=5)] == [ana], text
    assert derived.search("100_", limit=5) == []
    assert derived.profiles([ana])[ana].title == "Ana 100%_é"
    assert derived.trait_names() == ["email", "name", "plan"]
    customers, values = derived.trait_values("plan")
    assert (customers.tolist(), values) == ([ana], ["filter"])
    table = derived.trait_table(["email", "plan", "unheard of"])
    assert {name: values for name, (_, values) in table.items()} == {
        "email": ["a@x.org"],
        "plan": ["filter"],
        "unheard of": [],
    }
    of_some = derived.trait_table(["plan"], of=[ana, ana + 1_000])["plan"]
    assert (of_some[0].tolist(), of_some[1]) == ([ana], ["filter"])
    assert derived.trait_table(["plan"], of=[ana + 1_000])["plan"][1] == []
    assert derived.trait_table(["plan"], of=[])["plan"][1] == []


def test_users_sessions_and_settings(stores: Stores) -> None:
    kept = stores.kept
    user = kept.add_user(email=" You@X.org ", name="You", role=Role.OWNER, language="en", password_hash="h")
    with pytest.raises(Conflict):
        kept.add_user(email="you@x.org", name="Else", role=Role.VIEWER, language="en", password_hash="h")
    kept.add_session(b"t", user_id=user.user_id, csrf="c", expires_us=2**62)
    assert kept.session(b"t", now_us=1) == (user, "c")
    assert kept.session(b"t", now_us=2**62) is None
    kept.set_user(user.user_id, enabled=False)
    assert kept.session(b"t", now_us=1) is None
    assert kept.user_by_email("you@x.org") is None
    kept.set_setting("a", "1")
    kept.set_setting("a", "2")
    assert kept.setting("a") == "2"
    kept.set_workspace(replace(kept.workspace(), name="Harbour", languages=("en", "de")))
    assert kept.workspace().languages == ("en", "de")


def test_sources_journeys_mappings_and_imports(stores: Stores) -> None:
    kept = stores.kept
    source = kept.add_source(name="Shop", trust=Trust.PUBLIC)
    kept.set_source(source.source_id, name="Web shop", enabled=False)
    assert [(s.name, s.enabled, s.write_key) for s in kept.sources()] == [("Web shop", False, source.write_key)]
    journey = Journey(journey_id="j", name="J", stages=(Stage(name="One", touchpoints=("A", "B"), locked=True),))
    kept.set_journey(journey)
    kept.set_journey(replace(journey, name="K", version=2))
    assert kept.journeys() == [replace(journey, name="K", version=2)]
    kept.drop_journey("j")
    assert kept.journeys() == []
    kept.set_mapping("m", "{}")
    assert kept.mappings() == {"m": "{}"}
    job = kept.add_import(file_name="f.csv", fingerprint="x", source_id=1, mapping="{}")
    assert kept.add_import(file_name="f.csv", fingerprint="x", source_id=1, mapping="{}") == job
    kept.set_import(job.import_id, status="done", rows_done=5, summary='{"rows":5}')
    assert kept.imports()[0].rows_done == 5
    assert kept.add_import(file_name="f.csv", fingerprint="x", source_id=1, mapping="{}").import_id != job.import_id
    kept.refused_at_door("bad_json", 0)
    kept.refused_at_door("bad_json", 0)
    assert kept.door_refusals() == {(0, "bad_json"): 2}
    kept.refused_at_door("bad_json", 0, bodies=1_000)
    assert kept.door_refusals() == {(0, "bad_json"): 1_002}


def test_a_case_tells_its_own_story_and_closes_with_a_reason(stores: Stores) -> None:
    kept = stores.kept
    case = kept.open_case(title="Late", handle="ab", seq=3, owner="Ana", due_us=9, opened_by="You")
    kept.open_case(title="Sooner", handle="cd", seq=0, owner="", due_us=5, opened_by="You")
    assert [c.title for c in kept.cases()] == ["Sooner", "Late"]
    with pytest.raises(Invalid):
        kept.change_case(case.case_id, author="You", status=CaseStatus.CLOSED, reason=" ")
    closed = kept.change_case(case.case_id, author="You", status=CaseStatus.CLOSED, reason="Refunded", note="Rang her.")
    assert closed.closed_us is not None
    assert [n.text for n in closed.notes][-2:] == ["new → closed. Refunded", "Rang her."]
    assert [c.title for c in kept.cases(open_only=True)] == ["Sooner"]
    assert [c.title for c in kept.cases(handle="ab")] == ["Late"]
    with pytest.raises(Missing):
        kept.case(99)


def test_a_second_process_is_told_that_the_directory_is_taken(tmp_path: Path) -> None:
    first = open_stores(tmp_path / "data")
    with pytest.raises(Conflict):
        open_stores(tmp_path / "data")
    first.close()
    open_stores(tmp_path / "data").close()


def test_a_full_disk_leaves_state_as_it_was_and_heals(tmp_path: Path) -> None:
    stores = open_stores(tmp_path / "data")
    with stores.database.read() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(to: int) -> None:
        for connection in [stores.database.engine.connect() for _ in range(8)]:
            connection.exec_driver_sql(f"PRAGMA max_page_count={to}")
            connection.close()

    limit(pages + 2)
    with pytest.raises(Unavailable), stores.derived.batch(5) as batch:
        batch.add_messages({n.to_bytes(16): (n, b"d" * 8) for n in range(20_000)})
    assert stores.derived.offset() == 0
    limit(1_000_000)
    with stores.derived.batch(5) as batch:
        batch.add_messages({n.to_bytes(16): (n, b"d" * 8) for n in range(2_000)})
    assert stores.derived.offset() == 5
    stores.close()


HOSTILE = "a\0b \ud83d \U0001f375 \u2028 'q' \"d\" \\ %s %(x)s :x"


def test_text_that_not_every_engine_can_hold_reads_the_same_on_each(stores: Stores) -> None:
    kept = stores.kept
    fit = HOSTILE.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    user = kept.add_user(email="x@x.org", name=HOSTILE, role=Role.VIEWER, language="en", password_hash="h")
    kept.set_setting("hostile", HOSTILE)
    kept.set_mapping("m", HOSTILE)
    case = kept.open_case(title=HOSTILE, handle="ab", seq=1, owner="", due_us=1, opened_by=HOSTILE)
    told = kept.change_case(case.case_id, author=HOSTILE, note=HOSTILE)
    kept.note_audit(who=HOSTILE, what="w", detail=HOSTILE)
    assert user.name == kept.setting("hostile") == kept.mappings()["m"] == fit
    assert (told.title, told.opened_by, told.notes[-1].text) == (fit, fit, fit)
    # Asking is no writing: what cannot be there is simply not found.
    assert kept.user_by_email(HOSTILE) is None
    assert kept.setting(HOSTILE) is None
    assert stores.derived.search(HOSTILE, limit=5) == []
    with stores.derived.batch(1) as batch:
        odd = Identifier(IdentifierKind.USER_ID, "u\ufffd\u00e9", strong=True)
        number = batch.number(claims(odd, at=1)).nodes[odd.key].node_id
        own = Ownership(subject_id=number, from_us=ALWAYS, to_us=FOREVER, customer_id=number)
        batch.own({number: [own]}, new=[number])
        traits = {"name": "\ufffd%s", "email": "", "note": HOSTILE.replace("\ud83d", "")}
        batch.write_profiles({number: traits})
    (found,) = stores.derived.search("\ufffd%s", limit=5)
    assert found.traits == traits


def test_text_is_ordered_by_its_bytes(stores: Stores) -> None:
    for name in ("b", "ä", "A", "a", "Z", "\U0001f375", "\uff5e"):
        stores.kept.set_mapping(name, "{}")
    assert list(stores.kept.mappings()) == ["A", "Z", "a", "b", "ä", "\uff5e", "\U0001f375"]


def test_numbers_as_wide_as_they_come(stores: Stores) -> None:
    job = stores.kept.add_import(file_name="f", fingerprint="x", source_id=2**31 - 1, mapping="{}")
    stores.kept.set_import(job.import_id, status="done", rows_done=2**62, summary="{}")
    assert stores.kept.imports()[0].rows_done == 2**62
    stores.kept.refused_at_door("bad_json", 0, bodies=2**40)
    stores.kept.refused_at_door("bad_json", 0, bodies=2**40)
    assert stores.kept.door_refusals() == {(0, "bad_json"): 2**41}
    with stores.derived.batch(2**62) as batch:
        keys = {n.to_bytes(16): (n, b"d" * 8) for n in range(5_000)}
        assert len(batch.add_messages(keys)) == 5_000
        assert dict(batch.known_messages(list(keys)[:4_999])) == dict(list(keys.items())[:4_999])
        assert dict(batch.known_messages([])) == {}
    assert stores.derived.offset() == 2**62
