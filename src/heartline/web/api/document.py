"""The document of the API (OpenAPI 3.1), made from the handlers themselves, and what other parts read out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.types.internal_types import PathParameterDefinition

PREFIX: Final = "/api/v1"
DOCUMENT_PATH: Final = "/api/openapi.json"
VERSION: Final = "1.0"
TAGS: Final = (
    Tag(name="Figures", description="Scores, counts and shares, each with its n and its 95 % interval."),
    Tag(name="Answers", description="What stands behind a figure: exactly the answers it counted."),
    Tag(name="Journeys", description="Journeys people really take: maps, who is where, ways and steps."),
    Tag(name="Pains", description="Where it hurts: signs, sizes, what it costs as a range, contradictions."),
    Tag(name="Customers", description="Who they are, why they are one person, and what happened."),
    Tag(name="Identity", description="Who is one customer: joined, parted, undone; rules; possible duplicates."),
    Tag(name="Privacy", description="Consent, access, erasure with its certificate, how long data is kept."),
    Tag(name="Cases", description="Loops to be closed: opened, moved on, closed with a reason."),
    Tag(name="Data", description="Sources, imports, what was refused, and the account of every event."),
    Tag(name="Surveys", description="What customers are asked, and what came of it."),
    Tag(name="Webhooks", description="Who outside is told of what happens, signed, and how that went."),
    Tag(name="Workspace", description="The company, its people, and what can be filtered by."),
)
_ABOUT: Final = (
    "Every number that heartline's pages show, from the same definitions. Times are ISO 8601 in UTC. Lists come in "
    "pages: give `next` back as `after`. What is added to version 1 breaks nothing that is here: fields and addresses "
    "are added, never renamed, retyped or taken away, so ignore what you do not know."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as people read it. ``takes`` are its query's and body's fields as (name, about, required)."""

    method: str
    path: str
    title: str
    about: str
    tag: str
    takes: tuple[tuple[str, str, bool], ...]


def make_config() -> OpenAPIConfig:
    """Return how the document is made. It is served by a handler of ours: Litestar's pages load foreign scripts."""
    return OpenAPIConfig(
        title="heartline",
        version=VERSION,
        description=_ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=list(TAGS),
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", description="A token made on the page “You”."),
                "session": SecurityScheme(
                    type="apiKey",
                    name="heartline",
                    security_scheme_in="cookie",
                    description="The session of a browser (under https “__Host-heartline”). A change also wants the "
                    "header x-csrftoken with the token of a form.",
                ),
            }
        ),
        security=[{"token": []}, {"session": []}],
        operation_id_creator=_name_operation,
        use_handler_docstrings=True,
        # Nothing outside PREFIX reaches Litestar here, so these routes of its own are never served.
        path="/unserved",
        render_plugins=[JsonRenderPlugin()],
    )


def _name_operation(handler: HTTPRouteHandler, _method: object, _path: list[str | PathParameterDefinition]) -> str:
    return handler.handler_name


def describe_shapes(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what each of our shapes says of itself, which Litestar leaves out."""
    ours = (shape for shape in msgspec.Struct.__subclasses__() if shape.__module__.startswith(__package__))
    said = {shape.__name__: shape.__doc__ or "" for shape in ours}
    for name, schema in document["components"]["schemas"].items():
        if name in said:
            schema["description"] = " ".join(said[name].split())
    for _, _, operation in _walk(document):
        operation["description"] = " ".join(operation["description"].split())
    return document


def tell_taken(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what each name in an operation's query takes, in words, by the operation's id."""
    shapes = document["components"]["schemas"]
    return {
        operation["operationId"]: {
            one["name"]: _tell_schema(shapes, one["schema"], one.get("description", ""))
            for one in operation.get("parameters", ())
        }
        for _, _, operation in _walk(document)
    }


def _tell_schema(shapes: Mapping[str, Any], schema: Mapping[str, Any], about: str) -> str:
    pointed = next((one["$ref"] for one in schema.get("allOf", ()) if "$ref" in one), schema.get("$ref"))
    told = shapes[pointed.rsplit("/", 1)[1]] if pointed else schema
    if "enum" in told:
        return f"It takes one of {', '.join(str(value) for value in told['enum'])}."
    if "minimum" in told and "maximum" in told:
        return f"It takes a number from {told['minimum']} to {told['maximum']}."
    return about


def name_queries(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the names each operation takes in its query, by the operation's id."""
    return {
        operation["operationId"]: frozenset(
            parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
        )
        for _, _, operation in _walk(document)
    }


def name_methods(document: Mapping[str, Any]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the methods of each address, as ``Allow`` lists them, by a pattern of its path."""
    return tuple(
        (
            re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))),
            ", ".join(sorted({"OPTIONS", *(method.upper() for method in item), *(("HEAD",) if "get" in item else ())})),
        )
        for path, item in document["paths"].items()
    )


def read_operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return the operations in the order of the document."""
    return tuple(
        Operation(
            method=method.upper(),
            path=path,
            title=operation["summary"],
            about=operation.get("description", ""),
            tag=operation["tags"][0],
            takes=(*_list_query(operation), *_list_body(document, operation)),
        )
        for path, method, operation in _walk(document)
    )


def _walk(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _list_query(operation: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    given = operation.get("parameters", ())
    return [(one["name"], one.get("description", ""), one["required"]) for one in given if one["in"] == "query"]


def _list_body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    body = operation.get("requestBody")
    if body is None:
        return []
    name = next(iter(body["content"].values()))["schema"]["$ref"].rsplit("/", 1)[1]
    shape = document["components"]["schemas"][name]
    needed = shape.get("required", ())
    return [(field, told.get("description", ""), field in needed) for field, told in shape["properties"].items()]
