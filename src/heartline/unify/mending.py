"""Mending: refused events as they should have come, judged again in the places of those that did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from heartline.collect import put_events
from heartline.records import INDEX_BITS, Body

_MASK = (1 << INDEX_BITS) - 1


def mend_bodies(bodies: Iterable[Body], events: Mapping[int, str]) -> list[Body]:
    """Return those of the bodies that hold mended events, with these alone, so that the gate gives each its own seq.

    ``events`` are JSON by seq. Who judges the bodies takes only these seqs.
    """
    by_body: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for seq, event in events.items():
        by_body[seq >> INDEX_BITS][seq & _MASK] = event
    return [put_events(body, by_body[body.seq]) for body in bodies if body.seq in by_body]
