"""Taking events back: what stays is what would be there had they never come (rules 2 and 4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import TRUSTED, Crash, a_body, a_message, a_projector, bodies, crashing

from heartline.records import Body, UndoImport, write_act
from heartline.store import Stores, open_memory
from heartline.unify import dump_canonical
from heartline.unify.removal import merge, subtract, within
from tries import some

ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)).map(lambda r: (r[0], r[0] + r[1])), max_size=6)


def marked(body: Body) -> Body:
    """Give a body's messages ids of their own, so that none of them is a copy of another body's."""
    said = json.loads(body.payload)
    for message in said["batch"]:
        message["messageId"] += " again"
    return Body(
        source_id=body.source_id,
        received_us=body.received_us,
        payload=json.dumps(said).encode(),
        events=body.events,
    )


def told(stores: Stores) -> tuple[object, int]:
    return dump_canonical(stores.derived, stores.history), stores.derived.customer_count()


def counted(stores: Stores) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, what), n in stores.derived.counters().items():
        found[what] = found.get(what, 0) + n
    return found


def undo(seqs: Sequence[int]) -> Body:
    act = UndoImport(import_id=1, bodies=tuple((seq, seq) for seq in seqs))
    return write_act(act, received_us=1_790_000_000_000_000)


@settings(max_examples=some(60), deadline=None)
@given(stay=bodies, go=bodies, data=st.data())
def test_what_stays_is_what_would_be_there_had_the_rest_never_come(
    stay: list[Body], go: list[Body], data: st.DataObject
) -> None:
    kept = open_memory(secret=b"one key for all")
    kept.journal.append(stay)
    a_projector(kept).drain()

    mixed = data.draw(st.permutations([(body, False) for body in stay] + [(marked(body), True) for body in go]))
    both = open_memory(secret=b"one key for all")
    seqs = both.journal.append([body for body, _ in mixed])
    both.journal.append([undo([seq for seq, (_, going) in zip(seqs, mixed, strict=True) if going])])
    projector = a_projector(both, batch_events=data.draw(st.sampled_from([1, 3, 2_000])))
    projector.drain()
    assert told(both) == told(kept)
    counts = counted(both)
    assert counts["undone"] == sum(body.events for body in go)
    assert counts["stored"] == both.history.count()
    assert sum(counts.values()) == both.journal.events()

    # What was taken back may come again; and taking it back twice does it once.
    both.journal.append([body for body, going in mixed if going])
    projector.drain()
    whole = open_memory(secret=b"one key for all")
    whole.journal.append([body for body, _ in mixed])
    a_projector(whole).drain()
    assert told(both) == told(whole)
    both.journal.append([undo([seq for seq, (_, going) in zip(seqs, mixed, strict=True) if going])])
    projector.drain()
    assert told(both) == told(whole)


@settings(max_examples=some(25), deadline=None)
@given(stay=bodies, go=bodies, after=bodies, survive=st.integers(0, 12))
def test_a_crash_between_the_commits_of_an_undo_changes_nothing(
    stay: list[Body], go: list[Body], after: list[Body], survive: int
) -> None:
    def play(stores: Stores, crashes: int) -> None:
        seqs = stores.journal.append([*stay, *(marked(body) for body in go)])
        stores.journal.append([undo(seqs[len(stay) :])])
        stores.journal.append(after)
        with pytest.raises(Crash) if crashes < 999 else nullcontext():
            a_projector(stores, batch_events=1, reach=crashing(crashes)).drain()

    whole, broken = open_memory(secret=b"k"), open_memory(secret=b"k")
    play(whole, 999)
    steps = len(stay) + len(go) + len(after) + 1
    play(broken, min(survive, steps - 1))
    a_projector(broken, batch_events=1).drain()
    assert told(broken) == told(whole)
    assert counted(broken) == counted(whole)


def test_what_was_refused_is_undone_too_and_its_bytes_are_let_go() -> None:
    stores = open_memory()
    good = a_message("page", 10, anonymousId="tablet", name="Home")
    bad = {"type": "nonsense", "messageId": "b1", "anonymousId": "tablet"}
    (seq,) = stores.journal.append([a_body(TRUSTED, [good, bad])])
    projector = a_projector(stores)
    projector.drain()
    assert len(stores.derived.refused(limit=9)) == 1
    stores.journal.append([undo([seq])])
    projector.drain()
    assert stores.derived.refused(limit=9) == []
    assert {what: n for what, n in counted(stores).items() if n} == {"undone": 2}


@given(ranges, ranges)
def test_ranges_subtract_as_sets_do(here: list[tuple[int, int]], gone: list[tuple[int, int]]) -> None:
    def spread(of: Sequence[tuple[int, int]]) -> set[int]:
        return {seq for first, last in of for seq in range(first, last + 1)}

    left = subtract(here, gone)
    assert spread(left) == spread(here) - spread(gone)
    assert left == merge(left)
    assert {seq for seq in range(60) if within(seq, left)} == spread(left)
