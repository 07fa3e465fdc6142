"""The projector against arrival: any order, batching or crash gives the same customers and history (I3, rule 3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.collect import GateRules
from heartline.records import Body, Source, Trust
from heartline.store import MemoryHistory, MemoryJournal, Stores, open_memory
from heartline.unify import Projector, dump_canonical
from tries import some

PUBLIC = Source(source_id=1, name="Site", write_key="p", trust=Trust.PUBLIC)
TRUSTED = Source(source_id=2, name="Server", write_key="t", trust=Trust.TRUSTED)
DAY = 86_400


def a_projector(stores: Stores, **changes: Any) -> Projector:
    return Projector(
        **{
            "journal": stores.journal,
            "derived": stores.derived,
            "history": stores.history,
            "sources": lambda: {1: PUBLIC, 2: TRUSTED},
            "gate_rules": GateRules,
            "refused_quota_bytes": 10_000,
            **changes,
        }
    )


def a_message(kind: str, at: int, **fields: Any) -> dict[str, Any]:
    hour, rest = divmod(at, 3600)
    message = {"type": kind, "timestamp": f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:{rest // 60:02}:{rest % 60:02}Z"}
    message |= fields
    # The id is made of the content, so that one id never has two contents.
    message["messageId"] = json.dumps(message, sort_keys=True)
    return message


def a_body(source: Source, messages: Sequence[dict[str, Any]], *, received: int = 1_790_000_000) -> Body:
    payload = json.dumps({"batch": messages}).encode()
    return Body(source_id=source.source_id, received_us=received * 1_000_000, payload=payload, events=len(messages))


users = st.sampled_from(["u1", "u2", "u3"])
cookies = st.sampled_from(["tablet", "phone", "laptop"])
times = st.integers(0, 5 * DAY - 1)
public_messages = st.one_of(
    st.builds(lambda t, a: a_message("page", t, anonymousId=a, name="Home"), times, cookies),
    st.builds(
        lambda t, a, u: a_message("identify", t, anonymousId=a, userId=u, traits={"plan": str(t % 3)}),
        times, cookies, users,
    ),
    st.builds(lambda t, u: a_message("track", t, userId=u, event="Product Viewed"), times, users),
    st.builds(lambda t, a, b: a_message("alias", t, previousId=a, userId=b), times, cookies, users),
)  # fmt: skip
trusted_messages = st.one_of(
    st.builds(
        lambda t, u, e: a_message("identify", t, userId=u, traits={"email": f"{e}@x.org", "name": e}),
        times, users, st.sampled_from(["ana", "bo"]),
    ),
    st.builds(
        lambda t, u, o: a_message("track", t, userId=u, event="Order Completed", properties={"order_id": o}),
        times, users, st.sampled_from(["o1", "o2"]),
    ),
    st.builds(
        lambda t, o: a_message("track", t, event="Delivered", context={"heartline": {"order": o}}),
        times, st.sampled_from(["o1", "o2"]),
    ),
    st.builds(
        lambda t, c, e: a_message(
            "track", t, event="Paid", context={"heartline": {"identifiers": {"loyalty_card": c, "email": f"{e}@x.org"}}}
        ),
        times, st.sampled_from(["card1", "card2"]), st.sampled_from(["ana", "bo"]),
    ),
)  # fmt: skip
bodies = st.lists(
    st.one_of(
        st.builds(lambda m: a_body(PUBLIC, m), st.lists(public_messages, min_size=1, max_size=4)),
        st.builds(lambda m: a_body(TRUSTED, m), st.lists(trusted_messages, min_size=1, max_size=4)),
    ),
    min_size=1,
    max_size=8,
)


def project(records: Sequence[Body], *, groups: Sequence[int] = (), batch_events: int = 2_000) -> dict[str, list[Any]]:
    stores = open_memory(secret=b"one key for all")
    projector = a_projector(stores, batch_events=batch_events)
    rest = list(records)
    for size in groups:
        stores.journal.append(rest[:size])
        rest = rest[size:]
        projector.drain()
    stores.journal.append(rest)
    projector.drain()
    found = dump_canonical(stores.derived, stores.history)
    stores.close()
    return found


@settings(max_examples=some(60), deadline=None)
@given(records=bodies, data=st.data())
def test_any_order_copies_and_batching_give_the_same_customers_and_history(
    records: list[Body], data: st.DataObject
) -> None:
    once = project(records)
    copies = data.draw(st.lists(st.sampled_from(records), max_size=3))
    order = data.draw(st.permutations([*records, *copies]))
    groups = data.draw(st.lists(st.integers(1, 3), max_size=4))
    assert project(order, groups=groups, batch_events=data.draw(st.sampled_from([1, 3, 2_000]))) == once


class Crash(Exception):  # it stands for a killed process
    pass


def crashing(times_left: int) -> Callable[[str], None]:
    left = times_left

    def reach(_name: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash

    return reach


@settings(max_examples=some(25), deadline=None)
@given(records=bodies, survive=st.integers(0, 4))
def test_a_crash_between_the_two_commits_loses_and_doubles_nothing(records: list[Body], survive: int) -> None:
    whole = project(records)
    stores = open_memory(secret=b"one key for all")
    stores.journal.append([*records, records[0]])
    with pytest.raises(Crash):
        a_projector(stores, batch_events=1, reach=crashing(min(survive, len(records) - 1))).drain()
    assert stores.history.offset() < stores.derived.offset()
    a_projector(stores, batch_events=1).drain()
    assert dump_canonical(stores.derived, stores.history) == whole
    stores.close()


@pytest.mark.parametrize("step", ["gate", "dedupe", "number", "tie", "resolve", "remember", "count"])
def test_a_projector_restarted_at_any_step_gives_the_same(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [
        a_body(PUBLIC, [a_message("identify", 10 * n, anonymousId="tablet", userId=f"u{n % 3}", traits={"n": n})])
        for n in range(6)
    ]
    whole = project(records)
    stores = open_memory(secret=b"one key for all")
    stores.journal.append(records)
    projector = a_projector(stores, batch_events=2)
    projector.step()
    from heartline.unify import projector as module  # noqa: PLC0415  # patched, not used

    def fail(_projector: Projector, _work: object) -> None:
        raise Crash

    steps = tuple((name, fail if name == step else call) for name, call in module.STEPS)
    monkeypatch.setattr(module, "STEPS", steps)
    with pytest.raises(Crash):
        projector.step()
    monkeypatch.undo()
    a_projector(stores).drain()
    assert dump_canonical(stores.derived, stores.history) == whole
    stores.close()


def test_every_event_is_in_exactly_one_term_of_the_account() -> None:
    stores = open_memory(secret=b"one key for all")
    good = a_message("page", 5, anonymousId="a", name="Home")
    other = {**a_message("page", 6, anonymousId="a", name="Home"), "messageId": good["messageId"], "name": "Else"}
    stores.journal.append([a_body(PUBLIC, [good, good, other, {"type": "page"}, 7, good])])  # type: ignore[list-item]
    a_projector(stores).drain()
    counters = stores.derived.counters()
    assert stores.journal.events() == 6
    assert stores.history.count() == counters[1, "stored"] == 1
    assert counters[1, "duplicate"] == 2
    assert counters[1, "refused"] == 3
    reasons = {r.reason for r in stores.derived.refused(limit=9)}
    assert reasons == {"changed", "no_identity", "not_an_object"}
    stores.close()


def test_a_refused_message_that_comes_again_is_a_copy_and_a_mended_one_is_stored() -> None:
    stores = open_memory(secret=b"one key for all")
    broken = {"type": "page", "messageId": "m1", "anonymousId": "null"}
    other = {**a_message("page", 6, anonymousId="a", name="Home"), "messageId": "m2"}
    changed = {**other, "name": "Else"}
    for _ in range(2):
        stores.journal.append([a_body(PUBLIC, [broken, other, changed, broken])])
        a_projector(stores).drain()
    assert [r.reason for r in stores.derived.refused(limit=9)] == ["changed", "junk_identity"]
    counters = stores.derived.counters()
    assert (counters[1, "stored"], counters[1, "refused"], counters[1, "duplicate"]) == (1, 2, 5)
    stores.journal.append([a_body(PUBLIC, [{**broken, "anonymousId": "b"}])])
    a_projector(stores).drain()
    assert stores.history.count() == 2
    stores.close()


def test_refused_bytes_stop_at_the_quota_but_are_still_counted() -> None:
    stores = open_memory(secret=b"one key for all")
    stores.journal.append([a_body(PUBLIC, [{"type": "page", "n": n, "pad": "x" * 400} for n in range(9)])])
    a_projector(stores, refused_quota_bytes=1_000).drain()
    refused = stores.derived.refused(limit=99)
    assert len(refused) == 9
    assert 0 < sum(len(r.raw) for r in refused) <= 1_000
    stores.close()


def test_a_shared_tablet_belongs_to_one_until_noon_and_to_another_after() -> None:
    stores = open_memory(secret=b"one key for all")
    messages = [
        a_message("page", 0, anonymousId="tablet", name="Early"),
        a_message("identify", 3_600, anonymousId="tablet", userId="mei"),
        a_message("page", 7_200, anonymousId="tablet", name="Hers"),
        a_message("identify", 43_200, anonymousId="tablet", userId="partner"),
        a_message("page", 50_000, anonymousId="tablet", name="His"),
    ]
    stores.journal.append([a_body(PUBLIC, messages)])
    a_projector(stores).drain()
    dump = dump_canonical(stores.derived, stores.history)
    owners = [row[3] for row in dump["ownership"] if row[0] == "anonymous_id=tablet"]
    assert owners == ["user_id=mei", "user_id=partner"]
    stores.close()


def test_the_twins_are_what_they_say() -> None:
    stores = open_memory(secret=b"one key for all")
    assert isinstance(stores.journal, MemoryJournal)
    assert isinstance(stores.history, MemoryHistory)
    stores.close()
