"""The workspace: the company, its people and what each may do, and what can be filtered by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import Role, User, Workspace
from heartline.web.api.shapes.figures import tell_time
from heartline.web.parts import View
from heartline.web.visit import Visit


class WorkspaceTold(msgspec.Struct, kw_only=True):
    """The company this installation serves."""

    name: str
    timezone: str
    first_weekday: Annotated[int, Meta(description="0 is Monday")]
    currency: str
    languages: list[str]
    base_url: str
    phone_region: str
    sample: Annotated[bool, Meta(description="whether its data is the sample company’s")]


class PersonListed(msgspec.Struct, kw_only=True):
    """Somebody who works with heartline."""

    id: int
    name: str
    email: str
    role: Role
    language: str
    enabled: bool
    created: datetime | None


class Myself(msgspec.Struct, kw_only=True):
    """Who calls, and what they may do."""

    id: int
    name: str
    email: str
    role: Role
    rights: list[str]
    places: Annotated[list[str] | None, Meta(description="the places they are bound to; null: everywhere")]
    by_token: bool


class ChoiceOffered(msgspec.Struct, kw_only=True):
    """A value, and how people read it."""

    value: str
    label: str


class FieldOffered(msgspec.Struct, kw_only=True):
    """A field to filter by, with the values it has."""

    name: str
    label: str
    values: list[ChoiceOffered]


class Filters(msgspec.Struct, kw_only=True):
    """What can be asked for by “range”, “by” and “is”."""

    ranges: list[ChoiceOffered]
    fields: Annotated[list[FieldOffered], Meta(description="those with 2 to 24 values, which a page offers")]
    known: Annotated[list[str], Meta(description="all fields that “by” takes")]


def tell_workspace(workspace: Workspace) -> WorkspaceTold:
    """Return the workspace."""
    return WorkspaceTold(
        name=workspace.name,
        timezone=workspace.timezone,
        first_weekday=workspace.first_weekday,
        currency=workspace.currency,
        languages=list(workspace.languages),
        base_url=workspace.base_url,
        phone_region=workspace.phone_region,
        sample=workspace.sample,
    )


def tell_person(user: User) -> PersonListed:
    """Return somebody."""
    return PersonListed(
        id=user.user_id,
        name=user.name,
        email=user.email,
        role=user.role,
        language=user.language,
        enabled=user.enabled,
        created=tell_time(user.created_us or None),
    )


def tell_myself(visit: Visit) -> Myself:
    """Return who calls."""
    user, session = visit.require_user(), visit.session
    bound = session is not None and session.bounds.narrow
    return Myself(
        id=user.user_id,
        name=user.name,
        email=user.email,
        role=user.role,
        rights=sorted(right.value for right in visit.rights),
        places=list(session.places) if session is not None and bound else None,
        by_token=session is not None and session.token_id > 0,
    )


def tell_filters(view: View, known: tuple[str, ...]) -> Filters:
    """Return what can be asked for."""
    return Filters(
        ranges=[ChoiceOffered(value=one.value, label=one.label) for one in view.ranges],
        fields=[
            FieldOffered(
                name=field.name,
                label=field.label,
                values=[ChoiceOffered(value=one.value, label=one.label) for one in field.values],
            )
            for field in view.filter_options
        ],
        known=list(known),
    )
