"""Suggestions: who is compared and how it is written, what is left out of the queue, and that nothing depends on order.

The people are made up here. What the matcher finds in data with known truth is in ``test_suggestions_real.py``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from heartline.app import Heartline, open_twin
from heartline.errors import Conflict, Missing, Unavailable
from heartline.records import (
    Body,
    Clue,
    Identifier,
    IdentifierKind,
    Profile,
    SuggestionStatus,
    Trust,
    pattern_of,
)
from heartline.store import Matched, MatchedPair, MatchModel, MatchRecord, NewSuggestion, SplinkMatcher
from heartline.unify import MODEL, LeftOut, Rules, find_suggestions, is_household, read_person

SURE = (Clue(column="first_name", level="same", bits=6.0), Clue(column="last_name", level="same", bits=9.0))


def a_profile(**traits: object) -> Profile:
    return Profile(customer_id=1, ref="aa", name=str(traits.pop("name", "")), traits=traits)


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        ({"name": "Müller, Anna"}, {"first_name": "anna", "last_name": "muller"}),
        ({"name": "Anna Maria Groß"}, {"first_name": "anna", "last_name": "gross"}),
        ({"firstName": "José", "LAST_NAME": "O'Neil"}, {"first_name": "jose", "last_name": "o neil"}),
        ({"name": "王小明", "city": "上海"}, {"first_name": "王小明", "city": "上海"}),
        ({"dob": "19460111", "city": "Yass"}, {"birth_date": "1946-01-11", "city": "yass"}),
        ({"birthday": "31.12.1980", "zip": "10 115"}, {"birth_date": "1980-12-31", "post_code": "10115"}),
        ({"dob": "12/31/1980", "zip": "1"}, {"birth_date": "1980-12-31", "post_code": "1"}),
        (
            {"address": {"street": "Lange Straße 12a", "postalCode": "W1 2AB", "city": "York"}},
            {"street": "lange str", "house": "12a", "post_code": "w12ab", "city": "york"},
        ),
        ({"street": "5 Main Street", "city": "York"}, {"street": "main st", "house": "5", "city": "york"}),
        (
            {"email": "Ana+News@X.org", "phone": "030 123456"},
            {"email": "ana+news@x.org", "email_name": "ana", "phone": "4930123456"},
        ),
    ],
)
def test_people_are_compared_in_one_way_of_writing(traits: dict[str, object], said: dict[str, str]) -> None:
    person = read_person(a_profile(**traits), region="DE")
    assert person is not None
    assert dict(person.values) == said


@pytest.mark.parametrize("traits", [{}, {"name": "Ana"}, {"email": "ana@x.org"}, {"city": "York", "plan": "gold"}])
def test_of_whom_only_one_thing_is_known_is_not_compared(traits: dict[str, object]) -> None:
    assert read_person(a_profile(**traits)) is None


def test_a_value_that_stands_for_nobody_is_no_value() -> None:
    person = read_person(a_profile(name="Ana Diaz", email="undefined", city="null"))
    assert person is not None
    assert set(person.values) == {"first_name", "last_name"}


@pytest.mark.parametrize(
    ("first", "born", "family"),
    [("other", "", True), ("other", "other", True), ("other", "same", False), ("nearly", "", False)],
)
def test_two_of_one_family_are_not_one_person(first: str, born: str, *, family: bool) -> None:
    clues = (Clue(column="first_name", level=first, bits=-5), Clue(column="birth_date", level=born, bits=0))
    assert is_household(clues) is family


class Foretold:
    """A matcher that says what it was told to."""

    def __init__(self, *pairs: MatchedPair) -> None:
        self.pairs = pairs
        self.seen: list[MatchRecord] = []

    def match(self, records: Iterable[MatchRecord], model: MatchModel, *, threshold: float, most_pairs: int) -> Matched:
        self.seen = list(records)
        return Matched(pairs=self.pairs[:most_pairs], records=len(self.seen), compared=1, largest_group=2)


def a_pair(left: str, right: str, clues: tuple[Clue, ...] = SURE) -> MatchedPair:
    small, large = sorted((left, right))
    return MatchedPair(left=small, right=large, probability=0.9, start_bits=-11.0, clues=clues)


@pytest.fixture
def heartline() -> Iterator[Heartline]:
    """Ana came twice: once to the counter, where they wrote a card, once in the shop, with an account."""
    with open_twin() as opened:
        source = opened.stores.kept.add_source(name="Till", trust=Trust.TRUSTED)
        opened.sources.reload()
        traits = {"name": "Ana Diaz", "city": "York"}
        card = {"externalIds": [{"type": "loyalty_card", "id": "c1"}]}
        said: list[dict[str, Any]] = [
            {"type": "identify", "context": card, "traits": traits},
            {"type": "identify", "userId": "ana", "traits": traits},
            {"type": "identify", "userId": "ben", "traits": {"name": "Ben Diaz", "city": "York"}},
        ]
        batch = [{**m, "messageId": str(n), "timestamp": f"2026-01-0{n + 1}T00:00:00Z"} for n, m in enumerate(said)]
        payload = json.dumps({"batch": batch}).encode()
        body = Body(source_id=source.source_id, received_us=1_790_000_000_000_000, payload=payload, events=len(batch))
        opened.intake.submit(body)
        opened.catch_up()
        yield opened


def ref_of(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    return heartline.stores.derived.handle(Identifier(kind, value, strong=True)).hex()


def seek(heartline: Heartline, *pairs: MatchedPair, rules: Rules | None = None) -> dict[LeftOut, int]:
    """Run a foretold match into the queue; return what was left out."""
    stores = heartline.stores
    run = find_suggestions(stores.derived, stores.kept, Foretold(*pairs), rules=rules or Rules())
    stores.kept.renew_suggestions(run.found, at_us=5)
    return dict(run.left_out)


def test_a_dismissed_pair_comes_back_only_with_other_evidence(heartline: Heartline) -> None:
    kept = heartline.stores.kept
    card, ana = ref_of(heartline, IdentifierKind.LOYALTY_CARD, "c1"), ref_of(heartline, IdentifierKind.USER_ID, "ana")
    assert seek(heartline, a_pair(card, ana)) == {}
    (found,) = kept.suggestions(SuggestionStatus.OPEN, limit=9)
    kept.decide_suggestion(found.suggestion_id, SuggestionStatus.DISMISSED, by="Ola", at_us=7)
    heavier = tuple(Clue(column=c.column, level=c.level, bits=c.bits + 1) for c in SURE)
    assert seek(heartline, a_pair(card, ana, heavier)) == {LeftOut.DECIDED: 1}
    assert kept.count_suggestions(SuggestionStatus.OPEN) == 0
    more = (*SURE, Clue(column="phone", level="same", bits=12.0))
    assert seek(heartline, a_pair(card, ana, more)) == {}
    assert pattern_of(kept.suggestions(SuggestionStatus.OPEN, limit=9)[0].clues) == pattern_of(more)


def test_who_was_split_or_is_one_already_is_not_suggested(heartline: Heartline) -> None:
    card, ana = ref_of(heartline, IdentifierKind.LOYALTY_CARD, "c1"), ref_of(heartline, IdentifierKind.USER_ID, "ana")
    vetoed = Rules(vetoed_pairs=frozenset({frozenset({bytes.fromhex(card), bytes.fromhex(ana)})}))
    assert seek(heartline, a_pair(card, ana), rules=vetoed) == {LeftOut.VETOED: 1}
    assert seek(heartline, a_pair(card, card)) == {LeftOut.ONE_CUSTOMER: 1}
    assert seek(heartline, a_pair(card, "00" * 16)) == {LeftOut.ONE_CUSTOMER: 1}


def test_two_accounts_are_set_apart_from_what_one_word_may_join(heartline: Heartline) -> None:
    card, ana = ref_of(heartline, IdentifierKind.LOYALTY_CARD, "c1"), ref_of(heartline, IdentifierKind.USER_ID, "ana")
    ben = ref_of(heartline, IdentifierKind.USER_ID, "ben")
    assert seek(heartline, a_pair(card, ana), a_pair(ana, ben)) == {}
    kept = heartline.stores.kept
    (easy,) = kept.suggestions(SuggestionStatus.OPEN, limit=9, over_limit=False)
    (hard,) = kept.suggestions(SuggestionStatus.OPEN, limit=9, over_limit=True)
    assert {easy.left, easy.right} == {card, ana}
    assert {hard.left, hard.right} == {ana, ben}


def test_a_run_renews_what_is_open_and_leaves_what_was_decided(heartline: Heartline) -> None:
    kept = heartline.stores.kept
    new = [
        NewSuggestion(left=f"0{n}", right=f"1{n}", probability=0.8, start_bits=-9, clues=SURE, over_limit=False)
        for n in range(3)
    ]
    kept.renew_suggestions(new, at_us=1)
    first, second, _ = kept.suggestions(SuggestionStatus.OPEN, limit=9)
    kept.decide_suggestion(first.suggestion_id, SuggestionStatus.CONFIRMED, by="Ola", at_us=2)
    kept.renew_suggestions(new[1:2], at_us=3)
    (stays,) = kept.suggestions(SuggestionStatus.OPEN, limit=9)
    assert (stays.suggestion_id, stays.found_us) == (second.suggestion_id, 1)
    assert [s.decided_by for s in kept.decided_suggestions()] == ["Ola"]
    with pytest.raises(Conflict, match="Ola has decided"):
        kept.decide_suggestion(first.suggestion_id, SuggestionStatus.DISMISSED, by="Kim", at_us=4)
    with pytest.raises(Missing):
        kept.suggestion(987)
    assert kept.forget_suggestions(["00", "11"]) == 2
    assert kept.decided_suggestions() == []


def some_people(count: int = 300) -> list[MatchRecord]:
    """People of whom one in ten came twice, every other time with a letter lost."""
    draw, found = random.Random(3), []
    names = ["anna", "boris", "clara", "dmitri", "elena", "farid", "greta", "hassan", "ingrid", "jonas"]
    for number in range(count):
        values = {
            "first_name": draw.choice(names),
            "last_name": f"{draw.choice(names)}{draw.choice('stvwz')}{draw.choice(names)}",
            "birth_date": f"19{draw.randint(40, 99)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "city": draw.choice(["york", "leeds", "hull", "ripon", "selby"]),
        }
        found.append(MatchRecord(ref=f"{number:04}", values=values))
        if number % 10 == 0:
            lost = {"last_name": values["last_name"][:-2] + values["last_name"][-1]} if number % 20 else {}
            twin = {**values, **lost}
            found.append(MatchRecord(ref=f"{number:04}x", values=twin))
    return found


def test_the_same_people_in_any_order_give_the_same_pairs_and_the_evidence_adds_up() -> None:
    people = some_people()
    found = SplinkMatcher().match(people, MODEL, threshold=0.7, most_pairs=1_000)
    assert {(p.left, p.right) for p in found.pairs} >= {(f"{n:04}", f"{n:04}x") for n in range(0, 300, 10)}
    assert len(found.pairs) <= 33
    for pair in found.pairs:
        assert pair.probability == pytest.approx(1 / (1 + 2**-pair.bits), abs=2e-3)
    random.Random(1).shuffle(people)
    assert SplinkMatcher(threads=1).match(people, MODEL, threshold=0.7, most_pairs=1_000) == found


def test_nobody_to_compare_is_no_error() -> None:
    assert SplinkMatcher().match([], MODEL, threshold=0.7, most_pairs=9).pairs == ()
    alone = [MatchRecord(ref="a", values={"first_name": "ana", "city": "york"})]
    assert SplinkMatcher().match(alone, MODEL, threshold=0.7, most_pairs=9).pairs == ()


def test_a_value_that_thousands_share_makes_no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartline.store.splink_matching.FEWEST_PAIRS", 1_000)
    monkeypatch.setattr("heartline.store.splink_matching.PAIRS_A_RECORD", 1)
    crowd = [MatchRecord(ref=f"c{n:03}", values={"email": "info@x.org", "last_name": f"name{n}"}) for n in range(400)]
    found = SplinkMatcher().match([*crowd, *some_people(50)], MODEL, threshold=0.7, most_pairs=1_000)
    assert found.compared <= 1_000
    assert found.largest_group < 400
    assert not any(pair.left.startswith("c") for pair in found.pairs)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartline.store.splink_matching.is_matching_installed", lambda: False)
    with pytest.raises(Unavailable, match="Splink") as refused:
        SplinkMatcher().match([], MODEL, threshold=0.7, most_pairs=9)
    assert "pip install 'heartline[matching]'" in refused.value.hint
