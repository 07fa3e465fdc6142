"""People changed: invited, given a role, bound to places, kept out; and the audit of who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import AuditLine, Role
from heartline.web.api.shapes.fields import Line, Named
from heartline.web.api.shapes.figures import tell_time
from heartline.web.api.shapes.workspace import PersonListed, tell_person
from heartline.web.roster import Person

_Places = Annotated[list[Line], Meta(max_length=500)]


class Invitation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be let in."""

    name: Annotated[Named, Meta(description="what people here call them")]
    email: Annotated[str, Meta(min_length=3, max_length=320, description="by which they sign in")]
    role: Annotated[Role, Meta(description="what they may do")] = Role.VIEWER


class PersonChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change of somebody; what is not said stays. Nobody changes themselves."""

    role: Annotated[Role | None, Meta(description="what they may do")] = None
    enabled: Annotated[bool | None, Meta(description="whether they may sign in; false ends their sessions")] = None
    places: Annotated[_Places | None, Meta(description="the places they are bound to")] = None
    regions: Annotated[_Places | None, Meta(description="regions, which stand for the places in them")] = None
    team: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None, Meta(description="the team whose cases are theirs; 0: none")
    ] = None


class TeamListed(msgspec.Struct, kw_only=True):
    """People who have cases together."""

    id: int
    name: str


class PersonKnown(msgspec.Struct, kw_only=True):
    """Somebody who works with heartline, and what they are held to."""

    person: PersonListed
    places: list[str]
    regions: list[str]
    team: Annotated[int, Meta(description="0: none")]
    second_factor: bool
    sessions: int


class LinkGiven(msgspec.Struct, kw_only=True):
    """A link on which somebody chooses a password, once, within three days."""

    person: PersonListed
    link: Annotated[str, Meta(description="give it to them alone: no call tells it again")]


class AuditTold(msgspec.Struct, kw_only=True):
    """Who saw or did what."""

    id: int
    time: datetime | None
    who: Annotated[str, Meta(description="empty: nobody had signed in")]
    what: str
    detail: str


class AuditPage(msgspec.Struct, kw_only=True):
    """A page of the audit, newest first."""

    items: list[AuditTold]
    people: Annotated[list[str], Meta(description="whom there are lines of")]
    kinds: Annotated[list[str], Meta(description="the kinds of lines there are")]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


def tell_known(person: Person) -> PersonKnown:
    """Return somebody."""
    return PersonKnown(
        person=tell_person(person.user),
        places=list(person.bounds.places),
        regions=list(person.bounds.regions),
        team=person.bounds.team_id,
        second_factor=person.guarded,
        sessions=person.sessions,
    )


def tell_audit(line: AuditLine) -> AuditTold:
    """Return a line of the audit."""
    return AuditTold(id=line.audit_id, time=tell_time(line.at_us), who=line.who, what=line.what, detail=line.detail)
