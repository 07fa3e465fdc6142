"""Erasing somebody whose data touches others': shared identifiers, crowds in quarantine, what staff decided."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from test_erasing_worlds import living
from test_projector import TRUSTED, a_body, a_message, a_projector

from heartline.app import Heartline
from heartline.records import Block, Body, Identifier, IdentifierKind, Link, SetTraits, Split, Unlink
from heartline.store import open_memory
from heartline.unify import dump_canonical
from heartline.web.privacy import erase_customers

FAMILY = "+49301234567"


def handle(heartline: Heartline, kind: IdentifierKind, value: str) -> str:
    return heartline.stores.derived.handle(Identifier(kind, value)).hex()


def user(heartline: Heartline, name: str) -> str:
    return handle(heartline, IdentifierKind.USER_ID, name)


def owner(heartline: Heartline, ref: str) -> int | None:
    return heartline.stores.derived.customer_of_handle(ref)


def said(name: str, at: int, **traits: str) -> Body:
    return a_body(TRUSTED, [a_message("identify", at, userId=name, traits=traits)])


def assert_rebuild_is_equal(heartline: Heartline) -> None:
    rebuilt = open_memory(secret=heartline.stores.database.secret())
    rebuilt.journal.append(heartline.stores.journal.read(0, events=10**9))
    a_projector(rebuilt).drain()
    stores = heartline.stores
    assert dump_canonical(rebuilt.derived, rebuilt.history) == dump_canonical(stores.derived, stores.history)
    assert rebuilt.derived.identity_facts() == stores.derived.identity_facts()
    assert rebuilt.derived.violations() == stores.derived.violations()
    rebuilt.close()


@pytest.fixture
def family() -> Iterator[Heartline]:
    """Two people with one phone; it is the first one's, for a customer has one user id."""
    with living(
        [said("he", 10, phone=FAMILY, email="he@x.org"), said("she", 20, phone=FAMILY, email="she@x.org")]
    ) as made:
        yield made


def test_a_shared_phone_stays_with_whom_it_is_left_to(family: Heartline) -> None:
    phone = handle(family, IdentifierKind.PHONE, FAMILY)
    assert owner(family, phone) == owner(family, user(family, "he"))
    (done,) = erase_customers(family, [user(family, "he")], by="dpo", reason="asked")
    assert done.shared == (phone,)
    assert phone not in done.handles
    assert owner(family, user(family, "he")) is None
    assert owner(family, phone) == owner(family, user(family, "she"))
    (profile,) = family.stores.derived.search("she@x.org", limit=3)
    assert profile.traits["phone"] == FAMILY
    # She is heard as before, he is not.
    family.stores.journal.append([said("she", 30, phone=FAMILY), said("he", 30), said("new", 30, email="he@x.org")])
    family.catch_up()
    account = family.account()
    assert (account.stored, account.refused, account.erased, account.balanced) == (2, 2, 1, True)
    assert_rebuild_is_equal(family)


def test_a_crowd_that_loses_one_does_not_become_one_customer() -> None:
    crowd = [f"user{number}" for number in range(21)]
    with living([said(name, 100 + at, email="info@x.org") for at, name in enumerate(crowd)]) as heartline:
        mail = handle(heartline, IdentifierKind.EMAIL, "info@x.org")
        marks = heartline.stores.derived.identity_facts().marks
        assert marks[bytes.fromhex(mail)] == "quarantined"
        owners = {name: owner(heartline, user(heartline, name)) for name in crowd}
        assert len(set(owners.values())) == len(crowd)
        erase_customers(heartline, [user(heartline, crowd[3])], by="dpo", reason="asked")
        del owners[crowd[3]]
        assert {name: owner(heartline, user(heartline, name)) for name in owners} == owners
        assert_rebuild_is_equal(heartline)


def test_what_staff_decided_about_somebody_leaves_nothing_of_them(family: Heartline) -> None:
    he, she = user(family, "he"), user(family, "she")
    mail = handle(family, IdentifierKind.EMAIL, "he@x.org")
    family.stores.journal.append([said("third", 40, email="third@x.org")])
    family.catch_up()
    third = user(family, "third")
    for act in (
        Link(left=he, right=third, over_limit=True),
        Unlink(left=he, right=third),
        Split(pairs=((he, she),)),
        SetTraits(handle=he, traits={"nickname": "Bear"}),
        Block(handle=mail),
    ):
        family.act(act)
    erase_customers(family, [he], by="dpo", reason="asked")
    assert owner(family, he) is None
    assert owner(family, third) is not None
    assert "Bear" not in repr(dump_canonical(family.stores.derived, family.stores.history))
    assert b"Bear" not in b"".join(body.payload for body in family.stores.journal.read(0, events=10**9))
    assert_rebuild_is_equal(family)


def test_two_at_once_who_share_a_phone_both_go(family: Heartline) -> None:
    done = erase_customers(family, [user(family, "he"), user(family, "she")], by="dpo", reason="asked")
    assert len(done) == 2
    account = family.account()
    assert (account.stored, account.erased, account.balanced) == (0, 2, True)
    assert not family.stores.derived.ownership().subject_id.size
    assert FAMILY.encode() not in b"".join(body.payload for body in family.stores.journal.read(0, events=10**9))
    assert_rebuild_is_equal(family)
