"""Fields that many bodies share: how long each may be, and what it may hold. No store keeps a NUL."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

NO_NUL = r"^[^\x00]*\Z"
Line = Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
Named = Annotated[str, Meta(min_length=1, max_length=120, pattern=NO_NUL)]
Reason = Annotated[str, Meta(min_length=1, max_length=300, pattern=NO_NUL, description="why, for your colleagues")]
Handle = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
