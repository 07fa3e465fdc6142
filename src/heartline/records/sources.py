"""Sources: where interactions come from, and how far each is believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trust(StrEnum):
    """A public key ships in browsers and may only append; a trusted one may say who is who (design rule 6)."""

    PUBLIC = "public"
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source and its write key. ``name`` is the title people gave it."""

    source_id: int
    name: str
    write_key: str
    trust: Trust
    kind: str = "http"
    created_us: int = 0
    enabled: bool = True
