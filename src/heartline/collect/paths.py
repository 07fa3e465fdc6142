"""The paths of the door, each with what is in the bodies that come to it (docs/reference/http-api.md)."""

from __future__ import annotations

from typing import Final

from heartline.collect.bodies import BATCH
from heartline.collect.notes import CLOUDEVENTS, POSTHOG

# Without a closing slash. One-letter forms are what analytics-next sends.
CALLS: Final = {
    "/v1/identify": "identify",
    "/v1/track": "track",
    "/v1/page": "page",
    "/v1/screen": "screen",
    "/v1/group": "group",
    "/v1/alias": "alias",
    "/v1/batch": BATCH,
    "/v1/import": BATCH,
    "/v1/i": "identify",
    "/v1/t": "track",
    "/v1/p": "page",
    "/v1/s": "screen",
    "/v1/g": "group",
    "/v1/a": "alias",
    "/v1/b": BATCH,
    "/beacon/v1/batch": BATCH,
    "/batch": POSTHOG,
    "/e": POSTHOG,
    "/i/v0/e": POSTHOG,
    "/track": POSTHOG,
    "/engage": POSTHOG,
    "/capture": POSTHOG,
    "/v1/cloudevents": CLOUDEVENTS,
}
METRICS_PATH: Final = "/v1/m"
RECORDING_PATH: Final = "/s"
"""Recordings of the screen: answered, never kept."""
UNKEPT_PATHS: Final = frozenset({METRICS_PATH, RECORDING_PATH})
RUDDER_CONFIG_PATH: Final = "/sourceConfig"
FLAG_PATHS: Final = frozenset({"/flags", "/decide"})
SETTINGS_HEAD, SETTINGS_TAIL = "/v1/projects/", "/settings"
ARRAY_HEAD, STATIC_HEAD, HOOK_HEAD = "/array/", "/static/", "/hooks/"
OWNED_HEADS: Final = ("/v1/", "/beacon/", "/i/", ARRAY_HEAD, STATIC_HEAD, HOOK_HEAD)
_OWNED: Final = frozenset({*CALLS, *UNKEPT_PATHS, *FLAG_PATHS, RUDDER_CONFIG_PATH})


def is_owned(path: str) -> bool:
    """Tell whether a path is the door's; everything else is the web's."""
    return path.startswith(OWNED_HEADS) or path.rstrip("/") in _OWNED


def find_call(path: str) -> str | None:
    """Return what is in the bodies that are posted to a path, or None where none are."""
    return CALLS.get(path) or CALLS.get(path.rstrip("/"))
