"""Mei of Harbour & Bean (story 10 of the simulator): one person by many identifiers, her partner kept apart.

The expected table was worked out by hand from the rules in docs/explanation/identity.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st
from identity_worlds import Ledger

from heartline.records import Edge, Identifier, IdentifierKind, Node, identify
from heartline.unify import ALWAYS_US, FOREVER_US, LinkRefusal, Rules, explain, owner_at, refresh, resolve

K = IdentifierKind
HOUR = 3_600_000_000


@dataclass
class Story:
    """Tells events: who was named at which hour. Numbers identifiers and ties each event's first to the others."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def tell(self, hour: int, *said: Identifier | None) -> None:
        named = [identifier for identifier in said if identifier is not None]
        for identifier in named:
            before = self.nodes.get(identifier.value)
            handle = blake2b(identifier.value.encode(), digest_size=16).digest()
            self.nodes[identifier.value] = Node(
                before.node_id if before else len(self.nodes) + 1,
                handle,
                identifier.kind,
                identifier.strong or (before is not None and before.strong),
                min(hour * HOUR, before.first_us) if before else hour * HOUR,
            )
        for other in named[1:]:
            left, right = self.nodes[named[0].value], self.nodes[other.value]
            name = f"{len(self.edges):04}".encode()
            self.edges.append(Edge(name, left.node_id, right.node_id, hour * HOUR, named[0].strong and other.strong))


def mei_and_partner() -> Story:
    mei, jonas = identify(K.USER_ID, "mei"), identify(K.USER_ID, "jonas")
    card = identify(K.LOYALTY_CARD, "HB-1001")
    mail = identify(K.EMAIL, " Mei@Example.org ", verified=True)
    claimed = identify(K.EMAIL, "mei@example.org")
    laptop, tablet = identify(K.ANONYMOUS_ID, "laptop"), identify(K.ANONYMOUS_ID, "tablet")
    order, parcel = identify(K.EXTERNAL, "order:77"), identify(K.EXTERNAL, "parcel:p-9")
    junk = identify(K.ANONYMOUS_ID, "undefined")
    story = Story()
    story.tell(1, laptop)
    story.tell(3, parcel, order)
    story.tell(10, mei, laptop, junk)
    story.tell(11, mei, mail)
    story.tell(12, mei, tablet)
    story.tell(20, jonas, tablet, junk)
    story.tell(21, jonas, claimed)
    story.tell(30, mei, tablet)
    story.tell(31, mei, tablet)
    story.tell(32, card, mail)
    story.tell(33, mei, order)
    story.tell(40, jonas, tablet)
    story.tell(41, jonas, card)
    return story


def test_mei_is_one_customer_and_her_partner_another() -> None:
    story = mei_and_partner()
    number = {value: node.node_id for value, node in story.nodes.items()}
    name = {number["mei"]: "Mei", number["jonas"]: "Jonas"}
    found = resolve(story.nodes.values(), story.edges, Rules())
    told = {
        value: [(o.from_us // HOUR if o.from_us > ALWAYS_US else None, name[o.customer_id]) for o in found.owners[i]]
        for value, i in number.items()
    }
    assert told == {
        "mei": [(None, "Mei")],
        "mei@example.org": [(None, "Mei")],
        "HB-1001": [(None, "Mei")],
        "laptop": [(None, "Mei")],
        "tablet": [(None, "Mei"), (20, "Jonas"), (30, "Mei"), (40, "Jonas")],
        "order:77": [(None, "Mei")],
        "parcel:p-9": [(None, "Mei")],
        "jonas": [(None, "Jonas")],
    }
    assert [(item.edge.ts_us // HOUR, item.reason) for item in found.refused] == [
        (21, LinkRefusal.UNVERIFIED),
        (41, LinkRefusal.LIMIT),
    ]
    tablet = found.owners[number["tablet"]]
    assert [name[owner_at(tablet, hour * HOUR)] for hour in (0, 19, 25, 31, 99)] == [
        "Mei",
        "Mei",
        "Jonas",
        "Mei",
        "Jonas",
    ]
    assert tablet[-1].to_us == FOREVER_US


def test_her_page_can_say_why() -> None:
    story = mei_and_partner()
    number = {value: node.node_id for value, node in story.nodes.items()}
    hers = [node for value, node in story.nodes.items() if value != "jonas"]
    chains = explain(hers, story.edges, Rules(), chosen=number["parcel:p-9"])
    assert [edge.ts_us // HOUR for edge in chains[number["HB-1001"]]] == [3, 33, 11, 32]
    assert chains.keys() == set(number.values()) - {number["jonas"]}


@given(st.data())
def test_whatever_the_order_in_which_her_story_arrives(data: st.DataObject) -> None:
    story = mei_and_partner()
    ledger = Ledger(known={node.node_id: node for node in story.nodes.values()})
    waiting = data.draw(st.permutations(story.edges))
    ledger.settle(refresh(ledger.known.keys(), ledger, Rules()))
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        ledger.keep(batch)
        ends = {end for edge in batch for end in (edge.left, edge.right)}
        ledger.settle(refresh(ends, ledger, Rules(), reclassified=()))
    assert ledger.owned == resolve(story.nodes.values(), story.edges, Rules()).owners
