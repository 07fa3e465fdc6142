"""What an act about identity would do, before anybody does it: the same pass over the evidence as it would be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from heartline.records import Edge, Node, Ownership
from heartline.store import DerivedState
from heartline.unify.identity_acts import Change, Plan, handles_of, plan_change
from heartline.unify.neighbourhood import refresh
from heartline.unify.ownership import RefusedEdge, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """Who would own what an act reaches. ``before`` and ``after`` hold the same identifiers: those whose owners change.

    ``refused`` is what the rules would refuse among all that the act reaches, ``barred`` the evidence that the act
    itself brings and that would be refused: then it achieves nothing.
    """

    before: Mapping[int, Sequence[Ownership]]
    after: Mapping[int, Sequence[Ownership]]
    refused: Sequence[RefusedEdge]
    barred: RefusedEdge | None

    @property
    def customers(self) -> frozenset[int]:
        """Every customer that gains or loses something."""
        return frozenset(o.customer_id for spans in (*self.before.values(), *self.after.values()) for o in spans)


def foresee(act: Change, derived: DerivedState, rules: Rules) -> Foresight:
    """Say what an act would change. Nothing is written; what arrives meanwhile may alter it."""
    plan = plan_change(act, rules, derived.nodes_of(handles_of(act)))
    found = refresh(plan.touched, _Supposed(derived, plan), plan.rules, reclassified=plan.reclassified)
    before = derived.ownerships_of(found.owners.keys())
    moved = [subject for subject, spans in found.owners.items() if tuple(before.get(subject, ())) != tuple(spans)]
    brought = {edge.evidence_id for edge in plan.added}
    return Foresight(
        before={subject: before.get(subject, ()) for subject in moved},
        after={subject: found.owners[subject] for subject in moved},
        refused=found.refused,
        barred=next((item for item in found.refused if item.edge.evidence_id in brought), None),
    )


class _Supposed:
    """The evidence as an act would leave it. See ``GraphReader``."""

    def __init__(self, derived: DerivedState, plan: Plan) -> None:
        self._derived = derived
        self._plan = plan

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """See ``GraphReader``."""
        found = [edge for edge in self._derived.edges_of(ids) if edge.evidence_id not in self._plan.dropped]
        return found + [edge for edge in self._plan.added if edge.left in ids or edge.right in ids]

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """See ``GraphReader``."""
        return self._derived.nodes(ids)

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """See ``GraphReader``."""
        return self._derived.owners(ids)
