"""The projector with its State on PostgreSQL: any arrival and any crash give what the memory twin gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import Crash, a_projector, bodies, crashing, project

from heartline.records import Body
from heartline.store import (
    Database,
    MemoryHistory,
    MemoryJournal,
    MemoryPlacings,
    MemoryReadings,
    SqlDerived,
    SqlKept,
    Stores,
    open_database,
)
from heartline.store.postgres import read_state_url
from heartline.store.tables import derived
from heartline.unify import dump_canonical
from real_postgres import RealPostgres
from tries import some

SECRET = b"one key for all"


@pytest.fixture(scope="module")
def database(postgres: RealPostgres) -> Iterator[Database]:
    opened = open_database(read_state_url(postgres.make_database()))
    opened.secret(SECRET)
    yield opened
    opened.close()


def a_served_installation(database: Database) -> Stores:
    """Return stores whose State is on the server, with nothing derived yet."""
    with database.write() as db:
        for table in derived.tables.values():
            db.execute(table.delete())
    history = MemoryHistory()
    return Stores(
        journal=MemoryJournal(),
        derived=SqlDerived(database),
        kept=SqlKept(database),
        history=history,
        readings=MemoryReadings(history),
        placings=MemoryPlacings(history),
        directory=None,
        database=database,
    )


@settings(max_examples=some(12))
@given(records=bodies, data=st.data())
def test_any_order_copies_and_batching_give_what_the_twin_gives(
    database: Database, records: list[Body], data: st.DataObject
) -> None:
    copies = data.draw(st.lists(st.sampled_from(records), max_size=3))
    rest: Sequence[Body] = data.draw(st.permutations([*records, *copies]))
    stores = a_served_installation(database)
    projector = a_projector(stores, batch_events=data.draw(st.sampled_from([1, 3, 2_000])))
    for size in data.draw(st.lists(st.integers(1, 3), max_size=3)):
        stores.journal.append(rest[:size])
        rest = rest[size:]
        projector.drain()
    stores.journal.append(rest)
    projector.drain()
    assert dump_canonical(stores.derived, stores.history) == project(records)


@settings(max_examples=8)
@given(records=bodies, survive=st.integers(0, 4))
def test_a_crash_between_the_two_commits_loses_and_doubles_nothing(
    database: Database, records: list[Body], survive: int
) -> None:
    stores = a_served_installation(database)
    stores.journal.append([*records, records[0]])
    with pytest.raises(Crash):
        a_projector(stores, batch_events=1, reach=crashing(min(survive, len(records) - 1))).drain()
    assert stores.history.offset() < stores.derived.offset()
    a_projector(stores, batch_events=1).drain()
    assert dump_canonical(stores.derived, stores.history) == project(records)
