"""Where first-party and vendored files are served, and how a page names them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
STYLES: Final = (
    "tokens",
    "base",
    "shell",
    "parts",
    "pages",
    "people",
    "access",
    "pairs",
    "surveys",
    "charts",
    "pains",
    "print",
    "paper",
)
SCRIPTS: Final = ("shell", "palette", "charts", "map", "export", "pairs", "replay")


@cache
def asset(name: str) -> str:
    """The URL of a file under ``static``, with its content's hash, so that it may be cached for ever."""
    path = STATIC / name
    if not path.is_file():
        return f"/assets/{name}"
    return f"/assets/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


@cache
def has_asset(name: str) -> bool:
    """Whether a vendored file was brought. Pages work without."""
    return (STATIC / name).is_file()
