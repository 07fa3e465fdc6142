"""Sources changed: added, renamed, switched, told what they may send, given a new key."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.document import PREFIX
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.data import SourceListed
from heartline.web.api.shapes.sources import (
    KeyChange,
    SourceChange,
    SourceMade,
    SourceOpening,
    SourceRulesChange,
    SourceRulesTold,
)
from heartline.web.api.sourcing import change_rules_asked, show_one, show_rules, tell_made
from heartline.web.source_rules import change_key
from heartline.web.sources import add_source, change_source, find_source
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.MANAGE_SOURCES}
see = partial(get, tags=["Data"], opt={"right": Right.SEE_ARRIVALS}, responses=PROBLEMS, sync_to_thread=True)
make = partial(post, tags=["Data"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
change = partial(patch, tags=["Data"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)


@make("/sources", summary="Add a source")
def add_new_source(visit: Visit, data: SourceOpening) -> Response[SourceMade]:
    """Add a source. Its key is told here and by no other call. A repeat adds another."""
    made = tell_made(visit, add_source(visit, data.name, trust=data.trust))
    return Response(made, status_code=201, headers={"location": f"{PREFIX}/sources/{made.source.id}"})


@change("/sources/{source_id:int}", summary="Change a source")
def change_one_source(visit: Visit, source_id: int, data: SourceChange) -> SourceListed:
    """Rename a source, or switch it on or off. A repeat changes nothing."""
    change_source(visit, source_id, name=data.name, enabled=data.enabled)
    return show_one(visit, source_id)


@see("/sources/{source_id:int}/rules", summary="Show what a source may send")
def show_source_rules(visit: Visit, source_id: int) -> SourceRulesTold:
    """Show what a source may send. Secrets are only counted."""
    return show_rules(visit, source_id)


@change("/sources/{source_id:int}/rules", summary="Change what a source may send")
def change_source_rules(visit: Visit, source_id: int, data: SourceRulesChange) -> SourceRulesTold:
    """Change what a source may send, and how its webhooks prove themselves. A repeat changes nothing."""
    change_rules_asked(visit, source_id, data)
    return show_rules(visit, source_id)


@make("/sources/{source_id:int}/key", status_code=200, summary="Replace a source’s key")
def replace_source_key(visit: Visit, source_id: int, data: KeyChange) -> SourceMade:
    """Replace a source's key; the old one stays good for some days. A repeat makes another."""
    return tell_made(visit, change_key(visit, find_source(visit.heartline, source_id), days=data.days))


routes: Final[list[HTTPRouteHandler]] = [
    add_new_source,
    change_one_source,
    show_source_rules,
    change_source_rules,
    replace_source_key,
]
