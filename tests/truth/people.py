"""Story 10: who State says everybody is, against who they truly are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from companies import Company

from heartline.records import Identifier, IdentifierKind, KnownIdentifier
from heartline.unify import ALWAYS_US, FOREVER_US

Key = tuple[str, str]
Turn = tuple[int, int]

MEI = "Mei Zhang 张梅"
DANIEL = "Daniel Wright"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Who owns each identifier, in time order: (from, to, owner), bounds in µs, adjoining turns of one owner joined."""

    turns: dict[Key, list[tuple[int, int, int]]]

    def owner_at(self, key: Key, at_us: int) -> int:
        """Return who owns an identifier at a time."""
        turns = self.turns[key]
        return turns[0][2] if len(turns) == 1 else next(who for since, until, who in turns if since <= at_us < until)


def read_truth(company: Company) -> Belonging:
    """Read who truly owns what; owners are persons."""
    turns: dict[Key, list[tuple[int, int, int]]] = {}
    for person in company.made.identities():
        for owned in person["identifiers"]:
            since = ALWAYS_US if owned["from_us"] is None else owned["from_us"]
            until = FOREVER_US if owned["to_us"] is None else owned["to_us"]
            turns.setdefault((owned["kind"], owned["value"]), []).append((since, until, person["person"]))
    return Belonging(turns={key: _join(sorted(rows)) for key, rows in turns.items()})


def read_state(company: Company) -> Belonging:
    """Read who owns what as State has it; owners are customers' numbers."""
    owned = company.heartline.stores.derived.ownership()
    known = list_known(company)
    turns: dict[Key, list[tuple[int, int, int]]] = {}
    rows = zip(owned.subject_id, owned.from_us, owned.to_us, owned.customer_id, strict=True)
    for subject, since, until, customer in rows:
        turns.setdefault(known[int(subject)].identifier.key, []).append((int(since), int(until), int(customer)))
    return Belonging(turns={key: _join(sorted(parts)) for key, parts in turns.items()})


def list_known(company: Company) -> dict[int, KnownIdentifier]:
    """List every identifier that State owns, by number."""
    derived = company.heartline.stores.derived
    numbers = np.unique(derived.ownership().subject_id).tolist()
    return {known.identifier_id: known for known in derived.identifiers(numbers)}


def _join(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    joined: list[tuple[int, int, int]] = []
    for since, until, owner in rows:
        if joined and joined[-1][2] == owner and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until, owner)
        else:
            joined.append((since, until, owner))
    return joined


def match_owners(truth: Belonging, state: Belonging) -> tuple[dict[int, int], list[str]]:
    """Match persons to customers over every identifier and time; return the match and all that contradicts it.

    Exact means: the same identifiers on both sides, each changing hands at the same microseconds, and person ↔ customer
    one to one, so nobody is split and no two are merged.
    """
    wrong = [f"{key}: never seen by State" for key in truth.turns.keys() - state.turns.keys()]
    wrong += [f"{key}: nobody's in truth" for key in state.turns.keys() - truth.turns.keys()]
    customer_of: dict[int, int] = {}
    person_of: dict[int, int] = {}
    for key in truth.turns.keys() & state.turns.keys():
        planted, found = truth.turns[key], state.turns[key]
        if [turn[:2] for turn in planted] != [turn[:2] for turn in found]:
            wrong.append(f"{key}: {planted} in truth, {found} in State")
            continue
        for (_, _, person), (_, _, customer) in zip(planted, found, strict=True):
            if customer_of.setdefault(person, customer) != customer:
                wrong.append(f"person {person} is split: {customer_of[person]} and {customer} ({key})")
            if person_of.setdefault(customer, person) != person:
                wrong.append(f"customer {customer} is two: {person_of[customer]} and {person} ({key})")
    return customer_of, wrong


def list_strangers(company: Company, truth: Belonging, customer_of: dict[int, int]) -> Iterator[str]:
    """List the touches that the packed log gives to somebody else than the person who truly touched."""
    columns, log = company.heartline.stores.history.columns(), company.log
    key_of = {number: known.identifier.key for number, known in list_known(company).items()}
    by_seq, by_column = np.argsort(log.seq), np.argsort(columns.seq)
    if not np.array_equal(log.seq[by_seq], columns.seq[by_column]):
        yield "the packed log holds other touches than History"
        return
    rows = zip(
        columns.subject_id[by_column].tolist(),
        columns.ts_us[by_column].tolist(),
        log.customers[log.row[by_seq]].tolist(),
        strict=True,
    )
    for subject, at_us, given in rows:
        key = key_of[subject]
        if given != customer_of[truth.owner_at(key, at_us)]:
            yield f"a touch of {key} at {at_us} went to {given}"


def check_identities(company: Company) -> tuple[dict[int, int], list[str]]:
    """Compare everybody, every identifier, every time and every touch; return customers by person and what is wrong."""
    truth, state = read_truth(company), read_state(company)
    customer_of, wrong = match_owners(truth, state)
    if not wrong:
        wrong += list_strangers(company, truth, customer_of)
    people = company.heartline.stores.derived.customer_count()
    if not wrong and people != len(customer_of):
        wrong.append(f"{people} customers, {len(customer_of)} persons")
    return customer_of, wrong


def check_mei(company: Company) -> list[str]:
    """Mei alone, in words: one profile with all that is hers, her partner apart, the tablet his since that noon."""
    story = company.truth["stories"]["10"]
    derived = company.heartline.stores.derived
    hers, his = (_find(company, story[who]["user_id"]) for who in ("mei", "partner"))
    told = story["mei"]["identifiers"]
    tablet = told["shared"]
    wrong = []
    if hers == his:
        wrong.append("Mei and Daniel are one customer")
    names = {who: derived.profiles([who])[who].title for who in (hers, his)}
    if names != {hers: MEI, his: DANIEL}:
        wrong.append(f"they are called {sorted(names.values())}")
    owned = {who: _list_owned(company, who) for who in (hers, his)}
    wanted = {
        ("user_id", story["mei"]["user_id"]),
        ("email", told["email"]),
        ("phone", told["phone"]),
        ("loyalty_card", told["loyalty_card"]),
        *(("anonymous_id", cookie) for cookie in told["anonymous_id"]),
        ("anonymous_id", tablet),
    }
    if {key for key in owned[hers] if key[0] != "external"} != wanted:
        wrong.append(f"Mei owns {sorted(owned[hers])}")
    if owned[his].keys() != {
        ("user_id", story["partner"]["user_id"]),
        ("email", story["partner"]["email"]),
        ("anonymous_id", tablet),
    }:
        wrong.append(f"Daniel owns {sorted(owned[his])}")
    handed = company.moment_of(story["partner"]["tablet_from"])
    if owned[hers].get(("anonymous_id", tablet)) != (ALWAYS_US, handed):
        wrong.append("the tablet is not Mei's until that noon")
    if owned[his].get(("anonymous_id", tablet)) != (handed, FOREVER_US):
        wrong.append("the tablet is not Daniel's since that noon")
    return wrong


def find_customer(company: Company, kind: IdentifierKind, value: str) -> int:
    """Return the present owner of an identifier, the way every handle resolves."""
    derived = company.heartline.stores.derived
    owner = derived.customer_of_handle(derived.handle(Identifier(kind, value, strong=True)).hex())
    assert owner is not None, value
    return owner


def _find(company: Company, user: str) -> int:
    return find_customer(company, IdentifierKind.USER_ID, user)


def _list_owned(company: Company, customer: int) -> dict[Key, Turn]:
    derived = company.heartline.stores.derived
    owned = derived.owned_by(customer)
    known = {one.identifier_id: one.identifier.key for one in derived.identifiers([o.subject_id for o in owned])}
    return {known[one.subject_id]: (one.from_us, one.to_us) for one in owned}
