"""The handlers: each fetches, asks a page to compose, and answers. ``ROUTES`` gathers them all.

A new area is a module here with a list ``routes``; it is named in ``AREAS`` below.
"""

from __future__ import annotations

from typing import Final

from litestar.handlers import HTTPRouteHandler

from heartline.web.handlers import (
    account,
    api_reference,
    assets,
    audit,
    begin,
    cases,
    cohorts,
    comparison,
    customers,
    data,
    definitions,
    drilldowns,
    duplicates,
    find,
    funnels,
    health,
    home,
    identity,
    imported,
    imports,
    journey_changes,
    journeys,
    map_documents,
    pains,
    places,
    privacy,
    refused,
    settings,
    sign,
    source_rules,
    teams,
    touchpoints,
    users,
    webhooks,
    wellbeing,
)

AREAS: Final = (
    account,
    api_reference,
    assets,
    audit,
    begin,
    cases,
    cohorts,
    comparison,
    customers,
    data,
    definitions,
    drilldowns,
    duplicates,
    find,
    funnels,
    health,
    home,
    identity,
    imported,
    imports,
    journey_changes,
    journeys,
    map_documents,
    pains,
    places,
    refused,
    privacy,
    settings,
    sign,
    source_rules,
    teams,
    touchpoints,
    users,
    webhooks,
    wellbeing,
)
ROUTES: Final[tuple[HTTPRouteHandler, ...]] = tuple(route for area in AREAS for route in area.routes)
