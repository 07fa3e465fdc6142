"""What is said of a rival is nobody's: with it and without it, we have the same customers, touches and names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import TRUSTED, a_body, a_message, a_projector, trusted_messages

from heartline.collect import GateRules, pass_gate
from heartline.records import NOBODY, Body, Interaction, Refusal, RefusalReason, Source, Trust, UndoImport, write_act
from heartline.store import Stores, open_memory
from heartline.unify import Projector, dump_canonical, portray
from tries import some

RIVAL = {"heartline": {"rival": "Bean Barn", "text": "Cheap beans", "touchpoint": "Review", "channel": "Reviews"}}
rival_reviews = st.builds(
    lambda t, stars, text: a_message(
        "track", t, event="Review", properties={"stars": stars, "author": "Ana"},
        context={"heartline": {"rival": "Bean Barn", "text": text, "score": {"kind": "stars", "value": stars}}},
    ),
    st.integers(0, 86_400), st.integers(1, 5), st.sampled_from(["Cheap beans", "Stale", "Ana at ana@x.org says hi"]),
)  # fmt: skip


def project(bodies: Sequence[Body]) -> tuple[Stores, Projector]:
    """Project bodies into a twin; twins of one secret give their customers the same ids."""
    stores = open_memory(secret=b"one key for all")
    for body in bodies:
        stores.journal.append([body])
    projector = a_projector(stores)
    projector.drain()
    return stores, projector


@given(st.lists(trusted_messages, max_size=8), st.lists(rival_reviews, min_size=1, max_size=6), st.data())
@settings(max_examples=some(60), deadline=None)
def test_customers_and_touches_are_the_same_with_and_without_what_is_said_of_rivals(
    own: list[dict[str, Any]], rivals: list[dict[str, Any]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*own, *rivals]))
    own = [message for message in mixed if "rival" not in json.dumps(message)]
    with_, _ = project([a_body(TRUSTED, mixed)])
    without, _ = project([a_body(TRUSTED, own)] if own else [])
    there, here = (dump_canonical(stores.derived, stores.history) for stores in (with_, without))
    assert {name: rows for name, rows in there.items() if name != "interactions"} == {
        name: rows for name, rows in here.items() if name != "interactions"
    }
    assert len(with_.history.columns().seq) == len(without.history.columns().seq)
    # A name of ours would stand in every filter.
    assert {name: set(names) for name, names in with_.history.vocabulary().items()} == {
        name: set(names) for name, names in without.history.vocabulary().items()
    }
    assert NOBODY not in with_.history.subjects(after_seq=-1).tolist()
    said = with_.history.of_rivals(limit=100)
    assert len(said) == len({message["messageId"] for message in rivals})
    assert all(not one.touch and one.score is None and "Ana" not in one.properties for one in said)


def test_what_is_said_of_rivals_is_rebuilt_alike_and_kept_once() -> None:
    review = a_message("track", 60, event="Review", context=RIVAL, properties={"stars": 4, "site": "Cupfinder"})
    first, projector = project([a_body(TRUSTED, [review]), a_body(TRUSTED, [review])])
    again, _ = project([a_body(TRUSTED, [review])])
    assert dump_canonical(first.derived, first.history) == dump_canonical(again.derived, again.history)
    assert portray(first.derived, first.history).said == portray(again.derived, again.history).said
    (said,) = first.history.of_rivals(limit=9)
    assert json.loads(said.properties) == {"rival": "Bean Barn", "stars": 4.0, "site": "Cupfinder"}
    assert (said.text, said.touchpoint, said.channel, said.subject_id) == ("Cheap beans", "", "", NOBODY)
    assert first.derived.counters()[TRUSTED.source_id, "duplicate"] == 1
    assert projector.step() == 0


def test_a_crash_between_the_commits_loses_nothing_of_it() -> None:
    review = a_message("track", 60, event="Review", context=RIVAL)
    stores = open_memory()
    stores.journal.append([a_body(TRUSTED, [review])])

    def crash(name: str) -> None:
        if name == "between_commits":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        a_projector(stores, reach=crash).drain()
    a_projector(stores).drain()
    assert len(stores.history.of_rivals(limit=9)) == 1


def test_undoing_the_import_takes_it_back() -> None:
    stores, projector = project([a_body(TRUSTED, [a_message("track", 60, event="Review", context=RIVAL)])])
    stores.journal.append([write_act(UndoImport(import_id=1, bodies=((1, 1),), at_us=1, by="Ana"), received_us=1)])
    projector.drain()
    assert stores.history.of_rivals(limit=9) == []
    assert stores.derived.counters()[TRUSTED.source_id, "stored"] == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"userId": "u1"}, RefusalReason.NOT_WANTED),
        ({"anonymousId": "c1"}, RefusalReason.NOT_WANTED),
        ({"traits": {"email": "ana@x.org"}}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": "B", "identifiers": {"email": "ana@x.org"}}}}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": "B", "order": "o-1"}}}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": True}}}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": {"name": "B"}}}}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": "\u202e\x00"}}}, RefusalReason.NOT_WANTED),
        ({"type": "page"}, RefusalReason.NOT_WANTED),
        ({"context": {"heartline": {"rival": ""}}}, RefusalReason.NO_IDENTITY),
    ],
)
@pytest.mark.parametrize("trust", [Trust.TRUSTED, Trust.PUBLIC])
def test_what_speaks_of_a_rival_and_names_somebody_is_refused(
    changes: dict[str, Any], reason: RefusalReason, trust: Trust
) -> None:
    source = Source(source_id=2, name="S", write_key="t", trust=trust)
    message = a_message("track", 5, event="Review", context=RIVAL) | changes
    (outcome,) = pass_gate(a_body(source, [message]), source, GateRules())
    assert isinstance(outcome, Refusal)
    assert outcome.reason is reason


def test_an_empty_rival_gives_a_public_key_no_more_to_say() -> None:
    said = {"heartline": {"rival": "", "identifiers": {"email": "ana@x.org"}}}
    message = a_message("track", 5, event="Review", anonymousId="c1", context=said)
    public = Source(source_id=1, name="S", write_key="p", trust=Trust.PUBLIC)
    (outcome,) = pass_gate(a_body(public, [message]), public, GateRules())
    assert isinstance(outcome, Interaction)
    assert [one.kind.value for one in outcome.identifiers] == ["anonymous_id"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=some(100), deadline=None)
def test_whatever_a_rival_is_called_nothing_of_it_gets_near_a_customer(given_rival: Any) -> None:
    message = a_message("track", 5, event="Review", context={"heartline": {"rival": given_rival, "text": "hi"}})
    (outcome,) = pass_gate(a_body(TRUSTED, [message]), TRUSTED, GateRules())
    if isinstance(outcome, Interaction):
        assert outcome.rival
        assert (outcome.identifiers, outcome.touch, outcome.score, outcome.touchpoint) == ((), False, None, "")
