"""Sources changed: added, renamed, switched, told what they may send. A key is told once, when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heartline.collect import HOOKS
from heartline.records import Trust
from heartline.web.api.shapes.data import SourceListed
from heartline.web.api.shapes.fields import NO_NUL, Named
from heartline.web.api.shapes.figures import tell_time
from heartline.web.source_rules import RulesSheet

_Lines = Annotated[list[Annotated[str, Meta(min_length=1, max_length=500, pattern=NO_NUL)]], Meta(max_length=200)]


class SourceOpening(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A source to be added."""

    name: Annotated[Named, Meta(description="what people here call it")]
    trust: Annotated[Trust, Meta(description="public: its key ships in browsers; trusted: it may say who is who")]


class SourceChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a source; what is not said stays."""

    name: Annotated[Named | None, Meta(description="its new name")] = None
    enabled: Annotated[bool | None, Meta(description="whether its key opens the door")] = None


class SourceRulesChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a source may send from now on; what is not said stays."""

    origins: Annotated[_Lines | None, Meta(description="pages whose browsers may send, like https://shop.example")] = (
        None
    )
    only: Annotated[_Lines | None, Meta(description="the event names taken; none: all are")] = None
    identify: Annotated[bool | None, Meta(description="whether it may say who somebody is")] = None
    events_per_s: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)] | None, Meta(description="events a second; 0: as the installation")
    ] = None
    hook: Annotated[
        Annotated[str, Meta(pattern=rf"^({'|'.join(HOOKS)})?\Z")] | None,
        Meta(description=f"the shape of its signed webhooks: {', '.join(HOOKS)}; empty: none"),
    ] = None
    hook_secrets: Annotated[_Lines | None, Meta(description="what they are signed with; never told again")] = None
    hook_token: Annotated[
        Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None, Meta(description="what Meta asks for first")
    ] = None


class KeyChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A key to be replaced."""

    days: Annotated[Literal[0, 1, 7, 30], Meta(description="how long the old key stays good")] = 0


class SourceMade(msgspec.Struct, kw_only=True):
    """A source with the key that was made just now."""

    source: SourceListed
    write_key: Annotated[str, Meta(description="keep it: no call tells it again")]


class SourceRulesTold(msgspec.Struct, kw_only=True):
    """What a source may send."""

    origins: list[str]
    only: list[str]
    identify: bool
    events_per_s: int
    hook: str
    hook_address: Annotated[str, Meta(description="where its webhooks are sent")]
    hook_secrets: Annotated[int, Meta(description="how many there are")]
    old_key_until: Annotated[datetime | None, Meta(description="until when a replaced key stays good; null: none does")]


def tell_rules(sheet: RulesSheet) -> SourceRulesTold:
    """Return what a source may send."""
    rules = sheet.rules
    until_us = sheet.former_until_us if sheet.former_until_us > sheet.now_us else 0
    return SourceRulesTold(
        origins=list(rules.origins),
        only=list(rules.only),
        identify=rules.identify,
        events_per_s=rules.events_per_s,
        hook=rules.hook,
        hook_address=sheet.address,
        hook_secrets=len(rules.hook_secrets),
        old_key_until=tell_time(until_us or None),
    )
