"""The queue of possible duplicates on every State: in memory, on disk, and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.errors import Conflict
from heartline.records import Clue, Identifier, IdentifierKind, Ownership, SuggestionStatus
from heartline.store import NewSuggestion, Stores, TraitSet, open_memory, open_stores

ALWAYS, FOREVER = -(2**63), 2**63 - 1
CLUES = (Clue(column="email", level="name_same", bits=11.25), Clue(column="city", level="", bits=0.0))


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def a_new(number: int, *, over_limit: bool = False) -> NewSuggestion:
    return NewSuggestion(
        left=f"a{number}",
        right=f"b{number}",
        probability=0.9 - number / 100,
        start_bits=-11.5,
        clues=CLUES,
        over_limit=over_limit,
    )


def test_the_queue_keeps_what_people_decided_and_renews_the_rest(stores: Stores) -> None:
    kept = stores.kept
    kept.renew_suggestions([a_new(2), a_new(1), a_new(3, over_limit=True)], at_us=10)
    first, second = kept.suggestions(SuggestionStatus.OPEN, limit=9, over_limit=False)
    assert (first.left, first.clues, first.probability) == ("a1", CLUES, 0.89)
    assert kept.count_suggestions(SuggestionStatus.OPEN, over_limit=True) == 1
    decided = kept.decide_suggestion(second.suggestion_id, SuggestionStatus.DISMISSED, by="Ola", at_us=20)
    assert (decided.decided_by, decided.decided_us) == ("Ola", 20)
    kept.renew_suggestions([a_new(1), a_new(4)], at_us=30)
    assert [(s.left, s.found_us) for s in kept.suggestions(SuggestionStatus.OPEN, limit=9)] == [("a1", 10), ("a4", 30)]
    assert kept.suggestions(SuggestionStatus.OPEN, limit=1, skip=1)[0].left == "a4"
    with pytest.raises(Conflict):
        kept.decide_suggestion(second.suggestion_id, SuggestionStatus.CONFIRMED, by="Kim", at_us=40)
    back = kept.decide_suggestion(second.suggestion_id, SuggestionStatus.OPEN, by="Ola", at_us=50)
    assert (back.status, back.decided_us, back.decided_by) == (SuggestionStatus.OPEN, None, "")
    assert kept.forget_suggestions(["a1", "b2", "zz"]) == 2
    assert [s.left for s in kept.suggestions(SuggestionStatus.OPEN, limit=9)] == ["a4"]


def test_people_are_walked_with_their_strong_identifiers_and_owners(stores: Stores) -> None:
    ana = Identifier(IdentifierKind.USER_ID, "ana", strong=True)
    mail = Identifier(IdentifierKind.EMAIL, "ana@x.org", strong=False)
    with stores.derived.batch(1) as batch:
        nodes = batch.number({i.key: (i, 5) for i in (ana, mail)}).nodes
        owner = nodes[ana.key].node_id
        owned = {
            n.node_id: [Ownership(subject_id=n.node_id, from_us=ALWAYS, to_us=FOREVER, customer_id=owner)]
            for n in nodes.values()
        }
        batch.own(owned, new=owned)
        said = TraitSet(subject_id=owner, ts_us=5, message_key=b"k" * 16, source_id=1, traits={"name": "Ana"})
        batch.add_traits([said])
        batch.write_profiles({owner: {"name": "Ana", "city": "York"}})
    derived = stores.derived
    (walked,) = derived.walk_profiles()
    assert (walked.customer_id, walked.name, walked.traits["city"]) == (owner, "Ana", "York")
    assert derived.strong_handles([owner]) == {owner: {IdentifierKind.USER_ID: frozenset({nodes[ana.key].handle})}}
    handle = nodes[mail.key].handle.hex()
    assert derived.owners_of_handles([handle, "00" * 16]) == {handle: owner}
