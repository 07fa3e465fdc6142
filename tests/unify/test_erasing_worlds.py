"""Erasing anybody out of random worlds: the rest stays what it was, and a rebuild ends where the living one does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import a_projector, bodies
from test_removal import marked

from heartline.app import Heartline
from heartline.config import Settings
from heartline.records import Body, Trust
from heartline.store import Span, Stores, open_memory
from heartline.unify import dump_canonical
from heartline.web.privacy import erase_customers

Customers = dict[str, tuple[frozenset[str], tuple[Any, ...]]]


def customers(stores: Stores) -> Customers:
    """By public id: the messages that are a customer's, and what their profile says."""
    owned = stores.derived.ownership()
    found: Customers = {}
    for customer in set(owned.customer_id.tolist()):
        profile = stores.derived.profiles([customer])[customer]
        spans = [Span(o.subject_id, o.from_us, o.to_us) for o in stores.derived.owned_by(customer)]
        messages = frozenset(entry.message_id for entry in stores.history.timeline(spans, limit=10_000))
        traits = tuple(sorted((name, repr(value)) for name, value in profile.traits.items()))
        found[profile.ref] = (messages, traits)
    return found


def living(records: list[Body]) -> Heartline:
    # One key for all, so that ids, and with them what is drawn, are the same each time.
    heartline = Heartline(Settings(), open_memory(secret=b"one key for all"))
    heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
    heartline.stores.kept.add_source(name="Server", trust=Trust.TRUSTED)
    heartline.sources.reload()
    heartline.stores.journal.append(records)
    heartline.catch_up()
    return heartline


@settings(max_examples=8)
@given(records=bodies, copies=bodies, data=st.data())
def test_the_rest_of_any_world_stays_and_a_rebuild_is_equal(
    records: list[Body], copies: list[Body], data: st.DataObject
) -> None:
    with living([*records, *(marked(body) for body in copies), *records[:2]]) as heartline:
        before = customers(heartline.stores)
        gone = data.draw(st.lists(st.sampled_from(sorted(before)), min_size=1, max_size=2, unique=True))
        done = erase_customers(heartline, gone, by="dpo", reason="asked", suppress=data.draw(st.booleans()))
        after = customers(heartline.stores)
        stay = Counter(said for ref, said in before.items() if ref not in gone and said[0])
        assert Counter(said for said in after.values() if said[0]) == stay
        account = heartline.account()
        assert account.balanced
        assert account.erased >= len(frozenset().union(*(before[ref][0] for ref in gone)))
        assert len(done) == len(gone)

        rebuilt = open_memory(secret=heartline.stores.database.secret())
        rebuilt.journal.append(heartline.stores.journal.read(0, events=10**9))
        a_projector(rebuilt).drain()
        assert dump_canonical(rebuilt.derived, rebuilt.history) == dump_canonical(
            heartline.stores.derived, heartline.stores.history
        )
        counted = {key: n for key, n in rebuilt.derived.counters().items() if n}
        assert counted == {key: n for key, n in heartline.stores.derived.counters().items() if n}
        rebuilt.close()
