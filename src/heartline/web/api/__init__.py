"""The JSON API under ``/api``: what the pages show, from the same definitions, for programs.

``Api`` is one ASGI application of its own. A request's way: count it against its caller's bucket, find the caller
(session or token), let Litestar route it, let ``admit`` judge it, handle it, answer with a tag and guarded headers.
What goes wrong becomes a problem document (RFC 9457) with a code that stays.
"""

from __future__ import annotations

from heartline.web.api.application import Api, make_document
from heartline.web.api.callers import read_bearer
from heartline.web.api.document import DOCUMENT_PATH, PREFIX, Operation, read_operations

__all__ = ["DOCUMENT_PATH", "PREFIX", "Api", "Operation", "make_document", "read_bearer", "read_operations"]
