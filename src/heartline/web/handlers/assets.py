"""``/assets/…``: our own files, cached for ever under their content's hash."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Missing
from heartline.language import _
from heartline.web.answers import Answer
from heartline.web.parts import STATIC
from heartline.web.visit import Visit

_KINDS: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_ZIPPED: Final = {".css", ".js", ".svg", ".json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    body: bytes
    zipped: bytes | None
    kind: str
    digest: str


@lru_cache(maxsize=256)
def _read(name: str, _changed_ns: int) -> _Asset:
    path = STATIC / name
    body = path.read_bytes()
    return _Asset(
        body=body,
        zipped=gzip.compress(body, 9, mtime=0) if path.suffix in _ZIPPED else None,
        kind=_KINDS[path.suffix],
        digest=hashlib.sha256(body).hexdigest()[:12],
    )


def find_asset(name: str) -> _Asset:
    """Return a file under ``static``.

    Raises:
        Missing: there is no such file, or it lies elsewhere.
    """
    path = (STATIC / name.lstrip("/")).resolve()
    if not path.is_relative_to(STATIC) or path.suffix not in _KINDS or not path.is_file():
        raise Missing("no_asset", _("There is no such file."), "")
    return _read(str(path.relative_to(STATIC)), path.stat().st_mtime_ns)


@get("/assets/{name:path}", opt={"open": True}, sync_to_thread=True)
def send_asset(visit: Visit, name: str) -> Answer:
    """Send a file; for ever where its hash was asked for, else to be asked again."""
    found = find_asset(name)
    lasting = visit.query.get("v") == found.digest
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "etag": f'"{found.digest}"',
        "vary": "accept-encoding",
    }
    if visit.asked.headers.get("if-none-match") == headers["etag"]:
        return Response(b"", status_code=304, headers=headers, media_type=found.kind)
    if found.zipped is not None and "gzip" in visit.asked.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(found.zipped, headers=headers, media_type=found.kind)
    return Response(found.body, headers=headers, media_type=found.kind)


routes: Final[list[HTTPRouteHandler]] = [send_asset]
