"""Origins: places outside from which a segment comes more than others do, and where the company is not.

A place outside is a host that somebody came from. The company is there where a channel or a partner of its own bears a
word of the host's name: then touches of its own come from it. Compared are customers of whom it is known where they
came from, so a segment that never visits the web is not told to come from nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heartline.understand.differences import FEWEST, compare
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.pains.nouns import ChannelGap
from heartline.understand.pains.signs import Field
from heartline.understand.samples import Scale, gather
from heartline.understand.sayings import find_said
from heartline.understand.selection import TRAIT
from heartline.understand.series import choose_dims

_MOST_HOSTS = 12
_SHORTEST = 4
"""A word of a host's name that tells anything: “com” and “www” do not."""


def list_channel_gaps(ground: Field) -> Iterator[ChannelGap]:
    """Yield every place outside × segment that enough customers came from: whether more of them than of the rest."""
    log, origins = ground.log, ground.sayings.origins
    rows, place = find_said(log, origins.seq)
    if not len(rows):
        return
    host = origins.host[place]
    known = _mark(log, rows)
    for code in _choose_hosts(log, rows, host, origins.hosts):
        from_there = rows[host == code]
        came = _mark(log, from_there)
        for field in choose_dims(log):
            if field.startswith(TRAIT):
                yield from _list_segments(log, origins.hosts[code], from_there, came, known, field)


def is_served(log: PackedLog, host: str) -> bool:
    """Tell whether a channel or a partner of the company bears a word of a host's name."""
    own = {name.casefold() for field in ("channel", "partner") for name in log.names.get(field, ()) if name}
    words = [word for word in host.casefold().split(".")[:-1] if len(word) >= _SHORTEST]
    return any(word in name or (len(name) >= _SHORTEST and name in word) for word in words for name in own)


def _choose_hosts(log: PackedLog, rows: Ints, host: Ints, hosts: tuple[str, ...]) -> list[int]:
    """Return the hosts most customers came from, of those where the company is not."""
    counts = {
        int(code): len(np.unique(log.row[rows[host == code]]))
        for code in np.unique(host)
        if not is_served(log, hosts[code])
    }
    most = sorted(counts, key=lambda code: (-counts[code], code))
    return [code for code in most[:_MOST_HOSTS] if counts[code] >= FEWEST]


def _list_segments(
    log: PackedLog, host: str, from_there: Ints, came: Mask, known: Mask, field: str
) -> Iterator[ChannelGap]:
    codes, names = log.traits[field.removeprefix(TRAIT)]
    everyone = known & (codes > 0)
    for code in np.unique(codes[everyone]):
        mine, rest = everyone & (codes == code), everyone & (codes != code)
        if min(mine.sum(), rest.sum()) < FEWEST:
            continue
        sides = [
            gather(came[side].astype(np.float64), np.flatnonzero(side), scale=Scale.SHARE) for side in (mine, rest)
        ]
        gap = compare(sides[0], sides[1], "came_from")
        rows = from_there[mine[log.row[from_there]]]
        owners = np.unique(log.row[rows])
        yield ChannelGap(
            key=f"from-{host}-{field.removeprefix(TRAIT)}-{code}",
            host=host,
            field=field,
            value=names[code],
            difference=gap,
            shrunken=0.0,
            people=len(owners),
            p=1.0 if gap.p is None else gap.p,
            customers=log.customers[owners],
            seqs=log.seq[rows],
        )


def _mark(log: PackedLog, rows: Ints) -> Mask:
    marked = np.zeros(len(log.customers), dtype=np.bool_)
    marked[log.row[rows]] = True
    return marked
