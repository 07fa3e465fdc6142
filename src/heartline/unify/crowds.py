"""Automatic quarantine (I5): an identifier that meets too many others in a day stands for none of them.

Counted are the distinct direct neighbours *of higher kind* in a UTC day of event time, over all evidence that events
gave, accepted or refused. So it is a property of what was said and not of when it arrived; and nobody can quarantine a
user id by naming it from many browsers, for cookies are of lower kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from heartline.records import PRIORITY
from heartline.store import Batch, Crowd, Mark
from heartline.unify.ownership import Rules

DAY_US: Final = 86_400_000_000


def busiest_day(crowd: Crowd) -> tuple[int, int]:
    """Return the most neighbours of higher kind that an identifier met in a UTC day, and the first such day.

    Days are counted from 1970; (0, 0) where it met none.
    """
    rank = PRIORITY[crowd.node.kind]
    days: defaultdict[int, set[int]] = defaultdict(set)
    for other, kind, ts_us in crowd.met:
        if PRIORITY[kind] < rank:
            days[ts_us // DAY_US].add(other)
    if not days:
        return 0, 0
    day = min(days, key=lambda day: (-len(days[day]), day))
    return len(days[day]), day


def judge_crowds(batch: Batch, ids: Collection[int] | None, rules: Rules) -> tuple[Rules, set[int]]:
    """Put identifiers into quarantine, or let them out, as the evidence now says; None: whoever it may concern.

    Returns the rules with the change, and the identifiers that it changed: touched and reclassified, as ``refresh``
    names them. What staff blocked or cleared stays as staff said.
    """
    over = rules.quarantine_over
    met = batch.crowds(ids, over=over) if over else {}
    crowded = {crowd.node.handle: crowd.node.node_id for crowd in met.values() if busiest_day(crowd)[0] > over}
    inside = rules.quarantined - rules.blocked
    nodes = (batch.nodes_of(inside).values() if ids is None else batch.nodes(ids)) if inside else ()
    looked = {node.handle: node.node_id for node in nodes if node.handle in inside}
    into = {handle: n for handle, n in crowded.items() if handle not in rules.quarantined | rules.cleared}
    out = {handle: n for handle, n in looked.items() if handle not in crowded}
    if not into and not out:
        return rules, set()
    batch.mark({**dict.fromkeys(into, Mark.QUARANTINED), **dict.fromkeys(out, None)})
    quarantined = (rules.quarantined | into.keys()) - out.keys()
    return replace(rules, quarantined=quarantined), {*into.values(), *out.values()}
