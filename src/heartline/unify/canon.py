"""The canonical dump: what State and History hold, said without any number that depends on arrival.

Two installations hold the same exactly when their dumps are equal (design rule 2). Seqs, row numbers and
``identity_seq`` are left out; identifiers are named by kind and value.
"""

from __future__ import annotations

from typing import Any

import msgspec

from heartline.records import NOBODY
from heartline.store import DerivedState, History


def dump_canonical(derived: DerivedState, history: History) -> dict[str, list[Any]]:
    """Return identifiers, ownership, profiles, interactions and what rules say of identity, each sorted."""
    owned = derived.ownership()
    ids = sorted({*owned.subject_id.tolist(), *owned.customer_id.tolist()})
    known = {k.identifier_id: k for k in derived.identifiers(ids)}
    name = {NOBODY: "", **{number: "=".join(k.identifier.key) for number, k in known.items()}}
    profiles = derived.profiles(sorted(set(owned.customer_id.tolist())))
    interactions = []
    for entry in history.recent(limit=2**31):
        said = msgspec.structs.asdict(entry)
        del said["seq"], said["others"]
        said["subject_id"] = name[entry.subject_id]
        interactions.append(tuple(sorted((k, repr(v)) for k, v in said.items())))
    rows = zip(owned.subject_id, owned.from_us, owned.to_us, owned.customer_id, strict=True)
    facts, kept_apart = derived.identity_facts(), derived.violations()
    return {
        "identifiers": sorted((name[n], k.identifier.strong, k.first_us) for n, k in known.items()),
        "ownership": sorted((name[s], int(a), int(b), name[c]) for s, a, b, c in rows),
        "profiles": sorted((name[n], sorted((k, repr(v)) for k, v in p.traits.items())) for n, p in profiles.items()),
        "interactions": sorted(interactions),
        "marks": sorted((handle, mark.value) for handle, mark in facts.marks.items()),
        "vetoes": sorted(facts.vetoed_pairs),
        "links": sorted((link.left, link.right, link.over_limit, link.at_us) for link in facts.links),
        "kept_apart": sorted((*sorted((name[v.left_id], name[v.right_id])), v.reason, v.ts_us) for v in kept_apart),
    }
