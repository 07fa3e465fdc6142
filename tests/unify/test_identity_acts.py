"""Staff acts about identity through the journal: whatever is decided, State says what the whole pass would say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_projector import DAY, PUBLIC, TRUSTED, Crash, a_body, a_message, a_projector, bodies, crashing

from heartline.records import (
    PRIORITY,
    Act,
    Block,
    Body,
    IdentifierKind,
    Link,
    SetIdentityRules,
    SetTraits,
    Split,
    Unblock,
    UndoImport,
    Unlink,
    Unsplit,
    identify,
    write_act,
)
from heartline.store import Mark, Stores, open_memory
from heartline.unify import dump_canonical, foresee, inverse_of, list_violations, order_pair, resolve, rules_from
from heartline.unify.standing import name_link
from tries import some

SECRET = b"one key for all"
USER, EMAIL, CARD, COOKIE = (
    IdentifierKind.USER_ID,
    IdentifierKind.EMAIL,
    IdentifierKind.LOYALTY_CARD,
    IdentifierKind.ANONYMOUS_ID,
)
NAMES = [
    *((USER, f"u{n}") for n in (1, 2, 3)),
    *((COOKIE, name) for name in ("tablet", "phone", "laptop")),
    *((EMAIL, f"{name}@x.org") for name in ("ana", "bo")),
    *((CARD, f"card{n}") for n in (1, 2)),
]
_keyed = open_memory(secret=SECRET).derived


def handle(kind: IdentifierKind, value: str) -> str:
    identifier = identify(kind, value)
    assert identifier is not None
    return _keyed.handle(identifier).hex()


def body(act: Act) -> Body:
    return write_act(act, received_us=1_790_000_000_000_000)


handles = st.sampled_from([handle(*name) for name in NAMES])
pairs = st.lists(handles, min_size=2, max_size=2, unique=True).map(tuple)
some_pairs = st.lists(pairs, min_size=1, max_size=2).map(tuple)
times = st.integers(1_767_225_600_000_000, 1_767_225_600_000_000 + 5 * DAY * 1_000_000)
acts = st.one_of(
    st.builds(lambda p: Split(pairs=p), some_pairs),
    st.builds(lambda p: Unsplit(pairs=p), some_pairs),
    st.builds(lambda p, over, at: Link(left=p[0], right=p[1], over_limit=over, at_us=at), pairs, st.booleans(), times),
    st.builds(lambda p: Unlink(left=p[0], right=p[1]), pairs),
    st.builds(lambda h: Block(handle=h), handles),
    st.builds(lambda h: Unblock(handle=h), handles),
    st.builds(
        lambda limits, over: SetIdentityRules(limits=limits, quarantine_over=over),
        st.dictionaries(
            st.sampled_from(["user_id", "email", "loyalty_card", "phone", "nonsense"]),
            st.one_of(st.none(), st.integers(0, 2)),
            max_size=3,
        ),
        st.integers(0, 3),
    ),
    st.builds(
        lambda h, t: SetTraits(handle=h, traits=t),
        handles,
        st.fixed_dictionaries({"plan": st.sampled_from(["staff", None])}),
    ),
)
records = st.lists(st.one_of(bodies, acts.map(lambda act: [body(act)])), min_size=2, max_size=9).map(
    lambda parts: [one for part in parts for one in part]
)
tight = body(SetIdentityRules(quarantine_over=1))


def assert_whole(stores: Stores) -> None:
    """State says of owners, quarantine and what limits keep apart what the whole pass says of its evidence."""
    derived = stores.derived
    owned = derived.ownership()
    nodes = derived.nodes(sorted(set(owned.subject_id.tolist())))
    edges = derived.edges_of([node.node_id for node in nodes])
    facts = derived.identity_facts()
    rules = rules_from(facts)
    whole = resolve(nodes, edges, rules)
    said = defaultdict(list)
    for row in zip(owned.subject_id, owned.from_us, owned.to_us, owned.customer_id, strict=True):
        said[int(row[0])].append(tuple(map(int, row[1:])))
    spans = {n: [(o.from_us, o.to_us, o.customer_id) for o in parts] for n, parts in whole.owners.items()}
    assert {n: sorted(parts) for n, parts in said.items()} == spans
    key = ["left_id", "right_id", "reason", "ts_us"]
    assert sorted([getattr(v, k) for k in key] for v in derived.violations()) == sorted(
        [getattr(v, k) for k in key] for v in list_violations(whole.refused)
    )
    by_number = {node.node_id: node for node in nodes}
    days = defaultdict(set)
    links = {(link.left, link.right) for link in facts.links}
    for edge in edges:
        left, right = by_number[edge.left], by_number[edge.right]
        pair = tuple(sorted((left.handle, right.handle)))
        if pair in links and edge.evidence_id == name_link(order_pair(left.handle, right.handle)):
            continue
        if PRIORITY[left.kind] != PRIORITY[right.kind]:
            high, low = sorted((left, right), key=lambda node: PRIORITY[node.kind])
            days[low.handle, edge.ts_us // 86_400_000_000].add(high.handle)
    over = rules.quarantine_over
    crowded = {name for (name, _), met in days.items() if over and len(met) > over}
    held = {name for name, mark in facts.marks.items() if mark is Mark.QUARANTINED}
    assert held == crowded - rules.blocked - rules.cleared


def played(journal: Sequence[Body], *, groups: Sequence[int] = (), batch_events: int = 2_000) -> Stores:
    stores = open_memory(secret=SECRET)
    projector = a_projector(stores, batch_events=batch_events)
    rest = list(journal)
    for size in groups:
        stores.journal.append(rest[:size])
        rest = rest[size:]
        projector.drain()
    stores.journal.append(rest)
    projector.drain()
    return stores


def owners(stores: Stores) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, _, _, customer in dump_canonical(stores.derived, stores.history)["ownership"]:
        found.setdefault(name, set()).add(customer)
    return found


@settings(max_examples=some(40), deadline=None)
@given(journal=records, data=st.data())
def test_after_any_acts_state_says_what_the_whole_pass_says_in_any_batches(
    journal: list[Body], data: st.DataObject
) -> None:
    """Quarantine over 1 neighbour at first, so that it comes and goes often."""
    journal = [tight, *journal]
    one = played(journal)
    assert_whole(one)
    groups = data.draw(st.lists(st.integers(1, 4), max_size=4))
    two = played(journal, groups=groups, batch_events=data.draw(st.sampled_from([1, 3, 2_000])))
    assert dump_canonical(two.derived, two.history) == dump_canonical(one.derived, one.history)


@settings(max_examples=some(25), deadline=None)
@given(parts=bodies, first=acts, data=st.data())
def test_events_in_any_order_give_the_same_quarantine_and_the_same_customers(
    parts: list[Body], first: Act, data: st.DataObject
) -> None:
    """Also when the rules, a veto or a block were decided before anything arrived (a link needs both to be known)."""
    early = [tight, body(first)] if not isinstance(first, (Link, SetTraits)) else [tight]
    one = played([*early, *parts])
    two = played(
        [*early, *data.draw(st.permutations([*parts, *parts[:1]]))], batch_events=data.draw(st.sampled_from([1, 2_000]))
    )
    assert dump_canonical(two.derived, two.history) == dump_canonical(one.derived, one.history)
    assert_whole(two)


@settings(max_examples=some(20), deadline=None)
@given(journal=records, survive=st.integers(0, 14))
def test_a_crash_between_the_commits_of_an_act_changes_nothing(journal: list[Body], survive: int) -> None:
    whole = played(journal)
    broken = open_memory(secret=SECRET)
    broken.journal.append(journal)
    crashes = min(survive, len(journal) - 1)
    with pytest.raises(Crash) if crashes < len(journal) else nullcontext():
        a_projector(broken, batch_events=1, reach=crashing(crashes)).drain()
    a_projector(broken, batch_events=1).drain()
    assert dump_canonical(broken.derived, broken.history) == dump_canonical(whole.derived, whole.history)


@settings(max_examples=some(25), deadline=None)
@given(stay=bodies, go=bodies, decided=st.lists(acts, max_size=4))
def test_an_import_taken_back_leaves_quarantine_links_and_limits_as_the_whole_pass_says(
    stay: list[Body], go: list[Body], decided: list[Act]
) -> None:
    stores = open_memory(secret=SECRET)
    stores.journal.append([tight, *stay])
    seqs = stores.journal.append(go)
    stores.journal.append([body(act) for act in decided])
    stores.journal.append([body(UndoImport(import_id=1, bodies=tuple((seq, seq) for seq in seqs)))])
    a_projector(stores).drain()
    assert_whole(stores)


@settings(max_examples=some(25), deadline=None)
@given(parts=bodies, act=acts)
def test_taken_back_an_act_leaves_no_trace_in_who_is_who_and_again_it_is_back(parts: list[Body], act: Act) -> None:
    if isinstance(act, (SetIdentityRules, SetTraits, Unsplit, Unlink, Unblock)):
        return
    stores = played(parts)
    projector = a_projector(stores)

    def after(what: Act) -> dict[str, set[str]]:
        stores.journal.append([body(what)])
        projector.drain()
        return owners(stores)

    foreseen = foresee(act, stores.derived, rules_from(stores.derived.identity_facts()))
    spans = {subject: list(said) for subject, said in foreseen.after.items()}
    before, done = owners(stores), after(act)
    now = stores.derived.ownerships_of(spans)
    assert {subject: list(said) for subject, said in now.items()} == spans
    assert spans or before == done
    back = inverse_of(act, by="", at_us=0, reason="")
    assert after(back) == before
    assert after(inverse_of(back, by="", at_us=act.at_us, reason="")) == done


def test_two_that_are_split_come_apart_and_unsplit_together_again() -> None:
    said = {"userId": "mei", "traits": {"email": "mei@x.org"}}
    paid = a_message("track", 5, userId="mei", event="Paid")
    stores = played([a_body(TRUSTED, [a_message("identify", 10, **said), paid])])
    projector = a_projector(stores)
    assert owners(stores) == {"user_id=mei": {"user_id=mei"}, "email=mei@x.org": {"user_id=mei"}}
    pair = (handle(USER, "mei"), handle(EMAIL, "mei@x.org"))
    stores.journal.append([body(Split(pairs=(pair,), by="a@b.c", at_us=5, reason="Two people"))])
    projector.drain()
    assert owners(stores) == {"user_id=mei": {"user_id=mei"}, "email=mei@x.org": {"email=mei@x.org"}}
    assert [note.act_seq for note in stores.derived.acts_on([bytes.fromhex(pair[0])])] == [2]
    stores.journal.append([body(Unsplit(pairs=(pair,)))])
    projector.drain()
    assert owners(stores) == {"user_id=mei": {"user_id=mei"}, "email=mei@x.org": {"user_id=mei"}}


def test_staff_join_visitors_that_nothing_else_ties_and_accounts_beyond_the_limit() -> None:
    events = [a_message("page", 10 * n, anonymousId=f"c{n}", name="Home") for n in range(2)]
    accounts = [a_message("track", 50 + n, userId=f"u{n}", event="Paid") for n in range(2)]
    stores = played([a_body(PUBLIC, events), a_body(TRUSTED, accounts)])
    projector = a_projector(stores)
    cookies, users = [handle(COOKIE, f"c{n}") for n in range(2)], [handle(USER, f"u{n}") for n in range(2)]
    stores.journal.append(
        [body(Link(left=cookies[0], right=cookies[1], at_us=1)), body(Link(left=users[0], right=users[1], at_us=1))]
    )
    projector.drain()
    found = owners(stores)
    assert found["anonymous_id=c0"] == found["anonymous_id=c1"]
    assert found["user_id=u0"] != found["user_id=u1"]
    assert [v.reason for v in stores.derived.violations()] == ["limit"]
    stores.journal.append([body(Link(left=users[0], right=users[1], over_limit=True, at_us=2))])
    stores.journal.append([a_body(TRUSTED, [a_message("identify", 90, userId="u1", traits={"email": "m@x.org"})])])
    projector.drain()
    found = owners(stores)
    assert found["user_id=u0"] == found["user_id=u1"] == found["email=m@x.org"]
    assert stores.derived.violations() == []
    assert_whole(stores)


def test_staff_s_word_on_a_trait_wins_over_what_sources_say_later_and_none_removes() -> None:
    def told(at: int, plan: str) -> Body:
        return a_body(TRUSTED, [a_message("identify", at, userId="mei", traits={"plan": plan, "town": "Oslo"})])

    stores = played([told(10, "basic")])
    projector = a_projector(stores)

    def traits() -> object:
        return [p.traits for p in stores.derived.profiles([1]).values()]

    user = handle(USER, "mei")
    stores.journal.append([body(SetTraits(handle=user, traits={"plan": "gold", "town": None})), told(5000, "late")])
    projector.drain()
    assert traits() == [{"plan": "gold"}]
    stores.journal.append([body(SetTraits(handle=user, traits={"plan": "silver"}))])
    projector.drain()
    assert traits() == [{"plan": "silver"}]


def test_unblocked_an_identifier_links_again_and_is_not_quarantined_anew() -> None:
    def one(n: int) -> Body:
        return a_body(TRUSTED, [a_message("identify", 60 * n, userId=f"u{n}", traits={"email": "all@x.org"})])

    stores = played([body(SetIdentityRules(quarantine_over=3)), *(one(n) for n in range(1, 5))])
    projector = a_projector(stores)
    email = bytes.fromhex(handle(EMAIL, "all@x.org"))
    assert stores.derived.identity_facts().marks == {email: Mark.QUARANTINED}
    assert owners(stores)["email=all@x.org"] == {"email=all@x.org"}
    stores.journal.append([body(Unblock(handle=email.hex())), one(5), one(6)])
    projector.drain()
    assert stores.derived.identity_facts().marks == {email: Mark.CLEARED}
    found = owners(stores)
    assert found["email=all@x.org"] == found["user_id=u1"] != found["user_id=u2"]
    assert len(stores.derived.violations()) == 5
    assert_whole(stores)


def test_a_limit_that_rises_joins_what_it_kept_apart_and_one_that_falls_parts_it_again() -> None:
    card = {"context": {"heartline": {"identifiers": {"loyalty_card": "card1"}}}}
    paid = [a_message("track", 60 * n, userId=f"u{n}", event="Paid", **card) for n in (1, 2)]
    stores = played([a_body(TRUSTED, paid)])
    projector = a_projector(stores)
    for most, customers in ((2, 1), (1, 2), (None, 1)):
        stores.journal.append([body(SetIdentityRules(limits={"user_id": most}))])
        projector.drain()
        assert len({*map(frozenset, owners(stores).values())}) == customers
        assert len(stores.derived.violations()) == customers - 1
        assert_whole(stores)


def test_what_staff_tied_stays_when_the_events_that_said_it_too_are_taken_back() -> None:
    said = a_message("identify", 10, userId="mei", traits={"email": "mei@x.org"})
    paid = a_message("track", 5, userId="mei", event="Paid")
    stores = open_memory(secret=SECRET)
    stores.journal.append([a_body(TRUSTED, [paid])])
    (seq,) = stores.journal.append([a_body(TRUSTED, [said])])
    link = Link(left=handle(USER, "mei"), right=handle(EMAIL, "mei@x.org"), at_us=7)
    stores.journal.append([body(link), body(UndoImport(import_id=1, bodies=((seq, seq),)))])
    projector = a_projector(stores)
    projector.drain()
    assert owners(stores) == {"user_id=mei": {"user_id=mei"}, "email=mei@x.org": {"user_id=mei"}}
    stores.journal.append([body(Unlink(left=link.left, right=link.right))])
    projector.drain()
    assert owners(stores) == {"user_id=mei": {"user_id=mei"}, "email=mei@x.org": {"email=mei@x.org"}}
