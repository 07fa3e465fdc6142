"""Rule 8 with State on a PostgreSQL server: nothing is left in the files of its tables, in its write-ahead log, nor in
ours. The server deletes the segments it no longer needs (``wal_recycle=off``), as the guide asks of its operator.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from erasure_world import NEEDLES, fill, open_world, others, raw_finds, ref_of

from heartline.web.privacy import erase_customers
from real_postgres import RealPostgres


def test_a_server_that_holds_state_forgets_too(tmp_path: Path, postgres: RealPostgres) -> None:
    state_url = postgres.make_database()
    name = state_url.split("@/")[1].partition("?")[0]
    ((oid,),) = postgres.tell("postgres", f"SELECT oid FROM pg_database WHERE datname = '{name}'")
    tables = postgres.folder / "data" / "base" / str(oid)
    log, folder = postgres.folder / "data" / "pg_wal", tmp_path / "data"
    with open_world(folder, state_url=state_url) as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        before = others(heartline)
        postgres.tell("postgres", "CHECKPOINT")
        control, logged = raw_finds(tables), raw_finds(log)
        seen = set(chain.from_iterable((*control.values(), *raw_finds(folder).values())))
        assert set(chain.from_iterable(control.values())) > {"QzUser7x", "QzTrait7x", "QzNote7x", "QzCase7x"}
    assert set(chain.from_iterable(logged.values())) > {"QzUser7x", "QzCase7x"}, "the control: the log holds them too"
    seen |= set(chain.from_iterable(raw_finds(folder).values()))
    assert seen == set(NEEDLES), set(NEEDLES) - seen
    with open_world(folder, state_url=state_url) as heartline:
        erase_customers(heartline, [ref], by="dpo@x.org", reason="asked in writing")
        assert others(heartline) == before
        assert heartline.account().balanced
        assert raw_finds(folder) == {}
    assert raw_finds(tables) == {}
    assert raw_finds(log) == {}
