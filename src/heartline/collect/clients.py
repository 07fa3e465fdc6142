"""What SDKs fetch first: Segment's settings, RudderStack's source config (C2), PostHog's config and flags."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from heartline.records import Source

_HOST: Final = re.compile(r"^[A-Za-z0-9.\-_\[\]:]{1,255}$")


def find_own_host(base_url: str, scheme: str, host: bytes | None) -> tuple[str, str]:
    """Return protocol and host (with path) under which clients reach this server."""
    if base_url:
        parts = urlsplit(base_url)
        return parts.scheme or "https", (parts.netloc + parts.path).rstrip("/")
    name = (host or b"").decode("latin-1")
    return ("https" if scheme == "https" else "http"), name if _HOST.match(name) else "localhost"


def write_segment_settings(key: str, protocol: str, host: str) -> bytes:
    """Return the settings by which analytics-next finds its way here with nothing but ``cdnURL`` set."""
    return msgspec.json.encode(
        {
            "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}},
            "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
            "metrics": {"sampleRate": 0},
        }
    )


def write_rudder_config(source: Source) -> bytes:
    """Return the source config for which RudderStack's browser SDK asks; ``dataplanes`` stays with what it was told."""
    quiet: dict[str, Any] = {"enabled": False}
    return msgspec.json.encode(
        {
            "source": {
                "id": str(source.source_id),
                "name": source.name,
                "writeKey": source.write_key,
                "enabled": source.enabled,
                "workspaceId": "heartline",
                "config": {"statsCollection": {"errors": quiet, "metrics": quiet}},
                "connections": [],
                "destinations": [],
                "dataplanes": {},
            }
        }
    )


_NO_FLAGS: Final[dict[str, Any]] = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
}
_POSTHOG_OFF: Final[dict[str, Any]] = {
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "captureDeadClicks": False,
    "capturePerformance": False,
    "autocapture_opt_out": True,
    "autocaptureExceptions": False,
    "analytics": {"endpoint": "/i/v0/e/"},
    "elementsChainAsString": True,
    "sessionRecording": False,
    "heatmaps": False,
    "surveys": False,
    "defaultIdentifiedOnly": True,
    "siteApps": [],
    "isAuthenticated": False,
    "toolbarParams": {},
}


def write_posthog_flags() -> bytes:
    """Return no flags: heartline has none to give, and their clients wait for an answer."""
    return msgspec.json.encode({**_POSTHOG_OFF, **_NO_FLAGS, "config": {"enable_collect_everything": False}})


def write_posthog_config(key: str) -> bytes:
    """Return the config of PostHog's browser SDK: events by their plain path, and all that heartline has not, off."""
    return msgspec.json.encode({"token": key, **_POSTHOG_OFF})


def write_posthog_script(key: str) -> bytes:
    """Return the same as a script. The key was looked up before, so it is one of ours and ends no string."""
    name = msgspec.json.encode(key)
    config = b'{"config":' + write_posthog_config(key) + b',"siteApps":[]}'
    holder = b"window._POSTHOG_REMOTE_CONFIG"
    return b"(function(){" + holder + b"=" + holder + b"||{};" + holder + b"[" + name + b"]=" + config + b"})();"
