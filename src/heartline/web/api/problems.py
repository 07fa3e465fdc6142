"""Problems: what the API answers where it cannot do what was asked (RFC 9457), with the codes the pages use too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from heartline.errors import HeartlineError, Invalid, Missing, Unavailable
from heartline.web.answers import status_of

PROBLEM: Final = "application/problem+json"
SIGNED_OUT: Final = "signed_out"
NO_ADDRESS: Final = Missing("no_address", "There is nothing at this address.", "/api/openapi.json lists all there is.")
_CODES: Final = {
    404: NO_ADDRESS,
    405: Invalid("no_method", "This address does not take that method.", "The header Allow names those it takes."),
    413: Invalid("body_too_large", "That is more than any call needs.", "Send less than 64 KiB."),
    415: Invalid("no_json", "The body is not sent as JSON.", "Send it with Content-Type: application/json."),
}
_STATUSES: Final = {"no_json": 415, "body_too_large": 413, "too_many_calls": 429, SIGNED_OUT: 401}
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `([^`]*)`")
_LONGEST: Final = 300


class Problem(msgspec.Struct, kw_only=True):
    """Why a call was refused. ``code`` stays from version to version; ``message`` and ``hint`` are for people."""

    type: Annotated[str, Meta(description="Always about:blank: the code says what kind of problem it is.")]
    title: Annotated[str, Meta(description="The HTTP status in words.")]
    status: int
    detail: Annotated[str, Meta(description="The same as message.")]
    code: Annotated[str, Meta(description="What went wrong, for programs.", examples=["bad_range"])]
    message: Annotated[str, Meta(description="What went wrong, for people.")]
    hint: Annotated[str, Meta(description="What to do about it.")]


PROBLEMS: Final = {
    status: ResponseSpec(Problem, media_type=PROBLEM, generate_examples=False, description=told)
    for status, told in {
        400: "What was sent cannot be used as it is; the hint says what can.",
        401: "Nobody is signed in, or the token is not known (any more).",
        403: "Who asks may not do this.",
        404: "What was asked for is not here.",
        405: "The address does not take this method.",
        409: "The state has moved on since the question was asked.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        429: "Too many calls; Retry-After says in whole seconds when to go on.",
        500: "Something broke on our side; its trace is in the log.",
        503: "heartline cannot do it now; Retry-After says in whole seconds when to try again.",
    }.items()
}
"""What any call may answer besides what it promises."""


def judge(error: HeartlineError) -> int:
    """Return the status of a refusal: by its family, unless its code says more."""
    return _STATUSES.get(error.code) or status_of(error)


def tell_problem(error: HeartlineError, status: int) -> tuple[Problem, dict[str, str]]:
    """Return a refusal as a document, with the headers it needs."""
    problem = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.message,
        code=error.code,
        message=error.message,
        hint=error.hint,
    )
    headers = {}
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(max(1, error.retry_after_s))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="heartline"'
    return problem, headers


def read_refusal(
    error: HTTPException, handler: HTTPRouteHandler | None, taken: Mapping[str, str]
) -> tuple[HeartlineError, int]:
    """Turn what Litestar refused, before a handler was asked, into a refusal in our words. ``taken`` says what each
    name in the query takes.
    """
    known = _CODES.get(error.status_code)
    if known is not None:
        return known, error.status_code
    return _read_invalid(error, handler, taken), 400


def _read_invalid(error: HTTPException, handler: HTTPRouteHandler | None, taken: Mapping[str, str]) -> Invalid:
    for one in _list_extra(error):
        said, where = str(one.get("message", ""))[:_LONGEST], str(one.get("key", ""))[:100]
        unknown = _UNKNOWN_FIELD.search(said)
        if unknown:
            known = ", ".join(_fields_of(handler)) or "none"
            return Invalid("unknown_field", f"There is no field “{unknown[1][:100]}”.", f"Known here: {known}.")
        if one.get("source") == "body":
            return Invalid("bad_body", f"The body cannot be read: {said}", "See /api/openapi.json for its fields.")
        told = f"“{where}” cannot be read: {said}" if where else said
        name = next((name for name in (where, where.rstrip("_")) if name in taken), "")
        return Invalid("bad_value", told, taken.get(name) or "See /api/openapi.json for what it takes.")
    if "Missing required" in error.detail:
        return Invalid("missing_value", error.detail.split(" for path")[0] + ".", "See /api/openapi.json.")
    return Invalid("bad_body", "The body is not JSON of the shape that is taken.", "See /api/openapi.json.")


def _list_extra(error: HTTPException) -> list[Mapping[str, Any]]:
    extra = error.extra
    return [one for one in extra if isinstance(one, Mapping)] if isinstance(extra, list) else []


def _fields_of(handler: HTTPRouteHandler | None) -> tuple[str, ...]:
    data = handler.parsed_data_field if handler is not None else None
    return tuple(getattr(data.annotation, "__struct_fields__", ())) if data is not None else ()
