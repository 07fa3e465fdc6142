"""Mending: what was refused is put right, in its own place, and the account still adds up (rule 4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import TRUSTED, Crash, a_body, a_message, a_projector, bodies, crashing
from test_removal import counted, told, undo

from heartline.records import INDEX_BITS, Body, Mend, write_act
from heartline.store import Stores, open_memory
from tries import some

GOOD = [a_message("page", n, anonymousId=f"c{n % 2}", userId=f"u{n % 3}", name="Home") for n in range(4)]
spoilt = st.lists(st.booleans(), min_size=4, max_size=4)


def spoil(message: dict[str, object]) -> dict[str, object]:
    return {**message, "type": "nonsense"}


def mend(seqs: dict[int, str]) -> Body:
    return write_act(Mend(events=tuple(seqs.items())), received_us=1_790_000_000_000_000)


def seqs_of(body_seq: int, bad: list[bool]) -> dict[int, str]:
    base = body_seq << INDEX_BITS
    return {base + n: json.dumps(GOOD[n]) for n, is_bad in enumerate(bad) if is_bad}


@settings(max_examples=some(40), deadline=None)
@given(bad=spoilt, before=bodies, after=bodies, batch=st.sampled_from([1, 3, 2_000]))
def test_mended_events_are_as_if_they_had_come_right(
    bad: list[bool], before: list[Body], after: list[Body], batch: int
) -> None:
    right, mended = open_memory(secret=b"k"), open_memory(secret=b"k")
    right.journal.append([*before, a_body(TRUSTED, GOOD), *after])
    a_projector(right).drain()
    came = [spoil(message) if is_bad else message for message, is_bad in zip(GOOD, bad, strict=True)]
    (*_, seq) = mended.journal.append([*before, a_body(TRUSTED, came)])
    mended.journal.append([*after, mend(seqs_of(seq, bad))])
    a_projector(mended, batch_events=batch).drain()
    assert told(mended) == told(right)
    counts = counted(mended)
    assert counts.get("refused", 0) == 0
    assert sum(counts.values()) == mended.journal.events()
    # Mended events are taken back with the rest of their body.
    mended.journal.append([undo([seq])])
    a_projector(mended).drain()
    without = open_memory(secret=b"k")
    without.journal.append([*before, *after])
    a_projector(without).drain()
    assert told(mended) == told(without)
    assert sum(counted(mended).values()) == mended.journal.events()


@pytest.mark.parametrize("survive", range(6))
def test_a_crash_between_the_commits_of_a_mend_loses_nothing(survive: int) -> None:
    def play(stores: Stores) -> None:
        (seq,) = stores.journal.append([a_body(TRUSTED, [spoil(GOOD[0]), GOOD[1]])])
        stores.journal.append([mend(seqs_of(seq, [True]))])
        stores.journal.append([a_body(TRUSTED, GOOD[2:])])

    whole, broken = open_memory(secret=b"k"), open_memory(secret=b"k")
    play(whole)
    a_projector(whole, batch_events=1).drain()
    play(broken)
    with pytest.raises(Crash):
        a_projector(broken, batch_events=1, reach=crashing(min(survive, 2))).drain()
    a_projector(broken, batch_events=1).drain()
    assert told(broken) == told(whole)
    assert broken.history.count() == 4
    assert counted(broken) == counted(whole)


def test_what_is_still_wrong_stays_refused_with_its_new_bytes() -> None:
    stores = open_memory()
    (seq,) = stores.journal.append([a_body(TRUSTED, [spoil(GOOD[0])])])
    projector = a_projector(stores)
    projector.drain()
    event = json.dumps({**GOOD[0], "type": "worse"})
    stores.journal.append([mend({seq << INDEX_BITS: event, 999: event})])
    projector.drain()
    (refused,) = stores.derived.refused(limit=9)
    assert (refused.seq, refused.raw.decode()) == (seq << INDEX_BITS, event)
    assert {what: n for what, n in counted(stores).items() if n} == {"refused": 1}
