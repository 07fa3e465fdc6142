"""What is said of a rival: heard and kept, and nobody's. It names no customer of ours and is no touch with us.

The gate takes from such an event its words, its time and a few facts of the review; whatever else was sent stays in the
journal alone. An event that speaks of a rival and names somebody is refused: nobody could find it again to erase it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from heartline.collect.claims import Claims
from heartline.collect.mapping import read_score
from heartline.collect.wording import clean_name
from heartline.language import mark
from heartline.records import RIVAL, RefusalReason, ScoreKind

_FACTS: Final = ("site", "country", "language", "version", "replied_at")
_STARS: Final = "stars"


def speaks_of_rival(given: object) -> bool:
    """Tell whether an event says that it is about a rival, readably or not.

    >>> speaks_of_rival("Bean Barn"), speaks_of_rival({}), speaks_of_rival(""), speaks_of_rival(None)
    (True, True, False, False)
    """
    return given is not None and given is not False and given != ""


def hear_rival(
    given: object, call: str, claims: Claims, *, traits: bool
) -> tuple[str, tuple[RefusalReason, str] | None]:
    """Return the rival that such an event names, and why it is refused, if it is: it may name nobody else."""
    rival = clean_name(given)
    if not rival or call != "track":
        return "", (RefusalReason.NOT_WANTED, mark("what is said of a rival is a track call that names the rival"))
    if claims.identifiers or claims.junk or traits:
        return "", (RefusalReason.NOT_WANTED, mark("what is said of a rival names nobody else"))
    return rival, None


def tell_facts(rival: str, properties: Mapping[str, Any], score: object) -> bytes:
    """Return what is kept of such an event beside its words, as JSON: who it is about, its stars, where it was said."""
    facts: dict[str, object] = {RIVAL: rival}
    stars = read_score(score)
    if stars is None or stars.kind is not ScoreKind.STARS:
        given = properties.get(_STARS)
        stars = read_score({"kind": "stars", "value": properties.get("rating") if given is None else given})
    if stars is not None:
        facts[_STARS] = stars.value
    for name in _FACTS:
        said = clean_name(properties.get(name))
        if said:
            facts[name] = said
    return msgspec.json.encode(facts)
