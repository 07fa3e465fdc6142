"""Snippets: how each public kit is pointed at this installation, with host and key filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass

from heartline.language import mark
from heartline.records import Source, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """How one kit sends. ``how`` says where it goes, ``text`` is what to copy."""

    key: str
    title: str
    how: str
    text: str


def list_snippets(source: Source, address: str, *, key: str) -> tuple[Snippet, ...]:
    """Return the snippets that fit a source: a public key belongs into pages and apps, a trusted one on servers."""
    quoted, host = json.dumps(key), json.dumps(address)
    browser = Snippet(
        key="analytics-next",
        title=mark("Browser"),
        how="npm install @segment/analytics-next",
        text=(
            "import { AnalyticsBrowser } from '@segment/analytics-next'\n\n"
            f"const analytics = AnalyticsBrowser.load({{ writeKey: {quoted}, cdnURL: {host} }})\n"
            "analytics.page()\n"
            "analytics.track('Product Viewed', { product_id: 'p-1' })"
        ),
    )
    servers = (
        _node(quoted, host),
        _segment_python(quoted, host),
        _rudder_python(quoted, host),
        _posthog_python(quoted, host),
    )
    curl = Snippet(
        key="curl",
        title="curl",
        how="Any terminal",
        text=(
            f"curl -u {_shell(key)}: {_shell(address + '/v1/track')} \\\n"
            '  -d \'{"userId": "u-1", "event": "Order Completed", "properties": {"revenue": 19.9}}\''
        ),
    )
    browsers = (browser, _posthog_browser(quoted, host))
    return (*browsers, *servers, curl) if source.trust is Trust.PUBLIC else (*servers, curl, *browsers)


def _node(key: str, host: str) -> Snippet:
    return Snippet(
        key="analytics-node",
        title="Node",
        how="npm install @segment/analytics-node",
        text=(
            "import { Analytics } from '@segment/analytics-node'\n\n"
            f"const analytics = new Analytics({{ writeKey: {key}, host: {host}, path: '/v1/batch' }})\n"
            "analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { revenue: 19.9 } })\n"
            "await analytics.closeAndFlush()"
        ),
    )


def _segment_python(key: str, host: str) -> Snippet:
    return Snippet(
        key="segment-python",
        title="Python (Segment)",
        how="pip install segment-analytics-python",
        text=(
            "import segment.analytics as analytics\n\n"
            f"analytics.write_key = {key}\n"
            f"analytics.host = {host}\n"
            'analytics.track("u-1", "Order Completed", {"revenue": 19.9})\n'
            "analytics.flush()"
        ),
    )


def _rudder_python(key: str, host: str) -> Snippet:
    return Snippet(
        key="rudder-python",
        title="Python (RudderStack)",
        how="pip install rudder-sdk-python",
        text=(
            "import rudderstack.analytics as analytics\n\n"
            f"analytics.write_key = {key}\n"
            f"analytics.dataPlaneUrl = {host}\n"
            'analytics.track("u-1", "Order Completed", {"revenue": 19.9})\n'
            "analytics.flush()"
        ),
    )


def _posthog_python(key: str, host: str) -> Snippet:
    return Snippet(
        key="posthog-python",
        title="Python (PostHog)",
        how="pip install posthog",
        text=(
            "from posthog import Posthog\n\n"
            f"posthog = Posthog({key}, host={host})\n"
            'posthog.capture("Order Completed", distinct_id="u-1", properties={"revenue": 19.9})\n'
            "posthog.shutdown()"
        ),
    )


def _posthog_browser(key: str, host: str) -> Snippet:
    return Snippet(
        key="posthog-js",
        title=mark("Browser (PostHog)"),
        how="npm install posthog-js",
        text=(
            "import posthog from 'posthog-js'\n\n"
            f"posthog.init({key}, {{ api_host: {host} }})\n"
            "posthog.identify('u-1')\n"
            "posthog.capture('Product Viewed', { product_id: 'p-1' })"
        ),
    )


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
