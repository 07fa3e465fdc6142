"""The API's handlers: each fetches by what the pages fetch by, and tells it in the API's shapes.

A new area is a module here with a list ``routes``; it is named in ``AREAS`` below.
"""

from __future__ import annotations

from typing import Final

from litestar.handlers import HTTPRouteHandler

from heartline.web.api.handlers import (
    cases,
    customers,
    data,
    duplicates,
    figures,
    identity,
    imports,
    journey_changes,
    journeys,
    mending,
    pains,
    people,
    privacy,
    rivals,
    sources,
    surveys,
    webhooks,
    workspace,
)

AREAS: Final = (
    figures,
    journeys,
    pains,
    journey_changes,
    customers,
    identity,
    duplicates,
    privacy,
    rivals,
    cases,
    data,
    sources,
    imports,
    mending,
    surveys,
    webhooks,
    workspace,
    people,
)
ROUTES: Final[tuple[HTTPRouteHandler, ...]] = tuple(route for area in AREAS for route in area.routes)
