"""What each staff act does to State and History. A handler for each kind; the projector calls it in the act's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from heartline.records import (
    Act,
    Block,
    Consent,
    Erase,
    Lift,
    Link,
    Purge,
    SetIdentityRules,
    SetTraits,
    Split,
    Unblock,
    UndoImport,
    Unlink,
    Unsplit,
)
from heartline.unify.consent import keep_consent
from heartline.unify.erasure import erase, lift, purge
from heartline.unify.identity_acts import change_identity, set_identity_rules, set_traits
from heartline.unify.removal import Acting, decide, ranges_of_bodies, remove_events


def undo_import(acting: Acting, act: UndoImport) -> None:
    """Take back all that an import's bodies brought."""
    remove_events(acting, ranges_of_bodies(act.bodies), counted_as="undone")


HANDLERS: Final[Mapping[type, Callable[[Acting, Any], None]]] = MappingProxyType(
    {
        UndoImport: undo_import,
        Split: change_identity,
        Unsplit: change_identity,
        Link: change_identity,
        Unlink: change_identity,
        Block: change_identity,
        Unblock: change_identity,
        SetIdentityRules: set_identity_rules,
        SetTraits: set_traits,
        Consent: keep_consent,
        Erase: erase,
        Lift: lift,
        Purge: purge,
    }
)
"""By kind of act. An act without a handler changes neither State nor History."""


def perform(acting: Acting) -> None:
    """Let an act do what it does, then decide anew whose is what it touched."""
    handler = HANDLERS.get(type(acting.act))
    if handler is not None:
        handler(acting, acting.act)
    decide(acting)
    acting.batch.count(acting.counts)


__all__ = ["HANDLERS", "Act", "perform", "undo_import"]
