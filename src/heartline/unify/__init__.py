"""Whose touch is this? Evidence in, owners of identifiers over time out: rules I1–I9, docs/explanation/identity.md."""

from __future__ import annotations

from heartline.unify.assignment import assign_customers
from heartline.unify.canon import dump_canonical
from heartline.unify.chains import explain
from heartline.unify.comparison import Comparison, Portrait, compare, portray
from heartline.unify.consent import latest_words, may, objects
from heartline.unify.crowds import busiest_day
from heartline.unify.erasure import Sieve, Sought, is_of, words_of
from heartline.unify.foresight import Foresight, foresee
from heartline.unify.identity_acts import STAFF_US, Change, handles_of, inverse_of
from heartline.unify.neighbourhood import Affected, GraphReader, affected, brings_news, refresh, touched_by
from heartline.unify.ownership import (
    ALWAYS_US,
    FOREVER_US,
    LinkRefusal,
    RefusedEdge,
    Resolution,
    Rules,
    owner_at,
    present_owner,
    refusal_of,
    resolve,
)
from heartline.unify.projector import Projector, digest_of
from heartline.unify.standing import list_violations, order_pair, rules_from
from heartline.unify.suggestions import (
    MOST_SUGGESTIONS,
    THRESHOLD,
    LeftOut,
    SuggestionRun,
    find_suggestions,
    is_household,
)
from heartline.unify.suggestions_model import MODEL
from heartline.unify.suggestions_people import read_person, tell_person
from heartline.unify.traits import TraitSet, fold

__all__ = [
    "ALWAYS_US",
    "FOREVER_US",
    "MODEL",
    "MOST_SUGGESTIONS",
    "STAFF_US",
    "THRESHOLD",
    "Affected",
    "Change",
    "Comparison",
    "Foresight",
    "GraphReader",
    "LeftOut",
    "LinkRefusal",
    "Portrait",
    "Projector",
    "RefusedEdge",
    "Resolution",
    "Rules",
    "Sieve",
    "Sought",
    "SuggestionRun",
    "TraitSet",
    "affected",
    "assign_customers",
    "brings_news",
    "busiest_day",
    "compare",
    "digest_of",
    "dump_canonical",
    "explain",
    "find_suggestions",
    "fold",
    "foresee",
    "handles_of",
    "inverse_of",
    "is_household",
    "is_of",
    "latest_words",
    "list_violations",
    "may",
    "objects",
    "order_pair",
    "owner_at",
    "portray",
    "present_owner",
    "read_person",
    "refresh",
    "refusal_of",
    "resolve",
    "rules_from",
    "tell_person",
    "touched_by",
    "words_of",
]
