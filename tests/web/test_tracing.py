"""Spans of requests: there when asked for, and with nothing in them that names a customer."""

from __future__ import annotations

from browsing import Browser
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from heartline.app import open_twin
from heartline.web import make_site
from heartline.web.tracing import TracedSite


def test_each_request_is_a_span_that_names_no_customer() -> None:
    exporter = InMemorySpanExporter()
    with open_twin() as heartline:
        site = TracedSite(make_site(heartline), exporter)
        with Browser(heartline, site=site) as browser:  # type: ignore[arg-type]  # any ASGI application
            browser.get("/health")
            browser.get("/customers/0123456789abcdef?q=ana@example.com")
            site.close()
    spans = exporter.get_finished_spans()
    assert [(span.name, span.attributes["http.response.status_code"]) for span in spans] == [
        ("GET /health", 200),
        ("GET /customers", 303),
    ]
    told = " ".join(span.to_json() for span in spans)
    assert "0123456789abcdef" not in told
    assert "ana@example.com" not in told
